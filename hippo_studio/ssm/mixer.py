"""What a mixer is: the part of a block that looks along the sequence; the rest looks at one moment.

A mixer maps (batch, L, H) to (batch, L, H) and, if it is causal, can do so by moments or chunks:

    mixer(u)                        (B, L, H) → (B, L, H)
    mixer.initial_state(batch)      its state before the first moment
    mixer.step(u, state)            (B, H), state → (B, H), state
    mixer.chunk(u, state)           (B, L, H), state → (B, L, H), state, for any L ≥ 1

A state is a tensor or a (nested) tuple of tensors whose first axis is the batch; a step returns a new one.
Three optional marks say what else a mixer can take: `causal` (False: no state), `takes_mask` (it must be told
which moments are padding) and `takes_intervals` (moments need not be evenly spaced).
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, cast

import torch
from torch import Tensor, nn

from hippo_studio.ssm.checks import Shapes, check_batch, check_sample, check_sequence, check_state

State = Any
"""A tensor, or a nested tuple of tensors, batch first."""


class Mixer(nn.Module):
    """A mixer whose chunk is the one computation: forward starts it at zero, a step is a chunk of one."""

    width: int
    """H."""
    causal: bool = True
    takes_mask: ClassVar[bool] = False
    takes_intervals: ClassVar[bool] = False
    loops: ClassVar[bool] = False
    """Whether a chunk is a loop over its moments, which tracing would go through one by one."""

    @abstractmethod
    def _state_shapes(self, batch: int) -> Shapes:
        """Return the shapes of the tensors of a state, nested as it is."""

    def initial_state(self, batch: int) -> State:
        """Return the state before the first moment, on the device and in the precision of the parameters.

        Zeros throughout; what grows with the moments has none yet.
        """
        return self._zeros(self._state_shapes(check_batch(batch)))

    def _zeros(self, shapes: Shapes) -> State:
        if isinstance(shapes[0], tuple):
            return tuple(map(self._zeros, shapes))
        return zeros_like_parameters(self, *(0 if extent is None else extent for extent in shapes))

    @abstractmethod
    def chunk(self, u: Tensor, state: State) -> tuple[Tensor, State]:
        """Carry the state over a chunk: u (B, L, H) → y (B, L, H), and the state after it."""

    def _check(self, u: Tensor, state: State, dtype: torch.dtype | None = None) -> None:
        """Raise ValueError for a sequence or state that `chunk` cannot take; `dtype` as in `checks`."""
        check_sequence(u, self.width, dtype=dtype, values=False)
        check_state(state, self._state_shapes(u.shape[0]))

    @property
    def _dtype(self) -> torch.dtype:
        return next(self.parameters()).dtype

    def forget(self, state: State, reach: int) -> State:
        """Return the state without moments further back than `reach`; one of a fixed size stays as it is."""
        return state

    def forward(self, u: Tensor) -> Tensor:
        """Return y (B, L, H) for a whole sequence u (B, L, H)."""
        check_sequence(u, self.width, values=False)
        return self.chunk(u, self.initial_state(u.shape[0]))[0]

    def step(self, u: Tensor, state: State) -> tuple[Tensor, State]:
        """Carry the state over one moment: u (B, H) → y (B, H), and the state after it."""
        check_sample(u, self.width)
        y, state = self.chunk(u[:, None], state)
        return y[:, 0], state


class Bidirectional(nn.Module):
    """A causal mixer run both ways, its two outputs mixed by one linear map: sees the whole sequence.

    Parameters
    ----------
    forwards, backwards : mixers of width H.
    width : H.
    """

    causal = False
    takes_mask = True
    takes_intervals = False

    def __init__(self, forwards: nn.Module, backwards: nn.Module, width: int) -> None:
        super().__init__()
        self.forwards, self.backwards = forwards, backwards
        self.output = nn.Linear(2 * width, width)

    def forward(self, u: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return y (B, L, H); `mask` (B, L) is True where there is data, padding lies at the end."""
        ahead = self.forwards(u)
        back = reverse(self.backwards(reverse(u, mask)), mask)
        return cast(Tensor, self.output(torch.cat([ahead, back], dim=-1)))


def reverse(u: Tensor, mask: Tensor | None = None) -> Tensor:
    """Reverse each sequence of u (B, L, H) in time; padding, where `mask` (B, L) is False, stays last."""
    if mask is None:
        return u.flip(1)
    place = torch.arange(u.shape[1], device=u.device)
    lengths = mask.sum(1, keepdim=True)
    source = torch.where(place < lengths, lengths - 1 - place, place)
    return u.gather(1, source[:, :, None].expand_as(u))


def zeros_like_parameters(module: nn.Module, *shape: int) -> Tensor:
    """Return zeros on the device and in the precision of the module's parameters."""
    parameter = next(module.parameters())
    return torch.zeros(shape, dtype=parameter.dtype, device=parameter.device)


def advance(mixer: nn.Module, u: Tensor, state: State) -> tuple[Tensor, State]:
    """Carry any causal mixer over a chunk u (B, L, H): by its own `chunk`, or else step by step."""
    if hasattr(mixer, "chunk"):
        return cast(tuple[Tensor, State], cast(Any, mixer).chunk(u, state))
    outputs = []
    for moment in u.unbind(1):
        y, state = cast(Any, mixer).step(moment, state)
        outputs.append(y)
    return torch.stack(outputs, 1), state

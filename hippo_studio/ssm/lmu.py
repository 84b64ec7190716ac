"""The Legendre memory unit (Voelker, Kajić and Eliasmith 2019, NeurIPS, eqs. 5 to 7).

A hidden state h beside a linear memory m, the last θ moments of u as N Legendre coefficients:

    u  = e_x x + e_h h + e_m m            one number per memory channel
    m' = Ā m + B̄ u                        LegT in the LMU's scaling, zero-order hold
    h' = tanh(W_x x + W_h h + W_m m')

The memory itself is not learned: with e_h = e_m = 0 it is `OnlineMemory` of LegT fed with e_x x.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from hippo_studio.hippo import discretize, transition
from hippo_studio.ssm.checks import Shapes, checked_memory
from hippo_studio.ssm.mixer import Mixer, State


class LMU(Mixer):
    """A layer of Legendre memory units, H in and out.

    Parameters
    ----------
    width : H.
    order : N, the coefficients per memory channel.
    theta : θ, the length of the memory's window in moments.
    channels : how many numbers are remembered, M.

    Its state is h (batch, H) and m (batch, M, N).
    """

    loops = True

    A_transposed: Tensor
    B: Tensor

    def __init__(self, width: int, order: int, theta: float = 1000.0, channels: int = 1) -> None:
        super().__init__()
        width, order, channels, theta = checked_memory(width, order, channels, theta)
        if theta < 1 - 1e-9:
            raise ValueError(f"theta is {theta:g}, less than one moment; a window of at least 1 is needed.")
        self.width, self.order, self.channels, self.theta = width, order, channels, theta
        self._rate = 1.0
        self.register_buffer("A_transposed", torch.empty(order, order), persistent=False)
        self.register_buffer("B", torch.empty(order), persistent=False)
        self._discretize()
        self.write_input = nn.Linear(width, channels, bias=False)  # e_x
        self.write_hidden = nn.Linear(width, channels, bias=False)  # e_h
        self.write_memory = nn.Linear(channels * order, channels, bias=False)  # e_m
        self.read_input = nn.Linear(width, width)  # W_x
        self.read_hidden = nn.Linear(width, width, bias=False)  # W_h
        self.read_memory = nn.Linear(channels * order, width, bias=False)  # W_m
        nn.init.zeros_(self.write_memory.weight)
        for matrix in (self.read_input, self.read_hidden, self.read_memory):
            nn.init.xavier_normal_(matrix.weight)

    @property
    def rate(self) -> float:
        """What one moment lasts, in moments of training: 2 for a signal at half the sampling rate."""
        return self._rate

    @rate.setter
    def rate(self, rate: float) -> None:
        self._rate = rate
        self._discretize()

    def _discretize(self) -> None:
        matrices = transition("legt", self.order, normalization="lmu")
        A, B = discretize(*matrices, self.rate / self.theta, "zoh")
        if not self.B.is_meta:
            self.A_transposed, self.B = self.A_transposed.new_tensor(A.T), self.B.new_tensor(B)

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> LMU:
        """Move or cast as torch does, but Ā and B̄ anew: a cast to float32 and back loses nothing."""
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        self._discretize()
        return self

    def _state_shapes(self, batch: int) -> Shapes:
        """Of h and m."""
        return (batch, self.width), (batch, self.channels, self.order)

    def chunk(self, u: Tensor, state: State) -> tuple[Tensor, State]:
        """Carry h and m over u (B, L, H)."""
        self._check(u, state)
        # In half precision the memory would drift, so none of the recurrence is left to autocast.
        with torch.autocast(u.device.type, enabled=False):
            h, m = state
            u = u.to(h.dtype)
            outputs = []
            inputs = zip(self.write_input(u).unbind(1), self.read_input(u).unbind(1), strict=True)
            for written, read in inputs:
                write = written + self.write_hidden(h) + self.write_memory(m.flatten(1))
                m = m @ self.A_transposed + write[..., None] * self.B
                h = torch.tanh(read + self.read_hidden(h) + self.read_memory(m.flatten(1)))
                outputs.append(h)
            return torch.stack(outputs, dim=1), (h, m)

"""H3: two state spaces and two products, in the place of attention (arXiv 2212.14052).

    q, k, v = three linear maps of u         k̃ = shift SSM(k)         y = q · diagonal SSM(k̃ ⊗ v)

The shift SSM lets a token meet the one before it, k̃ ⊗ v writes down what followed what, the diagonal SSM
remembers it, and q asks for it. Channels form heads of width d: k̃ ⊗ v is a d × d matrix per head, all of
whose entries pass through that head's diagonal state space. With d = 1, as usual, all products are
element-wise.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from hippo_studio.hippo import gates
from hippo_studio.ssm.checks import Shapes, check_finite, check_sample, check_sequence, check_state
from hippo_studio.ssm.convolution import ChunkFactors
from hippo_studio.ssm.mixer import Mixer
from hippo_studio.ssm.recurrence import ShiftRecurrence
from hippo_studio.ssm.s4d import S4D
from hippo_studio.ssm.state_space import StateSpace


class ShiftSSM(StateSpace):
    """A state that holds the last N inputs: A has ones below its diagonal, B = e₁, and C is learned.

    Its kernel is C, then zeros: a filter with N taps. In the continuous view it is A − I under forward Euler
    at Δ = 1, which is the same shift; it has no timescale to learn, and moves by one sample at any rate.
    """

    method = "forward"

    def __init__(
        self, d_model: int, d_state: int = 64, *, skip: bool = True, convolution: str = "auto"
    ) -> None:
        d_model = gates.whole_number("d_model", d_model, least=1)
        super().__init__(d_model, d_state, torch.zeros(d_model), skip=skip, convolution=convolution)
        self.log_delta.requires_grad_(False)
        self.C = nn.Parameter(torch.randn(d_model, d_state) / math.sqrt(d_state))

    def timescales(self) -> Tensor:
        """Return Δ = 1 for each channel, whatever the rate: (H,) float64."""
        return torch.ones_like(self.log_delta, dtype=torch.float64)

    def _continuous(self, channel: int) -> tuple[Tensor, Tensor, Tensor]:
        identity = torch.eye(self.d_state)
        return torch.diag(torch.ones(self.d_state - 1), -1) - identity, identity[0], self.C[channel]

    def _kernel(self, length: int) -> Tensor:
        return nn.functional.pad(self.C, (0, max(0, length - self.d_state)))[:, :length]

    def _chunk_factors(self, length: int) -> ChunkFactors:
        H, N = self.d_model, self.d_state
        inward = self.C.new_zeros(length, N)
        newest = torch.arange(min(length, N), device=inward.device)
        inward[length - 1 - newest, newest] = 1  # the newest input is the first number of the state
        # Output i reads number n of the chunk's first state i + 1 places further on.
        taps = nn.functional.pad(self.C, (0, length + 1)).unfold(1, length, 1)[:, 1 : N + 1]
        carry = torch.diag_embed(self.C.new_ones(max(0, N - length)), offset=length)[:N, :N]
        if length >= N:
            carry = self.C.new_zeros(2, max(1, N // 2)) if N % 2 == 0 else self.C.new_zeros(N, N)
        return ChunkFactors(
            self._kernel(length), inward.expand(H, -1, -1), taps, carry.expand(H, *carry.shape).contiguous()
        )

    def _recurrence(self) -> ShiftRecurrence:
        return ShiftRecurrence(self.C, self.D)

    def _response(self, z: Tensor) -> Tensor:
        lags = torch.arange(self.d_state, device=z.device)
        return self.C.to(z.dtype) @ z[None] ** lags[:, None]

    def _chunks_are_faster(self, length: int) -> bool:
        return self.d_state <= 64 and length > 4 * self.d_state**2

    def _shortest_chunk(self, length: int) -> int:
        return max(64, self.d_state)  # so long that nothing of a chunk's first state is left at its end


class H3(Mixer):
    """The layer above, with its four linear maps.

    Parameters
    ----------
    d_model, d_state
        H, and N of both state spaces, even.
    head_dim
        Width d of a head, a divisor of H. Wider heads remember d times as much, at d times the cost.
    initialization, method, dt_min, dt_max, band_limit, n_ssm, learn_transition
        Of the diagonal state space: see `S4D`.
    convolution
        See `StateSpace`.
    """

    def __init__(
        self,
        d_model: int,
        d_state: int = 64,
        *,
        head_dim: int = 1,
        initialization: str = "lin",
        method: str = "zoh",
        dt_min: float = 1e-3,
        dt_max: float = 1e-1,
        band_limit: float | None = None,
        n_ssm: int | None = None,
        learn_transition: bool = True,
        convolution: str = "auto",
    ) -> None:
        super().__init__()
        self.width = self.d_model = gates.whole_number("d_model", d_model, least=1)
        self.head_dim = gates.whole_number("head_dim", head_dim, least=1, most=d_model)
        if d_model % head_dim:
            raise ValueError(f"head_dim is {head_dim}; a divisor of d_model = {d_model} is needed.")
        self.projections = nn.Linear(d_model, 3 * d_model)
        self.shift = ShiftSSM(d_model, d_state, convolution=convolution)
        self.diagonal = S4D(
            d_model // head_dim,
            d_state,
            initialization=initialization,
            method=method,
            dt_min=dt_min,
            dt_max=dt_max,
            band_limit=band_limit,
            n_ssm=n_ssm,
            learn_transition=learn_transition,
            convolution=convolution,
        )
        self.output = nn.Linear(d_model, d_model)

    def forward(self, u: Tensor) -> Tensor:
        """Return y (batch, L, H) for u (batch, L, H)."""
        check_sequence(u, self.width, dtype=self.shift.dtype)
        q, k, v = self._project(u)
        k = self.shift.convolve(k.to(self.shift.dtype)).to(q.dtype)
        memory = self.diagonal.convolve(self._pair(k, v).to(self.diagonal.dtype)).to(q.dtype)
        return self._read(q, memory)

    def _state_shapes(self, batch: int) -> Shapes:
        """Of the shift SSM, and of the diagonal one: a matrix d × d per head."""
        order = self.shift.d_state
        return (batch, self.width, order), (batch, self.head_dim**2, self.width // self.head_dim, order)

    def chunk(self, u: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Return y (batch, L, H) and the state after the block."""
        check_sequence(u, self.width, streaming=True, dtype=self.shift.dtype)
        check_state(state, self._state_shapes(u.shape[0]), self.shift.dtype)
        q, k, v = self._project(u)
        shifted, remembered = state
        k, shifted = self.shift.convolve_from(k.to(self.shift.dtype), shifted.transpose(0, 1))
        remembered = remembered.flatten(0, 1).transpose(0, 1)
        memory, remembered = self.diagonal.convolve_from(
            self._pair(k.to(q.dtype), v).to(self.diagonal.dtype), remembered
        )
        remembered = remembered.transpose(0, 1).reshape(state[1].shape)
        return self._read(q, memory.to(q.dtype)), (shifted.transpose(0, 1), remembered)

    def step(self, u: Tensor, state: tuple[Tensor, Tensor]) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Return y (batch, H) for u (batch, H), and the next state."""
        check_sample(u, self.width, self.shift.dtype)
        check_finite("The sample", u)
        check_state(state, self._state_shapes(u.shape[0]), self.shift.dtype)
        q, k, v = self.projections(u).chunk(3, 1)
        k, shifted = self.shift.step(k, state[0])
        memory, remembered = self.diagonal.step(self._pair_now(k, v), state[1].flatten(0, 1))
        y = self.output(self._found_now(q, memory))
        return y, (shifted, remembered.view(state[1].shape))

    def _project(self, u: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return q, k and v, channel-first, (H, batch, L) each: the product itself transposes."""
        flat = u.reshape(-1, self.d_model)
        both = torch.addmm(self.projections.bias[:, None], self.projections.weight, flat.t())
        q, k, v = both.view(3, self.d_model, u.shape[0], u.shape[1]).unbind(0)
        return q, k, v

    def _pair(self, k: Tensor, v: Tensor) -> Tensor:
        """Return k ⊗ v per head: (H, batch, L) twice to (H/d, batch · d², L)."""
        if self.head_dim == 1:
            return k * v
        k, v = (part.view(-1, self.head_dim, *part.shape[1:]) for part in (k, v))  # (heads, d, batch, L)
        pairs = k.permute(0, 2, 1, 3)[:, :, :, None] * v.permute(0, 2, 1, 3)[:, :, None]
        return pairs.flatten(1, 3)

    def _read(self, q: Tensor, memory: Tensor) -> Tensor:
        """Return the output of what q (H, batch, L) finds in memory (H/d, batch · d², L): (batch, L, H)."""
        _, batch, length = q.shape
        if self.head_dim == 1:
            found = q * memory
        else:
            d = self.head_dim
            queries = q.view(-1, d, batch, length).permute(0, 2, 1, 3)[
                :, :, :, None
            ]  # (heads, batch, d, 1, L)
            found = (queries * memory.view(-1, batch, d, d, length)).sum(2).transpose(1, 2).flatten(0, 1)
        y: Tensor = self.output(found.permute(1, 2, 0))
        return y

    def _pair_now(self, k: Tensor, v: Tensor) -> Tensor:
        """Return k ⊗ v per head at one moment: (batch, H) twice to (batch · d², H/d)."""
        if self.head_dim == 1:
            return k * v
        k, v = (part.view(part.shape[0], -1, self.head_dim).transpose(1, 2) for part in (k, v))
        return (k[:, :, None] * v[:, None]).flatten(0, 2)  # (batch, d, d, heads)

    def _found_now(self, q: Tensor, memory: Tensor) -> Tensor:
        """Return what q (batch, H) finds in memory (batch · d², H/d) at one moment: (batch, H)."""
        if self.head_dim == 1:
            return q * memory
        batch, d = q.shape[0], self.head_dim
        queries = q.view(batch, -1, d).transpose(1, 2)[:, :, None]  # (batch, d, 1, heads)
        return (queries * memory.view(batch, d, d, -1)).sum(1).transpose(1, 2).flatten(1)

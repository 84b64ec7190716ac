"""The gated HiPPO-RNN: a recurrent network whose cell writes into a HiPPO memory and reads from it.

With x the input of a moment, h the hidden state, m the coefficients of the memory (HiPPO, arXiv 2008.07669,
Section 4 and Appendix F.1; gates as there):

    u  = W_u [x; h]               what is written, one number per memory channel
    m' = Ā m + B̄ u                the memory, bilinear
    g  = σ(W_g [x; m'])           the gate
    h' = (1 − g) h + g tanh(W_h [x; m'])

The step of the memory is fixed for LegT and LagT on an even grid: one dense Ā. It varies with the index of
the moment for LegS (A/k, B/k at step k), and for every measure where moments come with time stamps; then it
is taken in the DPLR form A = V (Λ − P P*) V*, in which (I − hA)⁻¹ is a diagonal and a correction of rank 1 or
2 (Woodbury) for any h at once: O(N) per step and no matrix is ever built.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from hippo_studio.hippo import discretize, get_measure, transition
from hippo_studio.ssm.checks import Shapes, check_sample, check_sequence, checked_memory
from hippo_studio.ssm.choices import MEASURES_OF_LAYERS
from hippo_studio.ssm.initialization import dplr
from hippo_studio.ssm.mixer import Mixer, State

Advance = Callable[[Tensor, Tensor], Tensor]


class HippoRNN(Mixer):
    """A layer of gated HiPPO-RNN, H in and out.

    Parameters
    ----------
    width : H.
    order : N, the coefficients per memory channel; even.
    measure : "legs" (the whole past, no timescale to choose), "legt" (the last θ moments), "fout" (the
        same as a Fourier series) or "lagt" (fading).
    theta : θ of LegT, FouT and LagT, in moments; LegS has none.
    channels : how many numbers are remembered, M.

    Its state is h (batch, H), m (batch, M, N) and the time elapsed (batch,), in moments. m is in the
    coordinates V*, as real and imaginary parts; `coefficients` gives c_n of the measure.
    """

    takes_intervals = True
    loops = True

    def __init__(
        self, width: int, order: int, measure: str = "legs", theta: float = 1000.0, channels: int = 1
    ) -> None:
        super().__init__()
        if measure not in MEASURES_OF_LAYERS:
            raise ValueError(f"The measure is {measure!r}; one of {', '.join(MEASURES_OF_LAYERS)} is needed.")
        width, order, channels, theta = checked_memory(width, order, channels, theta)
        if theta < 1 - 1e-9 and get_measure(measure).time_invariant:
            raise ValueError(f"theta is {theta:g}, less than one moment; a window of at least 1 is needed.")
        self.width, self.order, self.channels = width, order, channels
        self.measure, self.theta = measure, theta
        self.rate = 1.0
        """What one moment lasts, in moments of training: 2 for a signal at half the sampling rate."""
        self.transition = Transition(measure, order)
        self.write_input = nn.Linear(width, channels)
        self.write_hidden = nn.Linear(width, channels, bias=False)
        self.read_input = nn.Linear(width, 2 * width)
        self.read_memory = nn.Linear(channels * order, 2 * width, bias=False)

    @property
    def time_invariant(self) -> bool:
        """Whether an even grid makes every step the same."""
        return get_measure(self.measure).time_invariant

    def _state_shapes(self, batch: int) -> Shapes:
        """Of h, m and the time elapsed."""
        return (batch, self.width), (batch, self.channels, self.order), (batch,)

    def coefficients(self, state: State) -> Tensor:
        """Return the memory's coefficients c (batch, M, N) in the basis of its measure."""
        return self.transition.coefficients(state[1])

    def forward(self, u: Tensor, intervals: Tensor | None = None) -> Tensor:
        """Return y (B, L, H); `intervals` (B, L) > 0 is the time since the moment before, 1 if not given."""
        check_sequence(u, self.width, values=False)
        h, m, elapsed = self.initial_state(u.shape[0])
        return self._carry(u, (h, m, elapsed[:1]), intervals)[0]  # one clock for all streams

    def step(self, u: Tensor, state: State, intervals: Tensor | None = None) -> tuple[Tensor, State]:
        """Carry the state over one moment, u (B, H), `intervals` (B,)."""
        check_sample(u, self.width)
        y, state = self.chunk(u[:, None], state, None if intervals is None else intervals[:, None])
        return y[:, 0], state

    def chunk(self, u: Tensor, state: State, intervals: Tensor | None = None) -> tuple[Tensor, State]:
        """Carry the state over u (B, L, H), `intervals` (B, L)."""
        self._check(u, state)
        return self._carry(u, state, intervals)

    def _carry(self, u: Tensor, state: State, intervals: Tensor | None) -> tuple[Tensor, State]:
        # In half precision the memory would drift, so none of the recurrence is left to autocast.
        with torch.autocast(u.device.type, enabled=False):
            h, m, elapsed = state
            u = u.to(h.dtype)
            steps, elapsed = self._steps(u.shape[1], elapsed, intervals)
            written, read = self.write_input(u), self.read_input(u)
            outputs = []
            for advance, written_now, read_now in zip(steps, written.unbind(1), read.unbind(1), strict=True):
                m = advance(m, written_now + self.write_hidden(h))
                gate, candidate = (read_now + self.read_memory(m.flatten(1))).chunk(2, dim=-1)
                h = torch.lerp(h, torch.tanh(candidate), torch.sigmoid(gate))
                outputs.append(h)
            return torch.stack(outputs, dim=1), (h, m, elapsed)

    def _steps(self, length: int, elapsed: Tensor, intervals: Tensor | None) -> tuple[list[Advance], Tensor]:
        """One function m, u → m' per moment, and the time elapsed after them."""
        if intervals is None and self.time_invariant:
            step = self.transition.fixed(self.rate / self.theta, elapsed)
            return [step] * length, elapsed + length * self.rate
        if intervals is None:
            intervals = elapsed.new_full((1, 1), self.rate).expand(elapsed.shape[0], length)
        now = elapsed[:, None] + intervals.cumsum(1)
        steps = intervals / self.theta if self.time_invariant else intervals / now
        return self.transition.varying(steps), now[:, -1]


class Transition(nn.Module):
    """c' = Ā c + B̄ u of a measure by the bilinear rule, in DPLR coordinates, for fixed and varying steps.

    Coordinates: y = √2 [Re z, Im z] with z = V*c, an orthogonal change of basis. Nothing here is learned, and
    all arithmetic is real.
    """

    eigenvalues: Tensor
    low_rank: Tensor
    input: Tensor
    basis: Tensor

    def __init__(self, measure: str, order: int) -> None:
        super().__init__()
        form = dplr(measure, order)
        self._matrices = transition(measure, order)
        self._exact = {
            "eigenvalues": np.stack([form.eigenvalues.real, form.eigenvalues.imag]),  # (2, N/2)
            "low_rank": _reals(form.low_rank.T),  # (rank, N)
            "input": _reals(form.input),  # (N,)
            "basis": _reals(form.basis.conj()),  # (N, N): c = basis y
        }
        for name, array in self._exact.items():
            self.register_buffer(name, torch.tensor(array, dtype=torch.get_default_dtype()), persistent=False)
        self._dense: dict[tuple[Any, ...], tuple[Tensor, Tensor]] = {}

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Transition:
        """Move or cast as torch does, but from float64: a cast to float32 and back loses nothing."""
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        for name, array in self._exact.items():
            current = getattr(self, name)
            if not current.is_meta:
                setattr(self, name, torch.tensor(array, dtype=current.dtype, device=current.device))
        self._dense.clear()
        return self

    def coefficients(self, y: Tensor) -> Tensor:
        """Return c (…, N) from the coordinates y (…, N)."""
        return y @ self.basis.T

    def fixed(self, step: float, like: Tensor) -> Advance:
        """Return m, u → m' for a step that is always the same: one dense matrix."""
        key = (step, like.dtype, like.device)
        if key not in self._dense:
            V = self._exact["basis"]
            Ad, Bd = discretize(*self._matrices, step, "bilinear")
            self._dense = {key: (like.new_tensor((V.T @ Ad @ V).T), like.new_tensor(V.T @ Bd))}
        A_transposed, B = self._dense[key]
        return lambda m, u: m @ A_transposed + u[..., None] * B

    def varying(self, steps: Tensor) -> list[Advance]:
        """Return m, u → m' for each of `steps` (B, L), in units of the timescale.

        With h = step/2:  Ā = 2(I − hA)⁻¹ − I,  B̄ = 2h(I − hA)⁻¹B,  and  (I − hA)⁻¹ = D − E Pᵀ D  where
        D = 1/(1 − hΛ)  and  E = D P (I/h + Pᵀ D P)⁻¹.
        """
        half = (steps / 2).T[..., None]  # (L, B, 1)
        D = _reciprocal(1 - half * self.eigenvalues[0], -half * self.eigenvalues[1])
        DP = [D.times(column) for column in self.low_rank]
        E = _solve(DP, self.low_rank, 1 / half)
        B = D.times(self.input)
        B = B - sum((B @ P)[..., None] * row for P, row in zip(self.low_rank, E, strict=True))
        correction = torch.stack([*(-2 * row for row in E), 2 * half * B], dim=-2)  # (L, B, rank + 1, N)
        if steps.shape[0] == 1:
            correction = correction[:, 0]  # the same for all streams: one product instead of one each
        return [
            _Varying(_Diagonal(re[:, None], im[:, None]), self.low_rank.T, correction_now)
            for re, im, correction_now in zip(D.re, D.im, correction, strict=True)
        ]


class _Diagonal(NamedTuple):
    """A complex diagonal that acts on real vectors [Re, Im] (…, N): its parts as [re, re] and [−im, im]."""

    re: Tensor
    im: Tensor

    def times(self, y: Tensor) -> Tensor:
        """Return D y."""
        return torch.addcmul(self.re * y, self.im, y.roll(y.shape[-1] // 2, -1))


class _Varying:
    """One step of `Transition.varying`: diagonal, and a correction of low rank that takes the input along."""

    def __init__(self, D: _Diagonal, P: Tensor, correction: Tensor) -> None:
        self.D, self.P, self.correction = D, P, correction

    def __call__(self, m: Tensor, u: Tensor) -> Tensor:
        s = self.D.times(m)
        return 2 * s - m + torch.cat([s @ self.P, u[..., None]], dim=-1) @ self.correction


def _reals(z: Any) -> Any:
    """Complex (…, N/2) → real (…, N): √2 [Re, Im]."""
    return math.sqrt(2) * np.concatenate([z.real, z.imag], axis=-1)


def _reciprocal(re: Tensor, im: Tensor) -> _Diagonal:
    """1/(re + i im)."""
    size = re.square() + im.square()
    re, im = re / size, -im / size
    return _Diagonal(torch.cat([re, re], dim=-1), torch.cat([-im, im], dim=-1))


def _solve(DP: list[Tensor], P: Tensor, shift: Tensor) -> list[Tensor]:
    """The columns of D P (shift I + Pᵀ D P)⁻¹, rank 1 or 2, written out: no library call per small matrix."""
    if len(DP) == 1:
        return [DP[0] / (shift + (DP[0] @ P[0])[..., None])]
    a, b, c, d = ((P_row * DP_column).sum(-1, keepdim=True) for P_row in P for DP_column in DP)
    a, d = a + shift, d + shift
    determinant = a * d - b * c
    return [(d * DP[0] - c * DP[1]) / determinant, (a * DP[1] - b * DP[0]) / determinant]

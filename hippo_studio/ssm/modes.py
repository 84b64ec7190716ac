"""What S4D and S4 share: a state space whose Λ, B and C come in conjugate pairs, M = N/2 of them.

Real parameters, complex numbers as pairs in the last dimension:

    decay_root   (n_ssm, M)       Re Λ = −decay_root², so no step of the optimizer can make a mode grow
    frequency    (n_ssm, M)       Im Λ
    input        (n_ssm, M, 2)    B
    output       (H, M, 2)        C
    log_delta    (H,)             ln Δ

The squared root reaches a real part of 0, where LegT and FouT start, and still learns from there; the
logarithm that is usual in its place has to start them elsewhere.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from hippo_studio.hippo import gates
from hippo_studio.ssm.parameters import slow
from hippo_studio.ssm.state_space import StateSpace


class ModalStateSpace(StateSpace):
    """The parameters above, and the band limit: modes beyond it are muted, in every view as if C were 0."""

    def __init__(
        self,
        d_model: int,
        d_state: int,
        timescales: Tensor,
        eigenvalues: npt.NDArray[np.complex128],
        input: npt.NDArray[np.complex128],
        *,
        n_ssm: int,
        band_limit: float | None,
        learn_transition: bool,
        skip: bool,
        convolution: str,
    ) -> None:
        super().__init__(d_model, d_state, timescales, skip=skip, convolution=convolution)
        self.n_ssm = gates.whole_number("n_ssm", n_ssm, least=1, most=d_model)
        if d_model % n_ssm:
            raise ValueError(f"n_ssm is {n_ssm}; a divisor of d_model = {d_model} is needed.")
        self.band_limit = None if band_limit is None else gates.positive("band_limit", band_limit)
        roots = np.maximum(np.sqrt(np.maximum(-eigenvalues.real, 0.0)), SMALLEST_ROOT)
        self.decay_root = self._copies(roots, learn_transition)
        self.frequency = self._copies(eigenvalues.imag, learn_transition)
        self.input = self._copies(as_pairs(input), learn_transition)
        self.output = nn.Parameter(torch.randn(d_model, eigenvalues.size, 2) * math.sqrt(0.5))

    def _copies(self, values: npt.NDArray[np.float64], learned: bool) -> nn.Parameter:
        """One slow parameter with the same values for each of the n_ssm copies."""
        tensor = torch.as_tensor(values, dtype=torch.get_default_dtype())
        return slow(nn.Parameter(tensor.expand(self.n_ssm, *tensor.shape).clone(), requires_grad=learned))

    def eigenvalues(self) -> Tensor:
        """Return Λ of each channel, one of each pair: (H, M) complex128; per sample it is Δ times that."""
        decay, frequency = self.decay_root.double(), self.frequency.double()
        return self._per_channel(torch.complex(-(decay * decay), frequency))

    def _input(self) -> Tensor:
        """B: (H, M) complex128."""
        return self._per_channel(torch.view_as_complex(self.input.double()))

    def _output(self) -> Tensor:
        """C: (H, M) complex in the layer's precision, 0 beyond the band limit."""
        output = torch.view_as_complex(self.output)
        if self.band_limit is None:
            return output
        with torch.no_grad():
            turn = self.eigenvalues().imag.abs() * self.timescales()[:, None]
            heard = turn <= self.band_limit * math.pi
        return output * heard

    def _row(self) -> Tensor:
        """C on states [Re x, Im x], because y = 2 Re Σ C x: (H, N) real."""
        output = self._output()
        return torch.cat([2 * output.real, -2 * output.imag], 1)


SMALLEST_ROOT = 1e-6
"""A real part of 0 starts at −1e-12: equal to 0 in every view, and its gradient is not."""


def as_pairs(values: npt.NDArray[np.complex128]) -> npt.NDArray[np.float64]:
    """Return real and imaginary parts in a last dimension of 2."""
    return np.stack([values.real, values.imag], axis=-1)

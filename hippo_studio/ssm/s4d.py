"""S4D: a diagonal state space, M = N/2 conjugate pairs per channel (arXiv 2206.11893).

K_l = 2 Re Σ_n C_n B̄_n μ_n^l; with ZOH μ = e^{ΔΛ}, B̄ = (μ − 1)/Λ B, with the bilinear rule
μ = (1 + ΔΛ/2)/(1 − ΔΛ/2), B̄ = Δ/(1 − ΔΛ/2) B.
"""

from __future__ import annotations

import torch
from torch import Tensor

from hippo_studio.hippo import gates
from hippo_studio.ssm.choices import DIAGONAL_METHODS
from hippo_studio.ssm.convolution import ChunkFactors
from hippo_studio.ssm.dplr import halves, rotation
from hippo_studio.ssm.initialization import diagonal, draw_seed, log_timescales
from hippo_studio.ssm.modes import ModalStateSpace
from hippo_studio.ssm.recurrence import DiagonalRecurrence
from hippo_studio.ssm.vandermonde import powers, vandermonde_kernel


class S4D(ModalStateSpace):
    """Diagonal state spaces. Learned: Δ, Λ, B, C, D.

    Parameters
    ----------
    d_model, d_state
        H, and N even: N/2 conjugate pairs.
    initialization
        "lin", "inv", "legs", "real" or "random": see `initialization.diagonal`.
    n_ssm
        Independent copies of Λ and B, a divisor of H, each shared by H/n_ssm channels; None for H copies.
    method
        "zoh" or "bilinear".
    dt_min, dt_max
        Range of Δ at the start; about 1/Δ samples are remembered.
    band_limit
        Modes that turn faster than this fraction of the Nyquist frequency are muted; None for none.
    learn_transition
        Whether Λ and B are learned, or only Δ, C and D.
    skip, convolution
        See `StateSpace`.
    """

    def __init__(
        self,
        d_model: int,
        d_state: int = 64,
        *,
        initialization: str = "lin",
        n_ssm: int | None = None,
        method: str = "zoh",
        dt_min: float = 1e-3,
        dt_max: float = 1e-1,
        band_limit: float | None = None,
        learn_transition: bool = True,
        skip: bool = True,
        convolution: str = "auto",
    ) -> None:
        d_model = gates.whole_number("d_model", d_model, least=1)
        if method not in DIAGONAL_METHODS:
            raise ValueError(f"S4D's method is {method!r}; one of {', '.join(DIAGONAL_METHODS)} is needed.")
        start = diagonal(initialization, d_state, draw_seed())
        super().__init__(
            d_model,
            d_state,
            log_timescales(d_model, dt_min, dt_max),
            start.eigenvalues,
            start.input,
            n_ssm=d_model if n_ssm is None else n_ssm,
            band_limit=band_limit,
            learn_transition=learn_transition,
            skip=skip,
            convolution=convolution,
        )
        self.method = method

    def _continuous(self, channel: int) -> tuple[Tensor, Tensor, Tensor]:
        A = rotation(self.eigenvalues()[channel, None])[0]
        return A, halves(self._input())[channel], self._row()[channel]

    def _modes(self) -> tuple[Tensor, Tensor]:
        """Return ln μ and B̄: (H, M) complex128 each."""
        eigenvalues, delta = self.eigenvalues(), self.timescales()[:, None]
        scaled = delta * eigenvalues
        if self.method == "zoh":
            return scaled, (torch.exp(scaled) - 1) / eigenvalues * self._input()
        inverse = 1 / (1 - scaled / 2)
        return torch.log((1 + scaled / 2) * inverse), delta * inverse * self._input()

    def _kernel(self, length: int) -> Tensor:
        log_mu, inward = self._modes()
        output = self._output()
        return vandermonde_kernel(log_mu, output * inward.to(output.dtype), length)

    def _chunk_factors(self, length: int) -> ChunkFactors:
        log_mu, inward = self._modes()
        output = self._output()
        inward = inward.to(output.dtype)
        table = powers(log_mu, length + 1, output.dtype)  # (H, T + 1, M)
        outward = 2 * output[:, None] * table[:, 1:]
        weights = 2 * output * inward
        return ChunkFactors(
            kernel=(halves(table[:, :-1]) @ torch.cat([weights.real, -weights.imag], 1)[..., None])[..., 0],
            inward=halves(table[:, :-1].flip(1) * inward[:, None]),
            outward=torch.cat([outward.real, -outward.imag], 2).mT.contiguous(),
            carry=torch.stack([table[:, -1].real, table[:, -1].imag], 1),
        )

    def _recurrence(self) -> DiagonalRecurrence:
        log_mu, inward = self._modes()
        return DiagonalRecurrence.of(torch.exp(log_mu), inward, self._row(), self.D)

    def _response(self, z: Tensor) -> Tensor:
        log_mu, inward = self._modes()
        mu, weights = torch.exp(log_mu)[..., None], (self._output() * inward)[..., None]
        return (weights / (1 - mu * z) + weights.conj() / (1 - mu.conj() * z)).sum(1)

    def _chunks_are_faster(self, length: int) -> bool:
        return self.d_state <= 64 and length > 4 * self.d_state**2

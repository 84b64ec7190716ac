"""S4: a HiPPO matrix, diagonal plus low rank, discretized by the bilinear rule (arXiv 2111.00396).

A = Λ − P P* on M = N/2 conjugate pairs, P of rank 1 (LegT: 2). P stands on both sides, so A + A* ≤ 0 holds
whatever is learned (Goel et al. 2022, arXiv 2202.09729). See `dplr` for the mathematics.
"""

from __future__ import annotations

import torch
from torch import Tensor

from hippo_studio.hippo import gates
from hippo_studio.ssm import dense, dplr, feedback
from hippo_studio.ssm.convolution import ChunkFactors
from hippo_studio.ssm.initialization import dplr as dplr_form
from hippo_studio.ssm.initialization import draw_seed, log_timescales
from hippo_studio.ssm.modes import ModalStateSpace, as_pairs
from hippo_studio.ssm.recurrence import DiagonalRecurrence

DENSE_UP_TO = 64
"""The largest N for which products with dense matrices measured faster than DPLR's Cauchy sums and FFTs: in
chunks of all but short sequences, in the kernel if it is long, or in double precision."""


class S4(ModalStateSpace):
    """HiPPO state spaces in DPLR form. Learned: Δ, Λ, P, B, C, D.

    Parameters
    ----------
    d_model, d_state
        H, and N even: N/2 conjugate pairs.
    initialization
        "legs", "legt", "lagt", "fout" or "random": see `initialization.dplr`.
    n_ssm
        Independent copies of A and B, a divisor of H, each shared by H/n_ssm channels.
    dt_min, dt_max
        Range of Δ at the start; about 1/Δ samples are remembered.
    band_limit
        Modes of Λ that turn faster than this fraction of the Nyquist frequency are muted; None for none.
    learn_transition
        Whether Λ, P and B are learned, or only Δ, C and D.
    skip, convolution
        See `StateSpace`.
    """

    method = "bilinear"

    def __init__(
        self,
        d_model: int,
        d_state: int = 64,
        *,
        initialization: str = "legs",
        n_ssm: int = 1,
        dt_min: float = 1e-3,
        dt_max: float = 1e-1,
        band_limit: float | None = None,
        learn_transition: bool = True,
        skip: bool = True,
        convolution: str = "auto",
    ) -> None:
        d_model = gates.whole_number("d_model", d_model, least=1)
        start = dplr_form(initialization, d_state, draw_seed())
        super().__init__(
            d_model,
            d_state,
            log_timescales(d_model, dt_min, dt_max),
            start.eigenvalues,
            start.input,
            n_ssm=n_ssm,
            band_limit=band_limit,
            learn_transition=learn_transition,
            skip=skip,
            convolution=convolution,
        )
        self.low_rank = self._copies(as_pairs(start.low_rank.T), learn_transition)
        """P: (n_ssm, r, M, 2)."""

    def _continuous(self, channel: int) -> tuple[Tensor, Tensor, Tensor]:
        P = dplr.halves(self._low_rank()[channel])
        # P* x over both of each pair is 2 (Re P · Re x + Im P · Im x).
        A = dplr.rotation(self.eigenvalues()[channel, None])[0] - P.T @ (2 * P)
        return A, dplr.halves(self._input())[channel], self._row()[channel]

    def _low_rank(self) -> Tensor:
        """P: (H, r, M) complex128."""
        return self._per_channel(torch.view_as_complex(self.low_rank.double()))

    def _terms(self) -> tuple[Tensor, Tensor, Tensor]:
        """Λ, P and B."""
        return self.eigenvalues(), self._low_rank(), self._input()

    def _discrete(self) -> dplr.DPLRStep:
        return dplr.discretize(*self._terms(), self.timescales())

    def _kernel(self, length: int) -> Tensor:
        if self.d_state <= DENSE_UP_TO and (length > 4096 or self.dtype == torch.float64):
            A, B = dplr.dense_step(self._discrete())
            return dense.krylov_kernel(A, B, self._row().double(), length).to(self.dtype)
        return dplr.dplr_kernel(*self._terms(), self._output(), self.timescales(), length)

    def _chunk_factors(self, length: int) -> ChunkFactors:
        return feedback.chunk_factors(self._discrete(), self._output(), length)

    def _recurrence(self) -> DiagonalRecurrence:
        step = self._discrete()
        return DiagonalRecurrence.of(step.mu, step.input, self._row(), self.D, step.out, step.into)

    def _response(self, z: Tensor) -> Tensor:
        output = self._output().to(torch.complex128)
        return dplr.generating_function(*self._terms(), output, self.timescales(), z)

    def _chunks_are_faster(self, length: int) -> bool:
        return self.d_state <= DENSE_UP_TO and length >= max(512, 16 * self.d_state)

"""LSSL: a dense HiPPO matrix A, fixed or learned, at several timescales (arXiv 2110.13985).

Nothing is factored: A is what it is, and the discretization is one's choice. That makes it the plainest of
the layers, and for N up to about 64 not the slowest, because powers of Ā come by doubling (`dense`).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from hippo_studio.hippo import gates
from hippo_studio.hippo.discretization import gbt_alpha
from hippo_studio.ssm import dense
from hippo_studio.ssm import initialization as starts
from hippo_studio.ssm.convolution import ChunkFactors
from hippo_studio.ssm.parameters import slow
from hippo_studio.ssm.recurrence import DenseRecurrence
from hippo_studio.ssm.state_space import StateSpace


class LSSL(StateSpace):
    """Dense state spaces. Learned: Δ, C, D, and with `learn_transition` A and B.

    Parameters
    ----------
    d_model, d_state
        H and N; N may be odd.
    initialization
        "legs", "legt", "lagt", "fout" or "random": see `initialization.dense`.
    n_ssm
        Independent copies of A and B, a divisor of H.
    n_timescales
        How many Δ there are, a multiple of n_ssm and a divisor of H; neighbouring channels share one. They
        start at equal ratios in [dt_min, dt_max]. None for H.
    method, alpha
        "bilinear", "zoh", "backward" or "gbt", the latter with its α from ½: below it, modes may grow.
    dt_min, dt_max
        Range of Δ at the start; about 1/Δ samples are remembered.
    learn_transition
        Whether A and B are learned. A learned A may become unstable: nothing holds its eigenvalues.
    skip, convolution
        See `StateSpace`.
    """

    def __init__(
        self,
        d_model: int,
        d_state: int = 64,
        *,
        initialization: str = "legs",
        n_ssm: int = 1,
        n_timescales: int | None = None,
        method: str = "bilinear",
        alpha: float = 0.5,
        dt_min: float = 1e-3,
        dt_max: float = 1e-1,
        learn_transition: bool = False,
        skip: bool = True,
        convolution: str = "auto",
    ) -> None:
        d_model = gates.whole_number("d_model", d_model, least=1)
        n_timescales = d_model if n_timescales is None else n_timescales
        n_timescales = gates.whole_number("n_timescales", n_timescales, least=1, most=d_model)
        n_ssm = gates.whole_number("n_ssm", n_ssm, least=1, most=n_timescales)
        if d_model % n_timescales or n_timescales % n_ssm:
            raise ValueError(
                f"n_ssm is {n_ssm} and n_timescales {n_timescales}; n_timescales has to divide "
                f"d_model = {d_model}, and n_ssm has to divide n_timescales."
            )
        place = gbt_alpha(method, alpha)
        if place is not None and place < 0.5:
            raise ValueError(f"LSSL's method is {method!r} with α = {place:g}; α ≥ ½ or “zoh” is needed.")
        A, B = starts.dense(initialization, d_state, starts.draw_seed())
        timescales = starts.log_timescales(n_timescales, dt_min, dt_max, spread="even")
        super().__init__(d_model, d_state, timescales, skip=skip, convolution=convolution)
        self.method, self.alpha, self.n_ssm = method, 0.5 if place is None else place, n_ssm
        self.A, self.B = (self._copies(values, learn_transition) for values in (A, B))
        self.C = nn.Parameter(torch.randn(d_model, d_state))

    def _continuous(self, channel: int) -> tuple[Tensor, Tensor, Tensor]:
        copy = channel * self.n_ssm // self.d_model
        return self.A[copy], self.B[copy], self.C[channel]

    def _copies(self, values: starts.Reals, learned: bool) -> nn.Parameter:
        tensor = torch.as_tensor(values.copy(), dtype=torch.get_default_dtype())
        return slow(nn.Parameter(tensor.expand(self.n_ssm, *tensor.shape).clone(), requires_grad=learned))

    def _discrete(self) -> tuple[Tensor, Tensor]:
        """Return Ā (timescales, N, N) and B̄ (timescales, N), float64."""
        delta = torch.exp(self.log_delta.double()) * self.rate
        copies = delta.shape[0] // self.n_ssm
        A, B = (values.double().repeat_interleave(copies, 0) for values in (self.A, self.B))
        return dense.discretize(A, B, delta, "gbt" if self.method != "zoh" else "zoh", self.alpha)

    def _kernel(self, length: int) -> Tensor:
        A, B = (self._per_channel(values) for values in self._discrete())
        return dense.krylov_kernel(A, B, self.C.double(), length).to(self.dtype)

    def _chunk_factors(self, length: int) -> ChunkFactors:
        A, B = (self._per_channel(values) for values in self._discrete())
        return dense.chunk_factors(A, B, self.C, length)

    def _recurrence(self) -> DenseRecurrence:
        A, B = (self._per_channel(values) for values in self._discrete())
        change = A - torch.eye(self.d_state, dtype=A.dtype, device=A.device)
        return DenseRecurrence(change.mT.to(self.dtype).contiguous(), B.to(self.dtype), self.C, self.D)

    def _response(self, z: Tensor) -> Tensor:
        A, B = (self._per_channel(values) for values in self._discrete())
        return dense.response(A, B, self.C.double(), z)

    def _chunks_are_faster(self, length: int) -> bool:
        return True

"""Dense state spaces: discretization that learns, Krylov sequences by doubling, and the kernel they give.

For Ā (H, N, N) the sequence B̄, Ā B̄, Ā² B̄ … is doubled with the squares Ā^{2^k}: log₂ T products of N × N
matrices, not T steps. A kernel of length L is then one product, K[q, r] = (C Ā^{m q}) (Ā^r B̄). Squaring
doubles the relative error of Ā each time, so all of it is done in float64 and only the result is rounded.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from hippo_studio.ssm.convolution import ChunkFactors
from hippo_studio.ssm.dplr import resolvent

METHODS = ("bilinear", "zoh", "gbt", "backward", "forward")


def discretize(A: Tensor, B: Tensor, delta: Tensor, method: str, alpha: float = 0.5) -> tuple[Tensor, Tensor]:
    """Return Ā (H, N, N) and B̄ (H, N); differentiable in A, B and Δ.

    `A` (H, N, N), `B` (H, N), `delta` (H,). `method` and `alpha`, which counts for "gbt" only, as in
    `hippo_studio.hippo.discretize`: Ā = (I − αΔA)⁻¹(I + (1 − α)ΔA), B̄ = Δ(I − αΔA)⁻¹B, and ZOH by one
    exponential of [[ΔA, ΔB], [0, 0]].
    """
    A, B = delta[:, None, None] * A, (delta[:, None] * B)[..., None]
    if method == "zoh":
        augmented = torch.cat([torch.cat([A, B], -1), A.new_zeros(*A.shape[:-2], 1, A.shape[-1] + 1)], -2)
        both = exponential(augmented)[:, :-1]
    else:
        place = {"forward": 0.0, "bilinear": 0.5, "backward": 1.0, "gbt": alpha}[method]
        identity = torch.eye(A.shape[-1], dtype=A.dtype, device=A.device)
        # solve_ex: to raise for a singular matrix, solve would make the host wait for a GPU at every step.
        both = torch.linalg.solve_ex(identity - place * A, torch.cat([identity + (1 - place) * A, B], -1))[0]
    return both[..., :-1], both[..., -1]


def exponential(M: Tensor) -> Tensor:
    """Return e^M for float64 matrices M (H, N, N): `hippo.discretization.exponential`, differentiable.

    torch.linalg.matrix_exp differentiates by exponentials of twice the size, at ten times the cost; a graph
    that is traced for export is not differentiated, and cannot count squarings by the values of M.
    """
    if torch.compiler.is_exporting():
        exact: Tensor = torch.linalg.matrix_exp(M)
        return exact
    norm = float(torch.linalg.matrix_norm(M.detach(), 1).max())
    squarings = max(0, math.ceil(math.log2(norm / _PADE_REACH))) if norm else 0
    M = M / 2.0**squarings
    identity = torch.eye(M.shape[-1], dtype=M.dtype, device=M.device)
    M2 = M @ M
    M4 = M2 @ M2
    M6 = M4 @ M2
    b = _PADE
    odd = M @ (
        M6 @ (b[13] * M6 + b[11] * M4 + b[9] * M2) + b[7] * M6 + b[5] * M4 + b[3] * M2 + b[1] * identity
    )
    even = M6 @ (b[12] * M6 + b[10] * M4 + b[8] * M2) + b[6] * M6 + b[4] * M4 + b[2] * M2 + b[0] * identity
    result: Tensor = torch.linalg.solve_ex(even - odd, even + odd)[0]
    for _ in range(squarings):
        result = result @ result
    return result


_PADE_REACH = 5.371920351148152  # the 1-norm up to which [13/13] is good to 2^−53 (Higham 2005's θ_13)
_PADE = [math.comb(13, k) * math.factorial(26 - k) / math.factorial(26) for k in range(14)]


def krylov_kernel(A: Tensor, B: Tensor, C: Tensor, length: int) -> Tensor:
    """Return K_l = C Ā^l B̄ for l = 0 … length − 1: (H, length), by doubling in two levels.

    `A` (H, N, N), `B` and `C` (H, N), all discrete, float64 for a kernel longer than a few hundred.
    """
    columns = 1 << max(0, math.ceil(math.log2(length) / 2))
    rows = math.ceil(length / columns)
    fine = squares(A, columns)
    right = krylov(fine, B, columns)  # (H, m, N): Ā^r B̄
    coarse = squares((fine[-1] @ fine[-1]) if columns > 1 else A, rows)
    left = krylov([power.mT for power in coarse], C, rows)  # (H, q, N): C Ā^{m q}
    return (left @ right.mT).flatten(1)[:, :length]


def response(A: Tensor, B: Tensor, C: Tensor, z: Tensor) -> Tensor:
    """Return K(z) = Σ_l K_l z^l, all of it, at points |z| = 1: (H, len(z)), in two levels as the kernel.

    Arguments as for `krylov_kernel`, `z` complex128. The sum ends at a power of two beyond which the state
    after an impulse is nothing. If it lasts for too long, each point is solved for, a hundred times slower.
    """
    powers = [A]
    for _ in range(_LONGEST):
        powers.append(powers[-1] @ powers[-1])
        left_over = torch.linalg.vector_norm((powers[-1] @ B[..., None]).detach(), dim=(1, 2))
        if bool((left_over <= 1e-17 * torch.linalg.vector_norm(B.detach(), dim=1)).all()):
            break
    else:
        return resolvent(A, B, C, z)
    half = (len(powers) - 1) // 2
    columns, rows = 1 << half, 1 << (len(powers) - 1 - half)
    right = krylov(powers, B, columns).mT  # (H, N, m): Ā^r B̄
    left = krylov([power.mT for power in powers[half:]], C, rows).mT  # (H, N, q): C Ā^{m q}
    lags = torch.arange(columns, device=z.device), columns * torch.arange(rows, device=z.device)
    values = []
    for points in torch.split(z, 512):
        inner, outer = (_at(points, side, lag) for side, lag in zip((right, left), lags, strict=True))
        values.append((inner * outer).sum(1))
    return torch.cat(values, 1)


def _at(z: Tensor, rows: Tensor, lags: Tensor) -> Tensor:
    """Return Σ_l rows_l z^{lags_l}: real rows (H, N, lags) to complex (H, N, len(z))."""
    re, im = torch.view_as_real(z ** lags[:, None]).unbind(-1)
    return torch.complex(rows @ re, rows @ im)


_LONGEST = 20
"""log₂ of the longest impulse response that `response` adds up."""


def krylov_kernel_direct(A: Tensor, B: Tensor, C: Tensor, length: int) -> Tensor:
    """One step after the other: the oracle of every kernel in this room."""
    state, kernel = B, []
    for _ in range(length):
        kernel.append((C * state).sum(-1))
        state = (A @ state[..., None])[..., 0]
    return torch.stack(kernel, -1)


def squares(A: Tensor, count: int) -> list[Tensor]:
    """Return A, A², A⁴ … as many as `krylov` needs for `count` terms; at least A itself."""
    powers = [A]
    while 1 << len(powers) < count:
        powers.append(powers[-1] @ powers[-1])
    return powers


def krylov(powers: Sequence[Tensor], start: Tensor, count: int) -> Tensor:
    """Return start, A start, A² start …: (H, count, N), from the squares of A."""
    sequence = start[:, None]
    for power in powers:
        if sequence.shape[1] >= count:
            break
        wanted = sequence[:, : count - sequence.shape[1]]
        sequence = torch.cat([sequence, wanted @ power.mT], 1)
    return sequence


def matrix_power(powers: Sequence[Tensor], exponent: int) -> Tensor:
    """Return A^exponent (exponent ≥ 1), from the squares of A, which may be fewer than it needs."""
    result: Tensor | None = None
    square = powers[0]
    for k in range(exponent.bit_length()):
        if k:
            square = powers[k] if k < len(powers) else square @ square
        if exponent >> k & 1:
            result = square if result is None else result @ square
    assert result is not None  # an exponent ≥ 1 has a bit set
    return result


def chunk_factors(A: Tensor, B: Tensor, C: Tensor, length: int) -> ChunkFactors:
    """Return the factors of a chunk, in the precision of C, for Ā (H, N, N) and B̄ (H, N) in float64."""
    doubled = squares(A, length)
    inward = krylov(doubled, B, length)  # (H, T, N): Ā^j B̄
    row = (C.to(A.dtype)[:, None] @ A)[:, 0]
    outward = krylov([power.mT for power in doubled], row, length)  # (H, T, N): C Ā^{i + 1}
    kernel = (inward @ C.to(A.dtype)[..., None])[..., 0]
    return ChunkFactors(
        kernel.to(C.dtype),
        inward.flip(1).to(C.dtype),
        outward.mT.to(C.dtype),
        matrix_power(doubled, length).mT.to(C.dtype),
    )

"""Chunks of a DPLR state space, by closing the loop of its low rank around its diagonal.

x' = μ x + B̄ u − P̂ w with w = Q̂* x is a diagonal state space with one input more, w, which is one of its own
outputs. Over a chunk of T samples, with lower triangular Toeplitz matrices T_vw of v μ^l w,

    (I + T_QP) w = T_QB u + (Q̂* μ^i) x₀        y = T_CB u − T_CP w + (C μ^{i+1}) x₀

so one triangular solve of size T gives what a dense Ā would need log₂ T products of N × N matrices for: work
in O(T² N) instead of O(N³ log T). The phases of the powers of μ are computed in float64, the rest in the
precision of C. T_QP and T_QB are strictly lower: w is read off the state before its own sample's input comes.
Rank r = 2 makes each of their entries a block of r rows.
"""

from __future__ import annotations

import torch
from torch import Tensor

from hippo_studio.ssm.convolution import ChunkFactors, toeplitz
from hippo_studio.ssm.dplr import DPLRStep, halves, rotation
from hippo_studio.ssm.vandermonde import powers


def chunk_factors(step: DPLRStep, output: Tensor, length: int) -> ChunkFactors:
    """Return the factors of a chunk, in the precision of `output`: C (H, M), complex."""
    work = output.dtype
    channels, rank, _ = step.out.shape
    table = powers(torch.log(step.mu), length + 1, work)  # (H, T + 1, M): μ^i
    columns = torch.cat([step.input[:, None], step.out], 1).to(work)  # B̄, P̂: (H, 1 + r, M)
    rows = torch.cat([output[:, None], step.into.to(work)], 1)  # C, Q̂*

    # Impulse responses from each column to each row: (H, T, 1 + r, 1 + r).
    weights = halves((2 * rows[:, :, None] * columns[:, None]).flatten(1, 2).conj())
    responses = (halves(table[:, :-1]) @ weights.mT).view(channels, length, 1 + rank, 1 + rank)
    late = torch.nn.functional.pad(responses[:, :-1, 1:], (0, 0, 0, 0, 1, 0))

    inward = halves(table[:, :-1].flip(1)[:, :, None] * columns[:, None])  # (H, T, 1 + r, N): μ^{T−1−j} B̄, P̂
    outward = _row(table[:, 1:] * output[:, None])  # (H, T, N): C μ^{i+1}
    heard = _row(table[:, :-1, None] * rows[:, None, 1:]).flatten(1, 2)  # (H, T r, N): Q̂* μ^i

    loop = _lower(late[..., 1:])  # T_QP: (H, T r, T r); solve_triangular sees ones on its diagonal
    driven = torch.cat([heard, _lower(late[..., :1])], 2)
    closed = torch.linalg.solve_triangular(loop, driven, upper=False, unitriangular=True)
    by_state, by_input = closed[..., : heard.shape[2]], closed[..., heard.shape[2] :]  # w by x₀, by u

    damping = _lower(responses[:, :, :1, 1:])  # T_CP: (H, T, T r)
    fed = inward[:, :, 1:].flatten(1, 2)  # (H, T r, N)
    whole = rotation(table[:, -1]) - fed.mT @ by_state
    return ChunkFactors(
        kernel=responses[:, :, 0, 0] - (damping @ by_input[..., :1])[..., 0],
        inward=inward[:, :, 0] - by_input.mT @ fed,
        outward=(outward - damping @ by_state).mT.contiguous(),
        carry=whole.mT.contiguous(),
    )


def _row(values: Tensor) -> Tensor:
    """Return the row that makes 2 Re Σ values x out of [Re x, Im x]: (…, M) complex to (…, N) real."""
    return torch.cat([2 * values.real, -2 * values.imag], -1)


def _lower(responses: Tensor) -> Tensor:
    """Return the block Toeplitz matrix of responses (H, T, a, b): (H, T a, T b), by i − j."""
    channels, length, a, b = responses.shape
    flat = responses.permute(0, 2, 3, 1).reshape(-1, length)
    blocks = toeplitz(flat).view(channels, a, b, length, length)  # (H, a, b, j, i)
    return blocks.permute(0, 4, 1, 3, 2).reshape(channels, length * a, length * b)

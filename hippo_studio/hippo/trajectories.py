"""Every state of a time-invariant memory, near the speed at which memory can be written.

Stepping costs N multiply-adds per number that is written. But over a short block the transition Ā^l is a
smooth function of l: m + 1 of its powers are combinations of a few, ρ ≪ m, of themselves,

    Ā^l = Σ_k Ψ_lk Ā^{s_k},        0 ≤ l ≤ m                                  (an interpolative decomposition)

so that, with c the state before the block and u its samples, all m states of the block are one thin product,

    c_j = Σ_k Ψ_jk (Ā^{s_k} c) + Σ_k q_jk (Ā^{s_k} B̄),        q_jk = Σ_{i ≤ j} Ψ_{j-i,k} u_i,

about 2ρ multiply-adds per number. Many blocks go at once: their inputs, the scan that gives the state before
each, their skeletons Ā^{s_k} c and the sums q are each one matrix product.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.hippo.krylov import KrylovLadder, without_denormals
from hippo_studio.hippo.structured_steps import LANES, StructuredStep

FloatArray = NDArray[np.floating[Any]]
Float64Array = NDArray[np.float64]

SKELETON_TOLERANCE = 1e-14
BLOCKS_AT_ONCE = 64
_BLOCK_LENGTHS = (32, 64, 128)
_PLAIN_BLOCK = 64
_LONGEST_PIECE = 256
_IN_CACHE = 2**16  # numbers
_LARGEST_SKELETON = 2**22  # numbers in all Ā^{s_k}, 32 MB


@dataclass(frozen=True)
class Skeleton:
    """The powers of Ā that stand for all others up to the block's length m.

    Attributes
    ----------
    samples : m, a power of two.
    weights : (m + 1, ρ), Ψ.
    powers : (N, ρN), (Ā^{s_k})ᵀ side by side.
    responses : (ρ, N), Ā^{s_k} B̄.
    sums : (m, ρm), from a block's samples to q, column k·m + j.
    """

    samples: int
    weights: Float64Array
    powers: Float64Array
    responses: Float64Array
    sums: Float64Array

    @property
    def nbytes(self) -> int:
        """Memory held."""
        return self.powers.nbytes + self.sums.nbytes

    @property
    def rank(self) -> int:
        """ρ."""
        return len(self.responses)


def fill_in_lanes(
    ladder: KrylovLadder, step: StructuredStep, c: Float64Array, u: FloatArray, out: FloatArray
) -> None:
    """Write every state after c (N,) under the samples u (L,) into out (L, N) of any float type."""
    size = min(_LONGEST_PIECE, 1 << max(0, -(-len(u) // LANES) - 1).bit_length())
    for start in range(0, len(u), LANES * size):
        rows = out[start : start + LANES * size]
        samples = np.zeros((LANES, size))
        samples.reshape(-1)[: len(rows)] = u[start : start + LANES * size]
        states = _states_between(ladder, c, samples)
        step.run(states[:-1], samples, rows)
        c = states[-1]


def fill_trajectory(
    ladder: KrylovLadder, skeleton: Skeleton | None, c: Float64Array, u: FloatArray, out: FloatArray
) -> None:
    """Write every state after c (N,) under the samples u (L,) into out (L, N) of any float type."""
    if skeleton is None:
        _fill_plainly(ladder, c, u, out)
        return
    chunk = skeleton.samples * BLOCKS_AT_ONCE
    workspace = _Workspace(skeleton, ladder.order)
    for start in range(0, len(u), chunk):
        rows = out[start : start + chunk]
        samples = np.zeros((-(-len(rows) // skeleton.samples), skeleton.samples))
        samples.reshape(-1)[: len(rows)] = u[start : start + chunk]
        states = _states_between(ladder, c, samples)
        workspace.expand(states[:-1], samples, rows)
        c = states[-1]


class _Workspace:
    """The thin product of up to `BLOCKS_AT_ONCE` blocks, in memory that is used again."""

    def __init__(self, skeleton: Skeleton, order: int) -> None:
        rank, samples = skeleton.rank, skeleton.samples
        self._skeleton = skeleton
        self._left = np.empty((BLOCKS_AT_ONCE, 2 * rank, samples))
        self._left[:, :rank] = skeleton.weights[1:].T
        self._right = np.empty((BLOCKS_AT_ONCE, 2 * rank, order))
        self._right[:, rank:] = skeleton.responses
        self._few = np.empty((max(1, _IN_CACHE // (samples * order)), samples, order))

    def expand(self, before: Float64Array, samples: Float64Array, rows: FloatArray) -> None:
        """States before each block (blocks, N) and samples (blocks, m) → rows (≤ blocks · m, N)."""
        blocks, order = before.shape
        rank, size = self._skeleton.rank, self._skeleton.samples
        left, right = self._left[:blocks], self._right[:blocks]
        np.matmul(before, self._skeleton.powers, out=right.reshape(blocks, -1)[:, : rank * order])
        np.matmul(samples, self._skeleton.sums, out=left.reshape(blocks, -1)[:, rank * size :])
        left = left.transpose(0, 2, 1)
        if rows.dtype == np.float64 and rows.flags.c_contiguous and len(rows) == blocks * size:
            np.matmul(left, right, out=rows.reshape(blocks, size, order))
            return
        for block in range(0, blocks, len(self._few)):
            few = self._few[: min(len(self._few), blocks - block)]
            np.matmul(left[block : block + len(few)], right[block : block + len(few)], out=few)
            target = rows[block * size : (block + len(few)) * size]
            target[...] = few.reshape(-1, order)[: len(target)]


def skeleton(ladder: KrylovLadder) -> Skeleton | None:
    """Find the skeleton of the cheapest block length, or None where stepping by blocks is no dearer."""
    order = ladder.order
    orbits = _orbits(ladder, max(_BLOCK_LENGTHS))
    candidates = [_interpolation(orbits[: samples + 1]) for samples in _BLOCK_LENGTHS]

    def cost(samples: int, rank: int) -> float:
        """Multiply-adds per number: the thin product, the skeletons, the sums."""
        return 2 * rank + rank * order / samples + rank * samples / order

    weights, chosen = min(candidates, key=lambda found: cost(len(found[0]) - 1, len(found[1])))
    samples, rank = len(weights) - 1, len(chosen)
    if cost(samples, rank) > 0.7 * (order + _PLAIN_BLOCK) or rank * order**2 > _LARGEST_SKELETON:
        return None
    powers = _powers(ladder, chosen)
    sums = np.zeros((samples, rank, samples))
    for i in range(samples):
        sums[i, :, i:] = weights[: samples - i].T
    return Skeleton(
        samples,
        weights,
        np.ascontiguousarray(powers.transpose(1, 0, 2)).reshape(order, rank * order),
        (ladder.krylov(1) @ powers)[:, 0],
        sums.reshape(samples, rank * samples),
    )


def _orbits(ladder: KrylovLadder, samples: int) -> Float64Array:
    """Ā^l v for 0 ≤ l ≤ samples and a few random v, (samples + 1, numbers)."""
    orbits = np.random.default_rng(0).standard_normal((1, min(ladder.order, 8), ladder.order))
    while len(orbits) <= samples:
        orbits = np.concatenate([orbits, ladder.apply(orbits, len(orbits).bit_length() - 1)])
    return orbits[: samples + 1].reshape(samples + 1, -1)


def _interpolation(orbits: Float64Array) -> tuple[Float64Array, NDArray[np.intp]]:
    """Ψ (m + 1, ρ) and s (ρ,), ascending, by a pivoted QR of the orbits (m + 1, numbers)."""
    from scipy.linalg import qr, solve_triangular

    _, triangle, pivots = qr(orbits.T, mode="economic", pivoting=True)
    sizes = np.abs(np.diag(triangle))
    rank = int(np.count_nonzero(sizes > SKELETON_TOLERANCE * sizes[0]))
    weights = np.zeros((len(orbits), rank))
    weights[pivots[:rank]] = np.eye(rank)
    weights[pivots[rank:]] = solve_triangular(triangle[:rank, :rank], triangle[:rank, rank:]).T
    ascending = np.argsort(pivots[:rank])
    return weights[:, ascending], np.asarray(pivots[:rank][ascending], dtype=np.intp)


def _powers(ladder: KrylovLadder, steps: NDArray[np.intp]) -> Float64Array:
    """(Ā^s)ᵀ for ascending s, (len(s), N, N), each from the one before."""
    powers = np.empty((len(steps), ladder.order, ladder.order))
    powers[0] = ladder.power(int(steps[0]))
    for k in range(1, len(steps)):
        np.matmul(powers[k - 1], ladder.power(int(steps[k] - steps[k - 1])), out=powers[k])
    return powers


def _states_between(ladder: KrylovLadder, c: Float64Array, samples: Float64Array) -> Float64Array:
    """States before, between and after blocks: c (N,), samples (blocks, m) → (blocks + 1, N).

    By a scan in log₂(blocks) rounds.
    """
    size = samples.shape[1]
    after = samples @ ladder.krylov(size)
    after[0] += ladder.apply(c, size.bit_length() - 1)
    _scan(ladder, after, size.bit_length() - 1)
    return np.concatenate([c[None], without_denormals(after)])


def _scan(ladder: KrylovLadder, states: Float64Array, rung: int) -> None:
    """x_b ← Σ_{a ≤ b} (Ā^m)^{b-a} x_a in place, m = 2^rung; states (blocks, N)."""
    if len(states) < 2:
        return
    pairs = len(states) // 2 * 2
    odd = ladder.apply(states[0:pairs:2], rung) + states[1:pairs:2]
    _scan(ladder, odd, rung + 1)
    states[1:pairs:2] = odd
    states[2::2] += ladder.apply(odd[: len(states[2::2])], rung)


def _fill_plainly(ladder: KrylovLadder, c: Float64Array, u: FloatArray, out: FloatArray) -> None:
    """Sixty-four rows at a time from the sixty-four before: C ← C (Ā^64)ᵀ + Toeplitz(u) K_64ᵀ."""
    size = _PLAIN_BLOCK
    step, response = ladder.power(1), ladder.krylov(1)[0]
    states = np.empty((min(size, len(u)), ladder.order))
    for j in range(len(states)):
        c = c @ step + float(u[j]) * response
        states[j] = c
    out[: len(states)] = states
    if len(u) <= size:
        return
    power, krylov = ladder.power(size), ladder.krylov(size)
    windows = np.lib.stride_tricks.sliding_window_view(u, size)
    for start in range(size, len(u), size):
        stop = min(start + size, len(u))
        inputs = windows[start - size + 1 : stop - size + 1]
        states = without_denormals(states[: stop - start] @ power + inputs @ krylov)
        out[start:stop] = states

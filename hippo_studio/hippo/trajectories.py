"""Every state of a time-invariant memory, near the speed at which memory can be written.

Stepping costs N multiply-adds per number that is written. But over a short block the transition Ā^l is a
smooth function of l: m + 1 of its powers are combinations of a few, ρ ≪ m, of themselves,

    Ā^l = Σ_k Ψ_lk Ā^{s_k},        0 ≤ l ≤ m                                  (an interpolative decomposition)

so that, with c the state before the block and u its samples, all m states of the block are one thin product,

    c_j = Σ_k Ψ_jk (Ā^{s_k} c) + Σ_k q_jk (Ā^{s_k} B̄),        q_jk = Σ_{i ≤ j} Ψ_{j-i,k} u_i,

about 2ρ multiply-adds per number. Many blocks go at once: their inputs, the scan that gives the state before
each, their skeletons Ā^{s_k} c and the sums q are each one matrix product. `thin_products` does the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.hippo.krylov import KrylovLadder, without_denormals
from hippo_studio.hippo.structured_steps import LANES, StructuredStep
from hippo_studio.hippo.thin_products import CACHE_LINE, COLUMNS, ROWS, write_thin_products

FloatArray = NDArray[np.floating[Any]]
Float64Array = NDArray[np.float64]

SKELETON_TOLERANCE = 1e-12  # of the largest number in a state, in every state: nothing adds up
BLOCKS_AT_ONCE = 1024
BLOCKS_IN_CACHE = 128
BEYOND_CACHES = 2**25  # bytes
_BLOCK_LENGTHS = (32, 64, 128)
_PLAIN_BLOCK = 64
_LONGEST_PIECE = 512
_LARGEST_SKELETON = 2**22  # numbers in all Ā^{s_k}, 32 MB


@dataclass(frozen=True)
class Skeleton:
    """The powers of Ā that stand for all others up to the block's length m, in the panels of `thin_products`.

    Attributes
    ----------
    samples : m, a power of two, at least 8.
    weights : (m/4, ρ, 4), Ψ.
    powers : (N, ⌈N/8⌉ ρ 8), from the state before a block to its skeleton, padded with zeros.
    responses : (⌈N/8⌉, ρ, 8), Ā^{s_k} B̄.
    sums : (m, m/4 ρ 4), from a block's samples to q.
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
        return len(self.weights[0])


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
    """Write every state after c (N,) under the samples u (L,) into out (L, N).

    `out` is C-contiguous, of float64 or float32.
    """
    if skeleton is None:
        _fill_plainly(ladder, c, u, out)
        return
    chunk = skeleton.samples * BLOCKS_AT_ONCE
    past_caches = _may_pass_caches(out)
    for start in range(0, len(u), chunk):
        rows = out[start : start + chunk]
        samples = np.zeros((-(-len(rows) // skeleton.samples), skeleton.samples))
        samples.reshape(-1)[: len(rows)] = u[start : start + chunk]
        states = _states_between(ladder, c, samples)
        for first in range(0, len(samples), BLOCKS_IN_CACHE):
            few = slice(first, first + BLOCKS_IN_CACHE)
            place = rows[first * skeleton.samples : few.stop * skeleton.samples]
            _expand(skeleton, states[:-1][few], samples[few], past_caches, place)
        c = states[-1]


def _may_pass_caches(out: FloatArray) -> bool:
    """Whether tiles are whole lines of the cache, and their four rows don't crowd one place there."""
    whole = out.ctypes.data % CACHE_LINE == 0 and out.strides[0] % CACHE_LINE == 0
    return whole and out.strides[0] % 2048 != 0 and out.nbytes >= BEYOND_CACHES


def _expand(
    skeleton: Skeleton, before: Float64Array, samples: Float64Array, past_caches: bool, rows: FloatArray
) -> None:
    """States before each block (blocks, N) and samples (blocks, m) → rows (≤ blocks · m, N)."""
    (blocks, size), shape = samples.shape, skeleton.responses.shape
    sums = np.empty((blocks, *skeleton.weights.shape))
    half = size // 2  # the first half of the states knows nothing of the second half of the samples
    early, late = np.split(sums.reshape(blocks, -1), 2, axis=1)
    np.matmul(samples[:, :half], skeleton.sums[:half, : early.shape[1]], out=early)
    np.matmul(samples, skeleton.sums[:, early.shape[1] :], out=late)
    skeletons = (before @ skeleton.powers).reshape(blocks, *shape)
    write_thin_products(skeleton.weights, skeletons, sums, skeleton.responses, past_caches, np.asarray(rows))


def skeleton(ladder: KrylovLadder) -> Skeleton | None:
    """Find the skeleton of the cheapest block length, or None where stepping by blocks is no dearer."""
    order = ladder.order
    orbits = _orbits(ladder, max(_BLOCK_LENGTHS))
    candidates = [_interpolation(orbits[: samples + 1]) for samples in _BLOCK_LENGTHS]

    def cost(samples: int, rank: int) -> float:
        """With products of N × N matrices at two thirds of the rate of the others."""
        return multiply_adds(order, samples, rank) + 0.5 * (rank + 2) * order / samples

    weights, chosen = min(candidates, key=lambda found: cost(len(found[0]) - 1, len(found[1])))
    samples, rank = len(weights) - 1, len(chosen)
    dear = multiply_adds(order, samples, rank) > 0.7 * (order + _PLAIN_BLOCK)
    if dear or rank * order**2 > _LARGEST_SKELETON:
        return None
    powers = _powers(ladder, chosen)
    sums = np.zeros((samples, rank, samples))
    for i in range(samples):
        sums[i, :, i:] = weights[: samples - i].T
    return Skeleton(
        samples,
        _panels(weights[1:].T, ROWS),
        _panels(powers.transpose(1, 0, 2), COLUMNS).reshape(order, -1),
        _panels((ladder.krylov(1) @ powers)[:, 0], COLUMNS),
        _panels(sums, ROWS).reshape(samples, -1),
    )


def multiply_adds(order: int, samples: int, rank: int) -> float:
    """What a number of a state costs: of the thin product, the skeletons, the sums, the scan."""
    return 2 * rank + rank * order / samples + 0.75 * rank * samples / order + 1 + 2 * order / samples


def _panels(numbers: Float64Array, width: int) -> Float64Array:
    """Panels of `width` neighbours, the last filled up with zeros: (…, ρ, n) → (…, ⌈n/width⌉, ρ, width)."""
    *before, rank, count = numbers.shape
    panels = np.zeros((*before, rank, -(-count // width), width))
    panels.reshape(*before, rank, -1)[..., :count] = numbers
    return np.ascontiguousarray(np.moveaxis(panels, -2, -3))


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

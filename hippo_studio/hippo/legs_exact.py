"""LegS without any discretization error: the exact projection, re-projected once per block.

LegS holds the projection of the past on Legendre polynomials over [0, t]. For a piecewise constant signal a
longer past needs no steps: its coefficients on [0, t'], t' = t + L, are

    c'_n = 1/t' [ ∫_0^t g_n(x/t') p(x) dx + ∫_t^t' g_n(x/t') f(x) dx ],     g_n(x) = √(2n+1) P_n(2x - 1),

where p is the old reconstruction: only its first N coefficients matter, because g_n(x/t') is a polynomial
of degree n < N on [0, t] too. Both integrals become sums over Gauss-Legendre nodes, exact up to rounding:

- the past, from its N coefficients to weighted values at N nodes, by a constant matrix;
- a block, from its L samples to its first M Legendre moments of its own, and these at M nodes, by another.
  Where the block is short against the past, the g_n are smooth over it, and few moments count,
  M ≈ 2.2 N √(L/t') + 16;
- all nodes to the N new coefficients, by the Legendre recurrence.

So a block costs M/2 multiply-adds per sample and N (N + M) steps of the recurrence, of which a processor
does several per nanosecond. A block may be drawn longer, into the past, with zeros, which add nothing to its
integral: a few block lengths serve for all. And a long push is many blocks, but one sum over all nodes.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.hippo.compiled import compiled
from hippo_studio.hippo.legs_tables import (
    block_moments,
    block_table,
    gauss,
    moments,
    past_table,
    recurrence,
    synthesis,
)
from hippo_studio.hippo.row_tables import add_rows, dot_rows

FloatArray = NDArray[np.floating[Any]]
Float64Array = NDArray[np.float64]

LONGEST_BLOCK = 2048
"""Samples whose moments are taken at once."""

_BLOCKS_AT_ONCE = 128
_FLOWS_PER_PROJECTION = 40
_SHORTEST_PIECE, _LONGEST_PIECE = 64, 1024  # samples of a trajectory that flow in one lane


def advance(c: FloatArray, u: FloatArray, samples_seen: int) -> FloatArray:
    """Carry exact LegS coefficients over a block of samples.

    Parameters
    ----------
    c : (channels, N) array
        Coefficients after `samples_seen` samples; not changed.
    u : (channels, L) array
        The next samples, any L ≥ 0.
    samples_seen : int
        Samples before the block, t of the equation above.

    Returns
    -------
    (channels, N) array of c's type; computed in float64.
    """
    state = _advance_float64(c.astype(np.float64, copy=False), u, samples_seen)
    return state.astype(c.dtype, copy=state is c)


def trajectory(c: FloatArray, u: FloatArray, samples_seen: int, out: FloatArray | None = None) -> FloatArray:
    """Every exact state of a block: (channels, L, N).

    Arguments as in `advance`; `out`, of float64 or float32, is filled if given, otherwise the result has c's
    type. While the past is short against N²/40 each sample is a projection of its own; from there on
    `legs_flow` takes over.
    """
    channels, order = c.shape
    length = u.shape[1]
    if out is None:
        out = np.empty((channels, length, order), dtype=c.dtype)
    state: Float64Array = np.array(c, np.float64)
    samples = np.array(u, np.float64)
    slow = min(length, max(1, order**2 // _FLOWS_PER_PROJECTION) - samples_seen)
    for sample in range(slow):
        state = _advance_float64(state, samples[:, sample : sample + 1], samples_seen + sample)
        out[:, sample] = state
    for channel in range(channels):
        _fill(state[channel], samples[channel], samples_seen, max(0, slow), np.asarray(out[channel]))
    return out


def _fill(c: Float64Array, u: Float64Array, samples_seen: int, start: int, out: FloatArray) -> None:
    """Every exact state after c (N,) from sample `start` of u (L,) on, into out (L, N)."""
    from hippo_studio.hippo.legs_flow import LANES, flow_in_lanes

    while start < len(u):
        size = min(_LONGEST_PIECE, max(_SHORTEST_PIECE, -(-(len(u) - start) // LANES)))
        rows = out[start : start + LANES * size]
        samples, states = np.zeros((LANES, size)), np.zeros((LANES, len(c)))
        samples.reshape(-1)[: len(rows)] = u[start : start + LANES * size]
        seen = samples_seen + start + size * np.arange(LANES)
        for lane in range(-(-len(rows) // size)):
            states[lane] = c
            taken = u[start + lane * size : start + (lane + 1) * size]
            c = _advance_float64(c[None], taken[None], int(seen[lane]))[0]
        flow_in_lanes(np.ascontiguousarray(states.T), np.ascontiguousarray(samples.T), seen, rows)
        start += len(rows)


def prepare(order: int) -> None:
    """Build now what would be built at first use, whatever blocks will come: nodes and their matrices."""
    past_table(order)
    block_moments(LONGEST_BLOCK, order)
    for count in {min(order, _round_up(needed)) for needed in range(16, order + 16)}:
        synthesis(count)


def moments_needed(order: int, length: int, end: int) -> int:
    """Legendre moments, and nodes, for a block of `length` samples in a past of `end` samples: M above.

    Rounded up to quarters of a power of two, so that tables serve again while the past grows.
    """
    needed = int(np.ceil(2.2 * order * np.sqrt(length / end) + 16.0))
    return min(order, _round_up(needed))


def _round_up(number: int) -> int:
    """The next of 1 … 8, 10, 12, 14, 16, 20, 24 …: quarters of a power of two."""
    unit = 1 << max(0, (number - 1).bit_length() - 3)
    return -(-number // unit) * unit


def _advance_float64(c: Float64Array, u: FloatArray, samples_seen: int) -> Float64Array:
    length = u.shape[1]
    if length == 0:
        return c
    if length > LONGEST_BLOCK:
        return _advance_long(c, u, samples_seen)
    if samples_seen == 0:
        coefficients: Float64Array = u.astype(np.float64, copy=False) @ moments(length, c.shape[1]).T
        return coefficients
    # Copied, because compiled code is made for arrays that can be written to, and these need not be.
    return _advance_block(np.array(c), np.array(u, np.float64), samples_seen)


def _advance_block(c: Float64Array, u: Float64Array, samples_seen: int) -> Float64Array:
    """One block of at most LONGEST_BLOCK samples behind a past that is not empty."""
    channels, order = c.shape
    length = u.shape[1]
    span = _round_up(length)
    if span - length > samples_seen:
        span = length
    end = samples_seen + length
    count = moments_needed(order, span, end)
    past, block = past_table(order), block_table(span, count)
    result = np.zeros((channels, order))
    for channel in range(channels):
        _reproject(c[channel], u[channel], samples_seen, span, past, block, count, result[channel])
    return result


def _advance_long(c: Float64Array, u: FloatArray, samples_seen: int) -> Float64Array:
    """What is left over of whole blocks first; then one sum over the nodes of the past and of all blocks."""
    channels, order = c.shape
    head = u.shape[1] % LONGEST_BLOCK
    if head:
        c = _advance_float64(c, u[:, :head], samples_seen)
    seen = samples_seen + head
    end = samples_seen + u.shape[1]
    sums = np.zeros((channels, recurrence(order).shape[1]))
    a, b, scales = recurrence(order)
    if seen:
        nodes = (1.0 + gauss(order)[0]) * (seen / end) - 1.0
        for channel in range(channels):
            _add_legendre(nodes, c[channel] @ synthesis(order) * (seen / end), a, b, order, sums[channel])
    count = moments_needed(order, LONGEST_BLOCK, end)
    # Two products in turn: their matrices serve every M and every length, their product would serve but one.
    to_moments = block_moments(LONGEST_BLOCK, order)[:, :count]
    to_nodes = synthesis(count) * (LONGEST_BLOCK / end)
    ages = (1.0 - gauss(count)[0]) * (LONGEST_BLOCK / end)  # of the nodes, before their block's end
    size = LONGEST_BLOCK * _BLOCKS_AT_ONCE
    for start in range(head, u.shape[1], size):
        blocks = np.ascontiguousarray(u[:, start : start + size], np.float64)
        blocks = blocks.reshape(channels, -1, LONGEST_BLOCK)
        ends = start - head + LONGEST_BLOCK * np.arange(1, blocks.shape[1] + 1) + seen
        nodes = ((1.0 - 2.0 * (end - ends) / end)[:, None] - ages).reshape(-1)
        for channel in range(channels):
            values = blocks[channel] @ to_moments @ to_nodes
            _add_legendre(nodes, values.reshape(-1), a, b, order, sums[channel])
    result: Float64Array = (sums * scales)[:, :order]
    return result


@compiled
def _reproject(
    c: Float64Array,
    u: Float64Array,
    seen: int,
    span: int,
    past: Float64Array,
    block: Float64Array,
    count: int,
    result: Float64Array,
) -> None:
    """Coefficients c (N,) of `seen` samples and the next samples u (L,) → result (N,).

    Tables as `past_table` and `block_table` lay them out, their rows padded to multiples of 8. The block
    spans `span` ≥ L samples up to its end, the first of them zeros.
    """
    order, length = c.shape[0], u.shape[0]
    end = float(seen + length)
    line = (order + 7) // 8 * 8
    z = np.empty(order + count)
    f = np.empty(order + count)

    upper = order - order // 2
    width = (upper + 7) // 8 * 8
    place = 3 * line
    nodes = past[place : place + width]
    place += width
    even, odd = np.zeros(width), np.zeros(width)
    place = add_rows(c[0::2].copy(), past, place, upper, width, even)
    lower = order // 2
    add_rows(c[1::2].copy(), past, place, lower, width, odd)
    ratio = seen / end
    for i in range(upper):
        z[i] = (1.0 + nodes[i]) * ratio - 1.0
        f[i] = (even[i] + odd[i]) * ratio
    skip = upper - lower  # the middle node is its own mirror image
    for i in range(lower):
        z[upper + i] = (1.0 - nodes[skip + i]) * ratio - 1.0
        f[upper + i] = (even[skip + i] - odd[skip + i]) * ratio

    half = span // 2
    folded = span - half
    sums, differences = np.zeros((folded + 7) // 8 * 8), np.zeros((half + 7) // 8 * 8)
    empty = span - length
    for j in range(length):
        k = j + empty
        if k < half:
            sums[k] += u[j]
            differences[k] += u[j]
        elif k >= folded:
            sums[span - 1 - k] += u[j]
            differences[span - 1 - k] -= u[j]
        else:
            sums[k] += u[j]
    upper = count - count // 2
    place = (upper + 7) // 8 * 8
    nodes = block[:place]
    even, odd = np.empty(upper), np.empty(upper)
    place = dot_rows(block, place, upper, sums.shape[0], sums, even)
    dot_rows(block, place, upper, differences.shape[0], differences, odd)
    ratio = span / end
    at = order
    for i in range(upper):
        z[at] = 1.0 - (1.0 - nodes[i]) * ratio
        f[at] = (even[i] + odd[i]) * ratio
        at += 1
    for i in range(upper - count // 2, upper):
        z[at] = 1.0 - (1.0 + nodes[i]) * ratio
        f[at] = (even[i] - odd[i]) * ratio
        at += 1
    a, b, scales = past[:line], past[line : 2 * line], past[2 * line : 3 * line]
    sums = np.zeros(line)
    _add_legendre(z, f, a, b, order, sums)
    for n in range(order):
        result[n] = sums[n] * scales[n]


@compiled
def _add_legendre(
    z: Float64Array, f: Float64Array, a: Float64Array, b: Float64Array, order: int, sums: Float64Array
) -> None:
    """sums_n += Σ_i P_n(z_i) f_i for n < N; z, f (points,), a, b, sums (≥ N to a multiple of four,).

    P_{n+1} = a_n z P_n - b_n P_{n-1}, started from f instead of 1: what runs is f P_n. Four degrees per pass
    over points that stay in the cache.
    """
    size = min(z.shape[0], 512)
    now, before = np.empty(size), np.empty(size)
    for start in range(0, z.shape[0], size):
        points = min(size, z.shape[0] - start)
        x = z[start : start + points]
        for i in range(points):
            now[i] = f[start + i]
            before[i] = 0.0
        for n in range(0, order, 4):
            a0, a1, a2, a3 = a[n], a[n + 1], a[n + 2], a[n + 3]
            b0, b1, b2, b3 = b[n], b[n + 1], b[n + 2], b[n + 3]
            s0 = s1 = s2 = s3 = 0.0
            for i in range(points):
                p0 = now[i]
                p1 = a0 * (x[i] * p0) - b0 * before[i]
                p2 = a1 * (x[i] * p1) - b1 * p0
                p3 = a2 * (x[i] * p2) - b2 * p1
                now[i] = a3 * (x[i] * p3) - b3 * p2
                before[i] = p3
                s0 += p0
                s1 += p1
                s2 += p2
                s3 += p3
            sums[n] += s0
            sums[n + 1] += s1
            sums[n + 2] += s2
            sums[n + 3] += s3

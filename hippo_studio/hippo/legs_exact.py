"""LegS without any discretization error: the exact projection, re-projected once per block.

LegS holds the projection of the past on Legendre polynomials over [0, t]. For a piecewise constant signal a
longer past needs no steps: its coefficients on [0, t'], t' = t + L, are

    c'_n = 1/t' [ ∫_0^t g_n(x/t') p(x) dx + ∫_t^t' g_n(x/t') f(x) dx ],     g_n(x) = √(2n+1) P_n(2x - 1),

where p is the old reconstruction: only its first N coefficients matter, because g_n(x/t') is a polynomial
of degree n < N on [0, t] too. Both integrals are sums over Gauss-Legendre nodes, exact up to rounding. The
second one needs few nodes: where the block is short against the past, the g_n are smooth over it, so that
only the block's first M local Legendre moments count,

    M ≈ 2.2 N √(L/t') + 16.

So a block costs M multiply-adds per sample, one product with a constant matrix each for past and block, and
N·(N + M) steps of the Legendre recurrence.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.hippo.compiled import compiled

FloatArray = NDArray[np.floating[Any]]
Float64Array = NDArray[np.float64]

LEAF = 1024  # longest block whose moments are taken at once


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
    (channels, N) array of c's type.
    """
    channels, order = c.shape
    length = u.shape[1]
    if length == 0:
        return c.copy()
    end = samples_seen + length
    nodes: list[Float64Array] = []
    values: list[Float64Array] = []
    if samples_seen:
        past_nodes, synthesis = _past(order)
        nodes.append((past_nodes + 1.0) * (samples_seen / end) - 1.0)
        values.append((c @ synthesis) * (samples_seen / end))
    for start in range(0, length, LEAF):
        block = u[:, start : start + LEAF]
        size = block.shape[1]
        count = moments_needed(order, size, end)
        local_nodes, moments = _local(size, count)
        middle = 2.0 * (samples_seen + start + 0.5 * size) / end - 1.0
        nodes.append(middle + local_nodes * (size / end))
        values.append((block @ moments) * (size / end))
    result = np.zeros((channels, order))
    everywhere = np.concatenate(nodes)
    weighted = np.concatenate(values, axis=1)
    for channel in range(channels):
        _analyse(everywhere, weighted[channel], result[channel])
    return result.astype(c.dtype, copy=False)


def trajectory(c: FloatArray, u: FloatArray, samples_seen: int, out: FloatArray | None = None) -> FloatArray:
    """Every exact state of a block, (channels, L, N); arguments as in `advance`, `out` is filled if given."""
    channels, order = c.shape
    if out is None:
        out = np.empty((channels, u.shape[1], order), dtype=c.dtype)
    state: FloatArray = c.astype(np.float64)
    for step in range(u.shape[1]):
        state = advance(state, u[:, step : step + 1], samples_seen + step)
        out[:, step] = state
    return out


def moments_needed(order: int, length: int, end: int) -> int:
    """Local Legendre moments (and Gauss nodes) that carry a block of `length` samples ending by `end`."""
    needed = 2.2 * order * np.sqrt(length / end) + 16.0
    return min(order, 8 * int(np.ceil(needed / 8)))


@lru_cache(maxsize=32)
def _past(order: int) -> tuple[Float64Array, Float64Array]:
    """Gauss nodes (N,) in [-1, 1] and the matrix (N, N) from coefficients to weighted values there."""
    nodes, weights = _gauss(order)
    return nodes, _legendre(nodes, order) * (0.5 * weights)


@lru_cache(maxsize=256)
def _local(length: int, count: int) -> tuple[Float64Array, Float64Array]:
    """Gauss nodes (M,) of a block and the matrix (L, M) from samples to weighted values of its projection."""
    nodes, weights = _gauss(count)
    edges = np.linspace(-1.0, 1.0, length + 1)
    return nodes, _integrals(edges, count).T @ (_legendre(nodes, count) * (0.5 * weights))


def _gauss(count: int) -> tuple[Float64Array, Float64Array]:
    from scipy.special import roots_legendre

    nodes, weights = roots_legendre(count)
    return nodes, weights


def _legendre(z: Float64Array, order: int) -> Float64Array:
    """√(2n+1) P_n(z) for n < order, (order, len(z))."""
    values = np.empty((order, len(z)))
    before, now = np.zeros_like(z), np.ones_like(z)
    for n in range(order):
        values[n] = np.sqrt(2 * n + 1) * now
        before, now = now, ((2 * n + 1) * z * now - n * before) / (n + 1)
    return values


def _integrals(edges: Float64Array, order: int) -> Float64Array:
    """½ ∫ √(2n+1) P_n between neighbouring edges, (order, len(edges) - 1).

    From (2n+1) P_n = (P_{n+1} - P_{n-1})'.
    """
    values = _legendre(edges, order + 1) / np.sqrt(2 * np.arange(order + 1) + 1)[:, None]
    below = np.concatenate([np.zeros((1, len(edges))), values[: order - 1]])
    integrals = np.diff(values[1:] - below, axis=1)
    return integrals * (0.5 / np.sqrt(2 * np.arange(order) + 1))[:, None]


@compiled
def _analyse(z: Float64Array, f: Float64Array, c: Float64Array) -> None:
    """c_n += Σ_i √(2n+1) P_n(z_i) f_i; z, f (points,), c (N,)."""
    for i in range(z.shape[0]):
        before = 0.0
        now = 1.0
        for n in range(c.shape[0]):
            c[n] += np.sqrt(2.0 * n + 1.0) * now * f[i]
            before, now = now, ((2 * n + 1) * z[i] * now - n * before) / (n + 1)

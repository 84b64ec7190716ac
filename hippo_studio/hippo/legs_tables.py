"""The constants of exact LegS: Gauss-Legendre nodes, and the matrices that lead to them.

P_n is Legendre's polynomial on [-1, 1]; g_n = √(2n+1) P_n is orthonormal under the mean, ½ ∫ g_n g_m = δ_nm.
Matrices are centrally symmetric: node i is the mirror image of node M-1-i, P_n is even or odd, and so is each
column or row. Tables for one channel's compiled step keep one half of them, the sums over even and odd.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.hippo.polynomials import legendre
from hippo_studio.hippo.row_tables import row_table

FloatArray = NDArray[np.floating[Any]]
Float64Array = NDArray[np.float64]


@lru_cache(maxsize=128)
def gauss(count: int) -> tuple[Float64Array, Float64Array]:
    """Nodes in [-1, 1], ascending, and weights that sum to 1, both (count,) and exact for degree 2·count - 1.

    By Newton's method from Tricomi's asymptotic nodes, exactly symmetric; the last rounds in extended
    precision, because P' near ±1 loses the digits of its recurrence that weights need.
    """
    index = np.arange(count // 2, 0, -1)
    half = (1 - (count - 1) / (8 * count**3)) * np.cos(np.pi * (4 * index - 1) / (4 * count + 2))
    for _ in range(4):
        half = half - np.divide(*_legendre_and_derivative(count, half))
    exact = half.astype(np.longdouble)
    exact -= np.divide(*_legendre_and_derivative(count, exact))
    x = np.concatenate([-exact[::-1], np.zeros(count % 2, np.longdouble), exact])
    weights = 1 / ((1 - x) * (1 + x) * _legendre_and_derivative(count, x)[1] ** 2)
    return x.astype(np.float64), weights.astype(np.float64)


def _legendre_and_derivative(degree: int, x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """P_n and P'_n of one degree n ≥ 1, in x's precision: (1-x²) P'_n = n (P_{n-1} - x P_n), |x| < 1."""
    before, now = np.ones_like(x), x
    for n in range(1, degree):
        before, now = now, ((2 * n + 1) * x * now - n * before) / (n + 1)
    return now, degree * (before - x * now) / ((1 - x) * (1 + x))


@lru_cache(maxsize=32)
def recurrence(order: int) -> Float64Array:
    """Rows a, b of P_{n+1} = a_n z P_n - b_n P_{n-1}, and √(2n+1): (3, ≥ N), n to a multiple of four."""
    n = np.arange(-(-order // 4) * 4)
    return np.stack([(2 * n + 1) / (n + 1), n / (n + 1), np.sqrt(2 * n + 1)])


@lru_cache(maxsize=64)
def synthesis(order: int) -> Float64Array:
    """From coefficients to weighted values at `gauss(order)`, as rows: (N coefficients, N nodes)."""
    nodes, weights = gauss(order)
    return normalized_legendre(order, nodes) * weights


@lru_cache(maxsize=16)
def past_table(order: int) -> Float64Array:
    """`recurrence`, the nodes ≥ 0, then the rows of `synthesis` there, even n before odd."""
    upper = order // 2
    rows = synthesis(order)[:, upper:]
    return row_table([*recurrence(order), gauss(order)[0][upper:], *rows[0::2], *rows[1::2]])


def moments(length: int, count: int) -> Float64Array:
    """½ ∫ g_n over each of `length` equal parts of [-1, 1]: (count, length), n < count.

    From (2n+1) P_n = (P_{n+1} - P_{n-1})'.
    """
    values = legendre(count + 1, np.linspace(-1.0, 1.0, length + 1))
    values[:, -1] = 1.0  # P_n(±1) = (±1)^n, free of rounding
    values[0::2, 0], values[1::2, 0] = 1.0, -1.0
    below = np.concatenate([np.zeros((1, length + 1)), values[: count - 1]])
    below[0] = -1.0
    scales = 0.5 / np.sqrt(2 * np.arange(count) + 1)
    integrals: Float64Array = np.diff(values[1:] - below, axis=1) * scales[:, None]
    return integrals


@lru_cache(maxsize=4)
def block_moments(length: int, order: int) -> Float64Array:
    """From a block's samples to its moments, (L, N); the first M columns are those to its first M moments."""
    return np.ascontiguousarray(moments(length, order).T)


@lru_cache(maxsize=64)
def block_table(length: int, count: int) -> Float64Array:
    """The nodes ≥ 0, then what even and odd halves of the samples give there: M/2 rows each of L/2."""
    upper = count // 2
    half = length // 2
    matrix = (moments(length, count).T @ synthesis(count)[:, upper:]).T
    even = 0.5 * (matrix + matrix[:, ::-1])[:, : length - half]
    odd = 0.5 * (matrix - matrix[:, ::-1])[:, :half]
    return row_table([gauss(count)[0][upper:], *even, *odd])


def normalized_legendre(order: int, z: Float64Array) -> Float64Array:
    """g_n(z) for n < order, (order, len(z))."""
    return legendre(order, z) * np.sqrt(2 * np.arange(order) + 1)[:, None]

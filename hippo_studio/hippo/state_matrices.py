"""The state matrix Ā^L of a time-invariant memory, in half its numbers or fewer.

LagT's and LegS's stay lower triangular; LegT's and FouT's are symmetric up to signs, S A S = Aᵀ with
S = diag((-1)^n) for LegT, and signs on the sines for FouT, hence Ā^L S is symmetric. (The LMU's scaling: the
same between diagonal scales.) Either way half the numbers are enough. Of these, the square below both halves
of the diagonal couples low coefficients with high ones, and is of low rank again (21 of 128 for LegT at
N = 256 over 800 samples of 48 000).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hippo_studio.hippo.compiled import compiled
from hippo_studio.hippo.low_rank import RANK_TOLERANCE, low_rank
from hippo_studio.hippo.row_tables import LINE, add_rows, add_symmetric, dot_rows

Float64Array = NDArray[np.float64]

_DENSE, _TRIANGULAR, _SYMMETRIC = 0, 1, 2
_SPLIT_FROM = 128  # coefficients; below, the square is small
_BAND = 4  # rows that are read together


def state_rows(power: Float64Array, step: Float64Array) -> tuple[int, int, int, list[Float64Array]]:
    """Rows of Ā^L, of its lower triangle only where that is all there is to know.

    Takes Ā^L and Ā. Returns the kind, where the triangle is split and the rank of the square that the split
    leaves below the diagonal, and the rows of a table: scales before, scales after, M in bands, factors of
    the square, in Ā^L = diag(after) M diag(before). Of a symmetric M only the lower triangle is kept, with
    half its diagonal: M = T + Tᵀ.
    """
    order = len(power)
    before, after = np.ones(order), np.ones(order)
    kind, matrix = _DENSE, power
    if _largest(np.triu(power, 1)) <= 1e-15 * _largest(power):
        kind, matrix = _TRIANGULAR, np.tril(power)
    else:
        signs, scales = _mirror(step)
        symmetric = power * signs * scales / scales[:, None]
        if _largest(symmetric - symmetric.T) <= 1e-12 * _largest(symmetric):
            kind, matrix = _SYMMETRIC, np.tril(symmetric + symmetric.T) * 0.5
            np.fill_diagonal(matrix, 0.5 * np.diag(matrix))
            before, after = signs / scales, scales
    size = -(-order // _BAND) * _BAND
    scales_of_size = np.zeros((2, size))
    scales_of_size[:, :order] = before, after
    padded = np.zeros((size, size))
    padded[:order, :order] = matrix
    split, square = size, None
    if kind != _DENSE and order >= _SPLIT_FROM:
        half = order // 2 // LINE * LINE
        tolerance = RANK_TOLERANCE * float(np.linalg.norm(matrix))
        square = low_rank(matrix[half:, :half], tolerance, affordable=0.7 * half * (order - half) / order)
        split = size if square is None else half
    rows = [*scales_of_size, *_bands(padded[:split, :split], kind), *_bands(padded[split:, split:], kind)]
    if square is None:
        return kind, split, 0, rows
    return kind, split, len(square.tall), [*rows, *square.wide, *square.tall]


def _bands(matrix: Float64Array, kind: int) -> list[Float64Array]:
    """Rows of a square matrix; those of a triangle cut behind the diagonal block of `_BAND`."""
    size = len(matrix)
    return [matrix[n, : size if kind == _DENSE else n // _BAND * _BAND + _BAND] for n in range(size)]


def _mirror(step: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Signs s and scales d for which D⁻¹ Ā D S could be symmetric, read off Ā's first row and column."""
    row, column = step[0], step[:, 0]
    signs = np.where(row * column < 0, -1.0, 1.0)
    scales = np.ones(len(step))
    known = (row != 0) & (column != 0)
    scales[known] = np.sqrt(np.abs(column[known] / row[known]))
    scales[np.abs(scales - 1.0) < 1e-4] = 1.0  # an orthonormal basis; what differs from 1 is rounding
    return signs, scales


def _largest(matrix: Float64Array) -> float:
    return float(np.abs(matrix).max())


@compiled
def apply_state_rows(
    table: Float64Array,
    kind: int,
    split: int,
    coupling: int,
    c: Float64Array,
    x: Float64Array,
    y: Float64Array,
) -> int:
    """Set y = Ā^L c from the table of `state_rows`; x, y (N to a multiple of 8,). Returns where it ends."""
    order, line = c.shape[0], x.shape[0]
    whole = (order + 3) // 4 * 4
    for n in range(order):
        x[n] = table[n] * c[n]
    y[:] = 0.0
    place: int = 2 * line
    if kind == 2:
        place = add_symmetric(table, place, split, x, y)
        place = add_symmetric(table, place, whole - split, x[split:], y[split:])
    else:
        place = _add_lower(table, place, split, kind == 0, x, y)
        place = _add_lower(table, place, whole - split, False, x[split:], y[split:])
    if coupling > 0:
        wide, tall, width = place, place + coupling * split, line - split
        couplings, upper = np.empty(coupling), y[split:]
        dot_rows(table, wide, coupling, split, x, couplings)
        place = add_rows(couplings, table, tall, coupling, width, upper)
        if kind == 2:
            dot_rows(table, tall, coupling, width, x[split:], couplings)
            add_rows(couplings, table, wide, coupling, split, y)
    for n in range(order):
        y[n] *= table[line + n]
    return place


@compiled
def _add_lower(
    table: Float64Array, place: int, size: int, whole: bool, x: Float64Array, y: Float64Array
) -> int:
    """Add T x to y, T a lower triangle or a whole matrix; returns where the table goes on."""
    for band in range(0, size, 4):
        width = (size + 7) // 8 * 8 if whole else (band + 11) // 8 * 8
        m0 = table[place : place + width]
        m1 = table[place + width : place + 2 * width]
        m2 = table[place + 2 * width : place + 3 * width]
        m3 = table[place + 3 * width : place + 4 * width]
        place += 4 * width
        s0 = s1 = s2 = s3 = 0.0
        for k in range(width):
            v = x[k]
            s0 += m0[k] * v
            s1 += m1[k] * v
            s2 += m2[k] * v
            s3 += m3[k] * v
        y[band] += s0
        y[band + 1] += s1
        y[band + 2] += s2
        y[band + 3] += s3
    return place

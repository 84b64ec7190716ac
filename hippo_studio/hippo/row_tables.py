"""Constant matrices laid out for one pass of the cache, and the two ways to multiply a vector by their rows.

A push of one frame is bound by how fast its constants come from the cache. They lie in one array in the
order in which they are read, every row on a cache line of its own.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hippo_studio.hippo.compiled import compiled

Float64Array = NDArray[np.float64]

LINE = 8
"""Numbers in a cache line. Compiled code writes (n + 7) // 8 * 8 for the length of a row on whole lines."""


def row_table(rows: list[Float64Array]) -> Float64Array:
    """All rows in one array, each from a cache line's start and padded with zeros to the next."""
    places = np.cumsum([0] + [-(-row.size // LINE) * LINE for row in rows])
    memory = np.zeros(int(places[-1]) + LINE)
    offset = -(memory.ctypes.data // memory.itemsize) % LINE
    table = memory[offset : offset + int(places[-1])]
    for row, place in zip(rows, places[:-1], strict=True):
        table[place : place + row.size] = row
    table.setflags(write=False)
    return table


@compiled
def dot_rows(rows: Float64Array, x: Float64Array, y: Float64Array) -> None:
    """Set y_i = rows_i · x; rows (R, ≥ L), x (L,), y (≥ R,)."""
    count = rows.shape[0]
    whole = count // 4 * 4
    for i in range(0, whole, 4):
        m0, m1, m2, m3 = rows[i], rows[i + 1], rows[i + 2], rows[i + 3]
        s0 = s1 = s2 = s3 = 0.0
        for k in range(x.shape[0]):
            v = x[k]
            s0 += m0[k] * v
            s1 += m1[k] * v
            s2 += m2[k] * v
            s3 += m3[k] * v
        y[i], y[i + 1], y[i + 2], y[i + 3] = s0, s1, s2, s3
    for i in range(whole, count):
        m0 = rows[i]
        s0 = 0.0
        for k in range(x.shape[0]):
            s0 += m0[k] * x[k]
        y[i] = s0


@compiled
def add_rows(x: Float64Array, rows: Float64Array, y: Float64Array) -> None:
    """Add Σ_i x_i rows_i to y; rows (R, N), x (R,), y (≥ N,)."""
    count, width = rows.shape
    whole = count // 8 * 8
    for i in range(0, whole, 8):
        x0, x1, x2, x3 = x[i], x[i + 1], x[i + 2], x[i + 3]
        x4, x5, x6, x7 = x[i + 4], x[i + 5], x[i + 6], x[i + 7]
        m0, m1, m2, m3 = rows[i], rows[i + 1], rows[i + 2], rows[i + 3]
        m4, m5, m6, m7 = rows[i + 4], rows[i + 5], rows[i + 6], rows[i + 7]
        for n in range(width):
            y[n] += ((x0 * m0[n] + x1 * m1[n]) + (x2 * m2[n] + x3 * m3[n])) + (
                (x4 * m4[n] + x5 * m5[n]) + (x6 * m6[n] + x7 * m7[n])
            )
    for i in range(whole, count):
        x0 = x[i]
        m0 = rows[i]
        for n in range(width):
            y[n] += x0 * m0[n]

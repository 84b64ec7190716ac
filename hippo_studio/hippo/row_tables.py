"""Constant matrices laid out for one pass of the cache, and the ways to multiply a vector by their rows.

A push of one frame is bound by how fast its constants come from the cache. They lie in one array in the
order in which they are read, every row on a cache line of its own, and are read four rows at a time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.hippo.compiled import VectorCode, compiled

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
def dot_rows(
    table: Float64Array, place: int, count: int, width: int, x: Float64Array, y: Float64Array
) -> int:
    """Set y_i = row_i · x for the `count` rows from `place` on; returns where the table goes on.

    Rows are as wide as x is read, `width`, a multiple of 8.
    """
    whole = count // 4 * 4
    for i in range(0, whole, 4):
        four_dots(table, place + i * width, width, x, y, i)
    for i in range(whole, count):
        s0 = 0.0
        for k in range(width):
            s0 += table[place + i * width + k] * x[k]
        y[i] = s0
    return place + count * width


@compiled
def dot_rows_twice(
    table: Float64Array,
    place: int,
    count: int,
    width: int,
    x: Float64Array,
    other: Float64Array,
    y: Float64Array,
    beside: Float64Array,
) -> int:
    """`dot_rows` of x into y and of `other` into `beside`, each number of the table read once."""
    whole = count // 4 * 4
    for i in range(0, whole, 4):
        eight_dots(table, place + i * width, width, x, other, y, beside, i)
    for i in range(whole, count):
        s0 = s1 = 0.0
        for k in range(width):
            number = table[place + i * width + k]
            s0 += number * x[k]
            s1 += number * other[k]
        y[i], beside[i] = s0, s1
    return place + count * width


@compiled
def add_rows(
    x: Float64Array, table: Float64Array, place: int, count: int, width: int, y: Float64Array
) -> int:
    """Add Σ_i x_i row_i to y over the `count` rows from `place` on; returns where the table goes on.

    Rows are as wide as y is written, `width`, a multiple of 8.
    """
    whole = count // 4 * 4
    for i in range(0, whole, 4):
        add_four(table, place + i * width, width, x, i, y)
    for i in range(whole, count):
        x0 = x[i]
        for n in range(width):
            y[n] += x0 * table[place + i * width + n]
    return place + count * width


@compiled
def add_symmetric(table: Float64Array, place: int, size: int, x: Float64Array, y: Float64Array) -> int:
    """Add (T + Tᵀ) x to y, each number of T read once; returns where the table goes on.

    T (size, size) is a lower triangle, from `place` on in bands of four rows that are as long as the fourth,
    to a multiple of 8. x, y (≥ size to a multiple of 8,).
    """
    for band in range(0, size, 4):
        width = (band + 11) // 8 * 8
        add_band(table, place, width, x, y, band)
        place += 4 * width
    return place


def _write_dots(lanes: Any, vectors: int) -> None:
    """Four rows times one or two vectors: y[i : i + 4] of each."""
    build = lanes.builder
    table, place, length = lanes.array(0), lanes.values[1], lanes.values[2]
    xs = [lanes.array(3 + j) for j in range(vectors)]
    ys = [lanes.array(3 + vectors + j) for j in range(vectors)]
    first = lanes.values[3 + 2 * vectors]
    zero = lanes.constant([0.0] * lanes.width)
    sums = [[lanes.variable(zero) for _ in range(4)] for _ in range(vectors)]
    rows = [build.add(place, build.mul(length, lanes.whole(i))) for i in range(4)]
    for each in sums:
        for total in each:
            build.store(zero, total)
    with lanes.strides(length) as k:
        values = [lanes.load(x, k) for x in xs]
        for i in range(4):
            row = lanes.load(table, build.add(rows[i], k))
            for value, each in zip(values, sums, strict=True):
                build.store(lanes.multiply_add(row, value, build.load(each[i])), each[i])
    for y, each in zip(ys, sums, strict=True):
        for i in range(4):
            to = build.gep(y, [build.add(first, lanes.whole(i))])
            build.store(lanes.total(build.load(each[i])), to)


def _write_add(lanes: Any) -> None:
    """Four rows, times x[i : i + 4], added to y."""
    build = lanes.builder
    table, x, y = (lanes.array(j) for j in (0, 3, 5))
    place, width, first = (lanes.values[j] for j in (1, 2, 4))
    rows = [build.add(place, build.mul(width, lanes.whole(i))) for i in range(4)]
    factors = [lanes.spread(lanes.load_number(x, build.add(first, lanes.whole(i)))) for i in range(4)]
    with lanes.strides(width) as k:
        value = lanes.load(y, k)
        for row, factor in zip(rows, factors, strict=True):
            value = lanes.multiply_add(lanes.load(table, build.add(row, k)), factor, value)
        lanes.store(value, y, k)


def _write_band(lanes: Any) -> None:
    """Four rows of T: y[band : band + 4] += rows · x, and y += x[band : band + 4] rows."""
    build = lanes.builder
    table, x, y = (lanes.array(j) for j in (0, 3, 4))
    place, width, band = (lanes.values[j] for j in (1, 2, 5))
    zero = lanes.constant([0.0] * lanes.width)
    rows = [build.add(place, build.mul(width, lanes.whole(i))) for i in range(4)]
    places = [build.add(band, lanes.whole(i)) for i in range(4)]
    factors = [lanes.spread(lanes.load_number(x, at)) for at in places]
    sums = [lanes.variable(zero) for _ in range(4)]
    for total in sums:
        build.store(zero, total)
    with lanes.strides(width) as k:
        value, after = lanes.load(x, k), lanes.load(y, k)
        for row, factor, total in zip(rows, factors, sums, strict=True):
            number = lanes.load(table, build.add(row, k))
            build.store(lanes.multiply_add(number, value, build.load(total)), total)
            after = lanes.multiply_add(number, factor, after)
        lanes.store(after, y, k)
    for at, total in zip(places, sums, strict=True):
        sum_of_row = lanes.total(build.load(total))
        build.store(build.fadd(lanes.load_number(y, at), sum_of_row), build.gep(y, [at]))


four_dots = VectorCode(
    {"table": None, "place": "intp", "length": "intp", "x": None, "y": None, "first": "intp"},
    lambda lanes: _write_dots(lanes, 1),
    LINE,
)
eight_dots = VectorCode(
    {
        **{"table": None, "place": "intp", "length": "intp", "x": None, "other": None},
        **{"y": None, "beside": None, "first": "intp"},
    },
    lambda lanes: _write_dots(lanes, 2),
    LINE // 2,  # sixteen sums of eight numbers would not fit in the registers
)
add_four = VectorCode(
    {"table": None, "place": "intp", "width": "intp", "x": None, "first": "intp", "y": None}, _write_add, LINE
)
add_band = VectorCode(
    {"table": None, "place": "intp", "width": "intp", "x": None, "y": None, "band": "intp"}, _write_band, LINE
)

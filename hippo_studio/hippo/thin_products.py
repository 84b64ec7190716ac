"""The states of many blocks as thin products, each number written once, to where it belongs.

A library's matrix product sets its result to zero, packs its factors, multiplies, and adds. Where it is as
thin as that of a skeleton (`trajectories`), a number costs but twenty multiply-adds, and the rest costs as
much again. Here both factors come in panels, as they are read, and four rows of eight numbers stay in
registers until they are whole. A trajectory larger than the caches is written past them: memory is then not
read in order to be overwritten.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from numpy.typing import NDArray

from hippo_studio.hippo.compiled import VectorCode, compiled

FloatArray = NDArray[np.floating[Any]]
Float64Array = NDArray[np.float64]

CACHE_LINE = 64  # bytes
ROWS, COLUMNS = 4, 8
"""Of a tile: with registers of four numbers, eight of sums, as many as two adders need to be busy."""


def room_for_states(shape: tuple[int, ...], dtype: npt.DTypeLike) -> FloatArray:
    """An empty array that begins where a line of the cache does, as past the caches it must."""
    kind = np.dtype(dtype)
    size = math.prod(shape) * kind.itemsize
    room = np.empty(size + CACHE_LINE, np.uint8)
    first = -room.ctypes.data % CACHE_LINE
    return room[first : first + size].view(kind).reshape(shape)


@compiled
def write_thin_products(
    weights: Float64Array,
    skeletons: Float64Array,
    sums: Float64Array,
    responses: Float64Array,
    past_caches: bool,
    rows: FloatArray,
) -> None:
    """Write Ψ X_b + Q_b R of each block b, one below the other, into rows (≤ blocks · m, N).

    In panels: Ψ (m/4, ρ, 4), X (blocks, ⌈N/8⌉, ρ, 8), Q (blocks, m/4, ρ, 4), R (⌈N/8⌉, ρ, 8). `rows` is
    C-contiguous, of float64 or float32; for `past_caches` each row begins where a line of the cache
    does.
    """
    blocks, panels, rank, _ = skeletons.shape
    groups, (length, order) = len(weights), rows.shape
    left_size, right_size = rank * ROWS, rank * COLUMNS
    spare = np.empty((ROWS, COLUMNS), rows.dtype)
    for block in range(blocks):
        for group in range(groups):
            row = (block * groups + group) * ROWS
            here = min(ROWS, length - row)
            if here <= 0:
                return
            left, other_left = group * left_size, (block * groups + group) * left_size
            for panel in range(panels):
                n = panel * COLUMNS
                right, other_right = (block * panels + panel) * right_size, panel * right_size
                wide = min(COLUMNS, order - n)
                if here < ROWS or wide < COLUMNS:
                    _tile(
                        weights,
                        left,
                        sums,
                        other_left,
                        skeletons,
                        right,
                        responses,
                        other_right,
                        rank,
                        spare,
                        0,
                        COLUMNS,
                    )
                    for i in range(here):
                        for k in range(wide):
                            rows[row + i, n + k] = spare[i, k]
                elif past_caches:
                    _tile_past_caches(
                        weights,
                        left,
                        sums,
                        other_left,
                        skeletons,
                        right,
                        responses,
                        other_right,
                        rank,
                        rows,
                        row * order + n,
                        order,
                    )
                else:
                    _tile(
                        weights,
                        left,
                        sums,
                        other_left,
                        skeletons,
                        right,
                        responses,
                        other_right,
                        rank,
                        rows,
                        row * order + n,
                        order,
                    )


def _write_tile(lanes: Any, past_caches: bool) -> None:
    """Σ_k left[k] right[k] of both pairs of panels: four rows of eight numbers, `line` apart."""
    build, values = lanes.builder, lanes.values
    pairs = [(lanes.array(i), values[i + 1], lanes.array(i + 4), values[i + 5]) for i in (0, 2)]
    depth, target, place, line = values[8], lanes.array(9), values[10], values[11]
    zero = lanes.constant([0.0] * lanes.width)
    totals = [lanes.variable(zero) for _ in range(ROWS)]
    for total in totals:
        build.store(zero, total)
    with lanes.ticks(depth) as k:
        for left, first_left, right, first_right in pairs:
            numbers = lanes.load(right, build.add(first_right, build.mul(k, lanes.whole(COLUMNS))))
            factors = build.add(first_left, build.mul(k, lanes.whole(ROWS)))
            for i, total in enumerate(totals):
                factor = lanes.spread(lanes.load_number(left, build.add(factors, lanes.whole(i))))
                build.store(lanes.multiply_add(factor, numbers, build.load(total)), total)
    for i, total in enumerate(totals):
        to = build.add(place, build.mul(line, lanes.whole(i)))
        lanes.store_rounded(build.load(total), target, to, past_caches)


_ARGUMENTS = {
    **{"left": None, "first_left": "intp", "other_left": None, "first_other_left": "intp"},
    **{"right": None, "first_right": "intp", "other_right": None, "first_other_right": "intp"},
    **{"depth": "intp", "target": None, "place": "intp", "line": "intp"},
}
_tile = VectorCode(_ARGUMENTS, lambda lanes: _write_tile(lanes, past_caches=False), COLUMNS)
_tile_past_caches = VectorCode(_ARGUMENTS, lambda lanes: _write_tile(lanes, past_caches=True), COLUMNS)

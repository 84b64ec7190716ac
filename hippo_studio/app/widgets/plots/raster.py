"""Curves as pixels: smooth lines of any width, at a fraction of what Qt takes without a graphics card.

Free of Qt. A curve with one value per column of pixels covers in each column one span of rows; how much of a
pixel the span covers is how much of the colour it gets. A zigzag of a thousand full-height strokes, which Qt
strokes as a path for a whole second at a width of two pixels, is a few rows per column here. The loops are in
`kernels.py`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hippo_studio.app.widgets.plots import kernels
from hippo_studio.app.widgets.plots.kernels import FAINT as FAINT

Pixels = NDArray[np.uint32]
Float32s = NDArray[np.float32]
Float64s = NDArray[np.float64]
Color = tuple[int, int, int]
Way = tuple[float, float]
Ways = tuple[float, float, float, float]

_ALL = np.empty(0, np.bool_)


class _Readiness:
    compiled = False


def ready() -> bool:
    """Whether the kernels are compiled; compiling them would hold up a painting for a second."""
    return _Readiness.compiled


def prepare(between: Callable[[], None] = lambda: None) -> None:
    """Compile or load the kernels; call it off the GUI thread. `between` two of them may raise, to end it."""
    pixels, points = np.zeros((4, 20), np.uint32), np.zeros((80, 2))
    rows, places, ends = np.zeros(20, np.float32), np.zeros(20), np.ones(20)
    for kernel, arguments in (
        (kernels.clear, (pixels,)),
        (kernels.curve_spans, (rows, 1.0, 0.0, 1.0, places, ends)),
        (kernels.band_spans, (rows, rows, 1.0, 0.0, 1.0, places, ends)),
        (kernels.hill_spans, (rows, 4, 1.0, places, ends, places)),
        (kernels.bar_spans, (places, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, places, ends)),
        (kernels.paint_spans, (pixels, places, ends, 0.0, 0.0, 0.0, 1.0, _ALL, 0)),
        (kernels.place_points, (points[:20], places, places, 1.0, 1.0, 0.0, 0.0)),
        (kernels.place_hill, (points[:22], places, rows, 1.0, 1.0, 0.0, 0.0)),
        (kernels.place_bars, (points, places, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0)),
    ):
        between()
        kernel(*arguments)
    _Readiness.compiled = True


def clear(pixels: Pixels) -> None:
    """Make every pixel transparent."""
    kernels.clear(pixels)


def paint_curve(
    pixels: Pixels,
    values: NDArray[np.floating],
    color: Color,
    alpha: float,
    *,
    way: Way = (1.0, 0.0),
    width: float,
    strong: NDArray[np.bool_] | None = None,
    dash: int = 0,
) -> None:
    """Draw a line of `width` pixels through a value per column, (columns,); NaN is a gap.

    A value stands at row value · way[0] + way[1], in the middle of its column. Where `strong` is False it is
    faint; with a `dash`, that many columns are drawn and as many left out.
    """
    top, bottom = curve_spans(values, width, way)
    strong = _ALL if strong is None else strong
    kernels.paint_spans(pixels, top, bottom, *_floats(color), float(alpha), strong, dash)


def paint_band(
    pixels: Pixels,
    low: NDArray[np.floating],
    high: NDArray[np.floating],
    color: Color,
    alpha: float,
    *,
    way: Way = (1.0, 0.0),
    least: float,
    dash: int = 0,
) -> None:
    """Fill each column from one value to the other, at least `least` rows; `way` as for a curve."""
    top, bottom = band_spans(low, high, least, way)
    kernels.paint_spans(pixels, top, bottom, *_floats(color), float(alpha), _ALL, dash)


def paint_hill(
    pixels: Pixels,
    heights: NDArray[np.floating],
    color: Color,
    tint: float,
    edge: float,
    *,
    width: float,
) -> None:
    """Fill each column as many rows high from the bottom, and trace the edge, which ends on the ground.

    `tint` and `edge` are how much of the colour there is inside and on the line; NaN is a height of 0.
    """
    inside, line, ground = (np.empty(heights.size) for _ in range(3))
    heights = np.ascontiguousarray(heights, np.float32)
    kernels.hill_spans(heights, pixels.shape[0], float(width), inside, line, ground)
    kernels.paint_spans(
        pixels, inside, np.full(heights.size, float(pixels.shape[0])), *_floats(color), tint, _ALL, 0
    )
    kernels.paint_spans(pixels, line, ground, *_floats(color), edge, _ALL, 0)


def paint_bars(
    pixels: Pixels,
    values: NDArray[np.floating],
    color: Color,
    base: float,
    unit: float,
    gap: float,
    way: Ways,
) -> None:
    """Paint bar n, from n − ½ + gap to n + ½ − gap and from `base` to base + unit · values[n]."""
    top, bottom = np.empty(pixels.shape[1]), np.empty(pixels.shape[1])
    kernels.bar_spans(values.astype(np.float64), float(base), float(unit), float(gap), *way, top, bottom)
    kernels.paint_spans(pixels, top, bottom, *_floats(color), 1.0, _ALL, 0)


def paint_rows(pixels: Pixels, first: int, last: int, color: Color) -> None:
    """Paint whole rows."""
    red, green, blue = color
    pixels[max(first, 0) : max(last, 0)] = 0xFF000000 | red << 16 | green << 8 | blue


def paint_spans(pixels: Pixels, top: Float64s, bottom: Float64s, color: Color, alpha: float) -> None:
    """Lay a colour over rows top … bottom of each column of premultiplied ARGB32 pixels, (rows, columns)."""
    top, bottom = (np.ascontiguousarray(ends, dtype=np.float64) for ends in (top, bottom))
    kernels.paint_spans(pixels, top, bottom, *_floats(color), float(alpha), _ALL, 0)


def curve_spans(
    values: NDArray[np.floating], width: float, way: Way = (1.0, 0.0)
) -> tuple[Float64s, Float64s]:
    """Rows covered in each column by a line through its value: upper and lower ends, (columns,) each.

    `width` is measured across the line, so that steep parts look as wide as flat ones. NaN is a gap.
    """
    top, bottom = np.empty(values.size), np.empty(values.size)
    kernels.curve_spans(np.ascontiguousarray(values, np.float32), *way, float(width), top, bottom)
    return top, bottom


def band_spans(
    low: NDArray[np.floating], high: NDArray[np.floating], least: float, way: Way = (1.0, 0.0)
) -> tuple[Float64s, Float64s]:
    """Rows covered by the range of a signal, at least `least` of them, neighbouring columns connected."""
    top, bottom = np.empty(low.size), np.empty(low.size)
    low, high = (np.ascontiguousarray(ends, np.float32) for ends in (low, high))
    kernels.band_spans(low, high, *way, float(least), top, bottom)
    return top, bottom


def place_points(points: Float64s, x: NDArray[np.floating], y: NDArray[np.floating], way: Ways) -> None:
    """Write (x·across + right, y·up + down) into points (n, 2); `way` is (across, up, right, down)."""
    x, y = x.astype(np.float64), y.astype(np.float64)
    (kernels.place_points if ready() else kernels.place_points.__wrapped__)(points, x, y, *way)


def place_hill(points: Float64s, x: NDArray[np.floating], y: NDArray[np.floating], way: Ways) -> None:
    """Write (x, y), from the first to the last y above 0, into points (n + 2, 2), a foot at each end."""
    x, y = x.astype(np.float64), y.astype(np.float32)
    (kernels.place_hill if ready() else kernels.place_hill.__wrapped__)(points, x, y, *way)


def place_bars(
    points: Float64s, values: NDArray[np.floating], base: float, unit: float, gap: float, way: Ways
) -> None:
    """Write bar n, from n − ½ + gap to n + ½ − gap and up to base + unit · values[n], into points (4n, 2)."""
    values = values.astype(np.float64)
    numbers = (float(base), float(unit), float(gap))
    (kernels.place_bars if ready() else kernels.place_bars.__wrapped__)(points, values, *numbers, *way)


def _floats(color: Color) -> tuple[float, float, float]:
    red, green, blue = color
    return float(red), float(green), float(blue)

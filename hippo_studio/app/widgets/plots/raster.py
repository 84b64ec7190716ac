"""Curves as pixels: smooth lines of any width, at a fraction of what Qt takes without a graphics card.

Free of Qt. A curve with one value per column of pixels covers in each column one span of rows; how much of a
pixel the span covers is how much of the colour it gets. A zigzag of a thousand full-height strokes, which Qt
strokes as a path for a whole second at a width of two pixels, is a few rows per column here. The kernels keep
the GIL: they run within a painting, for a few dozen microseconds each.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hippo_studio.hippo.compiled import compiled_under_gil

Pixels = NDArray[np.uint32]
Float32s = NDArray[np.float32]
Float64s = NDArray[np.float64]
Color = tuple[int, int, int]
Way = tuple[float, float]
Ways = tuple[float, float, float, float]

FAINT = _FAINT = 0.3
"""How much of the colour a curve has where it is faint."""
_ALL = np.empty(0, np.bool_)
_FAR = 32_000.0  # pixels outside of which Qt's rasterizer loses its precision
_LOW, _HIGH, _HALVES, _EIGHT = (np.uint32(n) for n in (0x00FF00FF, 0xFF00FF00, 0x00800080, 8))
_STRIP = 64  # columns handled together: four cache lines of pixels


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
        (_clear, (pixels,)),
        (_curve_spans, (rows, 1.0, 0.0, 1.0, places, ends)),
        (_band_spans, (rows, rows, 1.0, 0.0, 1.0, places, ends)),
        (_bar_spans, (places, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0, places, ends)),
        (_paint_spans, (pixels, places, ends, 0.0, 0.0, 0.0, 1.0, _ALL, 0)),
        (_place_points, (points[:20], places, places, 1.0, 1.0, 0.0, 0.0)),
        (_place_hill, (points[:22], places, rows, 1.0, 1.0, 0.0, 0.0)),
        (_place_bars, (points, places, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0)),
    ):
        between()
        kernel(*arguments)
    _Readiness.compiled = True


def clear(pixels: Pixels) -> None:
    """Make every pixel transparent."""
    _clear(pixels)


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
    _paint_spans(pixels, top, bottom, *_floats(color), float(alpha), strong, dash)


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
    _paint_spans(pixels, top, bottom, *_floats(color), float(alpha), _ALL, dash)


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
    _bar_spans(values.astype(np.float64), float(base), float(unit), float(gap), *way, top, bottom)
    _paint_spans(pixels, top, bottom, *_floats(color), 1.0, _ALL, 0)


def paint_rows(pixels: Pixels, first: int, last: int, color: Color) -> None:
    """Paint whole rows."""
    red, green, blue = color
    pixels[max(first, 0) : max(last, 0)] = 0xFF000000 | red << 16 | green << 8 | blue


def paint_spans(pixels: Pixels, top: Float64s, bottom: Float64s, color: Color, alpha: float) -> None:
    """Lay a colour over rows top … bottom of each column of premultiplied ARGB32 pixels, (rows, columns)."""
    top, bottom = (np.ascontiguousarray(ends, dtype=np.float64) for ends in (top, bottom))
    _paint_spans(pixels, top, bottom, *_floats(color), float(alpha), _ALL, 0)


def curve_spans(
    values: NDArray[np.floating], width: float, way: Way = (1.0, 0.0)
) -> tuple[Float64s, Float64s]:
    """Rows covered in each column by a line through its value: upper and lower ends, (columns,) each.

    `width` is measured across the line, so that steep parts look as wide as flat ones. NaN is a gap.
    """
    top, bottom = np.empty(values.size), np.empty(values.size)
    _curve_spans(np.ascontiguousarray(values, np.float32), *way, float(width), top, bottom)
    return top, bottom


def band_spans(
    low: NDArray[np.floating], high: NDArray[np.floating], least: float, way: Way = (1.0, 0.0)
) -> tuple[Float64s, Float64s]:
    """Rows covered by the range of a signal, at least `least` of them, neighbouring columns connected."""
    top, bottom = np.empty(low.size), np.empty(low.size)
    low, high = (np.ascontiguousarray(ends, np.float32) for ends in (low, high))
    _band_spans(low, high, *way, float(least), top, bottom)
    return top, bottom


def place_points(points: Float64s, x: NDArray[np.floating], y: NDArray[np.floating], way: Ways) -> None:
    """Write (x·across + right, y·up + down) into points (n, 2); `way` is (across, up, right, down)."""
    x, y = x.astype(np.float64), y.astype(np.float64)
    (_place_points if ready() else _place_points.__wrapped__)(points, x, y, *way)


def place_hill(points: Float64s, x: NDArray[np.floating], y: NDArray[np.floating], way: Ways) -> None:
    """Write (x, y), from the first to the last y above 0, into points (n + 2, 2), a foot at each end."""
    x, y = x.astype(np.float64), y.astype(np.float32)
    (_place_hill if ready() else _place_hill.__wrapped__)(points, x, y, *way)


def place_bars(
    points: Float64s, values: NDArray[np.floating], base: float, unit: float, gap: float, way: Ways
) -> None:
    """Write bar n, from n − ½ + gap to n + ½ − gap and up to base + unit · values[n], into points (4n, 2)."""
    values = values.astype(np.float64)
    numbers = (float(base), float(unit), float(gap))
    (_place_bars if ready() else _place_bars.__wrapped__)(points, values, *numbers, *way)


def _floats(color: Color) -> tuple[float, float, float]:
    red, green, blue = color
    return float(red), float(green), float(blue)


@compiled_under_gil
def _clear(pixels):  # type: ignore[no-untyped-def]
    pixels[:] = 0


@compiled_under_gil
def _place_points(points, x, y, across, up, right, down):  # type: ignore[no-untyped-def]
    for i in range(points.shape[0]):
        points[i, 0] = min(max(x[i] * across + right, -_FAR), _FAR)
        points[i, 1] = min(max(y[i] * up + down, -_FAR), _FAR)


@compiled_under_gil
def _place_hill(points, x, y, across, up, right, down):  # type: ignore[no-untyped-def]
    n = x.size
    first, last = 0, n - 1
    while first < last and not y[first] > 0:
        first += 1
    while last > first and not y[last] > 0:
        last -= 1
    for i in range(n):
        k = min(max(i, first), last)
        points[i + 1, 0], points[i + 1, 1] = x[k] * across + right, y[k] * up + down
    points[0, 0], points[0, 1] = x[first] * across + right, down
    points[n + 1, 0], points[n + 1, 1] = x[last] * across + right, down


@compiled_under_gil
def _place_bars(points, values, base, unit, gap, across, up, right, down):  # type: ignore[no-untyped-def]
    foot = base * up + down
    for n in range(values.size):
        left, end = (n - 0.5 + gap) * across + right, (n + 0.5 - gap) * across + right
        top = min(max((base + unit * values[n]) * up + down, -_FAR), _FAR)
        points[4 * n, 0], points[4 * n, 1] = left, foot
        points[4 * n + 1, 0], points[4 * n + 1, 1] = left, top
        points[4 * n + 2, 0], points[4 * n + 2, 1] = end, top
        points[4 * n + 3, 0], points[4 * n + 3, 1] = end, foot


@compiled_under_gil
def _curve_spans(values, up, down, width, top, bottom):  # type: ignore[no-untyped-def]
    last = values.size - 1
    for x in range(values.size):
        here = values[x] * up + down
        before = after = here
        if x > 0 and np.isfinite(values[x - 1]):
            before = 0.5 * (here + values[x - 1] * up + down)
        if x < last and np.isfinite(values[x + 1]):
            after = 0.5 * (here + values[x + 1] * up + down)
        half = 0.5 * width * np.sqrt(1.0 + (after - before) ** 2)
        top[x] = min(min(before, after), here) - half
        bottom[x] = max(max(before, after), here) + half


@compiled_under_gil
def _band_spans(low, high, up, down, least, top, bottom):  # type: ignore[no-untyped-def]
    for x in range(low.size):
        one, other = low[x] * up + down, high[x] * up + down
        upper, lower = min(one, other), max(one, other)
        short = 0.5 * max(least - (lower - upper), 0.0)
        top[x], bottom[x] = upper - short, lower + short
    upper = lower = np.nan  # of the column before
    for x in range(low.size):
        own_upper, own_lower = top[x], bottom[x]
        if np.isfinite(own_upper) and np.isfinite(upper):
            top[x], bottom[x] = min(own_upper, lower), max(own_lower, upper)
        upper, lower = own_upper, own_lower


@compiled_under_gil
def _bar_spans(values, base, unit, gap, across, up, right, down, top, bottom):  # type: ignore[no-untyped-def]
    foot = base * up + down
    last = values.size - 1
    for x in range(top.size):
        top[x] = bottom[x] = np.nan
        low = max((x - right) / across, -0.5)  # what the column shows of n, at its edges
        high = min((x + 1 - right) / across, last + 0.5)
        if across < 2.0:
            first, final = int(low + 0.5), int(np.ceil(high + 0.5)) - 1
        else:  # one bar a column: that of its middle
            middle = (x + 0.5 - right) / across
            first = final = int(np.floor(middle + 0.5))
            if abs(middle - first) > 0.5 - gap:
                continue
        if high <= low or first > last:
            continue
        ends = foot
        begins = foot
        for n in range(max(first, 0), min(final, last) + 1):
            end = (base + unit * values[n]) * up + down
            begins, ends = min(begins, end), max(ends, end)
        top[x], bottom[x] = begins, ends


@compiled_under_gil
def _paint_spans(pixels, top, bottom, red, green, blue, alpha, strong, dash):  # type: ignore[no-untyped-def]
    # What is covered whole goes row by row in strips, which runs in SIMD lanes; the two ends of each span,
    # where a part of a pixel is covered, one by one. Shares of a colour are in 256ths.
    rows, columns = pixels.shape
    begins, ends = np.empty(_STRIP, np.int32), np.empty(_STRIP, np.int32)
    colors, rests = np.empty(_STRIP, np.uint32), np.empty(_STRIP, np.uint32)
    solid = np.uint32(_premultiplied(red, green, blue, 1.0))
    for left in range(0, columns, _STRIP):
        right = min(left + _STRIP, columns)
        first, last, mixed = rows, 0, False
        for i in range(right - left):
            x = left + i
            begins[i] = ends[i] = 0
            if not bottom[x] > top[x] or (dash > 0 and (x // dash) % 2 == 1):  # false for NaN
                continue
            share = alpha * (_FAINT if strong.size > 0 and not strong[x] else 1.0)
            a, b = min(max(top[x], 0.0), float(rows)), min(max(bottom[x], 0.0), float(rows))
            row, final = int(a), int(b)
            if final == row:
                if b > a:
                    _blend(pixels, row, x, red, green, blue, share * (b - a))
                continue
            _blend(pixels, row, x, red, green, blue, share * (row + 1 - a))
            if b > final:
                _blend(pixels, final, x, red, green, blue, share * (b - final))
            begins[i], ends[i] = row + 1, final
            first, last = min(first, row + 1), max(last, final)
            rest = np.uint32(256.0 * (1.0 - share) + 0.5)
            colors[i], rests[i] = _premultiplied(red, green, blue, 1.0 - rest / 256.0), rest
            mixed = mixed or rest > 0
        for r in range(first, last):
            line = pixels[r, left:right]
            if mixed:
                _mix_row(line, np.int32(r), begins, ends, colors, rests)
            else:
                _fill_row(line, np.int32(r), begins, ends, solid)


@compiled_under_gil
def _fill_row(line, r, begins, ends, solid):  # type: ignore[no-untyped-def]
    for i in range(line.size):
        inside = (begins[i] <= r) & (r < ends[i])
        line[i] = solid if inside else line[i]


@compiled_under_gil
def _mix_row(line, r, begins, ends, colors, rests):  # type: ignore[no-untyped-def]
    for i in range(line.size):
        old = line[i]
        here = np.uint32(colors[i] + _scaled(old, rests[i]))
        inside = (begins[i] <= r) & (r < ends[i])
        line[i] = here if inside else old


@compiled_under_gil
def _blend(pixels, row, x, red, green, blue, share):  # type: ignore[no-untyped-def]
    rest = np.uint32(256.0 * (1.0 - share) + 0.5)
    pixels[row, x] = np.uint32(
        _premultiplied(red, green, blue, 1.0 - rest / 256.0) + _scaled(pixels[row, x], rest)
    )


@compiled_under_gil
def _premultiplied(red, green, blue, share):  # type: ignore[no-untyped-def]
    # Rounded down, so that it may be added to what `_scaled` leaves of another colour.
    return (
        (np.uint32(255.0 * share) << np.uint32(24))
        | (np.uint32(red * share) << np.uint32(16))
        | (np.uint32(green * share) << np.uint32(8))
        | np.uint32(blue * share)
    )


@compiled_under_gil
def _scaled(old, rest):  # type: ignore[no-untyped-def]
    even, odd = np.uint32(old & _LOW), np.uint32((old >> _EIGHT) & _LOW)
    even, odd = np.uint32(even * rest), np.uint32(odd * rest)
    even, odd = np.uint32(even + _HALVES), np.uint32(odd + _HALVES)
    return np.uint32((np.uint32(even >> _EIGHT) & _LOW) | (odd & _HIGH))

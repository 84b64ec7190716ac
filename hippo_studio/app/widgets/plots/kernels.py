"""The compiled loops of `raster.py`: which rows of each column are covered, and how colours mix there.

They keep the GIL: they run within a painting, for a few dozen microseconds each.
"""

from __future__ import annotations

import numpy as np

from hippo_studio.hippo.compiled import compiled_under_gil

FAINT = 0.3
"""How much of the colour a curve has where it is faint."""
_FAR = 32_000.0  # pixels outside of which Qt's rasterizer loses its precision
_LOW, _HIGH, _HALVES, _EIGHT = (np.uint32(n) for n in (0x00FF00FF, 0xFF00FF00, 0x00800080, 8))
_STRIP = 64  # columns handled together: four cache lines of pixels


@compiled_under_gil
def clear(pixels):  # type: ignore[no-untyped-def]
    """Make every pixel transparent."""
    pixels[:] = 0


@compiled_under_gil
def place_points(points, x, y, across, up, right, down):  # type: ignore[no-untyped-def]
    """See `raster.place_points`; x and y float64."""
    for i in range(points.shape[0]):
        points[i, 0] = min(max(x[i] * across + right, -_FAR), _FAR)
        points[i, 1] = min(max(y[i] * up + down, -_FAR), _FAR)


@compiled_under_gil
def place_hill(points, x, y, across, up, right, down):  # type: ignore[no-untyped-def]
    """See `raster.place_hill`; y float32."""
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
def place_bars(points, values, base, unit, gap, across, up, right, down):  # type: ignore[no-untyped-def]
    """See `raster.place_bars`."""
    foot = base * up + down
    for n in range(values.size):
        left, end = (n - 0.5 + gap) * across + right, (n + 0.5 - gap) * across + right
        top = min(max((base + unit * values[n]) * up + down, -_FAR), _FAR)
        points[4 * n, 0], points[4 * n, 1] = left, foot
        points[4 * n + 1, 0], points[4 * n + 1, 1] = left, top
        points[4 * n + 2, 0], points[4 * n + 2, 1] = end, top
        points[4 * n + 3, 0], points[4 * n + 3, 1] = end, foot


@compiled_under_gil
def curve_spans(values, up, down, width, top, bottom):  # type: ignore[no-untyped-def]
    """See `raster.curve_spans`; a value stands at row value · up + down."""
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
def band_spans(low, high, up, down, least, top, bottom):  # type: ignore[no-untyped-def]
    """See `raster.band_spans`; as for curves."""
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
def hill_spans(heights, rows, width, inside, line, ground):  # type: ignore[no-untyped-def]
    """First row inside a hill, and first and last row of its edge, in each column: (columns,) each."""
    last = heights.size - 1
    for x in range(last + 1):
        here = max(heights[x], 0.0) if heights[x] == heights[x] else 0.0
        lowest = highest = here
        for other in (max(x - 1, 0), min(x + 1, last)):
            height = heights[other] if heights[other] > 0 else 0.0
            lowest, highest = min(lowest, 0.5 * (here + height)), max(highest, 0.5 * (here + height))
        inside[x] = rows - here if here > 0 else np.nan
        line[x], ground[x] = rows - highest - 0.5 * width, rows - lowest + 0.5 * width
        if not highest > 0:
            line[x] = np.nan


@compiled_under_gil
def bar_spans(values, base, unit, gap, across, up, right, down, top, bottom):  # type: ignore[no-untyped-def]
    """Rows covered by bars in each column of pixels, (columns,) each; by any where several lie in one."""
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
def paint_spans(pixels, top, bottom, red, green, blue, alpha, strong, dash):  # type: ignore[no-untyped-def]
    """Lay a colour over rows top … bottom of each column; `strong`, `dash`: see `raster.paint_curve`."""
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
            share = alpha * (FAINT if strong.size > 0 and not strong[x] else 1.0)
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

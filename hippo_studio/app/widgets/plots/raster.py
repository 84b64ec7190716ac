"""Curves as pixels: smooth lines of any width, at a fraction of what Qt takes without a graphics card.

Free of Qt. A curve with one value per column of pixels covers in each column one span of rows; how much of a
pixel the span covers is how much of the colour it gets. A zigzag of a thousand full-height strokes, which Qt
strokes as a path for a whole second at a width of two pixels, is a few rows per column here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hippo_studio.hippo.compiled import compiled

Pixels = NDArray[np.uint32]
Float64s = NDArray[np.float64]

_STRIP = 16  # columns handled together: one cache line of pixels


class _Readiness:
    compiled = False


def ready() -> bool:
    """Whether the kernels are compiled; compiling them would hold up a painting for a second."""
    return _Readiness.compiled


def prepare() -> None:
    """Compile or load the kernels; call it off the GUI thread."""
    pixels = np.zeros((4, 20), np.uint32)
    paint_spans(pixels, np.zeros(20), np.ones(20), (0, 0, 0), 1.0)
    _Readiness.compiled = True


def curve_spans(y: Float64s, width: float) -> tuple[Float64s, Float64s]:
    """Rows covered in each column by a line through (column + ½, y): upper and lower ends, (columns,) each.

    `width` is measured across the line, so that steep parts look as wide as flat ones. NaN is a gap.
    """
    before, after = np.empty_like(y), np.empty_like(y)
    before[1:] = after[:-1] = (y[1:] + y[:-1]) / 2
    before[:1], after[-1:] = y[:1], y[-1:]
    before = np.where(np.isfinite(before), before, y)
    after = np.where(np.isfinite(after), after, y)
    half = 0.5 * width * np.sqrt(1 + (after - before) ** 2)
    top, bottom = np.minimum(np.minimum(before, after), y), np.maximum(np.maximum(before, after), y)
    return top - half, bottom + half


def band_spans(low: Float64s, high: Float64s, least: float) -> tuple[Float64s, Float64s]:
    """Rows covered by the range of a signal, at least `least` of them, neighbouring columns connected."""
    top, bottom = np.minimum(low, high), np.maximum(low, high)
    short = np.maximum(least - (bottom - top), 0) / 2
    top, bottom = top - short, bottom + short
    joined_top, joined_bottom = top.copy(), bottom.copy()
    with np.errstate(invalid="ignore"):
        joined_top[1:] = np.fmin(top[1:], bottom[:-1])
        joined_bottom[1:] = np.fmax(bottom[1:], top[:-1])
    gap = ~np.isfinite(top)
    joined_top[gap] = joined_bottom[gap] = np.nan
    return joined_top, joined_bottom


def paint_spans(
    pixels: Pixels, top: Float64s, bottom: Float64s, color: tuple[int, int, int], alpha: float
) -> None:
    """Lay a colour over rows top … bottom of each column of premultiplied ARGB32 pixels, (rows, columns)."""
    red, green, blue = color
    top, bottom = (np.ascontiguousarray(ends, dtype=np.float64) for ends in (top, bottom))
    _paint_spans(pixels, top, bottom, float(red), float(green), float(blue), float(alpha))


@compiled
def _paint_spans(pixels, top, bottom, red, green, blue, alpha):  # type: ignore[no-untyped-def]
    rows, columns = pixels.shape
    solid = np.uint32(0xFF000000 | (np.uint32(red) << 16) | (np.uint32(green) << 8) | np.uint32(blue))
    for left in range(0, columns, _STRIP):
        right = min(left + _STRIP, columns)
        first, last = rows, 0
        for x in range(left, right):
            if bottom[x] > top[x]:  # false for NaN
                first = min(first, max(int(min(max(top[x], 0.0), rows)), 0))
                last = max(last, min(int(max(min(bottom[x], rows - 1.0), -1.0)) + 1, rows))
        for r in range(first, last):
            for x in range(left, right):
                cover = min(bottom[x], r + 1.0) - max(top[x], float(r))
                if not cover > 0.0:
                    continue
                share = alpha * min(cover, 1.0)
                if share >= 0.996:
                    pixels[r, x] = solid
                    continue
                old = pixels[r, x]
                rest = 1.0 - share
                a = 255.0 * share + rest * ((old >> 24) & 255) + 0.5
                s = red * share + rest * ((old >> 16) & 255) + 0.5
                g = green * share + rest * ((old >> 8) & 255) + 0.5
                b = blue * share + rest * (old & 255) + 0.5
                pixels[r, x] = (
                    (np.uint32(a) << 24) | (np.uint32(s) << 16) | (np.uint32(g) << 8) | np.uint32(b)
                )

"""Signed numbers as shades: indices into a table of 256 colours, made finer near zero. Free of Qt.

An index of 128 is zero; the two ends are the largest magnitude, ±1. The square root brings out what is small:
a coefficient of a hundredth of the largest still has a tenth of the colour.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hippo_studio.app.colors import Colors, mix

Indices = NDArray[np.uint8]


def indices(values: NDArray[np.floating], largest: float) -> Indices:
    """Index of each value: 128 ± 127·√(|value|/largest); zero everywhere if nothing is larger than zero."""
    if not largest > 0:
        return np.full(values.shape, 128, np.uint8)
    part = np.sqrt(np.minimum(np.abs(values) / largest, 1.0))
    return np.rint(128 + 127 * np.copysign(part, values)).astype(np.uint8)


def table(colors: Colors) -> list[int]:
    """256 colours as 0xAARRGGBB: the theme's negative end, its surface for zero, its positive end."""
    shades = [mix(colors.surface, colors.negative, min((128 - i) / 127, 1)) for i in range(128)]
    shades += [mix(colors.surface, colors.positive, (i - 128) / 127) for i in range(128, 256)]
    return [0xFF000000 | int(shade[1:], 16) for shade in shades]


def reduce_rows(values: NDArray[np.floating], rows: int) -> NDArray[np.floating]:
    """Fewer columns of (M, N) values, (M, rows): of each group the one of largest magnitude; none is lost."""
    count = values.shape[1]
    if count <= rows:
        return values
    edges = (np.arange(rows) * count) // rows
    low = np.minimum.reduceat(values, edges, axis=1)
    high = np.maximum.reduceat(values, edges, axis=1)
    return np.where(-low > high, low, high)

"""From bins of age to columns of pixels: what is told, how much it weighs, what is left. Free of Qt.

Compiled, and with the GIL kept: a frame takes some thirty microseconds here for each memory, and a thread
that gives the GIL away while the window is being painted waits a millisecond for it.

A column that an edge of the window cuts is told by its part inside, so that a cursor there reads a value.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hippo_studio.app.memory.past import PastGrid
from hippo_studio.hippo.compiled import compiled_under_gil

Float32s = NDArray[np.float32]

COUNTS = 0.1
"""The residual's axis shows what is left where the weight is at least this part of its largest."""


@dataclass(frozen=True)
class Columns:
    """So many equal columns from `start` on, each of `width` seconds; `first` is where the signal begins.

    `present` is the time at which the past ends, `unit` the seconds in one unit of age.
    """

    start: float
    width: float
    count: int
    first: float
    present: float
    unit: float

    def told(self, grid: PastGrid, weighed: Float32s, reach: int) -> Float32s:
        """The reconstruction at each column, from f̂ √ω over the bins; NaN beyond `reach` bins."""
        told = np.empty(self.count, np.float32)
        _tell(*self._numbers(), grid.centres, grid.root, weighed, reach, told)
        return told

    def strengths(self, grid: PastGrid) -> Float32s:
        """The weight at each column, relative to its largest; 0 outside the past."""
        strength = np.empty(self.count, np.float32)
        _strengths(*self._numbers(), grid.centres, grid.strength, strength)
        return strength

    def _numbers(self) -> tuple[float, float, float, float, float]:
        return self.start, self.width, self.first, self.present, self.unit


def residuals(
    low: Float32s, high: Float32s, told: Float32s, strength: Float32s
) -> tuple[Float32s, Float32s, float]:
    """The signal's range in each column less what is told, and the largest of it where the weight counts."""
    left_low, left_high = np.empty_like(told), np.empty_like(told)
    low, high = np.ascontiguousarray(low), np.ascontiguousarray(high)
    return left_low, left_high, _residuals(low, high, told, strength, left_low, left_high)


@compiled_under_gil
def _tell(start, width, first, present, unit, centres, root, weighed, reach, told):  # type: ignore[no-untyped-def]
    half = 0.5 * width
    last = reach - 1
    end = centres[last]
    if last > 0:
        end += 0.5 * (centres[last] - centres[last - 1])
    right = last  # the bin at or behind the age; ages fall from column to column
    for column in range(told.size):
        time = start + (column + 0.5) * width
        age = (present - time) / unit
        if time + half <= first or age - half / unit > end or age + half / unit <= 0.0:
            told[column] = np.nan
            continue
        age = min(max(age, 0.0), end)
        if last == 0:
            told[column] = weighed[0] / root[0]
            continue
        while right > 1 and centres[right - 1] >= age:
            right -= 1
        left = right - 1
        y0, y1 = weighed[left] / root[left], weighed[right] / root[right]
        gap = centres[right] - centres[left]
        s0 = gap * _slope(centres, root, weighed, left, last)
        s1 = gap * _slope(centres, root, weighed, right, last)
        part = (age - centres[left]) / gap
        rise = y1 - y0
        told[column] = y0 + part * (s0 + part * (3 * rise - 2 * s0 - s1 + part * (s0 + s1 - 2 * rise)))


@compiled_under_gil
def _slope(centres, root, weighed, i, last):  # type: ignore[no-untyped-def]
    """The slope of f̂ at bin i, by the parabola through its neighbours."""
    if i == 0 or i == last:
        a, b = (0, 1) if i == 0 else (last - 1, last)
        return (weighed[b] / root[b] - weighed[a] / root[a]) / (centres[b] - centres[a])
    before, after = centres[i] - centres[i - 1], centres[i + 1] - centres[i]
    here = weighed[i] / root[i]
    down = (here - weighed[i - 1] / root[i - 1]) / before
    up = (weighed[i + 1] / root[i + 1] - here) / after
    return (down * after + up * before) / (before + after)


@compiled_under_gil
def _strengths(start, width, first, present, unit, centres, known, strength):  # type: ignore[no-untyped-def]
    last = centres.size - 1
    right = last
    for column in range(strength.size):
        time = start + (column + 0.5) * width
        age = (present - time) / unit
        if time < first or age < 0.0 or age > centres[last]:
            strength[column] = 0.0
        elif age <= centres[0]:
            strength[column] = known[0]
        else:
            while right > 1 and centres[right - 1] >= age:
                right -= 1
            part = (age - centres[right - 1]) / (centres[right] - centres[right - 1])
            strength[column] = known[right - 1] + part * (known[right] - known[right - 1])


@compiled_under_gil
def _residuals(low, high, told, strength, left_low, left_high):  # type: ignore[no-untyped-def]
    reach = 0.0
    for column in range(told.size):
        left_low[column] = low[column] - told[column]
        left_high[column] = high[column] - told[column]
        if strength[column] >= COUNTS and np.isfinite(left_low[column]):
            reach = max(reach, -left_low[column], left_high[column])
    return reach


last_compiled = _residuals
"""What a first picture compiles last: once this is machine code, so is the rest."""

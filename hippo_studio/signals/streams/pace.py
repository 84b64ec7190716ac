"""From rows, as and when they arrive, to samples that are evenly spaced; what was missed is marked.

Three ways, of which a stream has one, decided by its first rows:

- rows without times are samples one after the other; only a silence much longer than the way from one to the
  next, after which the missing rows don't follow in a burst, is a gap;
- rows with even times (steps equal up to a quarter, or up to what the clock resolves) are samples one after
  the other too; a step that is longer by whole rows is a gap;
- rows with uneven times are drawn onto an even grid at the median rate by straight lines.

A gap is filled by the straight line between its neighbours, at most `LONGEST_FILL` seconds of it, and kept as
a `Gap`. A value that is absent in a row is held from the row before.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]

LONGEST_FILL = 60.0
"""Seconds of a gap that are filled; of a longer one the rest is left out, and its mark tells its length."""
MOST_GAPS = 1000
"""Gaps that are kept one by one."""
FEWEST_ROWS = 8
SETTLING = 1.0
"""Seconds of arrivals without times that a rate is estimated from; with times, a few rows do."""
_MANY = 400
"""Rows with times that are enough, however short they lasted."""
_UNEVEN = 0.25
_PAUSE = 0.25
"""Seconds of silence, at least, before rows without times can be missing."""
_WRONG = 0.2
"""From which part on the pace of the first rows was not that of the stream."""
_NICE = 0.015
"""How near to a round number an estimated rate is taken for it."""
_SOUND = (
    8000.0,
    11_025.0,
    16_000.0,
    22_050.0,
    32_000.0,
    44_100.0,
    48_000.0,
    128.0,
    256.0,
    512.0,
    1024.0,
    2048.0,
)


@dataclass(frozen=True)
class Gap:
    """Where rows are missing.

    Attributes
    ----------
    position : the first sample that was filled in, or the one after the gap if none was.
    samples : how many were filled in.
    seconds : how long the gap was.
    """

    position: int
    samples: int
    seconds: float

    def span(self, rate: float) -> tuple[float, float]:
        """From where to where it is filled in, in seconds, at a rate in Hz."""
        return self.position / rate, (self.position + self.samples) / rate


@dataclass(frozen=True, eq=False)
class Arrival:
    """Rows that came together: `values` (rows, channels), their `times` in seconds or None, and when."""

    times: Rows | None
    values: Rows
    clock: float


class RateEstimate:
    """Rows per second by the wall clock, of the last while; robust against bursts and silences."""

    def __init__(self, seconds: float = 10.0) -> None:
        self._seconds = seconds
        self._points: list[tuple[float, int]] = []
        self._total = 0

    def add(self, clock: float, rows: int) -> None:
        """Count rows that came at a time."""
        self._total += rows
        if self._points and clock - self._points[-1][0] < self._seconds / 200:
            return
        self._points.append((clock, self._total))
        while len(self._points) > 3 and clock - self._points[1][0] > self._seconds:
            self._points.pop(0)

    @property
    def rate(self) -> float:
        """The median slope of the count over time; 0 while there is too little to tell."""
        return _slope(self._points)


def _slope(points: list[tuple[float, int]]) -> float:
    """The median slope of counts over time: each point with the one a quarter of the record later."""
    if len(points) < 3:
        return 0.0
    clock, count = np.array(points).T
    lag = max(len(clock) // 4, 1)
    return float(np.median((count[lag:] - count[:-lag]) / np.maximum(clock[lag:] - clock[:-lag], 1e-9)))


@dataclass
class Pace:
    """Makes samples of rows; `push` returns those that are ready.

    Parameters
    ----------
    rate : samples per second where it is known; 0 to find out.

    Attributes
    ----------
    rate : 0 until it is known.
    even : whether each row is a sample; else rows are drawn onto a grid.
    gaps : the first `MOST_GAPS`; `gap_count` of all, `missing` seconds of all together.
    assumed : whether the rate is 1 Hz for want of anything that would tell it.
    late : rows whose time lay before one that had come already, on an uneven clock: left out.
    """

    rate: float = 0.0
    even: bool = True
    timed: bool = False
    gaps: list[Gap] = field(default_factory=list)
    gap_count: int = 0
    missing: float = 0.0
    late: int = 0
    assumed: bool = False
    samples: int = 0
    _waiting: list[Arrival] = field(default_factory=list)
    _known: bool = False
    _step: float = 0.0
    _resolution: float = 0.0
    _last: tuple[float, Rows] | None = None
    _held: Rows | None = None
    _grid: float = 0.0
    _skip: bool = False

    def push(self, arrival: Arrival) -> Rows:
        """Take rows; the samples (frames, channels) that they make, none while the rate is not known."""
        if not len(arrival.values):
            return arrival.values
        if self._known:
            return self._samples(arrival)
        self._waiting.append(arrival)
        return self._begin() if self._ready() else arrival.values[:0]

    def finish(self) -> Rows:
        """Nothing more comes: the samples of rows that still waited for a rate; 1 Hz if nothing told one."""
        if self._known or not self._waiting:
            return np.empty((0, 0))
        return self._begin()

    def leave_out(self) -> None:
        """What comes next does not follow what came last: someone paused. That is no gap."""
        self._skip = True

    def _ready(self) -> bool:
        rows = sum(len(one.values) for one in self._waiting)
        times = self._waiting[0].times is not None
        lasted = self._waiting[-1].clock - self._waiting[0].clock
        if self.rate and not times:
            return True
        if rows < FEWEST_ROWS:
            return rows >= 3 and lasted > FEWEST_ROWS * SETTLING
        return lasted >= SETTLING or (times and rows >= _MANY)

    def _begin(self) -> Rows:
        """Settle the rate, and make samples of what waited for it."""
        waiting, self._waiting, self._known = self._waiting, [], True
        self.timed = waiting[0].times is not None
        given = self.rate
        if self.timed:
            self._learn_clock(np.concatenate([one.times for one in waiting if one.times is not None]))
        else:
            self.rate = nice(_arrival_rate(waiting))
        self.assumed = not (given or self.rate)
        self.rate = given or self.rate or 1.0
        self._step = self._step or 1 / self.rate
        return np.concatenate([self._samples(one) for one in waiting])

    def _learn_clock(self, times: Rows) -> None:
        steps = np.diff(times[np.isfinite(times)])
        forward = steps[steps > 0]
        if not forward.size:
            return
        typical = float(np.median(forward))
        ticks = np.flatnonzero(steps > 0)  # whole ticks of the clock, however many rows have the same time
        between = steps[ticks[0] + 1 : ticks[-1] + 1]
        kept = between[(between >= 0) & (between < 1.75 * typical)]
        coarse = (steps == 0).mean() > 0.2  # several rows for each tick of the clock
        self._resolution = typical if coarse else 0.0
        self.rate = len(kept) / float(kept.sum()) if kept.any() else 1 / typical
        whole = np.maximum(np.round(forward / typical), 1)  # rows may be missing
        spread = np.median(np.abs(forward - whole * typical)) / typical
        odd = np.mean(np.abs(forward - whole * typical) > _UNEVEN * typical)
        self.even = bool(coarse or (spread < _UNEVEN / 2 and odd < 0.1))
        self.rate = nice(self.rate, 1e-3) if self.even else nice(1 / typical, 1e-3)
        self._step = typical

    def _samples(self, arrival: Arrival) -> Rows:
        values = self._hold(arrival.values)
        times = arrival.times
        if self.timed and times is not None and not np.isfinite(times).all():
            known = np.isfinite(times)
            times, values = times[known], values[known]
        if not len(values):
            return values
        if not self.timed or times is None:
            made = self._after_silence(arrival.clock, values)
        elif self.even:
            made = self._with_gaps(times, values)
        else:
            made = self._on_grid(times, values)
        self.samples += len(made)
        return made

    def _hold(self, values: Rows) -> Rows:
        """Put the value before in place of each that is absent; 0 where there was none yet."""
        if np.isfinite(values).all():
            self._held = values[-1]
            return values
        before = np.zeros(values.shape[1]) if self._held is None else self._held
        filled = np.vstack([before, values])
        place = np.where(np.isfinite(filled), np.arange(len(filled))[:, None], 0)
        np.maximum.accumulate(place, axis=0, out=place)
        filled = np.take_along_axis(filled, place, axis=0)[1:]
        self._held = filled[-1]
        return filled

    def _after_silence(self, clock: float, values: Rows) -> Rows:
        """Rows without times: what a silence owes and the burst after it does not bring is missing."""
        before, self._last = self._last, (clock, values[-1])
        if before is None or self._skip:
            self._skip = False
            return values
        silence = clock - before[0]
        due = silence * self.rate - len(values)
        if silence < max(_PAUSE, 5 / self.rate) or due < max(0.5 * silence * self.rate, 1.5):
            return values
        return np.concatenate([self._fill(round(due), before[1], values[0], self.samples), values])

    def _with_gaps(self, times: Rows, values: Rows) -> Rows:
        """Rows with even times: fill where the step from one to the next is longer by whole rows."""
        before, self._last = self._last, (float(times[-1]), values[-1])
        previous = float(times[0]) - self._step if before is None or self._skip else before[0]
        self._skip = False
        steps = np.diff(times, prepend=previous)
        wide = np.flatnonzero(steps > 1.75 * self._step)
        if not wide.size:
            return values
        parts, start = [], 0
        made = self.samples
        for row in wide:
            parts.append(values[start:row])
            made += int(row) - start
            rows = round((steps[row] - max(self._resolution, 1 / self.rate)) * self.rate)
            last = values[row - 1] if row else (before[1] if before else values[0])
            parts.append(self._fill(rows, last, values[row], made))
            made += len(parts[-1])
            start = int(row)
        return np.concatenate([*parts, values[start:]])

    def _fill(self, rows: int, last: Rows, following: Rows, position: int) -> Rows:
        """The straight line across a gap of so many rows, and its mark."""
        most = max(round(LONGEST_FILL * self.rate), 1)
        filled = min(rows, most)
        self._mark(Gap(position, filled, rows / self.rate))
        weights = (np.arange(1, filled + 1) / (filled + 1))[:, None]
        return last + weights * (following - last)

    def _on_grid(self, times: Rows, values: Rows) -> Rows:
        """Rows with uneven times: straight lines between them, read at every place of the grid."""
        if self._last is None or self._skip:
            self._grid, self._skip = float(times[0]), False
            self._last = (float(times[0]), values[0])
            times, values, made = times[1:], values[1:], values[:1]
        else:
            made = values[:0]
        newest = np.maximum.accumulate(np.concatenate(([self._last[0]], times)))
        forward = times > newest[:-1]
        back = not forward.any() and len(times) > 0 and times[-1] < self._last[0] - LONGEST_FILL
        self.late += int((~forward).sum())
        if back:  # the clock was set: go on from here
            self._skip = True
            return np.concatenate([made, self._on_grid(times, values)])
        times, values = times[forward], values[forward]
        if not len(times):
            return made
        xs = np.concatenate(([self._last[0]], times))
        ys = np.vstack([self._last[1], values])
        self._mark_wide(xs, len(made))
        first = 1 + math.floor((xs[0] - self._grid) * self.rate + 1e-9)
        last = math.floor((xs[-1] - self._grid) * self.rate + 1e-9)
        too_many = last - first - round(LONGEST_FILL * self.rate) - 16 * len(times)
        if too_many > 0:
            self._grid += too_many / self.rate
            last -= too_many
        places = self._grid + np.arange(first, last + 1) / self.rate
        self._last = (float(times[-1]), values[-1])
        drawn = np.stack([np.interp(places, xs, column) for column in ys.T], axis=1)
        return np.concatenate([made, drawn])

    def _mark_wide(self, xs: Rows, made: int) -> None:
        steps = np.diff(xs)
        for row in np.flatnonzero(steps > 8 * self._step):
            position = self.samples + made + int((xs[row] - xs[0]) * self.rate)
            self._mark(Gap(position, int(steps[row] * self.rate), float(steps[row])))

    def _mark(self, gap: Gap) -> None:
        self.gap_count += 1
        self.missing += gap.seconds
        if len(self.gaps) < MOST_GAPS:
            self.gaps.append(gap)


def far_off(measured: float, rate: float) -> bool:
    """Whether rows come at quite another rate than was found out; not while nothing is measured."""
    return bool(measured) and abs(measured - rate) >= _WRONG * rate


def nice(rate: float, near: float = _NICE) -> float:
    """A rate that was estimated as the number that was probably meant; itself if there is none near."""
    if rate <= 0:
        return 0.0
    size = 10.0 ** (math.floor(math.log10(rate)) - 1)
    round_number = float(f"{round(rate / size) * size:.12g}")
    slower = float(f"{1 / round(1 / rate):.12g}") if rate < 0.6 else 0.0
    for meant in (slower, *_SOUND, round_number):
        if meant and abs(rate - meant) <= near * meant:
            return meant
    return float(f"{rate:.6g}")


def _arrival_rate(waiting: list[Arrival]) -> float:
    """Rows per second, the first burst left aside: what it brings had waited for us."""
    counts = np.cumsum([len(one.values) for one in waiting])
    lasted = waiting[-1].clock - waiting[0].clock
    if lasted < SETTLING / 2:  # poured in at once: that is no pace
        return 0.0
    if len(waiting) < 3:
        return float(counts[-1] - counts[0]) / lasted
    return _slope([(one.clock, int(count)) for one, count in zip(waiting, counts, strict=True)])

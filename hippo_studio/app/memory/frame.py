"""One picture's worth of numbers: what the views of the Memory tab draw, for one position of the playhead.

Free of Qt, and made off the GUI thread. Everything that is drawn over time has one value per column of
pixels, so that a view only sets data, and a cursor only reads an index.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hippo_studio.app.memory.past import Float64s, past_grid
from hippo_studio.app.memory.playhead import PlayheadMemory
from hippo_studio.app.memory.source import Source
from hippo_studio.app.memory.state import Memory, MemoryState

Float32s = NDArray[np.float32]

FAINTEST = 0.005
"""A fading memory is drawn as far back as its weight is at least this part of its largest."""


@dataclass(frozen=True, eq=False)
class Recollection:
    """What one memory says. Arrays over time have one value per column, NaN where it says nothing.

    Attributes
    ----------
    memory : which.
    problem : a sentence if there can be no such memory; everything else is then empty.
    coefficients : (N,).
    told : the reconstruction.
    residual_low, residual_high : the signal's range in the column, less the reconstruction.
    strength : the weight ω, relative to its largest value, 0 to 1.
    start : the time in seconds at which its window begins; None if its past only fades.
    error : relative error in the measure; NaN if undefined.
    optimum, optimum_error : the reconstruction and error of the definition's coefficients, if asked for.
    """

    memory: Memory
    problem: str = ""
    coefficients: Float64s | None = None
    told: Float32s | None = None
    residual_low: Float32s | None = None
    residual_high: Float32s | None = None
    strength: Float32s | None = None
    start: float | None = None
    error: float = float("nan")
    optimum: Float32s | None = None
    optimum_error: float = float("nan")


@dataclass(frozen=True, eq=False)
class Frame:
    """All of it, for one position; times are in seconds on the signal's clock.

    `times` are the centres of the columns between `start` and `stop`, `low` and `high` the signal's range in
    each, NaN outside the signal. `present` is where the past ends. `update_us` is what the memories took.
    """

    number: int
    state: MemoryState
    source: Source
    position: int
    present: float
    start: float
    stop: float
    times: Float64s
    low: Float32s
    high: Float32s
    recollections: tuple[Recollection, ...]
    update_us: float = 0.0
    residual_reach: float = 0.0
    """The largest residual where the memories' weight counts."""

    @property
    def window_start(self) -> float | None:
        """Where the window of θ seconds begins; None if no measure shown has one."""
        starts = [r.start for r in self.recollections if r.start is not None and r.memory.theta is not None]
        return starts[0] if starts else None

    def index(self, time: float) -> int | None:
        """The column that shows a time; None outside."""
        if not self.start <= time < self.stop:
            return None
        return min(int((time - self.start) / (self.stop - self.start) * self.times.size), self.times.size - 1)


def visible(state: MemoryState, source: Source, position: int) -> tuple[float, float]:
    """The times between which the past is drawn."""
    first, present, last = source.present(0), source.present(position), source.present(source.length)
    if state.view == "signal":
        return first, last
    if state.view == "past":
        least = min(16 / source.sample_rate, last - first)  # so that the first samples do not fill the screen
        return first, max(present, first + least)
    return present - state.shown_span(), present


def compose(
    number: int,
    state: MemoryState,
    source: Source,
    position: int,
    moved: tuple[PlayheadMemory | Recollection, ...],
    columns: int,
    update_us: float = 0.0,
) -> Frame:
    """The frame for memories that were moved to `position`; a Recollection stands for one that cannot be."""
    start, stop = visible(state, source, position)
    columns = max(columns, 2)
    times = start + (np.arange(columns) + 0.5) * ((stop - start) / columns)
    low, high = source.band(start, stop, columns)
    present = source.present(position)
    recollections = tuple(
        memory
        if isinstance(memory, Recollection)
        else _recollect(memory, times, present, low, high, state.optimum)
        for memory in moved
    )
    reach = max((_reach(recollection) for recollection in recollections), default=0.0)
    return Frame(
        number,
        state,
        source,
        position,
        present,
        start,
        stop,
        times,
        low,
        high,
        recollections,
        update_us,
        reach,
    )


def _recollect(
    moved: PlayheadMemory, times: Float64s, present: float, low: Float32s, high: Float32s, optimum: bool
) -> Recollection:
    memory, source, position = moved.memory, moved.source, moved.position
    grid = past_grid(memory.measure, memory.order)
    scale = moved.scale
    unit = scale / source.sample_rate
    weighed = grid.weighed(moved.coefficients)
    blank = np.full(times.size, np.nan, np.float32)
    if not position:
        return Recollection(memory, "", moved.coefficients, blank, blank, blank, np.zeros_like(blank))
    ages = (present - times) / unit
    heard = times >= source.present(0)
    told = _over_columns(ages, heard, *grid.told(weighed, FAINTEST))
    strength = np.interp(ages, grid.centres, grid.strength, left=0.0, right=0.0).astype(np.float32)
    strength[(ages >= 0) & (ages < grid.centres[0])] = grid.strength[0]
    extra = {}
    error = float("nan")
    if source.moments.built:
        signal = grid.hear(source.moments, position, scale)
        wrong, norm = grid.errors(weighed, signal)
        error = wrong / norm if norm > 0 else error
        if optimum:
            best = grid.weighed(grid.optimum(signal))
            wrong, _ = grid.errors(best, signal)
            extra["optimum"] = _over_columns(ages, heard, *grid.told(best, FAINTEST))
            extra["optimum_error"] = wrong / norm if norm > 0 else float("nan")
    return Recollection(
        memory,
        "",
        moved.coefficients,
        told,
        low - told,
        high - told,
        np.where(heard, strength, np.float32(0)),
        present - memory.measure.support * unit if np.isfinite(memory.measure.support) else None,
        error,
        **extra,
    )


def _reach(recollection: Recollection) -> float:
    if recollection.residual_low is None or recollection.strength is None:
        return 0.0
    counts = (recollection.strength >= 0.1) & np.isfinite(recollection.residual_low)
    low, high = recollection.residual_low[counts], recollection.residual_high[counts]
    return max(float(-low.min(initial=0.0)), float(high.max(initial=0.0)))


def _over_columns(ages: Float64s, heard: NDArray[np.bool_], known: Float64s, values: Float64s) -> Float32s:
    """The reconstruction at the ages of the columns, by cubic Hermite through the bins; NaN beyond its reach.

    The bins are fine against the basis, but a column may be finer still: a zoom into a long past.
    """
    end = known[-1] + 0.5 * (known[-1] - known[-2])
    found = np.full(ages.size, np.nan, np.float32)
    inside = heard & (ages >= 0) & (ages <= end)
    wanted = ages[inside]
    if not wanted.size:
        return found
    left = np.clip(np.searchsorted(known, wanted) - 1, 0, known.size - 2)
    width = known[left + 1] - known[left]
    part = (wanted - known[left]) / width
    slope = np.gradient(values, known)
    y0, y1, s0, s1 = values[left], values[left + 1], slope[left] * width, slope[left + 1] * width
    rise = y1 - y0
    found[inside] = y0 + part * (s0 + part * (3 * rise - 2 * s0 - s1 + part * (s0 + s1 - 2 * rise)))
    return found

"""One picture's worth of numbers: what the views of the Memory tab draw, for one position of the playhead.

Free of Qt, and made off the GUI thread. Everything that is drawn over time has one value per column of
pixels, so that a view only sets data, and a cursor only reads an index.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hippo_studio.app.memory.columns import Columns, residuals
from hippo_studio.app.memory.past import Float64s, past_grid
from hippo_studio.app.memory.playhead import PlayheadMemory
from hippo_studio.app.memory.source import Source
from hippo_studio.app.memory.state import Memory, MemoryState

Float32s = NDArray[np.float32]


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
    before : samples that it heard before the source's first.
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
    before: int = 0
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
    def waiting(self) -> bool:
        """Whether this is the signal alone, with memories that have nothing to say yet."""
        return any(r.coefficients is None and not r.problem for r in self.recollections)

    @property
    def window_start(self) -> float | None:
        """Where the window of θ seconds begins; None if no measure shown has one."""
        starts = [r.start for r in self.recollections if r.start is not None and r.memory.theta is not None]
        return starts[0] if starts else None

    @property
    def before(self) -> dict[Memory, int]:
        """Samples that each memory heard before the source's first."""
        return {r.memory: r.before for r in self.recollections}

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
    if position == 0 and source.known:  # no past yet: what is to come says more than an empty picture
        return first, min(first + state.shown_span(), last)
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
    count, present = max(columns, 2), source.present(position)
    width = (stop - start) / count
    low, high = source.band(start, stop, count)
    grid = Columns(start, width, count, source.present(0), present, 1.0)
    said = [
        (memory, 0.0)
        if isinstance(memory, Recollection)
        else _recollect(memory, grid, low, high, state.optimum)
        for memory in moved
    ]
    return Frame(
        number,
        state,
        source,
        position,
        present,
        start,
        stop,
        start + (np.arange(count) + 0.5) * width,
        low,
        high,
        tuple(recollection for recollection, _ in said),
        update_us,
        max((reach for _, reach in said), default=0.0),
    )


def _recollect(
    moved: PlayheadMemory, columns: Columns, low: Float32s, high: Float32s, optimum: bool
) -> tuple[Recollection, float]:
    """What a memory says, and how far the residual reaches where its weight counts."""
    memory, source, position = moved.memory, moved.source, moved.position
    if not position:
        blank = np.full(columns.count, np.nan, np.float32)
        silent = Recollection(memory, "", moved.coefficients, blank, blank, blank, np.zeros_like(blank))
        return replace(silent, before=moved.before), 0.0
    grid, scale = past_grid(memory.measure, memory.order), moved.scale
    columns = replace(columns, unit=scale / source.sample_rate)
    weighed = grid.weighed(moved.coefficients)
    told, strength = columns.told(grid, weighed, grid.reach), columns.strengths(grid)
    left_low, left_high, reach = residuals(low, high, told, strength)
    error, extra = float("nan"), {"before": moved.before}
    if source.moments.built:
        signal = grid.hear(source.moments, position, scale)
        bins = grid.bins_within(moved.oldest, scale)  # what the source has lost cannot be compared
        wrong, norm = grid.errors(weighed, signal, bins)
        error = wrong / norm if norm > 0 else error
        if optimum and bins >= grid.reach:
            best = grid.weighed(grid.optimum(signal))
            wrong, _ = grid.errors(best, signal, bins)
            extra["optimum"] = columns.told(grid, best, grid.reach)
            extra["optimum_error"] = wrong / norm if norm > 0 else float("nan")
    support = memory.measure.support
    start = columns.present - support * columns.unit if np.isfinite(support) else None
    return Recollection(
        memory, "", moved.coefficients, told, left_low, left_high, strength, start, error, **extra
    ), reach

"""The whole story at once: each memory run over the whole signal in the background, kept at some columns.

Free of Qt, and of threads: whoever owns a survey calls `step` when there is time, a few milliseconds each. It
gives the heat strip its coefficients and the error plot its curve. Every column is a checkpoint from which a
memory can be put anywhere near; where a memory is slow or the signal is long there are more of them in
between, so that the way from one to the next takes a fraction of a frame.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from hippo_studio.app.memory.past import drawable, past_grid
from hippo_studio.app.memory.playhead import Beginning, Checkpoints, PlayheadMemory
from hippo_studio.app.memory.source import Source
from hippo_studio.app.memory.state import Memory

Float32s = NDArray[np.float32]

SEEK = 0.002
"""Seconds that the way from one checkpoint to the next should take, at the speed measured on the way."""
CHECKPOINT_BYTES = 1 << 26
"""What the checkpoints of one memory may take: at N = 256 one for each 5300 samples of an hour at 48 kHz."""
COLUMNS = 1200
ERRORS = 400
"""Errors cost more than coefficients, and a curve needs fewer points than a picture."""


@dataclass(frozen=True, eq=False)
class Story:
    """What a survey has found of one memory so far; the arrays fill up behind `done`.

    Attributes
    ----------
    memory : which.
    positions : (columns,), samples seen at each column.
    coefficients : (columns, N) float32.
    errors : (columns,) float32, the relative error in the measure; NaN where not measured, or undefined.
    done : columns that are ready.
    peak : the |c_n| that is drawn strongest: the largest so far, but of a signal far from zero, whose c_0 is
        its offset, no more than twice the largest of the others.
    """

    memory: Memory
    positions: NDArray[np.int64]
    coefficients: Float32s
    errors: Float32s
    done: int
    peak: float

    @property
    def finished(self) -> bool:
        """Whether every column is ready."""
        return self.done == self.positions.size

    def error_curve(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Positions at which the error is known and above 0, and its decimal logarithm there."""
        errors = self.errors[: self.done]
        known = np.flatnonzero(np.nan_to_num(errors) > 0)
        return self.positions[known], np.log10(errors[known].astype(np.float64))


class Survey:
    """The stories of some memories of one source; those that an `earlier` survey tells already are kept.

    `begins` is what memories hold where the source begins, of those that have heard what came before.
    """

    def __init__(
        self,
        memories: tuple[Memory, ...],
        source: Source,
        columns: int = COLUMNS,
        earlier: Survey | None = None,
        begins: Mapping[Memory, Beginning] = MappingProxyType({}),
    ) -> None:
        columns = max(min(columns, source.length), 1)
        self.positions = (np.arange(1, columns + 1) * source.length) // columns
        self.source, self.memories = source, memories
        known = {}
        if earlier is not None and earlier.source is source and earlier.positions.size == columns:
            known = {run.moving.memory: run for run in earlier._runs}
        self._runs: list[_Run] = []
        for memory in memories:
            try:
                run = known.get(memory) or _Run(
                    PlayheadMemory(memory, source, begins.get(memory)), self.positions, -(-columns // ERRORS)
                )
            except ValueError:  # the playhead's own memory tells the person why
                continue
            self._runs.append(run)

    @property
    def finished(self) -> bool:
        """Whether there is nothing left to do, for now where the signal is still being recorded."""
        return all(run.done >= self._reachable for run in self._runs)

    @property
    def _reachable(self) -> int:
        """How many columns lie in what is known of the signal."""
        known = self.source.known
        if known == self.source.length:
            return self.positions.size
        return int(np.searchsorted(self.positions, known, side="right"))

    @property
    def fraction(self) -> float:
        """How much is done, 0 to 1."""
        total = self.positions.size * len(self._runs)
        return sum(run.done for run in self._runs) / total if total else 1.0

    def step(self, seconds: float, needed_elsewhere: Callable[[], bool] = lambda: False) -> bool:
        """Work for about so long, or until needed elsewhere; True once all is done.

        The memory that lags behind goes on first.
        """
        end = time.perf_counter() + seconds

        def goes_on() -> bool:
            return time.perf_counter() < end and not needed_elsewhere()

        while not self.source.moments.built and goes_on():
            self.source.moments.build()
        while self.source.moments.built and not self.finished and goes_on():
            min(self._runs, key=lambda run: run.done).advance(goes_on)
        return self.finished

    def checkpoints(self, memory: Memory) -> Checkpoints | None:
        """The states kept of a memory; None if this survey does not run it."""
        return next((run.checkpoints for run in self._runs if run.moving.memory == memory), None)

    def stories(self) -> tuple[Story, ...]:
        """What is found so far, one story per memory."""
        return tuple(run.story() for run in self._runs)


class _Run:
    """One memory on its way through the signal."""

    def __init__(self, moving: PlayheadMemory, positions: NDArray[np.int64], every: int) -> None:
        self.moving, memory = moving, moving.memory
        self.checkpoints = Checkpoints()
        self.done = 0
        self._positions, self._every = positions, every
        self._coefficients = np.zeros((positions.size, memory.order), np.float32)
        self._errors = np.full(positions.size, np.nan, np.float32)
        self._largest = self._largest_moving = 0.0  # of all c_n, and of those but c_0
        self._least_gap = -(-moving.source.length * memory.order * 8 // CHECKPOINT_BYTES)
        self._seconds_per_sample = 0.0

    def story(self) -> Story:
        peak = min(self._largest, 2 * self._largest_moving) or self._largest
        return Story(self.moving.memory, self._positions, self._coefficients, self._errors, self.done, peak)

    def advance(self, goes_on: Callable[[], bool]) -> None:
        """Go on to the next checkpoint or column, or part of the way if it must stop before."""
        column = self.done
        position = int(self._positions[column])
        stop = min(position, self._next_checkpoint())
        try:
            arrived = self._move_to(stop, goes_on)
        except ValueError:  # the coefficients left the range of doubles: what is known is kept
            self.done = self._positions.size
            return
        if not arrived:
            return
        if stop < position:
            self.checkpoints.add(stop, self.moving.coefficients[None])
            return
        coefficients = self.moving.coefficients
        self._coefficients[column] = drawable(coefficients)
        sizes = np.abs(self._coefficients[column])
        self._largest = max(self._largest, float(sizes.max()))
        self._largest_moving = max(self._largest_moving, float(sizes[1:].max(initial=0.0)))
        self.checkpoints.add(position, coefficients[None])
        if column % self._every == self._every - 1 or column == 0:
            self._errors[column] = relative_error(self.moving)
        self.done = column + 1

    def _next_checkpoint(self) -> int:
        last = self.checkpoints.positions[-1] if self.checkpoints.positions else 0
        wished = SEEK / self._seconds_per_sample if self._seconds_per_sample else 0.0
        return last + max(int(wished), self._least_gap, 1024)

    def _move_to(self, position: int, goes_on: Callable[[], bool]) -> bool:
        """Move on, and note what a sample takes at the least: when nothing else is at work."""
        started, first = time.perf_counter(), self.moving.position
        arrived = self.moving.move_to(position, wanted=lambda _: goes_on())
        moved = self.moving.position - first
        if moved >= 1024:
            taken = (time.perf_counter() - started) / moved
            self._seconds_per_sample = min(self._seconds_per_sample or taken, taken)
        return arrived


def relative_error(moving: PlayheadMemory) -> float:
    """‖f − f̂‖_ω / ‖f‖_ω of a memory at its position; NaN in silence."""
    grid = past_grid(moving.memory.measure, moving.memory.order)
    weighed = grid.weighed(moving.coefficients)
    heard = grid.hear(moving.source.moments, moving.position, moving.scale)
    error, norm = grid.errors(weighed, heard, grid.bins_within(moving.oldest, moving.scale))
    return error / norm if norm > 0 else float("nan")

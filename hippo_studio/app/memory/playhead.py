"""One memory, kept at the playhead: moved on by blocks, or put anywhere else by the cheapest exact way.

Free of Qt. To hold the past of `position` samples, a memory can go on from where it is, go on from an earlier
state that somebody kept (a checkpoint), or start with nothing so long before that whatever came earlier would
have faded below 1e-10 of itself. Each is exact; the one that pushes the fewest samples is taken.
"""

from __future__ import annotations

import math
import time
from bisect import bisect_right
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hippo_studio.app.memory.source import Source
from hippo_studio.app.memory.state import Memory
from hippo_studio.hippo import OnlineMemory
from hippo_studio.hippo.discretization import gbt_alpha
from hippo_studio.hippo.krylov import LONGEST_BLOCK
from hippo_studio.hippo.updates import update_for

Floats = NDArray[np.floating]

SLICE = 0.006
"""Seconds of pushing between two looks at whether the result is still wanted, of this thread's own time: on
a machine that is busy with something else, short chunks would only make the way longer."""
_FIRST_CHUNK, _LARGEST_CHUNK = 8192, 1 << 22


class Beginning(NamedTuple):
    """What a memory holds where its source begins: `coefficients` (1, N), of so many `samples` before."""

    samples: int
    coefficients: Floats


@dataclass
class Checkpoints:
    """States of one memory along a signal, at ascending positions."""

    positions: list[int] = field(default_factory=list)
    coefficients: list[Floats] = field(default_factory=list)

    def add(self, position: int, coefficients: Floats) -> None:
        """Keep a state, (1, N); only the newest position may be added."""
        self.positions.append(position)
        self.coefficients.append(coefficients)

    def before(self, position: int) -> tuple[int, Floats] | None:
        """The latest state at or before a position."""
        index = bisect_right(self.positions, position) - 1
        return (self.positions[index], self.coefficients[index]) if index >= 0 else None


class PlayheadMemory:
    """A memory of one source at a movable position. Raises ValueError where there can be no such memory.

    `begins` is what it holds where the source begins, if it has heard what came before.
    """

    def __init__(self, memory: Memory, source: Source, begins: Beginning | None = None) -> None:
        self.memory, self.source, self.begins = memory, source, begins
        self._settings = memory.settings(source.sample_rate)
        self._online = OnlineMemory.from_settings(self._settings)
        self._chunk = _FIRST_CHUNK
        self._reach = reach(memory, source.sample_rate)
        if begins is not None:
            self._put(0, begins.coefficients)

    @property
    def position(self) -> int:
        """Samples of the source seen."""
        return self._online.samples - self.before

    @property
    def online(self) -> OnlineMemory:
        """The memory itself, for whoever pushes on from here; another one after a jump."""
        return self._online

    @property
    def coefficients(self) -> Floats:
        """c, (N,), read-only; a later move makes a new array."""
        return self._online.coefficients[0]

    @property
    def scale(self) -> float:
        """Samples in one unit of age: θ, or the whole past (LegS)."""
        return self._settings.span(self._online.samples) * self.source.sample_rate

    @property
    def oldest(self) -> float:
        """Age in samples of the oldest sample heard that the source still holds; infinity if it lost none."""
        return self.position if self.before else math.inf

    @property
    def before(self) -> int:
        """Samples heard before the source's first: none by a memory that was made anew there."""
        return 0 if self.begins is None else self.begins.samples

    def distance(self, position: int, checkpoints: Checkpoints | None = None) -> int:
        """Return how many samples `move_to` would push."""
        return position - self._best_start(position, checkpoints)[0]

    def move_to(
        self,
        position: int,
        checkpoints: Checkpoints | None = None,
        wanted: Callable[[float], bool] = lambda fraction: True,
    ) -> bool:
        """Hold the past of `position` samples. False if `wanted(fraction done)` said no on the way."""
        start, state = self._best_start(position, checkpoints)
        if start != self.position or state is not None:
            self._put(start, state)
        while self.position < position:
            if self.position > start and not wanted((self.position - start) / (position - start)):
                return False
            self._push(min(self.position + self._chunk, position))
        return True

    def carry_over(self, source: Source, checkpoints: Checkpoints | None = None) -> bool:
        """Go on with a source that continues this one; False if there can be no such memory there.

        What the beginning that was left behind has left in the memory is found first, from the source that
        still has it: so a way back is possible, and a memory of all the past keeps all of it.
        """
        held, position, begins = self._online.coefficients.copy(), self.position, self.begins
        if source.dropped:
            start = PlayheadMemory(self.memory, self.source, self.begins)
            try:
                start.move_to(source.dropped, checkpoints)
            except ValueError:
                return False
            begins = Beginning(self.before + source.dropped, start.coefficients[None].copy())
        self.source, self.begins = source, begins
        if begins is not None and position < source.dropped:
            self._put(0, begins.coefficients)
        else:
            self._put(position - source.dropped, held)
        return True

    def prepare(self, length: int) -> None:
        """Make now what the first moves by so many samples would have to make; from any thread."""
        update_for(self._settings).prepare(length)

    def postponed(self) -> AbstractContextManager[None]:
        """Until this is left, moves make no tables that they can do without: they are being prepared."""
        return update_for(self._settings).postponed()

    def _best_start(self, position: int, checkpoints: Checkpoints | None) -> tuple[int, Floats | None]:
        """Where to push from, and the state there; None for the present one, or for nothing if elsewhere."""
        candidates: list[tuple[int, Floats | None]] = []
        if self.position <= position:
            candidates.append((self.position, None))
        if checkpoints and (kept := checkpoints.before(position)):
            candidates.append(kept)
        fresh = 0 if position <= self._reach else position - int(self._reach)
        nothing = np.zeros((1, self.memory.order))
        candidates.append((fresh, nothing if fresh or self.begins is None else self.begins.coefficients))
        return max(candidates, key=lambda candidate: candidate[0])

    def _put(self, position: int, state: Floats | None) -> None:
        snapshot = OnlineMemory.from_settings(self._settings).snapshot()
        if state is not None:
            snapshot["coefficients"] = state
        self._online = OnlineMemory.restore({**snapshot, "samples": position + self.before})

    def _push(self, stop: int) -> None:
        started, first = time.thread_time(), self.position
        self._online.push(np.asarray(self.source.samples[first:stop]))
        if stop - first == self._chunk:  # a first call may have compiled or built tables: adapt gently
            factor = SLICE / max(time.thread_time() - started, 1e-6)
            wished = int(self._chunk * min(max(factor, 0.5), 2.0))
            self._chunk = min(max(wished // LONGEST_BLOCK, 1) * LONGEST_BLOCK, _LARGEST_CHUNK)


def reach(memory: Memory, sample_rate: float) -> float:
    """How many samples back a memory's present state can depend on, to 1e-10; infinity if there is no end.

    The decay of ‖e^(Aτ)B‖ with τ in θ, measured at N = 1 … 512 and checked by
    `tests/app/memory/test_playhead.py`. The fastest modes turn N/2 times per θ or so; where the step of a GBT
    is too long for them, its (1 + λΔ/2)/(1 − λΔ/2) damps them less, by 1 + |λΔ/2|². Below α = ½ a mode may
    last for ever.
    """
    measure, order = memory.measure, memory.order
    place = gbt_alpha(memory.method, memory.alpha)
    if memory.theta is None or (place is not None and place < 0.5):
        return math.inf
    windows = {
        "legt": max(3.0, 25 / math.sqrt(order)),
        "fout": max(25.0, 6.5 * math.log2(order) + 5),
        "lagt": 50 / float(measure.options.get("beta", 1.0)),
        "legs-lti": 25.0,
    }.get(measure.name, math.inf)
    window = memory.theta * sample_rate
    slowing = 0.0 if place is None else (math.pi * order / (2 * window)) ** 2
    return windows * window * (1 + slowing)

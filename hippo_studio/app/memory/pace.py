"""When the next beat is due: at places of an even grid, so that a late beat does not put off all that follow.

Free of Qt.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

PERIOD = 1 / 60
"""Seconds between two pictures."""


class Pace:
    """The grid of beats. `clock` gives seconds that never run backwards."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter, period: float = PERIOD) -> None:
        self._clock, self._period = clock, period
        self._due = self._beaten = -math.inf

    @property
    def due(self) -> float:
        """When the next beat is due, by the clock."""
        return self._due

    def begin(self) -> float:
        """Seconds until the first beat after a rest: at once, but a period after the last one."""
        now = self._clock()
        self._due = max(now, self._beaten + self._period)
        return self._due - now

    def wait_out(self, most: float) -> None:
        """Sleep until the beat is due, for at most so many seconds: Qt's timers count whole milliseconds."""
        early = self._due - self._clock()
        if 0 < early <= most:
            time.sleep(early)

    def beat(self) -> float:
        """Seconds from a beat, which is now, to the next place of the grid, or of a new one."""
        self._beaten = now = self._clock()
        self._due += self._period
        if self._due <= now:
            self._due = now + self._period
        return self._due - now

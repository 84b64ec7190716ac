"""When a survey may work: between two pictures, not while the window paints one. Free of Qt.

Two threads in Python slow each other down, far more than the one that waits is delayed by waiting.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

QUIET = 0.12
"""Seconds without another memory being asked for, before a survey of the new ones begins."""
SLICE = 0.004
"""Seconds of work at a time."""
_LEAST_SLICE = 0.0015
_MARGIN = 0.0015
"""Seconds by which a slice may last longer than it is asked to."""
_PAINTS = 0.05
"""Seconds after a beat by which the window has painted and said when it paints next, or paints no more."""
_LONGEST_WAIT = 0.1
"""Seconds without a slice that a fast picture is worth."""


class SpareTime:
    """The times between beats. `clock` gives seconds that never run backwards.

    Attributes
    ----------
    next_beat : when the window paints next, by the clock, or began to; −infinity if it paints nothing.
    """

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self._clock = clock
        self.next_beat = -math.inf
        self._changed = self._worked = -math.inf

    def begin_anew(self) -> None:
        """Other memories were asked for, and more may follow."""
        self._changed = self._clock()

    def worked(self) -> None:
        """A slice of work ended."""
        self._worked = self._clock()

    def pause(self) -> float:
        """Seconds until work may go on; 0 or less: now."""
        now = self._clock()
        left = self.next_beat - _MARGIN - now
        pause = 0.0
        if -_PAINTS < left < _LEAST_SLICE:
            pause = min(left + _MARGIN + _PAINTS, self._worked + _LONGEST_WAIT - now)
        return max(self._changed + QUIET - now, pause)

    def slice(self) -> float:
        """Seconds that work may take from now: to the next beat, if that comes before a whole slice."""
        left = self.next_beat - _MARGIN - self._clock()
        return min(left, SLICE) if left >= _LEAST_SLICE else SLICE

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
"""Seconds by which a slice may last longer than it is asked to, at the least."""
_PAINTS = 0.05
"""Seconds after a beat by which the window has painted and said when it paints next, or paints no more."""
_LONGEST_WAIT, _FORCED_SLICE = 0.4, 0.008
"""Seconds without a slice that fast pictures are worth, and of the one that then holds up one picture."""
_FORGETS, _WORST_OVERRUN = 0.9, 0.008
"""What is left of a known overrun after each slice, and what one that compiled something counts as."""


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
        self._began, self._asked, self._overrun = -math.inf, 0.0, _MARGIN

    def begin_anew(self) -> None:
        """Other memories were asked for, and more may follow."""
        self._changed = self._clock()

    def worked(self) -> None:
        """A slice of work ended; by how much later than it should have, the next ones take into account."""
        self._worked = self._clock()
        if self._began > -math.inf:
            over = self._worked - self._began - self._asked
            self._overrun = min(max(over, _FORGETS * self._overrun, _MARGIN), _WORST_OVERRUN)
            self._began = -math.inf

    def pause(self) -> float:
        """Seconds until work may go on; 0 or less: now."""
        now = self._clock()
        left = self._left(now)
        pause = 0.0
        if -_PAINTS < left < _LEAST_SLICE:
            pause = min(left + self._overrun + _PAINTS, self._worked + _LONGEST_WAIT - now)
        return max(self._changed + QUIET - now, pause)

    def slice(self) -> float:
        """Seconds that work may take from now: to the next beat, if that comes before a whole slice."""
        self._began = now = self._clock()
        left = self._left(now)
        if left >= _LEAST_SLICE:
            self._asked = min(left, SLICE)
        else:  # nothing is painted, or a picture has to wait for once
            self._asked = SLICE if left <= -_PAINTS else _FORCED_SLICE
        return self._asked

    def _left(self, now: float) -> float:
        """Seconds from now that work may be asked to take, to end before the next beat all the same."""
        return self.next_beat - self._overrun - now

"""The numbers beside the pictures, often enough to be read and seldom enough not to hold the pictures up.

Free of Qt.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import cycle

from hippo_studio.app.memory.frame import Frame

EVERY = 0.2
"""Seconds between two writings of a number while the signal plays."""


class Readouts:
    """Functions that write numbers of a frame: all of them at rest; while it plays in turn, one per picture,
    so that no picture waits for all of the words. `clock` gives seconds that never run backwards.
    """

    def __init__(
        self, *writers: Callable[[Frame], None], clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._writers, self._clock = writers, clock
        self._turn = cycle(writers)
        self._written = 0.0

    def write(self, frame: Frame) -> None:
        """Write every number of a frame now."""
        for writer in self._writers:
            writer(frame)

    def write_in_turn(self, frame: Frame) -> bool:
        """Write the next of them, if it is time; whether it was."""
        now = self._clock()
        due = now - self._written >= EVERY / len(self._writers)
        if due:
            self._written = now
            next(self._turn)(frame)
        return due

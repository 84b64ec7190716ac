"""When Python's cyclic garbage collector runs: on the main thread, while nothing moves.

A full collection stalls the window for 70 to 290 ms once numba or torch are imported, and on a foreign thread
it may destroy Qt objects. So automatic collection is off from the first painting on; what was built at
start-up, and what the warm-up imports, is frozen out of every collection; young garbage is taken in small
bites; a full collection waits until the studio rests.
"""

from __future__ import annotations

import gc
from collections.abc import Callable

from PyQt6.QtCore import QObject, QTimer

EVERY_MS = 100
YOUNG_LIMIT = 20_000
"""Tracked objects made since the last collection before young garbage is taken even while playing."""
REST_TICKS = 20
"""Ticks of rest before a full collection."""
BUSY_TICKS = 300
"""Ticks without rest before the middle generation is taken as well."""


class Collector(QObject):
    """Collects from a timer of the main thread; `resting` says whether nobody would notice a stall."""

    def __init__(self, resting: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._resting = resting
        self._rested = self._busy = 0
        self._collected_whole = False
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.tick)

    def start(self) -> None:
        """Take over from Python, once the window is on screen; what there is by now has come to stay."""
        gc.freeze()
        gc.disable()
        self._timer.start()

    def settle(self) -> None:
        """Leave out of every later collection what has come to stay since: the warm-up's imports, torch."""
        if self._timer.isActive():
            gc.freeze()

    def stop(self) -> None:
        """Give the collector back to Python."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()

    def tick(self) -> None:
        """Collect what can be collected now without a visible stall."""
        young = gc.get_count()[0]
        if not self._resting():
            self._rested, self._collected_whole = 0, False
            self._busy += 1
            if young > YOUNG_LIMIT:
                gc.collect(1 if self._busy > BUSY_TICKS else 0)
                self._busy %= BUSY_TICKS + 1
            return
        self._rested, self._busy = self._rested + 1, 0
        if self._rested >= REST_TICKS and (not self._collected_whole or young > YOUNG_LIMIT):
            gc.collect()
            self._collected_whole = True

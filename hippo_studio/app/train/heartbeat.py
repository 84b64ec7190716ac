"""When the Train tab looks at its training: at each frame while it is seen, else seldom, or never."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QObject, Qt, QTimer

FRAME_MS, UNSEEN_MS = 16, 100


class Heartbeat(QTimer):
    """Calls `beat`, as often as `wanted` says: milliseconds, None for never."""

    def __init__(self, beat: Callable[[], None], wanted: Callable[[], int | None], parent: QObject) -> None:
        super().__init__(parent)
        self.setObjectName("training heartbeat")
        self.setTimerType(Qt.TimerType.PreciseTimer)
        self.setInterval(FRAME_MS)
        self._wanted = wanted
        self.timeout.connect(beat)

    def wake(self) -> None:
        """Begin to beat, if there is a reason."""
        if self._wanted() is not None and not self.isActive():
            self.start()

    def settle(self) -> None:
        """After a beat: go on at the pace that is wanted now, or rest."""
        wanted = self._wanted()
        if wanted is None:
            self.stop()
        elif wanted != self.interval():
            self.setInterval(wanted)

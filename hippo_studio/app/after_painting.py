"""What is done once the window is painted: it does not delay the picture, nor work beside its painting."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import QCoreApplication, QEvent, QObject, Qt

_PAINTED = QEvent.Type(QEvent.registerEventType())
_PRIORITY = Qt.EventPriority.LowEventPriority.value - 1
"""Qt paints what has changed at the low priority, after all that was posted at the normal one (a timer of 0 s
among it)."""


class AfterPainting(QObject):
    """Calls `then` once what is to be painted now has been; asked for several times before, it calls once.

    `due` says whether it still has to.
    """

    def __init__(self, then: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._then = then
        self.due = False

    def call(self) -> None:
        """Call it after the next painting, or soon if there is none."""
        if not self.due:
            self.due = True
            QCoreApplication.postEvent(self, QEvent(_PAINTED), _PRIORITY)

    def event(self, event: QEvent) -> bool:
        """The painting is over; all else is Qt's."""
        if event.type() != _PAINTED:
            return super().event(event)
        self.due = False
        self._then()
        return True

"""Tabs that are not painted anew whenever a number within them changes."""

from __future__ import annotations

from PyQt6.QtCore import QEvent
from PyQt6.QtWidgets import QTabWidget


class SteadyTabs(QTabWidget):
    """A label with other words asks every layout around it for room, and Qt's tabs paint all they show then.

    These do so only when they need another size themselves.
    """

    _asked: object = None

    def event(self, event: QEvent) -> bool:
        """Leave out requests for the room that there is already; all else is Qt's."""
        if event.type() == QEvent.Type.LayoutRequest:
            asked = self.minimumSizeHint(), self.sizeHint(), self.tabBar().sizeHint()
            if asked == self._asked:
                return True
            self._asked = asked
        return super().event(event)

"""What was said of a signal waits while another one is looked at, and goes when it leaves the list."""

from __future__ import annotations

from PyQt6.QtCore import QObject

from hippo_studio.app.messages import Messages
from hippo_studio.app.open_signals import OpenSignals


class ClosedSignals(QObject):
    """Watches the list; messages are about a signal by its path."""

    def __init__(self, signals: OpenSignals, messages: Messages, parent: QObject) -> None:
        super().__init__(parent)
        self._signals, self._messages = signals, messages
        self._before: set[str] = set()
        signals.listed.connect(self._look)
        signals.current_changed.connect(lambda _: self._overlook())
        signals.live_changed.connect(self._overlook)

    def _look(self) -> None:
        now = {entry.path for entry in self._signals.entries}
        for path in self._before - now:
            self._messages.withdraw(path)
        self._before = now
        self._overlook()

    def _overlook(self) -> None:
        signals = self._signals
        shown = signals.entries[signals.shown].path if signals.shown >= 0 else ""
        self._messages.overlook({entry.path for entry in signals.entries} - {shown, ""})

"""The signals that are open, and which of them is shown."""

from __future__ import annotations

from collections.abc import Iterator

from PyQt6.QtCore import QObject, pyqtSignal

from hippo_studio.signals import Signal


class OpenSignals(QObject):
    """An ordered list of signals with a current one; the newest becomes current.

    `listed` fires when the list changed, `current_changed` (Signal or None) when another one is to be shown.
    """

    listed = pyqtSignal()
    current_changed = pyqtSignal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._signals: list[Signal] = []
        self._index = -1

    def __len__(self) -> int:
        return len(self._signals)

    def __iter__(self) -> Iterator[Signal]:
        return iter(self._signals)

    @property
    def current(self) -> Signal | None:
        """The signal shown, None if none is open."""
        return self._signals[self._index] if self._signals else None

    @property
    def index(self) -> int:
        """Where the current signal stands in the list, -1 if none is open."""
        return self._index

    def add(self, signal: Signal, *, show: bool = True) -> None:
        """List a signal, and show it; a newer reading of the same origin takes the older one's place.

        With `show` false it is listed alone, unless nothing was shown so far, or the older reading was.
        """
        for place, other in enumerate(self._signals):
            if other.origin and other.origin == signal.origin:
                self._signals[place] = signal
                break
        else:
            place = len(self._signals)
            self._signals.append(signal)
        show = show or self._index in (-1, place)
        if show:
            self._index = place
        self.listed.emit()
        if show:
            self.current_changed.emit(signal)

    def show(self, index: int) -> None:
        """Make another signal current; an index outside the list changes nothing."""
        if 0 <= index < len(self._signals) and index != self._index:
            self._index = index
            self.current_changed.emit(self._signals[index])

    def remove(self, index: int) -> None:
        """Take a signal off the list; if it was current, the one after it (or before) becomes current."""
        if not 0 <= index < len(self._signals):
            return
        was_current = index == self._index
        del self._signals[index]
        if index < self._index or self._index >= len(self._signals):
            self._index -= 1
        self.listed.emit()
        if was_current:
            self.current_changed.emit(self.current)

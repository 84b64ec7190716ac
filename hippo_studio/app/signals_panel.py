"""The left dock: what is open, the bundled samples, and where to drop more."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from hippo_studio.app.open_signals import OpenSignals
from hippo_studio.app.services import Services
from hippo_studio.app.widgets.quantities import format_clock, format_rate
from hippo_studio.signals import Signal


class SignalsPanel(QWidget):
    """Lists the open signals; a click shows one."""

    open_requested = pyqtSignal()

    def __init__(self, signals: OpenSignals, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("signals panel")
        self._signals = signals
        self.list = QListWidget(self)
        self.list.setObjectName("open signals")
        self.list.setAccessibleName("Open signals")
        self.hint = QLabel("Drop recordings or tables anywhere on this window.", self)
        self.hint.setWordWrap(True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(self)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.hint)
        signals.listed.connect(self._fill)
        signals.current_changed.connect(self._mark)
        self.list.currentRowChanged.connect(signals.show)

    def _fill(self) -> None:
        blocked = self.list.blockSignals(True)
        self.list.clear()
        for signal in self._signals:
            QListWidgetItem(f"{signal.title}\n{describe(signal)}", self.list)
        self.list.setCurrentRow(self._signals.index)
        self.list.blockSignals(blocked)

    def _mark(self) -> None:
        if self.list.currentRow() != self._signals.index:
            self.list.setCurrentRow(self._signals.index)


def describe(signal: Signal) -> str:
    """Rate, duration and channels in one line."""
    channels = "1 channel" if signal.channels == 1 else f"{signal.channels} channels"
    return f"{format_rate(signal.sample_rate)} · {format_clock(signal.duration, digits=1)} · {channels}"

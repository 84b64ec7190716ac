"""What is live, over the list of open signals: what the microphone records, and the stream."""

from __future__ import annotations

from typing import Protocol

from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QListWidget, QListWidgetItem, QSizePolicy, QWidget

from hippo_studio.app.signal_lines import DETAIL, SignalDelegate
from hippo_studio.app.sound.recorder import Recorder
from hippo_studio.app.streams import wording
from hippo_studio.app.streams.receiver import Receiver
from hippo_studio.app.theme import Theme
from hippo_studio.app.widgets.quantities import format_clock, format_rate

_WRITE_MS = 250


class _Live(Protocol):
    @property
    def live_title(self) -> str: ...

    @property
    def shown(self) -> bool: ...

    def show(self) -> None: ...


class LiveList(QListWidget):
    """As high as what it lists; away while nothing is live."""

    def __init__(self, recorder: Recorder, receiver: Receiver, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("live signals")
        self.setAccessibleName("Live signals")
        self.setItemDelegate(SignalDelegate(theme, self))
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._recorder, self._receiver = recorder, receiver
        self._live: list[_Live] = []
        self._timer = QTimer(self)
        self._timer.setObjectName("live list")
        self._timer.setInterval(_WRITE_MS)
        self._timer.timeout.connect(self.write)
        for one in (recorder, receiver):
            one.changed.connect(self.refresh)
        self.itemClicked.connect(lambda item: self._show(self.row(item)))
        self.itemActivated.connect(lambda item: self._show(self.row(item)))
        self.refresh()

    def refresh(self) -> None:
        """List what is live by now."""
        self._live = [one for one in (self._recorder, self._receiver) if one.live_title]
        while self.count() > len(self._live):
            self.takeItem(self.count() - 1)
        while self.count() < len(self._live):
            QListWidgetItem(self)
        self.setVisible(bool(self._live))
        if self._live:
            self._timer.start()
        else:
            self._timer.stop()
        self.write()

    def write(self) -> None:
        """Write how each is going."""
        for row, one in enumerate(self._live):
            item = self.item(row)
            item.setText(one.live_title)
            item.setData(DETAIL, self._line(one))
            stream = self._receiver.stream if one is self._receiver else None
            item.setToolTip(wording.particulars(stream) if stream is not None else "")
            item.setSelected(one.shown)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the lines anew."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        height = sum(self.sizeHintForRow(row) for row in range(self.count())) + 2 * self.frameWidth()
        if height != self.height():
            self.setFixedHeight(height)

    def _line(self, one: _Live) -> str:
        if one is self._receiver and self._receiver.stream is not None:
            stream = self._receiver.stream
            return wording.line(stream, self._receiver.phase.value, self._receiver.seconds)
        recorder = self._recorder
        rate = recorder.microphone.rate if recorder.microphone is not None else 0.0
        return f"● {recorder.phase.value} · {format_rate(rate)} · {format_clock(recorder.seconds, digits=1)}"

    def _show(self, row: int) -> None:
        if 0 <= row < len(self._live):
            self._live[row].show()
            self.write()

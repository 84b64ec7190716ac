"""One row over the plots while a stream is open: what it is doing, pause, stop."""

from __future__ import annotations

import time

from PyQt6.QtCore import QSize, Qt
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from hippo_studio.app.services import Services
from hippo_studio.app.streams import wording
from hippo_studio.app.streams.receiver import Phase, Receiver
from hippo_studio.app.theme import tabular

ACTIONS = ("pause_stream", "stop_stream")
_TEXT_EVERY = 0.2


class StreamRow(QWidget):
    """A view of a `Receiver`; shown with its stream, and until that has begun."""

    def __init__(self, receiver: Receiver, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("stream row")
        self.setAccessibleName("Live stream")
        self._receiver, self._services = receiver, services
        self._written = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(1)  # it widens no window
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self.title = QLabel(self)
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.words = QLabel(self)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setFont(tabular(self.font()))
        for label, name in ((self.title, "Address of the stream"), (self.words, "State of the stream")):
            label.setObjectName(name.lower())
            label.setAccessibleName(name)
        row.addWidget(self.title)
        row.addSpacing(self.fontMetrics().averageCharWidth() * 2)
        row.addWidget(self.words, 1)
        for id in ACTIONS:
            row.addWidget(self._button(id))
        services.actions.connect("pause_stream", receiver.pause)
        services.actions.connect("stop_stream", receiver.stop)
        receiver.changed.connect(self.refresh)
        receiver.beat.connect(self._beat)
        self.refresh()

    def refresh(self) -> None:
        """Show the phase as it is."""
        receiver, actions = self._receiver, self._services.actions
        opened = receiver.phase is not Phase.OFF
        self.setVisible(receiver.phase is Phase.OPENING or (opened and receiver.shown))
        self.title.setText(receiver.live_title)
        actions["pause_stream"].setEnabled(receiver.phase in (Phase.LIVE, Phase.PAUSED))
        actions["pause_stream"].setChecked(receiver.phase is Phase.PAUSED)
        actions["stop_stream"].setEnabled(opened)
        self._write()

    def _beat(self) -> None:
        if time.perf_counter() - self._written > _TEXT_EVERY:
            self._write()

    def _write(self) -> None:
        self._written = time.perf_counter()
        stream = self._receiver.stream
        words = (
            "" if stream is None else wording.line(stream, self._receiver.phase.value, self._receiver.seconds)
        )
        if words != self.words.text():
            self.words.setText(words)
            self.words.setToolTip("" if stream is None else wording.particulars(stream))

    def _button(self, id: str) -> QToolButton:
        button = QToolButton(self)
        button.setDefaultAction(self._services.actions[id])
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setObjectName(f"button {id}")
        side = self.fontMetrics().height()
        button.setIconSize(QSize(side, side))
        return button

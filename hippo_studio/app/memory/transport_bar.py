"""Play, pause, step, speed, loop and the time, for the toolbar."""

from __future__ import annotations

import math

from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from hippo_studio.app.memory.wording import speed_text
from hippo_studio.app.services import Services
from hippo_studio.app.theme import tabular
from hippo_studio.app.transport import AS_FAST_AS_POSSIBLE, FASTEST, SLOWEST, Transport
from hippo_studio.app.widgets.number import ScaledSlider
from hippo_studio.app.widgets.quantities import format_clock

_BUTTONS = ("go_start", "step_back", "play", "step_forward", "go_end", "loop")
_TEXT_MS = 100
"""Between two writings of the time while playing: numbers that move faster cannot be read."""


class TransportBar(QWidget):
    """A view of one `Transport`; its buttons are the actions of the table."""

    def __init__(self, transport: Transport, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("transport")
        self.setAccessibleName("Transport")
        self._transport, self._services = transport, services
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(self.fontMetrics().averageCharWidth() // 2)
        for id in _BUTTONS:
            button = QToolButton(self)
            button.setDefaultAction(services.actions[id])
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setObjectName(f"button {id}")
            button.setAccessibleName(services.actions[id].text())
            row.addWidget(button)
        self._build_speed(row)
        self.time = QLabel(self)
        self.time.setFont(tabular(self.font()))
        self.time.setObjectName("time")
        self.time.setAccessibleName("Playhead and length")
        self.time.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.time.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row.addWidget(self.time, 1)
        self._timer = QTimer(self)
        self._timer.setInterval(_TEXT_MS)
        self._timer.timeout.connect(self._show_time)
        self._end = transport.subscribe(self.refresh)
        self.destroyed.connect(self._end)
        self.refresh()

    def refresh(self) -> None:
        """Show the transport as it is; while it plays, the time keeps being written."""
        transport, actions = self._transport, self._services.actions
        playing = transport.playing
        actions.set_text("play", "Pause" if playing else "Play")
        actions["play"].setIcon(self._services.theme.icon("pause" if playing else "play"))
        actions["loop"].setChecked(transport.loop)
        flat_out = transport.flat_out
        self.fastest.setChecked(flat_out)
        self.speed.setEnabled(not flat_out)
        self.speed.show_value(transport.speed)  # as fast as possible stands at the fast end
        self.speed_label.setText(speed_text(transport.speed))
        if playing and not self._timer.isActive():
            self._timer.start()
        elif not playing:
            self._timer.stop()
        self._show_time()

    def hideEvent(self, event) -> None:
        """Nothing needs writing that nobody sees."""
        self._timer.stop()
        super().hideEvent(event)

    def showEvent(self, event) -> None:
        """Take up where it is."""
        super().showEvent(event)
        self.refresh()

    def _build_speed(self, row: QHBoxLayout) -> None:
        letter = self.fontMetrics().averageCharWidth()
        row.addSpacing(letter)
        self.speed = ScaledSlider(SLOWEST, FASTEST, parent=self)
        self.speed.setObjectName("speed")
        self.speed.setAccessibleName("Speed")
        self.speed.setToolTip("Seconds of signal per second  ([ slower, ] faster, \\ normal)")
        self.speed.setFixedWidth(14 * letter)
        self.speed.scaled_value_changed.connect(self._set_speed)
        row.addWidget(self.speed)
        self.speed_label = QLabel(self)
        self.speed_label.setFont(tabular(self.font()))
        self.speed_label.setObjectName("speed figure")
        self.speed_label.setAccessibleName("Speed figure")
        self.speed_label.setMinimumWidth(6 * letter)
        row.addWidget(self.speed_label)
        self.fastest = QToolButton(self)
        self.fastest.setIcon(self._services.theme.icon("fast"))
        self.fastest.setCheckable(True)
        self.fastest.setAutoRaise(True)
        self.fastest.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.fastest.setObjectName("as fast as possible")
        self.fastest.setAccessibleName("As fast as possible")
        self.fastest.setToolTip("As fast as the memories can")
        self.fastest.clicked.connect(self._set_flat_out)
        row.addWidget(self.fastest)

    def _set_speed(self, value: float) -> None:
        near_one = abs(math.log(value)) < 0.04
        self._transport.speed = 1.0 if near_one else float(f"{value:.2g}")

    def _set_flat_out(self, on: bool) -> None:
        self._transport.speed = AS_FAST_AS_POSSIBLE if on else 1.0

    def _show_time(self) -> None:
        transport = self._transport
        ends = (
            "recording" if transport.following else format_clock(transport.clock_begin + transport.duration)
        )
        self.time.setText(f"{format_clock(transport.clock_seconds)} / {ends}")

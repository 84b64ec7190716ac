"""The status bar: what just happened, work in progress, values under the mouse, and how fast it all is."""

from __future__ import annotations

import math
import time

from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtWidgets import QLabel, QProgressBar, QSizePolicy, QStatusBar, QToolButton, QWidget

from hippo_studio.app.jobs import Jobs
from hippo_studio.app.messages import Messages
from hippo_studio.app.theme import Theme, tabular
from hippo_studio.app.time_left import TimeLeft

_REFUSAL_MS = 8000


class StatusBar(QStatusBar):
    """Work in progress · what just happened · cursor values · frame ms · memory µs."""

    def __init__(self, messages: Messages, jobs: Jobs, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status bar")
        self.setSizeGripEnabled(False)
        self._jobs = jobs
        self._left = TimeLeft()
        self.happened = ElidedLabel("what just happened", self)
        self.activity = ElidedLabel("work in progress", self)
        self.progress = QProgressBar(self)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Progress of the work in the background")
        self.progress.setFixedWidth(self.fontMetrics().averageCharWidth() * 12)
        self.progress.setMaximumHeight(self.fontMetrics().height() // 2)
        self.cancel = QToolButton(self)
        self.cancel.setIcon(theme.icon("close"))
        self.cancel.setText("Cancel")
        self.cancel.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.cancel.setToolTip("Cancel this work")
        self.cancel.setAccessibleName("Cancel the work in the background")
        self.cancel.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.cursor_values = _figures("cursor values", self)
        self.timings = _figures("frame and memory time", self)
        self.timings.setToolTip("Duration of one picture, and of one update of the memories")
        self.addWidget(self.progress)  # first: values under the mouse that grow would push Cancel away
        self.addWidget(self.cancel)
        self.addWidget(self.activity, 3)
        self.addWidget(self.happened, 1)
        self.addPermanentWidget(self.cursor_values)
        self.addPermanentWidget(self.timings)
        self._refusal = QTimer(self, singleShot=True, interval=_REFUSAL_MS)
        self._refusal.setObjectName("refusal")
        self._refusal.timeout.connect(lambda: self.happened.set_text(self._before))
        self._before = ""
        messages.status_changed.connect(self._show_status)
        messages.refused.connect(self._show_refusal)
        messages.cursor_changed.connect(self.cursor_values.setText)
        messages.timings_changed.connect(lambda frame, memory: self.timings.setText(timing(frame, memory)))
        jobs.changed.connect(self._show_jobs)
        self.cancel.clicked.connect(self._cancel)
        self._show_jobs()

    def _show_status(self, text: str) -> None:
        self._refusal.stop()
        self._before = text
        self.happened.set_text(text)

    def _show_refusal(self, text: str) -> None:
        """Say why something cannot be until it was read: later it would be said of what is right by then."""
        self.happened.set_text(text or self._before)
        self._refusal.start()

    def _show_jobs(self) -> None:
        titled = [job for job in self._jobs.live if job.title]
        for part in (self.activity, self.progress, self.cancel):
            part.setVisible(bool(titled))
        if not titled:
            return
        job = titled[-1]
        fraction, text = job.progress
        said = [part for part in (text, self._left.words(job, fraction, time.monotonic())) if part]
        self.activity.set_text(f"{job.title}: {', '.join(said)}" if said else job.title)
        self.progress.setRange(0, 0 if fraction is None else 1000)
        if fraction is not None:
            self.progress.setValue(round(1000 * min(max(fraction, 0.0), 1.0)))

    def _cancel(self) -> None:
        if titled := [job for job in self._jobs.live if job.title]:
            titled[-1].ask_to_cancel()


class ElidedLabel(QLabel):
    """A line of text that gives up its end, not the window's width, when room is short."""

    def __init__(self, name: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(name)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._whole = ""

    def set_text(self, text: str) -> None:
        """Show a text; all of it is in the tooltip if it does not fit."""
        self._whole = text
        self._fit()

    def resizeEvent(self, event) -> None:
        """Cut the text anew."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        shown = self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width())
        self.setText(shown)
        self.setToolTip(self._whole if shown != self._whole else "")


def timing(frame_ms: float, memory_us: float) -> str:
    """`frame 3.1 ms · memory 120 µs`; what is not known is left out."""
    parts = []
    if math.isfinite(frame_ms):
        parts.append(f"frame {frame_ms:4.1f} ms")
    if math.isfinite(memory_us):
        parts.append(
            f"memory {memory_us:5.0f} µs" if memory_us < 1e5 else f"memory {memory_us / 1e3:5.0f} ms"
        )
    return "  ·  ".join(parts)


def _figures(name: str, parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setObjectName(name)
    label.setAccessibleName(name)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setFont(tabular(label.font()))
    label.setContentsMargins(
        label.fontMetrics().averageCharWidth(), 0, label.fontMetrics().averageCharWidth(), 0
    )
    return label

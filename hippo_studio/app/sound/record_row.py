"""One row over the plots while the microphone is open: device, rate, channels, level, time, stop."""

from __future__ import annotations

import time
from pathlib import Path

from PyQt6.QtCore import QSignalBlocker, QSize, Qt
from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolButton, QWidget

from hippo_studio.app.services import Services
from hippo_studio.app.sound.meter import Meter
from hippo_studio.app.sound.recorder import Phase, Recorder
from hippo_studio.app.theme import tabular
from hippo_studio.app.widgets.quantities import format_clock, format_rate
from hippo_studio.signals.capture import Device, inputs, leftovers, what_is_behind

ACTIONS = ("record", "pause_recording", "microphone")
RATES = (0.0, 8000.0, 16_000.0, 22_050.0, 44_100.0, 48_000.0)
CHANNELS = {1: "Mono", 2: "Stereo"}
_TEXT_EVERY = 0.1


class RecordRow(QWidget):
    """A view of a `Recorder`; shown while its microphone is open."""

    def __init__(self, recorder: Recorder, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("record row")
        self.setAccessibleName("Microphone")
        self._recorder, self._services = recorder, services
        self._written = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(1)  # it widens no window
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self.device = self._combo(row, "Microphone", lambda value: recorder.choose(device=value))
        self.rate = self._combo(row, "Sample rate", lambda value: recorder.choose(rate=value))
        self.channels = self._combo(row, "Channels", lambda value: recorder.choose(channels=value))
        for rate in RATES:
            self.rate.addItem(format_rate(rate) if rate else "Its own rate", rate)
        for count, name in CHANNELS.items():
            self.channels.addItem(name, count)
        self.meter = Meter(services.theme, self)
        row.addWidget(self.meter, 1)
        self.words = QLabel(self)
        self.words.setFont(tabular(self.font()))
        self.words.setObjectName("recording words")
        self.words.setAccessibleName("State of the recording")
        self.words.setMinimumWidth(self.fontMetrics().averageCharWidth() * 18)
        row.addWidget(self.words)
        for id in ACTIONS:
            row.addWidget(self._button(id))
        services.actions.connect("record", recorder.record)
        services.actions.connect("pause_recording", recorder.pause)
        services.actions.connect("microphone", recorder.listen)
        recorder.changed.connect(self.refresh)
        recorder.beat.connect(self._beat)
        self.refresh()

    def refresh(self) -> None:
        """Show the phase as it is."""
        recorder, actions = self._recorder, self._services.actions
        opened = recorder.phase is not Phase.OFF
        if opened and self.isHidden():
            self._look_for_devices()
        self.setVisible(opened)
        for box, value in (
            (self.device, recorder.device),
            (self.rate, recorder.rate),
            (self.channels, recorder.channels),
        ):
            box.setEnabled(not recorder.recording)
            with QSignalBlocker(box):
                box.setCurrentIndex(max(box.findData(value), 0))
        actions["record"].setChecked(recorder.recording)
        actions["record"].setIcon(self._services.theme.icon("stop" if recorder.recording else "record"))
        actions.set_text("record", "Stop Recording" if recorder.recording else "Record")
        actions["pause_recording"].setChecked(recorder.phase is Phase.PAUSED)
        actions["pause_recording"].setEnabled(recorder.recording)
        actions["microphone"].setChecked(opened)
        actions["microphone"].setEnabled(not recorder.recording)
        self._write()

    def _beat(self) -> None:
        microphone, now = self._recorder.microphone, time.perf_counter()
        if microphone is not None:
            self.meter.show_level(microphone.peak)
        if now - self._written > _TEXT_EVERY:
            self._write()

    def _write(self) -> None:
        self._written = time.perf_counter()
        recorder, microphone = self._recorder, self._recorder.microphone
        if microphone is None:
            words = ""
        elif recorder.recording:
            words = f"{format_clock(recorder.seconds, digits=1)} {recorder.phase.value}"
        else:
            words = format_rate(microphone.rate) if microphone.rate else "opening …"
        if microphone is not None and microphone.overruns:
            words += f", lost sound {microphone.overruns}×"
        if words != self.words.text():
            self.words.setText(words)

    def _look_for_devices(self) -> None:
        self._services.jobs.submit(
            "microphones", lambda _: inputs(), done=self._fill_devices, failed=lambda _: None
        )  # without PortAudio the recorder says why

    def _fill_devices(self, found: tuple[Device, ...]) -> None:
        with QSignalBlocker(self.device):
            self.device.clear()
            for name in dict.fromkeys(("", *(device.name for device in found))):
                self.device.addItem(name or "System's choice", name)
                tip = what_is_behind(name or "default")
                self.device.setItemData(self.device.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
            self.device.setCurrentIndex(max(self.device.findData(self._recorder.device), 0))

    def _combo(self, row: QHBoxLayout, name: str, tell) -> QComboBox:
        box = QComboBox(self)
        box.setObjectName(name.lower())
        box.setAccessibleName(name)
        box.setToolTip(name)
        box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(10)
        box.currentIndexChanged.connect(lambda _: tell(box.currentData()))
        row.addWidget(box)
        return box

    def _button(self, id: str) -> QToolButton:
        button = QToolButton(self)
        button.setDefaultAction(self._services.actions[id])
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setObjectName(f"button {id}")
        side = self.fontMetrics().height()
        button.setIconSize(QSize(side, side))
        return button


class UnsavedMenu(QMenu):
    """The recordings that were never saved, as they are when it opens."""

    def __init__(self, open_, discard, parent: QWidget) -> None:
        super().__init__("Unsaved Recordings", parent)
        self._open, self._discard = open_, discard
        self.aboutToShow.connect(self._fill)

    def _fill(self) -> None:
        self.clear()
        found = leftovers()
        for one in found:
            text = f"{one.path.stem}  ({format_clock(one.seconds, digits=1)})"
            self.addAction(text.replace("&", "&&"), lambda path=one.path: self._open([path]))
        if not found:
            self.addAction("None").setEnabled(False)
            return
        self.addSeparator()
        paths: list[Path] = [one.path for one in found]
        self.addAction("Throw These Away", lambda: self._discard(paths))

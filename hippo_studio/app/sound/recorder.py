"""Recording: the microphone from the first look at its level to the signal in the list.

While it records, the Memory tab shows a page that fills up, and the memories follow it; on the disk the file
grows. Whatever ends a recording (the person, the device, the disk, the window) ends it with everything kept.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QObject, Qt, QTimer, pyqtSignal

from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.services import Services
from hippo_studio.app.sound.live_source import FIRST_PAGE, LiveSource, new_page
from hippo_studio.app.sound.pages import Pages
from hippo_studio.app.widgets.quantities import format_clock
from hippo_studio.signals.capture import Microphone, RecordingFile, new_recording

_BEAT_MS = 16
CHANNEL_NAMES = {1: ("microphone",), 2: ("left", "right")}
"""What channels are called while they are recorded."""
_PAGE, _ABOUT = "live page", "microphone"


class Phase(enum.Enum):
    """What the microphone is doing."""

    OFF = "off"
    LISTENING = "listening"
    RECORDING = "recording"
    PAUSED = "paused"


class Recorder(QObject):
    """`changed` fires when another phase, device or failure is to be shown, `beat` as long as it listens."""

    changed = pyqtSignal()
    beat = pyqtSignal()
    _told = pyqtSignal(object)

    def __init__(
        self, memory: MemoryTab, services: Services, open_: Callable[..., None], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._memory, self._services, self._open = memory, services, open_
        settings = services.settings
        self.device = settings.value("sound", "input", "")
        self.rate = settings.value("sound", "input_rate", 0.0)
        self.channels = settings.value("sound", "input_channels", 1)
        self.microphone: Microphone | None = None
        self._ending: Microphone | None = None
        self.phase = Phase.OFF
        self._file: RecordingFile | None = None
        self._kept: list[RecordingFile] = []
        self._pages = Pages(memory, services, _PAGE, lambda page: page.turned())
        self._wanted = False
        self._timer = QTimer(self)
        self._timer.setObjectName("recording")
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._told.connect(self._hear_of, Qt.ConnectionType.QueuedConnection)

    @property
    def recording(self) -> bool:
        """Whether a recording is being made, paused or not."""
        return self.phase in (Phase.RECORDING, Phase.PAUSED)

    @property
    def live_title(self) -> str:
        """What the recording that is being made is called; empty if there is none."""
        return self._file.path.stem if self._file is not None else ""

    @property
    def shown(self) -> bool:
        """Whether the Memory tab shows what is being recorded."""
        return self._pages.shown

    def show(self) -> None:
        """Show what is being recorded, after another signal was looked at."""
        self._pages.show()

    @property
    def page(self) -> LiveSource | None:
        """What the memories hear of it."""
        return self._pages.page

    @property
    def seconds(self) -> float:
        """How long the recording is by now."""
        return self._file.seconds if self._file is not None else 0.0

    def choose(self, **choices: object) -> None:
        """Another device, rate (0: the device's own) or number of channels; not while recording."""
        if self.recording:
            return
        for name, value in choices.items():
            setattr(self, name, value)
        self._services.settings.write(
            "sound", input=self.device, input_rate=self.rate, input_channels=self.channels
        )
        if self.microphone is not None:
            self.listen(False)
            self.listen(True)

    def listen(self, on: bool) -> None:
        """Open the microphone and show its level, or close it."""
        if on == (self.microphone is not None) or self.recording:
            return
        if on:
            self._services.messages.withdraw(_ABOUT)  # it may be there by now; if not, that is said anew
            microphone = Microphone(self.device, self.channels, self.rate, after=self._ending)
            microphone.told = lambda: self._told.emit(microphone)
            self.microphone, self.phase = microphone, Phase.LISTENING
            microphone.open()
            self._timer.start()
        else:
            self._close_microphone()
        self.changed.emit()

    def record(self, on: bool) -> None:
        """Begin a recording, or end it."""
        if on and not self.recording:
            self._wanted = True
            self.listen(True)
            self._begin_when_ready()
        elif not on:
            self._wanted = False
            self.stop()
        self.changed.emit()

    def pause(self, on: bool) -> None:
        """Leave out what comes, or go on recording."""
        if self.recording and self.microphone is not None:
            self.microphone.pause(on)
            self.phase = Phase.PAUSED if on else Phase.RECORDING
            self._services.messages.status("Recording paused" if on else "Recording goes on")
            self.changed.emit()

    def stop(self) -> None:
        """End the recording; it opens like any other signal."""
        if not self.recording:
            return
        microphone, file = self.microphone, self._file
        try:
            microphone.finish()
        except OSError as error:
            self._services.messages.error(f"The end of the recording is lost: {error.strerror or error}.")
        if self.shown:
            self._memory.stay_with(str(file.path))
        self._pages.end()
        self._file = None
        self._kept.append(file)
        self._close_microphone()
        if microphone.overruns:
            lost = f", about {microphone.lost / microphone.device_rate:.2g} s" if microphone.lost else ""
            self._services.messages.warning(
                f"The recording lost sound {microphone.overruns}×{lost}: this machine was too busy."
            )
        if file.frames:
            self._open([file.path], on_top=True)
            self._services.messages.status(f"Recorded {format_clock(file.seconds, digits=1)}")
        else:
            self._memory.set_signal(None)
        self.changed.emit()

    def close_recorder(self) -> bool:
        """End all; what was recorded stays on the disk. True if the device was given back in time."""
        self._timer.stop()
        self._pages.end()
        ended = all(one is None or one.close() for one in (self._ending, self.microphone))
        if self._file is not None:
            self._kept.append(self._file)
        for file in self._kept:
            file.release()
        self.microphone, self._file, self.phase = None, None, Phase.OFF
        return ended

    def keep(self, file: RecordingFile) -> None:
        """Hold on to the recording of a stream, which waits to be saved as those of the microphone do."""
        self._kept.append(file)

    def forget(self, path: Path) -> None:
        """Let go of a recording that was saved elsewhere or thrown away."""
        for file in [file for file in self._kept if file.path == path]:
            file.release()
            self._kept.remove(file)

    def _hear_of(self, microphone: Microphone) -> None:
        """The microphone has something to tell: it is ready, or it failed."""
        if microphone is not self.microphone:
            return
        if microphone.failure is None:
            self._begin_when_ready()
        else:
            kept = " What was recorded is kept." if self.seconds else ""
            self._wanted = False
            self._services.messages.error(f"{microphone.failure}{kept}", about=_ABOUT)
            if self.recording:
                self.stop()
            else:
                self._close_microphone()
        self.changed.emit()

    def _begin_when_ready(self) -> None:
        microphone = self.microphone
        if not self._wanted or microphone is None or not microphone.rate or microphone.failure:
            return
        self._wanted = False
        try:
            self._file = new_recording(round(microphone.rate), microphone.channels)
        except OSError as error:
            self._services.messages.error(
                f"There can be no recording: {error.filename or 'the disk'}: {error.strerror or error}."
            )
            return
        self.phase = Phase.RECORDING
        names = CHANNEL_NAMES[microphone.channels]
        page = new_page(
            self._file.path.stem,
            microphone.rate,
            round(FIRST_PAGE * microphone.rate),
            names=names,
        )
        microphone.record(self._file)
        self._pages.begin(page)
        self._services.messages.status("Recording")

    def _close_microphone(self) -> None:
        self._timer.stop()
        if self.microphone is not None:
            self.microphone.end()
            self._ending = self.microphone
        self.microphone, self.phase = None, Phase.OFF

    def _beat(self) -> None:
        if self.recording and self.microphone is not None:
            self._pages.feed(self.microphone.take())
        self.beat.emit()

"""Recording: the microphone from the first look at its level to the signal in the list.

While it records, the Memory tab shows a page that fills up, and the memories follow it; on the disk the file
grows. Whatever ends a recording (the person, the device, the disk, the window) ends it with everything kept.
"""

from __future__ import annotations

import enum
import time
from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QObject, Qt, QTimer, pyqtSignal

from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.services import Services
from hippo_studio.app.sound.live_source import FIRST_PAGE, LiveSource, new_page
from hippo_studio.app.widgets.quantities import format_clock
from hippo_studio.signals.capture import Microphone, RecordingFile, new_recording

_BEAT_MS = 16
_DRAW_EVERY = 0.1
_PAGE = "live page"


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
        self, memory: MemoryTab, services: Services, open_: Callable[[list[Path]], None], parent: QObject
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
        self._page: LiveSource | None = None
        self._wanted = False
        self._turning = False
        self._drawn = 0.0
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
        self._services.jobs.cancel(_PAGE)
        self._file = self._page = None
        self._turning = False
        self._kept.append(file)
        self._close_microphone()
        if microphone.overruns:
            lost = f", about {microphone.lost / microphone.device_rate:.2g} s" if microphone.lost else ""
            self._services.messages.warning(
                f"The recording lost sound {microphone.overruns}×{lost}: this machine was too busy."
            )
        if file.frames:
            self._open([file.path])
            self._services.messages.status(f"Recorded {format_clock(file.seconds, digits=1)}")
        else:
            self._memory.set_signal(None)
        self.changed.emit()

    def close_recorder(self) -> bool:
        """End all; what was recorded stays on the disk. True if the device was given back in time."""
        self._timer.stop()
        self._services.jobs.cancel(_PAGE)
        ended = all(one is None or one.close() for one in (self._ending, self.microphone))
        if self._file is not None:
            self._kept.append(self._file)
        for file in self._kept:
            file.release()
        self.microphone, self._file, self.phase = None, None, Phase.OFF
        return ended

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
            self._services.messages.error(f"{microphone.failure}{kept}")
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
        self._page = new_page(self._file.path.stem, microphone.rate, round(FIRST_PAGE * microphone.rate))
        microphone.record(self._file)
        self._memory.show_live(self._page)
        self._services.messages.status("Recording")

    def _close_microphone(self) -> None:
        self._timer.stop()
        if self.microphone is not None:
            self.microphone.end()
            self._ending = self.microphone
        self.microphone, self.phase = None, Phase.OFF

    def _beat(self) -> None:
        if self._page is not None and self.microphone is not None:
            self._page.append(self.microphone.take()[:, 0])
            if self._page.nearly_full and not self._turning:
                self._turn_page()
            now = time.perf_counter()
            if self._memory.source is self._page and now - self._drawn > _DRAW_EVERY:
                self._drawn = now
                self._memory.overview.refresh()
        self.beat.emit()

    def _turn_page(self) -> None:
        """Make the next page in the background; the old one has room until it is there."""
        self._turning, page = True, self._page
        self._services.jobs.submit(
            _PAGE, lambda _: page.turned(), done=self._take_page, failed=self._stay_on_page
        )

    def _stay_on_page(self, error: Exception) -> None:
        """Without room for another page the picture ends where this one does; the file goes on."""
        self._services.messages.warning(
            "The picture of this recording ends soon, as there is not enough memory for more "
            f"({str(error) or type(error).__name__}); the recording itself goes on."
        )

    def _take_page(self, page: LiveSource) -> None:
        before, self._turning = self._page, False
        if before is None or page.continues is not before:
            return
        page.catch_up(before)
        self._page = page
        if self._memory.source is before:
            self._memory.show_live(page)

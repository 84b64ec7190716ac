"""Sound that follows the transport, and gives it its clock while it plays.

The transport stays the single truth about where the playhead is: each time something was asked of it, the
speaker is told to go on from there, and while the speaker sounds, the transport counts the seconds that were
heard instead of those that passed. Without sound (none wanted, none possible, no device) it keeps the
monotonic clock, and nothing else changes.
"""

from __future__ import annotations

import time

from PyQt6.QtCore import QObject, Qt, QTimer, pyqtSignal

from hippo_studio.app.transport import Transport
from hippo_studio.signals.capture import Speaker, Tape, Voice, silence_reason

_WATCH_MS = 100
_PATIENCE = 0.6
"""Seconds that the playhead waits for a device to begin before it goes ahead without."""


class Playback(QObject):
    """The voice that is heard as the transport plays.

    `changed` fires when there is another reason for silence; `failed(sentence)` when a device fails, once for
    each time that it is tried; `gap(count)` when sound came too late, with how often it did so far.
    """

    changed = pyqtSignal()
    failed = pyqtSignal(str)
    gap = pyqtSignal(int)
    _told = pyqtSignal()

    def __init__(self, transport: Transport, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._transport = transport
        self._speaker: Speaker | None = None
        self._voice: Voice | None = None
        self._still: Voice | None = None
        self._reason = "There is nothing to hear yet"
        self._device, self._gain = "", 1.0
        self._enabled = self._broken = self._sounding = self._ahead = False
        self._asked = 0.0
        self._gaps = 0
        self._watch = QTimer(self)
        self._watch.setObjectName("sound watch")
        self._watch.setInterval(_WATCH_MS)
        self._watch.timeout.connect(self._look)
        self._told.connect(self._look, Qt.ConnectionType.QueuedConnection)
        self._end = transport.subscribe(self._follow)

    @property
    def silent_because(self) -> str:
        """Why nothing is heard, or would be while playing, in words; empty if something is."""
        if self._broken and self._speaker is not None and self._speaker.failure:
            return str(self._speaker.failure)
        if self._reason or self._voice is None:
            return self._reason
        return silence_reason(self._voice.sample_rate, self._transport.speed)

    @property
    def sounding(self) -> bool:
        """Whether the speaker moves the playhead."""
        return self._sounding

    @property
    def device(self) -> str:
        """The output device that is used; empty for the system's."""
        return self._device

    def enable(self) -> None:
        """Let there be sound; before, no device is touched."""
        self._enabled = True
        self._follow()

    def set_voice(self, voice: Voice | None, reason: str = "") -> None:
        """Hear this from now on, from where the playhead is; None, with a reason, for nothing."""
        self._voice, self._reason = voice, reason
        self._follow()

    def set_still(self, voice: Voice | None) -> None:
        """Hear this over and over while the transport stands still; None for nothing."""
        if voice is not self._still:
            self._still = voice
            if not self._transport.playing:
                self._hum()

    def set_gain(self, gain: float) -> None:
        """How loud, 0 to 1."""
        self._gain = gain
        if self._speaker is not None:
            self._speaker.gain = gain

    def use_device(self, name: str) -> None:
        """Play on that device from now on; an empty name is the system's choice. Tries a failed one again."""
        self._device, self._broken = name, False
        if self._speaker is not None:
            self._speaker.use(name)
        self._follow()

    def close(self) -> bool:
        """Give the device back; True if that was done in time."""
        self._watch.stop()
        self._end()
        self._enabled = False
        self._transport.use_clock(time.perf_counter)
        return self._speaker is None or self._speaker.close()

    def _follow(self) -> None:
        """Something was asked of the transport, or of the voice: sound as it says from here."""
        transport = self._transport
        if not (self._enabled and transport.playing) or self._broken or self.silent_because:
            self._fall_silent()
        else:
            self._sound()
        self.changed.emit()

    def _sound(self) -> None:
        transport, voice = self._transport, self._voice
        transport.advance()
        if not transport.playing:
            return  # it came to its end just now, and that was told already
        speaker = self._voiced()
        if not self._sounding:
            self._sounding = True
            transport.use_clock(speaker.clock)
            self._watch.start()
        per_sample = voice.sample_rate / transport.sample_rate
        loop = None
        if transport.loop:
            start, stop = (min(round(edge * per_sample), voice.length) for edge in transport.region)
            loop = (start, stop) if start < stop else None
        place = min(round(transport.position * per_sample), voice.length)
        speaker.play(Tape(voice, place, transport.speed, loop))
        self._asked = time.perf_counter()

    def _hum(self) -> None:
        """Sound that moves no playhead."""
        if self._still is not None and self._enabled and not self._broken:
            self._voiced().play(Tape(self._still, 0, 1.0, (0, self._still.length)))
        elif self._speaker is not None:
            self._speaker.silence()

    def _voiced(self) -> Speaker:
        if self._speaker is None:
            self._speaker = Speaker(self._device, self._told.emit)
            self._speaker.gain = self._gain
        return self._speaker

    def _fall_silent(self) -> None:
        if self._sounding:
            self._sounding = self._ahead = False
            self._watch.stop()
            self._speaker.silence()
            self._transport.use_clock(time.perf_counter)

    def _look(self) -> None:
        """See whether the speaker does what it was asked to."""
        speaker = self._speaker
        if speaker is None or not self._enabled:
            return
        if speaker.failure is not None and not self._broken:
            self._broken = True
            self._fall_silent()
            self.failed.emit(str(speaker.failure))
            self.changed.emit()
        if speaker.underruns != self._gaps:
            self._gaps = speaker.underruns
            self.gap.emit(self._gaps)
        self._wait_for(speaker)

    def _wait_for(self, speaker: Speaker) -> None:
        """While a device takes its time to begin, the playhead goes ahead without, and is joined later."""
        if not self._sounding:
            return
        if self._ahead and speaker.started:
            self._ahead = False
            self._transport.use_clock(speaker.clock)
            self._sound()
        elif not (self._ahead or speaker.started) and time.perf_counter() - self._asked > _PATIENCE:
            self._ahead = True
            self._transport.use_clock(time.perf_counter)

"""The speaker: a thread that fills a ring ahead of time, a callback that empties it, and a clock that tells
what is being heard.

The sound card's callback copies frames out of the ring and does nothing else. What is to be heard may change
at any moment (another place, speed or voice): the thread takes back what the card has not fetched yet and
fades from the old sound into the new, so that nothing clicks and nothing lags behind by the ring's length.

The clock counts the seconds of sound that reached the ear: frames handed over, each stamped with the time at
which the device says that it will sound. Between `play` and the first frame of the new sound it stands still.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals.capture.devices import (
    AudioError,
    Device,
    find,
    last_words,
    library,
    outputs,
    stream_open,
)
from hippo_studio.signals.capture.ring import Frames, RingBuffer

LATENCY = 0.1
"""Seconds of sound that the device holds: enough for a busy window, short enough to answer a key."""
AHEAD = 0.25
"""Seconds of sound that wait in the ring."""
FADE = 0.008
"""Seconds from one sound into the next."""
IDLE = 3.0
"""Seconds of silence after which the device is given back."""
STUCK = 4.0
"""Seconds without a call from the device after which it counts as gone."""
_FIRST = 0.06  # seconds rendered before the old sound is left, so that the ring never runs dry in between
_BLOCK = 0.02  # seconds rendered at once after that
_LIVE = 0.001  # seconds: a device that holds less than that is starting, or ran dry, and drops what it gets
_JUMP = 0.03  # seconds: more than that between two stamps is a gap, less is jitter and is averaged


class Script(Protocol):
    """What is to be heard, block by block."""

    def render(self, frames: int, rate: float) -> NDArray[np.float32]:
        """The next samples, (frames,); fewer only at the end."""


class _Passage(NamedTuple):
    """A script on its way: what the clock shows at its first frame, and which frame of the ring that is."""

    value: float
    first: int | None


class Speaker:
    """One output device; opened with the first sound, given back after some silence, closed in the end.

    Attributes
    ----------
    underruns : how often the device wanted sound that was not there yet.
    failure : why there is no sound, one sentence; `play` tries again.
    gain : 0 to 1; changes are heard at once, and smoothly.
    """

    def __init__(self, device: str = "", told: Callable[[], None] = lambda: None) -> None:
        self.underruns = 0
        self.failure: AudioError | None = None
        self.gain = 1.0
        self._device, self._told = device, told
        self._lock = threading.Lock()  # around the ring's ends: held for microseconds
        self._wake = threading.Condition()
        self._script: Script | None = None
        self._changed = self._closed = self._reopen = False
        self._passage, self._latest = _Passage(0.0, None), 0.0
        self._ring = RingBuffer(1, 2)
        self._rate = 0.0
        self._offset: float | None = None  # perf_counter at which frame 0 of the ring would have sounded
        self._running: Script | None = None
        self._more = False
        self._found: Device
        self._epoch = self._latency = 0.0
        self._shown_gain = 1.0
        self._called = self._quiet_since = time.perf_counter()
        self._thread: threading.Thread | None = None

    def play(self, script: Script) -> None:
        """Let this be heard from now on, in place of what is; any thread, never waits."""
        self._ask(script)

    def silence(self) -> None:
        """Fade out; the clock stands still."""
        self._ask(None)

    def clock(self) -> float:
        """Seconds of sound heard; stands still while nothing is, and never runs backwards."""
        passage, offset = self._passage, self._offset
        if passage.first is not None and offset is not None:
            heard = time.perf_counter() - offset - passage.first / self._rate
            self._latest = max(self._latest, passage.value + heard)
        return self._latest

    @property
    def started(self) -> bool:
        """Whether the device has fetched the first frames of what was asked for last."""
        first = self._passage.first
        return first is not None and self._ring.taken > first

    @property
    def device(self) -> str:
        """The name of the device that is used; empty for the system's choice."""
        return self._device

    def use(self, device: str) -> None:
        """Play on another device from now on."""
        with self._wake:
            self._device, self._reopen = device, True
            self._wake.notify()

    def close(self, patience: float = 5.0) -> bool:
        """End the thread and give the device back; True if that was done in time."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        if self._thread is None:
            return True
        self._thread.join(patience)
        return not self._thread.is_alive()

    def _ask(self, script: Script | None) -> None:
        with self._wake:
            if self._closed:
                raise RuntimeError("this speaker is closed")
            self._script, self._changed = script, True
            self._passage = _Passage(self.clock(), None)
            if script is not None:
                self.failure = None
            if self._thread is None and script is not None:
                self._thread = threading.Thread(target=self._work, name="speaker", daemon=True)
                self._thread.start()
            self._wake.notify()

    def _work(self) -> None:
        while not self._closed:
            try:
                if self._wait_for_script():
                    self._serve()
            except AudioError as error:
                self._fail(f"There is no sound: {error}".rstrip(".") + ".")
            except Exception as error:  # whatever a script does, the studio must not hang on its clock
                self._fail(f"There is no sound: {type(error).__name__}: {error}.")

    def _wait_for_script(self) -> bool:
        with self._wake:
            self._wake.wait_for(lambda: self._closed or (self._changed and self._script is not None))
            return not self._closed

    def _fail(self, sentence: str) -> None:
        with self._wake:
            self._stand_still()
            self._script = self._running = None
            self._changed = self._more = False
            self.failure = AudioError(sentence)
        self._told()

    def _stand_still(self) -> None:
        """Keep what the clock shows, now that no device moves it."""
        self._passage, self._offset = _Passage(self.clock(), None), None

    def _serve(self) -> None:
        """Keep one device supplied until it has been quiet for a while, or another is wanted."""
        with stream_open():
            stream = self._open()
            try:
                self._splice()
                while self._fill():  # the device asks for all that it holds at once
                    pass
                with library():
                    stream.start()
                self._called = self._quiet_since = time.perf_counter()
                while not (self._closed or self._reopen) and not self._rested():
                    if self._changed:
                        self._splice()
                    if not self._fill():
                        with self._wake:
                            self._wake.wait_for(lambda: self._changed or self._closed or self._reopen, 0.01)
                    self._watch(stream)
            finally:
                with self._wake:
                    self._stand_still()
                with library():
                    stream.abort()
                    stream.close()
        with self._wake:  # on another device the same sound goes on
            self._changed = self._changed or (self._reopen and self._script is not None)
            self._reopen = False

    def _open(self) -> Any:
        import soxr  # noqa: F401 - now, not while the device waits for its first resampled block

        device = self._found = find(self._device, outputs)
        channels = min(device.outputs, 2)
        with library() as sounddevice:
            self._rate = device.sample_rate
            self._ring = RingBuffer(round(AHEAD * self._rate), channels)
            self._shown_gain = self.gain
            stream = sounddevice.RawOutputStream(
                device=device.index,
                samplerate=self._rate,
                channels=channels,
                dtype="float32",
                latency=LATENCY,
                callback=self._callback,
            )
            self._epoch = stream.time - time.perf_counter()
            self._latency = float(stream.latency)
        return stream

    def _splice(self) -> None:
        """Go over to what was asked for last, with a fade where the two meet."""
        with self._wake:
            script, passage, self._changed = self._script, self._passage, False
        fade, frames = round(FADE * self._rate), round(_FIRST * self._rate)
        new = np.zeros(0, np.float32) if script is None else script.render(frames, self._rate)
        self._more = False
        rising = np.linspace(0, 1, fade, dtype=np.float32)[:, None]
        block = np.zeros((max(new.size, fade), self._ring.channels), np.float32)
        block[: new.size] = new[:, None]
        block[:fade] *= rising
        with self._lock:
            old = self._ring.withdraw(fade)
            block[: len(old)] += old * rising[::-1][: len(old)]
            first = self._ring.written - len(old)
            self._ring.overwrite(first, block[: len(old)])
            self._ring.write(block[len(old) :])
        with self._wake:
            if self._passage is passage:
                self._passage = _Passage(passage.value, None if script is None else first)
        self._running = script
        self._more = new.size == frames

    def _fill(self) -> bool:
        """Render one block if there is room and more to come; False if there is nothing to do now."""
        if self._running is None or not self._more:
            return False
        self._quiet_since = time.perf_counter()
        frames = round(_BLOCK * self._rate)
        if self._ring.room < frames:
            return False
        block = self._running.render(frames, self._rate)
        self._ring.write(np.repeat(block[:, None], self._ring.channels, axis=1))
        self._more = block.size == frames
        return True

    def _rested(self) -> bool:
        return not self._changed and time.perf_counter() - self._quiet_since > IDLE

    def _watch(self, stream: Any) -> None:
        with library():
            alive = stream.active
        if alive and time.perf_counter() - self._called < STUCK:
            return
        raise AudioError(f"{self._found.name!r} is gone{last_words('output', self._found)}")

    def _callback(self, outdata: Any, frames: int, stamps: Any, status: Any) -> None:
        """Hand over frames; called by the sound card's thread, which nothing here may keep waiting."""
        out: Frames = np.frombuffer(outdata, np.float32).reshape(frames, -1)
        self._called = now = time.perf_counter()
        lead = stamps.outputBufferDacTime - self._epoch - now
        if not -0.1 < lead < 2.0:  # some drivers give no such time
            lead = self._latency
        count = 0
        if lead > _LIVE:
            with self._lock:
                first = self._ring.taken
                count = self._ring.read_into(out)
            if count:
                self._stamp(now + lead - first / self._rate)
        out[count:] = 0
        if (
            self._more
            and self._offset is not None
            and (status.output_underflow or (lead > _LIVE and count < frames))
        ):
            self.underruns += 1
        gain = self.gain
        if gain != 1.0 or self._shown_gain != 1.0:
            out *= np.linspace(self._shown_gain, gain, frames, dtype=np.float32)[:, None]
            self._shown_gain = gain

    def _stamp(self, offset: float) -> None:
        if self._offset is None or abs(offset - self._offset) > _JUMP:
            self._offset = offset
        else:
            self._offset += 0.05 * (offset - self._offset)

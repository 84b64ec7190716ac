"""The microphone: a callback that fills a ring, and a thread that empties it to meter, disk and listener.

The sound card's callback copies frames into the ring and does nothing else. The thread resamples to the rate
that was asked for, measures the level, writes to the recording, and keeps the newest blocks for a listener. A
device that goes away, or a disk that is full, ends it with everything kept; `failure` says why.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals.capture.devices import (
    AudioError,
    Device,
    find,
    inputs,
    last_words,
    library,
    stream_open,
)
from hippo_studio.signals.capture.recording import RecordingFile
from hippo_studio.signals.capture.ring import RingBuffer

LATENCY = 0.03
"""Seconds of sound that the device gathers before it hands them over."""
_RING = 5.0
"""Seconds that the thread may be held up, by a slow disk, before sound is lost."""
_TURN = 0.008
STUCK = 4.0
"""Seconds without a call from the device after which it counts as gone."""
_DECAY = 20.0
"""How fast the level falls back, in decibels per second, as meters do."""

Block = NDArray[np.float32]


class Microphone:
    """One input device, from `open` to `close`; listens at once, records between `record` and `finish`.

    Parameters
    ----------
    device : its name; empty for the system's.
    channels : how many to take, at most those that it has.
    sample_rate : in Hz; 0 for the device's own.
    told : called, from the thread, when the device is ready and when it failed.
    after : another that was told to end, and may hold the device a little longer.

    Attributes
    ----------
    rate : samples per second of what is recorded; 0 until the device is ready.
    device_rate : the device's own.
    overruns, lost : how often sound came faster than it was fetched, and how many frames that cost.
    peak : the level, 0 to 1, falling as a meter does.
    failure : why it ended, one sentence; None while all is well.
    """

    def __init__(
        self,
        device: str = "",
        channels: int = 1,
        sample_rate: float = 0.0,
        told: Callable[[], None] = lambda: None,
        after: Microphone | None = None,
    ) -> None:
        self.rate = self.peak = 0.0
        self.channels = channels
        self.overruns = self.lost = 0
        self.failure: AudioError | None = None
        self._device, self._wanted_rate, self.told = device, sample_rate, told
        self._ring = RingBuffer(1, 1)
        self._found: Device
        self.device_rate = 0.0
        self._resampler: Any = None
        self._file: RecordingFile | None = None
        self._paused = False
        self._blocks: deque[Block] = deque()
        self._lock = threading.Lock()
        self._after = after
        self._end = threading.Event()
        self._called = time.perf_counter()
        self._thread = threading.Thread(target=self._work, name="microphone", daemon=True)

    def open(self) -> None:
        """Begin to listen; returns at once."""
        self._thread.start()

    def record(self, file: RecordingFile) -> None:
        """Write all that comes from now on; the file's rate and channels are those of this microphone."""
        with self._lock:
            self._blocks.clear()
            self._file, self._paused = file, False

    def pause(self, on: bool) -> None:
        """Leave out what comes, or go on."""
        self._paused = on

    @property
    def paused(self) -> bool:
        """Whether what comes is left out of the recording."""
        return self._paused

    def finish(self) -> RecordingFile | None:
        """End the recording, close its file and return it; None if there was none. Listening goes on."""
        with self._lock:
            file, self._file = self._file, None
            if file is None:
                return None
            held = self._resampled(np.zeros((0, self.channels), np.float32), last=True)
            if len(held) and not self._paused and self.failure is None:
                file.append(held)
                self._blocks.append(held)
        file.close()
        return file

    def take(self) -> Block:
        """What was recorded since the last call, (frames, channels)."""
        with self._lock:
            blocks, self._blocks = list(self._blocks), deque()
        return np.concatenate(blocks) if blocks else np.zeros((0, self.channels), np.float32)

    def end(self) -> None:
        """Give the device back soon; returns at once."""
        self._end.set()

    def close(self, patience: float = 5.0) -> bool:
        """Give the device back; True if that was done in time. The recording, if any, is closed too."""
        self.end()
        if self._thread.is_alive():
            self._thread.join(patience)
        self.finish()
        return not self._thread.is_alive()

    def _work(self) -> None:
        if self._after is not None:
            self._after._thread.join(STUCK)
            self._after = None
        try:
            with stream_open():
                self._listen()
        except AudioError as error:
            self._fail(f"The microphone {'ended' if self.rate else 'cannot be used'}: {error}")
        except OSError as error:
            self._fail(f"The recording ended, because the disk does not take it: {error.strerror or error}")
        except Exception as error:  # a recording must end with a word, whatever it is that ends it
            self._fail(f"The microphone ended: {type(error).__name__}: {error}")

    def _fail(self, sentence: str) -> None:
        self.failure = AudioError(sentence.rstrip(".") + ".")
        self.told()

    def _listen(self) -> None:
        stream = self._open()
        try:
            with library():
                stream.start()
            self._called = time.perf_counter()
            self.told()
            while not self._end.wait(_TURN):
                self._drain()
                self._watch(stream)
        finally:
            with library():
                stream.abort()
                stream.close()
        self._drain()

    def _open(self) -> Any:
        device = self._found = find(self._device, inputs)
        self.channels = max(min(self.channels, device.inputs), 1)
        with library() as sounddevice:
            self._ring = RingBuffer(round(_RING * device.sample_rate), self.channels)
            stream = sounddevice.RawInputStream(
                device=device.index,
                samplerate=device.sample_rate,
                channels=self.channels,
                dtype="float32",
                latency=LATENCY,
                callback=self._callback,
            )
        self.device_rate, self.rate = device.sample_rate, self._wanted_rate or device.sample_rate
        return stream

    def _drain(self) -> None:
        """Take what the ring holds to the meter, the disk and the listener."""
        block = np.empty((self._ring.available, self.channels), np.float32)
        if not self._ring.read_into(block):
            return
        block = np.nan_to_num(block)
        peak = float(np.abs(block).max())
        fallen = self.peak * 10 ** (-_DECAY * len(block) / self.device_rate / 20)
        self.peak = max(peak, fallen)
        with self._lock:
            block = self._resampled(block)
            if self._file is not None and not self._paused and len(block):
                self._file.append(block)
                self._blocks.append(block)

    def _resampled(self, block: Block, *, last: bool = False) -> Block:
        """The block at the rate that was asked for; the last one brings what the resampler still holds."""
        if self.rate == self.device_rate:
            return block
        if self._resampler is None:
            import soxr

            self._resampler = soxr.ResampleStream(self.device_rate, self.rate, self.channels, dtype="float32")
        flat = block[:, 0] if self.channels == 1 else block  # as soxr has it
        resampled: Block = self._resampler.resample_chunk(flat, last=last).reshape(-1, self.channels)
        if last:
            self._resampler = None
        return resampled

    def _watch(self, stream: Any) -> None:
        with library():
            if stream.active and time.perf_counter() - self._called < STUCK:
                return
        raise AudioError(f"{self._found.name!r} is gone{last_words('input', self._found)}")

    def _callback(self, indata: Any, frames: int, stamps: Any, status: Any) -> None:
        """Take frames; called by the sound card's thread, which nothing here may keep waiting."""
        self._called = time.perf_counter()
        count = self._ring.write(np.frombuffer(indata, np.float32).reshape(frames, -1))
        if count < frames or status.input_overflow:
            self.overruns += 1
            self.lost += frames - count

"""What of a signal can be heard: the original, the signal through a memory, and the window held right now.

Free of Qt. A voice through a memory tells every sample as the memory tells it a chosen age later: the memory
runs ahead of what is heard by that age, so that original and memory stand at the same place of the signal and
either may take over from the other at any moment. All are brought to one loudness, and none clips.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hippo_studio.app.memory.playhead import PlayheadMemory
from hippo_studio.app.memory.source import Source
from hippo_studio.app.memory.state import Memory
from hippo_studio.hippo.readout import Readout
from hippo_studio.signals.file_samples import SamplesLostError
from hippo_studio.signals.loudness import loudness

Float32s = NDArray[np.float32]

LOUDEST_GAIN = 10 ** (30 / 20)
"""A memory that keeps next to nothing is raised by 30 dB at most: beyond, there is only rounding to hear."""
_PROBES, _PROBE_SECONDS = 4, 0.5
_KNEE = 0.9
_LOUDER = 8.0  # at most so many times as loud as it was, where a memory tells of sound in silence


class Original:
    """The signal itself, at a level that does not clip."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.sample_rate, self.length = source.sample_rate, source.length
        peak = max(np.abs(_samples(source, *probe)).max() for probe in probes(source))
        self.gain = _KNEE / float(peak) if peak > 1 else 1.0

    def read(self, start: int, count: int) -> Float32s:
        """Samples from `start` on."""
        return limited(_samples(self._source, start, min(start + count, self.length)) * self.gain)


class Remembered:
    """The signal as a memory tells each sample `back` samples later. Raises ValueError where it cannot."""

    def __init__(self, memory: Memory, source: Source, back: int) -> None:
        settings = memory.settings(source.sample_rate)
        self.memory, self.back, self.gain = memory, back, 1.0
        self.sample_rate, self.length = source.sample_rate, source.length
        self._source = source
        self._readout = Readout(settings, back)
        self._moved = PlayheadMemory(memory, source)

    def read(self, start: int, count: int) -> Float32s:
        """Samples from `start` on, as they are told; reading on from where it ended is cheap."""
        return limited(self.told(start, min(start + count, self.length)) * self.gain)

    def told(self, start: int, stop: int) -> NDArray[np.float64]:
        """The same without the gain."""
        parts = []
        heard = min(stop, self.length - self.back)  # up to here the signal is long enough to be asked later
        if start < heard:
            self._moved.move_to(start + self.back)
            block = _samples(self._source, start + self.back, heard + self.back)
            parts.append(self._readout.read(self._moved.online, block)[0])
        if heard < stop:
            self._moved.move_to(self.length)
            times = np.arange(max(heard, start), stop) / self.sample_rate
            parts.append(self._moved.online.reconstruct(times)[0])
        return np.nan_to_num(np.concatenate(parts)) if parts else np.zeros(0)


class Carried:
    """The sound itself, as loud at each moment as a memory of its loudness tells `back` samples later."""

    def __init__(self, memory: Memory, envelope: Source, source: Source, back: int) -> None:
        self._telling = Remembered(memory, envelope, back)
        self.memory, self.back, self.gain = memory, back, 1.0
        self.sample_rate, self.length = source.sample_rate, source.length
        self._envelope, self._source = envelope, source

    def read(self, start: int, count: int) -> Float32s:
        """Samples from `start` on."""
        return limited(self.told(start, min(start + count, self.length)) * self.gain)

    def told(self, start: int, stop: int) -> NDArray[np.float64]:
        """The same without the gain."""
        first, last = _around(self._envelope, self._source, start, stop)
        told = self._telling.told(first, last)
        return _carry(self._envelope, self._source, told, first, start, stop)


@dataclass(frozen=True, eq=False)
class Held:
    """The last θ seconds as a memory holds them at one position, or as they were: a voice that is looped."""

    samples: Float32s
    sample_rate: float

    @property
    def length(self) -> int:
        """In samples."""
        return int(self.samples.size)

    def read(self, start: int, count: int) -> Float32s:
        """Samples from `start` on."""
        return self.samples[start : start + count]


def remembered(
    memory: Memory, heard: Source, source: Source, age: float, original: Original, check: Callable[[], None]
) -> Remembered | Carried:
    """A voice through a memory of what it `heard` (the source, or its loudness), asked `age` seconds later.

    As loud as the original; `check` may end the work by raising.
    """
    back = max(round(age * heard.sample_rate - 0.5), 0)
    voice = (
        Remembered(memory, source, back) if heard.sample_rate == source.sample_rate
        else Carried(memory, heard, source, back)
    )  # fmt: skip
    told, true = [], []
    for start, stop in probes(source):
        check()
        told.append(voice.told(start, stop))
        true.append(_samples(source, start, stop) * original.gain)
    voice.gain = matching_gain(np.concatenate(told), np.concatenate(true), source.sample_rate)
    return voice


def held(
    memory: Memory | None, heard: Source, source: Source, seconds: float, theta: float, original: Original,
    check: Callable[[], None],
) -> Held | None:  # fmt: skip
    """The last θ seconds before a moment, as a memory of what it `heard` holds them (None: as they were).

    None where there is nothing yet. Its ends are faded, since it is heard over and over.
    """
    position = min(round(seconds * source.sample_rate), source.length)
    start = max(position - round(theta * source.sample_rate), 0)
    if position - start < 16:
        return None
    true = _samples(source, start, position) * original.gain
    sound = true
    if memory is not None:
        moved = PlayheadMemory(memory, heard)
        moved.move_to(min(round(seconds * heard.sample_rate), heard.length))
        first, last = _around(heard, source, start, position)
        last = min(last, moved.position)
        if last <= first:
            return None  # less than half a sample of an envelope was heard
        parts = []
        for begin in range(first, last, 8192):
            check()
            times = np.arange(begin, min(begin + 8192, last)) / heard.sample_rate
            parts.append(np.nan_to_num(moved.online.reconstruct(times)[0]))
        sound = np.concatenate(parts)
        if heard.sample_rate != source.sample_rate:
            sound = _carry(heard, source, sound, first, start, position)
        sound = sound * matching_gain(sound, true, source.sample_rate)
    edge = min(round(0.004 * source.sample_rate), sound.size // 4)
    ramp = np.ones(sound.size)
    ramp[:edge] = np.linspace(0, 1, edge, endpoint=False)
    ramp[sound.size - edge :] = ramp[:edge][::-1]
    return Held(limited(sound * ramp), source.sample_rate)


def matching_gain(sound: NDArray[np.floating], reference: NDArray[np.floating], sample_rate: float) -> float:
    """What brings a sound to the loudness of a reference; 1 if either is silent."""
    difference = loudness(reference, sample_rate) - loudness(sound, sample_rate)
    return min(float(10 ** (difference / 20)), LOUDEST_GAIN) if np.isfinite(difference) else 1.0


def limited(samples: NDArray[np.floating]) -> Float32s:
    """Bend what would clip: unchanged up to 0.9, never beyond 1."""
    size = np.abs(samples)
    over = size > _KNEE
    if over.any():
        room = 1 - _KNEE
        bent = _KNEE + room * np.tanh((size[over] - _KNEE) / room)
        samples = samples.copy()
        samples[over] = np.copysign(bent, samples[over])
    return np.asarray(samples, np.float32)


def probes(source: Source) -> list[tuple[int, int]]:
    """A few stretches spread over a signal, by which its level is judged."""
    size = min(max(round(_PROBE_SECONDS * source.sample_rate / 512), 1) * 512, source.length)
    last = source.length - size
    starts = sorted({round(last * part / (_PROBES - 1)) for part in range(_PROBES)})
    return [(start, start + size) for start in starts]


def _around(envelope: Source, source: Source, start: int, stop: int) -> tuple[int, int]:
    """The samples of an envelope, or of the source itself, that belong to a stretch of the source."""
    if envelope.sample_rate == source.sample_rate:
        return start, stop
    step = source.sample_rate / envelope.sample_rate
    return min(int(start / step), envelope.length - 1), min(int(stop / step) + 2, envelope.length)


def _carry(
    envelope: Source, source: Source, told: NDArray[np.float64], first: int, start: int, stop: int
) -> NDArray[np.float64]:
    """The source from `start` to `stop`, as loud as `told`, which begins at envelope sample `first`."""
    true = np.asarray(envelope.samples[first : first + told.size], np.float64)
    quietest = max(0.02 * envelope.range()[1], 1e-9)
    louder = np.clip(told, 0.0, None) / np.maximum(true, quietest)
    times = np.arange(start, stop) / source.sample_rate
    moments = np.arange(first, first + told.size) / envelope.sample_rate
    return _samples(source, start, stop) * np.interp(times, moments, np.minimum(louder, _LOUDER))


def _samples(source: Source, start: int, stop: int) -> NDArray[np.float64]:
    try:
        return np.asarray(source.samples[start:stop], np.float64)
    except SamplesLostError:
        return np.zeros(stop - start)

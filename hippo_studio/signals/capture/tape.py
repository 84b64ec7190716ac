"""A voice on a tape: read from a place, at a speed, round a loop, and resampled to the device's rate.

A voice gives samples by number, as a file would; whatever it is made of, the tape plays it alike. Pitch goes
with speed, as on tape.
"""

from __future__ import annotations

from typing import Any, Protocol, final

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals.file_samples import SamplesLostError

LOWEST_RATE = 1000.0
"""Samples per second below which a signal is no sound: it holds nothing above 500 Hz."""
HIGHEST_RATE = 400_000.0
"""Samples per second beyond which nearly all there is would lie above hearing."""
_BLOCK = 4096


class Voice(Protocol):
    """What can be put on a tape: one channel of sound, by sample number."""

    @property
    def sample_rate(self) -> float:
        """In Hz."""

    @property
    def length(self) -> int:
        """In samples."""

    def read(self, start: int, count: int) -> NDArray[np.float32]:
        """Samples from `start` on, (count,); full scale is 1. Reading on from where it ended is cheap."""


@final
class Clip:
    """Samples in memory as a voice, scaled by a gain."""

    def __init__(self, samples: NDArray[np.floating[Any]], sample_rate: float, gain: float = 1.0) -> None:
        self._samples = samples
        self.sample_rate, self.gain = float(sample_rate), gain

    @property
    def length(self) -> int:
        """In samples."""
        return int(self._samples.size)

    def read(self, start: int, count: int) -> NDArray[np.float32]:
        """Samples from `start` on, scaled; silence where the file has lost them."""
        try:
            samples = np.asarray(self._samples[start : start + count], np.float32)
        except SamplesLostError:
            samples = np.zeros(min(count, self.length - start), np.float32)
        return samples if self.gain == 1.0 else samples * np.float32(self.gain)


def silence_reason(sample_rate: float, speed: float, name: str = "This signal") -> str:
    """Why a signal makes no sound at a speed, in one sentence; empty if it does."""
    if sample_rate < LOWEST_RATE:
        return (
            f"{name} is no sound: it has {sample_rate:g} samples a second, and hearing needs {LOWEST_RATE:g}"
        )
    if not np.isfinite(speed):
        return "Sound is off: as fast as possible is too fast to hear"
    if sample_rate * speed < LOWEST_RATE:
        return f"Sound is off: at {speed:g}× all there is lies below hearing"
    if sample_rate * speed > HIGHEST_RATE:
        return f"Sound is off: at {speed:g}× nearly all there is lies above hearing"
    return ""


@final
class Tape:
    """Sound for a device, block by block.

    Parameters
    ----------
    voice : what is played.
    start : where, in samples of the voice.
    speed : samples per sample: 1 is as recorded.
    loop : from and to, in samples; reaching the second leads back to the first without a gap. None: to the
        end, once. A start beyond the loop plays on to the end.
    """

    def __init__(
        self, voice: Voice, start: int, speed: float = 1.0, loop: tuple[int, int] | None = None
    ) -> None:
        self.voice, self.speed = voice, speed
        self._place = max(int(start), 0)
        self._loop = loop if loop is not None and self._place < loop[1] else None
        self._resampler: Any = None
        self._rate = 0.0
        self._pending: NDArray[np.float32] = np.zeros(0, np.float32)
        self._ended = False

    def render(self, frames: int, rate: float) -> NDArray[np.float32]:
        """The next samples at the device's rate in Hz, (frames,); fewer at the end, and then none."""
        parts, have = [self._pending], self._pending.size
        while have < frames and not self._ended:
            part = self._next(rate)
            parts.append(part)
            have += part.size
        sound = np.concatenate(parts)
        self._pending = sound[frames:]
        return sound[:frames]

    def _next(self, rate: float) -> NDArray[np.float32]:
        stop = self._loop[1] if self._loop else self.voice.length
        block = self.voice.read(self._place, min(_BLOCK, stop - self._place))
        self._place += block.size
        if self._place >= stop:
            if self._loop:
                self._place = self._loop[0]
            else:
                self._ended = True
        heard = self.voice.sample_rate * self.speed
        if heard == rate:
            return block
        if self._resampler is None:
            import soxr

            self._resampler = soxr.ResampleStream(heard, rate, 1, dtype="float32", quality="HQ")
        resampled: NDArray[np.float32] = self._resampler.resample_chunk(block, last=self._ended)
        return resampled

"""Tools that know frequencies: another sample rate, and a band of frequencies without delay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals.rate_words import rate_in_words
from hippo_studio.signals.signal import Samples, Signal, SignalError
from hippo_studio.signals.tools.tool import (
    BLOCK,
    Report,
    Tool,
    finite,
    result_like,
    setting,
    silent,
    spans,
    with_samples,
)


@dataclass(frozen=True)
class Resample(Tool):
    """Give the signal another sample rate, in Hz; what the new rate cannot hold is filtered off before."""

    rate: float = setting("Sample rate", unit="Hz")

    name: ClassVar[str] = "resample"
    title: ClassVar[str] = "Resample"
    summary: ClassVar[str] = "another sample rate, without aliases"

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", finite("A sample rate in Hz", self.rate, 1e-6))

    @property
    def sentence(self) -> str:
        """What it does."""
        return f"Resample to {rate_in_words(self.rate)}"

    def apply(self, signal: Signal, report: Report = silent) -> Signal:
        """Return the signal at the new rate: round(T · new / old) samples, by soxr at its high quality."""
        import soxr

        ratio = self.rate / signal.sample_rate
        length = round(signal.length * ratio)
        if length < 1 or not 1e-4 <= ratio <= 1e4:
            raise SignalError(
                f"{signal.title} has {rate_in_words(signal.sample_rate)} and {signal.length} samples; "
                f"at {rate_in_words(self.rate)} nothing sensible is left of it."
            )
        out, done = result_like(signal, length), 0
        stream = soxr.ResampleStream(
            signal.sample_rate, self.rate, signal.channels, dtype=out.dtype.name, quality="HQ"
        )
        for start, stop in spans(signal.length):
            report(start / signal.length)
            block = np.ascontiguousarray(np.asarray(signal.samples[:, start:stop]).T)
            made = stream.resample_chunk(block, last=stop == signal.length)
            count = min(len(made), length - done)
            out[:, done : done + count] = made[:count].T
            done += count
        out[:, done:] = out[:, done - 1 : done] if done else 0.0
        return with_samples(signal, out, sample_rate=self.rate)


@dataclass(frozen=True)
class Band(Tool):
    """Keep the frequencies from `low` to `high`, in Hz: a Butterworth filter forwards and backwards.

    `low` 0 lets everything below `high` pass, `high` 0 everything above `low`. Once each way, the filter has
    no delay and twice its order.
    """

    low: float = setting("From", unit="Hz")
    high: float = setting("To", unit="Hz")
    order: int = setting("Order", default=4)

    name: ClassVar[str] = "band"
    title: ClassVar[str] = "Band-Limit"
    summary: ClassVar[str] = "keep a band of frequencies, without delay"

    def __post_init__(self) -> None:
        object.__setattr__(self, "low", finite("The lower end of a band", self.low, 0.0))
        object.__setattr__(self, "high", finite("The upper end of a band", self.high, 0.0))
        if self.low == self.high == 0 or (self.high and self.low >= self.high):
            raise ValueError(
                f"A band has low < high, either of them 0; got {self.low:g} to {self.high:g} Hz."
            )
        if isinstance(self.order, bool) or not 1 <= self.order <= 12 or self.order != int(self.order):
            raise ValueError(f"The order of a filter is 1 to 12; got {self.order!r}.")
        object.__setattr__(self, "order", int(self.order))

    @property
    def sentence(self) -> str:
        """What it does."""
        if not self.low:
            return f"Keep what lies below {self.high:g} Hz"
        if not self.high:
            return f"Keep what lies above {self.low:g} Hz"
        return f"Keep {self.low:g} … {self.high:g} Hz"

    def apply(self, signal: Signal, report: Report = silent) -> Signal:
        """Return the filtered signal, as `scipy.signal.sosfiltfilt` does; its ends are continued oddly."""
        from scipy.signal import butter

        nyquist = signal.sample_rate / 2
        if max(self.low, self.high) >= nyquist:
            raise SignalError(
                f"{signal.title} has {signal.sample_rate:g} Hz and so holds frequencies below {nyquist:g} Hz "
                f"alone; choose a band below that, not {self.low:g} to {self.high:g} Hz."
            )
        kind: Literal["lowpass", "highpass", "bandpass"]
        kind = "lowpass" if not self.low else "highpass" if not self.high else "bandpass"
        ends = [self.low, self.high] if self.low and self.high else self.low or self.high
        sections = butter(self.order, ends, kind, fs=signal.sample_rate, output="sos")
        padding = _padding(sections)
        if signal.length <= padding:
            raise SignalError(
                f"This filter needs more than {padding} samples; {signal.title} has {signal.length}."
            )
        out = result_like(signal)

        def share(row: int) -> Report:
            return lambda part: report((row + part) / signal.channels)

        for row, channel in enumerate(signal.samples):
            _both_ways(sections, padding, channel, out[row], share(row))
        return with_samples(signal, out)


def _padding(sections: NDArray[np.float64]) -> int:
    """Samples that `sosfiltfilt` continues a signal by at each end."""
    zeros = min(int((sections[:, 2] == 0).sum()), int((sections[:, 5] == 0).sum()))
    return int(3 * (2 * len(sections) + 1 - zeros))


def _both_ways(
    sections: NDArray[np.float64], padding: int, channel: Samples, out: NDArray[Any], report: Report
) -> None:
    """Filter forwards and backwards, block by block: the state carries over, so that blocks do not show."""
    from scipy.signal import sosfilt, sosfilt_zi

    total, rest = len(channel), sosfilt_zi(sections)
    head = np.asarray(channel[: padding + 1]).astype(np.float64)
    tail = np.asarray(channel[total - padding - 1 :]).astype(np.float64)
    before, after = 2 * head[0] - head[:0:-1], 2 * tail[-1] - tail[-2::-1]
    _, state = sosfilt(sections, before, zi=rest * before[0])
    for start, stop in spans(total):
        report(0.5 * start / total)
        block = np.asarray(channel[start:stop]).astype(np.float64)
        out[start:stop], state = sosfilt(sections, block, zi=state)
    beyond, _ = sosfilt(sections, after, zi=state)
    _, state = sosfilt(sections, beyond[::-1], zi=rest * beyond[-1])
    for start in range(((total - 1) // BLOCK) * BLOCK, -1, -BLOCK):
        report(1 - 0.5 * start / total)
        block = out[start : start + BLOCK][::-1].astype(np.float64)
        filtered, state = sosfilt(sections, block, zi=state)
        out[start : start + BLOCK] = filtered[::-1]

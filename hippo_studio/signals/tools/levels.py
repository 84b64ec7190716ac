"""Tools that move a signal's level: taking off its mean or line, bringing it to a size, adding noise."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from hippo_studio.signals.signal import Samples, Signal, SignalError
from hippo_studio.signals.tools.tool import (
    Report,
    Tool,
    blocks,
    finite,
    one_of,
    result_like,
    setting,
    silent,
    with_samples,
)

_TRENDS = {"line": "its line", "mean": "its mean"}
_SIZES = {"peak": "its largest value", "deviation": "its standard deviation"}


@dataclass(frozen=True)
class Detrend(Tool):
    """Take off each channel's mean, or the line that fits it best."""

    kind: str = setting("Take off", choices=_TRENDS, default="line")

    name: ClassVar[str] = "detrend"
    title: ClassVar[str] = "Detrend"
    summary: ClassVar[str] = "take off the mean, or the line that fits best"

    def __post_init__(self) -> None:
        one_of("What is taken off", self.kind, _TRENDS)

    @property
    def sentence(self) -> str:
        """What it does."""
        return f"Take off {_TRENDS[self.kind]}"

    def apply(self, signal: Signal, report: Report = silent) -> Signal:
        """Return the signal less its trend, by least squares."""
        out, share = result_like(signal), 1 / signal.channels
        for row, channel in enumerate(signal.samples):
            middle, slope = (signal.length - 1) / 2, 0.0
            mean, tilt = _mean(channel), 0.0
            if self.kind == "line" and signal.length > 1:
                for start, block in blocks(channel):
                    times = np.arange(start, start + block.size) - middle
                    tilt += float(times @ (block - mean))
                slope = 12 * tilt / (signal.length * (signal.length**2 - 1.0))
            for start, block in blocks(channel):
                report((row + start / signal.length) * share)
                times = np.arange(start, start + block.size) - middle
                out[row, start : start + block.size] = block - mean - slope * times
        return with_samples(signal, out)


@dataclass(frozen=True)
class Normalize(Tool):
    """Bring each channel to a largest value, or a standard deviation, of `size`; its zero stays."""

    by: str = setting("By", choices=_SIZES, default="peak")
    size: float = setting("To", default=1.0)

    name: ClassVar[str] = "normalize"
    title: ClassVar[str] = "Normalize"
    summary: ClassVar[str] = "bring the largest value or the standard deviation to a size"

    def __post_init__(self) -> None:
        one_of("What is brought to a size", self.by, _SIZES)
        object.__setattr__(self, "size", finite("The size", self.size, 1e-300))

    @property
    def sentence(self) -> str:
        """What it does."""
        return f"Bring {_SIZES[self.by]} to {self.size:g}"

    def apply(self, signal: Signal, report: Report = silent) -> Signal:
        """Return each channel times one factor; its unit is none any more."""
        out, share = result_like(signal), 1 / signal.channels
        for row, channel in enumerate(signal.samples):
            if self.by == "peak":
                present = max(float(np.abs(block).max()) for _, block in blocks(channel))
            else:
                present = math.sqrt(_variance(channel))
            if not present > 0:
                raise SignalError(
                    f"{signal.channel_names[row]} of {signal.title} does not move, so it has no size to "
                    "change; choose other channels."
                )
            factor = self.size / present
            for start, block in blocks(channel):
                report((row + start / signal.length) * share)
                out[row, start : start + block.size] = block * factor
        return with_samples(signal, out, units=("",) * signal.channels)


@dataclass(frozen=True)
class Noise(Tool):
    """Add white Gaussian noise, `snr` decibels below the signal's own power about its mean."""

    snr: float = setting("Signal to noise", unit="dB", default=20.0)
    seed: int = setting("Seed", default=0)

    name: ClassVar[str] = "noise"
    title: ClassVar[str] = "Add Noise"
    summary: ClassVar[str] = "add white noise at a signal-to-noise ratio, the same for the same seed"

    def __post_init__(self) -> None:
        object.__setattr__(self, "snr", finite("The signal-to-noise ratio in dB", self.snr, -300.0))
        if isinstance(self.seed, bool) or self.seed != int(self.seed) or self.seed < 0:
            raise ValueError(f"A seed is a whole number of at least 0; got {self.seed!r}.")
        object.__setattr__(self, "seed", int(self.seed))

    @property
    def sentence(self) -> str:
        """What it does."""
        return f"Add noise {self.snr:g} dB below the signal, seed {self.seed}"

    def apply(self, signal: Signal, report: Report = silent) -> Signal:
        """Return the noisy signal; each channel has a noise of its own."""
        out, share = result_like(signal), 1 / signal.channels
        for row, channel in enumerate(signal.samples):
            size = math.sqrt(_variance(channel)) * 10 ** (-self.snr / 20)
            random = np.random.default_rng([self.seed, row])
            for start, block in blocks(channel):
                report((row + start / signal.length) * share)
                out[row, start : start + block.size] = block + size * random.standard_normal(block.size)
        return with_samples(signal, out)


def _mean(channel: Samples) -> float:
    return sum(float(block.sum()) for _, block in blocks(channel)) / len(channel)


def _variance(channel: Samples) -> float:
    mean = _mean(channel)
    return sum(float(np.square(block - mean).sum()) for _, block in blocks(channel)) / len(channel)

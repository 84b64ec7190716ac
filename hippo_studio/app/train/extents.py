"""How far the pictures of a layer reach, alone or together with those of a run beside it. Free of Qt.

Two runs are compared by eye only where they have the same axes; where one would be a sliver on them, each
has its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hippo_studio.app.train.poses import FLOOR_DB, decibels
from hippo_studio.learning.portrait import LayerPortrait

_MOST_APART = 3.0
"""Axes of two runs are the same if one is longer than the other by this at most."""


@dataclass(frozen=True)
class Scale:
    """What a sample of a run is, and how much of a kernel its sequences can feel.

    Attributes
    ----------
    sample_rate : Hz; None if samples are just counted.
    length : of the longest sequence, in samples; 0 if that is not known.
    """

    sample_rate: float | None = None
    length: int = 0

    def compares_to(self, other: Scale) -> bool:
        """Whether both count in seconds, or both in samples."""
        return bool(self.sample_rate) == bool(other.sample_rate)


@dataclass(frozen=True, eq=False)
class Sight:
    """A layer of one run as it is drawn: now, before training, and on which scale."""

    now: LayerPortrait
    before: LayerPortrait
    scale: Scale

    @property
    def rate(self) -> float:
        """Samples per unit of time."""
        return self.scale.sample_rate or 1.0

    @property
    def samples(self) -> int:
        """How much of the kernels is shown."""
        return min(self.now.kernels.shape[1], self.scale.length or felt_length(self.before.kernels))

    def kernels(self, channel: int) -> np.ndarray:
        """The kernel of a channel now and before, as far as they are shown: (2, samples)."""
        row = min(channel, len(self.now.kernels) - 1)
        return np.stack([one.kernels[row, : self.samples] for one in (self.now, self.before)])

    def levels(self, channel: int) -> np.ndarray:
        """The spectrum of a channel now and before, in dB: (2, F)."""
        row = min(channel, len(self.now.spectrum) - 1)
        return decibels(np.stack([one.spectrum[row] for one in (self.now, self.before)]))

    def modes(self, channel: int) -> np.ndarray:
        """λ per unit of time of a channel, now and before: (2N,), empty for a shift."""
        row = min(channel, len(self.now.modes) - 1)
        return self.rate * np.concatenate([self.now.modes[row], self.before.modes[row]])


def duration(sights: Sequence[Sight]) -> tuple[float, bool]:
    """The time axis of the kernels of the first one, from 0; and whether each has its own."""
    return _common([max(one.samples - 1, 1) / one.rate for one in sights])


def reach(sights: Sequence[Sight], channel: int) -> float:
    """The largest |K| of the kernels that are brought forward."""
    return max(float(np.abs(one.kernels(channel)).max(initial=0.0)) for one in sights)


def top_level(sights: Sequence[Sight], channel: int) -> float:
    """The highest level of the spectra that are brought forward, in dB."""
    return max(float(one.levels(channel).max(initial=FLOOR_DB)) for one in sights)


def nyquist(sights: Sequence[Sight]) -> tuple[float, bool]:
    """The highest frequency on the axis of the first one; and whether each has its own."""
    return _common([one.rate / 2 for one in sights])


def _common(spans: Sequence[float]) -> tuple[float, bool]:
    """What is long enough for all, but where one would be a sliver on it."""
    apart = max(spans) > _MOST_APART * min(spans)
    return (spans[0] if apart else max(spans)), apart


def timescales(sights: Sequence[Sight]) -> tuple[float, float] | None:
    """The decades of Δ, as decimal logarithms; None if no layer has any."""
    found = np.concatenate([part.timescales for one in sights for part in (one.now, one.before)])
    if not found.size:
        return None
    low, high = np.log10(found.astype(float).min()), np.log10(found.astype(float).max())
    return float(math.floor(low - 0.1)), float(math.ceil(high + 0.1))


def felt_length(kernels: np.ndarray) -> int:
    """How many samples of (C, L) kernels hold nearly all of their energy, as a power of two; at most L."""
    energy = np.cumsum(np.sum(kernels.astype(np.float64) ** 2, axis=0))
    felt = int(np.searchsorted(energy, 0.995 * energy[-1])) + 1
    return min(1 << max(felt - 1, 15).bit_length(), kernels.shape[1])

"""The settings that a tool begins with, taken from the signal and from what is on screen. Free of Qt."""

from __future__ import annotations

import math

from hippo_studio.signals import Signal
from hippo_studio.signals.tools import Band, Channels, Crop, Detrend, Noise, Normalize, Resample, Tool

FAR = 4.0
"""A signal whose middle lies so many times its half range from zero is far from it."""


def suggestion(name: str, signal: Signal, shown: tuple[float, float], channel: str) -> Tool:
    """A tool of that name that the signal can take; `shown` is the part on screen, in seconds.

    `channel` is the one that is heard; one that the signal lacks is its first, as in the Memory tab.
    """
    nyquist = signal.sample_rate / 2
    start, stop = max(shown[0], 0.0), min(shown[1], signal.duration)
    if not start < stop:
        start, stop = 0.0, signal.duration
    makers = {
        "crop": lambda: Crop(_rounded(start), _rounded(stop)),
        "channels": lambda: Channels(
            (channel if channel in signal.channel_names else signal.channel_names[0],)
        ),
        "resample": lambda: Resample(_rounded(nyquist)),
        "detrend": Detrend,
        "normalize": Normalize,
        "band": lambda: Band(_rounded(nyquist / 100), _rounded(nyquist / 4)),
        "noise": Noise,
    }
    return makers[name]()


def offset_of(low: float, high: float) -> float:
    """Where the middle of a range lies, if that is far from zero against the range; else 0."""
    middle, half = (low + high) / 2, (high - low) / 2
    return middle if half > 0 and abs(middle) > FAR * half else 0.0


def _rounded(value: float) -> float:
    """Three significant figures are enough for a suggestion."""
    if value == 0:
        return 0.0
    return round(value, 2 - math.floor(math.log10(abs(value))))

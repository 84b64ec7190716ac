"""The loudness of a signal over time, at a low rate: what to follow when syllables matter, not waveforms."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals.signal import Samples, Signal

SMOOTHING = 0.04  # s: longer than a period of any voice, shorter than a syllable


def envelope(signal: Signal, rate: float = 200.0, smoothing: float = SMOOTHING) -> Signal:
    """The root of the mean square of each channel under a sliding Hann window, sampled at `rate`.

    Parameters
    ----------
    signal : any number of channels; each channel's mean is taken off first.
    rate : Hz of the result; a signal that is slower keeps its own rate.
    smoothing : length of the window in seconds, at least one sample.

    Returns
    -------
    Signal : same channels, units and start; sample k stands for k / rate seconds, as in the signal itself.

    Raises
    ------
    ValueError
        A rate or a smoothing that is not positive.
    """
    for name, value in (("rate", rate), ("smoothing", smoothing)):
        if not (math.isfinite(value) and value > 0):
            raise ValueError(f"An envelope's {name} is a positive number; got {value!r}.")
    rate = min(rate, signal.sample_rate)
    window = _hann(smoothing * signal.sample_rate)
    count = max(math.ceil(signal.length * rate / signal.sample_rate), 1)
    positions: NDArray[np.float64] = np.arange(count, dtype=np.float64) * (signal.sample_rate / rate)
    loudness = np.stack([_loudness(channel, window, positions) for channel in signal.samples])
    return Signal(
        loudness.astype(np.float32),
        rate,
        signal.channel_names,
        signal.units,
        signal.start,
        signal.origin,
        signal.warnings,
    )


def _hann(samples: float) -> NDArray[np.float64]:
    window: NDArray[np.float64] = np.hanning(2 * int(samples // 2) + 3)[1:-1]  # odd, without its zeros
    return window


def _loudness(
    channel: Samples, window: NDArray[np.float64], positions: NDArray[np.float64]
) -> NDArray[np.float64]:
    from scipy.signal import oaconvolve

    power = np.square(channel - np.mean(channel, dtype=np.float64), dtype=np.float64)
    smooth: NDArray[np.float64] = oaconvolve(power, window, mode="same")
    # At the ends the window hangs over; what lies there counts as absent, not as silence.
    reach, weight = len(window) // 2, np.cumsum(window)
    covered = np.full(len(power), weight[-1])
    edge = np.arange(min(reach, len(power)))
    covered[edge] -= weight[reach - 1 - edge]
    covered[::-1][edge] -= weight[reach - 1 - edge]
    mean_square = np.maximum(smooth, 0.0) / covered
    loudness: NDArray[np.float64] = np.sqrt(np.interp(positions, np.arange(len(power)), mean_square))
    return loudness

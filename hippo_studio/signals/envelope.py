"""The loudness of a signal over time, at a low rate: what to follow when syllables matter, not waveforms."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals.signal import Samples, Signal

BLOCK = 1 << 20  # numbers in memory at a time
SMOOTHING = 0.04  # s: longer than a period of any voice, shorter than a syllable


def envelope(
    signal: Signal,
    rate: float = 200.0,
    smoothing: float = SMOOTHING,
    progress: Callable[[float], None] | None = None,
) -> Signal:
    """The root of the mean square of each channel under a sliding Hann window, sampled at `rate`.

    Parameters
    ----------
    signal : any number of channels; each channel's mean is taken off first.
    rate : Hz of the result; a signal that is slower keeps its own rate.
    smoothing : length of the window in seconds, at least one sample.
    progress : gets the fraction done, from time to time; what it raises ends the work.

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

    def tell(part: float) -> None:
        if progress is not None:
            progress((len(done) + part) / signal.channels)

    done: list[NDArray[np.float64]] = []
    for channel in signal.samples:
        done.append(_loudness(channel, window, positions, tell))
    loudness = np.stack(done)
    return Signal(
        loudness.astype(np.float32),
        rate,
        signal.channel_names,
        signal.units,
        signal.start,
        signal.origin,
        signal.warnings,
        signal.regions,
    )


def _hann(samples: float) -> NDArray[np.float64]:
    window: NDArray[np.float64] = np.hanning(2 * int(samples // 2) + 3)[1:-1]  # odd, without its zeros
    return window


def _loudness(
    channel: Samples,
    window: NDArray[np.float64],
    positions: NDArray[np.float64],
    tell: Callable[[float], None],
) -> NDArray[np.float64]:
    """The loudness at positions in samples, ascending; in blocks, so that a long channel is never whole."""
    total = len(channel)
    mean = sum(float(np.sum(block, dtype=np.float64)) for block in _blocks(channel)) / total
    step = max(BLOCK // len(window), 1)  # positions, whose windows are laid side by side
    loudness = np.empty(positions.size)
    for first in range(0, positions.size, step):
        tell(first / positions.size)
        wanted = positions[first : first + step]
        below = np.minimum(wanted.astype(np.intp), total - 1)
        above = np.minimum(below + 1, total - 1)
        part = wanted - below
        squares = _mean_squares(channel, mean, window, below)
        if part.any():
            squares += part * (_mean_squares(channel, mean, window, above) - squares)
        loudness[first : first + step] = np.sqrt(squares)
    return loudness


def _mean_squares(
    channel: Samples, mean: float, window: NDArray[np.float64], at: NDArray[np.intp]
) -> NDArray[np.float64]:
    """The weighed mean of (f − mean)² around some samples, ascending."""
    total, reach = len(channel), len(window) // 2
    start, stop = int(at[0]) - reach, int(at[-1]) + reach + 1
    part = np.asarray(channel[max(start, 0) : min(stop, total)])
    power = np.square(part - mean)  # float32 will do for a result of float32, and is twice as fast
    power = np.pad(power, (max(-start, 0), max(stop - total, 0)))
    around = np.lib.stride_tricks.sliding_window_view(power, len(window))[at - at[0]]
    # At the ends the window hangs over; what lies there counts as absent, not as silence.
    weight: NDArray[np.float64] = np.concatenate(([0.0], np.cumsum(window)))
    absent = weight[np.maximum(reach - at, 0)] + weight[np.maximum(at + reach - total + 1, 0)]
    squares: NDArray[np.float64] = (around @ window.astype(power.dtype)) / (weight[-1] - absent)
    return squares


def _blocks(channel: Samples) -> Iterator[Samples]:
    return (np.asarray(channel[start : start + BLOCK]) for start in range(0, len(channel), BLOCK))

"""What a memory still holds of its signal: drawn again as sound, and compared with the truth."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.export.sound import AppendSamples
from hippo_studio.hippo import OnlineMemory
from hippo_studio.hippo.readout import Readout

__all__ = ["SquaredErrors", "compare", "draw", "draw_through", "window_start"]

#: Numbers in a block: 8 MiB.
BLOCK_VALUES = 1 << 20

#: Samples looked at in one comparison. Spread at random over a longer window, they still tell a relative
#: error to well under one per cent of itself.
MOST_SAMPLES = 1 << 15


def window_start(memory: OnlineMemory) -> int:
    """Return the first sample of what the memory now holds: of the last θ seconds, or of all (LegS)."""
    window = memory.settings.span(memory.samples) * memory.sample_rate
    return max(0, math.ceil(memory.samples - window - 0.5))


def draw(
    memory: OnlineMemory, append: AppendSamples, progress: Callable[[float], None] | None = None
) -> None:
    """Reconstruct every sample from `window_start` on, and hand it over in blocks: see `writing_wav`."""
    begin, end = window_start(memory), memory.samples
    step = max(1, BLOCK_VALUES // (memory.channels + memory.order))
    for start in range(begin, end, step):
        stop = min(start + step, end)
        append(memory.reconstruct(np.arange(start, stop) / memory.sample_rate))
        if progress is not None:
            progress((stop - begin) / (end - begin))


def draw_through(
    readout: Readout,
    samples: NDArray[Any],
    append: AppendSamples,
    progress: Callable[[float], None] | None = None,
) -> None:
    """Draw all of `samples`, (channels, T), as a memory tells each some time later: see `writing_wav`.

    The last ones are told by the memory of the whole signal, from where they are younger.
    """
    memory, back, length = OnlineMemory.from_settings(readout.settings), readout.back, samples.shape[1]
    step = max(1, BLOCK_VALUES // (memory.channels + memory.order))
    for start in range(0, length, step):
        told = readout.read(memory, np.asarray(samples[:, start : start + step]))
        append(told[:, max(back - start, 0) :])
        if progress is not None:
            progress(min(start + step, length) / length)
    for start in range(max(length - back, 0), length, step):
        times = np.arange(start, min(start + step, length)) / memory.sample_rate
        append(memory.reconstruct(times))


@dataclass(frozen=True, eq=False)
class SquaredErrors:
    """Squares of signal minus reconstruction, and of the signal, per channel: (channels,) each.

    Sums of two moments are again such: ``a + b``.
    """

    weighted_error: NDArray[np.float64]
    weighted_signal: NDArray[np.float64]
    error: NDArray[np.float64]
    signal: NDArray[np.float64]

    def __add__(self, other: "SquaredErrors") -> "SquaredErrors":
        return SquaredErrors(
            self.weighted_error + other.weighted_error,
            self.weighted_signal + other.weighted_signal,
            self.error + other.error,
            self.signal + other.signal,
        )

    @property
    def in_measure(self) -> tuple[float, ...]:
        """Relative error with each moment weighed as the measure does: 0 perfect, 1 no better than silence.

        NaN where there is nothing but silence.
        """
        return _relative(self.weighted_error, self.weighted_signal)

    @property
    def rms(self) -> tuple[float, ...]:
        """Relative error with each moment of the window weighed alike; NaN where it is silent."""
        return _relative(self.error, self.signal)


def compare(memory: OnlineMemory, samples: NDArray[Any]) -> SquaredErrors:
    """Compare what the memory now holds with the `samples`, (channels, T), of which it has seen the first.

    In the measure over all that has weight, evenly over the window (see `window_start`); both as means per
    sample, from at most 32 768 samples.
    """
    in_window = _mean_squares(memory, samples, window_start(memory))
    if math.isfinite(memory.measure.support):
        return in_window
    # Where the past only fades, e^(−τ/θ) L_n(τ/θ)² is of size 1 up to τ = 4 n θ and falls fast beyond.
    reach = (4 * memory.order + 40) * memory.settings.span(memory.samples) * memory.sample_rate
    weighed = _mean_squares(memory, samples, max(0, math.ceil(memory.samples - reach)))
    return replace(weighed, error=in_window.error, signal=in_window.signal)


def _mean_squares(memory: OnlineMemory, samples: NDArray[Any], start: int) -> SquaredErrors:
    """Return the squares from sample `start` to the newest that the memory has seen."""
    stop = memory.samples
    index = _chosen(start, stop)
    span = memory.settings.span(stop) * memory.sample_rate
    sums = np.zeros((4, memory.channels))
    for part in np.split(
        index, range(BLOCK_VALUES // memory.order, index.size, BLOCK_VALUES // memory.order)
    ):
        truth = samples[:, part].astype(np.float64)
        drawn = memory.reconstruct(part / memory.sample_rate)
        # The root of the weight goes on first: Laguerre polynomials of old age are as large as it is small.
        root = np.sqrt(memory.measure.weight((stop - part - 0.5) / span))
        with np.errstate(over="ignore", under="ignore"):
            for total, values in zip(
                sums, (root * drawn - root * truth, root * truth, drawn - truth, truth), strict=True
            ):
                total += np.square(values).sum(axis=1)
    return SquaredErrors(*(sums / index.size))


def _chosen(start: int, stop: int) -> NDArray[np.int64]:
    """Return every sample of a short window; of a long one, one at random from each of equal parts."""
    if stop - start <= MOST_SAMPLES:
        return np.arange(start, stop)
    edges = np.linspace(start, stop, MOST_SAMPLES + 1)
    within = np.random.default_rng(0).random(MOST_SAMPLES)
    chosen: NDArray[np.int64] = (edges[:-1] + within * np.diff(edges)).astype(np.int64)
    return chosen


def _relative(error: NDArray[np.float64], signal: NDArray[np.float64]) -> tuple[float, ...]:
    with np.errstate(divide="ignore", invalid="ignore"):
        return tuple(np.where(signal > 0, np.sqrt(error / signal), np.nan).tolist())

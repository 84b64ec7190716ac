"""Rows at irregular times: resampled evenly by linear interpolation, or each a sample as it comes."""

from __future__ import annotations

import numbers
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals.rate_words import rate_in_words
from hippo_studio.signals.signal import SignalError

RESAMPLINGS = ("linear", "none")
EVEN = 0.1  # of a step, by which samples may miss their even places
_LOWEST, _HIGHEST = 1e-6, 1e9  # Hz
MOST_FILLED = 50  # samples per row, at most, that filling gaps and resampling may make

Times = NDArray[np.float64]
Rows = NDArray[np.float64]  # (channels, rows), NaN where a value is missing


@dataclass(frozen=True)
class Resampling:
    """What becomes of rows whose times are not even.

    Attributes
    ----------
    method : "linear" interpolates on an even grid; "none" takes every row as a sample, the next one a step
        later, whatever its time says.
    rate : Hz; None is the median rate for "linear", the mean for "none".

    Raises
    ------
    ValueError
        Another method, or a rate that is no number from 1e-6 to 1e9 Hz.
    """

    method: str = "linear"
    rate: float | None = None

    def __post_init__(self) -> None:
        if self.method not in RESAMPLINGS:
            raise ValueError(f"resampling is one of {', '.join(RESAMPLINGS)}; got {self.method!r}.")
        if self.rate is None:
            return
        number = isinstance(self.rate, numbers.Real) and not isinstance(self.rate, bool)
        if not (number and _LOWEST <= self.rate <= _HIGHEST):
            raise ValueError(f"resampling_rate is a number of Hz from 1e-6 to 1e9; got {self.rate!r}.")
        object.__setattr__(self, "rate", float(self.rate))

    def numbered(self, times: Times) -> tuple[float, str]:
        """The rate of rows that are taken as they come, in Hz, and the sentence that says so."""
        steps = np.diff(times)
        rate = self.rate or (len(times) - 1) / float(times[-1] - times[0])
        return rate, (
            f"The steps of time vary from {steps.min():g} s to {steps.max():g} s; every row was taken as the "
            f"next sample, at {rate_in_words(rate)}, as asked."
        )

    def interpolated(self, times: Times, rows: Rows, where: str) -> tuple[Rows, float, str]:
        """The rows on an even grid from the first time on, its rate in Hz, and the sentence that says so.

        SignalError where the rate asked for makes fewer than two samples of `where`, or too many.
        """
        steps = np.diff(times)
        median = 1 / float(np.median(steps))
        rate = self.rate or median
        if self.rate is not None:
            _refuse_unfit(self.rate, times, where)
        count = int(np.floor((times[-1] - times[0]) * rate * (1 + 1e-12))) + 1
        grid = times[0] + np.arange(count) / rate
        samples = np.full((len(rows), count), np.nan)
        for channel, values in zip(samples, rows, strict=True):
            known = np.isfinite(values)
            if known.any():
                channel[:] = np.interp(grid, times[known], values[known])
        folds = (
            f"; that is below the median rate of the rows, {rate_in_words(median)}, so what they hold above "
            f"{rate / 2:g} Hz folds down to lower frequencies"
            if rate < median * (1 - 1e-9)
            else ""
        )
        which = "the median rate of" if self.rate is None else "the rate asked for,"
        return (
            samples,
            rate,
            (
                f"The steps of time vary from {steps.min():g} s to {steps.max():g} s; the samples were "
                f"resampled evenly at {which} {rate_in_words(rate)}, by linear interpolation{folds}."
            ),
        )


LINEAR = Resampling()


def most_samples(times: Times) -> int:
    """How many samples may be made of rows at these times, at most."""
    return MOST_FILLED * len(times) + 100_000


def first_uneven(times: Times) -> int:
    """The first row whose step from the row before is unlike the others, or the most unlike if none is."""
    steps = np.diff(times)
    step = float(np.median(steps))
    miss = np.abs(steps - step)
    off = miss > EVEN * step
    return int(np.argmax(off if off.any() else miss)) + 1


def _refuse_unfit(rate: float, times: Times, where: str) -> None:
    """SignalError for a rate at which too many samples, or fewer than two, are made of the rows."""
    duration = float(times[-1] - times[0])
    most = most_samples(times)
    if duration * rate > most - 1:
        largest = _four_digits((most - 1) / duration, ROUND_FLOOR)
        raise SignalError(
            f"resampling_rate, {rate:g} Hz, makes {duration * rate:.3g} samples of the {len(times)} rows in "
            f"{where}, which is too many; give {largest} Hz or less."
        )
    if duration * rate < 1:
        least = _four_digits(1 / duration, ROUND_CEILING)
        raise SignalError(
            f"resampling_rate, {rate:g} Hz, leaves fewer than two samples of the {duration:g} s in {where}; "
            f"give {least} Hz or more."
        )


def _four_digits(value: float, rounding: str) -> str:
    return f"{float(Context(prec=4, rounding=rounding).create_decimal_from_float(value)):g}"

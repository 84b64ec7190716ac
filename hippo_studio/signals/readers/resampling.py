"""Rows at irregular times: resampled evenly by linear interpolation, or each a sample as it comes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RESAMPLINGS = ("linear", "none")
EVEN = 0.1  # of a step, by which samples may miss their even places

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
        Another method, or a rate that is not above 0.
    """

    method: str = "linear"
    rate: float | None = None

    def __post_init__(self) -> None:
        if self.method not in RESAMPLINGS:
            raise ValueError(f"resampling is one of {', '.join(RESAMPLINGS)}; got {self.method!r}.")
        if self.rate is not None and not 0 < self.rate < math.inf:
            raise ValueError(f"resampling_rate is a positive number of Hz; got {self.rate!r}.")

    def numbered(self, times: Times) -> tuple[float, str]:
        """The rate of rows that are taken as they come, in Hz, and the sentence that says so."""
        steps = np.diff(times)
        rate = self.rate or (len(times) - 1) / float(times[-1] - times[0])
        return rate, (
            f"The steps of time vary from {steps.min():g} s to {steps.max():g} s; every row was taken as the "
            f"next sample, at {rate:g} Hz, as asked."
        )

    def interpolated(self, times: Times, rows: Rows) -> tuple[Rows, float, str]:
        """The rows on an even grid from the first time on, its rate in Hz, and the sentence that says so."""
        steps = np.diff(times)
        rate = self.rate or 1 / float(np.median(steps))
        count = int(np.floor((times[-1] - times[0]) * rate * (1 + 1e-12))) + 1
        grid = times[0] + np.arange(count) / rate
        samples = np.full((len(rows), count), np.nan)
        for channel, values in zip(samples, rows, strict=True):
            known = np.isfinite(values)
            if known.any():
                channel[:] = np.interp(grid, times[known], values[known])
        which = "the median rate of" if self.rate is None else "the rate asked for,"
        return (
            samples,
            rate,
            (
                f"The steps of time vary from {steps.min():g} s to {steps.max():g} s; the samples were "
                f"resampled evenly at {which} {rate:g} Hz, by linear interpolation."
            ),
        )


LINEAR = Resampling()


def first_uneven(times: Times) -> int:
    """The first row whose step from the row before is unlike the others."""
    steps = np.diff(times)
    step = float(np.median(steps))
    return int(np.argmax(np.abs(steps - step) > EVEN * step)) + 1

"""Values that are absent or not finite, filled as the option `missing` says."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals.read_warnings import MissingValues, ReadWarning
from hippo_studio.signals.signal import SignalError

POLICIES = ("interpolate", "zero", "error")


def fill_missing(
    samples: NDArray[np.float64],
    policy: str,
    where: str,
    line: Callable[[int], int | None] = lambda index: None,
) -> tuple[NDArray[np.float64], ReadWarning | None]:
    """Samples (channels, T) with every NaN or infinity filled; each channel has at least one finite sample.

    Parameters
    ----------
    policy : "interpolate" draws a straight line between the neighbours (and holds the first and last value at
        the ends), "zero" puts zeros, "error" refuses.
    where : what the samples came from, for the sentences.
    line : the line number of a sample, for the warning.

    Raises
    ------
    SignalError
        With "error", if any value is missing.
    ValueError
        A policy that is none of these.
    """
    if policy not in POLICIES:
        raise ValueError(f"missing is one of {', '.join(POLICIES)}; got {policy!r}.")
    bad = ~np.isfinite(samples)
    count = int(np.count_nonzero(bad))
    if count == 0:
        return samples, None
    first = int(np.argmax(bad.any(axis=0)))
    number = line(first)
    said = f"{count} value{'s are' if count > 1 else ' is'} missing or not finite"
    if policy == "error":
        place = f", first in line {number}" if number is not None else f", first at sample {first}"
        raise SignalError(
            f"In {where}, {said}{place}; open it with missing='interpolate' or 'zero' to have them filled."
        )
    filled = np.where(bad, 0.0, samples)
    if policy == "interpolate":
        index = np.arange(samples.shape[1])
        for channel, absent in zip(filled, bad, strict=True):
            if absent.any():
                channel[absent] = np.interp(index[absent], index[~absent], channel[~absent])
    done = "filled with zeros" if policy == "zero" else "filled by linear interpolation"
    verb = "they were" if count > 1 else "it was"
    return filled, MissingValues(f"{said}; {verb} {done}.", number)

"""Values that are absent or not finite, filled as the option `missing` says."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals.read_warnings import MissingValues, ReadWarning
from hippo_studio.signals.readers.table_format import MISSING_POLICIES
from hippo_studio.signals.reading_options import how_to_say
from hippo_studio.signals.signal import SignalError

FILLING = {"interpolate": "linear interpolation", "zero": "zeros", "error": "nothing"}


def treat_missing(
    rows: NDArray[np.float64],
    policy: str,
    where: str,
    line: Callable[[int], int | None] = lambda row: None,
) -> tuple[NDArray[np.float64], list[ReadWarning]]:
    """Say which values are missing and, with "zero", put the zeros; "interpolate" leaves NaN for `fill`.

    Parameters
    ----------
    rows : (channels, rows); NaN and infinity are missing values.
    policy : "interpolate" draws a straight line in time between the neighbours (the first and last value are
        held at the ends), "zero" puts zeros, "error" refuses.
    where, line : what the rows came from, and the line number of each, for the sentences.

    Raises
    ------
    SignalError
        With "error", if any value is missing.
    ValueError
        A policy that is none of these.
    """
    if policy not in MISSING_POLICIES:
        raise ValueError(f"missing is one of {', '.join(MISSING_POLICIES)}; got {policy!r}.")
    bad = ~np.isfinite(rows)
    count = int(np.count_nonzero(bad))
    if count == 0:
        return rows, []
    first = int(np.argmax(bad.any(axis=0)))
    number = line(first)
    said = f"{count} value{'s are' if count > 1 else ' is'} missing or not finite"
    if policy == "error":
        place = f"first in line {number}" if number is not None else f"first at sample {first}"
        raise SignalError(
            f"In {where}, {said}, {place}; to have them filled, "
            f"{how_to_say('missing', 'interpolate', 'zero')}."
        )
    done = f"{'they were' if count > 1 else 'it was'} filled by {FILLING[policy]}"
    remark = MissingValues(f"{said}; {done}.", number)
    return np.where(bad, 0.0 if policy == "zero" else np.nan, rows), [remark]


def fill(samples: NDArray[np.float64], policy: str) -> NDArray[np.float64]:
    """Evenly spaced samples (channels, T) with each NaN filled; each channel has at least one number."""
    if np.isfinite(samples).all():
        return samples
    if policy == "zero":
        return np.nan_to_num(samples, nan=0.0)
    filled, index = samples.copy(), np.arange(samples.shape[1])
    for channel in filled:
        bad = np.isnan(channel)
        if bad.any():
            channel[bad] = np.interp(index[bad], index[~bad], channel[~bad])
    return filled

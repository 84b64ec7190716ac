"""Values that are absent or not finite, filled as the option `missing` says."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals.read_warnings import MissingValues, ReadWarning
from hippo_studio.signals.readers.table_format import MISSING_POLICIES
from hippo_studio.signals.reading_options import how_to_say
from hippo_studio.signals.signal import SignalError

_MOST_NAMED = 3
"""Further runs of lines that are named."""
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
    concerned = np.flatnonzero(bad.any(axis=0))
    first = int(concerned[0])
    number = line(first)
    said = f"{count} value{'s are' if count > 1 else ' is'} missing or not finite"
    if policy == "error":
        place = f"first in line {number}" if number is not None else f"first at sample {first}"
        raise SignalError(
            f"In {where}, {said}, {place}; to have them filled, "
            f"{how_to_say('missing', 'interpolate', 'zero')}."
        )
    done = f"{'they were' if count > 1 else 'it was'} filled by {FILLING[policy]}"
    remark = MissingValues(f"{said}{_elsewhere(concerned, line)}; {done}.", number)
    return np.where(bad, 0.0 if policy == "zero" else np.nan, rows), [remark]


def _elsewhere(rows: NDArray[np.intp], line: Callable[[int], int | None]) -> str:
    """The lines concerned after the first ones, as part of a sentence; empty where lines are unknown."""
    runs = np.split(rows, np.flatnonzero(np.diff(rows) > 1) + 1)[1:]
    places = []
    for run in runs[:_MOST_NAMED]:
        first, last = line(int(run[0])), line(int(run[-1]))
        if first is None or last is None:
            return ""
        places.append(f"{first}–{last}" if last > first else f"{first}")
    if len(runs) > len(places):
        places.append(f"{len(runs) - len(places)} more")
    if not places:
        return ""
    listed = f"{', '.join(places[:-1])} and {places[-1]}" if len(places) > 1 else places[0]
    return f", also in line{'s' * (listed != places[0] or '–' in listed)} {listed}"


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

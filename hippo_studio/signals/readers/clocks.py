"""What rows' clocks do that time does not, and the times that were meant: see `evenly`."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hippo_studio.signals.read_warnings import BadTimestamps, NonMonotonicTime, ReadWarning
from hippo_studio.signals.readers.resampling import Times
from hippo_studio.signals.signal import SignalError

FAR = 10.0  # steps back in time from which on a clock was set, and rows not merely swapped
DAY = 86400.0


def unwrapped(times: Times) -> Times:
    """Times of day that pass midnight, going on."""
    valid = np.isfinite(times)
    steps = np.diff(times[valid], prepend=times[valid][:1])
    unwrapped = times.copy()
    unwrapped[valid] += DAY * np.cumsum((steps < -DAY / 2).astype(float) - (steps > DAY / 2))
    return unwrapped


def readable(times: Times, found: list[ReadWarning], line: Callable[[int], int | None], where: str) -> Times:
    """Unreadable stamps, and single ones that leap away and back, placed between their neighbours."""
    bad = ~np.isfinite(times)
    if bad.all() or len(times) - bad.sum() < 2:
        raise SignalError(
            f"Fewer than two times in {where} can be read; choose another column of times, or say the sample "
            "rate."
        )
    good = np.flatnonzero(~bad)
    values = times[good]
    step = usual_step(np.abs(np.diff(values)))
    before, here, after = values[:-2], values[1:-1], values[2:]
    leaps = (
        (before <= after) & (after - before < FAR * step) & (np.abs(here - (before + after) / 2) > FAR * step)
    )
    bad[good[1:-1][leaps]] = True
    if not bad.any():
        return times
    count = int(bad.sum())
    found.append(
        BadTimestamps(
            f"{count} time{'s' if count > 1 else ''} cannot be read or leap{'s' if count == 1 else ''} away; "
            "the row was placed between its neighbours.",
            line(int(np.argmax(bad))),
        )
    )
    good = np.flatnonzero(~bad)
    filled = np.interp(np.arange(len(times)), good, times[good])
    first, last = good[0], good[-1]
    filled[:first] = times[first] - step * np.arange(first, 0, -1)
    filled[last + 1 :] = times[last] + step * np.arange(1, len(times) - last)
    return filled


def forward(times: Times, found: list[ReadWarning], line: Callable[[int], int | None]) -> Times:
    """Times whose clock never jumps far back: where it does, it goes on one step after the row before."""
    steps = np.diff(times)
    step = usual_step(np.abs(steps))
    back = steps < -FAR * step
    if not back.any():
        return times
    count = int(back.sum())
    again = "starts again" if count == 1 else f"starts again {count} times"
    found.append(
        NonMonotonicTime(
            f"The clock {again} (back by {-steps[back][0]:g} s); the rows were taken as one after the other.",
            line(int(np.argmax(back)) + 1),
        )
    )
    onward: Times = times + np.cumsum(np.concatenate(([0.0], np.where(back, step - steps, 0.0))))
    return onward


def usual_step(steps: Times) -> float:
    """The mean of the steps near their median: exact even where stamps are rounded."""
    steps = steps[steps > 0]
    if len(steps) == 0:
        return 1.0
    median = float(np.quantile(steps, 0.5, method="lower"))  # one of the steps, never between two kinds
    return float(np.mean(steps[(steps > 0.5 * median) & (steps < 1.5 * median)]))

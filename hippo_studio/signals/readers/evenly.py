"""From the times of the rows to evenly spaced samples.

What real files do to their clocks, and what is made of it, in this order:

- a stamp that cannot be read, or leaps away and back, is placed between its neighbours;
- a clock that starts again (or passes midnight, or summer time) goes on where it was;
- rows out of order are sorted; rows of the same time become their mean;
- steps equal up to a tenth, or up to the resolution of the stamps, are even: nothing is resampled;
- even steps with rows missing keep their rate, and the gaps are filled;
- all else is resampled, by linear interpolation at the median rate unless `Resampling` says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals.rate_words import rate_in_words
from hippo_studio.signals.read_warnings import (
    DuplicateTimes,
    IrregularTime,
    NonMonotonicTime,
    NothingToResample,
    ReadWarning,
    TimeGaps,
)
from hippo_studio.signals.readers.clocks import forward, readable, unwrapped, usual_step
from hippo_studio.signals.readers.resampling import (
    EVEN,
    LINEAR,
    Resampling,
    Rows,
    Times,
    first_uneven,
    most_samples,
)
from hippo_studio.signals.signal import SignalError

NEAR = 0.25  # of a step, by which single steps may differ in a record with gaps
MOST_GAPS = 1000  # that are kept one by one
SHORTEST = 1e-12  # s between rows: finer than any stamp tells, and its inverse still a rate
LONGEST = 1e12  # s between rows: beyond thirty thousand years, a time is none


@dataclass(frozen=True)
class Even:
    """Evenly spaced samples; `first` is the time of sample 0 on the clock of the rows."""

    samples: Rows  # (channels, T), NaN in gaps and where values are missing
    sample_rate: float
    first: float
    warnings: tuple[ReadWarning, ...]
    gaps: tuple[tuple[float, float], ...] = ()  # seconds after sample 0, from and to; the first thousand


def evenly(
    times: Times,
    rows: Rows,
    *,
    resolution: float = 0.0,
    daily: bool = False,
    line: Callable[[int], int | None] = lambda row: None,
    where: str = "the table",
    filling: str = "linear interpolation",
    resampling: Resampling = LINEAR,
) -> Even:
    """Place rows taken at `times` on an even grid.

    Parameters
    ----------
    times : (rows,) seconds, NaN where a stamp could not be read.
    rows : (channels, rows).
    resolution : seconds between two times that the stamps can tell apart; 0 if they are exact.
    daily : whether the clock begins again at midnight.
    line, where, filling : the line number of a row, what the rows came from and what gaps will be filled by,
        for the sentences; the samples returned still have NaN in gaps.
    resampling : what becomes of rows at irregular times; with "none" gaps are closed, too.

    Raises
    ------
    SignalError
        Fewer than two readable times, time that never advances, gaps too long to be filled, and what
        `Resampling.interpolated` refuses.
    """
    found: list[ReadWarning] = []
    times = np.where(np.abs(times) < LONGEST, times, np.nan)
    times = unwrapped(times) if daily else times
    times = readable(times, found, line, where)
    times = forward(times, found, line)
    order = np.arange(len(times))
    if np.any(np.diff(times) < 0):
        swapped = int(np.argmax(np.diff(times) < 0)) + 1
        order = np.argsort(times, kind="stable")
        found.append(NonMonotonicTime("Some rows are not in order of time; they were sorted.", line(swapped)))
        times, rows = times[order], rows[:, order]

    def line_of(row: int) -> int | None:
        return line(int(order[row]))

    steps = np.diff(times)
    advancing = steps[steps > 0]
    if len(advancing) == 0:
        raise SignalError(
            f"The times in {where} never advance; choose another column of times, or say the sample rate."
        )
    step = usual_step(advancing)
    if step < SHORTEST:
        raise SignalError(
            f"The times in {where} advance by {step:.3g} s from row to row, which is no clock; choose "
            "another column of times, or say the sample rate."
        )
    numbered = resampling.method == "none"
    if not numbered:
        _refuse_long_gaps((times[-1] - times[0]) / step, times, line_of, where)
    if even := _already_even(times, rows, resolution):
        if len(advancing) < len(steps):
            found.append(
                DuplicateTimes(
                    f"The times repeat, being exact to {resolution:g} s only; the rows were taken as evenly "
                    f"spaced, at {rate_in_words(even.sample_rate)}.",
                    line_of(int(np.argmax(steps == 0)) + 1),
                )
            )
        return _with_remark(even, resampling, found)
    if numbered:
        rate, said = resampling.numbered(times)
        found.append(IrregularTime(said, line_of(first_uneven(times))))
        return Even(rows, rate, float(times[0]), tuple(found))
    if len(advancing) < len(steps):
        count = len(steps) - len(advancing)
        found.append(
            DuplicateTimes(
                f"{count} row{'s repeat' if count > 1 else ' repeats'} the time before; their values were "
                "averaged.",
                line_of(int(np.argmax(steps == 0)) + 1),
            )
        )
        kept, times, rows = _averaged(times, rows)
        order = order[kept]
        steps = np.diff(times)
        if even := _already_even(times, rows, resolution):
            return _with_remark(even, resampling, found)
    with_gaps = _with_gaps(times, rows, step, resolution, line_of, found, where, filling)
    if with_gaps is not None:
        return _with_remark(with_gaps, resampling, found)
    return _resampled(times, rows, resampling, line_of, found, where)


def _with_remark(even: Even, resampling: Resampling, found: list[ReadWarning]) -> Even:
    """Say of even rows that nothing was resampled, where a rate was asked for."""
    rate = resampling.rate if resampling.method == "linear" else None
    if rate is not None and abs(rate - even.sample_rate) > 1e-6 * even.sample_rate:
        found.append(
            NothingToResample(
                f"The times are even, at {rate_in_words(even.sample_rate)}, so nothing was resampled at "
                f"{rate_in_words(rate)}; the tool Resample brings a signal to another rate."
            )
        )
    return replace(even, warnings=tuple(found))


def _already_even(times: Times, rows: Rows, resolution: float) -> Even | None:
    """The rows as they are, if even up to a tenth of a step or the resolution of their stamps."""
    count = len(times)
    if count == 1:
        return None
    steps = np.diff(times)
    index = np.arange(count) - (count - 1) / 2
    middle = float(times.mean())
    slope = float(index @ (times - middle)) / float(index @ index)
    miss = float(np.abs(times - middle - slope * index).max())
    if slope <= 0:
        return None
    allowed = EVEN * slope
    if resolution > 0:
        # Rounded stamps make steps that are too long or too short, but many of them; one or two are gaps.
        unlike = int(np.count_nonzero((steps <= 0) | (steps > 1.5 * slope + min(resolution, 0.5 * slope))))
        if unlike in (1, 2):
            return None
        allowed += 1.01 * resolution
    elif steps.min() <= 0 or steps.max() > 1.5 * slope:
        return None
    if miss > allowed:
        return None
    slope = _snapped(slope, max(allowed - miss, 1e-9 * slope) / count)
    return Even(rows, 1 / slope, float(times[0]), ())


def _snapped(step: float, slack: float) -> float:
    """The step of a round rate (whole Hz, or whole seconds per sample) if that is within the slack."""
    for round_step in (1 / round(1 / step) if step < 1.5 else 0.0, float(round(step)), round(step, 3)):
        if round_step > 0 and abs(round_step - step) <= slack:
            return round_step
    return step


def _averaged(times: Times, rows: Rows) -> tuple[NDArray[np.intp], Times, Rows]:
    """Rows of the same time as their mean; the index of the first of each."""
    first = np.flatnonzero(np.concatenate(([True], np.diff(times) > 0)))
    known = np.isfinite(rows)
    total = np.add.reduceat(np.where(known, rows, 0.0), first, axis=1)
    count = np.add.reduceat(known.astype(np.float64), first, axis=1)
    with np.errstate(invalid="ignore"):
        return first, times[first], total / count


def _with_gaps(
    times: Times,
    rows: Rows,
    step: float,
    resolution: float,
    line: Callable[[int], int | None],
    found: list[ReadWarning],
    where: str,
    filling: str,
) -> Even | None:
    """Rows on their even grid with NaN where rows are missing; None if the steps are not even."""
    steps = np.diff(times)
    jumps = np.maximum(np.round(steps / step), 1).astype(np.int64)
    single = jumps == 1
    if single.all():
        return None
    allowed = NEAR * step + (resolution if resolution < 0.5 * step else 0.0)
    if not single.any() or np.abs(steps[single] - step).max() > allowed or single.mean() < 0.5:
        return None
    step = _snapped(step, max(resolution, 1e-9 * step) / max(int(single.sum()), 1))
    places = np.concatenate(([0], np.cumsum(jumps)))
    count = int(places[-1]) + 1
    samples = np.full((len(rows), count), np.nan)
    samples[:, places] = rows
    gaps = int((~single).sum())
    absent = count - len(times)
    found.append(
        TimeGaps(
            f"{absent} row{'s are' if absent > 1 else ' is'} missing in {gaps} gap{'s' * (gaps > 1)} "
            f"(the longest {steps.max():g} s); filled by {filling}.",
            line(int(np.argmax(~single)) + 1),
        )
    )
    around = np.flatnonzero(~single)[:MOST_GAPS]
    spans = zip((places[around] + 1) * step, places[around + 1] * step, strict=True)
    gaps_at = tuple((float(start), float(end)) for start, end in spans)
    return Even(samples, 1 / step, float(times[0]), tuple(found), gaps_at)


def _resampled(
    times: Times,
    rows: Rows,
    resampling: Resampling,
    line: Callable[[int], int | None],
    found: list[ReadWarning],
    where: str,
) -> Even:
    samples, rate, said = resampling.interpolated(times, rows, where)
    found.append(IrregularTime(said, line(first_uneven(times))))
    return Even(samples, rate, float(times[0]), tuple(found))


def _refuse_long_gaps(count: float, times: Times, line: Callable[[int], int | None], where: str) -> None:
    if count <= most_samples(times):
        return
    longest = int(np.argmax(np.diff(times))) + 1
    place = f" before line {line(longest)}" if line(longest) is not None else ""
    raise SignalError(
        f"A gap of {np.diff(times).max():g} s in {where}{place} is too long to fill ({count:.3g} samples "
        f"from {len(times)} rows); cut the file there, or read it without times, at a sample rate."
    )

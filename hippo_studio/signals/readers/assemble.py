"""The last step of every reader of rows: times made even, gaps filled, a Signal made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals.read_warnings import AssumedRate, ColumnsLeftAside, ReadWarning, TimeGaps
from hippo_studio.signals.readers.evenly import evenly
from hippo_studio.signals.readers.missing import FILLING, fill, treat_missing
from hippo_studio.signals.readers.resampling import LINEAR, Resampling
from hippo_studio.signals.reading_options import how_to_say
from hippo_studio.signals.signal import Signal, SignalError

HOW_TO_SAY_IT = (
    "To change it, choose File › Sample Rate… in the window, write --sample-rate HZ on the command line, or "
    "sample_rate=HZ in Python."
)


@dataclass(frozen=True)
class TimeOfRows:
    """When the rows were taken; what is not known is left at its default."""

    seconds: NDArray[np.float64] | None = None  # since the first readable time, NaN where unreadable
    start: float | None = None  # Unix time at seconds = 0
    resolution: float = 0.0  # s that the stamps can tell apart
    daily: bool = False  # the clock begins again at midnight
    sample_rate: float | None = None  # Hz; outranks the stamps
    resampling: Resampling = LINEAR  # where the stamps are irregular


def assemble(
    path: Path,
    rows: NDArray[np.float64],
    names: Sequence[str],
    units: Sequence[str],
    time: TimeOfRows,
    missing: str,
    warnings: Sequence[ReadWarning],
    line: Callable[[int], int | None] = lambda row: None,
) -> Signal:
    """A Signal from rows (channels, rows), NaN where a value is missing.

    Raises
    ------
    SignalError
        No channel holds a number, or the times make no sense.
    """
    found = list(warnings)
    known = [bool(np.isfinite(row).any()) for row in rows]
    if not any(known):
        raise SignalError(f"{path.name} holds no numbers: every value is missing; was the recording empty?")
    if not all(known):
        empty = tuple(name for name, has in zip(names, known, strict=True) if not has)
        sentence = f"Nothing is in {', '.join(map(repr, empty))}; left aside."
        found.append(ColumnsLeftAside(sentence, columns=empty))
        rows = rows[known]
        names = [name for name, has in zip(names, known, strict=True) if has]
        units = [unit for unit, has in zip(units, known, strict=True) if has]
    rows, said = treat_missing(rows, missing, path.name, line)
    found += said
    start, rate = time.start, time.sample_rate
    count = rows.shape[1]
    gaps: tuple[tuple[float, float], ...] = ()
    if rate is None and time.seconds is not None and count > 1:
        even = evenly(
            time.seconds,
            rows,
            resolution=time.resolution,
            daily=time.daily,
            line=line,
            where=path.name,
            filling=FILLING[missing],
            resampling=time.resampling,
        )
        rows, rate, gaps = even.samples, even.sample_rate, even.gaps
        found += even.warnings
        start = None if start is None else start + even.first
    elif rate is None:
        rate = 1.0
        reason = "There is only one sample" if count == 1 else "There is no time column and no sample rate"
        found.append(AssumedRate(f"{reason}; 1 Hz was assumed. {HOW_TO_SAY_IT}"))
    if missing == "error" and not np.isfinite(rows).all():
        gap = next(warning for warning in found if isinstance(warning, TimeGaps))
        raise SignalError(
            f"In {path.name}, rows are missing before line {gap.line}; to have them filled, "
            f"{how_to_say('missing', 'interpolate', 'zero')}."
        )
    samples = fill(rows, missing)
    return Signal(samples, rate, tuple(names), tuple(units), start, str(path), tuple(found), gaps=gaps)

"""A stream without a window: read to its end, or for so long, and then it is a signal."""

from __future__ import annotations

import time

import numpy as np

from hippo_studio.signals.read_warnings import (
    AssumedRate,
    ColumnsLeftAside,
    ReadWarning,
    gap_remark,
    garbled_remark,
    left_out_words,
)
from hippo_studio.signals.signal import Signal
from hippo_studio.signals.streams.address import Address, StreamError, parse_address
from hippo_studio.signals.streams.intake import Intake
from hippo_studio.signals.streams.pace import Pace
from hippo_studio.signals.streams.state import default_names

MOST = 1 << 28
"""Numbers that are gathered in memory: 2 GB."""


def gather(
    address: Address | str,
    *,
    seconds: float | None = None,
    sample_rate: float | None = None,
) -> Signal:
    """Read a stream to its end and return its samples.

    Parameters
    ----------
    address : an `Address`, or its text; `-` is standard input.
    seconds : how long to read at most, from the first row on; None: until the stream ends, as a pipe does.
    sample_rate : in Hz, in place of what its times, or the pace at which it came, say.

    Raises
    ------
    StreamError
        The address is none, or cannot be reached; no numbers came; more came than memory should hold.
    """
    address = parse_address(address) if isinstance(address, str) else address
    intake, pace = Intake(address), Pace(sample_rate or address.rate)
    parts, size, end = [], 0, None
    intake.open()
    try:
        while end is None or time.monotonic() < end:
            arrivals = intake.read(0.1)
            if arrivals is None:
                break
            if intake.columns is not None:
                pace.rate = pace.rate or intake.columns.rate
            for arrival in arrivals:
                parts.append(pace.push(arrival))
                size += parts[-1].size
                end = time.monotonic() + seconds if seconds is not None and end is None else end
            if size > MOST:
                raise StreamError(
                    f"{address.title} sent more than {MOST:,} numbers, which are not held in memory; "
                    "write it to a file, or read a part of it."
                )
    finally:
        intake.close()
    parts.append(pace.finish())
    samples = [part for part in parts if len(part)]
    if not samples or intake.columns is None:
        quote = f"; the last line was {intake.last_garbled!r}" if intake.last_garbled else ""
        raise StreamError(f"No line of numbers came from {address.title}{quote}.")
    columns = intake.columns
    return Signal(
        np.concatenate(samples).T,
        pace.rate,
        columns.names or default_names(columns.channels),
        columns.units,
        origin=address.title,
        warnings=tuple(_remarks(intake, pace)),
        gaps=tuple(gap.span(pace.rate) for gap in pace.gaps),
    )


def _remarks(intake: Intake, pace: Pace) -> list[ReadWarning]:
    found: list[ReadWarning] = []
    if pace.assumed:
        found.append(AssumedRate("The rows came without times, all at once; 1 Hz was assumed."))
    if intake.columns is not None and intake.columns.left_out:
        left_out = intake.columns.left_out
        found.append(ColumnsLeftAside(left_out_words(left_out), columns=left_out))
    if intake.garbled:
        found.append(garbled_remark(intake.garbled, intake.last_garbled))
    if pace.gap_count:
        found.append(gap_remark(pace.gap_count, pace.missing))
    return found

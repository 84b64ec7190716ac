"""A labelled region: from when to when of a signal something is the case, and the table that holds such.

The table `day.labels.csv` beside `day.wav` has the columns start, end, label, times in seconds.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SUFFIX = ".labels.csv"


@dataclass(frozen=True, order=True)
class Region:
    """From `start` to `end`, in seconds after the signal's first sample, it is `label`.

    Raises
    ------
    ValueError
        Not 0 ≤ start < end < ∞, or a label without a word.
    """

    start: float
    end: float
    label: str

    def __post_init__(self) -> None:
        if not (math.isfinite(self.end) and 0 <= self.start < self.end):
            raise ValueError(f"A region has 0 ≤ start < end, in seconds; got {self.start!r} to {self.end!r}.")
        object.__setattr__(self, "start", float(self.start))
        object.__setattr__(self, "end", float(self.end))
        object.__setattr__(self, "label", " ".join(str(self.label).split()))
        if not self.label:
            raise ValueError(f"A region needs a label; that from {self.start:g} to {self.end:g} s has none.")


def table_beside(signal: Path) -> Path:
    """Where the regions of a file are kept: `day.wav.labels.csv` if it is there, else `day.labels.csv`."""
    exact = signal.with_name(signal.name + SUFFIX)
    return exact if exact.is_file() else signal.with_name(signal.stem + SUFFIX)


def table_text(regions: Iterable[Region]) -> str:
    """The table of these regions, ascending; it reads back as the same numbers."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("start", "end", "label"))
    rows.writerows((repr(one.start), repr(one.end), one.label) for one in sorted(regions))
    return text.getvalue()

"""What the lines above a table say of it: its sample rate, its delimiter, the step of an oscilloscope."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence

from hippo_studio.signals.readers import cells as cell
from hippo_studio.signals.readers.table_format import UNIT_SECONDS

_RATE = re.compile(
    r"(?:\bsampl\w*[ _-]*(?:rate|freq\w*)|\bsamplerate|\bfs\b|\bsfreq|\bsampling\b)[^\d\n]{0,24}?"
    r"(?P<value>\d+(?:[.,]\d+)?(?:e[+-]?\d+)?)\s*(?P<kilo>khz)?",
    re.IGNORECASE,
)
_INTERVAL = re.compile(
    r"(?:\bsampl\w*[ _-]*(?:interval|period|time)|\bdelta_x|\bx ?increment)[^\d\n]{0,24}?"
    r"(?P<value>\d+(?:[.,]\d+)?(?:e[+-]?\d+)?)\s*(?P<unit>[a-zµ]+)?",
    re.IGNORECASE,
)
_SEPARATOR = re.compile(r"Separator[\t ,;]+(?P<word>Tab|Comma|Semicolon)", re.IGNORECASE)
_SEPARATORS = {"tab": "\t", "comma": ",", "semicolon": ";"}
INCREMENTS = ("increment", "xincrement", "x increment", "tinc")


def named_separator(lines: Iterable[str]) -> str | None:
    """The delimiter that a line of its own names, as in LabVIEW's files."""
    for line in lines:
        if match := _SEPARATOR.fullmatch(line.strip()):
            return _SEPARATORS[match["word"].lower()]
    return None


def below_header(lines: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """The numbered lines below the last that says a header ends here, as LabVIEW does; all if none does."""
    ends = [place for place, (_, line) in enumerate(lines) if line.strip(" \t,;") == "***End_of_Header***"]
    return lines[ends[-1] + 1 :] or lines if ends else lines


def increment_above(rows: Sequence[Sequence[str]]) -> tuple[int, float] | None:
    """The row whose last names belong to the step in time given below them, and the rate; None if none does.

    So oscilloscopes write it: "X,CH1,Start,Increment" and below "Sequence,Volt,0.0,1e-6".
    """
    for index, (names, values) in enumerate(itertools.pairwise(rows)):
        for name, value in zip(names, values, strict=False):
            if name.lower() in INCREMENTS and cell.is_number(value, ".") and float(value) > 0:
                return index, 1 / float(value)
    return None


def source_beside(rows: Sequence[Sequence[str]]) -> tuple[str, str] | None:
    """Name and unit of samples that stand in the fifth column, their times in the fourth; None if none do.

    So older oscilloscopes of Tektronix write it, what else there is to say in the first two:
    "Sample Interval,4e-07,,-0.0005,0.12,".
    """
    if not rows or rows[0][:1] != ["Record Length"]:
        return None
    if not all(len(row) >= 5 and cell.is_number(row[3], ".") and cell.is_number(row[4], ".") for row in rows):
        return None
    said = {row[0]: row[1] for row in rows if row[0]}
    return said.get("Source") or "column 5", said.get("Vertical Units", "")


def rate_above(lines: Sequence[str]) -> float | None:
    """The sample rate that a preamble states, in Hz."""
    for line in lines:
        if match := _RATE.search(line):
            value = float(match["value"].replace(",", "."))
            if value > 0:
                return value * (1000.0 if match["kilo"] else 1.0)
        elif match := _INTERVAL.search(line):
            value = float(match["value"].replace(",", "."))
            unit = cell.TIME_UNITS.get((match["unit"] or "s").lower())
            if value > 0 and unit is not None:
                return 1.0 / (value * UNIT_SECONDS[unit])
    return None

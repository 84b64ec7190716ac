r"""The three formats of the time series archives, line by line.

.ts      @classLabel true a b / @data / 1,2,?:4,5,6:a       channels by ":", the label last
.arff    @attribute … / @data / 1,2,3,a                     or '1,2,3\n4,5,6',a with several channels
.tsv     1 <tab> 0.3 <tab> 0.4                              the label first, padded at the end with NaN
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
COMMENTS = ("#", "%")
_STAMPED = re.compile(r"\(([^()]*),([^(),]*)\)")


@dataclass
class Header:
    """What stands above @data."""

    complete: bool = True
    labelled: bool = True  # whether each line has a label
    classes: bool = True  # whether the labels are classes, and not numbers to be predicted
    stamped: bool = False  # whether the values come as (time, value)


def read_header(lines: Iterable[str]) -> Header:
    """Read up to @data."""
    found = Header(complete=False)
    for line in lines:
        word, _, rest = line.strip().lower().partition(" ")
        if word == "@data":
            found.complete = True
            break
        if word in ("@classlabel", "@targetlabel"):
            found.classes = word == "@classlabel" and rest.strip().startswith("true")
            found.labelled = rest.strip().startswith("true")
        elif word == "@timestamps":
            found.stamped = rest.strip() == "true"
    return found


def read_line(suffix: str, line: str, header: Header) -> tuple[str, Floats]:
    """Label and values (L, channels) of one line; ValueError says what is wrong with it."""
    kind = suffix.lower()
    if kind == ".ts":
        return _ts_line(line, header.labelled)
    return _arff_line(line) if kind == ".arff" else _tsv_line(line)


def label_in(suffix: str, line: str, header: Header) -> str:
    """The label of a line, found without its numbers being read."""
    kind = suffix.lower()
    if kind == ".ts":
        return label_of(line.rpartition(":")[2]) if header.labelled else ""
    if kind == ".arff":
        return label_of(line.rpartition(",")[2])
    return label_of(re.split(r"[\t, ]+", line[:80].strip(), maxsplit=1)[0])


def label_of(cell: str) -> str:
    """Return a label as it should be called: "1" for "1.0000000e+00"."""
    cell = cell.strip().strip("\"'")
    try:
        number = float(cell)
    except ValueError:
        return cell
    return f"{int(number)}" if number.is_integer() else cell


def _ts_line(line: str, labelled: bool) -> tuple[str, Floats]:
    *channels, label = (line.split(":") if "(" not in line else _split_stamped(line)) + [""] * (not labelled)
    if not channels:
        raise ValueError("no “:” before a label")
    rows = [_numbers(channel) for channel in channels]
    return label, _side_by_side(rows)


def _split_stamped(line: str) -> list[str]:
    """Channels of (time, value) pairs, with the values alone; times may hold colons."""
    body, _, label = line.rpartition(":")
    channels = re.split(r"\)\s*:\s*\(", body)
    values = []
    for channel in channels:
        pairs = _STAMPED.findall(f"({channel.strip().strip('()')})")
        values.append(",".join(value for _, value in pairs))
    return [*values, label]


def _arff_line(line: str) -> tuple[str, Floats]:
    if line[0] in "'\"":
        body, _, label = line[1:].rpartition(line[0])
        channels = body.replace("\\n", "\n").split("\n")
        return label.strip().lstrip(","), _side_by_side([_numbers(channel) for channel in channels])
    if line[0] == "{":
        raise ValueError("sparse rows are not read")
    body, comma, label = line.rpartition(",")
    if not comma:
        raise ValueError("no comma before a label")
    return label, _numbers(body)[:, np.newaxis]


def _tsv_line(line: str) -> tuple[str, Floats]:
    label, *cells = re.split(r"[\t, ]+", line)
    return label, _numbers(",".join(cells))[:, np.newaxis]


def _numbers(text: str) -> Floats:
    """Values separated by commas; "?" and "NaN" are missing."""
    cells = text.split(",")
    try:
        return np.fromiter(map(float, cells), np.float64, len(cells))
    except ValueError:
        return np.array([_number(cell) for cell in cells])


def _number(cell: str) -> float:
    cell = cell.strip()
    if cell in ("?", "", "NA"):
        return np.nan
    try:
        return float(cell)
    except ValueError:
        shown = cell if len(cell) <= 30 else cell[:29] + "…"
        raise ValueError(f"“{shown}” is no number") from None


def _side_by_side(channels: list[Floats]) -> Floats:
    """Channels as columns (L, channels); shorter ones lack values at their end."""
    longest = max(channel.size for channel in channels)
    values = np.full((longest, len(channels)), np.nan)
    for column, channel in enumerate(channels):
        values[: channel.size, column] = channel
    return values

r"""The three formats of the time series archives, line by line.

.ts      @classLabel true a b / @data / 1,2,?:4,5,6:a       channels by ":", the label last
.arff    @attribute … / @data / 1,2,3,a                     or '1,2,3\n4,5,6',a with several channels
.tsv     1 <tab> 0.3 <tab> 0.4                              the label first, padded at the end with NaN
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hippo_studio.learning.data import DataError
from hippo_studio.learning.datasets.series import Series, label_of
from hippo_studio.learning.datasets.splitting import Role
from hippo_studio.signals.read_warnings import BadCells, IrregularTime, ReadWarning

Floats = NDArray[np.float64]
_STAMPED = re.compile(r"\(([^()]*),([^(),]*)\)")


@dataclass(frozen=True, eq=False)
class ArchiveFile:
    """What one file holds."""

    series: list[Series]
    channel_names: tuple[str, ...]
    warnings: list[ReadWarning]


def read_archive_file(path: Path, role: Role, several: bool) -> ArchiveFile:
    """Return the series of a .ts, .arff, .tsv or .txt file; `several`: name them by their file too.

    Raises
    ------
    DataError
        If it is no such file, or not one line of it can be read.
    """
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            lines = enumerate((line.strip() for line in file), 1)
            header = _header(lines) if path.suffix.lower() in (".ts", ".arff") else _Header()
            _refuse(path, header)
            read = {".ts": _ts_line, ".arff": _arff_line}.get(path.suffix.lower(), _tsv_line)
            series: list[Series] = []
            bad: list[tuple[int, str]] = []
            for number, line in lines:
                if not line or line[0] in "#%":
                    continue
                try:
                    label, values = read(line)
                except ValueError as error:
                    bad.append((number, str(error)))
                    continue
                name = f"{path.name} line {number}" if several else f"line {number}"
                series.append(Series(name, label_of(label), values, role))
    except OSError as error:
        raise DataError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from None
    warnings: list[ReadWarning] = []
    if bad:
        number, reason = bad[0]
        if not series:
            raise DataError(f"No line of {path.name} can be read; line {number}: {reason}.")
        warnings.append(BadCells(f"{len(bad)} lines of {path.name} left aside: {reason}.", number))
    if not series:
        raise DataError(f"{path.name} holds no series; it may not have been saved completely.")
    if header.stamped:
        warnings.append(
            IrregularTime(f"The times in {path.name} were left aside; its series are taken as evenly spaced.")
        )
    return ArchiveFile(series, header.channel_names, warnings)


@dataclass
class _Header:
    """What stands above @data."""

    complete: bool = True
    has_classes: bool = True
    stamped: bool = False
    channel_names: tuple[str, ...] = ()


def _header(lines: Iterator[tuple[int, str]]) -> _Header:
    found = _Header(complete=False)
    for _, line in lines:
        word, _, rest = line.lower().partition(" ")
        if word == "@data":
            found.complete = True
            break
        if word in ("@classlabel", "@targetlabel"):
            found.has_classes = word == "@classlabel" and rest.strip().startswith("true")
        elif word == "@timestamps":
            found.stamped = rest.strip() == "true"
    return found


def _refuse(path: Path, header: _Header) -> None:
    if not header.complete:
        raise DataError(f"{path.name} has no line @data, so it holds no series; was it cut off?")
    if not header.has_classes:
        raise DataError(
            f"The series of {path.name} have no classes (its targets are numbers, or it has none); a "
            "classifier needs classes."
        )


def _ts_line(line: str) -> tuple[str, Floats]:
    *channels, label = line.split(":") if "(" not in line else _split_stamped(line)
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

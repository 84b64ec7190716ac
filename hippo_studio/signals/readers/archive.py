"""The UCR and UEA archives, .ts, .arff and .tsv: labelled series, of which one is read at a time."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals.parts import Part
from hippo_studio.signals.read_warnings import IrregularTime, ReadWarning, SeriesLeftAside
from hippo_studio.signals.readers.archive_lines import COMMENTS, Header, label_in, read_header, read_line
from hippo_studio.signals.readers.assemble import TimeOfRows, assemble
from hippo_studio.signals.signal import Signal, SignalError, default_names


def read(
    path: Path, series: int | None = None, sample_rate: float | None = None, missing: str = "interpolate"
) -> Signal:
    """Read one series of the file.

    Parameters
    ----------
    series : which one, from 1; the first by default, with a warning that there are others.
    sample_rate : in Hz; these files have none, so 1 Hz by default.
    missing : what fills values that are absent: "interpolate", "zero" or "error".

    Returns
    -------
    Signal : (channels, T) float64.
    """
    index = _index_of(path)
    count = len(index.starts)
    if series is not None and not (isinstance(series, int) and 1 <= series <= count):
        raise ValueError(f"series is a number from 1 to {count}, the series of {path.name}; got {series!r}.")
    number = series or 1
    with path.open("rb") as file:
        file.seek(int(index.starts[number - 1]))
        line = file.readline().decode("utf-8", "replace").strip()
    line_number = int(index.lines[number - 1])
    try:
        _, values = read_line(index.suffix, line, index.header)
    except ValueError as error:
        raise SignalError(
            f"Line {line_number} of {path.name}, series {number}, cannot be read: {error}."
        ) from None
    known = np.flatnonzero(np.isfinite(values).any(axis=1))
    values = values[: known[-1] + 1] if known.size else values  # shorter series are padded at their end
    warnings: list[ReadWarning] = []
    if series is None and count > 1:
        warnings.append(
            SeriesLeftAside(f"{path.name} holds {count} series; the first was opened. Say series to choose.")
        )
    if index.header.stamped:
        warnings.append(
            IrregularTime(f"The times in {path.name} were left aside; its series are taken as evenly spaced.")
        )
    names = default_names(values.shape[1])
    time = TimeOfRows(sample_rate=sample_rate)
    return assemble(
        path, values.T, names, [""] * len(names), time, missing, warnings, lambda _row: line_number
    )


def parts(path: Path) -> tuple[str, list[Part]]:
    """Every series of the file, with its label."""
    index = _index_of(path)
    return "series", [
        Part(f"series {number}", label, {"series": number}, number == 1)
        for number, label in enumerate(index.labels, 1)
    ]


@dataclass(frozen=True, eq=False)
class _Index:
    """Where each series of a file is."""

    suffix: str
    header: Header
    starts: NDArray[np.int64]  # byte at which its line begins
    lines: NDArray[np.int64]  # its line number, from 1
    labels: tuple[str, ...]


def _index_of(path: Path) -> _Index:
    status = os.stat(path)
    return _index(path, status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4)  # a click on the next of thousands of series shall not look through the file again
def _index(path: Path, _changed: int, _size: int) -> _Index:
    with path.open("rb") as file:
        suffix = path.suffix.lower()
        start = number = 0
        starts: list[int] = []
        lines: list[int] = []
        labels: list[str] = []
        header: Header | None = Header()
        above: list[str] = []
        for raw in file:
            number += 1
            line = raw.decode("utf-8", "replace").strip().removeprefix("\ufeff")
            begin, start = start, start + len(raw)
            if not line or line.startswith(COMMENTS):
                continue
            if not starts and not above and line.startswith("@"):
                header = None
                suffix = suffix if suffix in (".ts", ".arff") else _format(line)
            if header is None:
                above.append(line)
                if line.lower().startswith("@data"):
                    header = read_header(above)
                continue
            starts.append(begin)
            lines.append(number)
            labels.append(label_in(suffix, line, header))
    if header is None:
        raise SignalError(f"{path.name} has no line @data, so it holds no series; was it cut off?")
    if not starts:
        raise SignalError(f"{path.name} holds no series; it may not have been saved completely.")
    return _Index(suffix, header, np.array(starts), np.array(lines), tuple(labels))


def _format(line: str) -> str:
    """The format of a file whose name does not say it, by its first keyword."""
    return ".arff" if line.lower().startswith(("@relation", "@attribute")) else ".ts"

"""The series and labels of one file of a time series archive; its lines are read by `archive_lines`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hippo_studio.learning.data import DataError
from hippo_studio.learning.datasets.series import Series
from hippo_studio.learning.datasets.splitting import Role
from hippo_studio.signals.read_warnings import BadCells, IrregularTime, ReadWarning
from hippo_studio.signals.readers.archive_lines import Header, label_of, read_header, read_line


@dataclass(frozen=True, eq=False)
class ArchiveFile:
    """What one file holds."""

    series: list[Series]
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
            above = (line for _, line in lines)
            header = read_header(above) if path.suffix.lower() in (".ts", ".arff") else Header()
            _refuse(path, header)
            series: list[Series] = []
            bad: list[tuple[int, str]] = []
            for number, line in lines:
                if not line or line[0] in "#%":
                    continue
                try:
                    label, values = read_line(path.suffix, line, header)
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
    return ArchiveFile(series, warnings)


def _refuse(path: Path, header: Header) -> None:
    if not header.complete:
        raise DataError(f"{path.name} has no line @data, so it holds no series; was it cut off?")
    if not header.classes:
        raise DataError(
            f"The series of {path.name} have no classes (its targets are numbers, or it has none); a "
            "classifier needs classes."
        )

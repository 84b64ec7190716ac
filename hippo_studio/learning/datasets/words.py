"""Tables of words: which file is what, where a region begins; and what their columns are called."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hippo_studio.learning.data import DataError
from hippo_studio.learning.datasets.splitting import Role

LABEL = (
    "label",
    "labels",
    "class",
    "classes",
    "class_name",
    "classname",
    "category",
    "target",
    "activity",
)
FILE = (
    "file",
    "filename",
    "file_name",
    "path",
    "filepath",
    "file_path",
    "clip",
    "audio",
    "recording",
    "wav",
    "name",
)
GROUP = (
    "group",
    "speaker",
    "speaker_id",
    "subject",
    "subject_id",
    "patient",
    "patient_id",
    "participant",
    "user",
)
PURPOSE = ("split", "subset", "set", "part", "partition", "fold", "usage")
SERIES = (
    "series",
    "series_id",
    "id",
    "case",
    "case_id",
    "sequence",
    "sequence_id",
    "instance",
    "sample_id",
    "trial",
)
ROLES = {
    "train": Role.OPEN,
    "training": Role.OPEN,
    "valid": Role.VALIDATION,
    "validation": Role.VALIDATION,
    "val": Role.VALIDATION,
    "dev": Role.VALIDATION,
    "test": Role.TEST,
    "testing": Role.TEST,
}
LARGEST = 1 << 28
"""Bytes of a table of words."""


@dataclass(frozen=True)
class Words:
    """A table as text: its columns' names and its rows, each as wide as the header."""

    path: Path
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def find(self, names: Sequence[str]) -> int | None:
        """Return the index of the column called by the first of these, in any case; None without one."""
        here = [column.strip().lower().replace(" ", "_").replace("-", "_") for column in self.columns]
        return next((here.index(name) for name in names if name in here), None)

    def column(self, index: int) -> list[str]:
        """Return the cells of a column."""
        return [row[index] for row in self.rows]

    def roles(self) -> list[Role]:
        """Return what each row is for, if a column says so; open otherwise."""
        index = self.find(PURPOSE)
        if index is None:
            return [Role.OPEN] * len(self.rows)
        return [ROLES.get(cell.lower(), Role.OPEN) for cell in self.column(index)]

    def groups(self) -> list[str]:
        """Return the group of each row, "" throughout if no column tells one."""
        index = self.find(GROUP)
        return [""] * len(self.rows) if index is None else self.column(index)


def read_words(path: Path) -> Words:
    """Return a small table as text.

    Raises
    ------
    DataError
        If it cannot be read, is too large for what it should be, or has no rows.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise DataError(f"{path.name} is larger than {LARGEST >> 20} MB, which no table of labels is.")
        text = path.read_bytes().decode("utf-8-sig", errors="replace")
    except OSError as error:
        raise DataError(f"{path} cannot be read: {(error.strerror or str(error)).lower()}.") from None
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 2:
        raise DataError(f"{path.name} holds no labels: a header and at least one row below it are needed.")
    delimiter = max("\t;,", key=lines[0].count)
    table = [
        [cell.strip() for cell in row]
        for row in csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter)
    ]
    columns = tuple(table[0])
    rows = tuple(tuple((row + [""] * len(columns))[: len(columns)]) for row in table[1:])
    return Words(path, columns, rows)


def header_of(path: Path) -> Words | None:
    """Return the header and the first row of a text file, to see what it is; None if it is no table."""
    try:
        with path.open("rb") as file:
            head = file.read(1 << 16)
    except OSError:
        return None
    if b"\0" in head:
        return None
    lines = [line for line in head.decode("utf-8-sig", errors="replace").splitlines() if line.strip()][:2]
    if len(lines) < 2:
        return None
    delimiter = max("\t;,", key=lines[0].count)
    try:
        rows = [tuple(cell.strip() for cell in row) for row in csv.reader(lines, delimiter=delimiter)]
    except csv.Error:
        return None
    if len(rows) < 2 or len(rows[1]) < len(rows[0]):
        return None
    return Words(path, rows[0], (rows[1][: len(rows[0])],))

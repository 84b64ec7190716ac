"""A file per example and a table of their labels.

    recordings/labels.csv     file,label            further columns: split (train, validation, test), and
    recordings/a.wav          a.wav,cough           speaker, subject, patient …, which is not torn
    recordings/b.csv          b.csv,laugh

The table may have any name; its columns are told by theirs (`words`). Files are named relative to the table's
folder, with or without their extension, or just by name if they lie somewhere below it.
"""

from __future__ import annotations

import os
from pathlib import Path

from hippo_studio.learning.data import DataError
from hippo_studio.learning.datasets import remarks
from hippo_studio.learning.datasets.clips import load_clips
from hippo_studio.learning.datasets.loaded import Like, Loaded
from hippo_studio.learning.datasets.recordings import Clip, is_readable
from hippo_studio.learning.datasets.series import ordered
from hippo_studio.learning.datasets.words import FILE, LABEL, header_of, read_words
from hippo_studio.signals import ReadWarning

TABLES = (".csv", ".tsv", ".txt")


def recognises(where: Path) -> bool:
    """Whether this is such a table, or a folder with one."""
    return _table(where) is not None


def load(where: Path, like: Like | None = None) -> Loaded:
    """Return the files that the table labels; DataError if none is there."""
    table = _table(where)
    if table is None:
        raise DataError(f"{where} has no table with a column of files and a column of labels.")
    words = read_words(table)
    files, labels = words.find(FILE), words.find(LABEL)
    if files is None or labels is None:
        raise DataError(f"{table} has lost its columns of files and labels meanwhile; open it again.")
    index = _Index(table.parent)
    classes = list(ordered(row[labels] for row in words.rows if row[labels]))
    clips: list[Clip] = []
    missing: list[str] = []
    nameless = 0
    for row, role, group in zip(words.rows, words.roles(), words.groups(), strict=True):
        path = index.find(row[files])
        if not row[labels]:
            nameless += 1
        elif path is None:
            missing.append(row[files])
        else:
            clips.append(Clip(path, row[files], classes.index(row[labels]), role, group))
    if not clips:
        raise DataError(
            f"{table.name} labels {len(words.rows)} files, none of which is in {table.parent} "
            f"({remarks.listed(missing) or 'their labels are empty'}); put the files beside the table."
        )
    warnings: list[ReadWarning] = []
    if missing:
        warnings.append(
            remarks.LabelsLeftAside(
                f"{table.name} labels {len(missing)} files that are not there: {remarks.listed(missing)}."
            )
        )
    if nameless:
        warnings.append(
            remarks.LabelsLeftAside(f"{remarks.counted(nameless, 'row')} left aside, without a label.")
        )
    return load_clips(where, tuple(classes), clips, like, warnings)


def _table(where: Path) -> Path | None:
    """The table: this file, or the one in this folder; None if there is none."""
    if where.is_dir():
        names = sorted(entry.name for entry in os.scandir(where) if entry.name.lower().endswith(TABLES))
        names.sort(key=lambda name: "label" not in name.lower() and "meta" not in name.lower())
        return next((where / name for name in names[:50] if _is_table(where / name)), None)
    return where if where.suffix.lower() in TABLES and _is_table(where) else None


def _is_table(path: Path) -> bool:
    """Whether it has a column of labels and one of files, and these look like files."""
    words = header_of(path)
    if words is None or path.name.lower().endswith(".labels.csv"):
        return False
    files, labels = words.find(FILE), words.find(LABEL)
    if files is None or labels is None or files == labels:
        return False
    named = words.rows[0][files]
    return is_readable(Path(named)) or _Index(path.parent).find(named) is not None


class _Index:
    """Files below a folder, by how a table may call them."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._by_name: dict[str, Path] | None = None

    def find(self, name: str) -> Path | None:
        """Return the file, None if there is none; a table cannot lead out of its folder."""
        name = name.replace("\\", "/")
        direct = Path(os.path.normpath(self._root / name))
        if direct.is_relative_to(os.path.normpath(self._root)) and direct.is_file():
            return direct
        if self._by_name is None:
            self._by_name = {}
            for root, folders, names in os.walk(self._root):
                folders.sort()
                for entry in sorted(names):
                    if is_readable(Path(entry)):
                        self._by_name.setdefault(entry, Path(root, entry))
                        self._by_name.setdefault(Path(entry).stem, Path(root, entry))
        return self._by_name.get(name.rsplit("/", 1)[-1])

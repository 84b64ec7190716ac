"""Tables of numbers with a column of labels, in three forms that are told apart by their columns.

    one row per series     label,0,1,2,3        or without a header, the label first or last
    one row per moment     id,time,x,y,label    rows of one id are one series
    a labelled record      time,x,y,label       a stretch of one label is one series; few long stretches are
                                                cut into windows

Columns that tell a subject, patient or speaker keep a group together; one called split says what is for what.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.learning.data import DataError
from hippo_studio.learning.datasets import mapped
from hippo_studio.learning.datasets.loaded import Like, Loaded
from hippo_studio.learning.datasets.remarks import CutIntoWindows
from hippo_studio.learning.datasets.series import Series, load_series
from hippo_studio.learning.datasets.splitting import Role
from hippo_studio.learning.datasets.words import GROUP, LABEL, PURPOSE, ROLES, SERIES
from hippo_studio.signals import ReadWarning, SignalError, sniff
from hippo_studio.signals.readers import duck
from hippo_studio.signals.readers.archive_lines import label_of
from hippo_studio.signals.readers.table_format import EMPTY, NUMBER, TEXT, TableFormat
from hippo_studio.signals.readers.table_rows import RegularTable, regular_table

SUFFIXES = (".csv", ".tsv", ".txt", ".dat")
MANY = 16
"""Columns of numbers from which on a row is likelier a series than a moment."""
WINDOW = 128
"""Moments of a window."""
STRETCHES = 10
"""Stretches per class from which on they are examples themselves."""
BLOCK = 8
"""Neighbouring windows that serve one purpose."""
Words = NDArray[np.str_]


def recognises(where: Path) -> bool:
    """Whether it is a file that promises a table."""
    return where.is_file() and where.suffix.lower() in SUFFIXES


def holds_examples(where: Path) -> bool:
    """Whether a column is called a label, and a row or a column of names says where an example ends."""
    label, roles = _named_label(where)
    return bool(label) and (roles.wide or roles.series is not None)


def label_of_moments(where: Path) -> str:
    """Return the column that gives each moment of one signal its label; "" if there is none."""
    label, roles = _named_label(where)
    return "" if roles.wide or roles.series is not None else label


def _named_label(where: Path) -> tuple[str, _Columns]:
    """The name of the column of labels, "" if it is called otherwise, and what each column is for."""
    form = _form(where)
    roles = _roles_of_columns(where, form)
    name = form.columns[roles.label].name
    return name if form.header_row is not None and _plain(name) in LABEL else "", roles


def load(where: Path, like: Like | None = None) -> Loaded:
    """Return the series of a table; DataError if it has no labels or no numbers."""
    try:
        form = _form(where)
        roles = _roles_of_columns(where, form)
        table = _read(where, form, roles)
    except SignalError as error:
        raise DataError(str(error)) from None
    warnings: list[ReadWarning] = []
    sample_rate = None
    if roles.wide:
        series = _wide(table)
        names: tuple[str, ...] = ()
    else:
        series, warnings = _long(table)
        names = tuple(form.columns[index].name for index in roles.numbers)
        sample_rate = _rate(table)
    return load_series(
        str(where),
        where.stem,
        series,
        origin=str(where),
        sample_rate=sample_rate,
        channel_names=names,
        warnings=warnings,
        stamp=mapped.stamp(where),
    )


@dataclass(frozen=True)
class _Columns:
    """What each column is for."""

    label: int
    numbers: tuple[int, ...]
    series: int | None
    group: int | None
    purpose: int | None
    wide: bool


@dataclass(frozen=True, eq=False)
class _Table:
    """The cells that matter, row by row."""

    values: NDArray[Any]  # (columns, rows)
    labels: Words
    series: Words | None
    groups: Words | None
    purposes: Words | None
    seconds: NDArray[np.float64] | None
    lines: Sequence[int]

    def role(self, row: int) -> Role:
        """What a row is for."""
        return Role.OPEN if self.purposes is None else ROLES.get(str(self.purposes[row]).lower(), Role.OPEN)

    def group(self, row: int) -> str:
        """What a row belongs to."""
        return "" if self.groups is None else str(self.groups[row])


def _form(where: Path) -> TableFormat:
    """How the table is written; a header of numbers, label,0,1,2,3, is not taken for a row of them."""
    form = sniff(where)
    first = [_plain(cell) for cell in form.preview[0]] if form.header_row is None and form.preview else []
    if set(first) & set(LABEL) and _numbered([cell for cell in first if cell not in LABEL]):
        return sniff(where, header_row=1)
    return form


def _roles_of_columns(where: Path, form: TableFormat) -> _Columns:
    names = [_plain(column.name) for column in form.columns]

    def find(known: Sequence[str], taken: Sequence[int | None] = ()) -> int | None:
        return next((names.index(n) for n in known if n in names and names.index(n) not in taken), None)

    headless = form.header_row is None
    label = None if headless else find(LABEL)
    if label is None and "y" in names and "x" not in names and _whole(form, names.index("y")):
        label = names.index("y")
    if label is None:
        words = [index for index, column in enumerate(form.columns) if column.kind == TEXT]
        words = [index for index in words if names[index] not in (*SERIES, *GROUP, *PURPOSE)]
        label = words[0] if len(words) == 1 else None
    if label is None and headless and len(names) > 2:
        label = 0 if _whole(form, 0) else len(names) - 1 if _whole(form, len(names) - 1) else None
    if label is None:
        raise DataError(
            f"{where.name} has no column of labels; its columns are {', '.join(names[:12])}"
            f"{' …' if len(names) > 12 else ''}. Call one of them label."
        )
    series, group, purpose = find(SERIES, (label,)), find(GROUP, (label,)), find(PURPOSE, (label,))
    times = form.time.columns if form.time is not None else ()
    taken = {label, series, group, purpose}
    numbers = [
        index for index, column in enumerate(form.columns) if column.kind == NUMBER and index not in taken
    ]
    some = [index for index, column in enumerate(form.columns) if column.kind in (NUMBER, EMPTY)]
    if headless or _numbered([names[index] for index in some if index not in taken]):
        numbers = [index for index in range(len(names)) if index not in taken]
        return _Columns(label, tuple(numbers), series, group, purpose, wide=True)
    numbers = [index for index in numbers if index not in times]
    if not numbers:
        raise DataError(f"{where.name} has labels but no other column of numbers to learn from.")
    wide = series is None and not times and len(numbers) >= MANY
    return _Columns(label, tuple(numbers), series, group, purpose, wide)


def _plain(name: str) -> str:
    return re.sub(r"[ -]+", "_", name.strip().lower())


def _whole(form: TableFormat, index: int) -> bool:
    """Whether the first rows of a column are words or whole numbers, as labels are."""
    cells = [row[index] for row in form.preview if index < len(row)]
    return all(not re.fullmatch(r"[+-]?\d*[.,]\d*[1-9]\d*([eE][+-]?\d+)?", cell.strip()) for cell in cells)


def _numbered(names: Sequence[str]) -> bool:
    """Whether the names count up, as those of moments do: 0, 1, 2 … or t1, t2, t3 …"""
    found = [re.fullmatch(r"(.*?)(\d+)", name) for name in names]
    if len(names) < 4 or not all(found):
        return False
    parts = [(match[1], int(match[2])) for match in found if match]
    return len({stem for stem, _ in parts}) == 1 and all(b[1] - a[1] == 1 for a, b in pairwise(parts))


def _read(where: Path, form: TableFormat, roles: _Columns) -> _Table:
    with regular_table(where, form) as regular, duck.database(where) as connection:
        width = len(form.columns)
        values = _numbers(where, connection, regular, form, roles)
        source = duck.csv_source(regular, width, form.decimal)

        def words(index: int | None) -> Words | None:
            if index is None:
                return None
            cells = connection.execute(f"SELECT trim(coalesce(c{index}, '')) AS v FROM {source}").fetchnumpy()
            return np.asarray(cells["v"], np.str_)

        labels = words(roles.label)
        times = form.time if not roles.wide else None
        seconds = None
        if times is not None:
            spelling = form.spelling(times.columns[0])
            seconds = duck.fetch_times(connection, source, times, spelling).seconds
        lines = [regular.line(row) for row in range(values.shape[1])]
        return _Table(
            values,
            np.array([label_of(cell) for cell in labels] if labels is not None else [], np.str_),
            words(roles.series),
            words(roles.group),
            words(roles.purpose),
            seconds,
            lines,
        )


def _numbers(
    where: Path, connection: Any, regular: RegularTable, form: TableFormat, roles: _Columns
) -> NDArray[Any]:
    """The number columns (columns, rows); of a table that is too large for memory, on the disk."""
    if 8 * regular.rows * len(roles.numbers) <= mapped.LARGE:
        return duck.fetch_table(connection, regular, form, roles.numbers)[0]
    import duckdb

    width, rows = len(form.columns), regular.rows
    with contextlib.suppress(duckdb.ConversionException):  # a word among the numbers: take the slower way
        typed = duck.csv_source(regular, width, form.decimal, roles.numbers)
        names = [f"c{index}" for index in roles.numbers]
        return mapped.mapped_columns(where, connection, typed, names, rows)
    cells = [duck.number_from_text(f"c{index}", form.spelling(index)) for index in roles.numbers]
    source = duck.csv_source(regular, width, form.decimal)
    return mapped.mapped_columns(where, connection, source, cells, rows)


def _wide(table: _Table) -> list[Series]:
    return [
        Series(
            f"line {table.lines[row]}",
            str(table.labels[row]),
            table.values[:, row, np.newaxis],
            table.role(row),
            table.group(row),
        )
        for row in range(table.labels.size)
    ]


def _long(table: _Table) -> tuple[list[Series], list[ReadWarning]]:
    """Rows of one series, or of one label in it, as series."""
    order = np.arange(table.labels.size)
    if table.series is not None:
        names, first, numbers = np.unique(table.series, return_index=True, return_inverse=True)
        rank = np.empty(names.size, np.int64)
        rank[np.argsort(first)] = np.arange(names.size)
        order = np.argsort(rank[numbers], kind="stable")
    stretches = _stretches(table, order)
    if table.series is not None:
        whole = len(stretches) == np.unique(table.series).size
        return [_one(table, rows, "" if whole else str(table.series[rows[0]])) for rows in stretches], []
    classes = max(len(set(table.labels.tolist())), 1)
    lengths = [rows.size for rows in stretches]
    if len(stretches) >= STRETCHES * classes or float(np.median(lengths)) <= 2 * WINDOW:
        return [_one(table, rows) for rows in stretches], []
    windows = []
    for number, rows in enumerate(stretches):
        for index in range(max(rows.size // WINDOW, 1)):
            part = rows[index * WINDOW : (index + 1) * WINDOW]
            windows.append(_one(table, part, f"stretch {number} block {index // BLOCK}"))
    told = CutIntoWindows(
        f"{len(stretches)} stretches of one label are few and long; cut into {len(windows)} windows of "
        f"{WINDOW} rows, of which {BLOCK} neighbours serve one purpose."
    )
    return windows, [told]


def _stretches(table: _Table, order: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """The rows of each series, cut where the label changes; in order of time if there is one."""
    labels = table.labels[order]
    change = labels[1:] != labels[:-1]
    if table.series is not None:
        series = table.series[order]
        change |= series[1:] != series[:-1]
    parts: list[Any] = np.split(order, np.flatnonzero(change) + 1)
    if table.seconds is None or table.series is None:
        return parts
    return [rows[np.argsort(table.seconds[rows], kind="stable")] for rows in parts]


def _one(table: _Table, rows: NDArray[np.int64], group: str = "") -> Series:
    first, last = int(rows[0]), int(rows[-1])
    name = f"lines {table.lines[first]}–{table.lines[last]}"
    if table.series is not None:
        name = f"{table.series[first]}, {name}"
    return Series(
        name,
        str(table.labels[first]),
        table.values[:, _stretch(rows)].T,
        table.role(first),
        table.group(first) or group,
    )


def _stretch(rows: NDArray[np.int64]) -> slice | NDArray[np.int64]:
    """Rows that follow each other as a slice, which copies nothing."""
    first, last = int(rows[0]), int(rows[-1])
    return slice(first, last + 1) if last - first + 1 == rows.size and (np.diff(rows) == 1).all() else rows


def _rate(table: _Table) -> float | None:
    """The rate by the time column, None without one."""
    if table.seconds is None:
        return None
    steps = np.diff(table.seconds)
    steps = steps[np.isfinite(steps) & (steps > 0)]
    return float(1.0 / np.median(steps)) if steps.size else None

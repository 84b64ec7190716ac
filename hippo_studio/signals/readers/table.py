"""Tables of text: CSV, TSV and whatever else loggers write, in the encoding and punctuation they like.

How the table is written is decided by `sniff` (or said by options); DuckDB then parses it with every option
explicit. Columns of text are left aside, and said so; gaps and disorder in time are mended as in `evenly`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals.read_warnings import (
    AssumedTime,
    BadCells,
    BadTimestamps,
    ColumnsLeftAside,
    DuplicateNames,
    ReadWarning,
    RowsLeftAside,
)
from hippo_studio.signals.readers import duck
from hippo_studio.signals.readers.assemble import TimeOfRows, assemble
from hippo_studio.signals.readers.date_order import unused_order
from hippo_studio.signals.readers.table_format import COUNTER, TEXT, TIME, TableFormat
from hippo_studio.signals.readers.table_rows import RegularTable, regular_table
from hippo_studio.signals.readers.table_sniff import sniff
from hippo_studio.signals.readers.zones import seconds_ahead
from hippo_studio.signals.signal import Signal, SignalError


def read(path: Path, **options: Any) -> Signal:
    """Read a table; the options are those of `sniff`, and say what it would otherwise find out.

    Returns
    -------
    Signal : (channels, T) float64, a channel per column of numbers. Without a time column and sample rate,
        1 Hz with a warning. Times without a zone are taken as UTC, or as of `time_zone`.
    """
    return read_table(path, sniff(path, **options), rate_given=options.get("sample_rate") is not None)


def read_table(path: Path, table: TableFormat, *, rate_given: bool = False) -> Signal:
    """Read a table written as `table` says; `rate_given`: its sample rate outranks the time column."""
    with regular_table(path, table) as regular, duck.database(path) as connection:
        if regular.rows == 0:
            raise SignalError(f"{path.name} holds a header but no rows below it; was the recording empty?")
        if not table.channels:
            raise SignalError(_no_channels(path, table))
        width = len(table.columns)
        rows, with_words = duck.fetch_table(connection, regular, table, table.channels)
        source = duck.csv_source(regular, width, table.decimal)
        if rows.shape[1] != regular.rows:
            raise SignalError(
                f"{path.name} has {regular.rows} rows, of which {rows.shape[1]} could be parsed; say its "
                "delimiter and quotation, or save it again as plain CSV."
            )
        found = [*_remarks(table), *regular.warnings]
        time = TimeOfRows(sample_rate=table.sample_rate)
        if table.time is not None:
            stamps = duck.fetch_times(connection, source, table.time, table.spelling(table.time.columns[0]))
            time = TimeOfRows(
                stamps.seconds,
                _in_utc(stamps.start, table),
                table.time.resolution,
                daily=table.time.kind == "clock",
                sample_rate=table.sample_rate if rate_given else None,
                resampling=table.resampling,
            )
            if rate_given and np.isnan(stamps.seconds[0]):
                found.append(BadTimestamps("The first time cannot be read.", regular.line(0)))
            end = _end_of_table(rows, stamps.seconds)
            if end < rows.shape[1]:
                found.append(_left_aside(connection, source, table, regular, rows.shape[1], end))
                rows, time = rows[:, :end], replace(time, seconds=stamps.seconds[:end])
        for index, row in zip(table.channels, rows, strict=True):
            if with_words and np.isnan(row).any():
                found += _words(connection, source, table, index, regular, row.size)
    names = [table.columns[index].name for index in table.channels]
    units = [table.columns[index].unit for index in table.channels]
    return assemble(path, rows, names, units, time, table.missing, found, regular.line)


def _in_utc(start: float | None, table: TableFormat) -> float | None:
    """The Unix time of a start, which so far was taken as UTC."""
    assert table.time is not None
    if start is None or table.time.epoch or table.time.zoned or not table.time_zone:
        return start
    return start - seconds_ahead(table.time_zone, start)


def _end_of_table(rows: NDArray[np.float64], seconds: NDArray[np.float64]) -> int:
    """How many rows there are before another table, or a footer, begins.

    Another table begins with a row of words, after which the time goes back; a footer is what stands at the
    end without a time.
    """
    silent = np.isnan(seconds)
    if not silent.any() or silent.all():
        return len(seconds)
    for row in np.flatnonzero(silent[1:-1] & np.isnan(rows[:, 1:-1]).all(axis=0)) + 1:
        if seconds[row + 1] < seconds[row - 1]:
            return int(row)
    return int(np.flatnonzero(~silent)[-1]) + 1


def _left_aside(
    connection: Any, source: str, table: TableFormat, regular: RegularTable, total: int, end: int
) -> ReadWarning:
    assert table.time is not None
    word = duck.text_at(connection, source, f"c{table.time.columns[0]}", end)
    count = total - end
    return RowsLeftAside(
        f"{repr(word) if word else 'Nothing'} stands in place of a time here, and no time that goes on "
        f"follows; {count} row{'s were' if count > 1 else ' was'} left aside.",
        regular.line(end),
    )


def _remarks(table: TableFormat) -> list[ReadWarning]:
    """What the format itself gives reason to say."""
    remarks: list[ReadWarning] = []
    for kinds, what in (((TEXT,), "holds text"), ((COUNTER,), "counts rows")):
        names = [c.name for c in table.columns if c.kind in kinds and not c.selected]
        if names:
            what = what.replace("holds", "hold").replace("counts", "count") if len(names) > 1 else what
            sentence = f"{', '.join(map(repr, names))} {what}; left aside."
            remarks.append(ColumnsLeftAside(sentence, table.header_row, columns=tuple(names)))
    if table.time is None:
        still = [c.name for c in table.columns if c.kind == TIME and not c.selected]
        if still:
            sentence = f"{', '.join(map(repr, still))} tells no time that advances; left aside."
            remarks.append(ColumnsLeftAside(sentence, columns=tuple(still)))
    bases = Counter(_base(column.name) for column in table.columns)
    twice = [name for name, count in bases.items() if count > 1 and table.header_row is not None]
    if twice:
        remarks.append(
            DuplicateNames(
                f"Several columns are called {', '.join(map(repr, twice))}; the later ones were numbered.",
                table.header_row,
            )
        )
    if table.time is not None and table.time.assumption:
        remarks.append(AssumedTime(table.time.assumption, table.data_row))
    return remarks + unused_order(table.time, table.date_order)


def _base(name: str) -> str:
    stem, _, number = name.rpartition(" (")
    return stem if number[:-1].isdigit() and number.endswith(")") else name


def _words(
    connection: Any, source: str, table: TableFormat, index: int, regular: RegularTable, rows: int
) -> list[ReadWarning]:
    """The warning about cells of a number column that hold neither a number nor a sign for "missing"."""
    number = duck.number_from_text(f"c{index}", table.spelling(index))
    count, row, word = duck.count_words(connection, source, f"c{index}", number, rows)
    if count == 0:
        return []
    shown = word if len(word) <= 30 else word[:29] + "…"
    name = table.columns[index].name
    cells = f"{count} cells of {name!r} hold" if count > 1 else f"1 cell of {name!r} holds"
    return [BadCells(f"{cells} no number (here {shown!r}); taken as missing.", regular.line(row))]


def _no_channels(path: Path, table: TableFormat) -> str:
    words = [
        f"{column.name!r} holds text such as {row[index]!r}"
        for row in table.preview[:1]
        for index, column in enumerate(table.columns)
        if column.kind == TEXT and index < len(row)
    ]
    what = "; ".join(words[:3])
    if table.time is not None:
        return (
            f"{path.name} holds only times and no other column of numbers{what and f' ({what})'}; there is "
            "nothing to show."
        )
    return f"{path.name} holds no column of numbers: {what or ', '.join(c.name for c in table.columns)}."

"""Parquet tables, through DuckDB; which column is time is found out as for tables of text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from hippo_studio.signals.read_warnings import AssumedTime, ColumnsLeftAside, ReadWarning
from hippo_studio.signals.readers import duck
from hippo_studio.signals.readers.assemble import TimeOfRows, assemble
from hippo_studio.signals.readers.date_order import check_date_order, unused_order, with_date_order
from hippo_studio.signals.readers.limits import refuse_bomb
from hippo_studio.signals.readers.resampling import Resampling
from hippo_studio.signals.readers.table_columns import find_columns
from hippo_studio.signals.readers.table_format import AUTO, COUNTER, TEXT, Spelling
from hippo_studio.signals.signal import Signal, SignalError

LOOKED_AT = 400  # rows that decide what a column holds


def read(
    path: Path,
    time_column: str | int | Sequence[str | int] | None = AUTO,
    time_unit: str | None = None,
    date_order: str | None = None,
    sample_rate: float | None = None,
    columns: Sequence[str | int] | None = None,
    missing: str = "interpolate",
    resampling: str = "linear",
    resampling_rate: float | None = None,
) -> Signal:
    """Read a Parquet file; options as in `sniff` for tables of text. (channels, T) float64."""
    check_date_order(date_order)
    irregular = Resampling(resampling, resampling_rate)
    source = duck.parquet_source(path)
    with duck.database(path) as connection:
        names = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
        rows = int(connection.execute(f"SELECT count(*) FROM {source}").fetchone()[0])
        if rows == 0:
            raise SignalError(f"{path.name} holds columns but no rows; was the recording empty?")
        refuse_bomb(path, rows * len(names))
        quoted = ['"' + name.replace('"', '""') + '"' for name in names]
        as_text = ", ".join(f"CAST({name} AS VARCHAR) AS c{i}" for i, name in enumerate(quoted))
        text_source = f"(SELECT {as_text} FROM {source})"
        head = connection.execute(f"SELECT * FROM {text_source} LIMIT {LOOKED_AT}").fetchall()
        texts = [["" if value is None else str(value) for value in row] for row in head]
        found, time = find_columns(names, [], texts, ".", time_column, time_unit, columns)
        time = with_date_order(time, date_order)
        channels = [index for index, column in enumerate(found) if column.selected]
        if not channels:
            raise SignalError(f"{path.name} holds no column of numbers; its columns are {', '.join(names)}.")
        numbers = duck.fetch_numbers(
            connection, source, [f"TRY_CAST({quoted[i]} AS DOUBLE)" for i in channels]
        )
        when = TimeOfRows(sample_rate=sample_rate)
        if time is not None:
            stamps = duck.fetch_times(connection, text_source, time, Spelling())
            when = TimeOfRows(
                stamps.seconds, stamps.start, time.resolution, time.kind == "clock", sample_rate, irregular
            )
    remarks: list[ReadWarning] = []
    if aside := [c.name for c in found if c.kind in (TEXT, COUNTER) and not c.selected]:
        sentence = f"{', '.join(map(repr, aside))}: text, or counts of rows; left aside."
        remarks.append(ColumnsLeftAside(sentence, columns=tuple(aside)))
    if time is not None and time.assumption:
        remarks.append(AssumedTime(time.assumption))
    remarks += unused_order(time, date_order or "")
    labels = [found[i].name for i in channels]
    return assemble(path, numbers, labels, [found[i].unit for i in channels], when, missing, remarks)

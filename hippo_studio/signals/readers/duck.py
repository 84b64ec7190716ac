"""DuckDB as a parser: rows of a regular table or of a Parquet file as arrays of numbers and of times.

Every option is explicit and nothing is fetched from a network; the database lives in memory for one file.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals.readers.cells import MISSING_TEXTS, OFF, ON
from hippo_studio.signals.readers.table_format import UNIT_SECONDS, Spelling, TableFormat, TimeColumn
from hippo_studio.signals.readers.table_rows import RegularTable
from hippo_studio.signals.signal import SignalError

SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "preserve_insertion_order": "true",
}
LONGEST_LINE = 1 << 23  # bytes of one row


@dataclass(frozen=True)
class Stamps:
    """Times of the rows: seconds since the first that can be read, and the Unix time of that one if known."""

    seconds: NDArray[np.float64]  # NaN where unreadable
    start: float | None


@contextlib.contextmanager
def database(path: Path) -> Iterator[Any]:
    """A connection for reading one file; DuckDB's own errors become one sentence about it."""
    import duckdb

    connection = duckdb.connect(":memory:", config=SETTINGS)
    try:
        connection.execute("SET TimeZone = 'UTC'")
        yield connection
    except duckdb.Error as error:
        reason = str(error).strip().splitlines()[0].rstrip(".") if str(error).strip() else "no reason given"
        raise SignalError(f"{path.name} cannot be read ({reason}); it may be damaged.") from None
    finally:
        connection.close()


def csv_source(table: RegularTable, width: int, decimal: str, numbers: Sequence[int] = ()) -> str:
    """The SQL for a regular table, in columns c0, c1, …: those in `numbers` as DOUBLE, the others as text."""
    columns = ", ".join(f"'c{i}': '{'DOUBLE' if i in numbers else 'VARCHAR'}'" for i in range(width))
    quote = text(table.quote)
    return (
        f"read_csv({text(_literal_path(table.path))}, auto_detect=false, header=false, skip={table.skip}, "
        f"delim={text(table.delimiter)}, quote={quote}, escape={quote}, decimal_separator={text(decimal)}, "
        f"compression='none', max_line_size={LONGEST_LINE}, columns={{{columns}}})"
    )


def parquet_source(path: Path) -> str:
    """The SQL for a Parquet file."""
    return f"read_parquet({text(_literal_path(path))})"


def text(value: str) -> str:
    """A string as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def number_from_text(column: str, spelling: Spelling) -> str:
    """The SQL for the number in a text column; NULL where there is none."""
    # The trim also keeps DuckDB from moving the cast into its scan, where a word is an error in spite of
    # TRY_CAST.
    written = f"trim({column})"
    if spelling.switch:
        on, off = (", ".join(map(text, words)) for words in (ON, OFF))
        return f"CASE WHEN lower({written}) IN ({on}) THEN 1.0 WHEN lower({written}) IN ({off}) THEN 0.0 END"
    if spelling.hexadecimal:
        whole = f"CASE WHEN starts_with(lower({written}), '0x') THEN TRY_CAST({written} AS BIGINT) END"
        return f"coalesce({whole}::DOUBLE, TRY_CAST({written} AS DOUBLE))"
    if spelling.label:
        before = text(rf"^{re.escape(spelling.label)}\s*[:=]\s*")
        written = f"regexp_replace({written}, {before}, '')"
    if unit := spelling.suffix:
        bare = f"rtrim(left({written}, -{len(unit)}))"
        written = f"CASE WHEN ends_with({written}, {text(unit)}) THEN {bare} ELSE {written} END"
    if sign := spelling.thousands:
        grouped = text(rf"[+-]?\d{{1,3}}([{sign}]\d{{3}})+([{spelling.decimal}]\d+)?")
        bare = f"replace({written}, {text(sign)}, '')"
        written = f"CASE WHEN regexp_full_match({written}, {grouped}) THEN {bare} ELSE {written} END"
    if spelling.decimal == ",":  # a point that separates no thousands is never to be read as 1.234
        written = f"translate({written}, ',.', '.x')"
    return f"TRY_CAST({written} AS DOUBLE)"


def fetch_table(
    connection: Any, table: RegularTable, form: TableFormat, numbers: Sequence[int]
) -> tuple[NDArray[np.float64], bool]:
    """The number columns, (numbers, rows) with NaN for none; whether there may be words in them."""
    import duckdb

    width, decimal = len(form.columns), form.decimal
    with contextlib.suppress(duckdb.ConversionException):  # a word among the numbers: take the slower way
        typed = csv_source(table, width, decimal, numbers)
        return fetch_numbers(connection, typed, [f"c{index}" for index in numbers]), False
    casts = [number_from_text(f"c{index}", form.spelling(index)) for index in numbers]
    return fetch_numbers(connection, csv_source(table, width, decimal), casts), True


def fetch_numbers(connection: Any, source: str, expressions: Sequence[str]) -> NDArray[np.float64]:
    """The values of SQL expressions, (expressions, rows) float64 with NaN for NULL and infinity."""
    listed = ", ".join(f"{expression} AS v{index}" for index, expression in enumerate(expressions))
    columns = connection.execute(f"SELECT {listed} FROM {source}").fetchnumpy()
    rows = np.empty((len(expressions), len(columns["v0"])))
    for row, column in zip(rows, columns.values(), strict=True):
        row[:] = np.ma.filled(np.ma.asarray(column, dtype=np.float64), np.nan)
    rows[~np.isfinite(rows)] = np.nan
    return rows


def fetch_times(connection: Any, source: str, time: TimeColumn, spelling: Spelling) -> Stamps:
    """The times of the rows of a table of text, as `time` says they are written."""
    column = " || ' ' || ".join(f"trim(c{index})" for index in time.columns)
    if time.kind == "number":
        whole = time.resolution >= UNIT_SECONDS[time.unit]
        number = number_from_text(f"c{time.columns[0]}", spelling)
        number = number.replace("AS DOUBLE", "AS BIGINT") if whole else number
        return as_stamps(_column(connection, source, number), UNIT_SECONDS[time.unit], time.epoch)
    column = f"replace({column}, ',', '.')"
    if time.kind == "clock":
        parts = f"list_reverse(string_split(regexp_replace({column}, ' ?[AaPp][Mm]$', ''), ':'))"
        seconds = " + ".join(
            f"{60**power} * coalesce(TRY_CAST({parts}[{power + 1}] AS DOUBLE), {'NULL' if power < 2 else 0})"
            for power in range(3)
        )
        afternoon = f"CASE WHEN regexp_matches({column}, '[Pp][Mm]$') THEN 43200 ELSE 0 END"
        noon = f"CASE WHEN regexp_matches({column}, '^12.*[AaPp][Mm]$') THEN 43200 ELSE 0 END"
        return as_stamps(_column(connection, source, f"{seconds} + {afternoon} - {noon}"), 1.0, False)
    return as_stamps(_column(connection, source, _moment(column, time)), 1e-9, True)


def _moment(column: str, time: TimeColumn) -> str:
    """The SQL for a text's Unix time in nanoseconds."""
    column = f"regexp_replace({column}, ' ?(Z|z|UTC|GMT)$', '')"
    if time.pattern == "iso":
        # Cast to a plain timestamp, DuckDB drops the offset from UTC without a word.
        if time.zoned:
            return f"1000 * epoch_us(TRY_CAST({column} AS TIMESTAMPTZ))"
        return f"epoch_ns(TRY_CAST({column} AS TIMESTAMP_NS))"
    zone = "%z" if time.zoned else ""
    if "%I" in time.pattern:
        stem = time.pattern.removesuffix(" %p")
        endings = [f"{stem}{seconds}{gap}%p" for seconds in (":%S", ":%S.%f", "") for gap in (" ", "")]
    elif "%M" in time.pattern and ":" in time.pattern:
        endings = [time.pattern + seconds + zone for seconds in (":%S.%n", ":%S", "")]
    else:
        endings = (
            [time.pattern + zone, time.pattern + ".%n" + zone] if "%H" in time.pattern else [time.pattern]
        )
    patterns = ", ".join(map(text, endings))
    return f"epoch_ns(try_strptime({column}, [{patterns}])::TIMESTAMP_NS)"


def as_stamps(column: Any, seconds_per_unit: float, absolute: bool) -> Stamps:
    """A fetched column of times as seconds since its first; whole numbers lose nothing on the way."""
    masked = np.ma.asarray(column)
    bad = np.ma.getmaskarray(masked).copy()
    values = (
        masked.filled(0) if masked.dtype.kind in "iu" else np.ma.filled(masked.astype(np.float64), np.nan)
    )
    if values.dtype.kind == "f":
        bad |= ~np.isfinite(values)
    if bad.all():
        return Stamps(np.full(len(values), np.nan), None)
    first = values[int(np.argmin(bad))]
    with np.errstate(over="ignore", invalid="ignore"):
        seconds = np.where(bad, np.nan, (values - first).astype(np.float64) * seconds_per_unit)
    return Stamps(seconds, float(first) * seconds_per_unit if absolute else None)


def count_words(connection: Any, source: str, column: str, number: str, rows: int) -> tuple[int, int, str]:
    """Cells of the first rows that hold neither a number nor a sign for "missing": count, first row, text."""
    missing = ", ".join(map(text, MISSING_TEXTS))
    count, row, word = connection.execute(
        "SELECT count(*), min(r), arg_min(c, r) FROM "
        f"(SELECT row_number() OVER () AS r, {column} AS c, {number} AS v FROM {source}) "
        f"WHERE r <= {rows} AND v IS NULL AND c IS NOT NULL AND lower(trim(c)) NOT IN ({missing})"
    ).fetchone()
    return int(count), int(row or 1) - 1, str(word)


def text_at(connection: Any, source: str, column: str, row: int) -> str:
    """The text of one cell."""
    found = connection.execute(f"SELECT {column} FROM {source} LIMIT 1 OFFSET {row}").fetchone()
    return str(found[0] or "") if found else ""


def _column(connection: Any, source: str, expression: str) -> Any:
    return connection.execute(f"SELECT {expression} AS v FROM {source}").fetchnumpy()["v"]


def _literal_path(path: Path) -> str:
    """The path with the characters of file name patterns made literal."""
    return "".join(f"[{character}]" if character in "*?[" else character for character in str(path))

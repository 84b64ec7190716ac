"""Find out how a table is written, from its first lines: the decisions of a TableFormat.

The lines are split into cells by `table_layout`. The data begin at the first row whose cells are what their
columns mostly hold; what stands above is header, units or preamble.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from hippo_studio.signals.readers import cells as cell
from hippo_studio.signals.readers.date_order import check_date_order, with_date_order
from hippo_studio.signals.readers.resampling import Resampling
from hippo_studio.signals.readers.table_columns import find_columns
from hippo_studio.signals.readers.table_format import AUTO, COUNTER, TableFormat, check_options
from hippo_studio.signals.readers.table_layout import LOOKED_AT, Layout, find_layout
from hippo_studio.signals.readers.table_preamble import increment_above, rate_above, source_beside
from hippo_studio.signals.readers.table_text import sample_lines, split_row
from hippo_studio.signals.readers.zones import check_zone
from hippo_studio.signals.signal import SignalError


def sniff(
    path: Path | str,
    *,
    delimiter: str | None = None,
    decimal: str | None = None,
    header_row: int | str | None = AUTO,
    time_column: str | int | Sequence[str | int] | None = AUTO,
    time_unit: str | None = None,
    time_zone: str | None = None,
    date_order: str | None = None,
    sample_rate: float | None = None,
    columns: Sequence[str | int] | None = None,
    missing: str = "interpolate",
    resampling: str = "linear",
    resampling_rate: float | None = None,
    encoding: str | None = None,
) -> TableFormat:
    """How the table in a file is written; every option given is taken as it is, the rest is found out.

    Parameters
    ----------
    path : a text file.
    delimiter : one character, or "tab"; " " for runs of blanks.
    decimal : "." or ",".
    header_row : line number from 1; None: the table has no header.
    time_column : name or index from 0, two of them for date and clock time; None: no column is time.
    time_unit : "s", "ms", "us", "ns", "min", "h" or "d", for numbers in the time column.
    time_zone : such as "+02:00" or "Europe/Berlin", of dates that are written without; UTC by default.
    date_order : "day-month" or "month-day", of dates such as 01/02/2023.
    sample_rate : Hz; the time column then only tells the start.
    columns : names or indices of those that become channels; all columns of numbers by default.
    missing : "interpolate", "zero" or "error", for values that are absent or not finite.
    resampling, resampling_rate : "linear" or "none", and Hz, for rows at irregular times: see `Resampling`.
    encoding : as Python names it.

    Raises
    ------
    SignalError
        No table of numbers can be found, or the file cannot be read.
    ValueError
        An option that is not among those listed, or names no column.
    """
    path = Path(path)
    delimiter = "\t" if delimiter in ("tab", r"\t") else delimiter
    check_options(delimiter, decimal, header_row, time_unit, sample_rate, missing)
    if time_zone is not None:
        check_zone(time_zone)
    check_date_order(date_order)
    irregular = Resampling(resampling, resampling_rate)
    encoding, lines = sample_lines(path, encoding)
    layout = find_layout(path, lines, delimiter, header_row)
    beside = source_beside(layout.rows) if header_row == time_column == AUTO and columns is None else None
    if beside is not None:
        header_row, time_column, columns = None, 3, [4]
    if isinstance(header_row, int) and header_row not in layout.lines:
        raise ValueError(f"header_row is a line with text near the top; line {header_row} is not.")
    written = layout.rows
    labels = _in_most_cells(layout, cell.common_label)
    if any(labels):
        layout = replace(
            layout, rows=[list(map(cell.unlabelled, row, _as_long(labels, row))) for row in written]
        )
    text = [value for row in layout.rows for value in row]
    points, commas = cell.decimal_votes(text)
    decimal = decimal or ("," if commas > points else ".")
    thousands = cell.thousands_sign(text, decimal)
    suffixes = _in_most_cells(layout, cell.common_unit)
    layout = replace(layout, rows=[_bare(row, thousands, suffixes) for row in layout.rows])
    begin = _find_data(layout, decimal, header_row)
    if begin is None:
        raise SignalError(_no_numbers(path, layout))
    if delimiter is None and header_row == AUTO and (label := _first_label(layout)):
        raise SignalError(
            f"{path.name} is a list of labels, as Audacity exports them ({label}), "
            "and no signal; open the recording that they belong to."
        )
    header, units = _find_header(layout, begin, decimal, header_row)
    rows = [row for row in layout.rows[begin:] if len(row) > 0][:LOOKED_AT]
    increment = None
    if header_row == AUTO and (found_increment := increment_above(layout.rows[:begin])):
        (header, increment), units = found_increment, None
    names = list(layout.rows[header]) if header is not None else []
    header_line: int | None = layout.lines[header] if header is not None else None
    if header is None and header_row == AUTO and (found := _commented_header(lines, layout, begin)):
        header_line, names = found
    if not names and any(labels):
        names = labels
    units_given = layout.rows[units] if units is not None else suffixes
    found_columns, time = find_columns(names, units_given, rows, decimal, time_column, time_unit, columns)
    time = with_date_order(time, date_order)
    if increment is not None and time is None and columns is None:  # the first column numbers the rows
        found_columns = (replace(found_columns[0], kind=COUNTER, selected=False), *found_columns[1:])
    found_columns = tuple(
        replace(column, suffix=suffix, label=label)
        for column, suffix, label in zip(
            found_columns, _as_long(suffixes, found_columns), _as_long(labels, found_columns), strict=True
        )
    )
    if beside is not None:
        named = replace(found_columns[4], name=beside[0], unit=beside[1])
        found_columns = (*found_columns[:4], named, *found_columns[5:])
    above = lines[: layout.lines[begin] - 1]
    return TableFormat(
        encoding=encoding,
        delimiter=layout.delimiter,
        quote=layout.quote,
        decimal=decimal,
        comment=layout.comment,
        header_row=header_line,
        units_row=layout.lines[units] if units is not None else None,
        data_row=layout.lines[begin],
        columns=found_columns,
        time=time,
        sample_rate=sample_rate if sample_rate is not None else increment or rate_above(above),
        missing=missing,
        preview=tuple(tuple(row) for row in written[begin:][:20]),
        thousands=thousands,
        time_zone=time_zone or "",
        resampling=irregular,
        date_order=date_order or "",
    )


def _as_long(texts: list[str], other: Sequence[object]) -> list[str]:
    """The texts, as many as the others are: what is absent is empty."""
    return (texts + [""] * (len(other) - len(texts)))[: len(other)]


def _in_most_cells(layout: Layout, find: Callable[[list[str]], str]) -> list[str]:
    """What the numbers of each column have about them, such as a unit; "" where they have nothing."""
    regular = [row for row in layout.rows if len(row) == layout.width]
    tail = regular[len(regular) // 4 :] if len(regular) > 8 else regular
    columns = ([row[i] for row in tail if not cell.is_missing(row[i])] for i in range(layout.width))
    return [find(column[-LOOKED_AT:][::-1]) for column in columns]


def _bare(row: list[str], thousands: str, suffixes: Sequence[str]) -> list[str]:
    """Cells with the bare numbers in them."""
    if thousands:
        row = [cell.ungrouped(value, thousands) for value in row]
    if any(suffixes):
        bare = [
            value.removesuffix(unit).rstrip() if unit and value[:1] in "+-.0123456789" else value
            for value, unit in zip(row, suffixes, strict=False)
        ]
        row = bare + row[len(bare) :]
    return row


def _first_label(layout: Layout) -> str:
    """What the first row of a list of labels (start, end, word) says; "" if the rows are no such list."""
    if layout.delimiter != "\t" or layout.width != 3 or any(len(row) != 3 for row in layout.rows):
        return ""
    last = -math.inf
    for start, end, word in layout.rows:
        if not (cell.is_number(start, ".") and cell.is_number(end, ".")) or _tells(word, ".") or not word:
            return ""
        if not last <= float(start) <= float(end):
            return ""
        last = float(start)
    start, end, word = layout.rows[0]
    return f"line {layout.lines[0]}: from {start} s to {end} s {word!r}"


def _find_data(layout: Layout, decimal: str, header_row: int | str | None) -> int | None:
    """Index of the first row whose cells are of the kinds that their columns mostly hold."""
    regular = [row for row in layout.rows if len(row) == layout.width]
    tail = regular[len(regular) // 4 :] if len(regular) > 8 else regular
    numeric = []
    for column in range(layout.width):
        values = [row[column] for row in tail if not cell.is_missing(row[column])]
        hits = sum(_tells(value, decimal) for value in values)
        if values and hits >= 0.5 * len(values):
            numeric.append(column)
    if not numeric:
        return None
    for index, row in enumerate(layout.rows):
        if isinstance(header_row, int) and layout.lines[index] <= header_row:
            continue
        values = [row[column] for column in numeric if column < len(row)]
        filled = [value for value in values if not cell.is_missing(value)]
        fits = filled and all(_tells(value, decimal) for value in filled)
        if fits and len(row) >= max(layout.width - 1, 1) and len(filled) >= len(numeric) / 2:
            if _is_numbered_header(layout, index, decimal) and header_row == AUTO:
                continue
            return _with_short_rows(layout, index, decimal)
    return None


def _with_short_rows(layout: Layout, begin: int, decimal: str) -> int:
    """The first row of data, if rows that break off stand between the header and the first whole row."""
    first = begin
    while first > 0 and all(_tells(value, decimal) for value in layout.rows[first - 1] if value):
        first -= 1
    above = layout.rows[first - 1] if first else []
    named = len(above) == layout.width and not any(_tells(value, decimal) for value in above)
    return first if named else begin


def _tells(value: str, decimal: str) -> bool:
    return (
        cell.is_number(value, decimal)
        or cell.is_hexadecimal(value)
        or cell.is_datetime(value)
        or cell.is_date(value)
        or cell.is_clock(value)
    )


def _is_numbered_header(layout: Layout, index: int, decimal: str) -> bool:
    """Whether the first row only counts the columns, 0 1 2 …, above rows that are not whole numbers."""
    row = layout.rows[index]
    counting = [str(number) for number in range(len(row))]
    if index != 0 or len(row) < 2 or row not in (counting, ["", *counting[:-1]]) or len(layout.rows) < 2:
        return False
    return any("." in value or "," in value for value in layout.rows[1])


def _find_header(
    layout: Layout, begin: int, decimal: str, header_row: int | str | None
) -> tuple[int | None, int | None]:
    """Indices of the rows with names and with units, above the data."""
    if header_row is None:
        return None, None
    if isinstance(header_row, int):
        header = layout.lines.index(header_row)
        below = header + 1
        units = below if below < begin and all(map(cell.is_unit, layout.rows[below])) else None
        return header, units
    # Names for all columns; one fewer where the row names have none, one more where rows end in a delimiter.
    wide = [
        index for index in range(begin) if abs(len(layout.rows[index]) - layout.width) <= (layout.width > 2)
    ]
    if not wide or wide[-1] != begin - 1:
        # Fewer names than columns still name the first ones.
        above = layout.rows[begin - 1] if begin else []
        named = 2 <= len(above) < layout.width and not any(
            not value or _tells(value, decimal) for value in above
        )
        return (begin - 1 if named else None), None
    last = wide[-1]
    if len(wide) > 1 and wide[-2] == last - 1 and all(map(cell.is_unit, layout.rows[last])):
        return wide[-2], last
    return last, None


def _commented_header(lines: Sequence[str], layout: Layout, begin: int) -> tuple[int, list[str]] | None:
    """The header that some programs write as the last comment above the data."""
    for number in range(layout.lines[begin] - 1, 0, -1):
        line = lines[number - 1].strip()
        if not (layout.comment and line.startswith(layout.comment)):
            continue
        names = split_row(line.removeprefix(layout.comment), layout.delimiter, layout.quote)
        named = all(name and not cell.is_number(name, ".") for name in names)
        return (number, names) if len(names) == layout.width and named and layout.width > 1 else None
    return None


def _no_numbers(path: Path, layout: Layout) -> str:
    width, rows = layout.width, len(layout.rows)
    what = f"{rows} line{'s' * (rows != 1)} and {width} column{'s' * (width != 1)} were found"
    if rows == 1 and width > 1:
        return f"{path.name} holds a header but no rows of numbers below it; was the recording empty?"
    number, line = layout.lines[rows // 2], layout.delimiter.join(layout.rows[rows // 2])
    shown = line if len(line) <= 60 else line[:59] + "…"
    return (
        f"{path.name} holds no column of numbers ({what}; line {number} reads {shown!r}); if it is a table, "
        "name its delimiter and decimal sign."
    )

"""What each column of a table holds and is called, and which of them is time."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

from hippo_studio.signals.readers import cells as cell
from hippo_studio.signals.readers.table_format import (
    AUTO,
    COUNTER,
    EMPTY,
    NUMBER,
    TEXT,
    TIME,
    UNIT_SECONDS,
    Column,
    TimeColumn,
)
from hippo_studio.signals.reading_options import how_to_say

_WHOLE = re.compile(r"[+-]?\d{1,18}", re.ASCII)
# Numbers of seconds since 1970 that are taken for dates: 2001-09-09 to 2128, per unit of time.
EPOCHS = {"s": (1e9, 5e9), "ms": (1e12, 5e12), "us": (1e15, 5e15), "ns": (1e18, 5e18)}

DAYS = (20_000, 80_000)  # 1954 to 2119, in the days of spreadsheets

Selector = str | int


def find_columns(
    names: Sequence[str],
    units: Sequence[str],
    rows: Sequence[Sequence[str]],
    decimal: str,
    time_column: Selector | Sequence[Selector] | None,
    time_unit: str | None,
    selected: Sequence[Selector] | None,
) -> tuple[tuple[Column, ...], TimeColumn | None]:
    """Columns and time column of a table whose first rows of data are `rows`."""
    width = sorted(len(row) for row in rows)[len(rows) // 2]
    texts = [[row[i] for row in rows if i < len(row) and not cell.is_missing(row[i])] for i in range(width)]
    columns = _named_columns(names, units, texts, decimal)
    if time_column == AUTO:
        time = _find_time(columns, texts, decimal, time_unit, bool(names))
    elif time_column is None:
        time = None
        columns = [
            replace(c, kind=NUMBER if _is_numeric(texts[i], decimal) else c.kind)
            for i, c in enumerate(columns)
        ]
    else:
        asked = [time_column] if isinstance(time_column, str | int) else list(time_column)
        indices = tuple(find_column(columns, name, "time_column") for name in asked)
        time = _as_time(indices, columns, texts, decimal, time_unit)
        if time is None:
            shown = texts[indices[0]][0] if texts[indices[0]] else ""
            raise ValueError(f"time_column {time_column!r} holds {shown!r}, which is no time.")
    taken = set(time.columns) if time is not None else set()
    if time_column == AUTO:  # a clock that stands still is no channel either
        taken |= {
            i
            for i, c in enumerate(columns)
            if cell.is_time_name(c.name) and len(set(texts[i])) == 1 < len(rows)
        }
    columns = [replace(c, kind=TIME) if i in taken else c for i, c in enumerate(columns)]
    if selected is None:
        # What is empty in the first rows may fill later, but not a column that has no name either.
        named = {i for i, c in enumerate(columns) if c.kind == EMPTY and c.name != f"column {i + 1}"}
        chosen = named | {i for i, c in enumerate(columns) if c.kind == NUMBER}
    else:
        chosen = {find_column(columns, name, "columns") for name in selected}
        if not chosen:
            raise ValueError("columns names at least one column; got none.")
    return tuple(replace(c, selected=i in chosen) for i, c in enumerate(columns)), time


def find_column(columns: Sequence[Column], selector: Selector, option: str) -> int:
    """Index of the column of this name or index."""
    if isinstance(selector, int) and -len(columns) <= selector < len(columns):
        return selector % len(columns)
    for index, column in enumerate(columns):
        if selector in (column.name, f"{column.name} [{column.unit}]"):
            return index
    listed = ", ".join(column.name for column in columns)
    raise ValueError(f"{option} names a column by name or index; got {selector!r}, there are {listed}.")


def _named_columns(
    names: Sequence[str], units: Sequence[str], texts: Sequence[Sequence[str]], decimal: str
) -> list[Column]:
    width = len(texts)
    # One name too few: either the rows have names without a header, or they end in a delimiter.
    nameless = len(names) == width - 1 > 0 and bool(texts[-1])
    shifted = [""] * nameless + list(names)
    columns, used = [], set()
    for index in range(width):
        header = shifted[index] if index < len(shifted) else ""
        name, unit = cell.name_and_unit(header)
        if index < len(units) and units[index].strip(" []{}()<>-"):
            unit = units[index].strip(" []{}()<>")
        kind = _kind(header, texts[index], decimal, bool(names))
        name = name or f"column {index + 1}"
        base, number = name, 1
        while name in used:
            number += 1
            name = f"{base} ({number})"
        used.add(name)
        switch, hexadecimal = (
            bool(texts[index]) and all(map(test, texts[index]))
            for test in (cell.is_switch, cell.is_hexadecimal)
        )
        columns.append(Column(name, unit, kind, selected=False, switch=switch, hexadecimal=hexadecimal))
    return columns


def _kind(header: str, texts: Sequence[str], decimal: str, named: bool) -> str:
    if not texts:
        return EMPTY
    if all(map(cell.is_switch, texts)) or all(map(cell.is_hexadecimal, texts)):
        return NUMBER
    half = len(texts) / 2
    if _is_numeric(texts, decimal):
        return COUNTER if _counts(texts) and (cell.is_counter_name(header) if named else False) else NUMBER
    if sum(cell.is_datetime(text) or cell.is_date(text) or cell.is_clock(text) for text in texts) >= half:
        return TIME
    return TEXT


def _is_numeric(texts: Sequence[str], decimal: str) -> bool:
    return bool(texts) and 2 * sum(cell.is_number(text, decimal) for text in texts) >= len(texts)


def _counts(texts: Sequence[str]) -> bool:
    """Whether the texts are whole numbers, each one more than the one before."""
    if len(texts) < 2 or not all(map(_WHOLE.fullmatch, texts)):
        return False
    return all(int(b) - int(a) == 1 for a, b in itertools.pairwise(texts))


def _find_time(
    columns: list[Column], texts: Sequence[Sequence[str]], decimal: str, time_unit: str | None, named: bool
) -> TimeColumn | None:
    """The time column, by what the cells hold first and by its name second."""
    dates = [i for i, t in enumerate(texts) if columns[i].kind == TIME and _mostly(t, cell.is_datetime)]
    clocks = [i for i, t in enumerate(texts) if columns[i].kind == TIME and _mostly(t, cell.is_clock)]
    numbers = [
        i
        for i, column in enumerate(columns)
        if column.kind == NUMBER
        and (_rises(texts[i], decimal) or (cell.is_time_name(column.name) and _falls(texts[i], decimal)))
    ]
    with_clock = [i for i in dates if ":" in texts[i][0] or "T" in texts[i][0]]
    candidates: list[tuple[int, ...]] = [(i,) for i in with_clock]
    bare = [i for i, t in enumerate(texts) if _mostly(t, cell.is_date) and i not in with_clock]
    candidates += [(d, c) for d in bare for c in clocks if abs(d - c) == 1]
    since_1970 = [i for i in numbers if _epoch_unit(texts[i], decimal)]  # tell the start too
    candidates += [(i,) for i in since_1970]
    candidates += [(i,) for i in numbers if cell.is_time_name(columns[i].name) and i not in since_1970]
    candidates += [(i,) for i in clocks]
    candidates += [(i,) for i in dates if i not in with_clock]
    if not named and numbers[:1] == [0] and _steps_evenly(texts[0], decimal) and len(columns) > 1:
        if _counts(texts[0]):
            columns[0] = replace(columns[0], kind=COUNTER)
        else:
            candidates.append((0,))
    times = [_as_time(indices, columns, texts, decimal, time_unit) for indices in candidates]
    found = [time for time in times if time is not None]
    for i in {index for time in found for index in time.columns}:
        columns[i] = replace(columns[i], kind=TIME)
    # A column whose stamps tell the rows apart is better than one that repeats them.
    telling = [time for time in found if _distinct(texts, time.columns)]
    return next(iter(telling or found), None)


def _mostly(texts: Sequence[str], test: object) -> bool:
    assert callable(test)
    return bool(texts) and 2 * sum(map(test, texts)) >= len(texts)


def _distinct(texts: Sequence[Sequence[str]], indices: Sequence[int]) -> bool:
    joined = list(zip(*(texts[i] for i in indices), strict=False))
    return len(set(joined)) > 0.9 * len(joined)


def _floats(texts: Sequence[str], decimal: str) -> list[float]:
    return [cell.to_float(text, decimal) for text in texts if cell.is_number(text, decimal)]


def _rises(texts: Sequence[str], decimal: str) -> bool:
    """Whether the numbers mostly grow, as time does."""
    values = _floats(texts, decimal)
    if len(values) < 2:
        return len(values) == 1
    ups = sum(b >= a for a, b in itertools.pairwise(values))
    return ups >= 0.9 * (len(values) - 1) and max(values) > min(values)


def _falls(texts: Sequence[str], decimal: str) -> bool:
    """Whether each number is below the one before, as time is in a log that begins with the newest row."""
    values = _floats(texts, decimal)
    return len(values) > 2 and all(b < a for a, b in itertools.pairwise(values))


def _steps_evenly(texts: Sequence[str], decimal: str) -> bool:
    """Whether each number exceeds the one before by about the same."""
    values = _floats(texts, decimal)
    steps = sorted(b - a for a, b in itertools.pairwise(values))
    return len(steps) >= 3 and steps[0] > 0 and steps[-1] < 1.5 * steps[len(steps) // 2]


def _epoch_unit(texts: Sequence[str], decimal: str) -> str | None:
    """The unit in which these numbers are dates between 2001 and 2128, if any."""
    values = _floats(texts, decimal)
    for unit, (low, high) in EPOCHS.items():
        if values and all(low <= value < high for value in values):
            return unit
    return None


def _as_time(
    indices: tuple[int, ...],
    columns: Sequence[Column],
    texts: Sequence[Sequence[str]],
    decimal: str,
    time_unit: str | None,
) -> TimeColumn | None:
    """How the text of these columns becomes seconds; None if it does not."""
    first = texts[indices[0]]
    if not first:
        return None
    if len(indices) == 2:
        joined = [f"{a} {b}" for a, b in zip(first, texts[indices[1]], strict=False)]
        return _dated(indices, joined)
    if _mostly(first, cell.is_datetime):
        return _dated(indices, first)
    if _mostly(first, cell.is_clock):
        return TimeColumn(indices, "clock", resolution=_resolution(first))
    if not _is_numeric(first, decimal):
        return _dated(indices, first) if _mostly(first, cell.is_date) else None
    given = time_unit or cell.TIME_UNITS.get(columns[indices[0]].unit.lower().strip("[]()"))
    epoch_unit = _epoch_unit(first, decimal)
    epoch = epoch_unit is not None and time_unit in (None, epoch_unit)
    unit = epoch_unit if epoch and epoch_unit is not None else given or "s"
    assumption = ""
    if given is None and not epoch and _counts_days(first, decimal):
        unit = "d"
        assumption = (
            f"The times in {columns[indices[0]].name!r} were taken as days, as spreadsheets count them; if "
            f"they are seconds, {how_to_say('time_unit', 's')}."
        )
    elif given is None and not epoch and _whole_steps(first):
        assumption = (
            f"The times in {columns[indices[0]].name!r} were taken as seconds; if they are milliseconds, "
            f"{how_to_say('time_unit', 'ms')}."
        )
    steps = max((cell.decimals(text) for text in first), default=0)
    resolution = 0.0 if any("e" in text.lower() for text in first) else 10.0**-steps * UNIT_SECONDS[unit]
    return TimeColumn(indices, "number", "", unit, epoch, resolution=resolution, assumption=assumption)


def _counts_days(texts: Sequence[str], decimal: str) -> bool:
    """Whether these are days since 1900 with steps of seconds: as seconds, they would be at over 10 kHz."""
    values = _floats(texts, decimal)
    steps = sorted(b - a for a, b in itertools.pairwise(values))
    low, high = DAYS
    return bool(steps) and all(low < value < high for value in values) and 0 < steps[len(steps) // 2] < 1e-4


def _whole_steps(texts: Sequence[str]) -> bool:
    """Whether the times are whole numbers that advance by more than one: hardly seconds."""
    if len(texts) < 2 or not all(map(_WHOLE.fullmatch, texts)):
        return False
    return any(int(b) - int(a) > 1 for a, b in itertools.pairwise(texts))


def _dated(indices: tuple[int, ...], texts: Sequence[str]) -> TimeColumn | None:
    written = cell.moments(texts)
    if written is None:
        return None
    return TimeColumn(
        indices,
        "datetime",
        written.pattern,
        zoned=written.zoned,
        resolution=_resolution(texts),
        assumption=written.assumption,
    )


def _resolution(texts: Sequence[str]) -> float:
    """Seconds between two moments that the texts can tell apart."""
    if not any(":" in text or "T" in text for text in texts):
        return 86400.0
    if all(text.count(":") == 1 and not cell.decimals(text) for text in texts):
        return 60.0
    return float(10.0 ** -max(cell.decimals(text) for text in texts))

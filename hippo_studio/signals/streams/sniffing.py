"""How the lines of a stream are written: found out from the first of them, and from when they came."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from hippo_studio.signals.streams.lines import (
    LineFormat,
    LineParser,
    flattened,
    iso_seconds,
    name_and_unit,
    number,
    split_fields,
)

ENOUGH = 200
"""Lines that tell all that there is to tell."""
_TIMES = {
    "t",
    "time",
    "times",
    "timestamp",
    "ts",
    "date",
    "datetime",
    "clock",
    "millis",
    "micros",
    "epoch",
    "secs",
}
_UNITS = {
    "s": 1.0, "sec": 1.0, "secs": 1.0, "seconds": 1.0, "ms": 1e-3, "millis": 1e-3, "milliseconds": 1e-3,
    "us": 1e-6, "µs": 1e-6, "micros": 1e-6, "ns": 1e-9, "nanos": 1e-9,
}  # fmt: skip
_EPOCHS = ((1e8, 1e10, 1.0), (1e11, 1e13, 1e-3), (1e14, 1e16, 1e-6), (1e17, 1e19, 1e-9))
"""From, to, and seconds in a unit: since 1970, in s, ms, µs and ns (1973 to 2286)."""
_MOST_NAMED = 8
"""Keys without numbers that are named."""
_AGREES = 1.5
"""Within this factor of the wall clock a column that grows is a time."""


def sniff(lines: Sequence[bytes], arrived: Sequence[float] = ()) -> LineFormat | None:
    """The format of lines; None if there is no line of numbers among them.

    `arrived` are seconds at which each came: they tell the unit of a time, where nothing else does.
    """
    pairs = [(line.strip(), time) for line, time in zip(lines, [*arrived] or [0.0] * len(lines), strict=True)]
    pairs = [pair for pair in pairs if pair[0]]
    contents = [line for line, _ in pairs]
    form = _json_format(contents) or _numbers_format(contents)
    if form is None:
        return None
    return _with_time(form, contents, [time for _, time in pairs])


def _json_format(lines: Sequence[bytes]) -> LineFormat | None:
    keys: Counter[tuple[str, ...]] = Counter()
    met: dict[str, None] = {}  # every key, in order
    lists = False
    for line in lines:
        if not line.startswith((b"{", b"[")):
            continue
        try:
            thing = json.loads(line)
        except (ValueError, RecursionError):
            continue
        leaves = dict(flattened(thing))
        met.update(dict.fromkeys(leaves))
        flat = [name for name, value in leaves.items() if _is_numeric(name, value)]
        if flat:
            keys[tuple(flat)] += 1
            lists = isinstance(thing, list)
    if not keys or sum(keys.values()) < len(lines) / 2:
        return None
    common = keys.most_common(1)[0][0]
    if lists:
        plain = all("." not in name for name in common)
        return LineFormat("numbers" if plain else "json", len(common))
    pairs = [name_and_unit(key) for key in common]
    names, units = tuple(name for name, _ in pairs), tuple(unit for _, unit in pairs)
    numeric = {name for names in keys for name in names}  # some lines may do without one
    left_out = tuple(name for name in met if name not in numeric)[:_MOST_NAMED]
    return LineFormat("json", len(common), keys=common, names=names, units=units, left_out=left_out)


def _is_numeric(name: str, value: object) -> bool:
    if isinstance(value, str):
        a_time = name.rpartition(".")[2].lower() in _TIMES and iso_seconds(value.encode()) is not None
        return a_time or number(value.encode()) is not None
    return value is None or isinstance(value, int | float)


def _numbers_format(lines: Sequence[bytes]) -> LineFormat | None:
    """The delimiter and decimal point with which most lines are numbers, all of them as many."""
    best: tuple[int, LineFormat] | None = None
    for delimiter, decimal_comma in (
        (";", True),
        (";", False),
        ("\t", True),
        ("\t", False),
        (",", False),
        (" ", False),
    ):
        shapes: Counter[int] = Counter()
        for line in lines:
            fields = split_fields(line, delimiter)
            if len(fields) > 1 and not fields[-1]:
                fields.pop()
            clock = iso_seconds(fields[0]) is not None and len(fields) > 1
            numbers = [number(content, decimal_comma=decimal_comma) for content in fields[clock:]]
            if any(value is not None and value == value for value in numbers) and None not in numbers:
                shapes[len(fields)] += 1
        if not shapes:
            continue
        columns, count = shapes.most_common(1)[0]
        uses_comma = any(b"," in line for line in lines)
        form = LineFormat("numbers", columns, delimiter=delimiter, decimal_comma=decimal_comma and uses_comma)
        if best is None or (count, columns > 1) > (best[0], best[1].columns > 1):
            best = count, form
    if best is None:
        return None
    form = best[1]
    return _with_names(form if form.columns > 1 else replace(form, delimiter=","), lines)


def _with_names(form: LineFormat, lines: Sequence[bytes]) -> LineFormat:
    for line in lines[:20]:
        fields = split_fields(line.lstrip(b"#% "), form.delimiter)
        if len(fields) == form.columns + 1 and not fields[-1]:
            fields.pop()
        texts = [content.decode("utf-8", "replace") for content in fields]
        named = all(
            text and number(content, decimal_comma=form.decimal_comma) is None
            for text, content in zip(texts, fields, strict=True)
        )
        if len(fields) == form.columns and named and iso_seconds(fields[0]) is None:
            pairs = [name_and_unit(text) for text in texts]
            if len({name for name, _ in pairs}) == len(pairs) and all(text.isprintable() for text in texts):
                return replace(form, names=tuple(n for n, _ in pairs), units=tuple(u for _, u in pairs))
    return form


def _with_time(form: LineFormat, lines: Sequence[bytes], arrived: Sequence[float]) -> LineFormat:
    """Say which column is a time, and in what unit."""
    if form.columns < 2:
        return form
    candidates = [0] if form.kind == "numbers" and not form.names else range(form.columns)
    if form.kind == "numbers" and _first_is_iso(lines, form):
        return replace(form, time=0, time_unit=0.0)
    for place in candidates:
        if form.keys and _says_time(form, place) and _key_is_iso(lines, form, place):
            return replace(form, time=place, time_unit=0.0)
    good = [
        (LineParser(form).parse(line + b"\n").values, time) for line, time in zip(lines, arrived, strict=True)
    ]
    rows = [(values[0], time) for values, time in good if len(values)]
    if not rows:
        return form
    table, clock = np.array([row for row, _ in rows]), np.array([time for _, time in rows])
    for place in candidates:
        unit = _unit(form, place, table[:, place], clock)
        if unit:
            return replace(form, time=place, time_unit=unit)
    return form


def _first_is_iso(lines: Sequence[bytes], form: LineFormat) -> bool:
    firsts = [split_fields(line, form.delimiter)[0] for line in lines]
    return sum(iso_seconds(first) is not None and number(first) is None for first in firsts) > len(lines) / 2


def _key_is_iso(lines: Sequence[bytes], form: LineFormat, place: int) -> bool:
    for line in lines:
        try:
            value = dict(flattened(json.loads(line))).get(form.keys[place])
        except (ValueError, RecursionError):
            continue
        if isinstance(value, str):
            return iso_seconds(value.encode()) is not None
    return False


def _says_time(form: LineFormat, place: int) -> bool:
    if not form.names:
        return False
    name = form.names[place].lower().rpartition(".")[2]
    return name in _TIMES or name.partition("_")[0] in _TIMES or name.rpartition("_")[0] in _TIMES


def _unit(form: LineFormat, place: int, column: np.ndarray, arrived: np.ndarray) -> float:
    """Seconds in a unit of a column that is a time; 0 if it is none."""
    known = np.isfinite(column)
    column, arrived = column[known], arrived[known]
    steps = np.diff(column)
    if not column.size or (steps < 0).mean() > 0.1 if steps.size else False:
        return 0.0
    said, named = _said_unit(form, place), _says_time(form, place)
    if not named and (place or form.keys):
        return 0.0
    since_1970 = next((unit for low, high, unit in _EPOCHS if low < np.median(column) < high), 0.0)
    if since_1970 and (named or steps.size >= 3):
        return since_1970
    if named and said:
        return said
    span, wall = (
        (float(column[-1] - column[0]), float(arrived[-1] - arrived[0])) if column.size > 1 else (0.0, 0.0)
    )
    if span > 0 and wall > 0.2 and steps.size >= 3:
        for unit in (1.0, 1e-3, 1e-6, 1e-9):
            if wall / _AGREES < span * unit < wall * _AGREES and (named or not _counts(steps)):
                return unit
    if named:
        return 1e-3 if steps.size and (steps % 1 == 0).all() and np.median(steps) > 1 else 1.0
    return 0.0


def _counts(steps: np.ndarray) -> bool:
    """Whether a column only numbers the rows."""
    return bool((steps == 1).mean() > 0.9)


def _said_unit(form: LineFormat, place: int) -> float:
    if not form.names:
        return 0.0
    unit, name = form.units[place].lower(), form.names[place].lower()
    for word in (unit, name, name.rpartition("_")[2]):
        if word in _UNITS and math.isfinite(_UNITS[word]):
            return _UNITS[word]
    return 0.0

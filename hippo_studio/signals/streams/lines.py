"""Lines of text to rows of numbers, a batch at a time: what NumPy can do at once, and the rest line by line.

A line holds numbers between commas, semicolons, tabs or spaces, or is a JSON object or array. All lines of a
stream have one form, a `LineFormat`, which `sniffing.py` finds out from the first of them. What has another
form is garbled: it is counted, and the last one is quoted. So is a line that begins with # or %: only before
the first row it is a remark, as the head of a file is, and later only if it names the columns again, as a
device does that was started anew. A value that is absent (an empty field, null, nan)
is NaN here; whoever makes samples of rows decides what stands in its place.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]

LONGEST_LINE = 1 << 20
"""Bytes without the end of a line after which they are garbage, so that memory stays bounded."""
CUT = b"\0"
"""What ends a line whose sender went away in the middle of it: half a number is none."""
QUOTED = 80
"""Characters of a garbled line that are kept to be shown."""
_DELIMITERS = np.zeros(256, bool)
_DELIMITERS[list(b",;\t []")] = True
_PLAIN = np.zeros(256, bool)
_PLAIN[list(b"0123456789+-.eE,;\t []\n")] = True
_NOTHING = frozenset((b"", b"nan", b"NaN", b"NAN", b"null", b"NULL", b"None", b"NA", b"inf", b"-inf", b"Inf"))
_NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


@dataclass(frozen=True)
class LineFormat:
    """How the lines of a stream are written.

    Attributes
    ----------
    kind : "numbers" or "json".
    columns : numbers in a line, the time included; for JSON objects, the keys in their order.
    keys : of JSON objects, as `acc.x` where they are nested; empty for numbers and JSON arrays.
    delimiter : between numbers: ",", ";", tab or " ".
    decimal_comma : whether 1,5 is one and a half.
    time : which column is a time; None if there is none.
    time_unit : seconds in one unit of it; 0 for ISO 8601.
    names, units : of the columns; empty where nobody named them.
    left_out : keys of JSON objects whose values are no numbers.
    """

    kind: str
    columns: int
    keys: tuple[str, ...] = ()
    delimiter: str = ","
    decimal_comma: bool = False
    time: int | None = None
    time_unit: float = 1.0
    names: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def channels(self) -> int:
        """Numbers in a line that are no time."""
        return self.columns - (self.time is not None)

    @property
    def channel_names(self) -> tuple[str, ...]:
        """Of the channels; empty where nobody named them."""
        return tuple(name for place, name in enumerate(self.names) if place != self.time)

    @property
    def channel_units(self) -> tuple[str, ...]:
        """Of the channels, "" where unknown."""
        return tuple(unit for place, unit in enumerate(self.units) if place != self.time)

    def __str__(self) -> str:
        names = {",": "commas", ";": "semicolons", "\t": "tabs", " ": "spaces"}
        what = "JSON objects" if self.keys else "JSON arrays" if self.kind == "json" else "numbers"
        between = f" between {names[self.delimiter]}" if self.kind == "numbers" and self.columns > 1 else ""
        clock = {1.0: "s", 1e-3: "ms", 1e-6: "µs", 1e-9: "ns", 0.0: "ISO 8601"}
        time = f", with a time ({clock.get(self.time_unit, '')})" if self.time is not None else ""
        count = "1 channel" if self.channels == 1 else f"{self.channels} channels"
        without = f", without {', '.join(self.left_out)} (no numbers)" if self.left_out else ""
        return f"{count} of {what}{between}{time}{without}"


@dataclass(frozen=True, eq=False)
class Parsed:
    """What a batch of lines holds: `times` (rows,) in seconds, or None, and `values` (rows, channels)."""

    times: Rows | None
    values: Rows
    lines: int = 0
    garbled: int = 0
    last_garbled: str = ""


class LineParser:
    """Parses text in pieces of any length; what follows the last end of a line waits for the next piece."""

    def __init__(self, form: LineFormat, rest: bytes = b"", *, begun: bool = False) -> None:
        self.form = form
        self._rest = rest
        self._begun = begun  # whether there was a row: what stands before the first may be a remark

    @property
    def rest(self) -> bytes:
        """What has come of a line that is not whole yet."""
        return self._rest

    def parse(self, text: bytes, *, last: bool = False) -> Parsed:
        """The rows of all lines that are whole by now; with `last`, also of one that never ended."""
        text = self._rest + text
        end = len(text) if last else text.rfind(b"\n") + 1
        text, self._rest = text[:end], text[end:]
        overlong = len(self._rest) > LONGEST_LINE
        lost = quoted(self._rest) if overlong else ""
        if overlong:
            self._rest = b""
        if b"\r" in text:
            text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        table, lines, garbled, quote = self._table(text) if text else (self._empty(), 0, 0, "")
        self._begun = self._begun or len(table) > 0
        times, values = self._split(table)
        return Parsed(times, values, lines + overlong, garbled + overlong, lost or quote)

    def _split(self, table: Rows) -> tuple[Rows | None, Rows]:
        form = self.form
        if form.time is None:
            return None, table
        return table[:, form.time] * (form.time_unit or 1.0), np.delete(table, form.time, axis=1)

    def _empty(self) -> Rows:
        return np.empty((0, self.form.columns))

    def _table(self, text: bytes) -> tuple[Rows, int, int, str]:
        """Rows (n, columns), lines that were not empty, how many of those are garbled, and the last one."""
        if self.form.kind == "numbers" and self.form.time_unit and not self.form.decimal_comma:
            return self._at_once(text)
        if self.form.keys:
            return self._objects(text)
        return self._one_by_one(text)

    def _at_once(self, text: bytes) -> tuple[Rows, int, int, str]:
        """Plain numbers: whole lines of the right shape in one call, the others one by one."""
        text = text if text.endswith(b"\n") else text + b"\n"
        codes = np.frombuffer(text, np.uint8)
        ends = np.flatnonzero(codes == 10)
        starts = np.concatenate(([0], ends[:-1] + 1))
        between = _DELIMITERS[codes]
        number = ~between
        number[ends] = False
        first = number.copy()
        first[1:] &= ~number[:-1]
        fields = np.add.reduceat(first, starts, dtype=np.intp)
        plain = np.logical_and.reduceat(_PLAIN[codes], starts)
        filled = (fields > 0) | (np.add.reduceat(between, starts, dtype=np.intp) > 0)
        good = plain & (fields == self.form.columns)
        if self.form.delimiter != " ":
            commas = np.add.reduceat(codes == ord(self.form.delimiter), starts, dtype=np.intp)
            good &= commas == self.form.columns - 1
        if good.all():
            table = self._numbers(text)
            if table is not None:
                return table, len(ends), 0, ""
        odd = np.flatnonzero(filled & ~good)
        if good.any() and odd.size < len(ends):
            kept = np.repeat(good, np.diff(np.append(starts, len(text))))
            table = self._numbers(codes[kept].tobytes())
            if table is not None:
                return self._with_odd(text, table, starts, ends, good, odd)
        return self._one_by_one(text)

    def _with_odd(
        self, text: bytes, table: Rows, starts: Any, ends: Any, good: Any, odd: Any
    ) -> tuple[Rows, int, int, str]:
        """Put the rows of odd lines, where they are rows, between those that were parsed at once."""
        rows: list[list[float]] = []
        places, garbled, quote = [], 0, ""
        before = np.cumsum(good)
        for line in odd:
            content = text[starts[line] : ends[line]]
            row = self._row(content, begun=self._begun or before[line] > 0 or bool(rows))
            if row is None:
                garbled, quote = garbled + (content.strip() != b""), quoted(content)
            elif row:
                rows.append(row)
                places.append(before[line])
        if rows:
            table = np.insert(table, places, np.array(rows), axis=0)
        return table, len(table) + garbled, garbled, quote

    def _numbers(self, text: bytes) -> Rows | None:
        """Numbers of lines that have the right shape; None if one of them is no number after all."""
        text = text.translate(_TO_SPACES)
        columns = self.form.columns
        try:
            numbers = np.array(text.split(), dtype=np.float64)
        except ValueError:
            return None
        return numbers.reshape(-1, columns) if np.isfinite(numbers).all() else None

    def _one_by_one(self, text: bytes) -> tuple[Rows, int, int, str]:
        rows: list[list[float]] = []
        lines, garbled, quote = 0, 0, ""
        for line in text.split(b"\n"):
            row = self._row(line, begun=self._begun or bool(rows))
            if row is None:
                garbled, quote = garbled + 1, quoted(line)
            elif row:
                rows.append(row)
            lines += row != []
        return np.array(rows) if rows else self._empty(), lines, garbled, quote

    def _objects(self, text: bytes) -> tuple[Rows, int, int, str]:
        """JSON objects: all of them by one call of the decoder, if every line is one."""
        lines = [line for line in text.split(b"\n") if line.strip()]
        try:
            objects = json.loads(b"[" + b",".join(lines) + b"]")
            rows = [[one[key] for key in self.form.keys] for one in objects]
            table = np.array(rows, np.float64).reshape(len(rows), self.form.columns)
        except (ValueError, TypeError, KeyError, RecursionError):
            return self._one_by_one(text)
        if len(objects) != len(lines) or not np.isfinite(table).all():
            return self._one_by_one(text)
        return table, len(lines), 0, ""

    def _row(self, line: bytes, *, begun: bool) -> list[float] | None:
        """One line; empty if it holds nothing or is a remark, None if it is garbled."""
        line = line.strip()
        if not line or line == CUT:
            return []
        if line.startswith((b"#", b"%")):
            again = split_fields(line.lstrip(b"#% "), self.form.delimiter)
            return None if begun and not self._is_header(again) else []
        if self.form.kind == "json":
            return self._json_row(line)
        fields = split_fields(line, self.form.delimiter)
        if len(fields) == self.form.columns + 1 and not fields[-1]:
            fields.pop()
        if len(fields) != self.form.columns:
            return None
        row = [self._field(content, place) for place, content in enumerate(fields)]
        if any(value is None for value in row) or all(value != value for value in row):
            return [] if self._is_header(fields) else None
        return [float(value) for value in row if value is not None]

    def _is_header(self, fields: list[bytes]) -> bool:
        """Whether a device that started again wrote its names again."""
        return (
            bool(self.form.names)
            and name_and_unit(fields[0].decode("utf-8", "replace"))[0] == self.form.names[0]
        )

    def _field(self, content: bytes, place: int) -> float | None:
        if place == self.form.time and not self.form.time_unit:
            return iso_seconds(content)
        return number(content, decimal_comma=self.form.decimal_comma)

    def _json_row(self, line: bytes) -> list[float] | None:
        try:
            thing = json.loads(line)
        except (ValueError, RecursionError):
            return None
        flat = dict(flattened(thing))
        if self.form.keys:
            if not isinstance(thing, dict) or not any(key in flat for key in self.form.keys):
                return None
            values = [flat.get(key) for key in self.form.keys]
        else:
            values = list(flat.values())
            if not isinstance(thing, list) or len(values) != self.form.columns:
                return None
        row = [self._json_number(value, place) for place, value in enumerate(values)]
        return (
            None
            if any(value is None for value in row)
            else [float(value) for value in row if value is not None]
        )

    def _json_number(self, value: object, place: int) -> float | None:
        if value is None:
            return math.nan
        if isinstance(value, int | float):
            return finite(float(value)) if abs(value) < 1e300 else math.nan
        return self._field(str(value).encode(), place)


_TO_SPACES = bytes.maketrans(b",;\t[]\n", b"      ")


def split_fields(line: bytes, delimiter: str) -> list[bytes]:
    """The fields of a line, at least one; of spaces any number stands between two.

    Brackets around all mean nothing.
    """
    line = line.strip().strip(b"[]")
    if delimiter == " ":
        return line.split() or [b""]
    return [content.strip() for content in line.split(delimiter.encode())]


def number(content: bytes, *, decimal_comma: bool = False) -> float | None:
    """The number in a field; NaN if the field says that there is none, None if it is something else."""
    if decimal_comma:
        content = content.replace(b",", b".")
    if _NUMBER.fullmatch(content):
        return finite(float(content))
    return math.nan if content in _NOTHING else None


def finite(value: float) -> float:
    """A number, or NaN where it is infinite."""
    return value if math.isfinite(value) else math.nan


def iso_seconds(content: bytes) -> float | None:
    """Unix time of an ISO 8601 moment, taken as UTC where it names no zone; None if it is none."""
    try:
        moment = datetime.fromisoformat(content.decode("ascii").strip("\"'"))
    except (ValueError, UnicodeDecodeError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def flattened(thing: Any, name: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """The leaves of a JSON value by their dotted names."""
    inside = (
        thing.items() if isinstance(thing, dict) else enumerate(thing) if isinstance(thing, list) else None
    )
    if inside is None or depth > 4:
        yield name, thing
        return
    for key, value in inside:
        yield from flattened(value, f"{name}.{key}" if name else str(key), depth + 1)


def name_and_unit(text: str) -> tuple[str, str]:
    """A column's name and unit, from `speed (m/s)`, `speed [m/s]` or `speed`."""
    text = text.strip().strip("\"'")
    found = re.fullmatch(r"(.+?)\s*[(\[]([^()\[\]]{1,16})[)\]]", text)
    return (found[1], found[2]) if found else (text, "")


def quoted(line: bytes) -> str:
    """A garbled line as it is shown: short, and without what no screen can draw."""
    text = line.strip()[: 4 * QUOTED].decode("utf-8", "replace")
    text = "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
    return text if len(text) <= QUOTED else text[: QUOTED - 1] + "…"

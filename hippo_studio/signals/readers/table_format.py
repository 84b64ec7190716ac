"""How a table of numbers is written: every decision that reading one takes, as values that can be shown.

`sniff` makes a TableFormat, options override its parts, and the reader does what it says; so what a person
sees before opening a table is what happens.
"""

from __future__ import annotations

from dataclasses import dataclass

from hippo_studio.signals.rate_words import rate_in_words
from hippo_studio.signals.readers.resampling import LINEAR, Resampling

NUMBER, TIME, TEXT, COUNTER, EMPTY = "number", "time", "text", "counter", "empty"
AUTO = "auto"  # where None is a choice of its own: no header, no time column
MISSING_POLICIES = ("interpolate", "zero", "error")
UNIT_SECONDS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "min": 60.0, "h": 3600.0, "d": 86400.0}


@dataclass(frozen=True)
class Spelling:
    """How the numbers of a column are written beyond their digits."""

    decimal: str = "."
    thousands: str = ""  # between groups of three digits, "" if nothing is
    suffix: str = ""  # the unit behind each number, "" if there is none
    switch: bool = False  # words for on and off in place of numbers
    hexadecimal: bool = False  # whole numbers such as 0x1F
    label: str = ""  # the name before each number, "" if there is none


@dataclass(frozen=True)
class Column:
    """One column: its name and unit, what it holds, and whether it becomes a channel."""

    name: str
    unit: str
    kind: str  # number | time | text | counter | empty
    selected: bool
    suffix: str = ""  # the unit that stands behind each number
    switch: bool = False  # true and false, on and off, yes and no: 1 and 0
    label: str = ""  # the name that stands before each number
    hexadecimal: bool = False  # whole numbers such as 0x1F


@dataclass(frozen=True)
class TimeColumn:
    """Which columns say when a row was taken, and how their text becomes seconds.

    kind "datetime": a date with or without a clock time, by `pattern` ("iso" or strptime codes), in two
    columns if `columns` has two; "clock": hours, minutes, seconds; "number": a number of `unit`, since 1970
    if `epoch`.
    """

    columns: tuple[int, ...]
    kind: str  # datetime | clock | number
    pattern: str = ""
    unit: str = "s"
    epoch: bool = False
    zoned: bool = False  # the text carries an offset from UTC; without, it is taken as UTC
    resolution: float = 0.0  # s between two neighbouring values that the text can tell apart
    assumption: str = ""  # what had to be guessed, as a sentence; "" if nothing

    @property
    def absolute(self) -> bool:
        """Whether it gives a date, and not only the time since something."""
        return self.epoch or self.kind == "datetime"


@dataclass(frozen=True)
class TableFormat:
    """Everything that was decided about a table. Lines count from 1; None where there is no such thing."""

    encoding: str  # utf-8 | utf-8-sig | utf-16-le | utf-16-be | cp1252
    delimiter: str  # one character; " " stands for runs of blanks and tabs
    quote: str
    decimal: str  # "." or ","
    comment: str  # what comment lines begin with, "" if nothing
    header_row: int | None
    units_row: int | None
    data_row: int  # first line of data
    columns: tuple[Column, ...]
    time: TimeColumn | None
    sample_rate: float | None  # Hz, by an option or by a line of the preamble
    missing: str = "interpolate"  # interpolate | zero | error
    preview: tuple[tuple[str, ...], ...] = ()  # the first rows of data, as text
    thousands: str = ""  # what stands between groups of three digits, "" if nothing does
    time_zone: str = ""  # of times that are written without one; "" is UTC
    resampling: Resampling = LINEAR  # of rows at irregular times
    date_order: str = ""  # as it was said, "" if it was not

    def spelling(self, index: int) -> Spelling:
        """How the numbers of a column are written."""
        column = self.columns[index]
        return Spelling(
            self.decimal,
            self.thousands,
            column.suffix,
            switch=column.switch,
            hexadecimal=column.hexadecimal,
            label=column.label,
        )

    @property
    def channels(self) -> tuple[int, ...]:
        """Indices of the columns that become channels."""
        return tuple(index for index, column in enumerate(self.columns) if column.selected)

    def describe(self) -> str:
        """The decisions in one sentence, for people."""
        names = {"\t": "tabs", " ": "blanks", ",": "commas", ";": "semicolons", "|": "bars"}
        parts = [f"columns separated by {names.get(self.delimiter, repr(self.delimiter))}"]
        parts.append("decimal comma" if self.decimal == "," else "decimal point")
        parts.append("no header" if self.header_row is None else f"header in line {self.header_row}")
        parts.append(f"data from line {self.data_row}")
        if self.time is None:
            rate = "no time column" if self.sample_rate is None else rate_in_words(self.sample_rate)
            parts.append(rate)
        else:
            parts.append("time in " + " and ".join(repr(self.columns[i].name) for i in self.time.columns))
        parts.append("channels " + ", ".join(self.columns[i].name for i in self.channels))
        return "; ".join(parts) + "."


def check_options(
    delimiter: str | None,
    decimal: str | None,
    header_row: int | str | None,
    time_unit: str | None,
    sample_rate: float | None,
    missing: str,
) -> None:
    """ValueError, one sentence, for an option of `sniff` that cannot be."""
    if delimiter is not None and (len(delimiter) != 1 or delimiter in "\"'\n\r" or delimiter.isalnum()):
        raise ValueError(f"delimiter is one character such as ',' or ';', or 'tab'; got {delimiter!r}.")
    if decimal not in (None, ".", ","):
        raise ValueError(f"decimal is '.' or ','; got {decimal!r}.")
    if header_row is not None and header_row != AUTO and not (isinstance(header_row, int) and header_row > 0):
        raise ValueError(f"header_row is a line number from 1, or None; got {header_row!r}.")
    if time_unit is not None and time_unit not in UNIT_SECONDS:
        raise ValueError(f"time_unit is one of {', '.join(UNIT_SECONDS)}; got {time_unit!r}.")
    if sample_rate is not None and not 0 < sample_rate < float("inf"):
        raise ValueError(f"sample_rate is a positive number of Hz; got {sample_rate!r}.")
    if missing not in MISSING_POLICIES:
        raise ValueError(f"missing is one of {', '.join(MISSING_POLICIES)}; got {missing!r}.")

"""The options of `read` as words: what each is called, what it says, and the value that a text means.

The command line, the import window and the remembered settings share them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NONE = "none"  # the word for a header or a time column that is not there


@dataclass(frozen=True)
class ReadingOption:
    """One option of `read`: its name, what stands for its value, what it is for; its title in the window."""

    name: str
    metavar: str
    help: str
    title: str = ""

    @property
    def flag(self) -> str:
        """As the command line writes it."""
        return "--" + self.name.replace("_", "-")


READING_OPTIONS = (
    ReadingOption("sample_rate", "HZ", "reading: samples per second of FILE", "Sample rate"),
    ReadingOption("variable", "NAME", "reading NPZ, MAT, HDF5: which array"),
    ReadingOption("series", "K", "reading TS, TSV, ARFF: which series, from 1"),
    ReadingOption(
        "columns", "A,B,…", "reading tables, EDF, WFDB: the channels, by name or number from 0", "Channels"
    ),
    ReadingOption("time_column", "A[,B]", "reading tables: time, or date and time, or none", "Time"),
    ReadingOption(
        "time_unit", "UNIT", "reading tables: of a time in numbers: s, ms, us, min …", "Unit of time"
    ),
    ReadingOption(
        "time_zone", "ZONE", "reading tables: of dates without one: +02:00, Europe/Berlin …", "Time zone"
    ),
    ReadingOption(
        "date_order", "ORDER", "reading tables: of 01/02/2023: day-month or month-day", "Order of dates"
    ),
    ReadingOption("delimiter", "CHARACTER", "reading tables: between columns, or tab", "Delimiter"),
    ReadingOption("decimal", "CHARACTER", "reading tables: decimal point or comma", "Decimal sign"),
    ReadingOption(
        "header_row", "LINE", "reading tables: line of the names, from 1, or none", "Header in line"
    ),
    ReadingOption("encoding", "NAME", "reading tables: utf-8, cp1252 …", "Encoding"),
    ReadingOption(
        "missing", "RULE", "reading: fill gaps by interpolate or zero, or error", "Missing values, gaps"
    ),
    ReadingOption(
        "resampling",
        "RULE",
        "reading tables: irregular times: linear, or none: rows as they come",
        "Irregular times",
    ),
    ReadingOption(
        "resampling_rate", "HZ", "reading tables: samples per second of irregular times", "Resampled at"
    ),
)


TITLES = {option.name: option.title for option in READING_OPTIONS if option.title}
"""What the options of tables are called in the import window."""


def how_to_say(name: str, *values: str) -> str:
    """Where an option of tables is said: in the window, on the command line and in Python."""
    option = next(option for option in READING_OPTIONS if option.name == name)
    shown, quoted = " or ".join(values), " or ".join(map(repr, values))
    return (
        f"choose {option.title} in File › Import Table… in the window, write {option.flag} {shown} on the "
        f"command line, or {name}={quoted} in Python"
    )


def options_from_words(words: Mapping[str, str | float | None]) -> dict[str, Any]:
    """What `read` takes, from words: lists are cut at commas, whole numbers are places, "none" is None.

    What is None was not said, and is left out.
    """
    options: dict[str, Any] = {name: value for name, value in words.items() if value is not None}
    if isinstance(columns := options.get("columns"), str):
        options["columns"] = [_place(name) for name in columns.split(",")]
    if isinstance(time_column := options.get("time_column"), str):
        names = [_place(name) for name in time_column.split(",")]
        options["time_column"] = None if names == [NONE] else names[0] if len(names) == 1 else names
    if isinstance(header_row := options.get("header_row"), str):
        options["header_row"] = None if header_row == NONE else _place(header_row)
    if isinstance(series := options.get("series"), str):
        options["series"] = _place(series)
    return options


def to_settings(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options as values that TOML has."""
    return {name: NONE if value is None else value for name, value in options.items()}


def from_settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """The options that `to_settings` wrote; what a person wrote otherwise by hand is left out."""
    known = {option.name for option in READING_OPTIONS}
    return {
        name: None if value == NONE and name in ("time_column", "header_row") else value
        for name, value in values.items()
        if name in known and isinstance(value, str | int | float | list)
    }


def _place(text: str) -> str | int:
    text = text.strip()
    return int(text) if text.isdecimal() else text

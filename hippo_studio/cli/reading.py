"""The options by which a command is told how to read a FILE, shared by all commands that read one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hippo_studio.signals import Signal

__all__ = [
    "Columns",
    "Decimal",
    "Delimiter",
    "Encoding",
    "HeaderRow",
    "Missing",
    "SampleRate",
    "TimeColumn",
    "TimeUnit",
    "Variable",
    "read_signal",
]

SampleRate = Annotated[
    float | None, typer.Option("--sample-rate", metavar="HZ", help="reading: samples per second of FILE")
]
Variable = Annotated[
    str | None, typer.Option("--variable", metavar="NAME", help="reading NPZ, MAT: which array")
]
Columns = Annotated[
    str | None,
    typer.Option("--columns", metavar="NAME,NAME…", help="reading tables: the columns that are channels"),
]
TimeColumn = Annotated[
    str | None, typer.Option("--time-column", metavar="NAME", help="reading tables: the column that is time")
]
TimeUnit = Annotated[
    str | None, typer.Option("--time-unit", metavar="UNIT", help="reading tables: the unit of that column")
]
Delimiter = Annotated[
    str | None,
    typer.Option("--delimiter", metavar="CHARACTER", help="reading tables: what parts the columns"),
]
Decimal = Annotated[
    str | None, typer.Option("--decimal", metavar="CHARACTER", help="reading tables: decimal point or comma")
]
HeaderRow = Annotated[
    int | None,
    typer.Option("--header-row", metavar="LINE", help="reading tables: the line with the names, from 1"),
]
Encoding = Annotated[
    str | None, typer.Option("--encoding", metavar="NAME", help="reading tables: utf-8, cp1252 …")
]
Missing = Annotated[
    str | None,
    typer.Option("--missing", metavar="RULE", help="reading: gaps by interpolate, zero, or error"),
]


def read_signal(file: Path, **options: object) -> "Signal":
    """Read `file` with those options that were given; ValueError in one sentence if that gives no signal."""
    from hippo_studio.signals import read

    return read(file, **{name: value for name, value in options.items() if value is not None})

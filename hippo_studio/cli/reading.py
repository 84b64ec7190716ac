"""The options by which a command is told how to read a FILE, shared by all commands that read one."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    "Seconds",
    "TimeColumn",
    "TimeUnit",
    "Tools",
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
    typer.Option("--columns", metavar="A,B,…", help="reading tables: the channels, by name or number from 0"),
]
TimeColumn = Annotated[
    str | None,
    typer.Option("--time-column", metavar="A[,B]", help="reading tables: time, or date and time, or none"),
]
TimeUnit = Annotated[
    str | None,
    typer.Option(
        "--time-unit", metavar="UNIT", help="reading tables: of a time in numbers: s, ms, us, min …"
    ),
]
Delimiter = Annotated[
    str | None,
    typer.Option("--delimiter", metavar="CHARACTER", help="reading tables: between columns, or tab"),
]
Decimal = Annotated[
    str | None, typer.Option("--decimal", metavar="CHARACTER", help="reading tables: decimal point or comma")
]
HeaderRow = Annotated[
    str | None,
    typer.Option("--header-row", metavar="LINE", help="reading tables: line of the names, from 1, or none"),
]
Encoding = Annotated[
    str | None, typer.Option("--encoding", metavar="NAME", help="reading tables: utf-8, cp1252 …")
]
Missing = Annotated[
    str | None,
    typer.Option("--missing", metavar="RULE", help="reading: fill gaps by interpolate or zero, or error"),
]

Tools = Annotated[
    list[str] | None,
    typer.Option(
        "--tool", metavar="TOOL", help="then: 'crop(1, 3)', detrend, 'band(1, 40)' …, one after the other"
    ),
]


Seconds = Annotated[
    float | None,
    typer.Option("--seconds", metavar="SECONDS", help="reading streams: for how long, from the first row on"),
]


def read_signal(
    file: Path | str,
    *,
    tools: list[str] | None = None,
    seconds: float | None = None,
    columns: str | None = None,
    time_column: str | None = None,
    header_row: str | None = None,
    **plain: float | str | None,
) -> "Signal":
    """Read `file` with those options that were given; ValueError in one sentence if that gives no signal.

    The text of a file may be the address of a stream, which is read to its end, or for `seconds`.

    The words of the command line become those of `hippo_studio.signals.read`: lists are cut at commas, whole
    numbers are places, and "none" says that there is no such thing.
    """
    from hippo_studio.signals import read
    from hippo_studio.signals.streams import is_address

    given = [columns, time_column, header_row, *(plain[name] for name in plain if name != "sample_rate")]
    if is_address(str(file)):
        if any(value is not None for value in given):
            raise ValueError(
                f"{file} is a stream, which takes --sample-rate and --seconds, and no other option."
            )
        return _with_tools(_read_stream(str(file), seconds, plain.get("sample_rate")), tools)
    if seconds is not None:
        raise ValueError(f"--seconds goes with a stream, such as -, and not with the file {file}.")
    options: dict[str, Any] = {name: value for name, value in plain.items() if value is not None}
    if columns is not None:
        options["columns"] = [_place(name) for name in columns.split(",")]
    if time_column is not None:
        names = [_place(name) for name in time_column.split(",")]
        options["time_column"] = None if names == ["none"] else names[0] if len(names) == 1 else names
    if header_row is not None:
        options["header_row"] = None if header_row == "none" else _place(header_row)
    return _with_tools(read(file, **options), tools)


def _with_tools(signal: "Signal", tools: list[str] | None) -> "Signal":
    if not tools:
        return signal
    from hippo_studio.cli.progress import progress_bar
    from hippo_studio.signals.tools import apply_tools, parse_tool

    chain = [parse_tool(text) for text in tools]
    with progress_bar("Tools") as report:
        return apply_tools(signal, chain, report)


def _read_stream(text: str, seconds: float | None, sample_rate: Any) -> "Signal":
    from hippo_studio.signals.streams import gather, parse_address

    address = parse_address(text)
    for name, value in (("--seconds", seconds), ("--sample-rate", sample_rate)):
        if value is not None and not 0 < value < math.inf:
            raise ValueError(f"{name} is a positive number; received {value!r}.")
    if seconds is None and address.kind != "pipe":
        raise ValueError(f"{text} has no end; say with --seconds how long it is to be read.")
    return gather(address, seconds=seconds, sample_rate=sample_rate)


def _place(text: str) -> str | int:
    text = text.strip()
    return int(text) if text.isdecimal() else text

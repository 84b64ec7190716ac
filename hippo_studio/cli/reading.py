"""The options by which a command is told how to read a FILE, shared by all commands that read one."""

import functools
import inspect
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hippo_studio.signals.reading_options import READING_OPTIONS, ReadingOption, options_from_words

if TYPE_CHECKING:
    from hippo_studio.signals import Signal

__all__ = ["Reading", "Seconds", "Tools", "read_signal", "takes_reading"]

#: What was said of the reading, by option; None where nothing was.
Reading = Mapping[str, str | float | None]

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


def takes_reading(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the reading options, which it gets together as its argument `reading`."""
    own = inspect.signature(command, eval_str=True)
    added = [_parameter(option) for option in READING_OPTIONS]

    @functools.wraps(command)
    def told(**given: Any) -> Any:
        reading = {one.name: given.pop(one.name) for one in added}
        return command(**given, reading=reading)

    kept = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in own.parameters.items()
        if name != "reading"
    ]
    told.__signature__ = own.replace(parameters=[*kept, *added])  # type: ignore[attr-defined]
    told.__annotations__ = {one.name: one.annotation for one in (*kept, *added)}
    return told


def _parameter(option: ReadingOption) -> inspect.Parameter:
    kind = float | None if option.metavar == "HZ" else str | None
    said = typer.Option(option.flag, metavar=option.metavar, help=option.help)
    return inspect.Parameter(
        option.name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, said]
    )


def read_signal(
    file: Path | str, reading: Reading, *, tools: list[str] | None = None, seconds: float | None = None
) -> "Signal":
    """Read `file` with those options that were given; ValueError in one sentence if that gives no signal.

    The text of a file may be the address of a stream, which is read to its end, or for `seconds`.
    """
    from hippo_studio.signals import read
    from hippo_studio.signals.streams import is_address

    if is_address(str(file)):
        if any(value is not None for name, value in reading.items() if name != "sample_rate"):
            raise ValueError(
                f"{file} is a stream, which takes --sample-rate and --seconds, and no other option."
            )
        return _with_tools(_read_stream(str(file), seconds, reading.get("sample_rate")), tools)
    if seconds is not None:
        raise ValueError(f"--seconds goes with a stream, such as -, and not with the file {file}.")
    return _with_tools(read(file, **options_from_words(reading)), tools)


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

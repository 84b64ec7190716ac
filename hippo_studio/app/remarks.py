"""What is said of files that were opened: the first remark whole, the others by number. Free of Qt."""

from __future__ import annotations

from collections.abc import Sequence

from hippo_studio.signals import Signal
from hippo_studio.signals.read_warnings import (
    ArraysLeftAside,
    AssumedRate,
    ChannelsLeftAside,
    ColumnsLeftAside,
    DuplicateNames,
    ReadWarning,
    SeriesLeftAside,
)

Remarks = Sequence[tuple[Signal, str]]
_HARMLESS = (ArraysLeftAside, ChannelsLeftAside, ColumnsLeftAside, DuplicateNames, SeriesLeftAside)
_NO_LINE = 1 << 62


def remarks_on(opened: Sequence[Signal]) -> list[tuple[Signal, str]]:
    """The remarks of the readers; of each signal what is wrong, in the order of lines, before what is not.

    Who goes through a list of series is not told each time that they have no clock.
    """
    return [
        (signal, str(warning))
        for signal in opened
        for warning in sorted(signal.warnings, key=_weight)
        if not ("series" in signal.reading and isinstance(warning, AssumedRate))
    ]


def headline(remarks: Remarks) -> str:
    """The first remark, and how many more there are on how many files."""
    (signal, first), more = remarks[0], len(remarks) - 1
    text = f"{signal.title}: {first}"
    if not more:
        return text
    files = len({id(signal) for signal, _ in remarks})
    where = f", on {files} files in all" if files > 1 else ""
    end = "" if text.endswith((".", "…", "?", "!")) else "."
    return f"{text}{end} And {more} more remark{'s' if more > 1 else ''}{where}."


def in_lines(remarks: Remarks) -> tuple[str, ...]:
    """Each remark with its file."""
    return tuple(f"{signal.title}: {text}" for signal, text in remarks)


def _weight(warning: ReadWarning) -> tuple[bool, int]:
    return isinstance(warning, _HARMLESS), _NO_LINE if warning.line is None else warning.line

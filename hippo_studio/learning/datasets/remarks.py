"""What a source did that its user should know of, beside what readers say already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hippo_studio.signals.read_warnings import ReadWarning

NAMED = 3
"""Files that a sentence names."""


@dataclass(frozen=True)
class ExamplesLeftAside(ReadWarning):
    """Some examples cannot be used; the others were."""

    kind: str = field(default="examples-left-aside", init=False)


@dataclass(frozen=True)
class EmptyClasses(ReadWarning):
    """Some classes have no example."""

    kind: str = field(default="empty-classes", init=False)


@dataclass(frozen=True)
class Resampled(ReadWarning):
    """Examples came at several rates; they were brought to one."""

    kind: str = field(default="resampled", init=False)


@dataclass(frozen=True)
class ChannelsMixed(ReadWarning):
    """Examples came with several numbers of channels; they were brought to one."""

    kind: str = field(default="channels-mixed", init=False)


@dataclass(frozen=True)
class LabelsLeftAside(ReadWarning):
    """Labels of files that are not there, or files without a label."""

    kind: str = field(default="labels-left-aside", init=False)


@dataclass(frozen=True)
class CutIntoWindows(ReadWarning):
    """Few long stretches of one label each were cut into many short series."""

    kind: str = field(default="cut-into-windows", init=False)


@dataclass(frozen=True)
class NotKept(ReadWarning):
    """What was decoded could not be kept for the next time."""

    kind: str = field(default="not-kept", init=False)


def left_aside(reasons: Sequence[tuple[str, str]]) -> list[ReadWarning]:
    """Return a warning per reason, of (name, reason) pairs: how many, and the first few by name."""
    by_reason: dict[str, list[str]] = {}
    for name, reason in reasons:
        by_reason.setdefault(reason, []).append(name)
    return [
        ExamplesLeftAside(f"{counted(len(names), 'example')} left aside as {reason}: {listed(names)}.")
        for reason, names in by_reason.items()
    ]


def counted(count: int, what: str) -> str:
    """Return "1 example was" or "3 examples were"."""
    return f"{count} {what} was" if count == 1 else f"{count} {what}s were"


def listed(names: Sequence[str], most: int = NAMED) -> str:
    """Return the first few names, and how many more there are."""
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"

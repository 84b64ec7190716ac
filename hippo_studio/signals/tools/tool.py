"""What every signal tool is: a frozen value that says itself, and makes a new signal of a signal.

A signal is its origin and a list of tools: nothing is changed in place, so each tool can be edited, switched
off or taken back later. A tool's `repr` is the Python that makes it.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals.regions import Region
from hippo_studio.signals.signal import Samples, Signal, SignalError

Report = Callable[[float], None]
"""Gets the fraction done, from time to time; what it raises ends the work."""
BLOCK = 1 << 18
"""Samples in memory beside the result, per channel."""
MOST_VALUES = 5 * 10**8
"""What a tool makes at most: 2 GB as float32; what compressed sound is unpacked to, too."""


def silent(_fraction: float) -> None:
    """Report to nobody."""


def setting(label: str, *, unit: str = "", choices: Mapping[str, str] | None = None, **options: Any) -> Any:
    """A field of a tool, with what a form shows of it: its label, its unit, its choices and their names."""
    return field(metadata={"label": label, "unit": unit, "choices": dict(choices or {})}, **options)


@dataclass(frozen=True)
class Tool(ABC):
    """One step from signal to signal. `name` is its key, `title` and `summary` are for menus."""

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]

    @property
    @abstractmethod
    def sentence(self) -> str:
        """What it does, with its numbers, such as "Crop to 1 … 3 s"."""

    @abstractmethod
    def apply(self, signal: Signal, report: Report = silent) -> Signal:
        """The signal that comes of it; SignalError, one sentence, for a signal that it cannot take."""

    def shift(self) -> float:
        """How many seconds of the signal's clock lie before the result's first sample."""
        return 0.0

    def to_plain(self) -> dict[str, Any]:
        """Name and settings, as JSON can say them."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {
            "name": self.name,
            **{key: list(value) if isinstance(value, tuple) else value for key, value in values.items()},
        }


def with_samples(signal: Signal, samples: Samples, **changes: Any) -> Signal:
    """The signal with other samples, all else kept."""
    return replace(signal, samples=samples, **changes)


def finite(name: str, value: float, least: float = -math.inf) -> float:
    """The number itself; ValueError, one sentence, if it is not finite or below `least`."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value < math.inf:
        reach = "" if least == -math.inf else f" of at least {least:g}"
        raise ValueError(f"{name} is a finite number{reach}; got {value!r}.")
    return float(value)


def one_of(name: str, value: str, choices: Mapping[str, str]) -> str:
    """The word itself; ValueError, one sentence, if it is none of the choices."""
    if value not in choices:
        raise ValueError(f"{name} is one of {', '.join(choices)}; got {value!r}.")
    return value


def spans(length: int, size: int = BLOCK) -> Iterator[tuple[int, int]]:
    """From and to of the blocks of so many samples."""
    return ((start, min(start + size, length)) for start in range(0, length, size))


def result_like(signal: Signal, length: int | None = None) -> NDArray[Any]:
    """Room for a result, (channels, length); SignalError where that would be too much for the memory."""
    shape = (signal.channels, signal.length if length is None else length)
    if shape[0] * shape[1] > MOST_VALUES:
        raise SignalError(
            f"The result would be {shape[0]} × {shape[1]} numbers, of which at most {MOST_VALUES:.0e} fit; "
            "crop the signal or choose fewer channels first."
        )
    return np.empty(shape, signal.samples.dtype)


def blocks(channel: Samples) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """Where each block of a channel begins, and its samples as float64."""
    for start, stop in spans(len(channel)):
        yield start, np.asarray(channel[start:stop]).astype(np.float64)


def gaps_moved(signal: Signal, seconds: float, duration: float) -> tuple[tuple[float, float], ...]:
    """The signal's gaps on a clock that starts so many seconds later, as far as they lie in the result."""
    return tuple(
        (max(start - seconds, 0.0), min(end - seconds, duration))
        for start, end in signal.gaps
        if start - seconds < duration and end > seconds
    )


def moved(regions: tuple[Region, ...], seconds: float, duration: float) -> tuple[Region, ...]:
    """The regions on a clock that starts so many seconds later, as far as they lie in the signal."""
    found = []
    for one in regions:
        start, end = max(one.start - seconds, 0.0), min(one.end - seconds, duration)
        if start < end:
            found.append(Region(start, end, one.label))
    return tuple(found)

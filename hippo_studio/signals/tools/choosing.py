"""Tools that choose a part of a signal: channels, and a stretch of time. Samples in a file stay there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from hippo_studio.signals.signal import Signal, SignalError
from hippo_studio.signals.tools.tool import (
    Report,
    Tool,
    finite,
    gaps_moved,
    moved,
    setting,
    silent,
    with_samples,
)


@dataclass(frozen=True)
class Channels(Tool):
    """Keep some channels, by name or by number from 0, in that order."""

    channels: tuple[str | int, ...] = setting("Channels")

    name: ClassVar[str] = "channels"
    title: ClassVar[str] = "Choose Channels"
    summary: ClassVar[str] = "keep some channels, in an order of your own"

    def __post_init__(self) -> None:
        given = (self.channels,) if isinstance(self.channels, (str, int)) else tuple(self.channels)
        if not given or not all(isinstance(one, (str, int)) for one in given):
            raise ValueError(f"Channels are given by name or by number, at least one; got {self.channels!r}.")
        object.__setattr__(self, "channels", given)

    @property
    def sentence(self) -> str:
        """What it does."""
        return f"Keep {', '.join(map(str, self.channels))}"

    def apply(self, signal: Signal, report: Report = silent) -> Signal:
        """Return these channels alone."""
        try:
            rows = [signal.channel_index(one) for one in self.channels]
        except ValueError as error:
            raise SignalError(str(error)) from None
        names, units = ([table[row] for row in rows] for table in (signal.channel_names, signal.units))
        return with_samples(signal, signal.samples[rows], channel_names=names, units=units)


@dataclass(frozen=True)
class Crop(Tool):
    """Keep what lies between two times, in seconds; the clock then starts at the first of them."""

    start: float = setting("From", unit="s")
    stop: float = setting("To", unit="s")

    name: ClassVar[str] = "crop"
    title: ClassVar[str] = "Crop"
    summary: ClassVar[str] = "keep a stretch of time"

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", finite("The start of a crop", self.start, 0.0))
        object.__setattr__(self, "stop", finite("The end of a crop", self.stop, 0.0))
        if not self.start < self.stop:
            raise ValueError(f"A crop ends after it begins; got {self.start:g} to {self.stop:g} s.")

    @property
    def sentence(self) -> str:
        """What it does."""
        return f"Crop to {self.start:g} … {self.stop:g} s"

    def shift(self) -> float:
        """Where it begins."""
        return self.start

    def apply(self, signal: Signal, report: Report = silent) -> Signal:
        """Return samples round(start · rate) up to round(stop · rate)."""
        first, last = (
            min(round(time * signal.sample_rate), signal.length) for time in (self.start, self.stop)
        )
        if last <= first:
            raise SignalError(
                f"No sample of {signal.title} lies between {self.start:g} and {self.stop:g} s; "
                f"it lasts {signal.duration:g} s."
            )
        begin, length = first / signal.sample_rate, (last - first) / signal.sample_rate
        return with_samples(
            signal,
            signal.samples[:, first:last],
            start=None if signal.start is None else signal.start + begin,
            regions=moved(signal.regions, begin, length),
            gaps=gaps_moved(signal, begin, length),
        )

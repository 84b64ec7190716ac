"""A signal: evenly spaced samples of one or more channels, with their rate, names, units and origin.

Time base: sample k (from 0) lies at k / sample_rate seconds after the first. Everything above this module may
rely on a Signal being two-dimensional, floating, finite and read-only.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals.file_samples import FileSamples
from hippo_studio.signals.finite import all_finite
from hippo_studio.signals.read_warnings import ReadWarning
from hippo_studio.signals.regions import Region

Samples = NDArray[np.floating[Any]]


class SignalError(ValueError):
    """A source that gives no signal; the message is one sentence: what, where, and what to do."""


@dataclass(frozen=True, eq=False)
class Signal:
    """Evenly spaced samples, (channels, T) float32 or float64, and what is known about them.

    Parameters
    ----------
    samples : (channels, T) or (T,), real; integers and booleans become float64, float16 becomes float32.
        Never NaN or infinite. Kept without a copy where possible, as a read-only view; those of a long
        recording may be `FileSamples`, which stay in their file and are used as an array is.
    sample_rate : samples per second, in Hz.
    channel_names : one per channel; "ch1", "ch2" … where left empty ("signal" if there is only one).
    units : one per channel, "" if unknown.
    start : Unix time of sample 0 in seconds, None if unknown.
    origin : the path, or the text of the generator call, that the samples came from.
    warnings : what the reader did that the user should know of.
    regions : what its source says is the case from when to when, ascending.
    gaps : from when to when, in seconds, samples were missing and are filled in, ascending.
    reading : the options that it was read with: `read(origin, **reading)` gives it again.

    Raises
    ------
    SignalError
        No channels, no samples, wrong counts of names or units, a rate that is not positive and finite,
        samples that are not finite.
    """

    samples: Samples
    sample_rate: float
    channel_names: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    start: float | None = None
    origin: str = ""
    warnings: tuple[ReadWarning, ...] = ()
    regions: tuple[Region, ...] = ()
    gaps: tuple[tuple[float, float], ...] = ()
    reading: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        samples = _as_samples(self.samples)
        channels = samples.shape[0]
        names = tuple(self.channel_names) or default_names(channels)
        units = tuple(self.units) or ("",) * channels
        for what, labels in (("channel names", names), ("units", units)):
            if len(labels) != channels:
                raise SignalError(f"A signal of {channels} channels got {len(labels)} {what}: {labels!r}.")
        rate = float(self.sample_rate)
        if not (math.isfinite(rate) and rate > 0):
            raise SignalError(f"A sample rate is a positive, finite number of Hz; got {self.sample_rate!r}.")
        if self.start is not None and not math.isfinite(self.start):
            raise SignalError(f"A start time is finite or None; got {self.start!r}.")
        object.__setattr__(self, "samples", samples)
        object.__setattr__(self, "sample_rate", rate)
        object.__setattr__(self, "channel_names", names)
        object.__setattr__(self, "units", units)
        object.__setattr__(self, "warnings", tuple(self.warnings))
        object.__setattr__(self, "regions", tuple(sorted(self.regions)))
        object.__setattr__(self, "gaps", tuple(sorted(self.gaps)))

    @property
    def channels(self) -> int:
        """Number of channels."""
        return int(self.samples.shape[0])

    @property
    def length(self) -> int:
        """Number of samples per channel, T."""
        return int(self.samples.shape[1])

    @property
    def duration(self) -> float:
        """T / sample_rate, in seconds."""
        return self.length / self.sample_rate

    @property
    def late_warnings(self) -> tuple[ReadWarning, ...]:
        """What was met since the signal was opened, in samples that are read from their file when needed."""
        return self.samples.warnings if isinstance(self.samples, FileSamples) else ()

    @property
    def title(self) -> str:
        """What to call the signal on screen: its file's name, or the text of its generator call."""
        if not self.origin:
            return "signal"
        name = self.origin if self.origin.endswith(")") else Path(self.origin).name or self.origin
        if series := self.reading.get("series"):
            return f"{name} · series {series}"
        return f"{name} · {variable}" if (variable := self.reading.get("variable")) else name

    def read_with(self, options: Mapping[str, Any]) -> Signal:
        """The same signal, which knows the options that it was read with."""
        told = copy.copy(self)
        object.__setattr__(told, "reading", dict(options))
        return told

    def channel_index(self, channel: str | int) -> int:
        """Index of a channel given by name or by index (negative ones count from the end).

        Raises
        ------
        ValueError
            No such channel; the sentence lists those there are.
        """
        if isinstance(channel, str):
            if channel in self.channel_names:
                return self.channel_names.index(channel)
            if channel.strip().lstrip("+-").isdecimal():
                return self.channel_index(int(channel))
        elif -self.channels <= channel < self.channels:
            return int(channel) % self.channels
        raise ValueError(f"No channel {channel!r} in {self.title}; it has {', '.join(self.channel_names)}.")


def default_names(channels: int) -> tuple[str, ...]:
    """Names for channels that came without."""
    return ("signal",) if channels == 1 else tuple(f"ch{index + 1}" for index in range(channels))


def _as_samples(values: Any) -> Samples:
    if isinstance(values, FileSamples):  # floating by nature, read-only, and made finite as it is read
        return cast(Samples, values if values.ndim == 2 else values[np.newaxis])
    samples = np.asarray(values)
    if samples.ndim == 1:
        samples = samples[np.newaxis]
    if samples.ndim != 2 or samples.dtype.kind not in "biuf":
        raise SignalError(
            "Samples are a real array of shape (channels, T) or (T,); "
            f"got {samples.dtype} of shape {samples.shape}."
        )
    if 0 in samples.shape:
        raise SignalError(f"A signal has at least one channel and one sample; got shape {samples.shape}.")
    if samples.dtype not in (np.float32, np.float64):
        samples = samples.astype(np.float32 if samples.dtype == np.float16 else np.float64)
    if not all_finite(samples):
        raise SignalError("A signal's samples are finite; got NaN or infinity.")
    samples = samples.view()
    samples.flags.writeable = False
    return samples

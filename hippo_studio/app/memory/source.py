"""What the memories hear: one channel of a signal, or its loudness envelope, with what drawing it needs.

Free of Qt. A `Source` is made off the GUI thread by `follow` and never changes. Its clock: sample k stands at
k / sample_rate seconds and fills the half sample to either side, so at position p, when p samples were seen,
the present is at (p − ½) / sample_rate.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from hippo_studio.app.memory.moments import Moments
from hippo_studio.signals import Signal
from hippo_studio.signals.file_samples import FileSamples, what_is_there
from hippo_studio.signals.overview import Pyramid

Float32s = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Source:
    """One channel to remember.

    Attributes
    ----------
    samples : (T,) float32 or float64, contiguous; or `FileSamples`, those of a long recording.
    sample_rate : in Hz.
    title, channel, unit : for labels and exports; unit is "" if unknown.
    origin : where the signal came from.
    from_zero : whether zero belongs into every picture, as of a loudness: that of a steady tone hardly moves,
        and an axis of its own range alone would show nothing but the third digit of what memories make of it.
    """

    samples: NDArray[np.floating]
    sample_rate: float
    title: str
    channel: str
    unit: str
    origin: str
    pyramid: Pyramid = field(repr=False)
    moments: Moments = field(repr=False)
    from_zero: bool = field(default=False, kw_only=True)
    continues: Source | None = field(default=None, repr=False, kw_only=True)
    """The source whose samples this one begins with, so that a memory of those may go on."""
    dropped: int = field(default=0, kw_only=True)
    """Samples at the beginning of that one that this one has left behind."""

    @property
    def begin(self) -> float:
        """What the clock says at sample 0, in seconds: above 0 where a beginning was left behind."""
        return 0.0

    @property
    def known(self) -> int:
        """How many samples there are by now: all, except while they are still being recorded."""
        return self.length

    @property
    def length(self) -> int:
        """How many samples there are."""
        return int(self.samples.size)

    @property
    def duration(self) -> float:
        """How long it is, in seconds."""
        return self.length / self.sample_rate

    @property
    def at_hand(self) -> bool:
        """Whether any part of it can be drawn without a wait for the disk."""
        return self.pyramid.built or not isinstance(self.samples, FileSamples)

    def present(self, position: int) -> float:
        """The time on the signal's clock, in seconds, at which the past of `position` samples ends."""
        return (position - 0.5) / self.sample_rate

    def range(self) -> tuple[float, float]:
        """Lowest and highest sample; an estimate while the pyramid of a long signal is not built."""
        return self.pyramid.extent()

    def padded_range(self) -> tuple[float, float]:
        """The range with a little air on both sides, for an axis; never empty."""
        low, high = self.range()
        if self.from_zero:
            low, high = min(low, 0.0), max(high, 0.0)
        air = 0.12 * (high - low) or 0.5 * abs(high) or 1.0
        return low - air, high + air

    def band(self, start: float, stop: float, columns: int) -> tuple[Float32s, Float32s]:
        """Lowest and highest value in each of `columns` columns between two times; NaN outside the signal."""
        first, last = start * self.sample_rate + 0.5, stop * self.sample_rate + 0.5
        low, high = self.pyramid.minmax(first, last, columns)
        return low.astype(np.float32, copy=False), high.astype(np.float32, copy=False)

    def values(self, first: int, last: int) -> NDArray[np.float64]:
        """The samples from `first` up to `last`; NaN where the file has lost them."""
        return what_is_there(self.samples, slice(first, last)).astype(np.float64)


def follow(
    signal: Signal,
    channel: str = "",
    what: str = "waveform",
    progress: Callable[[float], None] | None = None,
) -> Source:
    """The source of a channel (empty, or unknown to this signal: the first), as "waveform" or "envelope".

    `progress` gets the fraction done of an envelope, and may end the work by raising.
    """
    names = signal.channel_names
    index = names.index(channel) if channel in names else 0
    if what == "envelope":
        from hippo_studio.signals.envelope import envelope

        name, unit, rate = names[index], signal.units[index], signal.sample_rate
        one = Signal(signal.samples[index], rate, (name,), (unit,), origin=signal.origin)
        return _source(envelope(one, progress=progress), 0, f"{name}, loudness", from_zero=True)
    with _looking_up:
        if signal not in _waveforms:
            _waveforms.clear()
            _waveforms[signal] = {}
        kept = _waveforms[signal].setdefault(index, _Kept())
    with kept.making:  # two threads that want the same would both look all over a long file
        if kept.source is None:
            kept.source = _source(signal, index, names[index])
        return kept.source


class _Kept:
    """The source of one channel, once whoever asked first has made it."""

    def __init__(self) -> None:
        self.making = threading.Lock()
        self.source: Source | None = None


_looking_up = threading.Lock()
_waveforms: WeakKeyDictionary[Signal, dict[int, _Kept]] = WeakKeyDictionary()
"""Those of the signal that was followed last, while it lives: the memories and the ear share them."""


def _source(signal: Signal, index: int, channel: str, *, from_zero: bool = False) -> Source:
    samples = signal.samples[index]
    if not isinstance(samples, FileSamples):
        samples = np.ascontiguousarray(samples)
    pyramid = Pyramid(samples)
    pyramid.sketch()
    return Source(
        samples, signal.sample_rate, signal.title, channel, signal.units[index], signal.origin, pyramid,
        Moments(samples), from_zero=from_zero,
    )  # fmt: skip

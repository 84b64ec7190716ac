"""Pieces of the time axis: zooming into them, turning their page, cutting them into columns. Free of Qt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hippo_studio.app.memory.source import Source

Float64s = NDArray[np.float64]

ZOOM = 1.25
"""One notch of the wheel."""
FEWEST_SAMPLES = 16
"""What a zoom shows at least."""
PIXELS_PER_DOT = 6
"""From so many pixels per sample on, samples are shown as dots."""


@dataclass(frozen=True)
class Span:
    """From `start` to `stop`, in seconds on the signal's clock."""

    start: float
    stop: float

    @property
    def length(self) -> float:
        """In seconds."""
        return self.stop - self.start

    def zoomed(self, at: float, steps: float, within: Span, least: float) -> Span:
        """Zoom in by notches, the time `at` keeping its place; inside `within`, no shorter than `least`."""
        length = min(max(self.length * ZOOM**-steps, min(least, within.length)), within.length)
        start = at - (at - self.start) * length / self.length
        return Span(start, start + length).moved_into(within)

    def turned_to(self, time: float, within: Span) -> Span:
        """The page that shows a time: this one, or one of its length that begins shortly before the time."""
        if self.start <= time <= self.stop:
            return self
        start = time - 0.1 * self.length
        return Span(start, start + self.length).moved_into(within)

    def moved_into(self, within: Span) -> Span:
        """The same length, moved as little as necessary; `within` itself if that is shorter."""
        if self.length >= within.length:
            return within
        start = min(max(self.start, within.start), within.stop - self.length)
        return Span(start, start + self.length)

    def columns(self, count: int) -> Float64s:
        """The middles of so many equal columns."""
        return self.start + (np.arange(count) + 0.5) * (self.length / count)


def whole(source: Source) -> Span:
    """All of a signal: half a sample before its first to half a sample after its last."""
    return Span(source.present(0), source.present(source.length))


def least(source: Source) -> float:
    """The shortest span worth showing, in seconds."""
    return FEWEST_SAMPLES / source.sample_rate


def single_samples(source: Source, span: Span, columns: int) -> tuple[Float64s, Float64s]:
    """Times and values of the samples in a span, if they stand so far apart that each is a dot; else none."""
    if columns < PIXELS_PER_DOT * span.length * source.sample_rate:
        return np.empty(0), np.empty(0)
    first = max(int(np.ceil(span.start * source.sample_rate)), 0)
    last = min(int(np.floor(span.stop * source.sample_rate)) + 1, source.length)
    places = np.arange(first, max(last, first))
    return places / source.sample_rate, source.values(first, max(last, first))

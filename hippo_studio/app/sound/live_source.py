"""A source that is still being recorded: a page of fixed length that fills up, and then a longer one.

Free of Qt. The page is zeros where nothing was heard yet, and every part of it (samples, pyramid, running
sums) is filled in place as blocks arrive, so that memories and views use it like any other source. `known`
tells how far it is filled; nobody looks beyond.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hippo_studio.app.memory.moments import Moments, sum_blocks
from hippo_studio.app.memory.source import Source
from hippo_studio.signals.overview import Pyramid

FIRST_PAGE = 30.0
"""Seconds; each further page is twice as long."""
_TURN_AT = 0.8
"""How full a page is when the next one should be made."""


@dataclass(frozen=True, eq=False)
class LiveSource(Source):
    """A page of a recording. `append` is for one thread; the others read what is `known`."""

    page: _Page = field(repr=False, kw_only=True)

    @property
    def known(self) -> int:
        """Samples heard so far."""
        return self.page.known

    @property
    def nearly_full(self) -> bool:
        """Whether it is time to make the next page."""
        return self.known > _TURN_AT * self.length

    def append(self, block: NDArray[np.float32]) -> None:
        """Take the next samples, (frames,); what does not fit is left out: turn the page before."""
        start = self.known
        stop = min(start + block.size, self.length)
        if stop == start:
            return
        self.page.samples[start:stop] = block[: stop - start]
        self.pyramid.fill(start, stop)
        self.moments.fill(start, stop)
        self.page.known = stop

    def turned(self) -> LiveSource:
        """A page twice as long with the same beginning; takes a while, and may be made off-thread."""
        known = self.known
        page = new_page(self.title, self.sample_rate, 2 * self.length, continues=self)
        page.append(self.page.samples[:known])
        return page

    def catch_up(self, other: LiveSource) -> None:
        """Take what another page heard since."""
        self.append(other.page.samples[self.known : other.known])


class _Page:
    """The samples, and how many of them there are."""

    def __init__(self, length: int) -> None:
        self.samples = np.zeros(length, np.float32)
        self.known = 0


class _FillingPyramid(Pyramid):
    """A pyramid whose samples are filled in from the left."""

    def extent(self) -> tuple[float, float]:
        """At least ±0.1, so that a quiet room is not drawn as large as life."""
        low, high = super().extent()
        return min(low, -0.1), max(high, 0.1)


class _FillingMoments(Moments):
    """Running sums of samples that are filled in from the left; good up to there."""

    @property
    def built(self) -> bool:
        """Always: what is known is summed."""
        return True

    def fill(self, start: int, stop: int) -> None:
        """Sum the samples from `start` to `stop`."""
        stride = self._stride
        first, last = start // stride, min(-(-stop // stride), len(self._sums) - 1)
        chunk = self._samples[first * stride : last * stride]
        sum_blocks(chunk, stride, first * stride, self._sums[first : last + 1])


def new_page(title: str, sample_rate: float, length: int, continues: Source | None = None) -> LiveSource:
    """An empty page of so many samples."""
    page = _Page(length)
    pyramid = _FillingPyramid(page.samples)
    pyramid.build()
    return LiveSource(
        page.samples,
        sample_rate,
        title,
        "microphone",
        "",
        "",
        pyramid,
        _FillingMoments(page.samples),
        continues=continues,
        page=page,
    )

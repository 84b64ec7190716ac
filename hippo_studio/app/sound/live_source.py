"""A source that is still being recorded: a page of fixed length that fills up, and then the next one.

Free of Qt. The page holds every channel, of which one is heard. It is level where nothing was heard yet, and
every part of it (samples, pyramid, running sums) is filled in place as blocks arrive, so that memories and
views use it like any other source. `known` tells how far it is filled; nobody looks beyond. The next page is
longer (`turned`), or as long and without the oldest part (`rolled`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.app.memory.moments import Moments
from hippo_studio.app.memory.source import Source
from hippo_studio.signals.overview import Pyramid

FIRST_PAGE = 30.0
"""Seconds; each further page is twice as long."""
_TURN_AT = 0.8
"""How full a page is when the next one should be made."""
QUIET_ROOM = 0.1
"""What the picture of sound reaches up and down at the least: a quiet room is not drawn as large as life."""

_SUMMED = 1 << 18
"""Samples summed at once: in double precision, they and their products take 32 bytes each."""

Block = NDArray[np.floating[Any]]


@dataclass(frozen=True, eq=False)
class LiveSource(Source):
    """A channel of a page. `append` is for one thread; the others read what is `known`."""

    page: _Page = field(repr=False, kw_only=True)
    row: int = field(default=0, kw_only=True)

    @property
    def known(self) -> int:
        """Samples heard so far."""
        return self.page.known

    @property
    def begin(self) -> float:
        """Seconds that pages before this one held and this one does not."""
        return self.page.left / self.sample_rate

    @property
    def nearly_full(self) -> bool:
        """Whether it is time to make the next page."""
        return self.known > _TURN_AT * self.length

    def append(self, block: Block) -> None:
        """Take the next samples, (frames, channels); what does not fit is left out: turn the page before."""
        start = self.known
        stop = min(start + len(block), self.length)
        if stop > start:
            self.page.rows[:, start:stop] = block[: stop - start].T
            self._fill(stop)

    def turned(self, most: int = 1 << 62) -> LiveSource:
        """A page twice as long, of `most` samples at most, with the same beginning; to be made off-thread."""
        return self._continued(min(2 * self.length, most), 0)

    def rolled(self, keep: int) -> LiveSource:
        """A page as long as this, of the last `keep` samples; to be made off-thread."""
        return self._continued(self.length, max(self.known - keep, 0))

    def channel_of(self, row: int) -> LiveSource:
        """Another channel of the same page; made off-thread, it has to `catch_up`."""
        return _source(self.page, self.title, self.sample_rate, row, self.page.names[row], self._least)

    def catch_up(self, other: LiveSource) -> None:
        """Take what another page heard since this one was made, or what came to the channels of this one."""
        if other.page is self.page:
            self._fill(self.known)
        else:
            self.append(other.page.rows[:, self.known + self.dropped : other.known].T)

    @property
    def _least(self) -> float:
        pyramid = self.pyramid
        return pyramid.least if isinstance(pyramid, _FillingPyramid) else 0.0

    def _fill(self, stop: int) -> None:
        pyramid, moments = self.pyramid, self.moments
        assert isinstance(pyramid, _FillingPyramid)
        assert isinstance(moments, _FillingMoments)
        if stop > pyramid.filled:
            pyramid.fill(pyramid.filled, stop)
            moments.fill(pyramid.filled, stop)
            pyramid.filled = stop
        self.page.known = stop

    def _continued(self, length: int, dropped: int) -> LiveSource:
        known = self.known
        left = self.page.left + dropped
        page = _Page(length, self.page.rows[:, dropped], self.page.rows.dtype, self.page.names, left)
        source = replace(
            _source(page, self.title, self.sample_rate, self.row, self.channel, self._least),
            continues=self,
            dropped=dropped,
        )
        source.append(self.page.rows[:, dropped:known].T)
        object.__setattr__(self, "continues", None)  # else every page would hold all that were before it
        return source


class _Page:
    """The samples of all channels, (channels, length), how many there are, and what channels are called.

    `left` samples came before its first.
    """

    def __init__(self, length: int, level: Block, dtype: Any, names: tuple[str, ...], left: int = 0) -> None:
        self.names, self.left = names, left
        self.rows = np.empty((len(level), length), dtype)
        self.rows[:] = level[:, None]
        self.known = 0


class _FillingPyramid(Pyramid):
    """A pyramid whose samples are filled in from the left."""

    def __init__(self, samples: Block, least: float) -> None:
        super().__init__(samples)
        self.least, self.filled = least, 0

    def extent(self) -> tuple[float, float]:
        """At least ±`least`."""
        low, high = super().extent()
        return min(low, -self.least) if self.least else low, max(high, self.least) if self.least else high


class _FillingMoments(Moments):
    """Running sums of samples that are filled in from the left; good up to there."""

    @property
    def built(self) -> bool:
        """Always: what is known is summed."""
        return True

    def fill(self, start: int, stop: int) -> None:
        """Sum the samples from `start` to `stop`, without machine code: a first start would wait for that."""
        stride = self._stride
        first, last = start // stride, min(-(-stop // stride), len(self._sums) - 1)
        step = max(_SUMMED // stride, 1)
        for begin in range(first, last, step):
            self._sum(begin, min(begin + step, last))

    def _sum(self, first: int, last: int) -> None:
        """Go on with the running sums from one anchor to another."""
        stride = self._stride
        chunk = self._samples[first * stride : last * stride]
        cells = np.zeros((last - first, stride))
        cells.reshape(-1)[: chunk.size] = chunk
        places = first * stride + 0.5 + np.arange(cells.size).reshape(cells.shape)
        sums = [np.sum(part, axis=1) for part in (cells, cells * places, cells * cells)]
        self._sums[first + 1 : last + 1] = self._sums[first] + np.cumsum(sums, axis=1).T


def new_page(
    title: str,
    sample_rate: float,
    length: int,
    *,
    level: Block | None = None,
    names: tuple[str, ...] = ("microphone",),
    row: int = 0,
) -> LiveSource:
    """An empty page of so many samples; of its channels, called `names`, the one in that `row` is heard.

    `level` (channels,) is what it is drawn at where nothing came yet; without it the page is for sound, and
    silent there.
    """
    sound = level is None
    page = _Page(
        length, np.zeros(len(names)) if level is None else level, np.float32 if sound else np.float64, names
    )
    return _source(page, title, sample_rate, row, names[row], QUIET_ROOM if sound else 0.0)


def _source(
    page: _Page,
    title: str,
    sample_rate: float,
    row: int,
    channel: str,
    least: float,
) -> LiveSource:
    samples = page.rows[row]
    pyramid, moments, known = _FillingPyramid(samples, least), _FillingMoments(samples), page.known
    pyramid.build()
    if known:
        moments.fill(0, known)
        pyramid.filled = known - known % 4096  # what comes meanwhile is summarised by catch_up
    return LiveSource(
        samples, sample_rate, title, channel, "", "", pyramid, moments, page=page, row=row
    )  # fmt: skip

"""Integrals of a sampled signal over any intervals, without reading the whole of it again for each frame.

The signal is taken as constant over each sample: sample k fills the cell [k, k+1), the positions used here.
For a bin [a, b) with centre m, `Moments` gives ∫f, ∫f·(x − m) and ∫f². Running sums are kept at anchors, at
every 16th sample or so; what lies between an anchor and the end of a bin is summed anew, so that integrals
are exact, also where a bin ends inside a sample.

Of samples that stay in their file only narrow bins are summed so. A bin of 16 stretches, and of 1024 samples,
or more takes of the stretch in which it ends the part that it covers, as if the signal were constant there:
thousands of reads of the disk per frame would be spent on less than a three-hundredth of such a bin.
"""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from hippo_studio.hippo.compiled import compiled
from hippo_studio.signals.file_samples import FileSamples, what_is_there

Float64s = NDArray[np.float64]

_STRIDE = 16  # a power of two; 1.5 bytes a sample, and few samples to sum anew
_MOST_ANCHORS = 1 << 21
_CHUNK = 1 << 19  # samples summed between two calls of `build`: a few milliseconds
_WIDE, _WIDE_SAMPLES = 16, 1024  # stretches, and samples, in a bin of a file whose ends are interpolated


class Moments:
    """Integrals over bins of one channel; `build` first, a chunk at a time.

    Parameters
    ----------
    samples : (T,) float32 or float64, or FileSamples; kept, not copied.
    """

    def __init__(self, samples: NDArray[np.floating]) -> None:
        self._samples = samples
        self._stride = _STRIDE
        while samples.size // self._stride > _MOST_ANCHORS:
            self._stride *= 2
        anchors = -(-samples.size // self._stride)  # the last stretch may be short
        self._sums = np.zeros((anchors + 1, 3))  # of f, x·f, f² up to each anchor, and to the end
        self._anchors = 0
        self._building = threading.Lock()  # one signal's sums may be built by several threads

    @property
    def built(self) -> bool:
        """Whether `over` may be called."""
        return self._anchors == len(self._sums) - 1

    def build(self) -> bool:
        """Sum one more chunk; True once nothing is left to do."""
        with self._building:
            if not self.built:
                first, stride = self._anchors, self._stride
                last = min(first + max(_CHUNK // stride, 1), len(self._sums) - 1)
                chunk = _known(self._samples, first * stride, min(last * stride, self._samples.size))
                sum_blocks(chunk, stride, first * stride, self._sums[first : last + 1])
                self._anchors = last
            return self.built

    def over(self, edges: Float64s) -> Float64s:
        """Return ∫f, ∫f·(x − centre) and ∫f² of each bin: (3, bins), for ascending `edges` (bins + 1,).

        Edges are positions in samples; outside the signal f is 0.
        """
        if not self.built:
            raise RuntimeError("the running sums are not built yet; call build until it returns True")
        edges = np.ascontiguousarray(edges, dtype=np.float64)
        if isinstance(self._samples, FileSamples):
            return self._over_file(edges)
        found = np.empty((3, edges.size - 1))
        _over(self._samples, 0, self._samples.size, self._stride, self._sums, edges, found)
        return found

    def _over_file(self, edges: Float64s) -> Float64s:
        """As `over`: wide bins from the anchors, runs of narrow bins from the samples themselves."""
        total, found = self._samples.size, np.empty((3, edges.size - 1))
        _between_anchors(total, self._stride, self._sums, edges, found)
        narrow = np.diff(edges) < max(_WIDE * self._stride, _WIDE_SAMPLES)
        turns = np.flatnonzero(np.diff(narrow, prepend=False, append=False))
        for first, last in turns.reshape(-1, 2):
            start, stop = max(int(edges[first]), 0), min(int(np.ceil(edges[last])), total)
            if stop > start:
                near = _known(self._samples, start, stop)
                run, part = edges[first : last + 1], np.empty((3, last - first))
                _over(near, start, total, self._stride, self._sums, run, part)
                found[:, first:last] = part
        return found


def prepare_for_files() -> None:
    """Compile what samples that stay in their file need besides."""
    edges, found = np.array([0.0, 1.0]), np.empty((3, 1))
    for dtype in (np.float32, np.float64):
        read, sums = np.zeros(2 * _STRIDE, dtype), np.zeros((3, 3))
        sum_blocks(read, _STRIDE, 0, sums)
        _over(read, 0, read.size, _STRIDE, sums, edges, found)
        _between_anchors(read.size, _STRIDE, sums, edges, found)


def _known(samples: NDArray[np.floating], start: int, stop: int) -> NDArray[np.floating]:
    """Samples, 0 in place of what the file has lost: no memory goes there, and none is measured there."""
    known = what_is_there(samples, slice(start, stop))
    return np.nan_to_num(known, copy=False) if isinstance(samples, FileSamples) else known


@compiled
def sum_blocks(samples, stride, offset, sums):  # type: ignore[no-untyped-def]
    """Go on with running sums, (anchors + 1, 3), over samples that begin at `offset`."""
    for row in range(1, sums.shape[0]):
        start = (row - 1) * stride
        s0 = s1 = s2 = 0.0
        for k in range(start, min(start + stride, samples.size)):
            f = np.float64(samples[k])
            s0 += f
            s1 += f * (offset + k + 0.5)
            s2 += f * f
        sums[row, 0] = sums[row - 1, 0] + s0
        sums[row, 1] = sums[row - 1, 1] + s1
        sums[row, 2] = sums[row - 1, 2] + s2


@compiled
def _between_anchors(total, stride, sums, edges, found):  # type: ignore[no-untyped-def]
    """The integrals by the running sums alone, f constant from each anchor to the next."""
    before = np.zeros(3)
    for j in range(edges.size):
        place = min(max(edges[j], 0.0), float(total))
        anchor = min(int(place / stride), sums.shape[0] - 2)
        inside, length = place - anchor * stride, min((anchor + 1) * stride, total) - anchor * stride
        part = inside / length
        s0, s1, s2 = sums[anchor, 0], sums[anchor, 1], sums[anchor, 2]
        step = sums[anchor + 1, 0] - s0
        s1 += (sums[anchor + 1, 1] - s1) * part + step / length * inside * (inside - length) / 2
        s2 += (sums[anchor + 1, 2] - s2) * part
        s0 += step * part
        if j > 0:
            m0 = s0 - before[0]
            found[0, j - 1] = m0
            found[1, j - 1] = s1 - before[1] - 0.5 * (edges[j] + edges[j - 1]) * m0
            found[2, j - 1] = s2 - before[2]
        before[0], before[1], before[2] = s0, s1, s2


@compiled
def _over(samples, offset, total, stride, sums, edges, found):  # type: ignore[no-untyped-def]
    # `samples` are those from `offset` on of `total`.
    shift = 0
    while 1 << shift < stride:
        shift += 1
    for j in range(edges.size - 1):
        centre = 0.5 * (edges[j] + edges[j + 1])
        a = min(max(edges[j], 0.0), float(total))
        b = min(max(edges[j + 1], 0.0), float(total))
        m0 = m1 = m2 = 0.0
        first, last = int(a), int(b)  # the cells that hold the two ends
        if b > a and first == last:
            f = np.float64(samples[first - offset])
            width = b - a
            m0, m1, m2 = f * width, f * width * (0.5 * (a + b) - centre), f * f * width
        elif b > a:
            f = np.float64(samples[first - offset])
            width = first + 1 - a
            m0, m1, m2 = f * width, f * width * (0.5 * (a + first + 1) - centre), f * f * width
            if last < total and b > last:
                f = np.float64(samples[last - offset])
                width = b - last
                m0 += f * width
                m1 += f * width * (0.5 * (b + last) - centre)
                m2 += f * f * width
            start, stop = first + 1, last  # whole cells
            anchor_a = (start + stride - 1) >> shift
            anchor_b = stop >> shift
            if anchor_b > anchor_a:
                s0 = sums[anchor_b, 0] - sums[anchor_a, 0]
                m0 += s0
                m1 += sums[anchor_b, 1] - sums[anchor_a, 1] - centre * s0
                m2 += sums[anchor_b, 2] - sums[anchor_a, 2]
                for k in range(start, anchor_a * stride):
                    f = np.float64(samples[k - offset])
                    m0 += f
                    m1 += f * (k + 0.5 - centre)
                    m2 += f * f
                start = anchor_b * stride
            for k in range(start, stop):
                f = np.float64(samples[k - offset])
                m0 += f
                m1 += f * (k + 0.5 - centre)
                m2 += f * f
        found[0, j] = m0
        found[1, j] = m1
        found[2, j] = m2

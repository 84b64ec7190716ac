"""Integrals of a sampled signal over any intervals, without reading the whole of it again for each frame.

The signal is taken as constant over each sample: sample k fills the cell [k, k+1), the positions used here.
For a bin [a, b) with centre m, `Moments` gives ∫f, ∫f·(x − m) and ∫f², exactly, also where a bin ends inside
a sample. Short bins are summed; longer ones come from running sums kept at every 64th sample or so.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hippo_studio.hippo.compiled import compiled

Float64s = NDArray[np.float64]

_STRIDE = 64
_MOST_ANCHORS = 1 << 21
_CHUNK = 1 << 19  # samples summed between two calls of `build`: a few milliseconds


class Moments:
    """Integrals over bins of one channel; `build` first, a chunk at a time.

    Parameters
    ----------
    samples : (T,) float32 or float64, kept, not copied.
    """

    def __init__(self, samples: NDArray[np.floating]) -> None:
        self._samples = samples
        self._stride = _STRIDE
        while samples.size // self._stride > _MOST_ANCHORS:
            self._stride *= 2
        self._sums = np.zeros((samples.size // self._stride + 1, 3))  # of f, x·f, f² up to each anchor
        self._anchors = 0

    @property
    def built(self) -> bool:
        """Whether `over` may be called."""
        return self._anchors == len(self._sums) - 1

    def build(self) -> bool:
        """Sum one more chunk; True once nothing is left to do."""
        if self.built:
            return True
        first = self._anchors
        last = min(first + max(_CHUNK // self._stride, 1), len(self._sums) - 1)
        _sum_blocks(self._samples, self._stride, first, self._sums[first : last + 1])
        self._anchors = last
        return self.built

    def over(self, edges: Float64s) -> Float64s:
        """Return ∫f, ∫f·(x − centre) and ∫f² of each bin: (3, bins), for ascending `edges` (bins + 1,).

        Edges are positions in samples; outside the signal f is 0.
        """
        if not self.built:
            raise RuntimeError("the running sums are not built yet; call build until it returns True")
        found = np.empty((3, edges.size - 1))
        _over(self._samples, self._stride, self._sums, np.ascontiguousarray(edges, dtype=np.float64), found)
        return found


@compiled
def _sum_blocks(samples, stride, first, sums):  # type: ignore[no-untyped-def]
    for row in range(1, sums.shape[0]):
        start = (first + row - 1) * stride
        s0 = s1 = s2 = 0.0
        for k in range(start, start + stride):
            f = np.float64(samples[k])
            s0 += f
            s1 += f * (k + 0.5)
            s2 += f * f
        sums[row, 0] = sums[row - 1, 0] + s0
        sums[row, 1] = sums[row - 1, 1] + s1
        sums[row, 2] = sums[row - 1, 2] + s2


@compiled
def _over(samples, stride, sums, edges, found):  # type: ignore[no-untyped-def]
    total = samples.size
    for j in range(edges.size - 1):
        centre = 0.5 * (edges[j] + edges[j + 1])
        a = min(max(edges[j], 0.0), float(total))
        b = min(max(edges[j + 1], 0.0), float(total))
        m0 = m1 = m2 = 0.0
        first, last = int(a), int(b)  # the cells that hold the two ends
        if b > a and first == last:
            f = np.float64(samples[first])
            width = b - a
            m0, m1, m2 = f * width, f * width * (0.5 * (a + b) - centre), f * f * width
        elif b > a:
            f = np.float64(samples[first])
            width = first + 1 - a
            m0, m1, m2 = f * width, f * width * (0.5 * (a + first + 1) - centre), f * f * width
            if last < total and b > last:
                f = np.float64(samples[last])
                width = b - last
                m0 += f * width
                m1 += f * width * (0.5 * (b + last) - centre)
                m2 += f * f * width
            start, stop = first + 1, last  # whole cells
            anchor_a = -(-start // stride)
            anchor_b = stop // stride
            if anchor_b > anchor_a:
                s0 = sums[anchor_b, 0] - sums[anchor_a, 0]
                m0 += s0
                m1 += sums[anchor_b, 1] - sums[anchor_a, 1] - centre * s0
                m2 += sums[anchor_b, 2] - sums[anchor_a, 2]
                for k in range(start, anchor_a * stride):
                    f = np.float64(samples[k])
                    m0 += f
                    m1 += f * (k + 0.5 - centre)
                    m2 += f * f
                start = anchor_b * stride
            for k in range(start, stop):
                f = np.float64(samples[k])
                m0 += f
                m1 += f * (k + 0.5 - centre)
                m2 += f * f
        found[0, j] = m0
        found[1, j] = m1
        found[2, j] = m2

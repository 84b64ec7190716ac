"""The min/max pyramid: a long signal summarised at powers of two, so that any part of it is drawn at once.

The finest stored level keeps low, high, mean and mean square of every `base` samples (a power of two, by
the sample's size, so that all levels together take a sixteenth of the signal); each further level halves
the one before. A question about `bins` columns is answered from the coarsest level that still puts two
blocks into each column, or from the samples themselves where the columns are narrow: never more than
O(bins) numbers are touched.

    pyramid = Pyramid(signal.samples[0])
    pyramid.build()                              # may run on any thread
    low, high = pyramid.minmax(0, len(pyramid), 1200)
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hippo_studio.signals.file_samples import FileSamples, what_is_there

Values = NDArray[Any]
Level = NDArray[np.float32]  # (4, blocks): low, high, mean, mean square of each block

CHUNK = 1 << 20  # samples summarised between two looks at the cancel flag: a few milliseconds
SMALL = 1 << 22  # signals up to here are built by the first question that needs it
PROBES, PROBE_LENGTH = 8, 32  # stretches per column, and samples in each, looked at while nothing is built
PROBES_IN_FILE = 2  # the same where each stretch is a read of the disk
SKETCH = 2048  # columns of a sketch: as many as any screen shows, nearly


class Pyramid:
    """Low, high, mean and RMS of any stretch of a signal, in any number of columns.

    Parameters
    ----------
    samples : (T,) real array of any real dtype or FileSamples, T ≥ 1; kept, not copied.

    Until `build` is done, questions about a long signal are answered from a few stretches per column: a first
    picture, drawn at once, which may miss peaks, and of which `minmax` is refined from the left as `build`
    goes on. `built` tells which it is. `sketch` reads these stretches beforehand, on a thread that may wait
    for the disk.
    """

    def __init__(self, samples: ArrayLike) -> None:
        values = samples if isinstance(samples, FileSamples) else np.asanyarray(samples)
        if values.ndim != 1 or values.size == 0 or values.dtype.kind not in "biuf":
            raise ValueError(
                "A pyramid stands on a one-dimensional real array with at least one sample; "
                f"got {values.dtype} of shape {values.shape}."
            )
        self.samples = cast(Values, values)
        self.base: int = 512 // values.dtype.itemsize
        self._levels: tuple[Level, ...] = ()
        self._sketch: tuple[Level, int] | None = None  # as a level, and samples in each of its blocks
        self._growing: tuple[Level, int] | None = None  # the finest level, and samples that it covers so far
        self._estimate: tuple[float, float] | None = None
        self._extent: tuple[float, float] | None = None
        self._probes = PROBES_IN_FILE if isinstance(values, FileSamples) else PROBES

    def __len__(self) -> int:
        return int(self.samples.size)

    @property
    def built(self) -> bool:
        """Whether answers come from the whole signal (True) or from a few stretches per column."""
        return bool(self._levels)

    @property
    def nbytes(self) -> int:
        """Bytes held beside the signal."""
        return sum(level.nbytes for level in self._levels)

    def build(
        self,
        progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> bool:
        """Read the signal once, in chunks, and summarise it; True when done, False when cancelled.

        `progress` gets the fraction done, `cancelled` is asked before each chunk; both run on this thread. A
        cancelled build leaves the pyramid as it was and may be started again. Questions may be asked from
        other threads meanwhile.
        """
        if self._levels:
            return True
        total = len(self)
        finest = np.empty((4, -(-total // self.base)), np.float32)
        for first in range(0, total, CHUNK):
            if cancelled is not None and cancelled():
                return False
            chunk = what_is_there(self.samples, slice(first, min(first + CHUNK, total)))
            _summarise(chunk, self.base, finest[:, first // self.base :])
            self._growing = finest, first + len(chunk)
            if progress is not None:
                progress(min(first + CHUNK, total) / total)
        levels, block = [finest], self.base
        while levels[-1].shape[1] > 1:
            levels.append(_halve(levels[-1], block, total))
            block *= 2
        self._levels, self._growing, self._sketch = tuple(levels), None, None
        return True

    def sketch(self) -> None:
        """Read a few stretches all over a long signal, once: questions about much of it then read nothing."""
        if self._levels or self._sketch is not None or len(self) <= SMALL:
            return
        block = -(-len(self) // SKETCH)
        edges = block * np.arange(-(-len(self) // block) + 1, dtype=np.float64)
        view = _probe(self.samples, edges, self._probes)
        rows = (view.extreme(np.minimum, 0), view.extreme(np.maximum, 1), view.average(2), view.average(3))
        self._sketch = np.stack(rows).astype(np.float32), block

    def fill(self, first: int, last: int) -> None:
        """Summarise anew the samples from `first` up to `last`, which were changed in place after `build`."""
        start, stop, block = first // self.base, -(-last // self.base), self.base
        self._extent = None
        changed = np.asarray(self.samples[start * block : stop * block])
        _summarise(changed, block, self._levels[0][:, start:])
        for finer, coarser in itertools.pairwise(self._levels):
            start, stop = start // 2, -(-stop // 2)
            part = finer[:, 2 * start : 2 * stop]
            ends = 2 * stop >= finer.shape[1]
            coarser[:, start:stop] = _halve(part, block, len(self) if ends else block * part.shape[1])
            block *= 2

    def minmax(self, start: float, stop: float, bins: int) -> tuple[Values, Values]:
        """Lowest and highest sample in each of `bins` equal columns of [start, stop), positions in samples.

        Every sample of a column is covered and, where columns are wide (two blocks or more), up to one block
        beyond either edge: a peak is never missed. Columns narrower than a sample repeat it, so the answer is
        exact at the finest level. Columns wholly outside the signal hold NaN. Two float arrays (bins,).

        Raises
        ------
        ValueError
            start ≥ stop, positions that are not finite, fewer than one bin.
        """
        growing = self._growing  # read before the view: what is built meanwhile is in that
        view = self._view(start, stop, bins)
        low, high = view.extreme(np.minimum, 0), view.extreme(np.maximum, 1)
        if growing is not None and view.probed:
            self._refine(growing, view.edges, low, high)
        return low, high

    def extent(self) -> tuple[float, float]:
        """Lowest and highest sample of all; an estimate until `build` is done."""
        if self._extent is not None:
            return self._extent
        if self._levels or len(self) <= SMALL:
            low, high = self.minmax(0, len(self), 1)
            if np.isfinite(low[0]):  # else a part of it was lost
                self._extent = float(low[0]), float(high[0])
                return self._extent
        if self._estimate is None:
            low, high = self.minmax(0, len(self), 1024)
            self._estimate = (
                (float(np.nanmin(low)), float(np.nanmax(high))) if np.isfinite(low).any() else (0.0, 0.0)
            )
        return self._estimate

    def mean(self, start: float, stop: float, bins: int) -> NDArray[np.float64]:
        """Mean of the samples in each column, (bins,); columns and errors as in `minmax`."""
        return self._view(start, stop, bins).average(2)

    def rms(self, start: float, stop: float, bins: int) -> NDArray[np.float64]:
        """Root of the mean square in each column, (bins,); columns and errors as in `minmax`."""
        return np.sqrt(self._view(start, stop, bins).average(3))

    def _view(self, start: float, stop: float, bins: int) -> _View:
        if not (np.isfinite(start) and np.isfinite(stop) and start < stop):
            raise ValueError(f"A view needs finite start < stop, in samples; got {start!r} and {stop!r}.")
        if bins < 1:
            raise ValueError(f"A view needs at least one bin; got {bins!r}.")
        # Rounded, so that an edge meant to fall on a sample does not take in its neighbour.
        edges = np.round(start + (stop - start) * (np.arange(bins + 1) / bins), 6)
        width = (stop - start) / bins
        if width < 2 * self.base or len(self) <= self.base:
            return _read_level(self.samples, edges, 1, len(self))
        if not self._levels and len(self) <= SMALL:
            self.build()
        sketch, levels = self._sketch, self._levels  # read once: another thread may finish building any time
        if not levels and sketch is not None and width >= sketch[1]:
            level, block = sketch
            return replace(_read_level(level, edges, block, len(self)), probed=True)
        if not levels:
            return _probe(self.samples, edges, self._probes)
        depth = min(int(np.log2(width / (2 * self.base))), len(levels) - 1)
        return _read_level(levels[depth], edges, self.base << depth, len(self))

    def _refine(
        self, growing: tuple[Level, int], edges: NDArray[np.float64], low: Values, high: Values
    ) -> None:
        """Put what is summarised already in place of probes."""
        finest, done = growing
        known = np.flatnonzero((edges[1:] > 0) & (edges[1:] <= done))
        if known.size:
            columns = slice(known[0], known[-1] + 1)
            view = _read_level(finest, edges[known[0] : known[-1] + 2], self.base, len(self))
            low[columns], high[columns] = view.extreme(np.minimum, 0), view.extreme(np.maximum, 1)


@dataclass(frozen=True)
class _View:
    """The numbers that answer one question (a row per kind, or one for all) and where columns lie."""

    rows: Values  # (4, M) from a stored level, (M,) samples
    offsets: NDArray[np.intp]  # (2·bins,): first and one past last index into M, per column
    counts: NDArray[np.float64] | None  # (M,) samples that each number stands for; None: one each
    outside: NDArray[np.bool_]  # (bins,): columns that hold no sample
    edges: NDArray[np.float64]  # (bins + 1,): where the columns lie, in samples
    probed: bool = False  # whether the numbers are stretches of the columns, rather than all of them

    def extreme(self, pick: np.ufunc, kind: int) -> Values:
        """Lowest or highest number per column."""
        found: Values = _reduce(pick, self._row(kind), self.offsets)
        if found.dtype.kind != "f":
            found = found.astype(np.float64)
        found[self.outside] = np.nan
        return found

    def average(self, kind: int) -> NDArray[np.float64]:
        """Mean (kind 2) or mean square (kind 3) per column."""
        row = self._row(kind).astype(np.float64)
        if self.counts is None:
            row = np.square(row) if kind == 3 else row
            weights = (self.offsets[1::2] - self.offsets[::2]).astype(np.float64)
        else:
            row *= self.counts
            weights = _reduce(np.add, self.counts, self.offsets)
        found: NDArray[np.float64] = _reduce(np.add, row, self.offsets) / weights
        found[self.outside] = np.nan
        return found

    def _row(self, kind: int) -> Values:
        return self.rows[kind] if self.rows.ndim == 2 else self.rows


def _reduce(pick: np.ufunc, row: Values, offsets: NDArray[np.intp]) -> Values:
    """`pick` over row[first:last] of each (first, last) pair; pairs may overlap."""
    # reduceat wants every index inside the row, so a last one that ends the row gets a number to stand on.
    padded = np.concatenate((row, row[-1:]))
    reduced: Values = pick.reduceat(padded, offsets)[::2]
    return reduced


def _read_level(level: Values, edges: NDArray[np.float64], block: int, total: int) -> _View:
    count = level.shape[-1]
    first = np.clip(np.floor(edges[:-1] / block), 0, count - 1).astype(np.intp)
    last = np.clip(np.ceil(edges[1:] / block), first + 1, count).astype(np.intp)
    offsets = np.stack((first, last), axis=1).ravel()
    begin, end = int(offsets.min()), int(offsets.max())
    counts = None
    if level.ndim == 2:
        counts = np.full(end - begin, float(block))
        if end == count:
            counts[-1] = total - (count - 1) * block
    outside = (edges[1:] <= 0) | (edges[:-1] >= total)
    rows = what_is_there(level, slice(begin, end)) if level.ndim == 1 else level[:, begin:end]
    return _View(rows, offsets - begin, counts, outside, edges)


def _probe(samples: Values, edges: NDArray[np.float64], probes: int) -> _View:
    """A few stretches of samples, evenly spaced in each column."""
    bins, total = len(edges) - 1, len(samples)
    spread = edges[:-1, np.newaxis] + (np.arange(probes) / probes) * np.diff(edges)[:, np.newaxis]
    begins = np.clip(spread, 0, total - PROBE_LENGTH).astype(np.intp)
    picked = (begins[:, :, np.newaxis] + np.arange(PROBE_LENGTH)).ravel()
    first = np.arange(bins) * (probes * PROBE_LENGTH)
    offsets = np.stack((first, first + probes * PROBE_LENGTH), axis=1).ravel()
    outside = (edges[1:] <= 0) | (edges[:-1] >= total)
    return _View(what_is_there(samples, picked), offsets, None, outside, edges, probed=True)


def _summarise(chunk: Values, base: int, out: Level) -> None:
    """Fill the first columns of `out`: low, high, mean, mean square of each `base` samples."""
    if chunk.dtype.kind != "f" or not chunk.dtype.isnative or chunk.dtype == np.float16:
        chunk = chunk.astype(np.float64 if chunk.dtype.itemsize > 2 else np.float32)
    chunk = np.ascontiguousarray(chunk)
    whole = len(chunk) // base
    pieces = [(slice(0, whole), chunk[: whole * base].reshape(whole, base))]
    if len(chunk) % base:
        pieces.append((slice(whole, whole + 1), chunk[whole * base :].reshape(1, -1)))
    with np.errstate(over="ignore"):  # beyond float32 a summary is infinite, as its picture would be
        for where, block in pieces:
            out[0, where] = block.min(axis=1)
            out[1, where] = block.max(axis=1)
            out[2, where] = block.mean(axis=1)
            out[3, where] = np.einsum("ij,ij->i", block, block) / block.shape[1]


def _halve(level: Level, block: int, total: int) -> Level:
    """The next coarser level: each two blocks of `block` samples become one."""
    count = level.shape[1]
    pairs = level[:, : count // 2 * 2].reshape(4, -1, 2)
    coarse = np.empty((4, -(-count // 2)), np.float32)
    half = coarse[:, : count // 2]
    half[0], half[1] = pairs[0].min(axis=1), pairs[1].max(axis=1)
    half[2:] = pairs[2:].mean(axis=2)
    if count % 2:
        coarse[:, -1] = level[:, -1]
    elif tail := total % block:  # the last block is short, and weighs less in its pair
        half[2:, -1] = (pairs[2:, -1, 0] * block + pairs[2:, -1, 1] * tail) / (block + tail)
    return coarse

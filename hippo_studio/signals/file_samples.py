"""Samples that stay in their file: an array to those who use them, read block by block as they are needed.

An hour of stereo sound at 48 kHz is 1.4 GB as float32. `FileSamples` gives any block of it in the time that
reading the block takes, and keeps none: the operating system's page cache does that better. It slices as an
array does, without reading; whatever else is asked of it is asked of `numpy.asarray` of it, which reads.

The file is read by position, not mapped into memory: where another program shortens a mapped file, touching
what is gone ends the process; here it is a sentence. (Mapping was measured to be a third faster over a whole
file: 0.22 s against 0.34 s for an hour of stereo.)

Samples that are not finite are found when they are read, and count as zero, as in a file that is read whole;
`warnings` says so once they were met.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import ArrayLike, DTypeLike, NDArray

from hippo_studio.signals import encodings
from hippo_studio.signals.finite import all_finite
from hippo_studio.signals.read_warnings import ChangedFile, MissingValues, ReadWarning, TruncatedFile

PIECE = 1 << 19  # bytes read at a time: they stay in the processor's cache until they are converted
NEAR = 1 << 12  # frames between two wanted ones that are rather read over than skipped
MOST_REMEMBERED = 1 << 16  # bad samples that are told apart; beyond, there are just "at least" so many


class SamplesLostError(ValueError):
    """A file that got shorter while it was open; the message is one sentence."""


def what_is_there(samples: Any, index: slice | NDArray[np.intp]) -> NDArray[Any]:
    """Samples of one channel, (T,) array or FileSamples, with NaN in place of what their file has lost.

    `index` is a slice without a step, or places from 0.
    For pictures, which had better have a hole than not be; a memory takes the samples as they are, and is
    told by a SamplesLostError.
    """
    try:
        return np.asarray(samples[index])
    except SamplesLostError:
        if isinstance(index, slice):
            start, stop, _ = index.indices(len(samples))
            found = np.full(max(stop - start, 0), np.nan, samples.dtype)
            last = min(stop, samples.present)
            if last > start:
                found[: last - start] = samples[start:last]
            return found
        found = np.full(index.size, np.nan, samples.dtype)
        there = index < samples.present
        found[there] = samples[index[there]]
        return found


class SampleFile:
    """An open file of plain numbers, frame by frame; may be read from several threads.

    Parameters
    ----------
    path : of the file.
    encoding : of each number, see `encodings`.
    channels : numbers in a frame.
    offset : of the first frame, in bytes.
    length : frames.
    sample_rate : in Hz, for telling when a bad sample is.
    """

    def __init__(
        self, path: Path, encoding: str, channels: int, offset: int, length: int, sample_rate: float
    ) -> None:
        self.path, self.encoding, self.channels = path, encoding, channels
        self.offset, self.length, self.sample_rate = offset, length, sample_rate
        self.dtype = encodings.float_type(encoding)
        self._frame = channels * encodings.width(encoding)
        self._descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        weakref.finalize(self, os.close, self._descriptor)
        self._lock = threading.Lock()
        self._stamp = self._modified()
        self._changed = False
        self._bad: set[int] = set()

    @property
    def present(self) -> int:
        """Frames that are in the file now: fewer than `length` once another program cut it short."""
        size = os.fstat(self._descriptor).st_size - self.offset
        return min(max(size, 0) // self._frame, self.length)

    @property
    def warnings(self) -> tuple[ReadWarning, ...]:
        """What was found so far that the user should know of."""
        found: list[ReadWarning] = []
        if (present := self.present) < self.length:
            found.append(TruncatedFile(self._cut_at(present)))
        elif self._changed:
            found.append(
                ChangedFile(
                    f"{self.path.name} was changed by another program while it was open, so its pictures "
                    "and numbers may mix old and new; open it again."
                )
            )
        if bad := self._bad.copy():  # another thread may find more meanwhile
            first = min(bad)
            least = "At least " if len(bad) >= MOST_REMEMBERED else ""
            found.append(
                MissingValues(
                    f"{least}{len(bad)} samples of {self.path.name} are not finite, the first at "
                    f"{first / self.sample_rate:.6f} s (sample {first}); they count as zero."
                )
            )
        return tuple(found)

    def read(self, rows: NDArray[np.intp], start: int, stop: int) -> NDArray[Any]:
        """Frames from `start` to `stop` of some channels, (rows, frames)."""
        out = np.empty((rows.size, stop - start), self.dtype)
        self._look_for_changes()
        step = max(PIECE // self._frame, 1)
        for first in range(start, stop, step):
            count = min(step, stop - first)
            self._convert(self._bytes(first, count), rows, out[:, first - start :][:, :count])
            self._mend(out[:, first - start :][:, :count], lambda k, first=first: first + k)
        return out

    def gather(self, rows: NDArray[np.intp], wanted: NDArray[np.intp]) -> NDArray[Any]:
        """Single frames of some channels, (rows, wanted); neighbours are read together."""
        self._look_for_changes()
        places, back = np.unique(wanted, return_inverse=True)
        out = np.empty((rows.size, places.size), self.dtype)
        step = max(PIECE // self._frame, 1)
        cuts = np.flatnonzero((np.diff(places) > NEAR) | (np.diff(places // step) > 0)) + 1
        pieces, picks, at = [], [], 0
        for run in np.split(places, cuts) if places.size else []:
            first, count = int(run[0]), int(run[-1] - run[0]) + 1
            pieces.append(self._bytes(first, count))
            picks.append(run - first + at)
            at += count
        if pieces:
            frames = encodings.frames(b"".join(pieces), self.encoding, self.channels)
            encodings.scaled(frames[np.concatenate(picks)][:, rows].T, self.encoding, out)
        self._mend(out, lambda k: int(places[k]))
        return out[:, back.reshape(-1)]

    def _convert(self, raw: bytes, rows: NDArray[np.intp], out: NDArray[Any]) -> None:
        numbers = encodings.frames(raw, self.encoding, self.channels)
        for row, into in zip(rows, out, strict=True):
            encodings.scaled(numbers[:, row], self.encoding, into)

    def _mend(self, block: NDArray[Any], frame: Any) -> None:
        """Put zeros in place of what is not finite, and remember where that was."""
        if self.encoding[-2] != "f" or all_finite(block):
            return
        bad = ~np.isfinite(block)
        if len(self._bad) < MOST_REMEMBERED:
            self._bad.update(frame(int(k)) for k in np.flatnonzero(bad.any(axis=0)))
        block[bad] = 0

    def _bytes(self, first: int, count: int) -> bytes:
        at, size = self.offset + first * self._frame, count * self._frame
        if hasattr(os, "pread"):
            raw = os.pread(self._descriptor, size, at)
        else:
            with self._lock:
                os.lseek(self._descriptor, at, os.SEEK_SET)
                raw = os.read(self._descriptor, size)
        if len(raw) < size:
            raise SamplesLostError(self._cut_at(first + len(raw) // self._frame))
        return raw

    def _cut_at(self, frame: int) -> str:
        return (
            f"{self.path.name} was cut short by another program while it was open: what was at "
            f"{frame / self.sample_rate:.3f} s is gone; open it again."
        )

    def _look_for_changes(self) -> None:
        self._changed = self._changed or self._modified() != self._stamp

    def _modified(self) -> int:
        return os.fstat(self._descriptor).st_mtime_ns


class FileSamples(NDArrayOperatorsMixin):
    """(channels, T) or, of one channel, (T,) samples in a file, float32 or float64 to whoever reads them.

    An index, a slice or a list of channels, and a slice of time without a step, give another `FileSamples`;
    any other index gives an array, read at once. Arithmetic, and any other attribute of an array, is that of
    the whole as an array: of an hour of sound, better asked block by block.
    """

    def __init__(
        self, file: SampleFile, rows: ArrayLike | None = None, start: int = 0, stop: int | None = None
    ) -> None:
        self._file = file
        self._rows: NDArray[np.intp] = np.asarray(range(file.channels) if rows is None else rows, np.intp)
        self._start, self._stop = start, file.length if stop is None else max(start, stop)

    @property
    def shape(self) -> tuple[int, ...]:
        """(channels, T), or (T,)."""
        return (*self._rows.shape, self._stop - self._start)

    @property
    def ndim(self) -> int:
        """2, or 1."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return self._rows.size * (self._stop - self._start)

    @property
    def dtype(self) -> np.dtype[np.floating[Any]]:
        """Of the numbers, once they are read."""
        return self._file.dtype

    @property
    def present(self) -> int:
        """How many of the T are still in the file."""
        return min(max(self._file.present - self._start, 0), self.shape[-1])

    @property
    def nbytes(self) -> int:
        """What they would take in memory."""
        return self.size * self.dtype.itemsize

    @property
    def where(self) -> dict[str, Any]:
        """How a file's samples are found in it, as `SampleFile` takes it."""
        file = self._file
        return {
            "encoding": file.encoding,
            "channels": file.channels,
            "offset": file.offset,
            "length": file.length,
            "sample_rate": file.sample_rate,
        }

    @property
    def warnings(self) -> tuple[ReadWarning, ...]:
        """What was found while reading that the user should know of."""
        return self._file.warnings

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[Any]:
        return (self[index] for index in range(len(self)))

    def __repr__(self) -> str:
        return f"<FileSamples: {self.shape} {self.dtype} in {self._file.path}>"

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("samples in a file are read into a new array; copy=False cannot be.")
        values = self._file.read(np.atleast_1d(self._rows), self._start, self._stop).reshape(self.shape)
        return values if dtype is None else values.astype(dtype, copy=False)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        read = [np.asarray(value) if isinstance(value, FileSamples) else value for value in inputs]
        return getattr(ufunc, method)(*read, **options)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or not hasattr(np.ndarray, name):
            raise AttributeError(f"samples in a file have no {name!r}")
        return getattr(np.asarray(self), name)

    def __getitem__(self, index: Any) -> Any:
        keys = self._keys(index)
        if keys is None:
            return np.asarray(self)[index]
        rows, time = keys
        if isinstance(time, slice):
            start, stop, _ = time.indices(self.shape[-1])
            return FileSamples(self._file, rows, self._start + start, self._start + max(start, stop))
        values = self._file.gather(np.atleast_1d(rows), self._start + time.reshape(-1))
        return values.reshape(rows.shape + time.shape)[()]

    def _keys(self, index: Any) -> tuple[NDArray[np.intp], slice | NDArray[np.intp]] | None:
        """Channels and times that an index means; None where only an array of all can tell."""
        parts = list(index) if isinstance(index, tuple) else [index]
        rows = self._rows
        if parts and parts[0] is None and self.ndim == 1:
            rows, parts = rows[np.newaxis], [slice(None), *parts[1:]]
        if parts and parts[0] is Ellipsis:
            parts = [slice(None)] * (rows.ndim + 2 - len(parts)) + parts[1:]
        if any(part is None or part is Ellipsis for part in parts) or len(parts) > rows.ndim + 1:
            return None
        parts += [slice(None)] * (rows.ndim + 1 - len(parts))
        if rows.ndim:
            plain = isinstance(parts[0], slice) or np.ndim(parts[0]) <= 1
            if not plain:
                return None
            rows = rows[parts[0]]
        time = self._times(parts[-1])
        if time is None or (rows.ndim and not isinstance(parts[0], slice) and not isinstance(time, slice)):
            return None  # two lists of indices go pairwise
        return np.asarray(rows, np.intp), time

    def _times(self, part: Any) -> slice | NDArray[np.intp] | None:
        length = self.shape[-1]
        if isinstance(part, slice):
            return part if part.step in (None, 1) else np.arange(*part.indices(length), dtype=np.intp)
        wanted = np.asarray(part)
        if wanted.dtype.kind not in "iu":
            return None
        if wanted.size and not (-length <= wanted.min() and wanted.max() < length):
            raise IndexError(f"index {part!r} is outside {length} samples")
        places: NDArray[np.intp] = np.where(wanted < 0, wanted + length, wanted).astype(np.intp)
        return places

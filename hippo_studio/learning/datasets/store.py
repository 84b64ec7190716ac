"""Decoded examples on the disk: made once, mapped into memory, looked up by what they were decoded from.

    CACHE/data/KEY/values.f32    all examples one after the other, (moments, d_input) float32
    CACHE/data/KEY/index.npz     lengths, means and scatter of each; which were left aside, and why
    CACHE/data/KEY/NAME          one file that was unpacked or laid out to be mapped (`kept_file`)

KEY is made of the source's files (names, sizes, times of change) and of how they were decoded: a file that
changes is decoded anew. A folder appears under its key only when it is whole. All of them together keep
within `MOST_BYTES`; the ones that were not used for longest go first. Any may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.learning.data import Cancelled
from hippo_studio.learning.datasets.collection import Collection, UnusableError, Values
from hippo_studio.learning.datasets.standardizing import Moments, moments_of

VERSION = 1
MOST_BYTES = 32 << 30
"""Bytes that all kept sets may take together."""
SPARE_BYTES = 1 << 30
"""Bytes of the disk that stay free."""
ABANDONED = 86400.0
"""Seconds after which an unfinished folder is nobody's."""
VALUES, INDEX = "values.f32", "index.npz"


Progress = Callable[[float], None]
Asked = Callable[[], bool]


@dataclass(frozen=True, eq=False)
class Decoded:
    """A collection that was looked at from end to end."""

    fetch: Callable[[int], Values]
    moments: Moments
    reasons: tuple[str, ...]
    """(n,) why a row was left aside, "" for all others."""
    kept: bool = True
    """Whether it is on the disk now; otherwise `fetch` decodes each time."""


class DoesNotFitError(Exception):
    """The disk has no room for what would be kept."""


def folder() -> Path:
    """Where decoded data are kept; deleting it costs nothing but time."""
    import platformdirs

    return Path(platformdirs.user_cache_dir("hippo-studio", appauthor=False)) / "data"


def key_of(what: Any) -> str:
    """Return the key for plain values: files with their sizes and times, and the options of decoding."""
    text = json.dumps([VERSION, what], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def decode(collection: Collection, d_input: int, progress: Progress, cancelled: Asked) -> Decoded:
    """Return the collection decoded: as it is kept under its key, or anew.

    Without room on the disk it is looked at all the same, but not kept. Raises Cancelled if `cancelled` says
    so; nothing is left behind.
    """
    place = folder() / key_of([collection.key, d_input])
    if (kept := _kept(place, d_input)) is not None:
        with suppress(OSError):
            os.utime(place)
        progress(1.0)
        return kept
    try:
        make_room(int(collection.lengths.sum()) * d_input * 4, keep=place)
        with _new_folder(place, lambda: _kept(place, d_input) is not None) as unfinished:
            with (unfinished / VALUES).open("wb") as file:
                index = _look(collection, d_input, progress, cancelled, file.write)
                file.flush()
                os.fsync(file.fileno())
            with (unfinished / INDEX).open("wb") as file:
                np.savez(file, allow_pickle=False, **index)
    except (OSError, DoesNotFitError):
        index = _look(collection, d_input, progress, cancelled, lambda data: None)
        return Decoded(collection.fetch, *_from_index(index), kept=False)
    kept = _kept(place, d_input)
    return kept or decode(collection, d_input, progress, cancelled)


def is_kept(collection: Collection, d_input: int) -> bool:
    """Whether a collection was decoded before, so that to decode it costs nothing."""
    return (folder() / key_of([collection.key, d_input]) / INDEX).is_file()


def _look(
    collection: Collection,
    d_input: int,
    progress: Progress,
    cancelled: Asked,
    write: Callable[[Any], object],
) -> dict[str, NDArray[Any]]:
    """Decode all rows, one after the other, write their values and return the index."""
    count = len(collection)
    lengths = np.zeros(count, np.int64)
    means, scatter = np.zeros((2, count, d_input))
    reasons = [""] * count
    for row in range(count):
        if cancelled():
            raise Cancelled
        try:
            values = collection.fetch(row)
            lengths[row] = len(values)
            means[row], scatter[row] = moments_of(values)
            write(np.ascontiguousarray(values, "<f4").data)
        except UnusableError as error:
            reasons[row] = str(error)
        progress((row + 1) / count)
    return {"lengths": lengths, "means": means, "scatter": scatter, "reasons": np.array(reasons, np.str_)}


def _from_index(index: Mapping[str, NDArray[Any]]) -> tuple[Moments, tuple[str, ...]]:
    return Moments(index["lengths"], index["means"], index["scatter"]), tuple(index["reasons"].tolist())


def _kept(place: Path, d_input: int) -> Decoded | None:
    """What is kept in a folder; None if it is not there or not whole."""
    try:
        with np.load(place / INDEX, allow_pickle=False) as index:
            moments, reasons = _from_index(index)
        total = int(moments.lengths.sum())
        if (place / VALUES).stat().st_size != total * d_input * 4:
            return None
        shape = (total, d_input)
        values = np.memmap(place / VALUES, "<f4", "r", shape=shape) if total else np.zeros(shape, np.float32)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    ends = np.cumsum(moments.lengths)
    return Decoded(lambda row: values[ends[row] - moments.lengths[row] : ends[row]], moments, reasons)


@contextmanager
def _new_folder(place: Path, is_there: Callable[[], bool]) -> Iterator[Path]:
    """A folder to fill, which gets its name when it is whole; unless another process was faster."""
    unfinished = place.with_name(f".{place.name}.{os.getpid()}-{time.monotonic_ns()}.part")
    unfinished.mkdir(parents=True)
    try:
        yield unfinished
        if not is_there():
            shutil.rmtree(place, ignore_errors=True)
            try:
                os.replace(unfinished, place)
            except OSError:
                if not is_there():
                    raise
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def kept_file(what: Any, name: str, size: int, write: Callable[[IO[bytes]], None]) -> Path:
    """Return a file that `write` fills, or has filled under the same key before.

    Raises
    ------
    DoesNotFitError
        If the disk has no room for `size` bytes.
    OSError
        If the disk refuses.
    """
    place = folder() / key_of(what)
    file = place / name
    if file.is_file():
        with suppress(OSError):
            os.utime(place)
        return file
    make_room(size, keep=place)
    with _new_folder(place, file.is_file) as unfinished, (unfinished / name).open("wb") as stream:
        write(stream)
        stream.flush()
        os.fsync(stream.fileno())
    return file


def make_room(wanted: int, keep: Path | None = None) -> None:
    """Delete what was not used for longest until `wanted` bytes fit, and unfinished folders of old.

    Raises
    ------
    DoesNotFitError
        If they cannot fit.
    """
    root = folder()
    root.mkdir(parents=True, exist_ok=True)
    entries = []
    for entry in root.iterdir():
        with suppress(OSError):
            age = entry.stat().st_mtime
            if entry.name.startswith("."):
                if time.time() - age > ABANDONED:
                    shutil.rmtree(entry, ignore_errors=True)
            elif entry != keep:
                entries.append((age, _size(entry), entry))
    entries.sort()
    total = sum(size for _, size, _ in entries)
    while entries and (total + wanted > MOST_BYTES or _free(root) < wanted + SPARE_BYTES):
        _, size, entry = entries.pop(0)
        shutil.rmtree(entry, ignore_errors=True)
        total -= size
    if wanted > MOST_BYTES or _free(root) < wanted + SPARE_BYTES:
        raise DoesNotFitError(f"it needs {wanted / 1e9:.1f} GB")


def clear() -> int:
    """Delete all that is kept; return how many bytes that freed."""
    root = folder()
    freed = sum(_size(entry) for entry in root.iterdir()) if root.exists() else 0
    shutil.rmtree(root, ignore_errors=True)
    return freed


def _size(place: Path) -> int:
    total = 0
    for file in place.iterdir() if place.is_dir() else (place,):
        with suppress(OSError):
            total += file.stat().st_size
    return total


def _free(root: Path) -> int:
    return shutil.disk_usage(root).free

"""NumPy's own files, NPY and NPZ; never a pickle, which could run code when it is opened."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from hippo_studio.signals.parts import Part
from hippo_studio.signals.readers.arrays import Entry, parsing, parts_of, signal_from_arrays
from hippo_studio.signals.readers.limits import refuse_bomb
from hippo_studio.signals.signal import Signal, SignalError


def read(
    path: Path,
    variable: str | None = None,
    sample_rate: float | None = None,
    missing: str = "interpolate",
) -> Signal:
    """Read an NPY or NPZ file; options as in `signal_from_arrays`.

    The fields of a structured array count as arrays of their names. Integers keep their values.
    """
    with opened(path) as entries:
        return signal_from_arrays(path, entries, variable, sample_rate, missing)


def parts(path: Path) -> tuple[str, list[Part]]:
    """Every array of numbers in the file."""
    with opened(path) as entries:
        return "arrays", parts_of(path, entries)


@contextmanager
def opened(path: Path) -> Iterator[dict[str, Entry]]:
    """Yield what the file holds, by the headers of its arrays, while it is open; or raise SignalError."""
    entries: dict[str, Entry] = {}
    with ExitStack() as stack:
        with parsing(path):
            file = stack.enter_context(path.open("rb"))
            if file.read(4) != b"PK\x03\x04":
                entries = _entries(path, path.stem, lambda: path.open("rb"), path.stat().st_size)
            else:
                archive = stack.enter_context(zipfile.ZipFile(file))
                for member in archive.infolist():
                    if member.filename.endswith(".npy"):
                        name = member.filename.removesuffix(".npy")
                        entries |= _entries(path, name, _opener(archive, member), member.file_size)
        yield entries


def _opener(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    return lambda: archive.open(member)


def _entries(path: Path, name: str, begin: Callable[[], IO[bytes]], size: int) -> dict[str, Entry]:
    """The array in an NPY stream of `size` bytes, or one entry per field if it is structured."""
    with begin() as file:
        version = npy.read_magic(file)
        read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, dtype = read_header(file)
        offset = file.tell()
    if dtype.hasobject:
        return {name: Entry(shape, "O", lambda: np.empty(0))}
    entry = Entry(shape, dtype.kind, lambda: np.empty(0))
    refuse_bomb(path, entry.size)
    if entry.size * dtype.itemsize > size - offset:
        raise SignalError(
            f"{name!r} in {path.name} declares {shape} values of {dtype.itemsize} bytes, but only "
            f"{size - offset} bytes follow; the file was cut off, so look for another copy."
        )

    def load(field: str | None = None) -> NDArray[Any]:
        with parsing(path), begin() as file:
            array: NDArray[Any] = npy.read_array(file, allow_pickle=False)
            return array if field is None else array[field]

    if dtype.names is None:
        return {name: Entry(shape, dtype.kind, load)}
    fields = {field: dtype[field] for field in dtype.names}
    return {
        field: Entry(shape + kind.shape, kind.base.kind, lambda field=field: load(field))  # type: ignore[misc]
        for field, kind in fields.items()
    }

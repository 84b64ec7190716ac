"""Values too many for memory, as arrays that stay on the disk: members of an archive, columns of a table.

What lies in its file as it is needed is mapped where it lies; what is packed, or is text, is written out once
into the cache of `store`, in pieces.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from hippo_studio.learning.data import DataError
from hippo_studio.learning.datasets import store
from hippo_studio.signals.readers import duck

LARGE = 1 << 28
"""Bytes of values from which on they stay on the disk."""
ROWS = 1 << 16
"""Rows of a table that are in memory at once."""
_LOCAL_HEADER = 30
"""Bytes of a member's own header in a zip file, before its name and its extra field."""


def stamp(where: Path) -> list[Any]:
    """Return what changes if a file does, in plain values."""
    status = where.stat()
    return [str(where.resolve()), status.st_size, status.st_mtime_ns]


def mapped_member(where: Path, archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    """Return an array of a NumPy archive without reading it.

    Raises
    ------
    DataError
        If it holds Python objects, or is packed and the disk has no room for it.
    """
    info = archive.getinfo(name)
    if info.compress_type == zipfile.ZIP_STORED:
        with where.open("rb") as file:
            file.seek(info.header_offset + 26)
            lengths = np.frombuffer(file.read(4), "<u2")
            file.seek(info.header_offset + _LOCAL_HEADER + int(lengths.sum()))
            return _mapped(where, file)

    def unpack(target: IO[bytes]) -> None:
        with archive.open(info) as member:
            shutil.copyfileobj(member, target, 1 << 20)

    copy = _kept(where, [*stamp(where), name], f"{Path(name).stem}.npy", info.file_size, unpack)
    with copy.open("rb") as file:
        return _mapped(copy, file)


def mapped_columns(
    where: Path, connection: Any, source: str, expressions: Sequence[str], rows: int
) -> NDArray[np.float32]:
    """Return SQL expressions over a table as (expressions, rows) float32, NaN for NULL, written out once."""
    listed = ", ".join(f"CAST({one} AS FLOAT) AS v{index}" for index, one in enumerate(expressions))

    def write(target: IO[bytes]) -> None:
        scratch = Path(target.name).with_name("scratch.db")
        connection.execute(f"ATTACH {duck.text(str(scratch))} AS scratch")
        try:
            connection.execute("SET memory_limit = '512MB'")
            connection.execute(f"CREATE TABLE scratch.t AS SELECT {listed} FROM {source}")
            for start in range(0, rows, ROWS):
                part = connection.execute(
                    f"SELECT * FROM scratch.t WHERE rowid >= {start} AND rowid < {start + ROWS}"
                ).fetchnumpy()
                columns = [np.ma.filled(np.ma.asarray(column), np.nan) for column in part.values()]
                target.write(np.stack(columns, axis=1).astype("<f4").tobytes())
        finally:
            connection.execute("DETACH scratch")
            scratch.unlink(missing_ok=True)

    size = 4 * rows * len(expressions)
    file = _kept(where, [*stamp(where), source, list(expressions)], "columns.f32", size, write)
    values = np.memmap(file, "<f4", "r", shape=(rows, len(expressions)))
    return values.T


def _kept(where: Path, key: Any, name: str, size: int, write: Any) -> Path:
    try:
        return store.kept_file(key, name, size, write)
    except store.DoesNotFitError as error:
        raise DataError(
            f"{where.name} is too large for memory, and the disk has no room to lay it out ({error})."
        ) from None


def _mapped(path: Path, file: IO[bytes]) -> NDArray[Any]:
    """Map the array whose header comes next in `file`."""
    version = npy.read_magic(file)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran, dtype = read(file)
    if dtype.hasobject:
        raise ValueError("pickled objects")  # said as of an array that is read
    order: Any = "F" if fortran else "C"
    return np.memmap(path, dtype, "r", offset=file.tell(), shape=shape, order=order)

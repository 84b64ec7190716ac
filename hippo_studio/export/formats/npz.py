"""NumPy archives: a zip of arrays, readable with ``numpy.load(path)`` and no pickle."""

import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from hippo_studio.export.formats.format import Append, CoefficientFormat, Coefficients, Dtype, FloatArray
from hippo_studio.export.record import CoefficientMetadata

__all__ = ["FORMAT"]


@contextmanager
def writing(path: Path, metadata: CoefficientMetadata, frames: int, dtype: Dtype) -> Iterator[Append]:
    """Write block by block: an array's header needs only the final shape, which is known.

    An archive takes one array after the other, so the times wait in a file of their own.
    """
    stored = np.dtype(dtype).newbyteorder("<")
    shape = (frames, metadata.channels, metadata.order)
    with (
        tempfile.TemporaryFile(dir=path.parent) as waiting,
        zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive,
    ):
        with archive.open(_member("coefficients"), "w", force_zip64=True) as member:
            _write_header(member, stored.str, shape)

            def append(block_times: FloatArray, coefficients: Coefficients) -> None:
                waiting.write(block_times.astype("<f8", copy=False).data)
                member.write(coefficients.astype(stored, copy=False).data)

            yield append
        with archive.open(_member("times"), "w", force_zip64=True) as member:
            _write_header(member, "<f8", (frames,))
            waiting.seek(0)
            shutil.copyfileobj(waiting, member)
        arrays = {
            "channel_names": np.array(metadata.channel_names, dtype=str),
            "units": np.array(metadata.units, dtype=str),
            **{name: np.array(value) for name, value in metadata.scalars().items()},
        }
        for name, array in arrays.items():
            with archive.open(_member(name), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def reading(path: Path) -> Mapping[str, Any]:
    """Return every array of the archive; a pickled one is refused by NumPy."""
    with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def _write_header(member: IO[bytes], descr: str, shape: tuple[int, ...]) -> None:
    header = {"descr": descr, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(member, header)


def _member(name: str) -> zipfile.ZipInfo:
    """Name a member of the archive, with a fixed date: the same numbers give the same bytes."""
    return zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))


FORMAT = CoefficientFormat(
    suffix=".npz",
    title="NumPy archive",
    layout="one array per name; texts as unicode arrays, options as JSON text",
    writing=writing,
    reading=reading,
)

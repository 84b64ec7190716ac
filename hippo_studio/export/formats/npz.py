"""NumPy archives: a zip of arrays, readable with ``numpy.load(path)`` and no pickle."""

import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from hippo_studio.export.formats.format import Append, CoefficientFormat, FloatArray
from hippo_studio.export.record import CoefficientMetadata

__all__ = ["FORMAT"]


@contextmanager
def writing(path: Path, metadata: CoefficientMetadata, frames: int) -> Iterator[Append]:
    """Write block by block: the array's header needs only the final shape, which is known."""
    times = np.empty(frames)
    filled = 0
    header = {
        "descr": "<f8",
        "fortran_order": False,
        "shape": (frames, metadata.channels, metadata.order),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        with archive.open(_member("coefficients"), "w", force_zip64=True) as member:
            np.lib.format.write_array_header_1_0(member, header)

            def append(block_times: FloatArray, coefficients: FloatArray) -> None:
                nonlocal filled
                times[filled : filled + block_times.size] = block_times
                filled += block_times.size
                member.write(coefficients.astype("<f8", copy=False).tobytes())

            yield append
        arrays = {
            "times": times,
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

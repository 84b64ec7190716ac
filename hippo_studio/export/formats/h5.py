"""HDF5: data sets for what has one value per frame or channel, attributes of the file for the rest.

Written for HDF5 1.8 and later, whose headers carry checksums: most damage is refused. The heap of the texts
has none in any version, and damage there can make the HDF5 library itself hang or crash.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from hippo_studio.export.formats.format import Append, CoefficientFormat, Coefficients, Dtype, FloatArray
from hippo_studio.export.record import CoefficientMetadata
from hippo_studio.export.tolerant_stream import TolerantStream, undisturbed

__all__ = ["FORMAT"]


@contextmanager
def writing(path: Path, metadata: CoefficientMetadata, frames: int, dtype: Dtype) -> Iterator[Append]:
    """Write blocks into data sets of the final size."""
    import h5py

    filled = 0
    with TolerantStream(path) as stream:
        with undisturbed():
            file = h5py.File(stream, "w", libver=("v108", "v108"))
        try:
            with undisturbed():
                times = file.create_dataset("times", (frames,), dtype="<f8")
                coefficients = file.create_dataset(
                    "coefficients",
                    (frames, metadata.channels, metadata.order),
                    dtype=np.dtype(dtype).newbyteorder("<"),
                )
                text = h5py.string_dtype()
                file.create_dataset("channel_names", data=list(metadata.channel_names), dtype=text)
                file.create_dataset("units", data=list(metadata.units), dtype=text)
                for name, value in metadata.scalars().items():
                    file.attrs[name] = value

            def append(block_times: FloatArray, block: Coefficients) -> None:
                nonlocal filled
                stop = filled + block_times.size
                with undisturbed():
                    times[filled:stop] = block_times
                    coefficients[filled:stop] = block
                filled = stop
                stream.check()

            yield append
        finally:
            with undisturbed():
                file.close()
        stream.check()


def reading(path: Path) -> Mapping[str, Any]:
    """Return data sets and attributes under their names."""
    import h5py

    with h5py.File(path, "r") as file:
        values: dict[str, Any] = dict(file.attrs)
        for name in ("times", "coefficients"):
            values[name] = file[name][()]
        for name in ("channel_names", "units"):
            values[name] = file[name].asstr()[()]
    return values


FORMAT = CoefficientFormat(
    suffix=".h5",
    title="HDF5",
    layout="data sets coefficients, times, channel_names, units; the rest as attributes of the file",
    writing=writing,
    reading=reading,
)

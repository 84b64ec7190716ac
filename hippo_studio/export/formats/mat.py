"""MATLAB 5 files: one variable per name; ``load coefficients.mat`` in MATLAB or Octave."""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from hippo_studio.export.atomic import ExportError
from hippo_studio.export.formats import mat5
from hippo_studio.export.formats.format import Append, CoefficientFormat, Coefficients, Dtype, FloatArray
from hippo_studio.export.record import CoefficientMetadata

__all__ = ["FORMAT"]

#: A variable of a MATLAB 5 file has a 32-bit size, and MATLAB itself stops at 2 GiB.
LARGEST_VARIABLE = 2**31 - 1


@contextmanager
def writing(path: Path, metadata: CoefficientMetadata, frames: int, dtype: Dtype) -> Iterator[Append]:
    """Fill one array, at most 2 GiB, and write it at the end: the format cannot be streamed."""
    from scipy.io import savemat

    shape = (frames, metadata.channels, metadata.order)
    if np.dtype(dtype).itemsize * math.prod(shape) > LARGEST_VARIABLE:
        raise ExportError(
            f"{frames} frames of {metadata.channels} × {metadata.order} coefficients are more than the 2 GiB "
            "a MATLAB file can hold; write fewer frames, or choose .npz, .h5 or .parquet."
        )
    times, coefficients, filled = np.empty(frames), np.empty(shape, dtype), 0

    def append(block_times: FloatArray, block: Coefficients) -> None:
        nonlocal filled
        stop = filled + block_times.size
        times[filled:stop] = block_times
        coefficients[filled:stop] = block
        filled = stop

    yield append
    variables = {
        "coefficients": coefficients,
        "times": times,
        "channel_names": np.array(metadata.channel_names, dtype=object),
        "units": np.array(metadata.units, dtype=object),
        **metadata.scalars(),
    }
    savemat(path, variables, appendmat=False, oned_as="column")


def reading(path: Path) -> Mapping[str, Any]:
    """Return the variables, with MATLAB's second dimension taken off what has one or none."""
    values = {}
    for name, value in mat5.load(path).items():
        if name == "coefficients":
            values[name] = value.reshape(value.shape + (1,) * (3 - value.ndim))  # MATLAB drops last ones
        elif isinstance(value, np.ndarray):
            values[name] = value.item() if value.size == 1 and name != "times" else value.ravel()
        else:
            values[name] = value
    return values


FORMAT = CoefficientFormat(
    suffix=".mat",
    title="MATLAB file",
    layout="one variable per name; channel_names and units as cell arrays, options as JSON text",
    writing=writing,
    reading=reading,
)

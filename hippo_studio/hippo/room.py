"""Where the states of a trajectory go: into new memory, or into an array of the caller's."""

from __future__ import annotations

import math

import numpy as np

from hippo_studio.hippo.gates import Floats
from hippo_studio.hippo.thin_products import room_for_states


def states_room(shape: tuple[int, int, int], dtype: np.dtype[np.floating], out: object = None) -> Floats:
    """Return `out`, or without one an empty array, of `shape` (channels, T, N) and `dtype`.

    Raises ValueError for an `out` that cannot be filled, and MemoryError, with how to do with less, where
    there is no room.
    """
    if out is None:
        try:
            return room_for_states(shape, dtype)
        except MemoryError:
            size = math.prod(shape) * dtype.itemsize / 2**30
            raise MemoryError(
                f"The states after each of {shape[1]} samples take {size:.3g} GiB, more than there is; give "
                "the samples in shorter blocks, or write a file with hippo-studio project --every-sample."
            ) from None
    if isinstance(out, np.ndarray):
        if out.shape == shape and out.dtype == dtype and out.flags.c_contiguous and out.flags.writeable:
            return out
        received = f"{out.dtype} of shape {out.shape}"
    else:
        received = f"a {type(out).__name__}"
    raise ValueError(f"out is {received}; a writable C-contiguous {dtype} array of shape {shape} is needed.")

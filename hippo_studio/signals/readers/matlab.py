"""MATLAB's files: version 5 to 7, and 7.3, which is HDF5; other HDF5 comes along."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals.readers import mat5
from hippo_studio.signals.readers.arrays import Entry, parsing, signal_from_arrays
from hippo_studio.signals.readers.limits import refuse_bomb
from hippo_studio.signals.signal import Signal, SignalError

HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
MOST_DATASETS = 10_000  # of an HDF5 file that are looked at


def read(
    path: Path,
    variable: str | None = None,
    sample_rate: float | None = None,
    missing: str = "interpolate",
) -> Signal:
    """Read a MAT or HDF5 file; options as in `signal_from_arrays`.

    The fields of a structure count as variables "structure.field", those of HDF5 groups as "group/dataset".
    """
    with path.open("rb") as file:
        head = file.read(520)
    if head.startswith(HDF5_MAGIC) or head[512:520] == HDF5_MAGIC:
        return _read_hdf5(path, variable, sample_rate, missing)
    if not head.startswith(b"MATLAB 5.0"):
        raise SignalError(
            f"{path.name} is no MATLAB file of version 5 or later; save it with the option -v7."
        )
    with parsing(path):
        entries = mat5.entries(path)
    return signal_from_arrays(path, entries, variable, sample_rate, missing)


def _read_hdf5(path: Path, variable: str | None, sample_rate: float | None, missing: str) -> Signal:
    try:
        import h5py
    except ImportError:
        raise SignalError(
            f"{path.name} is a MATLAB 7.3 or HDF5 file, for which the package h5py is needed; install it, or "
            "save the file with the option -v7."
        ) from None
    entries: dict[str, Entry] = {}

    def note(name: str, item: Any) -> bool | None:
        if isinstance(item, h5py.Dataset) and not name.startswith("#refs#") and item.shape is not None:
            matlab = item.attrs.get("MATLAB_class", b"")
            if item.dtype.kind in "biufc" and matlab not in (b"char", b"cell"):
                entries[name] = Entry(item.shape, item.dtype.kind, lambda: _load_hdf5(path, item))
        return True if len(entries) >= MOST_DATASETS else None

    with parsing(path):
        file = h5py.File(path, "r")
    with file:
        with parsing(path):
            file.visititems(note)
        return signal_from_arrays(path, entries, variable, sample_rate, missing)


def _load_hdf5(path: Path, dataset: Any) -> NDArray[Any]:
    with parsing(path):
        # A chunk that was never written takes no room in the file, however large its dataset claims to be.
        refuse_bomb(path, int(np.prod(dataset.shape, dtype=np.float64)))
        array: NDArray[Any] = dataset[()]
        return np.asarray(array)

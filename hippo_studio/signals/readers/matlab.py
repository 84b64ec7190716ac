"""MATLAB's files: version 5 to 7 through scipy, 7.3 (which is HDF5) through h5py; other HDF5 comes along."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals.readers.arrays import Entry, parsing, signal_from_arrays
from hippo_studio.signals.readers.limits import refuse_bomb
from hippo_studio.signals.signal import Signal, SignalError

HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
MATLAB_KINDS = {"double": "f", "single": "f", "logical": "u"} | {
    f"{sign}int{bits}": "i" if sign == "" else "u" for sign in ("", "u") for bits in (8, 16, 32, 64)
}
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
    with parsing(path):
        entries = _variables(path)
    return signal_from_arrays(path, entries, variable, sample_rate, missing)


def _variables(path: Path) -> dict[str, Entry]:
    """The variables of a MAT file up to version 7; structures are loaded, arrays only listed."""
    from scipy.io import loadmat, whosmat

    entries: dict[str, Entry] = {}
    structures = []
    for name, shape, kind in whosmat(str(path)):
        if kind in MATLAB_KINDS:
            entries[name] = Entry(shape, MATLAB_KINDS[kind], lambda name=name: _load(path, name))  # type: ignore[misc]
        elif kind == "struct":
            structures.append(name)
    if structures:
        loaded = loadmat(str(path), variable_names=structures, simplify_cells=True)
        for name in structures:
            for field, value in _flattened(name, loaded.get(name)):
                entries[field] = Entry(value.shape, value.dtype.kind, lambda value=value: value)  # type: ignore[misc]
    return entries


def _load(path: Path, name: str) -> NDArray[Any]:
    from scipy.io import loadmat

    with parsing(path):
        array: NDArray[Any] = np.asarray(loadmat(str(path), variable_names=[name])[name])
        return array


def _flattened(name: str, value: Any) -> Iterator[tuple[str, NDArray[Any]]]:
    """Name and value of the arrays of numbers within nested structures."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flattened(f"{name}.{key}", inner)
    elif isinstance(value, np.ndarray | float | int) and np.asarray(value).dtype.kind in "biufc":
        yield name, np.asarray(value)


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

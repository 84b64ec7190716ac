"""MATLAB's files of version 5 to 7; those of 7.3 are HDF5."""

from __future__ import annotations

from pathlib import Path

from hippo_studio.signals.parts import Part
from hippo_studio.signals.readers import mat5
from hippo_studio.signals.readers.arrays import Entry, parsing, parts_of, signal_from_arrays
from hippo_studio.signals.signal import Signal, SignalError


def read(
    path: Path,
    variable: str | None = None,
    sample_rate: float | None = None,
    missing: str = "interpolate",
) -> Signal:
    """Read a MAT file; options as in `signal_from_arrays`.

    The fields of a structure count as variables "structure.field".
    """
    return signal_from_arrays(path, _entries(path), variable, sample_rate, missing)


def parts(path: Path) -> tuple[str, list[Part]]:
    """Every array of numbers in the file."""
    return "arrays", parts_of(path, _entries(path))


def _entries(path: Path) -> dict[str, Entry]:
    with path.open("rb") as file:
        if file.read(10) != b"MATLAB 5.0":
            raise SignalError(
                f"{path.name} is no MATLAB file of version 5 or later; save it with the option -v7."
            )
    with parsing(path):
        return mat5.entries(path)

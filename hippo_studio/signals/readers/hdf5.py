"""HDF5: any file with an array of numbers in it; MATLAB's of version 7.3 and NWB's are such files.

What the attributes of an array, of its group or of the file say of rate, unit, names and start is believed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals.parts import Part
from hippo_studio.signals.readers.arrays import (
    NUMERIC_KINDS,
    RATE_NAMES,
    Attributes,
    Entry,
    parsing,
    parts_of,
    signal_from_arrays,
)
from hippo_studio.signals.readers.limits import refuse_bomb
from hippo_studio.signals.signal import Signal, SignalError

MOST_DATASETS = 10_000  # of a file that are looked at
MOST_NAMES = 4096  # of channels in an attribute
RATES = (
    *RATE_NAMES,
    "rate",
    "frequency",
    "freq",
    "fs_hz",
    "sample_rate_hz",
    "sampling_rate_hz",
    "samplingrate",
)
INTERVALS = (
    "dt",
    "delta",
    "wf_increment",
    "sample_interval",
    "sampling_interval",
    "sample_period",
    "interval",
)
UNITS = ("units", "unit", "unit_string", "wf_yunit_string")
NAMES = ("channel_names", "channels", "columns", "labels", "ch_names", "names", "channel_labels")
STARTS = ("start_time", "start", "t0", "starttime", "start_timestamp", "wf_start_time")


def read(
    path: Path,
    variable: str | None = None,
    sample_rate: float | None = None,
    missing: str = "interpolate",
) -> Signal:
    """Read an HDF5 file; options as in `signal_from_arrays`, `variable` being the path "group/dataset"."""
    with _arrays(path) as entries:
        return signal_from_arrays(path, entries, variable, sample_rate, missing)


def parts(path: Path) -> tuple[str, list[Part]]:
    """Every array of numbers in the file."""
    with _arrays(path) as entries:
        return "arrays", parts_of(path, entries)


@contextmanager
def _arrays(path: Path) -> Iterator[dict[str, Entry]]:
    """What the file holds, while it is open."""
    try:
        import h5py
    except ImportError:
        raise SignalError(
            f"{path.name} is an HDF5 or MATLAB 7.3 file, for which the package h5py is needed; install it, "
            "or save the file in another format."
        ) from None
    entries: dict[str, Entry] = {}

    def note(name: str, item: Any) -> bool | None:
        if isinstance(item, h5py.Dataset) and not name.startswith("#refs#") and item.shape is not None:
            matlab = item.attrs.get("MATLAB_class", b"")
            if item.dtype.names is not None:
                for field in item.dtype.names:
                    kind = item.dtype[field]
                    shape = item.shape + kind.shape
                    if kind.base.kind in NUMERIC_KINDS:
                        entries[f"{name}/{field}"] = Entry(
                            shape, kind.base.kind, partial(_load, path, item, field), _said(item)
                        )
            elif item.dtype.kind in NUMERIC_KINDS and matlab not in (b"char", b"cell"):
                entries[name] = Entry(item.shape, item.dtype.kind, partial(_load, path, item), _said(item))
        return True if len(entries) >= MOST_DATASETS else None

    with parsing(path):
        file = h5py.File(path, "r")
    with file:
        with parsing(path):
            file.visititems(note)
        yield entries


def _load(path: Path, dataset: Any, field: str | None = None) -> NDArray[Any]:
    with parsing(path):
        # A chunk that was never written takes no room in the file, however large its dataset claims to be.
        refuse_bomb(path, int(np.prod(dataset.shape, dtype=np.float64)))
        return np.asarray(dataset[()] if field is None else dataset[field])


def _said(dataset: Any) -> Attributes:
    """What attributes say: those of the array first, then those of its group, then those of the file."""
    places = [dict(dataset.attrs), dict(dataset.parent.attrs), dict(dataset.file.attrs)]
    rate = _positive(_first(places, RATES))
    interval = _positive(_first(places, INTERVALS))
    if rate is None and interval is not None:
        rate = 1 / interval
    clock = dataset.parent.get("starting_time")  # of NWB: the rate is said of the time of the first sample
    if rate is None and clock is not None and hasattr(clock, "attrs"):
        rate = _positive(clock.attrs.get("rate"))
    factor = _positive(places[0].get("conversion"))
    return Attributes(
        rate,
        _texts(_first(places[:2], UNITS)),
        _texts(_first(places, NAMES)),
        1.0 if factor is None else factor,
        _positive(_first(places, STARTS)),
    )


def _first(places: list[dict[str, Any]], names: tuple[str, ...]) -> Any:
    for place in places:
        lowered = {key.lower().replace(" ", "_"): value for key, value in place.items()}
        for name in names:
            if name in lowered:
                return lowered[name]
    return None


def _positive(value: Any) -> float | None:
    """An attribute as a positive number; None if it is none."""
    try:
        number = float(np.asarray(value).ravel()[0])
    except (TypeError, ValueError, IndexError):
        return None
    return number if np.isfinite(number) and number > 0 else None


def _texts(value: Any) -> tuple[str, ...]:
    """An attribute as one text or several."""
    if value is None or isinstance(value, Mapping):
        return ()
    values = np.asarray(value).ravel()[:MOST_NAMES].tolist()
    texts = tuple(one.decode("utf-8", "replace") if isinstance(one, bytes) else one for one in values)
    return tuple(one.strip() for one in texts) if all(isinstance(one, str) for one in texts) else ()

"""Named arrays, as NumPy, MATLAB and HDF5 files hold them: which is the signal, what the others say of it.

Recognised beside the signal, by name: its sample rate (fs, Fs, sample_rate, …), its times (t, time, …). The
longer axis of a two-dimensional array is time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals.parts import Part
from hippo_studio.signals.read_warnings import ArraysLeftAside, ComplexValues, ReadWarning
from hippo_studio.signals.readers.assemble import TimeOfRows, assemble
from hippo_studio.signals.readers.limits import refuse_bomb
from hippo_studio.signals.readers.selecting import numbered
from hippo_studio.signals.signal import Signal, SignalError, default_names

RATE_NAMES = (
    "fs",
    "sample_rate",
    "samplerate",
    "sampling_rate",
    "sampling_frequency",
    "srate",
    "sr",
    "sfreq",
)
TIME_NAMES = ("t", "time", "times", "timestamp", "timestamps", "tm", "timevector")
NUMERIC_KINDS = "biufc"
MOST_SLICES = 10_000  # of an array of three dimensions that are offered
_PLACE = re.compile(r"[./]")


@contextmanager
def parsing(path: Path) -> Iterator[None]:
    """What a library raises on a damaged file, whatever its kind, becomes one sentence."""
    try:
        yield
    except SignalError:
        raise
    except Exception as error:  # NumPy, zipfile, zlib, scipy and h5py have some twenty kinds between them
        reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
        reason = reason if len(reason) <= 120 else reason[:119] + "…"
        raise SignalError(f"{path.name} is damaged or cut off ({reason}); look for another copy.") from None


@dataclass(frozen=True)
class Attributes:
    """What a file says beside an array: rate in Hz, units and names of channels, factor to the unit."""

    sample_rate: float | None = None
    units: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    factor: float = 1.0
    start: float | None = None


@dataclass(frozen=True)
class Entry:
    """One array in a file, not yet loaded."""

    shape: tuple[int, ...]
    kind: str  # NumPy's letter for the type: one of biufc for numbers, M for moments, O for pickles
    load: Callable[[], NDArray[Any]]
    said: Attributes = Attributes()
    columns_first: bool = False  # of three axes, the last counts the slices, as in MATLAB

    @property
    def size(self) -> int:
        """Number of values."""
        size = 1
        for length in self.shape:
            size *= length
        return size

    @property
    def length(self) -> int:
        """Samples per channel: the longest axis."""
        return max(self.shape, default=1)

    @property
    def is_vector(self) -> bool:
        """Whether all axes but one have length 1."""
        return self.size == self.length


def signal_from_arrays(
    path: Path,
    entries: Mapping[str, Entry],
    variable: str | None,
    sample_rate: float | None,
    missing: str,
) -> Signal:
    """The signal among named arrays.

    Parameters
    ----------
    variable : the name of the array that is the signal; by default the largest, with all vectors of its
        length as further channels if it is a vector itself.
    sample_rate : Hz, in place of what the file says.
    missing : as in `treat_missing`.

    Raises
    ------
    SignalError
        No array of numbers, or one of more than two dimensions, or times of another length.
    ValueError
        No array of that name.
    """
    entries = _with_slices(entries)
    chosen = _choose(path, entries, variable)
    for name in chosen:
        refuse_bomb(path, entries[name].size)
    rate = sample_rate if sample_rate is not None else _rate(path, entries, chosen)
    length = entries[chosen[0]].length
    stamps = next(
        (
            name
            for name in _named(entries, TIME_NAMES, chosen[0])
            if name not in chosen and _fits(entries[name], length)
        ),
        None,
    )
    parts = [_channels_first(entries[name].load(), length, bool(stamps)) for name in chosen]
    warnings: list[ReadWarning] = []
    names: list[str] = []
    units: list[str] = []
    rows: list[NDArray[Any]] = []
    for name, part in zip(chosen, parts, strict=True):
        said = entries[name].said
        labels = [name] if len(part) == 1 else [f"{name} {label}" for label in default_names(len(part))]
        labels = list(said.names) if len(said.names) == len(part) else labels
        part = part * said.factor if said.factor != 1 else part
        unit = said.units * (1 if len(said.units) == len(part) else len(part)) if said.units else ()
        unit = unit if len(unit) == len(part) else ("",) * len(part)
        if part.dtype.kind == "c":
            labels = [f"{label} {half}" for half in ("real", "imaginary") for label in labels]
            part, unit = np.concatenate((part.real, part.imag)), unit * 2
            warnings.append(ComplexValues(f"{name!r} is complex; real and imaginary part became channels."))
        names += labels
        units += unit
        rows.append(part)
    used = {*chosen, stamps}
    aside = [n for n, e in entries.items() if n not in used and e.kind in NUMERIC_KINDS and e.size > 1]
    if aside and variable is None:
        listed = ", ".join(f"{name} {entries[name].shape}" for name in aside[:8])
        sentence = f"The signal was taken from {', '.join(chosen)}; left aside: {listed}"
        warnings.append(ArraysLeftAside(f"{sentence}{' …' * (len(aside) > 8)}. Say variable to choose."))
    time = TimeOfRows(sample_rate=rate)
    if stamps is not None:
        time = _time(entries[stamps].load().ravel(), rate)
    samples = np.concatenate(rows)
    samples = samples.astype(np.float32 if samples.dtype in (np.float16, np.float32) else np.float64)
    if time.start is None:
        time = replace(time, start=entries[chosen[0]].said.start)
    return assemble(path, samples, numbered(names), units, time, missing, warnings)


def parts_of(path: Path, entries: Mapping[str, Entry]) -> list[Part]:
    """The arrays of numbers among them that can be opened as a signal, each by itself."""
    entries = _with_slices(entries)
    try:
        first = _choose(path, entries, None)
    except SignalError:  # it has to be said which
        first = []
    return [
        Part(name, " × ".join(map(str, entry.shape)), {"variable": name}, first == [name])
        for name, entry in entries.items()
        if entry.kind in NUMERIC_KINDS
        and entry.size > 1
        and sum(length > 1 for length in entry.shape) <= 2
        and name.rsplit("/", 1)[-1].lower() not in (*TIME_NAMES, *RATE_NAMES)
    ]


def _with_slices(entries: Mapping[str, Entry]) -> dict[str, Entry]:
    """The entries, and each slice "x[0]", "x[1]" … of those that have three dimensions."""
    found: dict[str, Entry] = {}
    for name, entry in entries.items():
        found[name] = entry
        if entry.kind not in NUMERIC_KINDS or sum(length > 1 for length in entry.shape) != 3:
            continue
        # The axis that counts the slices: the last where the first one varies fastest, as in MATLAB.
        axis = next(i for i, length in enumerate(entry.shape) if length > 1)
        if entry.columns_first:
            axis = max(i for i, length in enumerate(entry.shape) if length > 1)
        shape = entry.shape[:axis] + entry.shape[axis + 1 :]
        for place in range(min(entry.shape[axis], MOST_SLICES)):

            def load(entry: Entry = entry, axis: int = axis, place: int = place) -> NDArray[Any]:
                taken: NDArray[Any] = entry.load().take(place, axis)
                return taken

            found[f"{name}[{place}]"] = Entry(shape, entry.kind, load, entry.said)
    return found


def _choose(path: Path, entries: Mapping[str, Entry], variable: str | None) -> list[str]:
    """Names of the arrays that make up the signal."""
    listed = ", ".join(f"{name} {entry.shape}" for name, entry in list(entries.items())[:20]) or "nothing"
    if variable is not None:
        if variable not in entries:
            raise ValueError(f"There is no variable {variable!r} in {path.name}; it holds {listed}.")
        if entries[variable].kind not in NUMERIC_KINDS:
            raise SignalError(f"{variable!r} in {path.name} is no array of numbers; the file holds {listed}.")
        candidates = [variable]
    else:
        if pickled := next((n for n, e in entries.items() if e.kind == "O"), None):
            raise SignalError(
                f"{pickled!r} in {path.name} holds pickled Python objects, which could run code when opened; "
                f"say variable to open another array, or save it as an array of numbers."
            )
        numeric = [n for n, e in entries.items() if e.kind in NUMERIC_KINDS and e.size > 0]
        others = [n for n in numeric if n not in (*_named(entries, TIME_NAMES), *_named(entries, RATE_NAMES))]
        whole = [n for n in others or numeric if sum(length > 1 for length in entries[n].shape) <= 2]
        candidates = sorted(whole or others or numeric, key=lambda n: -entries[n].size)
    if not candidates or entries[candidates[0]].size == 0:
        raise SignalError(f"{path.name} holds no array of numbers, or only empty ones; it holds {listed}.")
    first = entries[candidates[0]]
    if sum(length > 1 for length in first.shape) > 2:
        raise SignalError(
            f"{candidates[0]!r} in {path.name} has the shape {first.shape}, and a signal has one or two "
            "dimensions; say variable to choose another array, or save one of its slices."
        )
    if variable is not None or not first.is_vector or first.length == 1:
        return candidates[:1]
    return [
        n for n in entries if n in candidates and entries[n].is_vector and entries[n].length == first.length
    ]


def _named(entries: Mapping[str, Entry], names: tuple[str, ...], beside: str = "") -> list[str]:
    """Entries of these names, in any case, at any depth ("EEG.srate"); first those beside another."""
    found = [name for name in entries if _PLACE.split(name)[-1].lower() in names]
    place = _PLACE.split(beside)[:-1]
    return sorted(found, key=lambda name: _PLACE.split(name)[:-1] != place)


def _rate(path: Path, entries: Mapping[str, Entry], chosen: list[str]) -> float | None:
    if (rate := entries[chosen[0]].said.sample_rate) is not None:
        return rate
    for name in _named(entries, RATE_NAMES, chosen[0]):
        entry = entries[name]
        if name not in chosen and entry.size == 1 and entry.kind in "iuf":
            rate = float(entry.load().ravel()[0])
            if not (np.isfinite(rate) and rate > 0):
                raise SignalError(
                    f"{path.name} says its sample rate ({name}) is {rate:g} Hz; open it with the option "
                    "sample_rate, in Hz."
                )
            return rate
    return None


def _fits(entry: Entry, length: int) -> bool:
    return entry.is_vector and entry.length == length and (entry.kind in "iufM")


def _channels_first(array: NDArray[Any], length: int, timed: bool) -> NDArray[Any]:
    """An array of one or two dimensions as (channels, T); of equal axes, the last is time."""
    array = array.reshape([n for n in array.shape if n > 1] or [1])
    if array.ndim == 1:
        return array[np.newaxis]
    if array.shape[0] > array.shape[1] or (timed and array.shape[0] == length > array.shape[1]):
        array = array.T
    return np.ascontiguousarray(array)


def _time(stamps: NDArray[Any], rate: float | None) -> TimeOfRows:
    """Times as numbers of seconds, or as NumPy's moments."""
    if stamps.dtype.kind == "M":
        moments = stamps.astype("datetime64[ns]")
        bad = np.isnat(moments)
        first = moments[~bad][0] if not bad.all() else np.datetime64(0, "ns")
        seconds = np.where(bad, np.nan, (moments - first).astype(np.int64) * 1e-9)
        return TimeOfRows(seconds, float(first.astype(np.int64)) * 1e-9, sample_rate=rate)
    return TimeOfRows(stamps.astype(np.float64), sample_rate=rate)

"""WFDB records, as PhysioNet has them: NAME.hea says what is in NAME.dat, NAME.atr what was seen in it.

Open any of the three. Read by the package wfdb (extra `biosignals`), which is plain Python: a damaged record
is an exception there, and a sentence here. Format: https://wfdb.io/spec/header-files.html
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hippo_studio.signals.extras import not_installed
from hippo_studio.signals.read_warnings import DuplicateNames, ReadWarning, Resampled
from hippo_studio.signals.readers.arrays import parsing
from hippo_studio.signals.readers.beside import ANNOTATIONS
from hippo_studio.signals.readers.limits import refuse_bomb
from hippo_studio.signals.readers.missing import fill, treat_missing
from hippo_studio.signals.readers.selecting import channel_indices, numbered
from hippo_studio.signals.regions import Region
from hippo_studio.signals.signal import Signal, SignalError

_MARKS = {"+": "rhythm", '"': "note", "~": "signal quality", "|": "artifact"}


def read(
    path: Path,
    sample_rate: float | None = None,
    columns: Sequence[str | int] | None = None,
    missing: str = "interpolate",
) -> Signal:
    """Read a record in its physical units, with its annotations as regions.

    Parameters
    ----------
    sample_rate : in Hz, in place of what the header says.
    columns : names or numbers (from 0) of the channels; all by default.
    missing : what fills samples that are marked as invalid: "interpolate", "zero" or "error".

    Returns
    -------
    Signal : (channels, T) float64. An annotation without a length lasts one sample, a rhythm until the next.
    """
    try:
        import wfdb
    except ImportError:
        need = f"{path.name} is a WFDB record and needs wfdb"
        raise SignalError(not_installed(need, "biosignals")) from None
    stem = path.with_suffix("")
    if not stem.with_suffix(".hea").is_file():
        raise SignalError(f"{path.name} needs its header {stem.name}.hea beside it; copy both to one folder.")
    with parsing(path):
        header = wfdb.rdheader(str(stem))
        _check(path, header)
        record = wfdb.rdrecord(str(stem), smooth_frames=False, return_res=64)
        rows, rate, warnings = _rows(path, record)
    names = [name or f"ch{place}" for place, name in enumerate(record.sig_name, 1)]
    if len(set(names)) < len(names):
        warnings.append(DuplicateNames("Several channels share a name; the later ones were numbered."))
    names = numbered(names)
    chosen = list(range(len(names))) if columns is None else channel_indices(names, columns, path.name)
    rows, said = treat_missing(rows[chosen], missing, path.name)
    if not np.isfinite(rows).any(axis=1).all():
        empty = ", ".join(names[i] for i, row in zip(chosen, rows, strict=True) if not np.isfinite(row).any())
        raise SignalError(f"Every sample of {empty} in {path.name} is marked as invalid; name other columns.")
    units = [unit or "" for unit in (record.units or [""] * len(names))]
    start = None
    if record.base_date is not None and record.base_time is not None:
        import datetime

        start = datetime.datetime.combine(record.base_date, record.base_time, datetime.UTC).timestamp()
    return Signal(
        fill(rows, missing),
        rate if sample_rate is None else sample_rate,
        tuple(names[i] for i in chosen),
        tuple(units[i] for i in chosen),
        start,
        str(path),
        (*warnings, *said),
        regions=_regions(
            stem, float(record.fs), rows.shape[1] / rate, 1.0 if sample_rate is None else rate / sample_rate
        ),
    )


def _check(path: Path, header: Any) -> None:
    """Refuse a header that has no signals, names files elsewhere, or claims more than its files can hold."""
    if not header.n_sig:
        raise SignalError(f"{path.name} describes no signal; there is nothing to show.")
    if not (header.fs and header.fs > 0):
        raise SignalError(f"{path.name} says its sample rate is {header.fs} Hz; mend its first line.")
    named = header.file_name if header.file_name is not None else header.seg_name
    for name in set(named or ()):
        if "/" in name or "\\" in name:
            raise SignalError(f"{path.name} says its samples are in {name!r}; only files beside it are read.")
    files = [path.parent / name for name in named or () if (path.parent / name).is_file()]
    largest = max(files, key=lambda one: one.stat().st_size, default=path)
    refuse_bomb(largest, (header.sig_len or 0) * header.n_sig)


def _rows(path: Path, record: Any) -> tuple[np.ndarray[Any, np.dtype[np.float64]], float, list[ReadWarning]]:
    """Samples (channels, T) at one rate, that rate, and what was done for it."""
    if record.e_p_signal is None:
        rows = np.ascontiguousarray(record.p_signal.T, np.float64)
        return rows, float(record.fs), []
    lengths = [len(values) for values in record.e_p_signal]
    if min(lengths) == 0:
        raise SignalError(f"{path.name} describes samples that its files do not hold; look for another copy.")
    most = max(record.samps_per_frame)
    rows = np.empty((len(lengths), max(lengths)))
    for row, values in zip(rows, record.e_p_signal, strict=True):
        at = np.arange(rows.shape[1]) * (len(values) / rows.shape[1])
        row[:] = values if len(values) == rows.shape[1] else np.interp(at, np.arange(len(values)), values)
    slower = [name for name, each in zip(record.sig_name, record.samps_per_frame, strict=True) if each < most]
    rate = float(record.fs) * most
    if not slower:
        return rows, rate, []
    said = (
        f"{', '.join(map(repr, slower))} {'was' if len(slower) == 1 else 'were'} brought to the highest rate "
        f"among the channels, {rate:g} Hz, by linear interpolation."
    )
    return rows, rate, [Resampled(said)]


def _regions(stem: Path, rate: float, seconds: float, stretch: float) -> tuple[Region, ...]:
    """The annotations beside a record; none if there are none that can be read."""
    import wfdb

    ending = next((name for name in ANNOTATIONS if stem.with_suffix(f".{name}").is_file()), None)
    if ending is None:
        return ()
    try:
        found = wfdb.rdann(str(stem), ending)
    except Exception:  # the signal is worth showing without what was noted about it
        return ()
    times = np.asarray(found.sample) / rate
    texts = [(note or "").strip("\0 ") for note in (found.aux_note or [""] * len(times))]
    changes = [place for place, mark in enumerate(found.symbol) if mark == "+"]
    until = dict(zip(changes, [*(times[place] for place in changes[1:]), seconds], strict=True))
    regions = []
    for place, (time, mark, text) in enumerate(zip(times.tolist(), found.symbol, texts, strict=True)):
        end = min(until.get(place, time + 1 / rate), seconds)
        label = text if mark in _MARKS and text else _MARKS.get(mark, mark)
        if 0 <= time < end and label.strip():
            regions.append(Region(time * stretch, float(end) * stretch, label))
    return tuple(regions)

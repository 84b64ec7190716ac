"""EDF and BDF: what sleep laboratories, EEG amplifiers and heart monitors record.

Channels may have different rates. Those of one rate are one signal; which of them, `columns` says, and by
default it is the rate that holds most of the numbers. Channels of several rates that are asked for together
are brought to the highest. The notes of EDF+ become the signal's labelled regions.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals.parts import Part
from hippo_studio.signals.read_warnings import (
    ChannelsLeftAside,
    DuplicateNames,
    ReadWarning,
    Resampled,
    TimeGaps,
    TruncatedFile,
)
from hippo_studio.signals.readers.edf_header import EdfChannel, EdfHeader, notes_in, read_header
from hippo_studio.signals.readers.limits import MOST_UNPACKED, refuse_bomb
from hippo_studio.signals.readers.missing import FILLING, fill, treat_missing
from hippo_studio.signals.readers.resampling import MOST_FILLED
from hippo_studio.signals.readers.selecting import channel_indices, numbered
from hippo_studio.signals.regions import Region
from hippo_studio.signals.signal import Signal, SignalError

LARGE = 1 << 25  # values from which on float32 is used, which holds 16 bits exactly, to save memory


def read(
    path: Path,
    sample_rate: float | None = None,
    columns: Sequence[str | int] | None = None,
    missing: str = "interpolate",
) -> Signal:
    """Read an EDF or BDF recording, in its physical units.

    Parameters
    ----------
    sample_rate : in Hz, in place of what the header says.
    columns : names or numbers (from 0) of the channels; by default those of the rate with most numbers.
    missing : what fills the gaps of an interrupted recording: "interpolate", "zero" or "error".

    Returns
    -------
    Signal : (channels, T) float64, float32 where it is large. Notes with a text are its regions.
    """
    header = read_header(path)
    named = _named(header)
    chosen, said = _choose(path, header, named, columns)
    warnings = [*header.warnings, *_same_names(header), *said]
    records = _records(path, header, warnings)
    most = max(header.channels[index].count for index in chosen)
    rate = _rate(path, header, most, sample_rate)
    data = np.memmap(path, np.uint8, "r", header.begin, (records, header.record))
    onsets, notes = _notes(header, data)
    first = float(onsets[0]) if onsets.size and np.isfinite(onsets[0]) else 0.0
    places = _places(path, onsets, most, rate) if header.interrupted else None
    length = records * most if places is None else int(places[-1]) + 1
    refuse_bomb(path, length * len(chosen))
    if length * len(chosen) > MOST_UNPACKED:
        raise SignalError(
            f"{path.name} unpacks to {length * len(chosen)} numbers, which are not held in memory; name "
            "fewer channels in the option columns."
        )
    dtype = np.float32 if length * len(chosen) > LARGE else np.float64
    samples = np.full((len(chosen), length), np.nan, dtype)
    for row, index in zip(samples, chosen, strict=True):
        values = _values(data, header, header.channels[index], most, dtype)
        row[slice(None) if places is None else places] = values
    samples, absent = treat_missing(samples, missing, path.name)
    if absent and places is not None:
        seconds = (length - len(places)) / rate
        warnings.append(
            TimeGaps(f"The recording was interrupted for {seconds:g} s in all; filled by {FILLING[missing]}.")
        )
    return Signal(
        fill(samples, missing),
        rate if sample_rate is None else sample_rate,
        tuple(named[index] for index in chosen),
        tuple(header.channels[index].unit for index in chosen),
        None if header.start is None else header.start + first,
        str(path),
        tuple(warnings),
        regions=_regions(notes, first, rate, length, sample_rate),
    )


def parts(path: Path) -> tuple[str, list[Part]]:
    """The groups of channels of one rate, if there are several."""
    header = read_header(path)
    named = _named(header)
    groups = _groups(header)
    found = []
    for count, indices in sorted(groups.items(), reverse=True):
        rate = f"{count / header.seconds:g} Hz" if header.seconds > 0 else f"{count} samples per record"
        detail, first = ", ".join(named[i] for i in indices), count == _fullest(groups)
        found.append(Part(rate, detail, {"columns": indices}, first))
    if len(found) > 1:
        found.append(
            Part(
                "all",
                "every channel, brought to the highest rate",
                {"columns": sorted(index for group in groups.values() for index in group)},
            )
        )
    return "channels of one rate", found


def _groups(header: EdfHeader) -> dict[int, list[int]]:
    """Indices of the channels with numbers, by how many they have in a record."""
    groups: dict[int, list[int]] = {}
    for index, channel in enumerate(header.channels):
        if not channel.notes and channel.count > 0:
            groups.setdefault(channel.count, []).append(index)
    return groups


def _fullest(groups: dict[int, list[int]]) -> int:
    """The rate at which most numbers come, as values in a record: it opens where none is asked for."""
    return max(groups, key=lambda count: (count * len(groups[count]), count))


def _named(header: EdfHeader) -> list[str]:
    return numbered([channel.name for channel in header.channels])


def _same_names(header: EdfHeader) -> list[ReadWarning]:
    names = [channel.name for channel in header.channels if not channel.notes]
    twice = sorted({name for name in names if names.count(name) > 1})
    if not twice:
        return []
    return [
        DuplicateNames(
            f"Several channels are called {', '.join(map(repr, twice))}; the later ones were numbered."
        )
    ]


def _choose(
    path: Path, header: EdfHeader, named: list[str], columns: Sequence[str | int] | None
) -> tuple[list[int], list[ReadWarning]]:
    """Indices of the channels that make up the signal, and what there is to say of the choice."""
    groups = _groups(header)
    if not groups:
        raise SignalError(f"{path.name} holds notes and no channel of numbers; there is nothing to show.")
    if columns is None:
        count = _fullest(groups)
        others = [
            f"{', '.join(named[i] for i in indices)} ({_rate_text(header, other)})"
            for other, indices in sorted(groups.items(), reverse=True)
            if other != count
        ]
        if not others:
            return groups[count], []
        return groups[count], [
            ChannelsLeftAside(
                f"The channels have different sample rates; those at {_rate_text(header, count)} were opened "
                f"and {'; '.join(others)} left aside. Name channels in the option columns to choose."
            )
        ]
    chosen = channel_indices(named, columns, path.name)
    empty = [named[i] for i in chosen if header.channels[i].notes or header.channels[i].count == 0]
    if empty:
        raise ValueError(
            f"{', '.join(map(repr, empty))} in {path.name} holds no samples; name other columns."
        )
    counts = [header.channels[index].count for index in chosen]
    slower = [named[index] for index in chosen if header.channels[index].count < max(counts)]
    if not slower:
        return chosen, []
    return chosen, [
        Resampled(
            f"{', '.join(map(repr, slower))} {'was' if len(slower) == 1 else 'were'} brought to the highest "
            f"rate among the channels, {_rate_text(header, max(counts))}, by linear interpolation."
        )
    ]


def _rate_text(header: EdfHeader, count: int) -> str:
    return f"{count / header.seconds:g} Hz" if header.seconds > 0 else f"{count} samples per record"


def _records(path: Path, header: EdfHeader, warnings: list[ReadWarning]) -> int:
    """Whole records that are there; those declared and absent become a warning."""
    present = max(path.stat().st_size - header.begin, 0) // header.record if header.record else 0
    if present == 0:
        raise SignalError(f"{path.name} has a header and no whole record after it; was the recording empty?")
    if header.records > present:
        warnings.append(
            TruncatedFile(
                f"The header of {path.name} declares {header.records} records, but {present} are there; "
                "those were read."
            )
        )
    # A count of -1 (or 0, as some recorders leave it when they are cut off) is that of a running recording.
    return min(header.records, present) if header.records > 0 else present


def _rate(path: Path, header: EdfHeader, most: int, said: float | None) -> float:
    """Samples per second of a channel with `most` numbers in a record: as the header has it, or as said."""
    if header.seconds > 0:
        return most / header.seconds
    if said is None:
        raise SignalError(
            f"{path.name} does not say how long a record lasts, so it has no sample rate; open it with the "
            "option sample_rate, in Hz."
        )
    return said


def _values(
    data: NDArray[np.uint8], header: EdfHeader, channel: EdfChannel, most: int, dtype: type[np.floating[Any]]
) -> NDArray[np.floating[Any]]:
    """A channel in its unit, at `most` samples per record."""
    octets = np.ascontiguousarray(data[:, channel.at : channel.at + channel.count * header.width])
    if header.width == 2:
        numbers = octets.view("<i2").reshape(-1)
    else:
        words = np.zeros((octets.size // 3, 4), np.uint8)
        words[:, 1:] = octets.reshape(-1, 3)
        numbers = words.view("<i4")[:, 0] >> 8
    values = numbers.astype(dtype)
    values *= channel.gain
    values += channel.offset
    if channel.count == most:
        return values
    at = np.arange(len(data) * most) * (channel.count / most)
    brought: NDArray[np.floating[Any]] = np.interp(at, np.arange(values.size), values).astype(dtype)
    return brought


def _notes(
    header: EdfHeader, data: NDArray[np.uint8]
) -> tuple[NDArray[np.float64], list[tuple[float, float, str]]]:
    """Onset of each record in seconds, if the file has notes; begin, length and text of each note."""
    onsets: list[float] = []
    found: list[tuple[float, float, str]] = []
    for place, channel in enumerate(one for one in header.channels if one.notes):
        for record in data[:, channel.at : channel.at + channel.count * header.width]:
            notes = notes_in(record.tobytes())
            if place == 0:
                onsets.append(notes[0][0] if notes else np.nan)
            found += [(onset, length, text) for onset, length, texts in notes for text in texts if text]
    return np.array(onsets), found


def _places(path: Path, onsets: NDArray[np.float64], most: int, rate: float) -> NDArray[np.intp] | None:
    """Where the samples of an interrupted recording lie; None if its records do follow one another."""
    if not np.isfinite(onsets).all() or onsets.size == 0:
        return None
    starts = np.round((onsets - onsets[0]) * rate)
    steps = np.diff(starts)
    if np.all(steps == most) or np.any(steps < most):  # of records that overlap, one is taken after the other
        return None
    if starts[-1] > MOST_FILLED * most * len(starts) + 100_000:
        longest = int(np.argmax(steps)) + 1
        raise SignalError(
            f"The gap of {np.diff(onsets).max():g} s before record {longest + 1} of {path.name} is too long "
            "to fill; cut the recording there."
        )
    places: NDArray[np.intp] = (starts[:, np.newaxis] + np.arange(most)).reshape(-1).astype(np.intp)
    return places


def _regions(
    notes: list[tuple[float, float, str]], first: float, rate: float, length: int, said: float | None
) -> tuple[Region, ...]:
    """Notes within the recording as regions; one without a length lasts one sample."""
    stretch = 1.0 if said is None else rate / said
    found = []
    for onset, seconds, text in notes:
        start = max(onset - first, 0.0)
        end = min(max(onset - first + seconds, start + 1 / rate), length / rate)
        if start < end:
            found.append(Region(start * stretch, end * stretch, text))
    return tuple(found)

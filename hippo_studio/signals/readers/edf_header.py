"""The header of an EDF or BDF recording, and the notes that EDF+ keeps between its samples.

Read by ourselves, field by field: what a device writes wrong into one field (a date, a range) costs that
field and not the recording, and no compiled decoder meets an untrusted file. Sources: Kemp et al. 1992, "A
simple format for exchange of digitized polygraphic recordings"; https://www.edfplus.info/specs/edfplus.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hippo_studio.signals.read_warnings import ImplausibleHeader, ReadWarning
from hippo_studio.signals.signal import SignalError

FIXED = 256  # bytes of the header before the channels, and for each channel
MOST_CHANNELS = 4096
_FIELDS = (
    16,
    80,
    8,
    8,
    8,
    8,
    8,
    80,
    8,
    32,
)  # bytes per channel: label, transducer, unit, ranges, …, reserved
_LABEL, _UNIT, _LOW, _HIGH, _DIGITAL_LOW, _DIGITAL_HIGH, _COUNT = 0, 2, 3, 4, 5, 6, 8
_NOTES = ("EDF Annotations", "BDF Annotations")
_NOTE = re.compile(
    rb"(?P<onset>[+-]\d{1,12}(?:\.\d*)?)(?:\x15(?P<length>\d{1,12}(?:\.\d*)?))?\x14(?P<texts>(?:[^\x00\x14]*\x14)*)\x00"
)


@dataclass(frozen=True)
class EdfChannel:
    """One channel: value = offset + gain · number; `at` is where its numbers begin in a record, in bytes."""

    name: str
    unit: str
    gain: float
    offset: float
    count: int  # numbers in a record
    at: int
    notes: bool  # whether it holds text in place of numbers


@dataclass(frozen=True)
class EdfHeader:
    """What stands above the records."""

    width: int  # bytes per number: 2, or 3 for BDF
    begin: int  # of the first record, in bytes
    records: int  # as declared; -1 if unknown
    seconds: float  # of a record
    start: float | None  # Unix time, the recorder's clock taken as UTC
    interrupted: bool  # EDF+D: records may not follow one another
    channels: tuple[EdfChannel, ...]
    warnings: tuple[ReadWarning, ...]

    @property
    def record(self) -> int:
        """Bytes of a record."""
        return sum(channel.count for channel in self.channels) * self.width


def read_header(path: Path) -> EdfHeader:
    """The header; SignalError in one sentence if there is none to go by."""
    with path.open("rb") as file:
        fixed = file.read(FIXED)
        count = _whole(fixed[252:256])
        if count is None or not 0 < count <= MOST_CHANNELS:
            said = fixed[252:256].decode("latin-1").strip()
            raise SignalError(
                f"The header of {path.name} says it has {said!r} channels, so nothing in it can be found; "
                "look for another copy."
            )
        rest = file.read(count * FIXED)
    if len(rest) < count * FIXED:
        raise SignalError(f"{path.name} breaks off within its header; look for another copy.")
    width = 3 if fixed[:1] == b"\xff" else 2
    warnings: list[ReadWarning] = []
    channels: list[EdfChannel] = []
    at = 0
    for fields in _by_channel(rest, count):
        numbers = _whole(fields[_COUNT])
        if numbers is None or numbers < 0:
            said = fields[_COUNT].decode("latin-1").strip()
            raise SignalError(
                f"The header of {path.name} says that channel {len(channels) + 1} has {said!r} samples in a "
                "record, so nothing in it can be found; look for another copy."
            )
        name = _text(fields[_LABEL]) or f"ch{len(channels) + 1}"
        notes = name in _NOTES
        gain, offset = (1.0, 0.0) if notes else _scale(name, fields, warnings)
        channels.append(EdfChannel(name, _text(fields[_UNIT]), gain, offset, numbers, at, notes))
        at += numbers * width
    seconds = _number(fixed[244:252])
    return EdfHeader(
        width,
        FIXED * (count + 1),
        -1 if (records := _whole(fixed[236:244])) is None else records,
        seconds if seconds is not None and seconds > 0 else 0.0,
        _start(fixed[168:184].decode("latin-1")),
        fixed[192:197] in (b"EDF+D", b"BDF+D"),
        tuple(channels),
        tuple(warnings),
    )


def notes_in(data: bytes) -> list[tuple[float, float, tuple[str, ...]]]:
    """The notes in a record: onset and length in seconds, texts; the first has none and tells the time."""
    return [
        (
            float(note["onset"]),
            float(note["length"] or 0),
            tuple(text.decode("utf-8", "replace").strip() for text in note["texts"].split(b"\x14")[:-1]),
        )
        for note in _NOTE.finditer(data)
    ]


def _by_channel(rest: bytes, count: int) -> list[list[bytes]]:
    """The fields of each channel; the file has the first fields of all channels, then the second ones, …"""
    fields: list[list[bytes]] = [[] for _ in range(count)]
    at = 0
    for size in _FIELDS:
        for channel in fields:
            channel.append(rest[at : at + size])
            at += size
    return fields


def _scale(name: str, fields: list[bytes], warnings: list[ReadWarning]) -> tuple[float, float]:
    """Gain and offset from the ranges of numbers and of values."""
    ranges = [_number(fields[place]) for place in (_LOW, _HIGH, _DIGITAL_LOW, _DIGITAL_HIGH)]
    low, high, digital_low, digital_high = (0.0 if value is None else value for value in ranges)
    if None in ranges or digital_high == digital_low or high == low:
        said = " to ".join(fields[place].decode("latin-1").strip() or "nothing" for place in (_LOW, _HIGH))
        warnings.append(
            ImplausibleHeader(f"The range of {name!r} is {said}; its numbers were taken as they are.")
        )
        return 1.0, 0.0
    gain = (high - low) / (digital_high - digital_low)
    return gain, low - gain * digital_low


def _start(text: str) -> float | None:
    """The Unix time of dd.mm.yyhh.mm.ss; years from 85 on are of the last century."""
    parts = re.findall(r"\d+", text[:8]) + re.findall(r"\d+", text[8:])
    if len(parts) != 6:
        return None
    day, month, year, hour, minute, second = map(int, parts)
    year += 1900 if 85 <= year < 100 else 2000 if year < 85 else 0
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _text(field: bytes) -> str:
    return " ".join(field.decode("latin-1").replace("\0", " ").split())


def _number(field: bytes) -> float | None:
    try:
        value = float(_text(field).replace(",", "."))
    except ValueError:
        return None
    return value if abs(value) < 1e300 else None


def _whole(field: bytes) -> int | None:
    value = _number(field)
    return int(value) if value is not None and value == int(value) else None

"""Sound files, through libsndfile: WAV, FLAC, OGG, Opus, MP3, AIFF and kin.

The header is never believed alone. Samples are decoded in blocks until the data ends, into memory that grows
with what was really found; a declared length only serves to say what is missing.

A long recording of plain numbers (WAV, RF64, W64, AIFF) is not read at all: its samples stay in the file, see
`FileSamples`. A compressed one has to be unpacked into memory, so there is a limit to its length.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np

from hippo_studio.signals.file_samples import FileSamples, SampleFile
from hippo_studio.signals.finite import all_finite
from hippo_studio.signals.read_warnings import (
    ImplausibleHeader,
    MissingValues,
    ReadWarning,
    TruncatedFile,
    gap_remark,
    garbled_remark,
    lost_remark,
)
from hippo_studio.signals.readers.limits import MOST_UNPACKED, most_values, refuse_bomb
from hippo_studio.signals.readers.riff import SoundHeader, read_header, read_numbers
from hippo_studio.signals.signal import Samples, Signal, SignalError

BLOCK = 1 << 18  # values decoded at a time: 1 MB of float32
SMALL_BLOCK = 1 << 10  # the same where a decoder gave up within a large block
OGG_PAGE = 1 << 16  # bytes of an Ogg page at most, and some more
NO_LENGTH = 1 << 62  # libsndfile's count of frames where the file gives none
LONG = 1 << 24  # values from which on plain numbers stay in their file: 64 MB of float32
DOUBLE_SUBTYPES = ("DOUBLE", "PCM_32")  # more than the 24 bits that float32 holds exactly


def read(path: Path, sample_rate: float | None = None) -> Signal:
    """Read a sound file; integer PCM is scaled to [−1, 1), floating samples are kept as they are.

    Parameters
    ----------
    path : a regular file.
    sample_rate : in Hz, in place of the one in the file.

    Returns
    -------
    Signal : (channels, T) float32, or float64 where the file holds more than 24 bits.
    """
    header = read_header(path)
    problems: list[ReadWarning] = []
    found = _left_in_file(path, header, sample_rate) or _decode(path, header)
    notes = header.notes if header is not None else None
    own_rate = found.sample_rate if notes is None else notes.sample_rate
    rate = own_rate if sample_rate is None else sample_rate
    if not rate > 0:
        raise SignalError(
            f"{path.name} says its sample rate is {rate:g} Hz; open it with the option sample_rate, in Hz."
        )
    samples = found.samples
    if samples.size == 0:
        raise SignalError(
            f"{path.name} has the header of a sound file but no samples after it; it was cut off or not "
            "finished, so look for another copy."
        )
    if found.cut_short:
        problems.append(_cut_short(path.name, samples.shape[1], found.declared, rate))
    elif header is not None and samples.shape[1] > header.declared:
        problems.append(
            ImplausibleHeader(
                f"The header of {path.name} declares {header.declared / rate:.3f} s, but the file holds "
                f"{samples.shape[1] / rate:.3f} s, which were read."
            )
        )
    if not isinstance(samples, FileSamples) and not all_finite(samples):
        bad = int(np.count_nonzero(~np.isfinite(samples)))
        if bad == samples.size:
            raise SignalError(
                f"{path.name} holds no numbers: every sample is NaN or infinite; was the recording empty?"
            )
        samples = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
        problems.append(MissingValues(f"{bad} samples are not finite; they were set to zero."))
    names: tuple[str, ...] = {1: ("mono",), 2: ("left", "right")}.get(samples.shape[0], ())
    units: tuple[str, ...] = ()
    if notes is not None:
        names, units = (
            notes_of if len(notes_of) == len(samples) else () for notes_of in (notes.names, notes.units)
        )
        if notes.gaps:
            problems.append(gap_remark(notes.gaps, notes.missing, notes.places))
        if notes.garbled > 0:
            problems.append(garbled_remark(notes.garbled, notes.last_garbled))
        if notes.lost > 0:
            problems.append(lost_remark(notes.lost))
    start, gaps = (notes.start, notes.spans) if notes is not None else (None, ())
    return Signal(samples, rate, names, units, start, str(path), tuple(problems), gaps=gaps)


@dataclass(frozen=True)
class _Decoded:
    samples: Samples  # (channels, T)
    sample_rate: float
    declared: int  # frames per channel by the header
    cut_short: bool  # whether the file ends before its sound does


def _left_in_file(path: Path, header: SoundHeader | None, rate: float | None) -> _Decoded | None:
    """The samples of a long file of plain numbers, unread; None for any other."""
    if header is None or not header.encoding or header.present * header.channels < LONG:
        return None
    file = SampleFile(
        path,
        header.encoding,
        header.channels,
        header.offset,
        header.present,
        rate or header.sample_rate or 1.0,
    )
    cut_short = not header.open_ended and header.declared > header.present
    return _Decoded(cast(Samples, FileSamples(file)), header.sample_rate, header.declared, cut_short)


def _decode(path: Path, header: SoundHeader | None) -> _Decoded:
    """All the sound there is: through libsndfile and, where that finds less than lies there, as numbers."""
    try:
        found = _through_libsndfile(path, BLOCK)
        if found.cut_short:  # the decoder gave up within a block; smaller blocks lose less
            found = _through_libsndfile(path, SMALL_BLOCK)
    except _UndecodableError as error:
        found = _Decoded(np.empty((0, 0), np.float32), 0.0, 0, cut_short=False)
        if header is None or header.present == 0 or not header.encoding or header.channels == 0:
            raise SignalError(str(error)) from None
    if header is None:
        whole = found.cut_short or _ends_properly(path)
        return found if whole else replace(found, cut_short=True, declared=NO_LENGTH)
    samples, rate = found.samples, found.sample_rate or header.sample_rate
    if header.present > (samples.shape[1] if samples.size else 0):
        numbers = read_numbers(path, header)
        samples = samples if numbers is None else numbers
    cut_short = found.cut_short or (not header.open_ended and header.declared > header.present)
    return _Decoded(samples, rate, header.declared, cut_short)


class _UndecodableError(Exception):
    """libsndfile makes nothing of the file; the message is the sentence to show."""


def _through_libsndfile(path: Path, block_values: int) -> _Decoded:
    import soundfile

    # By descriptor: soundfile would let a name such as x.raw override the content.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        sound = soundfile.SoundFile(descriptor, closefd=True)
    except (soundfile.LibsndfileError, TypeError, ValueError) as error:
        with contextlib.suppress(OSError):
            os.close(descriptor)
        raise _UndecodableError(_what_is_wrong(path, error)) from None
    with sound:
        channels, declared = int(sound.channels), int(sound.frames)
        dtype = np.float64 if sound.subtype in DOUBLE_SUBTYPES else np.float32
        block = np.empty((max(block_values // channels, 1), channels), dtype)
        room = declared if 0 < declared * channels <= most_values(path) else 0
        samples = np.empty((channels, room), dtype)  # takes memory only as it is filled
        length, gave_up = 0, False
        while True:
            try:
                count = len(sound.read(out=block))
            except soundfile.LibsndfileError as error:
                if length == 0 and block_values == SMALL_BLOCK:
                    raise _UndecodableError(_what_is_wrong(path, error)) from None
                gave_up = True
                break
            if count == 0:
                break
            refuse_bomb(path, (length + count) * channels)
            if (length + count) * channels > MOST_UNPACKED:
                raise SignalError(
                    f"{path.name} unpacks to more than {length / sound.samplerate:.0f} s of {channels} "
                    "channels, which are not held in memory; export it as WAV, which is read from the disk."
                )
            if length + count > samples.shape[1]:
                grown = np.empty((channels, max(2 * samples.shape[1], length + count)), dtype)
                grown[:, :length] = samples[:, :length]
                samples = grown
            samples[:, length : length + count] = block[:count].T
            length += count
        if length < samples.shape[1]:
            samples = samples[:, :length].copy()
        known = declared < NO_LENGTH
        return _Decoded(samples, float(sound.samplerate), declared, gave_up or (known and length < declared))


def _ends_properly(path: Path) -> bool:
    """Whether an Ogg stream's last page is marked so (RFC 3533, section 6); True for other formats."""
    with path.open("rb") as file:
        if file.read(4) != b"OggS":
            return True
        file.seek(max(path.stat().st_size - OGG_PAGE, 0))
        tail = file.read()
    last = tail.rfind(b"OggS\0")
    return last >= 0 and last + 5 < len(tail) and bool(tail[last + 5] & 4)


def _what_is_wrong(path: Path, error: Exception) -> str:
    reason = str(getattr(error, "error_string", error)).strip().rstrip(".")
    return (
        f"{path.name} is not a sound file that can be decoded ({reason}); it may be damaged or carry the "
        "wrong extension, so open it in the program that made it and export it as WAV."
    )


def _cut_short(name: str, length: int, declared: int, rate: float) -> ReadWarning:
    if declared >= NO_LENGTH:
        return TruncatedFile(f"{name} breaks off at {length / rate:.3f} s; what is there was read.")
    return TruncatedFile(
        f"The header of {name} declares {declared / rate:.3f} s, but the sound ends or breaks off at "
        f"{length / rate:.3f} s; that was read."
    )

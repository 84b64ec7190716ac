"""A recording on the disk while it is being made: a WAV file that is whole after every block.

That of a sensor stream is one too, of 64-bit floats, with a chunk of `Notes`.

Recordings are made in the studio's own folder and stay there until they are saved elsewhere or thrown away,
so that whatever ends the studio, the next start finds them. A file that a running studio holds is locked, and
is not offered by another.
"""

from __future__ import annotations

import fcntl
import os
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
from numpy.typing import NDArray

from hippo_studio.signals.notes import CHUNK, Notes, packed, unpacked

_HEADER = 94
_NOTES = 86
"""Where notes stand, if there are any."""
_MOST_HEADER = 1 << 20
_FLOAT = 3  # WAVE_FORMAT_IEEE_FLOAT
_LARGEST = 2**32 - 1
_SYNC_EVERY = 1.0
"""Seconds after which the disk is asked to keep what it was given: what a power cut may cost at most."""


def recordings_folder() -> Path:
    """Where recordings are until they are saved."""
    return Path(platformdirs.user_state_dir("hippo-studio", appauthor=False)) / "recordings"


def is_unsaved(origin: str) -> bool:
    """Whether a signal's origin is a recording that was not saved yet."""
    return bool(origin) and Path(origin).parent == recordings_folder()


class RecordingFile:
    """A growing WAV file of 32-bit floats, made anew. Raises OSError as the disk does.

    It is locked until `release`, also after `close`. With `notes` it has floats of 64 bits, and a rate that
    need be no whole number.
    """

    def __init__(self, path: Path, sample_rate: float, channels: int, notes: Notes | None = None) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self.sample_rate, self.channels = path, sample_rate, channels
        self.frames = 0
        self._numbers = "<f4" if notes is None else "<f8"
        self._notes = b"" if notes is None else packed(notes)
        self._start = _HEADER + len(self._notes)
        self._synced = time.monotonic()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o644)
        self._closed = False
        with suppress(OSError):  # some network file systems know no locks
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.pwrite(self._file, self._header(0), 0)

    @property
    def seconds(self) -> float:
        """How much is recorded."""
        return self.frames / self.sample_rate

    def append(self, block: NDArray[np.floating[Any]]) -> None:
        """Write the next frames, (frames, channels), and make the header say so."""
        content = np.ascontiguousarray(block, self._numbers).tobytes()
        place = self._start + self._width * self.channels * self.frames
        while content:
            written = os.pwrite(self._file, content, place)
            content, place = content[written:], place + written
        frames = self.frames + len(block)
        os.pwrite(self._file, self._header(frames), 0)
        self.frames = frames  # only now may another thread find them in the file
        if time.monotonic() - self._synced > _SYNC_EVERY:
            os.fsync(self._file)
            self._synced = time.monotonic()

    def note(self, notes: Notes) -> None:
        """Replace the notes; they keep the room that they took at first."""
        self._notes = packed(notes, len(self._notes))
        os.pwrite(self._file, self._header(self.frames), 0)

    @property
    def _width(self) -> int:
        return int(self._numbers[-1])

    def _header(self, frames: int) -> bytes:
        return header(
            max(round(self.sample_rate), 1), self.channels, frames, width=self._width, notes=self._notes
        )

    def close(self) -> None:
        """Nothing more comes; the file stays locked."""
        if not self._closed:
            self._closed = True
            os.fsync(self._file)

    def release(self) -> None:
        """Let go of the file: another studio may offer it."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


def new_recording(sample_rate: float, channels: int, notes: Notes | None = None) -> RecordingFile:
    """A file of its own, named after the moment."""
    moment = f"{datetime.now():%Y-%m-%d %H.%M.%S}"
    for attempt in range(100):
        name = f"Recording {moment}{f' ({attempt + 1})' if attempt else ''}.wav"
        with suppress(FileExistsError):
            return RecordingFile(recordings_folder() / name, sample_rate, channels, notes)
    raise FileExistsError(f"There are too many recordings of {moment} in {recordings_folder()}.")


@dataclass(frozen=True)
class Leftover:
    """A recording that was never saved."""

    path: Path
    seconds: float


def leftovers() -> tuple[Leftover, ...]:
    """The recordings that were never saved and that no running studio holds, oldest first.

    Those that hold no sound at all are removed on the way.
    """
    return tuple(sorted(_leftovers(), key=lambda one: one.path.name))


def _leftovers() -> Iterator[Leftover]:
    try:
        paths = [path for path in recordings_folder().iterdir() if path.suffix == ".wav"]
    except OSError:
        return
    for path in paths:
        try:
            with open(path, "rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                seconds = _seconds(file.read(_MOST_HEADER), path.stat().st_size)
        except OSError:  # held by another studio, or gone meanwhile
            continue
        if seconds > 0:
            yield Leftover(path, seconds)
        else:
            with suppress(OSError):
                path.unlink()


def _seconds(start: bytes, size: int) -> float:
    """How long a file of ours is, by its size: the header may be a block behind."""
    if len(start) < _HEADER or start[48:52] != b"fmt ":
        return 1e-9 if size > _HEADER else 0.0  # not one of ours: to be looked at, not removed
    _, _, rate, _, frame_bytes = struct.unpack_from("<HHIIH", start, 56)
    noted = 0
    if start[_NOTES : _NOTES + 4] == CHUNK:
        noted = 8 + int(struct.unpack_from("<I", start, _NOTES + 4)[0])
        notes = unpacked(start[_NOTES + 8 : _NOTES + noted])
        rate = rate if notes is None else notes.sample_rate
    return float((size - _HEADER - noted) / (frame_bytes * rate))


def header(sample_rate: int, channels: int, frames: int, *, width: int = 4, notes: bytes = b"") -> bytes:
    """The bytes before the samples; past 4 GiB the same file as RF64, with 64-bit lengths.

    `width` is that of a number, in bytes; `notes` a chunk that stands before the samples.
    """
    data = width * channels * frames
    whole = _HEADER + len(notes) - 8 + data
    long = whole > _LARGEST
    lengths = struct.pack("<QQQI", whole, data, frames, 0) if long else bytes(28)
    form = struct.pack(
        "<HHIIHHH",
        _FLOAT,
        channels,
        sample_rate,
        min(width * channels * sample_rate, _LARGEST),
        width * channels,
        8 * width,
        0,
    )
    return b"".join(
        (
            struct.pack("<4sI4s", b"RF64" if long else b"RIFF", _LARGEST if long else whole, b"WAVE"),
            struct.pack("<4sI", b"ds64" if long else b"JUNK", 28),
            lengths,
            struct.pack("<4sI", b"fmt ", len(form)),
            form,
            struct.pack("<4sII", b"fact", 4, min(frames, _LARGEST)),
            notes,
            struct.pack("<4sI", b"data", _LARGEST if long else data),
        )
    )

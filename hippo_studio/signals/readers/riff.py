"""The headers of WAV, W64 and AIFF, read by ourselves: what they declare against what the file holds.

libsndfile quietly clips a declared length to the file's, and believes a declared length of nothing. Reading
the few header chunks here tells a truncated file from a whole one, and finds sound that the header denies.
Sources: Microsoft's Multimedia Programming Interface 1.0 (RIFF), EBU Tech 3306 (RF64), Sonic Foundry's W64,
Apple's AIFF 1.3 and AIFF-C.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from hippo_studio.signals import encodings
from hippo_studio.signals.notes import CHUNK, MOST, Notes, unpacked
from hippo_studio.signals.signal import Samples

MAX_CHUNKS = 1000  # headers looked at before the sound must have come
FORMAT_PCM, FORMAT_FLOAT, FORMAT_EXTENSIBLE = 1, 3, 0xFFFE
OPEN_ENDED = 0xFFFFFFFF  # what recorders declare that do not know the length yet
W64_RIFF = b"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00"
AIFC_NUMBERS = {
    b"NONE": ">i",
    b"twos": ">i",
    b"sowt": "<i",
    b"fl32": ">f4",
    b"FL32": ">f4",
    b"fl64": ">f8",
    b"FL64": ">f8",
}


@dataclass(frozen=True)
class SoundHeader:
    """Where the sound lies in a WAV, W64 or AIFF file, how long it claims to be and how long it is."""

    sample_rate: float  # Hz; 0 if the header says so or hides it
    channels: int
    frame_bytes: int  # bytes of one sample of all channels
    encoding: str  # numpy's name for it ("<i2", "<f4", "|u1", "<i3"), "" if it is not plain numbers
    offset: int  # of the first sample, in bytes
    declared: int  # frames that the header declares
    present: int  # frames between the offset and the end of the sound
    notes: Notes | None = None  # of a sensor's recording

    @property
    def open_ended(self) -> bool:
        """Whether the header declares no length, as a recorder leaves it when it is interrupted."""
        return self.declared == 0 or self.declared >= OPEN_ENDED // max(self.frame_bytes, 1)


def read_header(path: Path) -> SoundHeader | None:
    """The sound header of a WAV, W64 or AIFF file; None for other formats and where none can be found."""
    size = path.stat().st_size
    with path.open("rb") as file:
        magic = file.read(12)
        if magic[:4] in (b"RIFF", b"RIFX", b"RF64", b"BW64") and magic[8:] == b"WAVE":
            return _wave(file, size, ">" if magic[:4] == b"RIFX" else "<")
        if magic == W64_RIFF[:12]:
            return _wave64(file, size)
        if magic[:4] == b"FORM" and magic[8:] in (b"AIFF", b"AIFC"):
            return _aiff(file, size)
    return None


def read_numbers(path: Path, header: SoundHeader) -> Samples | None:
    """Samples (channels, T) of plain integers or floats from `header.offset` on; None for other encodings."""
    if not header.encoding or header.present == 0:
        return None
    with path.open("rb") as file:
        file.seek(header.offset)
        raw = np.frombuffer(file.read(header.present * header.frame_bytes), np.uint8)
    numbers = encodings.frames(raw, header.encoding, header.channels)
    samples = np.empty(numbers.T.shape, encodings.float_type(header.encoding))
    encodings.scaled(numbers.T, header.encoding, samples)
    return samples


def _wave(file: BinaryIO, size: int, order: str) -> SoundHeader | None:
    rate, channels, frame_bytes, encoding, long_size = 0.0, 0, 0, "", None
    notes: Notes | None = None
    for name, length, offset in _chunks(file, size, order):
        if name == b"ds64":
            long_size = struct.unpack("<Q", file.read(16)[8:].ljust(8, b"\0"))[0]
        elif name == b"fmt ":
            rate, channels, frame_bytes, encoding = _format(file.read(min(length, 40)), order)
        elif name == CHUNK:
            notes = unpacked(file.read(min(length, MOST)))
        elif name == b"data":
            if frame_bytes == 0:
                return None
            declared = long_size if length == OPEN_ENDED and long_size is not None else length
            rest = size - offset
            ends_well = 0 < declared <= rest and _is_chunk_list(file, offset + declared, size)
            empty = declared == 0 and _is_chunk_list(file, offset, size, padding=False)
            present = 0 if empty else declared if ends_well else rest
            frames = declared // frame_bytes, present // frame_bytes
            return SoundHeader(rate, channels, frame_bytes, encoding, offset, *frames, notes)
    return None


def _format(chunk: bytes, order: str) -> tuple[float, int, int, str]:
    """Rate, channels, bytes in a frame and encoding, from a "fmt " chunk."""
    fields = chunk.ljust(40, b"\0")
    tag, channels, hertz, _, frame_bytes, bits = struct.unpack(order + "HHIIHH", fields[:16])
    tag = struct.unpack(order + "H", fields[24:26])[0] if tag == FORMAT_EXTENSIBLE else tag
    if encoding := _encoding(tag, bits, order):
        frame_bytes = channels * encodings.width(encoding)
    return float(hertz), channels, frame_bytes, encoding


def _wave64(file: BinaryIO, size: int) -> SoundHeader | None:
    """W64: chunks named by 16 bytes, their lengths in 64 bits and with the 24 of their heads, padded to 8."""
    form: tuple[float, int, int, str] | None = None
    at = 40
    for _ in range(MAX_CHUNKS):
        file.seek(at)
        head = file.read(24)
        if len(head) < 24:
            return None
        length = struct.unpack("<Q", head[16:])[0]
        if head[:4] == b"fmt ":
            form = _format(file.read(min(max(length - 24, 0), 40)), "<")
        elif head[:4] == b"data":
            if form is None or form[2] == 0:
                return None
            declared, rest = max(length - 24, 0), size - at - 24
            present = declared if 0 < declared <= rest else rest
            return SoundHeader(*form, at + 24, declared // form[2], present // form[2])
        at += max(length + -length % 8, 24)
    return None


def _aiff(file: BinaryIO, size: int) -> SoundHeader | None:
    rate, channels, frames, bits, encoding = 0.0, 0, 0, 0, ""
    for name, length, offset in _chunks(file, size, ">"):
        if name == b"COMM" and length >= 18:
            fields = struct.unpack(">hIhHQ", file.read(18).ljust(18, b"\0"))
            channels, frames, bits, exponent, mantissa = fields
            rate = mantissa * 2.0 ** min((exponent & 0x7FFF) - 16383 - 63, 900)
            kind = AIFC_NUMBERS.get(file.read(4), "") if length >= 22 else ">i"
            encoding = kind if kind.endswith(("4", "8")) or not kind else _integers(kind, -(-bits // 8))
        elif name == b"SSND":
            frame_bytes = channels * (encodings.width(encoding) if encoding else -(-bits // 8))
            if frame_bytes <= 0:
                return None
            present = max(size - offset - 8, 0) // frame_bytes  # 8: the chunk's own offset and block size
            return SoundHeader(
                rate, channels, frame_bytes, encoding, offset + 8, frames, min(frames, present)
            )
    return None


def _chunks(file: BinaryIO, size: int, order: str) -> Iterator[tuple[bytes, int, int]]:
    """Name, declared length and offset of each chunk after the first 12 bytes; the file stands there."""
    at = 12
    for _ in range(MAX_CHUNKS):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return
        name, length = struct.unpack(order + "4sI", head)
        yield name, length, at + 8
        at += 8 + length + length % 2
        if at >= size:
            return


def _is_chunk_list(file: BinaryIO, at: int, size: int, padding: bool = True) -> bool:
    """Whether the bytes at `at` end the file, pad it, or name another chunk, and are no more sound."""
    at += at % 2
    if size - at < 8:
        return True
    file.seek(at)
    name = file.read(4)
    return (padding and name == b"\0\0\0\0") or all(32 <= byte < 127 for byte in name)


def _encoding(tag: int, bits: int, order: str) -> str:
    if tag == FORMAT_PCM and bits in (8, 16, 24, 32):
        return "|u1" if bits == 8 else _integers(order + "i", bits // 8)
    if tag == FORMAT_FLOAT and bits in (32, 64):
        return f"{order}f{bits // 8}"
    return ""


def _integers(kind: str, width: int) -> str:
    """The encoding of signed integers of so many bytes, "" beyond four."""
    return "|i1" if width == 1 else f"{kind}{width}" if width in (2, 3, 4) else ""

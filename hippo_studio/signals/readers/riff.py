"""The headers of WAV and AIFF, read by ourselves: what they declare against what the file holds.

libsndfile quietly clips a declared length to the file's, and believes a declared length of nothing. Reading
the few header chunks here tells a truncated file from a whole one, and finds sound that the header denies.
Sources: Microsoft's Multimedia Programming Interface 1.0 (RIFF), EBU Tech 3306 (RF64), Apple's AIFF 1.3.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from hippo_studio.signals.signal import Samples

MAX_CHUNKS = 1000  # headers looked at before the sound must have come
FORMAT_PCM, FORMAT_FLOAT, FORMAT_EXTENSIBLE = 1, 3, 0xFFFE
OPEN_ENDED = 0xFFFFFFFF  # what recorders declare that do not know the length yet


@dataclass(frozen=True)
class SoundHeader:
    """Where the sound lies in a WAV or AIFF file, how long it claims to be and how long it is."""

    sample_rate: float  # Hz; 0 if the header says so or hides it
    channels: int
    frame_bytes: int  # bytes of one sample of all channels
    encoding: str  # numpy's name for it ("<i2", "<f4", "|u1", "<i3"), "" if it is not plain numbers
    offset: int  # of the first sample, in bytes
    declared: int  # frames that the header declares
    present: int  # frames between the offset and the end of the sound

    @property
    def open_ended(self) -> bool:
        """Whether the header declares no length, as a recorder leaves it when it is interrupted."""
        return self.declared == 0 or self.declared >= OPEN_ENDED // max(self.frame_bytes, 1)


def read_header(path: Path) -> SoundHeader | None:
    """The sound header of a WAV or AIFF file; None for other formats and where none can be found."""
    size = path.stat().st_size
    with path.open("rb") as file:
        magic = file.read(12)
        if magic[:4] in (b"RIFF", b"RIFX", b"RF64", b"BW64") and magic[8:] == b"WAVE":
            return _wave(file, size, ">" if magic[:4] == b"RIFX" else "<")
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
    order, kind, width = header.encoding[:-2], header.encoding[-2], int(header.encoding[-1])
    if kind == "f":
        values = raw.view(header.encoding).astype(np.float64 if width == 8 else np.float32)
    elif kind == "u":
        values = (raw.astype(np.float32) - 128.0) / 128.0
    else:
        # Placed in the upper bytes of 32 bits, every width has the same full scale.
        words = np.zeros((raw.size // width, 4), np.uint8)
        shift = 0 if order == ">" else 4 - width
        words[:, shift : shift + width] = raw.reshape(-1, width)
        values = words.view(order + "i4")[:, 0].astype(np.float64) / 2.0**31
        values = values if width == 4 else values.astype(np.float32)
    return np.ascontiguousarray(values.reshape(-1, header.channels).T)


def _wave(file: BinaryIO, size: int, order: str) -> SoundHeader | None:
    rate, channels, frame_bytes, encoding, long_size = 0.0, 0, 0, "", None
    for name, length, offset in _chunks(file, size, order):
        if name == b"ds64":
            long_size = struct.unpack("<Q", file.read(16)[8:].ljust(8, b"\0"))[0]
        elif name == b"fmt ":
            fields = file.read(min(length, 40)).ljust(40, b"\0")
            tag, channels, hertz, _, frame_bytes, bits = struct.unpack(order + "HHIIHH", fields[:16])
            tag = struct.unpack(order + "H", fields[24:26])[0] if tag == FORMAT_EXTENSIBLE else tag
            rate, encoding = float(hertz), _encoding(tag, bits, order)
            if encoding:
                frame_bytes = channels * int(encoding[-1])
        elif name == b"data":
            if frame_bytes == 0:
                return None
            declared = long_size if length == OPEN_ENDED and long_size is not None else length
            rest = size - offset
            ends_well = 0 < declared <= rest and _is_chunk_list(file, offset + declared, size)
            empty = declared == 0 and _is_chunk_list(file, offset, size, padding=False)
            present = 0 if empty else declared if ends_well else rest
            frames = declared // frame_bytes, present // frame_bytes
            return SoundHeader(rate, channels, frame_bytes, encoding, offset, *frames)
    return None


def _aiff(file: BinaryIO, size: int) -> SoundHeader | None:
    rate, channels, frames, bits = 0.0, 0, 0, 0
    for name, length, offset in _chunks(file, size, ">"):
        if name == b"COMM" and length >= 18:
            fields = struct.unpack(">hIhHQ", file.read(18).ljust(18, b"\0"))
            channels, frames, bits, exponent, mantissa = fields
            rate = mantissa * 2.0 ** min((exponent & 0x7FFF) - 16383 - 63, 900)
        elif name == b"SSND":
            frame_bytes = channels * -(-bits // 8)
            if frame_bytes <= 0:
                return None
            present = max(size - offset - 8, 0) // frame_bytes  # 8: the chunk's own offset and block size
            return SoundHeader(rate, channels, frame_bytes, "", offset + 8, frames, min(frames, present))
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
        return "|u1" if bits == 8 else f"{order}i{bits // 8}"
    if tag == FORMAT_FLOAT and bits in (32, 64):
        return f"{order}f{bits // 8}"
    return ""

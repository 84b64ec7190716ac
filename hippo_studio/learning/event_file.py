"""A TensorBoard event file, written without TensorBoard.

A file is a sequence of records: length (uint64), its masked CRC-32C, the bytes, their masked CRC-32C. The
bytes are a protocol buffer `Event`: wall_time (1, double), step (2, varint), file_version (3) or summary (5),
whose values (1) have a tag (1) and a simple_value (2, float).
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Mapping
from pathlib import Path


class EventFile:
    """Scalars over steps, appended to a new `events.out.tfevents.…` in a folder."""

    def __init__(self, folder: Path) -> None:
        now = time.time()
        self._file = folder / f"events.out.tfevents.{int(now)}.{time.time_ns() % 1_000_000}.{_host()}"
        self._append(_double(1, now) + _text(3, b"brain.Event:2"))

    def add(self, step: int, scalars: Mapping[str, float]) -> None:
        """Append scalars by their tags; OSError if the disk refuses."""
        values = b"".join(
            _text(1, _text(1, tag.encode()) + b"\x15" + struct.pack("<f", value))
            for tag, value in scalars.items()
        )
        self._append(_double(1, time.time()) + b"\x10" + _varint(step) + _text(5, values))

    def _append(self, event: bytes) -> None:
        length = struct.pack("<Q", len(event))
        record = length + _masked_crc(length) + event + _masked_crc(event)
        with self._file.open("ab") as stream:
            stream.write(record)


def _host() -> str:
    return socket.gethostname().replace("/", "_") or "here"


def _double(number: int, value: float) -> bytes:
    return bytes([number << 3 | 1]) + struct.pack("<d", value)


def _text(number: int, value: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    encoded = bytearray()
    while value > 0x7F:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


_CRC_TABLE = _table()


def _masked_crc(data: bytes) -> bytes:
    """CRC-32C (Castagnoli), rotated and shifted as the format wants it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _CRC_TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)

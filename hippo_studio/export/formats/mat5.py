"""MATLAB 5 files read back, every length checked before it is believed.

scipy's reader is not used: damaged files crash its compiled part, and the program with it. A file is a header
of 128 bytes and a chain of elements (type, length, bytes, padding to 8); an array is an element of elements:
flags, dimensions, name, values. Source: MathWorks, MAT-File Format, "Level 5 MAT-Files".
"""

import math
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["load"]

HEADER = 128
NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
TEXTS = {2: "latin-1", 4: "utf-16", 16: "utf-8", 17: "utf-16", 18: "utf-32"}
ARRAY, COMPRESSED = 14, 15
CELL, CHARACTERS = 1, 4

#: An array has at most this many bytes, also when it is compressed in the file.
LARGEST = 2**31 + 2**16


def load(path: Path) -> dict[str, Any]:
    """Return each variable by its name: arrays of numbers, texts, and lists of these (cells).

    Raises
    ------
    ValueError
        If the file is no such chain of elements.
    """
    data = memoryview(path.read_bytes())
    if len(data) < HEADER or bytes(data[126:128]) not in (b"IM", b"MI"):
        raise ValueError("it does not begin as MATLAB 5 files do")
    order = "<" if bytes(data[126:128]) == b"IM" else ">"
    found = {}
    for kind, content in _elements(data[HEADER:], order):
        if kind == COMPRESSED:
            inflated = memoryview(zlib.decompressobj().decompress(content, LARGEST))
            kind, content = next(_elements(inflated, order), (0, content))
        if kind == ARRAY:
            name, value = _array(content, order)
            found[name] = value
    return found


def _elements(data: memoryview, order: str) -> Iterator[tuple[int, memoryview]]:
    """Walk along a chain: the type and the bytes of each element."""
    while len(data) >= 8:
        kind, length = struct.unpack_from(f"{order}II", data)
        begin, stride = 8, 8 + length
        if kind >> 16:  # a small element has type and length in one word, and its bytes in the next
            kind, length = kind & 0xFFFF, kind >> 16
            begin, stride = 4, 8
        if begin + length > len(data):
            raise ValueError(f"an element of {length} bytes does not fit the file")
        yield kind, data[begin : begin + length]
        data = data[stride if kind == COMPRESSED else -(-stride // 8) * 8 :]


def _array(content: memoryview, order: str) -> tuple[str, Any]:
    """Return the name and the value of an array; None where the value is of no kind that is used here."""
    parts = list(_elements(content, order))
    if len(parts) < 3 or len(parts[0][1]) < 4 or len(parts[1][1]) % 4:
        raise ValueError("an array lacks its flags, its dimensions or its name")
    (flags,) = struct.unpack_from(f"{order}I", parts[0][1])
    shape = tuple(np.frombuffer(parts[1][1], f"{order}i4").tolist())
    name = bytes(parts[2][1]).decode("ascii", "replace")
    return name, _value(flags & 0xFF, shape, parts[3:], order)


def _value(kind: int, shape: tuple[int, ...], parts: list[tuple[int, memoryview]], order: str) -> Any:
    if kind == CELL:
        return [_array(content, order)[1] for _, content in parts]
    stored, content = parts[0] if parts else (2, memoryview(b""))
    if kind == CHARACTERS and stored in TEXTS:
        encoding = TEXTS[stored] + {"<": "-le", ">": "-be"}[order] * (stored in (4, 17, 18))
        return bytes(content).decode(encoding)
    if kind > CHARACTERS + 1 and stored in NUMBERS:
        values = np.frombuffer(content, order + NUMBERS[stored])
        if min(shape, default=0) < 0 or values.size != math.prod(shape):
            raise ValueError(f"an array of shape {shape} has {values.size} values")
        return values.reshape(shape, order="F")
    return None

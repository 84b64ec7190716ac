"""MATLAB's files of version 5 to 7, read by ourselves: every length is checked before it is believed.

scipy's reader is not used, because a damaged file can make its compiled part crash the whole program. Here a
file is a chain of elements (type, length, bytes); a matrix is an element of elements: flags, dimensions, name
and values, or the fields of a structure. Source: MathWorks, MAT-File Format, "Level 5 MAT-Files".
"""

from __future__ import annotations

import mmap
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals.readers.arrays import Entry, parsing
from hippo_studio.signals.readers.limits import refuse_bomb

HEADER = 128  # bytes before the first element
STORED = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
MATRIX, COMPRESSED = 14, 15
CLASSES = {6: "f8", 7: "f4", 8: "i1", 9: "u1", 10: "i2", 11: "u2", 12: "i4", 13: "u4", 14: "i8", 15: "u8"}
STRUCTURE = 2
COMPLEX_FLAG = 0x0800
ENOUGH = 1 << 12  # bytes in which flags, dimensions and name of a matrix lie
MOST_DIMENSIONS, DEEPEST = 32, 8


class MalformedError(ValueError):
    """The bytes are no chain of elements; the message says where."""


@dataclass(frozen=True)
class _Matrix:
    """The head of a matrix, and where its values begin in the bytes of its element."""

    name: str
    shape: tuple[int, ...]
    kind: int
    is_complex: bool
    values: int


def entries(path: Path) -> dict[str, Entry]:
    """The arrays of numbers in a file, those in structures as "structure.field"; none is loaded yet."""
    with path.open("rb") as file:
        data = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    order = ">" if bytes(data[126:128]) == b"MI" else "<"
    found: dict[str, Entry] = {}
    at = HEADER
    while at + 8 <= len(data):
        kind, content, at = _element(data, at, order)
        if kind in (MATRIX, COMPRESSED):
            found.update(_from_element(path, kind, content, order))
    return found


def _from_element(path: Path, kind: int, content: memoryview, order: str) -> Iterator[tuple[str, Entry]]:
    """The entries of one variable of the file."""
    head = content
    if kind == COMPRESSED:
        inner, length, start = _tag(_inflate(content, ENOUGH), 0, order)
        if inner != MATRIX:
            return
        refuse_bomb(path, length // 8)
        head = _inflate(content, ENOUGH)[start:]

    def whole() -> memoryview:
        return content if kind == MATRIX else _inflate(content, start + length)[start:]

    matrix = _matrix(head, order)
    if matrix.kind in CLASSES:
        letter = CLASSES[matrix.kind][0]

        def load() -> NDArray[Any]:
            with parsing(path):
                return _numbers(path, matrix, whole(), order)

        yield matrix.name, Entry(matrix.shape, letter, load, columns_first=True)
    elif matrix.kind == STRUCTURE:
        for name, array in _fields(path, matrix.name, matrix, whole(), order, 0):
            yield name, Entry(array.shape, array.dtype.kind, lambda array=array: array, columns_first=True)  # type: ignore[misc]


def _fields(
    path: Path, name: str, matrix: _Matrix, content: memoryview, order: str, depth: int
) -> Iterator[tuple[str, NDArray[Any]]]:
    """Name and value of each array of numbers in a structure; of arrays of structures, nothing."""
    if depth > DEEPEST or _count(matrix.shape) != 1:
        return
    _, width_bytes, at = _element(content, matrix.values, order)
    _, names_bytes, at = _element(content, at, order)
    width = int.from_bytes(width_bytes[:4], "little" if order == "<" else "big")
    if not 0 < width <= 64:
        raise MalformedError(f"a structure's field names have {width} characters")
    names = bytes(names_bytes)
    for first in range(0, len(names) - width + 1, width):
        field = names[first : first + width].split(b"\0")[0].decode("latin-1")
        kind, inner, at = _element(content, at, order)
        if kind != MATRIX or len(inner) == 0:
            continue
        head = _matrix(inner, order)
        if head.kind in CLASSES:
            yield f"{name}.{field}", _numbers(path, head, inner, order)
        elif head.kind == STRUCTURE:
            yield from _fields(path, f"{name}.{field}", head, inner, order, depth + 1)


def _tag(data: memoryview, at: int, order: str) -> tuple[int, int, int]:
    """Type and length of the element at `at`, and where its content begins."""
    if at + 8 > len(data):
        raise MalformedError("it ends within an element")
    kind, length = struct.unpack_from(order + "II", data, at)
    if kind >> 16:  # a small element: type and length share the first four bytes, content is in the next four
        return kind & 0xFFFF, kind >> 16, at + 4
    return kind, length, at + 8


def _element(data: memoryview, at: int, order: str) -> tuple[int, memoryview, int]:
    """Type and content of the element at `at`, and where the next one begins."""
    kind, length, start = _tag(data, at, order)
    if start + length > len(data):
        raise MalformedError(f"an element of {length} bytes begins {len(data) - start} bytes before the end")
    if start == at + 4:
        if length > 4:
            raise MalformedError(f"a small element has {length} bytes")
        return kind, data[start : start + length], at + 8
    padding = 0 if kind == COMPRESSED else -length % 8
    return kind, data[start : start + length], start + length + padding


def _matrix(content: memoryview, order: str) -> _Matrix:
    """Flags, dimensions and name, which begin every matrix."""
    _, flags, at = _element(content, 0, order)
    _, dimensions, at = _element(content, at, order)
    _, name, at = _element(content, at, order)
    if len(flags) < 4 or len(dimensions) > 4 * MOST_DIMENSIONS:
        raise MalformedError("a matrix has no proper flags and dimensions")
    (word,) = struct.unpack_from(order + "I", flags)
    shape = tuple(np.frombuffer(dimensions[: len(dimensions) // 4 * 4], order + "i4").tolist())
    if any(length < 0 for length in shape):
        raise MalformedError(f"a matrix has the dimensions {shape}")
    return _Matrix(bytes(name).decode("latin-1"), shape, word & 0xFF, bool(word & COMPLEX_FLAG), at)


def _numbers(path: Path, matrix: _Matrix, content: memoryview, order: str) -> NDArray[Any]:
    """The values of a matrix of numbers, which may be stored in a smaller type than they are of."""
    count = _count(matrix.shape)
    refuse_bomb(path, count)
    parts, at = [], matrix.values
    for _ in range(2 if matrix.is_complex else 1):
        kind, stored, at = _element(content, at, order)
        if kind not in STORED:
            raise MalformedError(f"values are of the unknown type {kind}")
        dtype = np.dtype(order + STORED[kind])
        if len(stored) != count * dtype.itemsize:
            raise MalformedError(f"{len(stored)} bytes cannot be {count} values of {dtype.itemsize} bytes")
        parts.append(np.frombuffer(stored, dtype).astype(CLASSES[matrix.kind]))
    values = parts[0] if len(parts) == 1 else parts[0] + 1j * parts[1]
    return values.reshape(matrix.shape, order="F")


def _count(shape: tuple[int, ...]) -> int:
    count = 1
    for length in shape:
        count *= length
    return count


def _inflate(content: memoryview, most: int) -> memoryview:
    """The first `most` bytes that a compressed element unpacks to."""
    return memoryview(zlib.decompressobj().decompress(content, most))

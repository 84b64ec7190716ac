"""Numbers as sound files hold them, made into floats: integers scaled to [−1, 1), floats as they are.

An encoding is NumPy's name of a type: "<i2", ">i4", "<f4" and so on; "|u1" is WAV's unsigned byte, and "<i3"
and ">i3", which NumPy lacks, are 24-bit integers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def width(encoding: str) -> int:
    """Bytes of one number."""
    return int(encoding[-1])


def float_type(encoding: str) -> np.dtype[np.floating[Any]]:
    """float64 where a number has more than the 24 bits that float32 holds exactly, else float32."""
    return np.dtype(np.float64 if encoding[-2:] in ("i4", "f8") else np.float32)


def frames(raw: bytes | NDArray[np.uint8], encoding: str, channels: int) -> NDArray[Any]:
    """The numbers in whole frames of bytes, (frames, channels); to be scaled by `scaled`."""
    if encoding[-2:] != "i3":
        return np.frombuffer(raw, encoding).reshape(-1, channels)
    # Placed in the upper bytes of 32 bits, 24 bits have the same full scale.
    octets = np.frombuffer(raw, np.uint8).reshape(-1, 3)
    words = np.zeros((len(octets), 4), np.uint8)
    first = 0 if encoding[0] == ">" else 1
    words[:, first : first + 3] = octets
    return words.view(encoding[0] + "i4").reshape(-1, channels)


def scaled(numbers: NDArray[Any], encoding: str, out: NDArray[Any]) -> None:
    """Fill `out`, of type `float_type(encoding)`, with numbers that `frames` gave."""
    kind = encoding[-2]
    if kind == "f":
        out[...] = numbers
    elif kind == "u":
        np.subtract(numbers, np.float32(128), out=out, casting="same_kind")
        out *= np.float32(1 / 128)
    else:
        full_scale = out.dtype.type(0.5 ** (8 * numbers.dtype.itemsize - 1))
        np.multiply(numbers, full_scale, out=out, casting="same_kind")

"""How much a file may unpack to: a small file that claims a huge signal is refused before it is read."""

from __future__ import annotations

from pathlib import Path

from hippo_studio.signals.signal import SignalError

BASE = 1 << 26  # values any file may hold: half a gigabyte as float64
MOST_UNPACKED = 1 << 29  # values held in memory at most: 2 GB of float32, 90 minutes of stereo
PER_BYTE = 50  # values per byte of file beyond that; speech in Opus is about 16


def most_values(path: Path) -> int:
    """Samples over all channels that a file of this size may unpack to."""
    return BASE + PER_BYTE * path.stat().st_size


def refuse_bomb(path: Path, values: int) -> None:
    """Refuse a file that unpacks, or claims to unpack, to more values than its size makes plausible.

    Raises
    ------
    SignalError
        One sentence.
    """
    if values > most_values(path):
        raise SignalError(
            f"{path.name} claims to hold {values} numbers in {path.stat().st_size} bytes, which no recording "
            "does; it is damaged or meant to fill memory, so it was not opened."
        )

"""What there is to say of a stream, beside its samples."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StreamState:
    """What there is to say of a stream at a moment.

    Attributes
    ----------
    status : what the matter is with the sender, in a few words; "" while all is well.
    lines, garbled, last_garbled : lines that came, how many were no rows, and the last of those.
    dropped : datagrams or rows that this machine had no room for.
    measured : rows per second over the last seconds; 0 while nothing comes.
    gaps, missing : how often rows were missing, and seconds of that together.
    tail : the last lines as they came.
    """

    status: str = "opening"
    lines: int = 0
    garbled: int = 0
    last_garbled: str = ""
    dropped: int = 0
    measured: float = 0.0
    gaps: int = 0
    missing: float = 0.0
    tail: tuple[str, ...] = ()


def default_names(channels: int) -> tuple[str, ...]:
    """Names for channels that came without."""
    return ("value",) if channels == 1 else tuple(f"ch{index + 1}" for index in range(channels))

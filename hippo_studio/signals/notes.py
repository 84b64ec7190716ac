"""What a WAV file cannot say of a sensor's signal: a chunk of JSON with its rate, names, units and gaps.

Other programs skip the chunk. It is read from files that anybody may have made, so nothing in it is believed
that makes no sense.
"""

from __future__ import annotations

import json
import math
import struct
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

CHUNK = b"hipp"
ROOM = 4096
"""Bytes for what is noted later: where gaps are, some hundred of them."""
MOST = 1 << 19


@dataclass(frozen=True)
class Notes:
    """What there is to note.

    Attributes
    ----------
    sample_rate : in Hz.
    names, units : one per channel.
    title : what the signal came from.
    start : Unix time of sample 0, in seconds; None if unknown.
    gaps : how often rows were missing, `missing` seconds in all.
    places, lengths : where the first of them begin and how much was filled in there, in seconds.
    garbled, last_garbled : lines that were no rows of numbers, and the last of them.
    lost : rows or datagrams that came too fast.
    """

    sample_rate: float
    names: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    title: str = ""
    start: float | None = None
    gaps: int = 0
    missing: float = 0.0
    places: tuple[float, ...] = ()
    lengths: tuple[float, ...] = ()
    garbled: int = 0
    last_garbled: str = ""
    lost: int = 0

    @property
    def spans(self) -> tuple[tuple[float, float], ...]:
        """From where to where samples are filled in, in seconds; empty where no length was noted."""
        pairs = zip_longest(self.places, self.lengths[: len(self.places)], fillvalue=0.0)
        return tuple((place, place + length) for place, length in pairs)


def packed(notes: Notes, size: int = 0) -> bytes:
    """The chunk, of `size` bytes if that is not 0; fewer places where it would not fit."""
    told = {name: value for name, value in vars(notes).items() if value not in (None, "", (), 0)}
    text = json.dumps(told).encode()
    room = size - 8 if size else len(text) + ROOM + len(text) % 2
    while len(text) > room and told.get("places"):
        kept = len(told["places"]) // 2
        told |= {name: told[name][:kept] for name in ("places", "lengths") if name in told}
        text = json.dumps(told).encode()
    return struct.pack("<4sI", CHUNK, room) + text[:room].ljust(room)


def unpacked(content: bytes) -> Notes | None:
    """The notes in a chunk, from what follows its name and length; None if it makes no sense."""
    try:
        told: dict[str, Any] = json.loads(content[:MOST])
        rate, start, missing = float(told["sample_rate"]), told.get("start"), float(told.get("missing", 0))
        places, lengths = (tuple(float(one) for one in told.get(name, ())) for name in ("places", "lengths"))
        sensible = all(0 <= one < math.inf for one in (*places, *lengths))
        if not (0 < rate < math.inf and math.isfinite(missing) and sensible):
            return None
        return Notes(
            rate,
            tuple(str(name)[:80] for name in told.get("names", ())),
            tuple(str(unit)[:16] for unit in told.get("units", ())),
            str(told.get("title", ""))[:200],
            float(start) if start is not None and math.isfinite(float(start)) else None,
            int(told.get("gaps", 0)),
            missing,
            places,
            lengths,
            int(told.get("garbled", 0)),
            str(told.get("last_garbled", ""))[:200],
            int(told.get("lost", 0)),
        )
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None

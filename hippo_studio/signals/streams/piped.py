"""What is piped into the studio, from one reader of it to the next, so that no line is lost between them.

There is one standard input, and what was read from it cannot be read again. So its streams take turns, and
each leaves to the next what it has read and not recorded: rows, the beginning of a line, how lines are
written.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from hippo_studio.signals.streams.lines import LineFormat
from hippo_studio.signals.streams.pace import Arrival

MOST_HELD = 1 << 24
"""Numbers of rows that wait for the next stream."""
_LOOK = 0.05
"""Seconds between two looks whether one who waits for its turn still wants it."""


@dataclass(frozen=True)
class Handover:
    """What a process that reads lines leaves to the next.

    Attributes
    ----------
    form : how the lines are written; None while that is not known.
    text : bytes that were read and are no whole lines yet, or, without a form, not told apart yet.
    cut : whether the line that comes next has lost its beginning.
    """

    form: LineFormat | None = None
    text: bytes = b""
    cut: bool = False

    def told(self) -> dict[str, Any]:
        """As JSON takes it."""
        form = None if self.form is None else asdict(self.form)
        return {"form": form, "text": self.text.decode("latin-1"), "cut": self.cut}

    @classmethod
    def of(cls, told: dict[str, Any]) -> Handover:
        """From what `told` made, and JSON."""
        form = told["form"] and {
            name: tuple(value) if isinstance(value, list) else value for name, value in told["form"].items()
        }
        return cls(LineFormat(**form) if form else None, told["text"].encode("latin-1"), told["cut"])


class Unrecorded:
    """Rows that no recording has; the oldest give way where memory should hold no more, and are counted."""

    def __init__(self) -> None:
        self._rows: deque[Arrival] = deque()
        self._size = self.given_way = 0

    def add(self, arrival: Arrival) -> None:
        """Keep these too."""
        self._rows.append(arrival)
        self._size += arrival.values.size
        while self._size > MOST_HELD and len(self._rows) > 1:
            gone = self._rows.popleft().values
            self._size, self.given_way = self._size - gone.size, self.given_way + len(gone)

    def clear(self) -> None:
        """They are recorded."""
        self._rows.clear()
        self._size = self.given_way = 0

    def burst(self, clock: float) -> Arrival | None:
        """All at once, as if they came now: what time has passed since they came is no pace."""
        rows = [*self._rows]
        if not rows:
            return None
        times = [one.times for one in rows if one.times is not None]
        values = np.concatenate([one.values for one in rows])
        return Arrival(np.concatenate(times) if len(times) == len(rows) else None, values, clock)


@dataclass
class Left:
    """What a stream leaves to the next.

    Attributes
    ----------
    rows : those that no recording has.
    rate : in Hz, at which rows without times come; 0 if it is to be found out.
    lines : where the reader stopped.
    """

    rows: Unrecorded = field(default_factory=Unrecorded)
    rate: float = 0.0
    lines: Handover = field(default_factory=Handover)


class StandardInput:
    """Standard input of this process, which its streams read one after the other."""

    def __init__(self) -> None:
        self._left = Left()
        self._taken = threading.Lock()

    @contextmanager
    def turn(self, given_up: Callable[[], bool]) -> Iterator[Left | None]:
        """Wait for the stream that reads it now to end; None if the turn was given up before."""
        while not (mine := self._taken.acquire(timeout=_LOOK)) and not given_up():
            pass
        try:
            yield self._left if mine and not given_up() else None
        finally:
            if mine:
                self._taken.release()


STANDARD_INPUT = StandardInput()

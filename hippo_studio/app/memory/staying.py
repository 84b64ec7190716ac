"""What is looked at as before: what is live once it is a recording, a signal once it is shown again.

Free of Qt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hippo_studio.app.memory.state import MemoryState
from hippo_studio.app.transport import Transport

_SUITED = ("theta", "follow", "view", "span")
"""What is fitted to a signal when it is shown first."""


@dataclass(frozen=True)
class Stay:
    """Where the person looks at something that will be read from elsewhere.

    Attributes
    ----------
    origin : of the signal that it becomes.
    seconds : of the playhead since the beginning; None while it follows what comes.
    zoom : what the overview shows, from and to in seconds since the beginning; None for all.
    """

    origin: str
    seconds: float | None
    zoom: tuple[float, float] | None

    @classmethod
    def at(cls, origin: str, transport: Transport, zoom: tuple[float, float] | None) -> Stay:
        """As it is looked at now."""
        begin = transport.clock_begin
        return cls(
            origin,
            None if transport.following and transport.playing else transport.clock_seconds,
            None if zoom is None else (begin + zoom[0], begin + zoom[1]),
        )

    def place(self, duration: float) -> float:
        """Seconds at which the playhead of a recording that long belongs."""
        return duration if self.seconds is None else min(self.seconds, duration)


@dataclass(frozen=True)
class Left:
    """How a signal was left: where, and with which choices, if they are others than what was fitted to it."""

    stay: Stay
    choices: Mapping[str, Any]


class Places:
    """How each signal was looked at when another one was shown, by the signal's key."""

    def __init__(self) -> None:
        self._left: dict[str, Left] = {}
        self._key = ""
        self._fitted: MemoryState | None = None

    def leave(self, stay: Stay, state: MemoryState) -> None:
        """Another signal, or something live, is to be shown."""
        if not self._key:
            return
        choices = {name: getattr(state, name) for name in _SUITED}
        fitted = self._fitted
        as_fitted = fitted is not None and all(getattr(fitted, n) == value for n, value in choices.items())
        self._left[self._key] = Left(stay, {} if as_fitted else choices)
        self._key = ""

    def come(self, key: str) -> Left | None:
        """A signal is shown; how it was left, None if it was not there before, or has no key."""
        self._key, self._fitted = key, None
        return self._left.get(key)

    def fitted(self, state: MemoryState) -> None:
        """Keep what was fitted to the signal that came last."""
        self._fitted = state

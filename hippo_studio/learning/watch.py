"""The clock of a training: seconds of work, and since each thing that is done every now and then."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


class Watch:
    """A clock that begins at `seconds`, and may be stopped; `names` are what it keeps times of."""

    def __init__(self, seconds: float, names: Sequence[str]) -> None:
        self._offset = time.perf_counter() - seconds
        self._began = dict.fromkeys(names, seconds)
        self._still: float | None = None

    @property
    def seconds(self) -> float:
        """How long there was work, pauses left out."""
        now = time.perf_counter() if self._still is None else self._still
        return now - self._offset

    def since(self, name: str) -> float:
        """Return the seconds since the last restart of that name."""
        return self.seconds - self._began[name]

    def restart(self, name: str) -> float:
        """Begin anew; returns the seconds since the last restart of that name."""
        now = self.seconds
        passed = now - self._began[name]
        self._began[name] = now
        return passed

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Let no time pass meanwhile."""
        self._still = began = time.perf_counter()
        try:
            yield
        finally:
            self._offset += time.perf_counter() - began
            self._still = None

"""What is live becomes a recording, a recording a file: looked at in the same way. Free of Qt."""

from __future__ import annotations

from dataclasses import dataclass

from hippo_studio.app.transport import Transport


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

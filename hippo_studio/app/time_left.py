"""How far a piece of work is and how long it still takes, in words. Free of Qt."""

from __future__ import annotations

from hippo_studio.app.widgets.quantities import duration

_LONG_ENOUGH = 1.5
"""Seconds after which a pace can be told."""


class TimeLeft:
    """Follows one piece of work after the other, each by a `key` of its own."""

    def __init__(self) -> None:
        self._key: object = None
        self._began, self._at = 0.0, 0.0

    def words(self, key: object, fraction: float | None, now: float) -> str:
        """Such as `34 %, 12 s left`, at `now` in seconds; empty while nothing is known.

        The time is told by the pace since this work was met first, so that it need not begin at 0.
        """
        if fraction is None:
            return ""
        if key is not self._key:
            self._key, self._began, self._at = key, now, fraction
        done, passed = fraction - self._at, now - self._began
        percent = f"{int(100 * min(max(fraction, 0.0), 1.0))} %"
        if done <= 0 or passed < _LONG_ENOUGH or fraction >= 1:
            return percent
        return f"{percent}, {duration((1 - fraction) * passed / done)} left"

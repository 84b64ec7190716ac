"""What the window asks the live memory for, and when that makes work on an older wish worthless: no Qt."""

from __future__ import annotations

from dataclasses import dataclass

from hippo_studio.app.memory.source import Source
from hippo_studio.app.memory.state import MemoryState

_LEAP = 2.0  # seconds ahead beyond which a jump makes the way there worthless


@dataclass(frozen=True, eq=False)
class Request:
    """What the picture should show.

    `columns` is the width of the past in pixels. With `until`, the memories go on from `position` for about
    a frame's time, as fast as they can, at most to there; the frame says how far they came. `jump` is another
    number once the playhead was put somewhere, instead of playing on.
    """

    state: MemoryState
    source: Source
    position: int
    columns: int
    until: int | None = None
    jump: int = 0
    number: int = 0

    def supersedes(self, older: Request) -> bool:
        """Whether work on an older request is wasted now that this one is here."""
        if self.source is not older.source or self.state.memories() != older.state.memories():
            return True
        ahead = self.position - older.position
        leap = self.jump != older.jump and ahead > _LEAP * self.source.sample_rate
        return ahead < 0 or leap

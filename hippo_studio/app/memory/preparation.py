"""What moves of the playhead need, made before they come, on a thread of its own. Free of Qt.

The tables of one block length take tens of milliseconds to make at N = 512: more than a frame has. Made here,
neither a picture nor a survey's slice waits for them; a move that comes meanwhile takes the plain products.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from hippo_studio.app.memory.past import past_grid
from hippo_studio.app.memory.playhead import PlayheadMemory

WORTH_IT = 1 << 17
"""Samples of a signal from which on its moves are long enough for tables to pay."""
LENGTHS = (1024, 512, 256, 128, 64, 32, 16, 8, 4, 2, 1)
"""What moves of any length are made of, the longest first: they take longest to do without."""


class Preparation:
    """Prepares some memories, then calls `done` on its own thread; `stop` ends it after one more table."""

    def __init__(self, memories: tuple[PlayheadMemory, ...], done: Callable[[], None]) -> None:
        self._memories, self._done = memories, done
        self._stopped = False
        self.finished = False
        """Whether nothing is left to make."""
        self._thread = threading.Thread(target=self._work, name="preparation", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Make nothing more."""
        self._stopped = True

    def join(self, patience: float) -> bool:
        """Wait for its end, at most so many seconds; True if it came."""
        self._thread.join(patience)
        return not self._thread.is_alive()

    def _work(self) -> None:
        try:
            for moving in self._memories:
                past_grid(moving.memory.measure, moving.memory.order).prepare()
            for length in LENGTHS:
                for moving in self._memories:
                    if self._stopped:
                        return
                    moving.prepare(length)
        except ValueError:
            return  # the playhead's own move says the same, to the person
        finally:
            self.finished = True
            self._done()

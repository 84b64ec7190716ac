"""What moves of the playhead need, made before they come, on a thread of its own. Free of Qt.

The tables of one block length take tens of milliseconds to make at N = 512: more than a frame has. Made here,
neither a picture nor a survey's slice waits for them; a move that comes meanwhile takes the plain products.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack

from hippo_studio.app.memory.past import past_grid
from hippo_studio.app.memory.playhead import PlayheadMemory

WORTH_IT = 1 << 17
"""Samples of a signal from which on its moves are long enough for tables to pay."""
LENGTHS = (1024, 512, 256, 128, 64, 32, 16, 8, 4, 2, 1)
"""What moves of any length are made of, the longest first: they take longest to do without."""
_turn = threading.Condition()
_working: set[Preparation] = set()


def let_preparations_pass(seconds: float) -> None:
    """Wait until no preparation is at work, at most so long: somebody plays, and needs it first."""
    with _turn:
        _turn.wait_for(lambda: not _working, seconds)


class Preparation:
    """Prepares some memories once it may `begin`, then calls `done` on its own thread; `stop` ends it after
    one more table. Moves of a memory that it was told to `spare` make no tables themselves before its end.
    """

    def __init__(self, memories: tuple[PlayheadMemory, ...], done: Callable[[], None]) -> None:
        self._memories, self._done = memories, done
        self._stopped = False
        self.begun = self.finished = False
        """Whether it was begun, and whether nothing is left to make."""
        self._spared: set[PlayheadMemory] = set()
        self._postponed = ExitStack()
        self._thread = threading.Thread(target=self._work, name="preparation", daemon=True)

    def spare(self, moving: PlayheadMemory) -> None:
        """Let moves of a memory take the plain products meanwhile; ValueError where there can be none."""
        if moving in self._spared:
            return
        postponed = moving.postponed()  # outside of the lock: to make the memory's matrices may take a while
        with _turn:
            self._spared.add(moving)
            if not (self._stopped or self.finished):
                self._postponed.enter_context(postponed)

    def begin(self) -> None:
        """Make what there is to make."""
        with _turn:
            self.begun = True
            _working.add(self)
        self._thread.start()

    def stop(self) -> None:
        """Make nothing more."""
        with _turn:
            self._stopped = True
            if not self.begun:
                self._postponed.close()

    def join(self, patience: float) -> bool:
        """Wait for its end, at most so many seconds; True if it came."""
        if self.begun:
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
            with _turn:
                self.finished = True
                self._postponed.close()
                _working.discard(self)
                _turn.notify_all()
            self._done()

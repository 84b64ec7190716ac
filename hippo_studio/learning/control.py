"""How a training is steered from outside: pause, resume, stop, one more batch. Safe from any thread.

The trainer asks before each batch, so a wish is fulfilled within the batch under way. Every wish may
be repeated, and `resume` after `pause` leaves nothing behind; `stop` is for good.
"""

from __future__ import annotations

import threading


class Control:
    """The wishes of whoever steers; one per training."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._paused = False
        self._stopped = False
        self._granted = 0

    def pause(self) -> None:
        """Let training rest after the batch under way."""
        with self._changed:
            self._paused, self._granted = True, 0

    def resume(self) -> None:
        """Let it go on."""
        with self._changed:
            self._paused, self._granted = False, 0
            self._changed.notify_all()

    def step_one_batch(self) -> None:
        """Do one batch more, and rest after it; several calls are as many batches."""
        with self._changed:
            self._paused = True
            self._granted += 1
            self._changed.notify_all()

    def stop(self) -> None:
        """End training after the batch under way, paused or not."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    @property
    def stopped(self) -> bool:
        """Whether training shall end."""
        return self._stopped

    def ask(self) -> bool | None:
        """Return whether to do another batch, None to rest first; never waits. Uses up what was granted.

        Whoever is told to rest says so and calls `go_on`.
        """
        with self._changed:
            return None if self._rests() else self._take()

    def go_on(self) -> bool:
        """Wait while paused; return whether to do another batch. Uses up what `step_one_batch` granted."""
        with self._changed:
            self._changed.wait_for(lambda: not self._rests())
            return self._take()

    def _rests(self) -> bool:
        return self._paused and not self._granted and not self._stopped

    def _take(self) -> bool:
        if self._stopped:
            return False
        self._granted = max(0, self._granted - 1)
        return True

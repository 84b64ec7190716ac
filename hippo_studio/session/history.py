"""Undo and redo over frozen states: one list of what was, one of what may come back.

A state is any value with equality that nobody changes afterwards. What a person does in one go (a slider that
is dragged, a wheel that is turned) is pushed with the same merge key, and is one step:

    history = History(session)
    history.push(session.replace(order=65), "Change of N", "order")
    history.push(session.replace(order=70), "Change of N", "order")   # soon after: the same step
    history.undo()                                                     # back to where the drag began
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

State = TypeVar("State")

MERGE_SECONDS = 1.0
"""Seconds of rest after which the same thing done again is another step."""
LONGEST = 200
"""Steps that can be undone."""


@dataclass
class _Step(Generic[State]):
    """The state that a step left behind, and what the step is called."""

    state: State
    name: str
    merge_key: str | None
    at: float


class History(Generic[State]):
    """The present state, and the steps to both sides of it.

    Parameters
    ----------
    present : the state to begin with; nothing leads back beyond it.
    clock : seconds that never run backwards; decides what merges.
    """

    def __init__(self, present: State, clock: Callable[[], float] = time.monotonic) -> None:
        self._present = present
        self._clock = clock
        self._past: list[_Step[State]] = []
        self._future: list[_Step[State]] = []
        self._listeners: list[Callable[[], None]] = []

    @property
    def present(self) -> State:
        """The state as it is."""
        return self._present

    @property
    def undo_name(self) -> str:
        """What `undo` would take back, as "Change of N"; empty if there is nothing."""
        return self._past[-1].name if self._past else ""

    @property
    def redo_name(self) -> str:
        """What `redo` would do again; empty if there is nothing."""
        return self._future[-1].name if self._future else ""

    @property
    def states(self) -> tuple[State, ...]:
        """Every state that undo, redo or nothing at all leads to."""
        return (*(step.state for step in self._past), self._present, *(step.state for step in self._future))

    def push(self, state: State, name: str, merge_key: str | None = None) -> None:
        """Make `state` the present, by a step of that name; what was undone before is gone.

        A state that equals the present is no step. With the merge key of the step before, and within a second
        of it, both are one; a step that leads back to where it began is none.
        """
        if state == self._present:
            return
        now = self._clock()
        last = self._past[-1] if self._past and not self._future else None
        if (
            last is not None
            and merge_key is not None
            and last.merge_key == merge_key
            and now - last.at <= MERGE_SECONDS
        ):
            last.name, last.at = name, now
            if state == last.state:
                self._past.pop()
        else:
            self._past.append(_Step(self._present, name, merge_key, now))
            del self._past[:-LONGEST]
        self._future.clear()
        self._present = state
        self._tell()

    def amend(self, state: State) -> None:
        """Make `state` the present without a step: what belongs to it and cannot be undone alone."""
        if state != self._present:
            self._present = state
            self._tell()

    def seal(self) -> None:
        """Let the next push be a step of its own, whatever its merge key: a mouse button was released."""
        if self._past:
            self._past[-1].merge_key = None

    def undo(self) -> State | None:
        """Go back a step; the state to show, None if there is nothing to undo."""
        return self._walk(self._past, self._future)

    def redo(self) -> State | None:
        """Do again what was undone last; the state to show, None if there is nothing to redo."""
        return self._walk(self._future, self._past)

    def restart(self, present: State) -> None:
        """Begin anew, as with another session: nothing leads back."""
        self._past.clear()
        self._future.clear()
        self._present = present
        self._tell()

    def subscribe(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each change of the present or of what can be undone."""
        self._listeners.append(listener)

    def _walk(self, here: list[_Step[State]], there: list[_Step[State]]) -> State | None:
        if not here:
            return None
        step = here.pop()
        there.append(_Step(self._present, step.name, None, self._clock()))
        self._present = step.state
        if here:
            here[-1].merge_key = None  # a walk ends every drag
        self._tell()
        return self._present

    def _tell(self) -> None:
        for listener in tuple(self._listeners):
            listener()

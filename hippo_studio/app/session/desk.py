"""The session of the window: what is on screen as one value, and the way back through what was done.

Every room keeps what it shows, tells when it changed, and can be told to show something else. The desk
listens, and once the event is over looks at all of them: what differs is one step of the history, named after
what changed. So a room need not know of undo; it takes part in it by

- changing the list of signals: `signals.put(index, derived, replace(entry, tools=(*entry.tools, tool)))` for
  a tool, `replace(entry, regions=…)` for labels; the step is called "Crop of a.wav" after `tool["name"]`,
- or `desk.keep(Part("my room", read, write))` for anything else that JSON can say, and `desk.look()` after
  each change, with a name and a merge key if the ones that are made up would not do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from PyQt6.QtCore import QObject, QTimer, pyqtSignal

from hippo_studio.app.memory.state import MemoryState
from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.open_signals import OpenSignals
from hippo_studio.app.opening import Opening
from hippo_studio.app.services import Services
from hippo_studio.app.session.looking import Looking
from hippo_studio.app.session.naming import step_name
from hippo_studio.app.session.remaking import Remaking
from hippo_studio.app.tools.bench import steps_of
from hippo_studio.app.train.tab import TrainTab
from hippo_studio.session import History, Session, SignalEntry
from hippo_studio.session.model import Plain, View
from hippo_studio.signals.tools import shift_of

ACTIONS = ("undo", "redo")


@dataclass(frozen=True)
class Part:
    """What a further room keeps in the session: `read` gives plain values, `write` shows them again."""

    name: str
    read: Callable[[], Any]
    write: Callable[[Any], None]


class SessionDesk(QObject):
    """Undo, redo, and the session as it is. `changed` fires when the history moved."""

    changed = pyqtSignal()

    def __init__(
        self,
        signals: OpenSignals,
        opening: Opening,
        memory: MemoryTab,
        train: TrainTab,
        services: Services,
        looking: Looking,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._signals, self._opening = signals, opening
        self._memory, self._train, self._services = memory, train, services
        self._parts: dict[str, Part] = {}
        self._foreign: dict[str, Any] = {}  # parts of rooms that this studio lacks
        self._unknown: Plain = {}
        self._looking = looking
        self._showing = False
        self.remaking = Remaking(signals, services, self)
        self.remaking.finished.connect(self._all_there)
        self.history: History[Session] = History(self.read())
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.setObjectName("session")
        self._soon.timeout.connect(self.look)
        for told in (signals.listed, signals.current_changed, memory.changed, train.state_changed):
            told.connect(self._look_soon)
        opening.finished.connect(self._look_soon)
        train.state_settled.connect(self._settle)
        services.actions.connect("undo", self.undo)
        services.actions.connect("redo", self.redo)
        self.history.subscribe(self._moved)
        self._moved()

    def keep(self, part: Part) -> None:
        """Let a further room take part in the session."""
        self._parts[part.name] = part
        self.history.amend(self.read())

    def read(self) -> Session:
        """What is on screen, as it is."""
        return Session(
            signals=self._signals.entries,
            current=self._signals.index,
            memory=self._memory.state.to_dict(),
            train=self._train.keys(),
            parts={**self._foreign, **{part.name: part.read() for part in self._parts.values()}},
            unknown=self._unknown,
            view=self._looking.read(),
        )

    def read_whole(self) -> Session:
        """What is on screen with what is left to defaults said as well, for another studio: the seed."""
        session = self.read()
        seed = self._train.state.values()["seed"]
        chosen = {"seed": seed, **session.train.get("chosen", {})}
        return session.replace(train={**session.train, "chosen": chosen})

    def look(self, name: str = "", merge_key: str | None = None) -> None:
        """Make a step of what changed, if anything did; files that are being read are waited for."""
        if self._showing or self._opening.busy:
            return
        self._soon.stop()
        session = self.read()
        if session != self.history.present:
            own = step_name(self.history.present, session)
            self.history.push(session, name or own[0], merge_key or own[1])

    def undo(self) -> None:
        """Go back a step, and say which."""
        self.look()
        name, session = self.history.undo_name, self.history.undo()
        if session is not None:
            self._show_in_place(session)
            self._services.messages.status(f"Undone: {name}")

    def redo(self) -> None:
        """Do again what was undone last."""
        self.look()
        name, session = self.history.redo_name, self.history.redo()
        if session is not None:
            self._show_in_place(session)
            self._services.messages.status(f"Done again: {name}")

    def show(self, session: Session) -> None:
        """Put a session on the screen, without a step."""
        self._showing = True
        try:
            self.remaking.show(session.signals, session.current)
            self._memory.take(MemoryState.restored(session.memory))
            self._train.take_keys(session.train)
            for name, value in session.parts.items():
                if name in self._parts:
                    self._parts[name].write(value)
            self._foreign = {n: value for n, value in session.parts.items() if n not in self._parts}
            self._unknown = session.unknown
        finally:
            self._showing = False
        self.history.amend(self.read())

    def _show_in_place(self, session: Session) -> None:
        """Show a step; of the same samples with other tools the person sees the same place."""
        before, view = self._entry(), self._looking.read()
        self.show(session)
        after = self._entry()
        if before is None or after is None or before.tools == after.tools:
            return
        if before.source_key == after.source_key:
            moved = shift_of(steps_of(after)) - shift_of(steps_of(before))
            playhead = max(view.playhead - moved, 0.0)
            self._look_at(replace(view, playhead=playhead, zoom=None, region=None))

    def _look_at(self, view: View) -> None:
        """Look so at the current signal, once it is there; not at one that is shown meanwhile."""
        wanted = self._entry()

        def belongs() -> bool:
            entry = self._entry()
            return wanted is None or (entry is not None and entry.key == wanted.key)

        self._looking.show(view, belongs)

    def _entry(self) -> SignalEntry | None:
        """The current line of the list."""
        return self._signals.entries[self._signals.index] if len(self._signals) else None

    def open(self, session: Session) -> None:
        """Put a session on the screen with its view; nothing leads back."""
        self.show(session)
        self._look_at(session.view)
        if not self.remaking.busy:
            self._all_there()
        self.restart()

    def step_to(self, session: Session, name: str) -> None:
        """Put a session on the screen with its view, as a step of that name."""
        self.look()
        before = self.history.present
        self.show(session)
        after, _ = self.history.present, self.history.amend(before)
        self.history.push(after, name)
        self._look_at(session.view)

    def restart(self) -> None:
        """Begin the history anew with what is on screen."""
        self._soon.stop()
        self.history.restart(self.read())

    def close_desk(self) -> None:
        """Let go of actions and work."""
        self._soon.stop()
        self.remaking.close()
        self._services.actions.disconnect_all(*ACTIONS)

    def _settle(self, keys: dict[str, Any]) -> None:
        """What these keys ask for is said more briefly now: the same step."""
        present = self.history.present
        if present.train == keys:
            self.history.amend(present.replace(train=self._train.keys()))

    def _all_there(self) -> None:
        if self._signals.current is None:
            self._looking.forget()

    def _look_soon(self) -> None:
        if not self._showing:
            self._soon.start()

    def _moved(self) -> None:
        actions, history = self._services.actions, self.history
        for id, verb, name in (("undo", "Undo", history.undo_name), ("redo", "Redo", history.redo_name)):
            actions.set_text(id, f"{verb} {name}".rstrip().replace("&", "&&"))
            actions[id].setEnabled(bool(name))
        self.changed.emit()

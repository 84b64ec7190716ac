"""Autosave, and the offer after a crash: what was on screen comes back, with recordings that nobody saved."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path

from PyQt6.QtCore import QObject, Qt, QTimer, pyqtSignal

from hippo_studio.app.messages import Remedy
from hippo_studio.app.services import Services
from hippo_studio.app.session.desk import SessionDesk
from hippo_studio.app.session.document import Document
from hippo_studio.session import Session
from hippo_studio.session.file import written_path
from hippo_studio.session.finding import find_all
from hippo_studio.session.keeping import Keeper, Leftover, leftovers
from hippo_studio.signals.capture import leftovers as recordings

_EVERY_MS = 400
"""From a change to its being kept: with a slow disk and a busy window, well under two seconds of work."""
RESTORE = "Restore"
"""On the button that takes a kept session up."""
_LOOK = "look for kept sessions"


class Autosave(QObject):
    """Keeps the session soon after it changed; `offered` fires once the start has said what it found."""

    offered = pyqtSignal()
    _told = pyqtSignal(str)

    def __init__(
        self,
        desk: SessionDesk,
        document: Document,
        services: Services,
        open_: Callable[..., None],
        offer_recordings: Callable[[Collection[Path]], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._desk, self._document, self._services, self._open = desk, document, services, open_
        self._offer_recordings = offer_recordings
        self.keeper = Keeper(self._told.emit)
        self._enabled = False
        self._problem = ""
        self._found: list[Leftover] = []
        self._restored: list[Leftover] = []  # until they are kept anew
        self._timer = QTimer(self, singleShot=True, interval=_EVERY_MS)
        self._timer.setObjectName("autosave")
        self._timer.timeout.connect(self._keep)
        self._told.connect(self._hear, Qt.ConnectionType.QueuedConnection)
        desk.changed.connect(self._changed)
        document.changed.connect(self._changed)

    def enable(self) -> None:
        """From now on the session is kept; and what studios left that did not end well is offered."""
        self._enabled = True
        self._document.asks = True
        self._changed()
        self._services.jobs.submit(_LOOK, lambda _: leftovers(), done=self._offer)

    def close(self) -> bool:
        """End well: what nobody saved is the last session. True if that ended in time."""
        self._timer.stop()
        for one in (*self._found, *self._restored):
            one.release()
        if not self._enabled:
            return self.keeper.close()
        try:
            self._desk.look()
            session = self._desk.read()
            last = self._document.modified and worth_keeping(session)
            return self.keeper.close(session if last else None, self._document.file)
        except OSError as error:
            self._services.messages.warning(f"The last session could not be kept: {error}")
            return True

    def _changed(self) -> None:
        if self._enabled and not self._timer.isActive():
            self._timer.start()

    def _keep(self) -> None:
        session = self._desk.read()
        if self._document.modified or worth_keeping(session):
            self.keeper.keep(session, self._document.file)

    def _hear(self, problem: str) -> None:
        """Say once that the disk does not take it, and again once it failed anew."""
        if problem and not self._problem:
            self._services.messages.warning(f"The session cannot be kept against a crash: {problem}")
        self._problem = problem
        if not problem and self.keeper.wait(0.0):
            while self._restored:
                self._restored.pop().discard()

    def _offer(self, found: tuple[Leftover, ...]) -> None:
        self._found = list(found)
        named: set[Path] = set()  # recordings that are offered with their session
        for one in found:
            if one.session is None:
                self._services.messages.warning(
                    f"The studio was not closed properly {moment(one.at)}, and what it kept cannot be read.",
                    (one.problem, f"It is left in {one.folder}."),
                    Remedy("Discard", lambda one=one: self._discard(one)),
                )
                continue
            lost = _recordings_of(one)
            named.update(lost, (Path(entry.path) for entry in one.session.signals if entry.path))
            self._services.messages.warning(
                f"The studio was not closed properly {moment(one.at)}: {contents(one.session, len(lost))}.",
                (*(e.name for e in one.session.signals), *(p.stem for p in lost), f"Kept in {one.folder}."),
                Remedy(RESTORE, lambda one=one: self._restore(one)),
                Remedy("Discard", lambda one=one: self._discard(one)),
            )
        self._offer_recordings(named)
        self.offered.emit()

    def _restore(self, one: Leftover) -> None:
        def show(session: Session) -> None:
            self._document.restore(session, one.file)
            if lost := _recordings_of(one):
                self._open(lost, show=not session.signals)
            self._found.remove(one)
            self._restored.append(one)
            self.keeper.keep(session, one.file)

        self._document.leave(
            lambda: self._services.jobs.submit(
                "restore session",
                lambda context: find_all(one.session, (), context.check)[0],
                done=show,
                title="Restoring the session",
            )
        )

    def _discard(self, one: Leftover) -> None:
        self._found.remove(one)
        one.discard()


def worth_keeping(session: Session) -> bool:
    """Whether a person would miss it: not the bundled sample that every start shows."""
    entries = session.signals
    plain = len(entries) <= 1 and all(
        written_path(entry.path, None) != entry.path and not (entry.tools or entry.regions)
        for entry in entries
    )
    return not plain or bool(session.parts)


def _recordings_of(one: Leftover) -> list[Path]:
    """The recordings that were under way, or just made, and that its session does not name."""
    named = {entry.path for entry in one.session.signals} if one.session else set()
    return [
        found.path
        for found in recordings()
        if str(found.path) not in named and _modified(found.path) > one.at - 5
    ]


def _modified(path: Path) -> float:
    """When a file was written last, in seconds since 1970; 0 for one that is gone meanwhile."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def moment(at: float) -> str:
    """When something was, as people say it."""
    then, now = datetime.fromtimestamp(at), datetime.now()
    if then.date() == now.date():
        return f"today at {then:%H:%M}"
    return f"on {then:%d %B} at {then:%H:%M}" if then.year == now.year else f"on {then:%d %B %Y}"


def contents(session: Session, recordings: int) -> str:
    """What a session holds, in a few words."""
    count = len(session.signals)
    parts = [f"{count} signal{'s' * (count != 1)}"] if count else []
    if recordings:
        parts.append(f"{recordings} recording{'s' * (recordings != 1)} never saved")
    if "order" in session.memory:
        parts.append(f"memories of N = {session.memory['order']}")
    return ", ".join(parts) or "its settings"

"""Files of a session that are nowhere: their lines stay in the list, and the person may show where they are.

Where one of them is found, the others are looked for as well.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PyQt6.QtCore import QObject
from PyQt6.QtWidgets import QFileDialog, QWidget

from hippo_studio.app.jobs import JobContext
from hippo_studio.app.messages import Remedy
from hippo_studio.app.open_signals import OpenSignals
from hippo_studio.app.services import Services
from hippo_studio.app.session.remaking import Remaking
from hippo_studio.session import SignalEntry
from hippo_studio.session.finding import find

_KEY = "locate"


class Locating(QObject):
    """Says which files are missing, and asks where they are."""

    def __init__(
        self,
        signals: OpenSignals,
        remaking: Remaking,
        services: Services,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._signals, self._remaking = signals, remaking
        self._services, self._window = services, window
        self._said: set[str] = set()
        remaking.finished.connect(self._say)
        signals.locate_wanted.connect(self.ask)

    def ask(self, index: int) -> None:
        """Ask where the file of a line is."""
        entry = self._signals.rows[index].entry
        dialog = QFileDialog(self._window, f"Where is {entry.name}?", str(Path(entry.path).parent))
        dialog.setObjectName("locate dialog")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda name: self.found(entry, Path(name)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def found(self, entry: SignalEntry, path: Path) -> None:
        """The file of an entry is there; look for the others beside it."""
        self._place(entry, path)
        others = [row.entry for row in self._missing() if row.entry.digest]
        if not others:
            return

        def look(context: JobContext) -> list[tuple[SignalEntry, Path]]:
            looked = ((one, find(one, [path.parent], context.check).entry) for one in others)
            return [(one, Path(now.path)) for one, now in looked if now.path != one.path]

        def done(there: list[tuple[SignalEntry, Path]]) -> None:
            for other, place in there:
                self._place(other, place)

        self._services.jobs.submit(_KEY, look, done=done, title="Looking for the others")

    def close(self) -> None:
        """Look no further."""
        self._services.jobs.cancel(_KEY)

    def _place(self, entry: SignalEntry, path: Path) -> None:
        for index, row in enumerate(self._signals.rows):
            if row.signal is None and row.entry.key == entry.key:
                self._remaking.retry(index, replace(entry, path=str(path), size=0, digest=""))
                return

    def _missing(self) -> list:
        return [row for row in self._signals.rows if row.signal is None and row.problem]

    def _say(self) -> None:
        """Once every line is read: one sentence about those that could not be."""
        missing = [row for row in self._missing() if row.entry.key not in self._said]
        self._said.update(row.entry.key for row in missing)
        if not missing:
            return
        first = missing[0].entry
        remedy = Remedy("Locate…", self._asking(first)) if first.path else None
        if len(missing) == 1:
            self._services.messages.warning(missing[0].problem, remedy=remedy)
        else:
            self._services.messages.warning(
                f"{len(missing)} of {len(self._signals)} signals are missing; their lines stay in the list.",
                tuple(row.problem for row in missing),
                remedy,
            )

    def _asking(self, entry: SignalEntry) -> Callable[[], None]:
        def ask() -> None:
            for index, row in enumerate(self._signals.rows):
                if row.signal is None and row.entry.key == entry.key:
                    self.ask(index)
                    return

        return ask

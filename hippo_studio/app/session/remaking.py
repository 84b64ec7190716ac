"""Signals of a session that are shown again: those still in memory at once, the others as they are read."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from PyQt6.QtCore import QObject, pyqtSignal

from hippo_studio.app.open_signals import OpenSignals, Row
from hippo_studio.app.reading import sentence
from hippo_studio.app.services import Services
from hippo_studio.session import SignalEntry
from hippo_studio.signals import Signal

_KEY = "session signals"
_KEPT = 1 << 28
"""Bytes of closed signals that stay in memory for the sake of undo, if they can be read again."""

Make = Callable[[SignalEntry], Signal]


class Remaking(QObject):
    """Fills the list of signals. `finished` fires when every line has its signal or its problem.

    `make` turns an entry into a signal, off the GUI thread; what cannot be raises, and says why.
    """

    finished = pyqtSignal()

    def __init__(self, signals: OpenSignals, services: Services, parent: QObject) -> None:
        super().__init__(parent)
        self._signals, self._services = signals, services
        self.make: Make = make
        self._seen: OrderedDict[str, Signal] = OrderedDict()
        self.busy = False
        self.placing = False
        signals.listed.connect(self._remember)

    def show(self, entries: tuple[SignalEntry, ...], current: int) -> None:
        """Let the list be these entries."""
        old = {row.entry.key: row for row in self._signals.rows}
        rows = []
        for entry in entries:
            row = old.get(entry.key)
            signal = row.signal if row is not None else self._seen.get(entry.key)
            rows.append(Row(entry, signal, row.problem if row is not None else ""))
        self._place(lambda: self._signals.show_rows(rows, current))
        self._read_on()

    def retry(self, index: int, entry: SignalEntry) -> None:
        """Read a line again, from another place."""
        self._signals.put(index, None, entry)
        self._read_on()

    def close(self) -> None:
        """Read no further."""
        self._services.jobs.cancel(_KEY)
        self._seen.clear()

    def _read_on(self) -> None:
        """Read the next line that is neither there nor known to be missing."""
        entry = next((r.entry for r in self._signals.rows if r.signal is None and not r.problem), None)
        self.busy = entry is not None
        if entry is None:
            self._services.jobs.cancel(_KEY)
            self.finished.emit()
            return
        self._services.jobs.submit(
            _KEY,
            lambda _context: self.make(entry),
            done=lambda signal: self._take(entry, signal, ""),
            failed=lambda error: self._take(entry, None, sentence(error, entry.name)),
            title=f"Reading {entry.name}",
            cancel=self._give_up,
        )

    def _take(self, entry: SignalEntry, signal: Signal | None, problem: str) -> None:
        for index, row in enumerate(self._signals.rows):
            if row.signal is None and row.entry.key == entry.key:
                self._place(lambda index=index, row=row: self._signals.put(index, signal, row.entry, problem))
        self._read_on()

    def _place(self, put: Callable[[], None]) -> None:
        """Change the list; a signal that is shown by it keeps the choices of its session."""
        self.placing = True
        try:
            put()
        finally:
            self.placing = False

    def _give_up(self) -> None:
        """The person would rather not wait: what is not read yet counts as missing."""
        self._services.jobs.cancel(_KEY)
        for index, row in enumerate(self._signals.rows):
            if row.signal is None and not row.problem:
                self._signals.put(index, None, row.entry, "Reading it was cancelled.")
        self._read_on()

    def _remember(self) -> None:
        """Keep closed signals in reach of undo: those that cannot be made again, and as many more as fit."""
        for row in self._signals.rows:
            if row.signal is not None:
                self._seen[row.entry.key] = row.signal
                self._seen.move_to_end(row.entry.key)
        open_keys = {row.entry.key for row in self._signals.rows}
        room = _KEPT
        for key, signal in reversed(list(self._seen.items())):
            if key in open_keys or not signal.origin:
                continue
            room -= signal.samples.nbytes
            if room < 0:
                del self._seen[key]


def make(entry: SignalEntry) -> Signal:
    """The signal of an entry, read or computed again. ValueError or OSError for what cannot be."""
    from hippo_studio.signals import read
    from hippo_studio.signals.generators import generate
    from hippo_studio.signals.tools import apply_tools, in_use, steps_from_plain

    chain = in_use(steps_from_plain(entry.tools))
    if entry.path:
        return apply_tools(read(entry.path, **entry.options), chain)
    if entry.generator:
        return apply_tools(generate(entry.generator, **entry.parameters), chain)
    raise ValueError(f"{entry.name} was never kept in a file, so it cannot be opened again.")

"""The signals that are open, which of them is shown, and how each is found or made again."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal

from hippo_studio.session import SignalEntry
from hippo_studio.signals import Signal


@dataclass(frozen=True)
class Row:
    """One line of the list: what it is, and its signal; None while it is read, or where it is missing."""

    entry: SignalEntry
    signal: Signal | None
    problem: str = ""
    """Why there is no signal, in a sentence; empty while it is read."""
    untouched: Signal | None = None
    """The signal before its tools, if they were laid on a new reading of it."""

    @property
    def title(self) -> str:
        """What the line is called."""
        return self.signal.title if self.signal is not None else self.entry.name


class OpenSignals(QObject):
    """An ordered list of signals with a current one; the newest becomes current.

    `live` tells whether something live is looked at instead of the current one.

    `listed` fires when the list changed, `current_changed` (Signal or None) when another one is to be shown;
    `live_changed` when something live is looked at, or a signal again; `locate_wanted` (place in the list)
    when the person wants to say where a missing file is.
    """

    listed = pyqtSignal()
    locate_wanted = pyqtSignal(int)
    current_changed = pyqtSignal(object)
    live_changed = pyqtSignal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Row] = []
        self._index = -1
        self.live = False

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Signal]:
        """The signals that are there."""
        return (row.signal for row in self._rows if row.signal is not None)

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every line of the list, also those whose signal is not there."""
        return tuple(self._rows)

    @property
    def entries(self) -> tuple[SignalEntry, ...]:
        """How each line is found or made again."""
        return tuple(row.entry for row in self._rows)

    @property
    def current(self) -> Signal | None:
        """The signal shown, None if none is open."""
        return self._rows[self._index].signal if self._rows else None

    @property
    def index(self) -> int:
        """Where the current signal stands in the list, -1 if none is open."""
        return self._index

    @property
    def shown(self) -> int:
        """Where the signal that is looked at stands in the list, -1 if something live is, or none is open."""
        return -1 if self.live else self._index

    def place_of(self, signal: Signal) -> int:
        """Where a signal stands in the list, -1 if it is not open."""
        return next((place for place, row in enumerate(self._rows) if row.signal is signal), -1)

    def row_of(self, path: Path) -> Row | None:
        """The line that shows a file, if there is one."""
        return next((row for row in self._rows if row.entry.path == str(path)), None)

    def add(
        self,
        signal: Signal,
        *,
        show: bool = True,
        entry: SignalEntry | None = None,
        untouched: Signal | None = None,
        on_top: bool = False,
    ) -> None:
        """List a signal, and show it; a newer reading of the same origin takes the older one's place.

        A new line comes last, or first if `on_top`. With `show` false it is listed alone, unless nothing was
        shown so far, or the older reading was.
        `entry` says how to make it again; without one its origin does. `untouched` is the signal without the
        tools of its entry.
        """
        entry = entry or entry_of(signal)
        row = Row(entry, signal, "", untouched)
        place = next((at for at, other in enumerate(self._rows) if _same(other, signal, entry)), None)
        if place is not None:
            self._rows[place] = row
        else:
            place = 0 if on_top else len(self._rows)
            self._rows.insert(place, row)
            self._index += self._index >= place
        show = show or self._index in (-1, place)
        if show:
            self._index = place
        self.listed.emit()
        if show:
            self._show_current()

    def put(self, index: int, signal: Signal | None, entry: SignalEntry, problem: str = "") -> None:
        """Let a line be another signal, such as the same one with a tool applied; ValueError for no line."""
        if not 0 <= index < len(self._rows):
            raise ValueError(f"there is no line {index} among {len(self._rows)} signals")
        before = self._rows[index]
        self._rows[index] = Row(entry, signal, problem)
        self.listed.emit()
        if index == self._index and signal is not before.signal:
            self._show_current()

    def give_up(self, path: Path, problem: str) -> None:
        """Let a line that waits for its file say why there is no signal; one that has its signal keeps it."""
        row = self.row_of(path)
        if row is not None and row.signal is None and not row.problem:
            self.put(self._rows.index(row), None, row.entry, problem)

    def show_rows(self, rows: Iterable[Row], current: int) -> None:
        """Let the list be these lines, with that one shown."""
        before = self.current
        self._rows = list(rows)
        self._index = min(max(current, 0), len(self._rows) - 1)
        self.listed.emit()
        if self.current is not before:
            self._show_current()

    def show(self, index: int) -> None:
        """Make another signal current; an index outside the list changes nothing."""
        if 0 <= index < len(self._rows) and index != self.shown:
            self._index = index
            self._show_current()

    def remove(self, index: int) -> None:
        """Take a signal off the list; if it was current, the one after it (or before) becomes current."""
        if not 0 <= index < len(self._rows):
            return
        was_current = index == self._index
        del self._rows[index]
        if index < self._index or self._index >= len(self._rows):
            self._index -= 1
        self.listed.emit()
        if was_current:
            self._show_current()

    def look_at_live(self, on: bool) -> None:
        """Something live is looked at from now on, or a signal again."""
        if on != self.live:
            self.live = on
            self.live_changed.emit()

    def _show_current(self) -> None:
        self.look_at_live(False)
        self.current_changed.emit(self.current)


def _same(row: Row, signal: Signal, entry: SignalEntry) -> bool:
    """Whether a signal belongs into a line: it is a newer reading, or what was missing there."""
    if row.signal is None:
        return bool(entry.path) and row.entry.path == entry.path
    return bool(signal.origin) and row.signal.origin == signal.origin


def entry_of(signal: Signal) -> SignalEntry:
    """How a signal is found or made again, as its origin tells."""
    regions = tuple((one.start, one.end, one.label) for one in signal.regions)
    if call := _generator_call(signal.origin):
        return SignalEntry(generator=call[0], parameters=call[1], regions=regions)
    if signal.origin and Path(signal.origin).is_absolute():
        return SignalEntry(path=signal.origin, options=dict(signal.reading), regions=regions)
    return SignalEntry(title=signal.title, regions=regions)


def _generator_call(origin: str) -> tuple[str, dict[str, object]] | None:
    """Name and parameters from `generate('sine', frequency=2.0)`, as generators write their origin."""
    if not (origin.startswith("generate(") and origin.endswith(")")):
        return None
    try:
        call = ast.parse(origin, mode="eval").body
        assert isinstance(call, ast.Call)
        return ast.literal_eval(call.args[0]), {
            str(one.arg): ast.literal_eval(one.value) for one in call.keywords
        }
    except (SyntaxError, ValueError, AssertionError, IndexError):
        return None

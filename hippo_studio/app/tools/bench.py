"""The bench: lays a chain of tools on a line of the signal list, off the GUI thread.

The untouched signal is kept beside the list, so that a chain can always be laid anew; the newest chain wins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PyQt6.QtCore import QObject, pyqtSignal

from hippo_studio.app.jobs import JobContext
from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.open_signals import OpenSignals, Row
from hippo_studio.app.reading import sentence
from hippo_studio.app.services import Services
from hippo_studio.app.session.remaking import make
from hippo_studio.session import SignalEntry
from hippo_studio.signals import Signal
from hippo_studio.signals.tools import Step, apply_tools, in_use, shift_of, steps_from_plain

KEY = "signal tools"
LONG = 1 << 22
"""Values from which on laying a chain is shown as a job."""


class Bench(QObject):
    """`changed` fires when there is another chain to show, also while it is being laid."""

    changed = pyqtSignal()

    def __init__(self, signals: OpenSignals, memory: MemoryTab, services: Services, parent: QObject) -> None:
        super().__init__(parent)
        self._signals, self._memory, self._services = signals, memory, services
        self._untouched: dict[str, Signal] = {}
        self._wanted: tuple[SignalEntry, tuple[Step, ...]] | None = None
        signals.listed.connect(self._listed)
        signals.current_changed.connect(lambda _: self.changed.emit())
        signals.live_changed.connect(self.changed.emit)

    @property
    def row(self) -> Row | None:
        """The line of the list that is looked at, if its signal is there."""
        if self._signals.current is None or self._signals.live:
            return None
        return self._signals.rows[self._signals.index]

    @property
    def steps(self) -> tuple[Step, ...]:
        """The chain of the current signal, or the one that is being laid on it."""
        row = self.row
        if row is None:
            return ()
        if self._wanted is not None and self._wanted[0] is row.entry:
            return self._wanted[1]
        return steps_of(row.entry)

    @property
    def busy(self) -> bool:
        """Whether a chain is being laid."""
        return self._wanted is not None

    def lay(self, steps: Sequence[Step]) -> None:
        """Let this be the chain of the current signal."""
        row = self.row
        if row is None:
            self._services.messages.info(
                "What is live can be worked on once it is stopped."
                if self._signals.live
                else "There is no signal to work on yet: open one."
            )
            return
        before, chain = row.entry, tuple(steps)
        after = replace(before, tools=tuple(step.to_plain() for step in chain))
        untouched = self._untouched.get(before.source_key)
        size = row.signal.samples.size if untouched is None else untouched.samples.size
        self._wanted = before, chain

        def work(context: JobContext) -> Signal:
            signal = make(replace(before, tools=())) if untouched is None else untouched
            return apply_tools(signal, in_use(chain), context.go_on)

        self._services.jobs.submit(
            KEY,
            work,
            done=lambda signal: self._put(before, after, signal),
            failed=lambda error: self._fail(error, before),
            title=f"Working on {row.title}" if size > LONG else None,
            cancel=self.cancel,
        )
        self.changed.emit()

    def cancel(self) -> None:
        """Leave the signal as it is."""
        if self._wanted is not None:
            self._services.jobs.cancel(KEY)
            self._wanted = None
            self.changed.emit()

    def _put(self, before: SignalEntry, after: SignalEntry, signal: Signal) -> None:
        self._wanted = None
        place = next((i for i, row in enumerate(self._signals.rows) if row.entry is before), None)
        if place is None:  # closed meanwhile, or undone
            self.changed.emit()
            return
        memory, transport = self._memory, self._memory.transport
        state, seconds = memory.state, transport.seconds
        moved = shift_of(steps_of(after)) - shift_of(steps_of(before))
        self._signals.put(place, signal, after)
        if place == self._signals.index:  # the person goes on looking at what was on screen
            memory.take(state)
            if 0 < seconds - moved <= transport.duration:
                transport.seek_seconds(seconds - moved)
        self.changed.emit()

    def _fail(self, error: Exception, entry: SignalEntry) -> None:
        self._wanted = None
        self._services.messages.error(sentence(error, entry.name))
        self.changed.emit()

    def _listed(self) -> None:
        """Keep the untouched signals of what is listed, and let go of the others."""
        rows = self._signals.rows
        for row in rows:
            untouched = row.untouched if row.entry.tools else row.signal
            if untouched is not None:
                self._untouched[row.entry.source_key] = untouched
        listed = {row.entry.source_key for row in rows}
        self._untouched = {key: kept for key, kept in self._untouched.items() if key in listed}
        self.changed.emit()


def steps_of(entry: SignalEntry) -> tuple[Step, ...]:
    """The chain of an entry; what this studio does not know is left out."""
    steps: list[Step] = []
    for values in entry.tools:
        try:
            steps += steps_from_plain([values])
        except ValueError:
            continue
    return tuple(steps)

"""Opening signals: reading in the background, one file after the other, with one report at the end."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal

from hippo_studio.app.closed_signals import ClosedSignals
from hippo_studio.app.import_memory import ImportMemory
from hippo_studio.app.jobs import JobContext
from hippo_studio.app.open_signals import OpenSignals
from hippo_studio.app.opening_report import OpeningReport, Outcome
from hippo_studio.app.pasting import keep_pasted
from hippo_studio.app.paths import still_there, with_recent
from hippo_studio.app.reading import in_doubt, preset_of, read_path, sentence
from hippo_studio.app.rereading import Reread
from hippo_studio.app.services import Services
from hippo_studio.session import SignalEntry
from hippo_studio.session.file import is_session
from hippo_studio.signals import Signal, SignalError, generate
from hippo_studio.signals.capture import is_unsaved

_KEY = "open"


class Opening(QObject):
    """Reads files into `OpenSignals`.

    `finished` fires when nothing is left to read; `preset_wanted` carries the settings that show a bundled
    sample best, after it was opened; `rate_wanted` the signal whose sample rate the person wants to say;
    `import_wanted` the path of a table whose reading is in doubt, unless `asks` is false: nobody attends.
    """

    finished = pyqtSignal()
    preset_wanted = pyqtSignal(dict)
    rate_wanted = pyqtSignal(object)
    session_wanted = pyqtSignal(object)
    import_wanted = pyqtSignal(object)

    def __init__(self, signals: OpenSignals, services: Services, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._signals, self._services = signals, services
        self.imports = ImportMemory(services.settings)
        ClosedSignals(signals, services.messages, self)
        self._report = OpeningReport(services.messages, self.rate_wanted.emit, self.import_wanted.emit)
        self.asks = True
        self._waiting: deque[tuple[Path, dict[str, Any]]] = deque()  # with the options that were asked for
        self._reading: Path | None = None
        self._shown: SignalEntry | None = None  # what its line held when the reading began
        self._asked: dict[str, Any] = {}
        self._on_top: set[Path] = set()  # of those that wait: what comes first in the list
        self._listed_only: set[Path] = set()
        self.last_failure = ""
        self._total = 0
        self._opened: list[Signal] = []
        self._failures: list[str] = []
        self._notes: list[str] = []  # what was left out of folders
        self._unfit: list[tuple[Signal, str]] = []  # what was on a signal and no longer fits
        self._failed: Path | None = None
        self._tried: list[Path] = []

    @property
    def busy(self) -> bool:
        """Whether anything is still being read."""
        return self._reading is not None

    def open(
        self,
        paths: Iterable[Path | str],
        sample_rate: float | None = None,
        options: Mapping[str, Any] = MappingProxyType({}),
        *,
        on_top: bool = False,
        show: bool = True,
    ) -> None:
        """Read these files, and what these folders hold; the last one becomes current.

        They are read at a sample rate in Hz and with reading options, or with what the person said before.
        They come last in the list, or first if `on_top`, where what is live has its place; without `show`
        they are listed, and what is looked at stays.
        """
        asked = dict(options) if sample_rate is None else {**options, "sample_rate": sample_rate}
        absolute = [Path(path).absolute() for path in paths]  # one file, one name
        self._on_top.update(absolute if on_top else ())
        self._listed_only.update(() if show else absolute)
        if session := next((path for path in reversed(absolute) if is_session(path)), None):
            self.session_wanted.emit(session)
        added = [(path, asked) for path in absolute if not is_session(path)]
        self._waiting.extend(added)
        self._total += len(added)
        if not self.busy and self._waiting:
            self._next()

    def generate(self, name: str, parameters: dict[str, Any], complain: Callable[[str], None]) -> None:
        """Make a signal in the background and open it; complain of what the generator does not accept."""
        self._services.jobs.submit(
            "generate",
            lambda _context: generate(name, **parameters),
            done=self._signals.add,
            failed=lambda error: complain(sentence(error, name)),
            title=f"Generating {name}",
        )

    def say_rate(self, path: Path, sample_rate: float | None) -> None:
        """Read a file again at a rate in Hz, now and whenever it is opened; None: at what it says itself."""
        self.imports.say_rate(path, sample_rate)
        self.open([path])

    def import_table(self, path: Path, options: dict[str, Any], kind: str = "") -> None:
        """Read a table as was said, now and whenever it, or another of its kind, is opened."""
        rate = options.get("sample_rate")
        self.imports.say_rate(path, rate)
        self.imports.say(path, kind, options)
        self.open([path], options=options)

    def options_of(self, path: Path) -> dict[str, Any]:
        """What was said of the reading of a file."""
        said = dict(self.imports.of_file(path) or {})
        said.pop("sample_rate", None)  # which has a place of its own, shared with what is no table
        rate = self.imports.rate_of(path)
        return said if rate is None else {**said, "sample_rate": rate}

    def paste(self, text: str) -> None:
        """Open the numbers in a text."""

        def read_pasted(context: JobContext) -> Any:
            path = keep_pasted(text)
            try:
                return read_path(context, path, {}, {})
            except SignalError as error:
                path.unlink(missing_ok=True)
                said = str(error).replace(path.name, "The clipboard", 1)
                raise SignalError(said) from None

        self._services.jobs.submit(
            "paste",
            read_pasted,
            done=self._take_pasted,
            failed=lambda error: self._services.messages.error(sentence(error, "The clipboard")),
            title="Reading the clipboard",
        )

    def _take_pasted(self, signal: Signal) -> None:
        self._signals.add(signal)
        self._report.tell_opened([signal], about=signal.origin)
        self._ask_if_in_doubt(signal)

    def cancel(self) -> None:
        """Stop reading; what is open already stays."""
        if self.busy:
            for path in (self._reading, *(path for path, _ in self._waiting)):
                self._signals.give_up(path, "Reading it was cancelled.")
            left = len(self._waiting) + 1
            self._services.jobs.cancel(_KEY)
            self._waiting.clear()
            self._tried.pop()  # what is said of the reading before it holds still
            self._services.messages.status(f"Opening cancelled, {left} not read")
            self._finish()

    def recent(self) -> list[Path]:
        """Files opened lately that still exist, newest first."""
        return still_there(self._services.settings.read("files").get("recent"))

    def folders(self) -> list[Path]:
        """Where files were opened lately: the places to look for one that was moved."""
        return list(dict.fromkeys(path.parent for path in self.recent()))

    def clear_recent(self) -> None:
        """Forget the files opened lately."""
        self._services.settings.write("files", recent=None)

    def _next(self) -> None:
        path, self._asked = self._waiting.popleft()
        self._tried.append(path)
        self._reading, options = path, {**self.options_of(path), **self._asked}
        kinds = {} if options else self._services.settings.read("import kinds")
        row = self._signals.row_of(path)
        self._shown = None if row is None else row.entry
        self._services.jobs.submit(
            _KEY,
            lambda context: read_path(context, path, options, kinds, row),
            done=self._read_one,
            failed=self._failed_one,
            title=f"Reading {path.name or path}{self._count()}",
            cancel=self.cancel,
        )

    def _count(self) -> str:
        """Which of how many is being read, if it is not the only one."""
        return f" ({self._total - len(self._waiting)} of {self._total})" if self._total > 1 else ""

    def _read_one(self, result: Signal | Reread | tuple[list[Path], str]) -> None:
        row = self._signals.row_of(self._reading)
        if isinstance(result, tuple):
            files, note = result
            self._waiting.extendleft((file, self._asked) for file in reversed(files))
            self._total += len(files) - 1
            if note:
                self._notes.append(note)
        elif self._shown != (None if row is None else row.entry):  # edited meanwhile, which must stay
            self._waiting.appendleft((self._reading, self._asked))
        elif isinstance(result, Reread):
            self._signals.add(result.signal, show=False, entry=result.entry, untouched=result.untouched)
            self._unfit += [(result.signal, one) for one in result.remarks]
            self._opened_one(result.signal)
        else:
            self._signals.add(result, show=False, on_top=self._reading in self._on_top)
            self._opened_one(result)
        self._go_on()

    def _opened_one(self, signal: Signal) -> None:
        self._opened.append(signal)
        if preset_of(signal) is None and not is_unsaved(signal.origin):
            self.remember(self._reading)

    def _failed_one(self, error: Exception) -> None:
        self._failures.append(sentence(error, str(self._reading)))
        self._signals.give_up(self._reading, self._failures[-1])
        self._failed = self._reading
        self._go_on()

    def _go_on(self) -> None:
        if self._waiting:
            self._next()
        else:
            self._finish()

    def _finish(self) -> None:
        self._reading = None
        listed_only = {str(path) for path in self._listed_only}
        self._on_top.clear()
        self._listed_only.clear()
        opened, failures, notes, total = self._opened, self._failures, self._notes, self._total
        self._opened, self._failures, self._notes, self._total = [], [], [], 0
        if shown := [signal for signal in opened if signal.origin not in listed_only]:
            self._show(shown[-1])
        tried, unfit, self._tried, self._unfit = self._tried, self._unfit, [], []
        self.last_failure = next(iter((*failures, *notes)), "")
        self._report.tell(Outcome(opened, unfit, failures, notes, tried, self._failed, total))
        if total == 1 and len(opened) == 1:
            self._ask_if_in_doubt(opened[0])
        self.finished.emit()

    def _ask_if_in_doubt(self, signal: Signal) -> None:
        if self.asks and not signal.reading and in_doubt(signal):
            self.import_wanted.emit(Path(signal.origin))

    def _show(self, signal: Signal) -> None:
        """Only the last of many is shown, and brings its settings: a folder must not flicker past."""
        self._signals.show(self._signals.place_of(signal))
        if preset := preset_of(signal):
            self.preset_wanted.emit(preset)

    def remember(self, path: Path) -> None:
        """Put a file at the head of those opened lately."""
        recent = [str(entry) for entry in self.recent()]
        self._services.settings.write("files", recent=with_recent(recent, path))

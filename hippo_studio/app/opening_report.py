"""What is said once files were opened: which could not be, what the readers remarked, and what helps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from hippo_studio.app.messages import Messages, Remedy
from hippo_studio.app.reading import is_table
from hippo_studio.app.remarks import Remarks, headline, in_lines, remarks_on
from hippo_studio.signals import Signal
from hippo_studio.signals.read_warnings import AssumedRate


@dataclass(frozen=True)
class Outcome:
    """What came of opening `total` files.

    Attributes
    ----------
    opened : the signals, in order; `unfit` what was on one of them and no longer fits.
    failures : a sentence for each file that could not be opened, the last of which is `failed`.
    notes : a sentence for each folder that was not opened whole.
    tried : all paths that were read, of which what was said before no longer holds.
    """

    opened: Sequence[Signal]
    unfit: Remarks
    failures: Sequence[str]
    notes: Sequence[str]
    tried: Sequence[Path]
    failed: Path | None
    total: int


class OpeningReport:
    """Says it; a remedy asks for a signal's rate, or for another reading of a path."""

    def __init__(
        self, messages: Messages, ask_rate: Callable[[Signal], None], ask_import: Callable[[Path], None]
    ) -> None:
        self._messages, self._ask_rate, self._ask_import = messages, ask_rate, ask_import

    def tell(self, outcome: Outcome) -> None:
        """One report on all files, in place of what was said of them before."""
        failures, notes, messages = outcome.failures, outcome.notes, self._messages
        for path in outcome.tried:
            messages.withdraw(str(path))
        about = str(outcome.tried[0]) if len(set(outcome.tried)) == 1 else ""
        problems = (*failures, *notes)
        if len(problems) == 1:
            messages.error(problems[0], remedy=self._import_remedy(outcome), about=about)
        elif failures:
            messages.error(f"{len(failures)} of {outcome.total} could not be opened.", problems)
        elif notes:
            messages.error(f"{len(notes)} folders were not opened whole.", problems)
        self.tell_opened(outcome.opened, outcome.unfit, about)

    def tell_opened(self, opened: Sequence[Signal], unfit: Remarks = (), about: str = "") -> None:
        """The remarks on what was opened, and in the status bar what that is."""
        if remarks := [*remarks_on(opened), *unfit]:
            details = in_lines(remarks) if len(remarks) > 1 else ()
            remedies = self._remedies(opened[0]) if len(opened) == 1 else ()
            self._messages.warning(headline(remarks), details, *remedies, about=about)
        if len(opened) == 1:
            self._messages.status(f"Opened {opened[0].title}")
        elif opened:
            self._messages.status(f"Opened {len(opened)} signals")

    def _import_remedy(self, outcome: Outcome) -> Remedy | None:
        """What helps a text in which no table was found."""
        path = outcome.failed
        if outcome.total != 1 or path is None or not is_table(path):
            return None
        return Remedy("Import Table…", lambda: self._ask_import(path), asks=True)

    def _remedies(self, signal: Signal) -> tuple[Remedy, ...]:
        """What helps a signal with remarks: its rate, if one was assumed; another reading."""
        path, found = Path(signal.origin), []
        if any(isinstance(warning, AssumedRate) for warning in signal.warnings):
            found.append(Remedy("Sample Rate…", lambda: self._ask_rate(signal), asks=True))
        if is_table(path):
            found.append(Remedy("Import Table…", lambda: self._ask_import(path), asks=True))
        return tuple(found)

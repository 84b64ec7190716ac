"""What the rest of the window hears of a training: a line in the status bar, its row in the table of runs."""

from __future__ import annotations

from collections.abc import Callable

from hippo_studio.app.messages import Messages
from hippo_studio.app.train.progress import Phase, Progress
from hippo_studio.app.train.run_list import RunList
from hippo_studio.app.train.wording import how_far, newest_score


class Telling:
    """`show_progress` for each snapshot; `finished(Progress)` is called when one that began ends."""

    def __init__(
        self, messages: Messages, runs: RunList, finished: Callable[[Progress], None] = lambda _: None
    ) -> None:
        self._messages, self._runs, self._finished = messages, runs, finished
        self._line = ""
        self._end_is_awaited = False

    def begin(self) -> None:
        """A training begins: its end will be told."""
        self._end_is_awaited, self._line = True, ""

    def show_progress(self, progress: Progress, before: Progress) -> None:
        """Tell what is new in a snapshot after another one."""
        self._tell_how_far(progress)
        if progress.phase.busy and progress.started is not before.started:
            self._runs.refresh()  # a new run is on the disk now, and one that goes on has no end any more
        for sentence in progress.notices[len(before.notices) :]:
            self._messages.status(sentence)
        if self._end_is_awaited and progress.phase in (Phase.FINISHED, Phase.FAILED):
            self._end_is_awaited = False
            self._end(progress)

    def _tell_how_far(self, progress: Progress) -> None:
        words = how_far(progress)
        self._runs.show_training(progress if words else None)
        if not words:
            return
        name = progress.folder.name if progress.folder is not None else "a new run"
        line = " · ".join(filter(None, (f"Training {name}: {words}", newest_score(progress))))
        if line != self._line:
            self._line = line
            self._messages.status(line)

    def _end(self, progress: Progress) -> None:
        if progress.phase is Phase.FAILED:
            self._messages.error(progress.sentence)
            self._messages.status("Training failed.")
        else:
            self._messages.status(progress.sentence)
        self._finished(progress)
        self._runs.refresh()

"""Behind the table of runs: listing, opening, comparing, continuing and deleting, all off the GUI thread."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtWidgets import QFileDialog, QInputDialog, QMessageBox, QWidget

from hippo_studio.app.jobs import JobContext
from hippo_studio.app.services import Services
from hippo_studio.app.train.comparing import comparison
from hippo_studio.app.train.past_runs import continuation, reopened, runs_folder
from hippo_studio.app.train.progress import Progress
from hippo_studio.app.train.runs_view import RunsView
from hippo_studio.app.train.session import Plan
from hippo_studio.learning.events import Started
from hippo_studio.learning.going_on import is_over
from hippo_studio.learning.run_folders import delete_run, list_runs
from hippo_studio.learning.runs import Run, open_run

_LIST, _OPEN, _COMPARE, _PROCEED = "train runs", "train open run", "train compare", "train continue run"
_DELETE = "train delete runs"

FRESH_SECONDS = 2.0
"""For how long a list of runs need not be made again when the window comes to the front."""


class RunList(QObject):
    """`listed(runs)` tells all, `opened(Progress)` carries one to show, `continued(Plan)` the continuation of
    one, `compared(Comparison)` what to draw beside; `deleted()` comes once runs are gone.
    """

    listed = pyqtSignal(list)
    opened = pyqtSignal(object)
    continued = pyqtSignal(object)
    compared = pyqtSignal(object)
    deleted = pyqtSignal()

    def __init__(
        self,
        services: Services,
        view: RunsView,
        parent: QWidget,
        shown: Callable[[], Started | None] = lambda: None,
    ) -> None:
        """`shown` returns which run is shown, None if there is none."""
        super().__init__(parent)
        self._services, self._view, self._window = services, view, parent
        self._shown = shown
        self._doomed: set[Path] = set()
        self._deletions = 0
        self.folder = runs_folder(services.settings)
        self._looked = self.folder, -math.inf
        view.opened.connect(self._open)
        view.compared.connect(self._compare)
        view.continued.connect(self._continue)
        view.deleted.connect(self._ask_to_delete)
        view.folder_asked.connect(self._ask_for_folder)

    def refresh(self) -> None:
        """List the runs anew."""
        folder = self.folder
        self._looked = folder, monotonic()
        self._services.jobs.submit(_LIST, lambda _: list_runs(folder), done=self._show, failed=self._fail)

    def look_again(self) -> None:
        """List the runs anew, unless they were just looked at: dialogs come and go quickly."""
        folder, at = self._looked
        if folder != self.folder or monotonic() - at >= FRESH_SECONDS:
            self.refresh()

    def close(self) -> None:
        """Drop what is under way."""
        deletions = (f"{_DELETE} {number}" for number in range(self._deletions))
        for key in (_LIST, _OPEN, _COMPARE, _PROCEED, *deletions):
            self._services.jobs.cancel(key)

    def delete(self, runs: Sequence[Run]) -> None:
        """Delete run folders, and list what is left; not the one that is being trained.

        What cannot be deleted is said, and keeps no other from being deleted.
        """
        if busy := [run for run in runs if self._view.is_under_way(run)]:
            self._services.messages.info(
                f"{busy[0].name} is being trained; stop it before it is deleted. Nothing was deleted."
            )
            return
        doomed = [run for run in runs if run.folder not in self._doomed]
        folders = {run.folder for run in doomed}

        def work(context: JobContext) -> list[str]:
            return self._delete_each(doomed, context)

        def gone(failures: list[str]) -> None:
            self._doomed -= folders
            if failures:
                others = f" {len(failures) - 1} more not deleted either." if failures[1:] else ""
                self._services.messages.error(failures[0] + others)
            self.refresh()
            self.deleted.emit()

        self._doomed |= folders
        key = f"{_DELETE} {self._deletions}"  # its own: no deletion takes another's place
        self._deletions += 1
        self._services.jobs.submit(key, work, done=gone)

    def _delete_each(self, runs: Sequence[Run], context: JobContext) -> list[str]:
        """Delete one after the other, off the GUI thread; a sentence for each that was not deleted."""
        failures = []
        for run in runs:
            context.check()
            if self._view.is_under_way(run):  # its training began meanwhile
                failures.append(f"{run.name} is being trained, so it was not deleted.")
                continue
            try:
                delete_run(run.folder)
            except (ValueError, OSError) as error:
                failures.append(f"{run.name} was not deleted: {str(error).rstrip('.')}.")
        return failures

    def show_sweep(self, folder: Path | None) -> None:
        """Know which sweep is under way, None for none, and list its trials."""
        self._view.sweeping = folder
        self.refresh()

    def show_training(self, progress: Progress | None) -> None:
        """Say in the table which run is being trained, None for none, and how far it is."""
        self._view.show_training(progress)

    def _show(self, runs: list[Run]) -> None:
        self._view.show_runs(runs)
        self.listed.emit(runs)

    def open_folder(self, folder: Path) -> None:
        """Show the run of a folder."""
        self._services.jobs.submit(
            _OPEN, lambda _: reopened(open_run(folder)), done=self.opened.emit, failed=self._fail
        )

    def _open(self, run: Run) -> None:
        self._services.jobs.submit(_OPEN, lambda _: reopened(run), done=self.opened.emit, failed=self._fail)

    def _continue(self, run: Run) -> None:
        if is_over(run):
            self._ask_for_epochs(run)
        else:
            self._proceed(run)

    def _proceed(self, run: Run, epochs: int | None = None) -> None:
        self._services.jobs.submit(
            _PROCEED,
            lambda _: continuation(open_run(run.folder), epochs),
            done=self._go_on,
            failed=self._fail,
        )

    def _go_on(self, plan: Plan) -> None:
        if plan.folder in self._doomed:
            self._services.messages.info(f"{plan.folder.name} is being deleted, so it does not go on.")
        else:
            self.continued.emit(plan)

    def _ask_for_epochs(self, run: Run) -> None:
        """A training that is over goes on only if it may see its examples more often."""
        done = len(run.epochs)
        dialog = QInputDialog(self._window)
        dialog.setObjectName("more epochs")
        dialog.setWindowTitle("Continue training")
        dialog.setLabelText(f"{run.sentence} {run.name} had {done}; train on up to how many in all?")
        dialog.setInputMode(QInputDialog.InputMode.IntInput)
        dialog.setIntRange(done + 1, 100_000)
        dialog.setIntValue(2 * done)
        dialog.setOkButtonText("Continue")
        dialog.intValueSelected.connect(lambda epochs: self._proceed(run, epochs))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _compare(self, runs: Sequence[Run]) -> None:
        """Compare them with the run that is shown; nothing comes of it once that is another."""
        shown, free = self._shown(), self._view.training is None

        def still_shown() -> bool:
            now = self._shown()
            return (now and now.folder) == (shown and shown.folder)

        self._services.jobs.submit(
            _COMPARE,
            lambda _: comparison(shown, runs, free=free),
            done=lambda found: still_shown() and self.compared.emit(found),
            failed=lambda error: still_shown() and self._services.messages.info(str(error)),
        )

    def _ask_to_delete(self, runs: Sequence[Run]) -> None:
        what = runs[0].name if len(runs) == 1 else f"{len(runs)} runs"
        box = QMessageBox(
            QMessageBox.Icon.Question,
            "Delete runs",
            f"Delete {what}, with models and checkpoints? This cannot be undone.",
            QMessageBox.StandardButton.Cancel,
            self._window,
        )
        box.setObjectName("delete runs")
        box.setDefaultButton(QMessageBox.StandardButton.Cancel)  # Enter deletes nothing
        button = box.addButton("Delete", QMessageBox.ButtonRole.DestructiveRole)
        button.clicked.connect(lambda: self.delete(runs))
        box.finished.connect(box.deleteLater)
        box.open()

    def _ask_for_folder(self) -> None:
        dialog = QFileDialog(self._window, "Folder of runs", str(self.folder))
        dialog.setObjectName("runs dialog")
        dialog.setFileMode(QFileDialog.FileMode.Directory)

        def chosen(name: str) -> None:
            self.folder = Path(name)
            self._services.settings.write("train_runs", folder=name)
            self.refresh()

        dialog.fileSelected.connect(chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _fail(self, error: Exception) -> None:
        self._services.messages.error(str(error))

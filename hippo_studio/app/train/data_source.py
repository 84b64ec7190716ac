"""The data that the Train tab asks for: found by a dialog, opened and looked at off-thread, one at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal
from PyQt6.QtWidgets import QFileDialog, QWidget

from hippo_studio.app.jobs import JobContext
from hippo_studio.app.services import Services
from hippo_studio.app.train.data_overview import DataOverview, overview
from hippo_studio.app.train.plans import example_signal
from hippo_studio.learning.data import DataSet
from hippo_studio.learning.datasets import open_data
from hippo_studio.learning.whereabouts import open_data_of
from hippo_studio.signals import Signal

_DATA, _EXAMPLE = "train data", "train example"
Key = tuple[str, str, int]
"""What says which data: source, test data, seed."""


class DataSource(QObject):
    """`begun()` when other data are looked at, then `seen(DataOverview)` or `missed(sentence)`."""

    begun = pyqtSignal()
    seen = pyqtSignal(object)
    missed = pyqtSignal(str)

    def __init__(self, services: Services, window: QWidget) -> None:
        super().__init__(window)
        self._services, self._window = services, window
        self._asked: Key | None = None
        self.overview: DataOverview | None = None
        self.failure = ""

    @property
    def data(self) -> DataSet | None:
        """What was opened last, None while there is none."""
        return self.overview.data if self.overview else None

    def is_ready(self, key: Key) -> bool:
        """Whether these very data are opened and looked at."""
        return self.overview is not None and self._asked == key

    def look_at(self, key: Key, *, again: bool = False) -> None:
        """Open these data, unless they were asked for last (`again`: and came); the newest request wins."""
        if key == self._asked and not (again and self.failure):
            return
        self._asked, self.overview, self.failure = key, None, ""
        source, test, seed = key
        self.begun.emit()

        def work(context: JobContext) -> DataOverview:
            return overview(open_data(source, test=test, seed=seed), context.check)

        self._services.jobs.submit(_DATA, work, done=self._take, failed=self._miss)

    def open_example(
        self, folder: Path, config: Mapping[str, Any], wrong: Any, done: Callable[[Signal], None]
    ) -> None:
        """Decode a wrong answer's example, of the data of a run and its keys, and hand it on as a signal."""

        def work(context: JobContext) -> Signal:
            data = open_data_of(folder, config).prepare(cancelled=lambda: context.cancelled)
            return example_signal(data, wrong)

        self._services.jobs.submit(
            _EXAMPLE,
            work,
            done=done,
            failed=lambda error: self._services.messages.error(str(error)),
            title="Opening an example",
        )

    def ask(self, done: Callable[[str], None], *, folder: bool) -> None:
        """Let the person choose a folder or a file."""
        folders = self._services.folders
        dialog = QFileDialog(self._window, "Learn from", folders.begin("data_folder"))
        dialog.setObjectName("data dialog")
        mode = QFileDialog.FileMode.Directory if folder else QFileDialog.FileMode.ExistingFile
        dialog.setFileMode(mode)

        def chosen(name: str) -> None:
            folders.keep("data_folder", Path(name))
            done(name)

        dialog.fileSelected.connect(chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def close(self) -> None:
        """Drop what is under way."""
        for key in (_DATA, _EXAMPLE):
            self._services.jobs.cancel(key)

    def _take(self, seen: DataOverview) -> None:
        self.overview = seen
        self.seen.emit(seen)

    def _miss(self, error: Exception) -> None:
        self.failure = str(error)
        self.missed.emit(self.failure)

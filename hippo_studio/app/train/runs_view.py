"""The table of all runs: to sort, to compare, to open again, to continue, to delete."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QShowEvent
from PyQt6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from hippo_studio.app.train.progress import Progress
from hippo_studio.app.train.runs_table import Cell, RunsTable
from hippo_studio.app.train.wording import data_name, grouped, how_far, model_name, percent
from hippo_studio.app.widgets.quantities import duration
from hippo_studio.learning.runs import Run

COLUMNS = ("Run", "Test", "Validation", "State", "Model", "Data", "Parameters", "Time", "Seed")
"""What tells runs apart comes first: the others are out of sight in a narrow window."""
_WIDEST = {"State": "epoch 20/30"}
_TIPS = {
    "Run": "The name of the run's folder; of a trial, behind that of its sweep",
    "Test": "Share of right answers on the test examples: the best model's, at the end of training",
    "Validation": "Share of right answers on the validation examples, by which the best model is chosen",
    "Parameters": "How many numbers are learned",
    "Time": "Of training, pauses left out",
    "State": "How it ended, or how far it is",
}
_BUTTONS = (
    ("open", "Open", "Show this run again: curves, layers, confusion matrix"),
    (
        "compare",
        "Compare",
        "Draw the selected runs side by side, curves and layers; a single one beside the run that is shown",
    ),
    ("proceed", "Continue", "Train on from the last checkpoint"),
    ("delete", "Delete…", "Delete the folders of the selected runs"),
    ("folder", "Folder…", "Show the runs of another folder"),
)


class RunsView(QWidget):
    """Signals carry runs: `opened(Run)`, `compared(list)`, `continued(Run)`, `deleted(list)`."""

    opened = pyqtSignal(object)
    compared = pyqtSignal(list)
    continued = pyqtSignal(object)
    deleted = pyqtSignal(list)
    folder_asked = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runs")
        self.setAccessibleName("Runs")
        self._runs: dict[Path, Run] = {}
        self._seen: dict[Path, tuple[float, bool]] = {}
        self.training: Path | None = None
        self.sweeping: Path | None = None
        """The folder of the sweep that is under way."""
        self._live: Progress | None = None
        self.table = RunsTable(COLUMNS, _TIPS, _WIDEST, self)
        self.table.setObjectName("runs table")
        self.table.setAccessibleName("Table of runs")
        self.buttons: dict[str, QPushButton] = {}
        row = QHBoxLayout()
        for name, text, tip in _BUTTONS:
            button = QPushButton(text, self)
            button.setObjectName(f"runs {name}")
            button.setAccessibleName(text)
            button.setToolTip(tip)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _, name=name: self._press(name))
            self.buttons[name] = button
            row.addWidget(button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        edge = self.fontMetrics().height() // 3
        column.setContentsMargins(0, edge, 0, 0)
        column.setSpacing(edge)
        column.addWidget(self.table, 1)
        column.addLayout(row)
        self.table.itemSelectionChanged.connect(self._enable)
        self.table.shown.connect(self._take_up)
        self.table.cellDoubleClicked.connect(lambda *_: self._press("open"))
        self._enable()

    @property
    def selected(self) -> list[Run]:
        """The runs whose rows are selected, from top to bottom."""
        return [self._runs[folder] for folder in self.table.selected]

    def show_runs(self, runs: Sequence[Run]) -> None:
        """List these; what was selected stays selected."""
        self._runs = {run.folder: run for run in runs}
        seen = {run.folder: (run.modified, self.is_under_way(run)) for run in runs}
        changed = {
            folder: _cells(self._runs[folder], state[1])
            for folder, state in seen.items()
            if state != self._seen.get(folder)
        }
        self._seen = seen
        self.table.show_rows(changed, self._runs)

    def is_under_way(self, run: Run) -> bool:
        """Whether a run is being trained, here or by the sweep: it is not to be continued nor deleted."""
        return run.folder == self.training or (run.folder.parent == self.sweeping and not run.report)

    def show_training(self, progress: Progress | None) -> None:
        """Say in the row of a run that it is being trained, and how far it is; None says it of none."""
        folder = None if progress is None else progress.folder
        before, self.training, self._live = self.training, folder, progress
        self._say_live()
        if folder != before:
            self._seen.pop(before, None)  # its row is to be written anew as its folder has it
            self._enable()

    def _say_live(self) -> None:
        """What is known of the run that is trained, instead of what its folder held when it was listed."""
        if self._live is not None and self.training is not None:
            self.table.change(self.training, _live_cells(self._live))

    def _take_up(self) -> None:
        """All rows are there."""
        self._say_live()
        self._enable()

    def _press(self, name: str) -> None:
        runs = self.selected
        if name == "folder":
            self.folder_asked.emit()
        elif name == "compare":
            self.compared.emit(runs)
        elif runs and name == "delete":
            self.deleted.emit(runs)
        elif runs:
            (self.opened if name == "open" else self.continued).emit(runs[0])

    def _enable(self) -> None:
        runs = self.selected
        self.buttons["open"].setEnabled(len(runs) == 1)
        busy = any(self.is_under_way(run) for run in runs)
        rests = self.training is None and not busy
        self.buttons["proceed"].setEnabled(len(runs) == 1 and runs[0].resumable and rests)
        self.buttons["delete"].setEnabled(bool(runs) and not busy)
        self.buttons["compare"].setText("Compare" if runs else "Compare None")

    def showEvent(self, event: QShowEvent) -> None:
        """Size the columns."""
        super().showEvent(event)
        self.table.fit()


_UNKNOWN: Cell = ("—", -1.0)


def _cells(run: Run, under_way: bool) -> tuple[Cell, ...]:
    model = str(run.config.get("model", ""))
    short = data_name(str(run.config.get("data", "")))
    seed, state = run.config.get("seed", 0), "under way" if under_way else run.state
    return (
        (run.name, run.name),
        _share(run.test_score),
        _share(run.validation_score),
        (state, state),
        (model_name(model), model),
        (short, short),
        _UNKNOWN if run.parameters is None else (grouped(run.parameters), float(run.parameters)),
        _UNKNOWN if run.seconds is None else (duration(run.seconds), float(run.seconds)),
        (str(seed), float(seed)),
    )


def _live_cells(progress: Progress) -> dict[str, Cell]:
    """What a training that is under way knows better than its folder, by column."""
    started, state = progress.started, how_far(progress)
    cells: dict[str, Cell] = {"Test": _UNKNOWN, "State": (state, state)}
    if started is None:
        return cells
    score = progress.best.validation_score if progress.best and started.validated else None
    cells["Validation"] = _share(score)
    if started.parameters:
        cells["Parameters"] = grouped(started.parameters), float(started.parameters)
    if progress.epochs:
        seconds = progress.epochs[-1].seconds
        cells["Time"] = duration(seconds), float(seconds)
    return cells


def _share(score: float | None) -> Cell:
    return _UNKNOWN if score is None else (percent(score), float(score))

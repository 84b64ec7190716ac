"""The table of all runs: to sort, to compare, to open again, to continue, to delete."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QResizeEvent, QShowEvent
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from hippo_studio.app.train.progress import Progress
from hippo_studio.app.train.wording import grouped, how_far, percent
from hippo_studio.app.widgets.quantities import duration
from hippo_studio.learning import rocket
from hippo_studio.learning.runs import Run
from hippo_studio.ssm import NAMES

COLUMNS = ("Run", "Test", "Validation", "State", "Model", "Data", "Parameters", "Time", "Seed")
"""What tells runs apart comes first: the others are out of sight in a narrow window."""
_WIDEST = {COLUMNS.index("State"): ["epoch 20/30"]}
_MOST, _LEAST_NAME = 15, 32
"""Letters of a column, from which on it is cut; letters of a name that are seen in any case."""
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
        "Draw the curves of the selected runs beside this one's, and the layers of the first",
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
        self._runs: tuple[Run, ...] = ()
        self.training: Path | None = None
        self.sweeping: Path | None = None
        """The folder of the sweep that is under way."""
        self._live: Progress | None = None
        self._sized = False
        self.table = self._make_table()
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
        self.table.cellDoubleClicked.connect(lambda *_: self._press("open"))
        self._enable()

    @property
    def selected(self) -> list[Run]:
        """The runs whose rows are selected, from top to bottom."""
        rows = sorted({index.row() for index in self.table.selectionModel().selectedRows()})
        return [self._runs[self.table.item(row, 0).data(Qt.ItemDataRole.UserRole)] for row in rows]

    def show_runs(self, runs: Sequence[Run]) -> None:
        """List these; what was selected stays selected."""
        kept = {run.folder for run in self.selected}
        self._runs = tuple(runs)
        table = self.table
        table.setSortingEnabled(False)
        table.clearSelection()
        table.setRowCount(len(self._runs))
        for row, run in enumerate(self._runs):
            for column, (text, value) in enumerate(_cells(run, self.is_under_way(run))):
                item = SortedItem(text, value)
                if column == 0:
                    item.setData(Qt.ItemDataRole.UserRole, row)
                    item.setToolTip(str(run.folder))
                table.setItem(row, column, item)
        self._say_live()
        table.setSortingEnabled(True)
        if self.isVisible():  # after sorting came back, whose arrow takes room
            self._widen()
        for row in range(table.rowCount()):
            if self._runs[table.item(row, 0).data(Qt.ItemDataRole.UserRole)].folder in kept:
                table.selectionModel().select(
                    table.model().index(row, 0),
                    table.selectionModel().SelectionFlag.Select | table.selectionModel().SelectionFlag.Rows,
                )
        self._enable()

    def is_under_way(self, run: Run) -> bool:
        """Whether a run is being trained, here or by the sweep: it is not to be continued nor deleted."""
        return run.folder == self.training or (run.folder.parent == self.sweeping and not run.report)

    def show_training(self, progress: Progress | None) -> None:
        """Say in the row of a run that it is being trained, and how far it is; None says it of none."""
        folder = None if progress is None else progress.folder
        another = folder != self.training
        self.training, self._live = folder, progress
        self._say_live()
        if another:
            self._enable()

    def _say_live(self) -> None:
        """What is known of the run that is trained, instead of what its folder held when it was listed."""
        if self._live is None:
            return
        for row in range(self.table.rowCount()):
            if self._runs[self.table.item(row, 0).data(Qt.ItemDataRole.UserRole)].folder == self.training:
                live = _live_cells(self._live)
                items = [(self.table.item(row, COLUMNS.index(name)), *cell) for name, cell in live.items()]
                for item, text, value in items:  # the row may move to its place among the others
                    assert isinstance(item, SortedItem)
                    item.show_value(text, value)
                return

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

    def _make_table(self) -> QTableWidget:
        table = _Table(0, len(COLUMNS), self)
        table.resized.connect(self._fit_name)
        table.setObjectName("runs table")
        table.setAccessibleName("Table of runs")
        table.setHorizontalHeaderLabels(COLUMNS)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setShowGrid(False)
        table.setWordWrap(False)  # else a name breaks at its hyphens, and its first line alone is seen
        table.setAlternatingRowColors(True)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(round(self.fontMetrics().height() * 1.5))
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        header.sectionResized.connect(lambda column, *_: column and self._fit_name())
        table.setTextElideMode(Qt.TextElideMode.ElideLeft)  # names begin with the date, alike in many
        for column, title in enumerate(COLUMNS):
            table.horizontalHeaderItem(column).setToolTip(_TIPS.get(title, title))
        return table

    def showEvent(self, event: QShowEvent) -> None:
        """Size the columns, now that fonts are known."""
        super().showEvent(event)
        self._widen()

    def _fit_name(self) -> None:
        """Let the names fill the table; where the others leave too little, it is scrolled sideways."""
        table = self.table
        others = sum(table.columnWidth(column) for column in range(1, table.columnCount()))
        least = _LEAST_NAME * self.fontMetrics().averageCharWidth()
        table.setColumnWidth(0, max(table.viewport().width() - others, least))

    def _widen(self) -> None:
        """Let each column hold what is in it, but for names, which get the rest; nothing becomes narrower."""
        table, metrics = self.table, self.fontMetrics()
        letter = metrics.averageCharWidth()
        for column in range(1, table.columnCount()):
            texts = [table.item(row, column).text() for row in range(table.rowCount())] + _WIDEST.get(
                column, []
            )
            room = max((metrics.horizontalAdvance(text) for text in texts), default=0) + round(1.3 * letter)
            room = max(min(room, _MOST * letter), table.horizontalHeader().sectionSizeHint(column))
            if room > table.columnWidth(column) or not self._sized:
                table.setColumnWidth(column, room)
        self._sized = True
        self._fit_name()


class _Table(QTableWidget):
    """`resized()` comes once it has another width."""

    resized = pyqtSignal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell it."""
        super().resizeEvent(event)
        self.resized.emit()


class SortedItem(QTableWidgetItem):
    """A cell that sorts by its value instead of its text."""

    def __init__(self, text: str, value: float | str) -> None:
        super().__init__(text)
        self.value = value
        if isinstance(value, float):
            self.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)

    def show_value(self, text: str, value: float | str) -> None:
        """Show another value."""
        if (text, value) != (self.text(), self.value):
            self.value = value
            self.setText(text)

    def __lt__(self, other: QTableWidgetItem) -> bool:
        return self.value < other.value


Cell = tuple[str, float | str]
_UNKNOWN: Cell = ("—", -1.0)


def _cells(run: Run, under_way: bool) -> tuple[Cell, ...]:
    model = str(run.config.get("model", ""))
    data = str(run.config.get("data", "")).removeprefix("task:")
    short = data.rstrip("/").rpartition("/")[2] or data
    seed, state = run.config.get("seed", 0), "under way" if under_way else run.state
    return (
        (run.name, run.name),
        _share(run.test_score),
        _share(run.validation_score),
        (state, state),
        (_title(model), model),
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


def _title(model: str) -> str:
    if model == rocket.NAME:
        return rocket.TITLE
    return NAMES[model].title if model in NAMES else model

"""The page of sweeps: what is searched, the trainings as they come, and the score over each setting.

A view: `asked()` and its kin tell what the person wants, `show_trials` and `show_phase` what there is.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QSplitter,
    QTableWidget,
    QVBoxLayout,
    QWidget,
)

from hippo_studio.app.theme import Theme, tabular
from hippo_studio.app.train.runs_table import SortedItem
from hippo_studio.app.train.wording import percent
from hippo_studio.app.widgets.plots import Dots, Plot
from hippo_studio.app.widgets.plots.ticks import log_ticks, number_ticks, percent_ticks
from hippo_studio.learning.sweep_folder import Tried

SEARCH = """lr = {low = 1e-3, high = 1e-2, log = true}
d_model = [32, 64, 128]
dropout = {low = 0.0, high = 0.3}"""
_LOG_FROM = 20.0
"""How many times its smallest value a setting reaches before its axis is logarithmic."""
_NARROW = 50
"""Lines of text that the page is wide, below which the plot stands under the table."""
_MEASURED = 50
"""Rows that are measured to size the columns."""
_WORDS = {"running": "under way", "complete": "done", "pruned": "ended early", "fail": "failed"}


class SweepPage(QWidget):
    """Signals: `start_asked`, `stop_asked`, `folder_asked`, `opened(Tried)`."""

    start_asked = pyqtSignal()
    stop_asked = pyqtSignal()
    folder_asked = pyqtSignal()
    opened = pyqtSignal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sweep")
        self.setAccessibleName("Sweep")
        self._theme = theme
        self._trials: tuple[Tried, ...] = ()
        self._keys: tuple[str, ...] = ()
        self._sized_for: tuple[str, ...] | None = None
        self._key = ""
        self._busy = False
        self.search = QPlainTextEdit(SEARCH, self)
        self.trials, self.processes = QSpinBox(self), QSpinBox(self)
        self.start, self.folder = QPushButton("Start Sweep", self), QPushButton("Folder…", self)
        self.open = QPushButton("Open Best", self)
        self.words = QLabel("A row per training; each is a run of its own", self)
        self.table = QTableWidget(0, 3, self)
        self.plot = Plot(theme, "Validation score over a setting", y_ticks=percent_ticks, parent=self)
        self._dots = self.plot.add(Dots(size=7.0))
        self._best = self.plot.add(Dots(size=11.0), z=2)
        self._name()
        self._build()
        self.start.clicked.connect(lambda: (self.stop_asked if self._busy else self.start_asked).emit())
        self.folder.clicked.connect(self.folder_asked)
        self.open.clicked.connect(lambda: self.opened.emit(self._chosen()))
        self.table.cellDoubleClicked.connect(lambda *_: self.open.click())
        self.table.itemSelectionChanged.connect(self._enable)
        self.table.horizontalHeader().sectionClicked.connect(self._choose_key)
        theme.changed.connect(self._recolor)
        self._recolor()
        self._enable()

    def say(self, words: str) -> None:
        """Show a sentence above the table."""
        self.words.setText(words)

    def show_busy(self, busy: bool) -> None:
        """Let the buttons say what they do; while it runs, what is searched stands still."""
        self._busy = busy
        self.start.setText("Stop Sweep" if busy else "Start Sweep")
        self.start.setAccessibleName(self.start.text())
        for widget in (self.search, self.trials, self.processes, self.folder):
            widget.setEnabled(not busy)

    def show_trials(self, trials: Sequence[Tried]) -> None:
        """List these, the best first."""
        if tuple(trials) == self._trials:
            return
        chosen = self._selected()
        self._trials = tuple(trials)
        self._keys = tuple(dict.fromkeys(name for one in trials for name in one.drawn))
        if self._key not in self._keys:
            self._key = self._keys[0] if self._keys else ""
        table = self.table
        table.setSortingEnabled(False)
        table.clearContents()
        table.setColumnCount(3 + len(self._keys))
        table.setHorizontalHeaderLabels(["Trial", "Validation", "State", *self._keys])
        table.setRowCount(len(self._trials))
        for row, one in enumerate(self._trials):
            for column, (text, value) in enumerate(self._cells(one)):
                item = SortedItem(text, value)
                item.setData(Qt.ItemDataRole.UserRole, row)
                table.setItem(row, column, item)
            if chosen is not None and one.number == chosen.number:
                table.selectRow(row)
        table.setSortingEnabled(True)
        self._widen()
        self._draw()
        self._enable()

    def _widen(self) -> None:
        """Let each column hold what is in it; a header that does so by itself measures all for each cell."""
        table = self.table
        for column in range(table.columnCount()):
            wanted = max(table.sizeHintForColumn(column), table.horizontalHeader().sectionSizeHint(column))
            if wanted > table.columnWidth(column) or self._sized_for != self._keys:
                table.setColumnWidth(column, wanted)
        self._sized_for = self._keys

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give table and plot the whole width each, where that is little."""
        super().resizeEvent(event)
        narrow = self.width() < _NARROW * self.fontMetrics().height()
        self._both.setOrientation(Qt.Orientation.Vertical if narrow else Qt.Orientation.Horizontal)

    def _cells(self, one: Tried) -> list[tuple[str, float | str]]:
        score = ("—", -1.0) if one.score is None else (percent(one.score), float(one.score))
        cells: list[tuple[str, float | str]] = [
            (str(one.number), float(one.number)), score, (_state(one), _state(one))
        ]  # fmt: skip
        for name in self._keys:
            value = one.drawn.get(name)
            known = isinstance(value, (int, float)) and not isinstance(value, bool)
            cells.append((f"{value:.4g}", float(value)) if known else (str(value), str(value)))
        return cells

    def _selected(self) -> Tried | None:
        rows = self.table.selectionModel().selectedRows()
        return (
            self._trials[self.table.item(rows[0].row(), 0).data(Qt.ItemDataRole.UserRole)] if rows else None
        )

    def _chosen(self) -> Tried | None:
        """The training whose row is selected, else the best."""
        best = next((one for one in self._trials if one.kept and one.score is not None), None)
        return self._selected() or best

    def _enable(self) -> None:
        selected = self._selected()
        self.open.setText("Open Best" if selected is None else f"Open Trial {selected.number}")
        self.open.setAccessibleName(self.open.text())
        chosen = self._chosen()
        self.open.setEnabled(chosen is not None and chosen.kept)

    def _choose_key(self, column: int) -> None:
        """A click on a setting's column draws the score over it."""
        if column >= 3:
            self._key = self._keys[column - 3]
            self._draw()

    def _draw(self) -> None:
        """The score over one setting: a slope that goes up says where to search next."""
        known = [one for one in self._trials if one.score is not None and self._key in one.drawn]
        values = [one.drawn[self._key] for one in known]
        named = sorted({str(v) for v in values if isinstance(v, (str, bool))})
        x = np.array([named.index(str(v)) if named else float(v) for v in values])
        logarithmic = not named and x.size > 0 and x.min() > 0 and x.max() > _LOG_FROM * x.min()
        x = np.log10(x) if logarithmic else x
        y = np.array([float(one.score or 0.0) for one in known])
        self.plot.x_axis.ticker = log_ticks if logarithmic else number_ticks
        self._dots.set_data(x, y)
        self._best.set_data(x[:1], y[:1])
        if x.size:
            air_x, air_y = max(0.08 * np.ptp(x), 1e-6 + 0.02 * abs(x[0])), max(0.1 * np.ptp(y), 0.01)
            self.plot.set_x(x.min() - air_x, x.max() + air_x)
            self.plot.set_y(y.min() - air_y, y.max() + 2.5 * air_y)
        names = f" ({', '.join(f'{place} {name}' for place, name in enumerate(named))})" if named else ""
        words = f"validation over {self._key}{names}" if self._key else ""
        self.plot.caption.set_runs([(words, "")])

    def _recolor(self) -> None:
        self._dots.set_color(self._theme.colors.signal)
        self._best.set_color(self._theme.colors.accent)

    def _name(self) -> None:
        self.trials.setRange(1, 10_000)
        self.trials.setValue(20)
        self.processes.setRange(1, 64)
        for widget, name, tip in (
            (self.search, "What is searched", "A line per key, as in a sweep's [search]: a range or a list"),
            (self.trials, "Trainings in all", "How many settings are tried, those of before included"),
            (self.processes, "Processes", "How many trainings at once; leave a core to the window"),
            (
                self.start,
                "Start Sweep",
                "Train with settings that optuna draws, a run each, in the background",
            ),
            (self.folder, "Sweep folder", "Show a sweep of before, and go on with it"),
            (self.open, "Open Best", "Show the selected training, or the best, as a run"),
            (self.words, "About the sweep", ""),
            (self.table, "Trainings of the sweep", "Click a setting's name to draw the score over it"),
        ):
            widget.setObjectName(name.lower())
            widget.setAccessibleName(name)
            widget.setToolTip(tip)
        for button in (self.start, self.folder, self.open):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def _build(self) -> None:
        line = self.fontMetrics().height()
        self.search.setFont(tabular(self.search.font()))
        self.search.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.search.setTabChangesFocus(True)
        table = self.table
        table.setHorizontalHeaderLabels(["Trial", "Validation", "State"])
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setAlternatingRowColors(True)
        table.setShowGrid(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(round(line * 1.5))
        table.horizontalHeader().setResizeContentsPrecision(_MEASURED)
        table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
        left = QWidget(self)
        grid = QGridLayout(left)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.addWidget(QLabel("Search", self), 0, 0, 1, 2)
        grid.addWidget(self.search, 1, 0, 1, 2)
        for row, (title, box) in enumerate((("Trainings", self.trials), ("At once", self.processes)), 2):
            grid.addWidget(QLabel(title, self), row, 0)
            grid.addWidget(box, row, 1)
        grid.addWidget(self.start, 4, 0, 1, 2)
        right = QWidget(self)
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.words.setWordWrap(True)
        column.addWidget(self.words)
        both = self._both = QSplitter(Qt.Orientation.Horizontal, self)
        both.addWidget(table)
        both.addWidget(self.plot)
        both.setChildrenCollapsible(False)
        both.setSizes([60, 40])
        both.setStretchFactor(0, 3)
        both.setStretchFactor(1, 2)
        column.addWidget(both, 1)
        row = QHBoxLayout()
        row.addWidget(self.open)
        row.addWidget(self.folder)
        row.addStretch(1)
        column.addLayout(row)
        self.plot.setMinimumSize(8 * line, 5 * line)
        columns = QSplitter(Qt.Orientation.Horizontal, self)
        columns.setChildrenCollapsible(False)
        columns.addWidget(left)
        columns.addWidget(right)
        columns.setStretchFactor(1, 1)
        columns.setSizes([15 * line, 50 * line])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, line // 3, 0, 0)
        whole.addWidget(columns)


def _state(one: Tried) -> str:
    if one.state == "complete" and not one.kept:
        return "deleted"
    return _WORDS.get(one.state, one.state)

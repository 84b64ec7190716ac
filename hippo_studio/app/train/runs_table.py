"""A table of runs that may be long: a row that has not changed is left alone, many new ones come in parts.

A sweep leaves hundreds of runs, and each trial that begins or ends lists them anew.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from PyQt6.QtCore import QSignalBlocker, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

Cell = tuple[str, float | str]
"""What a cell shows, and the value that it sorts by."""
_PART = 150
"""Rows that are made in one go: a few milliseconds."""
_MOST, _LEAST_NAME = 15, 32
"""Letters of a column, from which on it is cut; letters of a name that are seen in any case."""


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


class RunsTable(QTableWidget):
    """A row per folder, the first column its name. `shown()` comes once all rows are there.

    Parameters
    ----------
    columns : their titles.
    tips : what hovering over a title says, by title.
    widest : texts for which a column has room from the beginning.
    """

    shown = pyqtSignal()

    def __init__(
        self,
        columns: Sequence[str],
        tips: Mapping[str, str],
        widest: Mapping[str, str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(0, len(columns), parent)
        self._columns, self._widest = tuple(columns), dict(widest)
        self._rows: dict[Path, tuple[SortedItem, ...]] = {}
        self._waiting: dict[Path, Sequence[Cell]] = {}
        self._rooms: list[int] = []
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.setObjectName("rows of runs")
        self._soon.timeout.connect(self._add_some)
        self.setHorizontalHeaderLabels(columns)
        for column, title in enumerate(columns):
            self.horizontalHeaderItem(column).setToolTip(tips.get(title, title))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)  # else a name breaks at its hyphens, and its first line alone is seen
        self.setAlternatingRowColors(True)
        self.setTextElideMode(Qt.TextElideMode.ElideLeft)  # names begin with the date, alike in many
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(round(self.fontMetrics().height() * 1.5))
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Fixed)
        header.sectionResized.connect(lambda column, *_: column and self._fit_name())
        self.setSortingEnabled(True)

    @property
    def selected(self) -> list[Path]:
        """The folders whose rows are selected, from top to bottom."""
        rows = sorted({index.row() for index in self.selectionModel().selectedRows()})
        return [self.item(row, 0).data(Qt.ItemDataRole.UserRole) for row in rows]

    def show_rows(self, changed: Mapping[Path, Sequence[Cell]], kept: Collection[Path]) -> None:
        """Show these cells, by folder; rows of folders that are not `kept` go, others stay as they are."""
        self._remove(self._rows.keys() - set(kept))
        self._waiting = {folder: cells for folder, cells in self._waiting.items() if folder in kept}
        for folder, cells in changed.items():
            if folder in self._rows:
                self.change(folder, dict(zip(self._columns, cells, strict=True)))
            else:
                self._waiting[folder] = cells
        self._add_some()

    def _remove(self, gone: Collection[Path]) -> None:
        """Let rows go, and tell once what is selected then: in between, some of it may be gone."""
        before = self.selected
        with QSignalBlocker(self):
            if len(gone) == len(self._rows):
                self.setRowCount(0)
                self._rows.clear()
            else:
                for folder in gone:
                    self.removeRow(self._rows.pop(folder)[0].row())
        if self.selected != before:
            self.itemSelectionChanged.emit()

    def change(self, folder: Path, cells: Mapping[str, Cell]) -> None:
        """Show other cells in the row of a folder, by the titles of their columns; none if it has no row."""
        row = self._rows.get(folder, ())
        for column, item in enumerate(row):  # the row may move to its place among the others
            if (cell := cells.get(self._columns[column])) is not None:
                item.show_value(*cell)
        if row:
            self._widen([row])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the names what the other columns leave."""
        super().resizeEvent(event)
        self._fit_name()

    def fit(self) -> None:
        """Size the columns for all that is in them, now that fonts are known."""
        self._widen(self._rows.values())

    def _add_some(self) -> None:
        new = list(self._waiting)[:_PART]
        if new:
            self.setSortingEnabled(False)
            rows = [self._add(folder, self._waiting.pop(folder)) for folder in new]
            self.setSortingEnabled(True)
            self._widen(rows)  # after sorting came back, whose arrow takes room
        if self._waiting:
            self._soon.start()
        else:
            self.shown.emit()

    def _add(self, folder: Path, cells: Sequence[Cell]) -> tuple[SortedItem, ...]:
        row = self.rowCount()
        self.insertRow(row)
        items = self._rows[folder] = tuple(SortedItem(*cell) for cell in cells)
        items[0].setData(Qt.ItemDataRole.UserRole, folder)
        items[0].setToolTip(str(folder))
        for column, item in enumerate(items):
            self.setItem(row, column, item)
        return items

    def _widen(self, rows: Collection[Sequence[SortedItem]]) -> None:
        """Let each column hold what is in it, but for names, which get the rest; nothing becomes narrower."""
        if not self.isVisible():
            return
        metrics, header = self.fontMetrics(), self.horizontalHeader()
        letter, begun = metrics.averageCharWidth(), bool(self._rooms)
        if not begun:
            texts = [self._widest.get(title, "") for title in self._columns]
            self._rooms = [metrics.horizontalAdvance(text) + round(1.3 * letter) for text in texts]
        for column in range(1, len(self._columns)):
            room = max((metrics.horizontalAdvance(row[column].text()) for row in rows), default=0)
            self._rooms[column] = max(self._rooms[column], room + round(1.3 * letter))
            wanted = max(min(self._rooms[column], _MOST * letter), header.sectionSizeHint(column))
            if wanted > self.columnWidth(column) or not begun:
                self.setColumnWidth(column, wanted)
        self._fit_name()

    def _fit_name(self) -> None:
        """Let the names fill the table; where the others leave too little, it is scrolled sideways."""
        others = sum(self.columnWidth(column) for column in range(1, self.columnCount()))
        least = _LEAST_NAME * self.fontMetrics().averageCharWidth()
        self.setColumnWidth(0, max(self.viewport().width() - others, least))

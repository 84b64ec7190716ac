"""The confusion matrix: rows are the truth, columns the answers; a click chooses a cell."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QWidget

from hippo_studio.app.theme import Theme
from hippo_studio.app.widgets.plots import Cells, Plot
from hippo_studio.app.widgets.plots.ticks import Ticks, name_ticks


class ConfusionView(Plot):
    """`chosen(truth, answer)` tells which cell was clicked."""

    chosen = pyqtSignal(int, int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._labels: tuple[str, ...] = ()
        self._counts = np.zeros((0, 0), np.int64)
        super().__init__(
            theme, "Confusion matrix", x_ticks=self._column_ticks, y_ticks=self._row_ticks, parent=parent
        )
        self.cells = self.add(Cells(theme.colors))
        self.grid.set_visible(False)
        self.pressed.connect(self._press)
        self.hovered.connect(self._hint)

    def show_counts(self, counts: NDArray[np.int64], labels: tuple[str, ...]) -> None:
        """Show (classes, classes) counts; an empty array shows nothing."""
        self._counts, self._labels = counts, labels
        side = max(len(counts), 1)
        self.set_x(0.0, float(side))
        self.set_y(-float(side), 0.09 * side)  # the caption stands above the first row
        self.cells.set_counts(counts)
        for axis in (self.x_axis, self.y_axis):
            axis.refresh()
        self.viewport().update()

    def recolor(self) -> None:
        """Take the colours in force."""
        super().recolor()
        if hasattr(self, "cells"):
            self.cells.recolor(self._theme.colors)

    def _cell(self, x: float, y: float) -> tuple[int, int] | None:
        if not (np.isfinite(x) and np.isfinite(y)):
            return None
        row, column = int(np.floor(-y)), int(np.floor(x))
        inside = 0 <= row < len(self._counts) and 0 <= column < len(self._counts)
        return (row, column) if inside else None

    def _press(self, x: float, y: float) -> None:
        if cell := self._cell(x, y):
            self.chosen.emit(*cell)

    def _hint(self, x: float, y: float) -> None:
        cell = self._cell(x, y)
        if cell is None or len(self._labels) != len(self._counts):
            self.setToolTip("")
            return
        row, column = cell
        self.setToolTip(
            f"{self._counts[row, column]} of {self._counts[row].sum()} that are “{self._labels[row]}” were "
            f"taken for “{self._labels[column]}”"
        )

    def _column_ticks(self, low: float, high: float, most: int) -> Ticks:
        return name_ticks(self._labels, most, lambda place: place + 0.5)

    def _row_ticks(self, low: float, high: float, most: int) -> Ticks:
        return name_ticks(self._labels, most, lambda place: -place - 0.5)

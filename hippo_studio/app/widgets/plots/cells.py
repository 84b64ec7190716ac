"""A table of counts as shaded cells with the numbers in them, such as a confusion matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QFontMetricsF, QPainter, QTransform
from PyQt6.QtWidgets import QApplication

from hippo_studio.app.colors import Colors, mix
from hippo_studio.app.widgets.plots.axis import small_font
from hippo_studio.app.widgets.plots.item import Item


class Cells(Item):
    """Cell (row, column) fills column … column + 1 and −row − 1 … −row: rows run downwards."""

    def __init__(self, colors: Colors) -> None:
        super().__init__()
        self._colors = colors
        self._counts = np.zeros((0, 0), np.int64)

    def recolor(self, colors: Colors) -> None:
        """Take the theme's colours."""
        self._colors = colors
        self.update()

    def set_counts(self, counts: NDArray[np.int64]) -> None:
        """Show (rows, columns) counts; each row is shaded by its own sum, the diagonal in another colour."""
        self._counts = counts
        self.update()

    def draw(self, painter: QPainter, way: QTransform, area: QRectF) -> None:
        """Fill the cells, and write the counts where they have room."""
        counts, colors = self._counts, self._colors
        if not counts.size:
            return
        wide, high = abs(way.m11()), abs(way.m22())
        font = small_font(QApplication.font())
        metrics = QFontMetricsF(font)
        readable = wide >= metrics.horizontalAdvance(str(int(counts.max()))) + 4 and high >= metrics.height()
        painter.setFont(font)
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        for row, column in np.argwhere(counts > 0).tolist():
            ink = colors.accent if row == column else colors.positive
            part = 0.12 + 0.8 * float(shares[row, column])
            left, top = way.map(float(column), float(-row))
            cell = QRectF(left, top, wide, high).adjusted(0.5, 0.5, -0.5, -0.5)
            painter.fillRect(cell, QColor(mix(colors.surface, ink, part)))
            if readable:
                painter.setPen(QColor(colors.on_accent if part > 0.55 else colors.text))
                painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, str(int(counts[row, column])))

"""Pictures of signed numbers: the heat strips n × time, one lane per memory, and the heat map of a matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QImage, QPainter, QTransform

from hippo_studio.app.colors import Colors
from hippo_studio.app.widgets.plots.item import Item
from hippo_studio.app.widgets.plots.shades import indices, reduce_rows, table


class HeatStrip(Item):
    """One lane: columns over x, n upwards, at a place in data coordinates; it fills from the left."""

    ROWS = 160
    """More rows than this no lane has pixels for."""

    def __init__(self, colors: Colors) -> None:
        super().__init__()
        self._table = table(colors)
        self._values = np.zeros((0, 0))
        self._done = 0
        self._largest = 0.0
        self._shades = np.zeros((0, 0), np.uint8)
        self._place = QRectF()

    def recolor(self, colors: Colors) -> None:
        """Take the theme's colours."""
        self._table = table(colors)
        self.update()

    def place(self, x0: float, x1: float, y0: float, y1: float) -> None:
        """Stand there in the plot."""
        if QRectF(x0, y0, x1 - x0, y1 - y0) != self._place:
            self._place = QRectF(x0, y0, x1 - x0, y1 - y0)
            self.update()

    def clear(self) -> None:
        """Show nothing."""
        self.begin(0, 0)

    def begin(self, columns: int, order: int) -> None:
        """Expect so many columns of so many coefficients; nothing is known of them yet."""
        rows = min(order, self.ROWS)
        self._values = np.zeros((columns, rows), np.float32)
        self._shades = np.full((rows, columns), 128, np.uint8)
        self._done, self._largest = 0, 0.0
        self.update()

    def extend(self, coefficients: NDArray[np.float32], done: int, largest: float) -> None:
        """Show columns up to `done` of (columns, N) `coefficients`, in shades of ±largest."""
        if not self._values.size or done <= self._done:
            return
        fresh = slice(self._done, done)
        self._values[fresh] = reduce_rows(coefficients[fresh], self._values.shape[1])
        if not self._largest <= largest <= 1.02 * self._largest:
            fresh, self._largest = slice(0, done), largest
        self._shades[::-1, fresh] = indices(self._values[fresh].T, self._largest)
        self._done = done
        self.update()

    def draw(self, painter: QPainter, way: QTransform, area: QRectF) -> None:
        """Scale the shades into place."""
        rows, columns = self._shades.shape
        if not self._done:
            return
        known = np.ascontiguousarray(self._shades[:, : self._done])
        image = QImage(known.data, self._done, rows, self._done, QImage.Format.Format_Indexed8)
        image.setColorTable(self._table)
        place = QRectF(self._place)
        place.setWidth(place.width() * self._done / columns)
        painter.drawImage(way.mapRect(place), image)


class HeatMap(Item):
    """A matrix, row 0 on top: signed shades, over the unit square of the plot."""

    def __init__(self, colors: Colors) -> None:
        super().__init__()
        self._table = table(colors)
        self._shades = np.zeros((0, 0), np.uint8)

    def recolor(self, colors: Colors) -> None:
        """Take the theme's colours."""
        self._table = table(colors)
        self.update()

    def set_matrix(self, matrix: NDArray[np.floating]) -> None:
        """Show (rows, columns) values in shades of the largest magnitude."""
        largest = float(np.abs(matrix).max()) if matrix.size else 0.0
        self._shades = np.ascontiguousarray(indices(matrix, largest))
        self.update()

    def draw(self, painter: QPainter, way: QTransform, area: QRectF) -> None:
        """Scale the shades into the unit square."""
        rows, columns = self._shades.shape
        if not self._shades.size:
            return
        image = QImage(self._shades.data, columns, rows, columns, QImage.Format.Format_Indexed8)
        image.setColorTable(self._table)
        place = way.mapRect(QRectF(0, 0, 1, 1))
        size = place.toAlignedRect().size() * painter.device().devicePixelRatioF()
        if rows > size.height() or columns > size.width():  # thin diagonals must not fall between pixels
            image = image.convertToFormat(QImage.Format.Format_RGB32)
            image = image.scaled(
                size, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
        painter.drawImage(place, image)

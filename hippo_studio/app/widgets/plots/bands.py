"""Labelled stretches of the x axis: tinted from top to bottom, the label at the foot on its own ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPen, QTransform
from PyQt6.QtWidgets import QApplication

from hippo_studio.app.widgets.plots.axis import small_font
from hippo_studio.app.widgets.plots.item import Item

MANY = 300
"""Stretches in sight from which on they are no longer drawn one by one."""
_TINT, _CHOSEN = 0.28, 0.44
"""How strong a stretch is tinted, and the chosen one."""


@dataclass(frozen=True)
class Stretch:
    """From where to where, its name, its colour, the ground of its name, and whether it is the chosen one."""

    start: float
    stop: float
    text: str
    color: str
    ground: str
    chosen: bool = False


class Bands(Item):
    """Stretches of one plot; `names`, an item of its own, writes what they are called over all else."""

    def __init__(self) -> None:
        super().__init__()
        self.names = _Names(self)
        self.stretches: tuple[Stretch, ...] = ()
        self._starts = self._stops = np.empty(0)

    def set_stretches(self, stretches: Sequence[Stretch]) -> None:
        """Show these."""
        if tuple(stretches) != self.stretches:
            self.stretches = tuple(stretches)
            self._starts = np.array([one.start for one in self.stretches])
            self._stops = np.array([one.stop for one in self.stretches])
            self.update()

    def draw(self, painter: QPainter, way: QTransform, area: QRectF) -> None:
        """Fill each, with its edges."""
        seen = self.in_sight(way, area)
        if seen.size > MANY:
            self._draw_many(painter, way, area, seen)
            return
        for one in (self.stretches[index] for index in seen):
            tint = QColor(one.color)
            tint.setAlphaF(_CHOSEN if one.chosen else _TINT)
            painter.fillRect(_inside(one, way, area), tint)
            painter.setPen(QPen(QColor(one.color), 2.0 if one.chosen else 1.0))
            for place in (one.start * way.m11() + way.dx(), one.stop * way.m11() + way.dx()):
                if area.left() <= place <= area.right():
                    painter.drawLine(QPointF(place, area.top()), QPointF(place, area.bottom()))

    def in_sight(self, way: QTransform, area: QRectF) -> NDArray[np.intp]:
        """Which of them can be seen."""
        left, right = ((edge - way.dx()) / way.m11() for edge in (area.left(), area.right()))
        return np.flatnonzero((self._stops >= left) & (self._starts <= right))

    def _draw_many(self, painter: QPainter, way: QTransform, area: QRectF, seen: NDArray[np.intp]) -> None:
        """So many that they are told apart by a zoom alone: where there are any, in one colour."""
        width = max(round(area.width()), 1)
        first = np.floor(self._starts[seen] * way.m11() + way.dx() - area.left()).clip(0, width - 1)
        last = np.ceil(self._stops[seen] * way.m11() + way.dx() - area.left()).clip(1, width)
        steps = np.zeros(width + 1, np.int64)
        np.add.at(steps, first.astype(np.intp), 1)
        np.add.at(steps, np.maximum(last, first + 1).astype(np.intp), -1)
        edges = np.flatnonzero(np.diff((np.cumsum(steps) > 0).astype(np.int8), prepend=0))
        tint = QColor(self.stretches[int(seen[0])].color)
        tint.setAlphaF(_TINT)
        for start, stop in zip(edges[::2], edges[1::2], strict=True):
            painter.fillRect(QRectF(area.left() + start, area.top(), stop - start, area.height()), tint)


class _Names(Item):
    """The names of the stretches of `Bands`, where there is room."""

    def __init__(self, bands: Bands) -> None:
        super().__init__()
        self._bands = bands

    def draw(self, painter: QPainter, way: QTransform, area: QRectF) -> None:
        """Write each at the foot of its stretch."""
        seen = self._bands.in_sight(way, area)
        if not 0 < seen.size <= MANY:
            return
        painter.setFont(small_font(QApplication.font()))
        metrics = painter.fontMetrics()
        letter = metrics.averageCharWidth()
        for one in (self._bands.stretches[index] for index in seen):
            inside = _inside(one, way, area)
            room = inside.width() - letter
            text = metrics.elidedText(one.text, Qt.TextElideMode.ElideRight, round(room))
            if room <= 2 * letter or text == "…":
                continue
            inside.setTop(area.bottom() - metrics.height())
            inside.setWidth(min(metrics.horizontalAdvance(text) + letter, inside.width()))
            painter.fillRect(inside, QColor(one.ground))
            painter.setPen(self.color)
            painter.drawText(inside, Qt.AlignmentFlag.AlignCenter, text)


def _inside(one: Stretch, way: QTransform, area: QRectF) -> QRectF:
    """Where a stretch is, one pixel wide at least, as far as it is in sight."""
    left, right = one.start * way.m11() + way.dx(), one.stop * way.m11() + way.dx()
    return QRectF(QPointF(left, area.top()), QPointF(max(right, left + 1), area.bottom())) & area

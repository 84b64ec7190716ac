"""Labelled stretches of the x axis: tinted from top to bottom, the label at the foot."""

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


@dataclass(frozen=True)
class Stretch:
    """From where to where, what it is called, its colour, and whether it is the chosen one."""

    start: float
    stop: float
    text: str
    color: str
    chosen: bool = False


class Bands(Item):
    """Stretches of one plot."""

    def __init__(self) -> None:
        super().__init__()
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
        """Fill each, with its edges; write its label where there is room."""
        if not self.stretches:
            return
        left, right = ((edge - way.dx()) / way.m11() for edge in (area.left(), area.right()))
        seen = np.flatnonzero((self._stops >= left) & (self._starts <= right))
        if seen.size > MANY:
            self._draw_many(painter, way, area, seen)
            return
        painter.setFont(small_font(QApplication.font()))
        metrics = painter.fontMetrics()
        for one in (self.stretches[index] for index in seen):
            left, right = one.start * way.m11() + way.dx(), one.stop * way.m11() + way.dx()
            tint, edge = QColor(one.color), QColor(one.color)
            tint.setAlphaF(0.30 if one.chosen else 0.16)
            edge.setAlphaF(0.9 if one.chosen else 0.5)
            inside = QRectF(QPointF(left, area.top()), QPointF(max(right, left + 1), area.bottom())) & area
            painter.fillRect(inside, tint)
            painter.setPen(QPen(edge, 2.0 if one.chosen else 1.0))
            for place in (left, right):
                if area.left() <= place <= area.right():
                    painter.drawLine(QPointF(place, area.top()), QPointF(place, area.bottom()))
            room = inside.width() - metrics.averageCharWidth()
            text = metrics.elidedText(one.text, Qt.TextElideMode.ElideRight, round(room))
            if room > 2 * metrics.averageCharWidth() and text != "…":
                painter.setPen(QColor(one.color))
                foot = QPointF(
                    inside.left() + metrics.averageCharWidth() / 2, area.bottom() - metrics.descent() - 1
                )
                painter.drawText(foot, text)

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
        tint.setAlphaF(0.16)
        for start, stop in zip(edges[::2], edges[1::2], strict=True):
            painter.fillRect(QRectF(area.left() + start, area.top(), stop - start, area.height()), tint)

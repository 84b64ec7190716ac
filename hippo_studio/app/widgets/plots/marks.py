"""Bars along the bottom of a plot that mark stretches of it, such as those where samples are missing."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QPointF, QRectF
from PyQt6.QtGui import QColor, QPainter, QTransform

from hippo_studio.app.widgets.plots.item import Item

_HEIGHT = 4.0
_TINT = 0.12


class Marks(Item):
    """`set_spans` says which stretches of x are marked: a bar below, a tint above, two pixels at least."""

    def __init__(self, color: str = "#808080") -> None:
        super().__init__(color)
        self._spans: tuple[tuple[float, float], ...] = ()

    def set_spans(self, spans: Sequence[tuple[float, float]]) -> None:
        """Mark from where to where."""
        if tuple(spans) != self._spans:
            self._spans = tuple(spans)
            self.update()

    def draw(self, painter: QPainter, way: QTransform, area: QRectF) -> None:
        """Fill what of them is in sight."""
        tint = QColor(self.color)
        tint.setAlphaF(_TINT)
        for start, stop in self._spans:
            left, right = (way.map(QPointF(x, 0)).x() for x in (start, stop))
            right = max(right, left + 2)
            if right < area.left() or left > area.right():
                continue
            left, right = max(left, area.left()), min(right, area.right())
            painter.fillRect(QRectF(left, area.top(), right - left, area.height()), tint)
            painter.fillRect(QRectF(left, area.bottom() - _HEIGHT, right - left, _HEIGHT), self.color)

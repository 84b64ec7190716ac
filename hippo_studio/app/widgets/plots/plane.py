"""Eigenvalues in the complex plane: the unit circle, and a point for each.

The eigenvalues of a small step crowd together near 1: the wheel zooms to the mouse, a click zooms out.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QPainter, QPen, QTransform
from PyQt6.QtWidgets import QWidget

from hippo_studio.app.theme import Theme
from hippo_studio.app.widgets.plots.item import Item
from hippo_studio.app.widgets.plots.items import Dots
from hippo_studio.app.widgets.plots.plot import Plot

_MARGIN = 1.12
_ZOOM = 1.5


class EigenvaluePlane(Plot):
    """The unit circle and points inside or outside, as large as the widget allows and never distorted."""

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, title, parent=parent)
        self.circle = self.add(_Circle(theme.colors.border), z=-5)
        self._dots: dict[str, Dots] = {}
        self._reach = 1.0
        self._zoom, self._centre = 1.0, (0.0, 0.0)
        self.resized.connect(lambda _: self._fit())
        self.wheel_turned_at.connect(self._turn)
        self.pressed.connect(lambda *_: self.show_all())

    def show_points(self, name: str, values: NDArray[np.complexfloating], color: str) -> None:
        """Show eigenvalues under a name, in a colour; an empty array hides them."""
        if name not in self._dots:
            self._dots[name] = self.add(Dots(color, size=5.0), z=5)
        dots = self._dots[name]
        dots.set_color(color)
        dots.set_data(values.real.copy(), values.imag.copy())
        self._reach = max((d.reach for d in self._dots.values()), default=1.0)
        self._fit()

    def recolor(self) -> None:
        """Take the colours in force."""
        super().recolor()
        if hasattr(self, "circle"):
            self.circle.set_color(self._theme.colors.border)

    def show_all(self) -> None:
        """Show the circle whole, and what lies outside it."""
        self._zoom, self._centre = 1.0, (0.0, 0.0)
        self._fit()

    def _turn(self, x: float, y: float, steps: float) -> None:
        zoom = min(max(self._zoom * _ZOOM**steps, 1.0), 1e6)
        part = self._zoom / zoom  # the place under the mouse stays
        self._centre = (x + (self._centre[0] - x) * part, y + (self._centre[1] - y) * part)
        self._zoom = zoom
        if zoom == 1.0:
            self._centre = (0.0, 0.0)
        self._fit()

    def _fit(self) -> None:
        """Equal units along both axes."""
        width, height = max(self.box.width(), 1.0), max(self.box.height(), 1.0)
        half = _MARGIN * min(max(self._reach, 1.0), 1e6) / self._zoom
        unit = half / min(width, height)
        x, y = self._centre
        self.set_x(x - unit * width, x + unit * width)
        self.set_y(y - unit * height, y + unit * height)


class _Circle(Item):
    def draw(self, painter: QPainter, way: QTransform, area: QRectF) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.color, 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(way.map(QPointF(0, 0)), abs(way.m11()), abs(way.m22()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

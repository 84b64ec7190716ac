"""What every item of a plot is, and what it needs of the plot that it is in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QRectF
from PyQt6.QtGui import QColor, QPainter, QTransform

Array = NDArray[np.floating]


class Surface(Protocol):
    """The part of a plot that its items use."""

    animated: bool

    @property
    def pixel_width(self) -> float:
        """How much of x one pixel covers."""

    @property
    def pixel_height(self) -> float:
        """How much of y one pixel covers."""

    def repaint_soon(self) -> None:
        """Paint everything anew, once, when all has changed that is going to."""

    def repaint_strip(self, *places: float, horizontal: bool = False, reach: float = 3.0) -> None:
        """Paint anew what lies between places and so many pixels around."""


class Item(ABC):
    """The base: something as large as its plot that paints in device coordinates."""

    def __init__(self, color: str = "#808080") -> None:
        self.color = QColor(color)
        self.plot: Surface | None = None
        self.visible = True
        self._shown: dict[bool, Array | float | None] = {}

    def set_color(self, color: str) -> None:
        """Paint in another colour from now on."""
        self.color = QColor(color)
        self.update()

    def set_visible(self, visible: bool) -> None:
        """Show it, or hide it."""
        if visible != self.visible:
            self.visible = visible
            self.update()

    def update(self) -> None:
        """Be painted anew, with everything else that changes before the next painting."""
        if self.plot is not None:
            self.plot.repaint_soon()

    def shows_move(self, after: Array | float | None, *, vertical: bool = False) -> bool:
        """Whether a place looks otherwise than at the last call that said so: by half a pixel, or in number.

        What moves less need not be painted again; the next painting takes the exact place anyway.
        """
        if self.plot is not None and self.plot.animated:
            return True
        before = self._shown.get(vertical)
        if before is None or after is None or self.plot is None or np.size(before) != np.size(after):
            moved = before is not after
        elif np.size(after) == 0:
            moved = False
        else:
            least = 0.5 * (self.plot.pixel_height if vertical else self.plot.pixel_width)
            far = after - before
            moved = bool(abs(far) >= least if isinstance(far, float) else np.abs(far).max() >= least)
        if moved:
            self._shown[vertical] = after
        return moved

    @abstractmethod
    def draw(self, painter: QPainter, way: QTransform, area: QRectF) -> None:
        """Paint; `way` leads from data to device coordinates, `area` is the plot there.

        Pen, brush and font are as the item before left them; render hints are left as they were found.
        """

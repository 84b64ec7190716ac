"""The layers of one plot, laid over each other in one picture, painted anew only when they change.

On the screen and in images the layers are rows of pixels (`raster.py`); in SVG and PDF, and until the kernels
are compiled, they are lines and shapes.
"""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QPointF, QRectF
from PyQt6.QtGui import QImage, QPaintEngine, QPainter, QTransform

from hippo_studio.app.widgets.plots import raster
from hippo_studio.app.widgets.plots.item import Item
from hippo_studio.app.widgets.plots.layers import Bars, CanvasPart, Hill, Layer


class Canvas(Item):
    """The layers of one plot; those made first lie below."""

    def __init__(self) -> None:
        super().__init__()
        self._layers: list[CanvasPart] = []
        self._pixels = np.empty((0, 0), np.uint32)
        self._known: object = None

    def layer(
        self, color: str = "#808080", *, width: float = 1.6, alpha: float = 1.0, dashed: bool = False
    ) -> Layer:
        """Add a curve or band on top; `width` of the line in pixels."""
        layer = Layer(self.refresh, color, width, alpha, dashed)
        self._layers.append(layer)
        return layer

    def hill(self, color: str = "#808080") -> Hill:
        """Add a weight that stands on the bottom of the plot."""
        hill = Hill(self.refresh, color)
        self._layers.append(hill)
        return hill

    def bars(self, color: str = "#808080") -> Bars:
        """Add signed bars."""
        bars = Bars(self.refresh, color)
        self._layers.append(bars)
        return bars

    def refresh(self) -> None:
        """Paint anew."""
        self._known = None
        self.update()

    def draw(self, painter: QPainter, way: QTransform, area: QRectF) -> None:
        """Paint all layers."""
        engine = painter.paintEngine()
        if raster.ready() and engine is not None and engine.type() == QPaintEngine.Type.Raster:
            self._draw_pixels(painter, way, area)
            return
        for layer in self._layers:
            layer.stroke(painter, way, area)

    def _draw_pixels(self, painter: QPainter, way: QTransform, area: QRectF) -> None:
        ratio = painter.device().devicePixelRatioF()
        left, top = np.floor(area.left() * ratio) / ratio, np.floor(area.top() * ratio) / ratio
        rows = int(np.ceil((area.bottom() - top) * ratio))
        columns = int(np.ceil((area.right() - left) * ratio))
        if rows <= 0 or columns <= 0:
            return
        known = (rows, columns, left, top, ratio, way.m11(), way.m22(), way.dx(), way.dy())
        if known != self._known:
            if self._pixels.shape != (rows, columns):
                self._pixels = np.empty((rows, columns), np.uint32)
            raster.clear(self._pixels)
            local = way * QTransform.fromTranslate(-left, -top) * QTransform.fromScale(ratio, ratio)
            for layer in self._layers:
                layer.paint(self._pixels, local, ratio)
            self._known = known
        image = QImage(
            self._pixels.data, columns, rows, 4 * columns, QImage.Format.Format_ARGB32_Premultiplied
        )
        image.setDevicePixelRatio(ratio)
        painter.drawImage(QPointF(left, top), image)

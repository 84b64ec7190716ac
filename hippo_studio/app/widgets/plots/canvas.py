"""Curves and bands of one plot, laid over each other in one picture, painted anew only when they change.

On the screen and in images the layers are rows of pixels (`raster.py`); in SVG and PDF, and until the kernels
are compiled, they are polylines.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QImage, QPaintEngine, QPainter, QPen, QTransform

from hippo_studio.app.widgets.plots import raster
from hippo_studio.app.widgets.plots.item import Array, Item
from hippo_studio.app.widgets.plots.items import Points

_DASH = 7  # columns of a dash, and of the gap behind it
_NOTHING = np.empty(0)


class Layer:
    """One curve or band of a canvas. NaN is a gap."""

    def __init__(self, canvas: Canvas, color: str, width: float, alpha: float, dashed: bool) -> None:
        self._canvas = canvas
        self.color, self.width, self.alpha, self.dashed = QColor(color), width, alpha, dashed
        self.x: Array = _NOTHING
        self.low: Array = _NOTHING
        self.high: Array | None = None
        self.strong: NDArray[np.bool_] | None = None
        self.points = Points()

    def set_curve(self, x: Array, y: Array, strong: NDArray[np.bool_] | None = None) -> None:
        """Show y over ascending x, both (n,); faint where `strong` is False."""
        self.x, self.low, self.high, self.strong = x, y, None, strong
        self._canvas.refresh()

    def set_band(self, x: Array, low: Array, high: Array) -> None:
        """Show the range from low to high at each ascending x, all (n,)."""
        self.x, self.low, self.high, self.strong = x, low, high, None
        self._canvas.refresh()

    def clear(self) -> None:
        """Show nothing."""
        if self.x.size:
            self.set_curve(_NOTHING, _NOTHING)

    def set_color(self, color: str) -> None:
        """Take another colour."""
        self.color = QColor(color)
        self._canvas.refresh()


class Canvas(Item):
    """The layers of one plot; those made first lie below."""

    def __init__(self) -> None:
        super().__init__()
        self._layers: list[Layer] = []
        self._pixels = np.empty((0, 0), np.uint32)
        self._known: object = None

    def layer(
        self, color: str = "#808080", *, width: float = 1.6, alpha: float = 1.0, dashed: bool = False
    ) -> Layer:
        """Add a layer on top; `width` of the line in pixels."""
        layer = Layer(self, color, width, alpha, dashed)
        self._layers.append(layer)
        return layer

    def refresh(self) -> None:
        """Paint anew."""
        self._known = None
        self.update()

    def draw(self, painter: QPainter, way: QTransform, area: QRectF) -> None:
        """Paint all layers."""
        engine = painter.paintEngine()
        if raster.ready() and engine is not None and engine.type() == QPaintEngine.Type.Raster:
            self._draw_pixels(painter, way, area)
        else:
            self._draw_lines(painter, way, area)

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
                _paint(layer, self._pixels, local, ratio)
            self._known = known
        image = QImage(
            self._pixels.data, columns, rows, 4 * columns, QImage.Format.Format_ARGB32_Premultiplied
        )
        image.setDevicePixelRatio(ratio)
        painter.drawImage(QPointF(left, top), image)

    def _draw_lines(self, painter: QPainter, way: QTransform, area: QRectF) -> None:
        for layer in self._layers:
            style = Qt.PenStyle.DashLine if layer.dashed else Qt.PenStyle.SolidLine
            fast = painter.paintEngine().type() == QPaintEngine.Type.Raster
            for x, y, strong in _polylines(layer):
                color = QColor(layer.color)
                color.setAlphaF(layer.alpha * (1.0 if strong else raster.FAINT))
                painter.setPen(QPen(color, 1.0 if fast or layer.high is not None else layer.width, style))
                painter.drawPolyline(layer.points.fill(way, x, y))


def _paint(layer: Layer, pixels: NDArray[np.uint32], way: QTransform, ratio: float) -> None:
    """One layer as rows of pixels; `way` leads to pixels of the image."""
    if layer.x.size < 1:
        return
    columns = pixels.shape[1]
    values, strong = [row for row in (layer.low, layer.high) if row is not None], layer.strong
    if not _on_columns(layer.x, way, columns):
        places, at = layer.x * way.m11() + way.dx(), np.arange(columns) + 0.5
        values = [np.interp(at, places, row, np.nan, np.nan) for row in values]
        strong = None if strong is None else np.interp(at, places, strong.astype(float)) > 0.5
    rgb, alpha = (layer.color.red(), layer.color.green(), layer.color.blue()), layer.alpha
    up_down, dash = (way.m22(), way.dy()), round(_DASH * ratio) if layer.dashed else 0
    if len(values) == 2:
        raster.paint_band(pixels, *values, rgb, alpha, way=up_down, least=ratio, dash=dash)
        return
    width = layer.width * ratio
    raster.paint_curve(pixels, *values, rgb, alpha, way=up_down, width=width, strong=strong, dash=dash)


def _on_columns(x: Array, way: QTransform, columns: int) -> bool:
    """Whether there is one value for each column of pixels, in its middle or nearly so."""
    if x.size != columns:
        return False
    first, last = float(x[0]) * way.m11() + way.dx(), float(x[-1]) * way.m11() + way.dx()
    return abs(first - 0.5) < 1.0 and abs(last - columns + 0.5) < 1.0


def _polylines(layer: Layer) -> Iterator[tuple[Array, Array, bool]]:
    """The unbroken runs of a layer, as x, y and whether they are strong."""
    finite = np.isfinite(layer.low)
    if not finite.size:
        return
    kind = finite.astype(np.int8) if layer.strong is None else np.where(finite, 2 - layer.strong, 0)
    breaks = (np.flatnonzero(np.diff(kind)) + 1).tolist()
    for start, stop in zip([0, *breaks], [*breaks, finite.size], strict=True):
        if not kind[start]:
            continue
        if stop < finite.size and finite[stop]:
            stop += 1  # runs of different strength meet
        x, low = layer.x[start:stop], layer.low[start:stop]
        if layer.high is None:
            yield x, low, kind[start] == 1
            continue
        high = layer.high[start:stop]
        y = np.empty(2 * x.size)  # up and down in turn, so that neighbouring columns stay connected
        y[0::4], y[1::4], y[2::4], y[3::4] = low[::2], high[::2], high[1::2], low[1::2]
        yield np.repeat(x, 2), y, True

"""What a canvas is made of: curves, bands, hills and bars, as rows of pixels or, for files, as lines.

`paint` writes into premultiplied pixels, `way` leading to them from data; `stroke` draws with a painter.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QBrush, QColor, QPaintEngine, QPainter, QPen, QTransform

from hippo_studio.app.widgets.plots import raster
from hippo_studio.app.widgets.plots.item import Array
from hippo_studio.app.widgets.plots.items import Points

_DASH = 7  # columns of a dash, and of the gap behind it
_NOTHING = np.empty(0)


class CanvasPart(ABC):
    """The base: something in a colour; `changed` asks the canvas to paint anew."""

    def __init__(self, changed: Callable[[], None], color: str) -> None:
        self._changed = changed
        self.color = QColor(color)
        self.points = Points()

    def set_color(self, color: str) -> None:
        """Take another colour."""
        self.color = QColor(color)
        self._changed()

    @property
    def _rgb(self) -> raster.Color:
        return self.color.red(), self.color.green(), self.color.blue()

    @abstractmethod
    def paint(self, pixels: raster.Pixels, way: QTransform, ratio: float) -> None:
        """Paint into (rows, columns) pixels, `ratio` of them to a pixel of the widget."""

    @abstractmethod
    def stroke(self, painter: QPainter, way: QTransform, area: QRectF) -> None:
        """Draw by lines and shapes, inside `area`."""


class Layer(CanvasPart):
    """One curve or band of a canvas. NaN is a gap."""

    def __init__(
        self, changed: Callable[[], None], color: str, width: float, alpha: float, dashed: bool
    ) -> None:
        super().__init__(changed, color)
        self.width, self.alpha, self.dashed = width, alpha, dashed
        self.x: Array = _NOTHING
        self.low: Array = _NOTHING
        self.high: Array | None = None
        self.strong: NDArray[np.bool_] | None = None

    def set_curve(self, x: Array, y: Array, strong: NDArray[np.bool_] | None = None) -> None:
        """Show y over ascending x, both (n,); faint where `strong` is False."""
        self.x, self.low, self.high, self.strong = x, y, None, strong
        self._changed()

    def set_band(self, x: Array, low: Array, high: Array) -> None:
        """Show the range from low to high at each ascending x, all (n,)."""
        self.x, self.low, self.high, self.strong = x, low, high, None
        self._changed()

    def clear(self) -> None:
        """Show nothing."""
        if self.x.size:
            self.set_curve(_NOTHING, _NOTHING)

    def paint(self, pixels: raster.Pixels, way: QTransform, ratio: float) -> None:
        """Cover in each column of pixels what the curve or the band covers there."""
        if self.x.size < 1:
            return
        columns, strong = pixels.shape[1], self.strong
        values = [_by_column(self.x, row, way, columns) for row in (self.low, self.high) if row is not None]
        if strong is not None and strong.size != columns:
            strong = _by_column(self.x, strong.astype(float), way, columns) > 0.5
        up_down, dash = (way.m22(), way.dy()), round(_DASH * ratio) if self.dashed else 0
        if len(values) == 2:
            raster.paint_band(pixels, *values, self._rgb, self.alpha, way=up_down, least=ratio, dash=dash)
            return
        width = self.width * ratio
        raster.paint_curve(
            pixels, *values, self._rgb, self.alpha, way=up_down, width=width, strong=strong, dash=dash
        )

    def stroke(self, painter: QPainter, way: QTransform, area: QRectF) -> None:
        """Draw polylines."""
        style = Qt.PenStyle.DashLine if self.dashed else Qt.PenStyle.SolidLine
        fast = painter.paintEngine().type() == QPaintEngine.Type.Raster
        for x, y, strong in self._polylines():
            color = QColor(self.color)
            color.setAlphaF(self.alpha * (1.0 if strong else raster.FAINT))
            painter.setPen(QPen(color, 1.0 if fast or self.high is not None else self.width, style))
            painter.drawPolyline(self.points.fill(way, x, y))

    def _polylines(self) -> Iterator[tuple[Array, Array, bool]]:
        """The unbroken runs, as x, y and whether they are strong."""
        finite = np.isfinite(self.low)
        if not finite.size:
            return
        kind = finite.astype(np.int8) if self.strong is None else np.where(finite, 2 - self.strong, 0)
        breaks = (np.flatnonzero(np.diff(kind)) + 1).tolist()
        for start, stop in zip([0, *breaks], [*breaks, finite.size], strict=True):
            if not kind[start]:
                continue
            if stop < finite.size and finite[stop]:
                stop += 1  # runs of different strength meet
            x, low = self.x[start:stop], self.low[start:stop]
            if self.high is None:
                yield x, low, kind[start] == 1
                continue
            high = self.high[start:stop]
            y = np.empty(2 * x.size)  # up and down in turn, so that neighbouring columns stay connected
            y[0::4], y[1::4], y[2::4], y[3::4] = low[::2], high[::2], high[1::2], low[1::2]
            yield np.repeat(x, 2), y, True


class Hill(CanvasPart):
    """A weight from 0 to 1 as a tinted hill that stands on the bottom of the plot."""

    HEIGHT = 0.18
    """Of the plot, for a weight of 1."""
    _TINT, _EDGE = 0.12, 0.45

    def __init__(self, changed: Callable[[], None], color: str) -> None:
        super().__init__(changed, color)
        self._x = self._y = _NOTHING

    def set_data(self, x: Array, strength: Array) -> None:
        """Show strengths of 0 to 1 over ascending x, both (n,)."""
        self._x, self._y = x, strength
        self._changed()

    def clear(self) -> None:
        """Show nothing."""
        if self._x.size:
            self.set_data(_NOTHING, _NOTHING)

    def paint(self, pixels: raster.Pixels, way: QTransform, ratio: float) -> None:
        """Tint the hill, and trace its edge."""
        if self._y.size:
            rows, columns = pixels.shape
            heights = _by_column(self._x, self._y, way, columns) * (self.HEIGHT * rows)
            raster.paint_hill(pixels, heights, self._rgb, self._TINT, self._EDGE, width=ratio)

    def stroke(self, painter: QPainter, way: QTransform, area: QRectF) -> None:
        """Fill a polygon, and trace it."""
        if not (self._y > 0).any():
            return
        flat = QTransform(way.m11(), 0, 0, -self.HEIGHT * area.height(), way.dx(), area.bottom())
        hill = self.points.hill(flat, self._x, self._y)
        tint, edge = QColor(self.color), QColor(self.color)
        tint.setAlphaF(self._TINT)
        edge.setAlphaF(self._EDGE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tint)
        painter.drawPolygon(hill)
        painter.setPen(QPen(edge, 1.0))
        painter.drawPolyline(hill)


class Bars(CanvasPart):
    """Signed bars from a base line: bar n stands at n − ½ … n + ½."""

    def __init__(self, changed: Callable[[], None], color: str) -> None:
        super().__init__(changed, color)
        self._values: Array = _NOTHING
        self._base = self._unit = 0.0

    def set_data(self, values: Array, base: float = 0.0, unit: float = 1.0) -> None:
        """Let bar n reach from `base` to base + unit · values[n]; no values show nothing."""
        if values.size or self._values.size:
            self._values, self._base, self._unit = values, base, unit
            self._changed()

    def paint(self, pixels: raster.Pixels, way: QTransform, ratio: float) -> None:
        """Cover in each column of pixels what the bars there cover."""
        if self._values.size:
            numbers = (way.m11(), way.m22(), way.dx(), way.dy())
            gap = _gap(way.m11() / ratio)
            raster.paint_bars(pixels, self._values, self._rgb, self._base, self._unit, gap, numbers)
            row = round(self._base * way.m22() + way.dy())
            raster.paint_rows(pixels, row, row + max(round(ratio), 1), self._rgb)

    def stroke(self, painter: QPainter, way: QTransform, area: QRectF) -> None:
        """Fill one outline, which costs what one bar costs."""
        if not self._values.size:
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QBrush(self.color))
        gap = _gap(way.m11())
        painter.drawPolygon(self.points.bars(way, self._values, self._base, self._unit, gap))
        painter.setPen(QPen(self.color, 1.0))
        base = way.map(QPointF(0, self._base)).y()
        painter.drawLine(QPointF(area.left(), base), QPointF(area.right(), base))


def _gap(width: float) -> float:
    """Half of what is left free between two bars of so many pixels, in bars."""
    return 0.12 if width >= 5 else 0.0


def _by_column(x: Array, values: Array, way: QTransform, columns: int) -> Array:
    """Values over x as one for each column of pixels; NaN outside."""
    if x.size == columns:
        first, last = float(x[0]) * way.m11() + way.dx(), float(x[-1]) * way.m11() + way.dx()
        if abs(first - 0.5) < 1.0 and abs(last - columns + 0.5) < 1.0:  # in its middle or nearly so
            return values
    places, at = x * way.m11() + way.dx(), np.arange(columns) + 0.5
    return np.interp(at, places, values, np.nan, np.nan)

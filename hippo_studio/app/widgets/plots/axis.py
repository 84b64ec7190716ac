"""An axis that can move sixty times a second: a few lines and labels, painted straight away."""

from __future__ import annotations

import pyqtgraph as pg
from PyQt6.QtCore import QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PyQt6.QtWidgets import QApplication

from hippo_studio.app.widgets.plots.ticks import Ticker, Ticks, number_ticks

_BELOW = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
_BESIDE = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class Axis(pg.AxisItem):
    """Ticks of a `Ticker`, at the bottom or left, in the colours of the plot; its size follows the font."""

    def __init__(self, orientation: str, ticker: Ticker = number_ticks, *, labels: bool = True) -> None:
        super().__init__(orientation)
        self.ticker, self._labels = ticker, labels
        self.ink = QColor("gray")
        self._known: tuple[object, ...] = ()
        self._ticks = Ticks((), ())
        self.fit()

    def fit(self) -> None:
        """Take the size that the application's font asks for."""
        self._font = small_font(QApplication.font())
        metrics = QFontMetricsF(self._font)
        if self.orientation == "bottom":
            self.setHeight(round(metrics.height() * 1.3) if self._labels else 2)
        else:
            self.setWidth(round(metrics.horizontalAdvance("−0.00000")) if self._labels else 1)

    def ticks(self) -> Ticks:
        """The ticks in force, as many as have room."""
        metrics = QFontMetricsF(self._font)
        if self.orientation == "bottom":
            most = int(self.width() / (metrics.horizontalAdvance("00:00.000") * 1.4))
        else:
            most = int(self.height() / (metrics.height() * 1.7))
        known = (*self.range, most, self.ticker)
        if known != self._known:
            self._known, self._ticks = known, self.ticker(*self.range, max(most, 2))
        return self._ticks

    def paint(self, painter: QPainter, *_: object) -> None:
        """Draw the labels, those that fit; the plot's grid draws the lines."""
        if not self._labels:
            return
        low, high = self.range
        painter.setFont(self._font)
        painter.setPen(self.ink)
        metrics = QFontMetricsF(self._font)
        width, height, line = self.width(), self.height(), metrics.height()
        for value, label in zip(*(self.ticks().values, self.ticks().labels), strict=True):
            part = (value - low) / (high - low)
            if self.orientation == "bottom":
                half = metrics.horizontalAdvance(label) / 2 + 1
                place = min(max(part * width, half), width - half)
                painter.drawText(QRectF(place - half, 1, 2 * half, line), _BELOW, label)
            else:
                place = min(max((1 - part) * height, line / 2), height - line / 2)
                painter.drawText(QRectF(0, place - line / 2, width - line / 3, line), _BESIDE, label)

    def boundingRect(self) -> QRectF:
        """Only its own ground."""
        return QRectF(0, 0, self.width(), self.height())

    def width(self) -> float:
        """In pixels."""
        return self.geometry().width()

    def height(self) -> float:
        """In pixels."""
        return self.geometry().height()


def small_font(font: QFont) -> QFont:
    """The font of labels within plots: a little smaller than the text beside them, figures of one width."""
    small = QFont(font)
    small.setPointSizeF(max(font.pointSizeF() * 0.88, 6.0))
    small.setFeature(QFont.Tag("tnum"), 1)
    return small

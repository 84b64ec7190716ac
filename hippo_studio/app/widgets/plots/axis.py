"""An axis that can move sixty times a second: a few lines and labels, painted straight away."""

from __future__ import annotations

import pyqtgraph as pg
from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QStaticText, QTransform
from PyQt6.QtWidgets import QApplication

from hippo_studio.app.widgets.plots.ticks import Ticker, Ticks, number_ticks


class Axis(pg.AxisItem):
    """Ticks of a `Ticker`, at the bottom or left, in the colours of the plot; its size follows the font."""

    def __init__(self, orientation: str, ticker: Ticker = number_ticks, *, labels: bool = True) -> None:
        super().__init__(orientation)
        self.enableAutoSIPrefix(False)
        self.ticker, self._labels = ticker, labels
        self.ink = QColor("gray")
        self._ticks = Ticks((), ())
        self._known: tuple[object, ...] = ()
        self.fit()

    def fit(self) -> None:
        """Take the size that the application's font asks for."""
        self._font = small_font(QApplication.font())
        metrics = self._metrics = QFontMetricsF(self._font)
        self._line = metrics.height()
        self._widest = metrics.horizontalAdvance("00:00.000") * 1.4
        self._written: dict[str, tuple[QStaticText, float]] = {}
        self._known = ()
        if self.orientation == "bottom":
            self.setHeight(round(self._line * 1.3) if self._labels else 2)
        else:
            self.setWidth(round(metrics.horizontalAdvance("−0.00000")) if self._labels else 1)

    def set_labels(self, labels: bool) -> None:
        """Write labels, or take no room for them."""
        self._labels = labels
        self.fit()

    def refresh(self) -> None:
        """Ask the ticker again at the next painting: something besides the range has changed."""
        self._known = ()

    def ticks(self) -> Ticks:
        """The ticks in force, as many as have room."""
        if self.orientation == "bottom":
            most = int(self.width() / self._widest)
        else:
            most = int(self.height() / (self._line * 1.7))
        known = (*self.range, most, self.ticker)
        if known != self._known:
            self._known, self._ticks = known, self.ticker(*self.range, max(most, 2))
        return self._ticks

    def paint(self, painter: QPainter, *_: object) -> None:
        """Write the labels; the plot's grid draws the lines."""
        if not self._labels:
            return
        ticks, (low, high) = self.ticks(), self.range
        painter.setFont(self._font)
        painter.setPen(self.ink)
        width, height, line = self.width(), self.height(), self._line
        taken: list[float] = []
        for value, label in zip(ticks.values, ticks.labels, strict=True):
            part, (text, wide) = (value - low) / (high - low), self._text(label)
            if self.orientation == "bottom":
                left = min(max(part * width - wide / 2, 1.0), width - wide - 1)
                painter.drawStaticText(QPointF(left, 1), text)
            else:
                middle = min(max((1 - part) * height, line / 2), height - line / 2)
                if all(abs(middle - other) >= 0.8 * line for other in taken):
                    painter.drawStaticText(QPointF(width - line / 3 - wide, middle - line / 2), text)
                    taken.append(middle)

    def _text(self, label: str) -> tuple[QStaticText, float]:
        """A label laid out, and its width; both take longer than drawing it."""
        if label not in self._written:
            if len(self._written) > 500:
                self._written.clear()
            text = QStaticText(label)
            text.setTextFormat(Qt.TextFormat.PlainText)
            text.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
            text.prepare(QTransform(), self._font)
            self._written[label] = text, self._metrics.horizontalAdvance(label)
        return self._written[label]

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

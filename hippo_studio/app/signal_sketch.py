"""A small picture of a signal: a curve per channel, each over its own range."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QPointF, QSize, Qt
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PyQt6.QtWidgets import QWidget

from hippo_studio.app.theme import Theme
from hippo_studio.signals import Signal

MOST_CHANNELS = 8
MOST_POINTS = 2000


class SignalSketch(QWidget):
    """Draws the first channels of a signal one below the other, their names beside; nothing without one."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("Picture of the signal")
        self._theme = theme
        self._curves: list[tuple[str, np.ndarray]] = []

    def sizeHint(self) -> QSize:
        """Some lines of text high."""
        line = self.fontMetrics().height()
        return QSize(20 * line, 8 * line)

    def show_signal(self, signal: Signal | None) -> None:
        """Show another signal, thinned out to what a small picture can hold."""
        self._curves = []
        for name, row in (
            zip(signal.channel_names[:MOST_CHANNELS], signal.samples, strict=False) if signal else ()
        ):
            step = max(len(row) // MOST_POINTS, 1)
            self._curves.append((name, np.asarray(row[::step], np.float64)))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw each curve in its strip, with its name."""
        colors, painter = self._theme.colors, QPainter(self)
        painter.fillRect(self.rect(), QColor(colors.background))
        strip = self.height() / max(len(self._curves), 1)
        metrics, letter = self.fontMetrics(), self.fontMetrics().averageCharWidth()
        room = min(self._widest(), self.width() // 4)
        left, free = room + 2 * letter, 0.0
        for place, (name, values) in enumerate(self._curves):
            low, high = float(values.min()), float(values.max())
            x = np.linspace(left, self.width() - 2, len(values))
            y = (place + 0.9) * strip - 0.8 * strip * (values - low) / ((high - low) or 1.0)
            painter.setPen(QPen(QColor(colors.accent), 1.0))
            painter.drawPolyline(QPolygonF(list(map(QPointF, x.tolist(), y.tolist()))))
            painter.setPen(QColor(colors.muted))
            top = place * strip + (strip - metrics.height()) / 2
            if top >= free:  # of names that would run into each other, every second or third
                free = top + metrics.height()
                painter.drawText(
                    QPointF(letter, top + metrics.ascent()),
                    metrics.elidedText(name, Qt.TextElideMode.ElideRight, room),
                )

    def _widest(self) -> int:
        return max((self.fontMetrics().horizontalAdvance(name) for name, _ in self._curves), default=0)

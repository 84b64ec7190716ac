"""A small picture of a signal: a curve per channel, each over its own range."""

from __future__ import annotations

import numpy as np
from PyQt6.QtCore import QPointF, QSize
from PyQt6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PyQt6.QtWidgets import QWidget

from hippo_studio.app.theme import Theme
from hippo_studio.signals import Signal

MOST_CHANNELS = 8
MOST_POINTS = 2000


class SignalSketch(QWidget):
    """Draws the first channels of a signal one below the other; nothing without one."""

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
        for place, (name, values) in enumerate(self._curves):
            low, high = float(values.min()), float(values.max())
            x = np.linspace(2, self.width() - 2, len(values))
            y = (place + 0.9) * strip - 0.8 * strip * (values - low) / ((high - low) or 1.0)
            painter.setPen(QPen(QColor(colors.accent), 1.0))
            painter.drawPolyline(QPolygonF(list(map(QPointF, x.tolist(), y.tolist()))))
            painter.setPen(QColor(colors.muted))
            painter.drawText(QPointF(6, place * strip + self.fontMetrics().ascent() + 2), name)

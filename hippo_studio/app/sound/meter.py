"""A level meter: how loud the microphone is, on a scale of decibels, with a mark where it clips."""

from __future__ import annotations

import math

from PyQt6.QtCore import QRectF, QSize
from PyQt6.QtGui import QColor, QPainter, QPaintEvent
from PyQt6.QtWidgets import QSizePolicy, QWidget

from hippo_studio.app.theme import Theme

QUIETEST = -60.0
"""Decibels below full scale at the left end."""
_LOUD, _CLIPS = -12.0, -0.5


class Meter(QWidget):
    """`show_level(peak)`, 0 to 1."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("level meter")
        self.setAccessibleName("Level of the microphone")
        self._theme = theme
        self._level = QUIETEST
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """A line of text high."""
        metrics = self.fontMetrics()
        return QSize(metrics.averageCharWidth() * 24, metrics.height())

    def minimumSizeHint(self) -> QSize:
        """Short, but still a meter."""
        return QSize(self.fontMetrics().averageCharWidth() * 8, self.fontMetrics().height())

    def show_level(self, peak: float) -> None:
        """Show a peak, full scale being 1."""
        level = max(20 * math.log10(max(peak, 1e-9)), QUIETEST)
        if abs(level - self._level) > 0.2:
            self._level = level
            self.setToolTip(f"{level:.0f} dB" if level > QUIETEST else "Silence")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A bar on a rail."""
        colors = self._theme.colors
        painter = QPainter(self)
        height = self.height() / 2.5
        rail = QRectF(0, (self.height() - height) / 2, self.width(), height)
        painter.fillRect(rail, QColor(colors.raised))
        bar = QRectF(rail)
        bar.setWidth(rail.width() * (1 - self._level / QUIETEST))
        color = (
            colors.error if self._level > _CLIPS else colors.warning if self._level > _LOUD else colors.accent
        )
        painter.fillRect(bar, QColor(color))
        painter.setPen(QColor(colors.border))
        for mark in (-40.0, -20.0, _LOUD):
            x = rail.width() * (1 - mark / QUIETEST)
            painter.drawLine(int(x), int(rail.top()), int(x), int(rail.bottom()))
        painter.end()

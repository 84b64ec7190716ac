"""The stage: the views of the Memory tab once more, never on screen, in a size and a theme of their own.

Its plots are painted straight into a picture; the window, its theme and its size are left alone.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QObject, QPoint, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter
from PyQt6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from hippo_studio.app.colors import DARK, LIGHT, Colors
from hippo_studio.app.film.shot import Shot
from hippo_studio.app.labels.brush import Brush
from hippo_studio.app.labels.editing import Regions
from hippo_studio.app.memory.coefficient_view import CoefficientView
from hippo_studio.app.memory.frame import Frame
from hippo_studio.app.memory.overview import Overview
from hippo_studio.app.memory.past_view import PastView
from hippo_studio.app.memory.source import Source
from hippo_studio.app.memory.state import MemoryState
from hippo_studio.app.memory.story_view import StoryView
from hippo_studio.app.memory.survey import Story
from hippo_studio.app.memory.wording import speed_text
from hippo_studio.app.theme import tabular
from hippo_studio.app.widgets.plots import Plot
from hippo_studio.app.widgets.quantities import format_seconds
from hippo_studio.hippo import MEASURES

_LINES = 46
"""Lines of text that a picture is high: a larger one is sharper, and its words are as large."""
_TEXTS_PER_SECOND = 5.0


class StageTheme(QObject):
    """A theme of the stage's own: what plots ask of `Theme`."""

    changed = pyqtSignal()

    def __init__(self, dark: bool, parent: QObject) -> None:
        super().__init__(parent)
        self.colors: Colors = DARK if dark else LIGHT

    def measure_color(self, name: str) -> str:
        """The colour of a measure."""
        return self.colors.measures.get(name, self.colors.text)


class Stage(QWidget):
    """Paints the frames of one shot; GUI thread. `columns`, the past's width in pixels, is for any thread."""

    def __init__(
        self, shot: Shot, state: MemoryState, source: Source, parent: QWidget, regions: Regions = ()
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("stage")
        self.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        self.setAttribute(Qt.WidgetAttribute.WA_QuitOnClose, False)
        self._shot, self._state, self._source = shot, state, source
        line = self.fontMetrics().height()
        self._scale = max(shot.size[1] / (_LINES * line), 0.5)
        self._theme = StageTheme(shot.theme == "dark", self)
        self._picture = QImage(*shot.size, QImage.Format.Format_RGB888)
        self._count = 0
        self._margin = line // 2
        self._build(line)
        width, height = (round(side / self._scale) for side in shot.size)
        self.setFixedSize(width, height)
        self.show()  # never on screen, but laid out
        self.overview.set_source(source)
        for plot in (self.overview, self.past.plot):
            Brush(plot, self._theme, lambda: source.duration).show(regions, -1, "")
        for plot in self._plots:
            plot.centralWidget.layout.activate()
        self.columns = self._columns()

    def show_stories(self, stories: tuple[Story, ...]) -> None:
        """Draw the coefficients and errors over time."""
        self.story.show_stories(stories, self._source)

    def paint(self, frame: Frame) -> NDArray[np.uint8]:
        """The picture of a frame, (height, width, 3): red, green, blue."""
        self.overview.show_frame(frame)
        self.past.show_frame(frame)
        self.coefficients.show_frame(frame)
        self.story.show_frame(frame)
        if self._count % max(round(self._shot.rate / _TEXTS_PER_SECOND), 1) == 0:
            self.past.show_captions(frame)  # numbers that change in every picture cannot be read
        self._count += 1
        self._draw(frame.position)
        self.columns = self._columns()
        return self._pixels()

    def _columns(self) -> int:
        return max(round(self.past.plot.area.width() * self._scale), 2)

    def _draw(self, position: int) -> None:
        painter = QPainter(self._picture)
        painter.scale(self._scale, self._scale)
        painter.fillRect(QRectF(self.rect()), QColor(self._theme.colors.background))
        self._write_header(painter, position)
        for plot in self._plots:
            corner = plot.viewport().mapTo(self, QPoint(0, 0))
            painter.save()
            painter.translate(corner)
            ground = QRectF(plot.viewport().rect())
            painter.fillRect(ground, QColor(plot.ground))
            painter.setClipRect(ground)
            plot.draw(painter)
            painter.restore()
        painter.end()

    def _write_header(self, painter: QPainter, position: int) -> None:
        state, source = self._state, self._source
        seconds = position / source.sample_rate
        title = QFont(self.font())
        title.setWeight(QFont.Weight.DemiBold)
        theta = f"θ = {format_seconds(state.theta)}"
        words = [f"N = {state.order}", theta, state.method]
        settings = "  ·  ".join(["", *(MEASURES[name].title for name in state.measures), *words])
        clock = f"{seconds:.2f} s of {source.duration:.2f} s"
        if self._shot.speed != 1:
            clock += f"  ·  {speed_text(self._shot.speed)}"
        base = self._margin + QFontMetricsF(title).ascent()
        right = self.width() - self._margin
        painter.setPen(QColor(self._theme.colors.text))
        painter.setFont(title)
        painter.drawText(round(self._margin), round(base), source.title)
        left = self._margin + QFontMetricsF(title).horizontalAdvance(source.title)
        painter.setFont(tabular(self.font()))
        room = right - painter.fontMetrics().horizontalAdvance(clock)
        painter.drawText(round(room), round(base), clock)
        painter.setPen(QColor(self._theme.colors.muted))
        settings = painter.fontMetrics().elidedText(
            settings, Qt.TextElideMode.ElideRight, max(round(room - left) - 2 * self._margin, 0)
        )
        painter.drawText(round(left), round(base), settings)

    def _pixels(self) -> NDArray[np.uint8]:
        picture = self._picture
        bits = picture.constBits()
        bits.setsize(picture.sizeInBytes())
        rows = np.frombuffer(bits, np.uint8).reshape(picture.height(), picture.bytesPerLine())
        return rows[:, : 3 * picture.width()].reshape(picture.height(), -1, 3).copy()

    def _build(self, line: int) -> None:
        theme = self._theme
        self.overview, self.past = Overview(theme, self), PastView(theme, self)
        self.coefficients, self.story = CoefficientView(theme, self), StoryView(theme, self)
        self.overview.range_changed.connect(self.story.show_range)
        grid = QGridLayout(self)
        grid.setContentsMargins(self._margin, self._margin + round(1.6 * line), self._margin, self._margin)
        grid.setSpacing(self._margin // 2)
        grid.addWidget(self.overview, 0, 0, 1, 2)
        grid.addWidget(self.past, 1, 0, 1, 2)
        grid.addWidget(self.coefficients, 2, 0)
        grid.addWidget(self.story, 2, 1)
        for row, share in enumerate((11, 54, 35)):
            grid.setRowStretch(row, share)
        for column, share in enumerate((2, 3)):
            grid.setColumnStretch(column, share)
        for view in (self.overview, self.past, self.coefficients, self.story):
            view.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self._plots: tuple[Plot, ...] = (
            self.overview, self.past.plot, self.past.residual, self.coefficients, self.story.heat,
            self.story.error,
        )  # fmt: skip

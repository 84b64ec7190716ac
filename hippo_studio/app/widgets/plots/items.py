"""What plots are made of, besides the layers of a canvas: dots, line, veil and caption.

Each is set up once and then given new data. All paint in device coordinates. Nothing here computes anything
but pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np
from PyQt6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PyQt6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QPaintEngine,
    QPainter,
    QPen,
    QPixmap,
    QPolygonF,
    QTransform,
)
from PyQt6.QtWidgets import QApplication

from hippo_studio.app.widgets.plots import raster
from hippo_studio.app.widgets.plots.axis import small_font
from hippo_studio.app.widgets.plots.item import Array, Item


class Dots(Item):
    """Single points, for a zoom at which samples stand apart."""

    def __init__(self, color: str = "#808080", *, size: float = 4.0) -> None:
        super().__init__(color)
        self._x = self._y = np.empty(0)
        self._size = size
        self._points = Points()

    def set_data(self, x: Array, y: Array) -> None:
        """Show points at (x, y), both (n,)."""
        if not x.size and not self._x.size:
            return
        before, self._x, self._y = self._x, x, y
        if not self.shows_move(x) | self.shows_move(y, vertical=True):
            return
        if self.plot is not None and x.size == before.size == 1:
            self.plot.repaint_strip(float(before[0]), float(x[0]), reach=self._size + 1)
        else:
            self.update()

    @property
    def reach(self) -> float:
        """How far from the origin the points lie, along either axis."""
        return float(max(np.abs(self._x).max(initial=0.0), np.abs(self._y).max(initial=0.0)))

    def draw(self, painter: QPainter, way: QTransform, area: QRectF) -> None:
        """Draw a disc at each point."""
        if self._x.size:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self.color, self._size, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawPoints(self._points.fill(way, self._x, self._y))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


class Line(Item):
    """A line across the plot at one place, vertical or horizontal; moving it repaints two strips at most."""

    def __init__(self, color: str = "#808080", *, horizontal: bool = False, dashed: bool = False) -> None:
        super().__init__(color)
        self._at: float | None = None
        self.label = ""
        self._horizontal = horizontal
        self._style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine

    @property
    def at(self) -> float | None:
        """Where it stands; None when hidden."""
        return self._at

    def set_at(self, at: float | None) -> None:
        """Move it; None hides it."""
        before = self._shown.get(self._horizontal)
        self._at = at
        if self.shows_move(at, vertical=self._horizontal) and self.plot is not None:
            for place in (before, at):
                if place is not None:
                    self.plot.repaint_strip(place, horizontal=self._horizontal)

    def draw(self, painter: QPainter, way: QTransform, area: QRectF) -> None:
        """Draw it on whole pixels."""
        if self._at is None:
            return
        painter.setPen(QPen(self.color, 1.0, self._style))
        if self._horizontal:
            y = round(way.map(QPointF(0, self._at)).y()) + 0.5
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        else:
            x = round(way.map(QPointF(self._at, 0)).x()) + 0.5
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            if self.label:
                painter.setFont(small_font(QApplication.font()))
                room = painter.fontMetrics()
                painter.drawText(
                    QPointF(x + room.averageCharWidth() / 2, area.bottom() - room.descent() - 1), self.label
                )


class Veil(Item):
    """A translucent cover over what lies right of a place: the future, or what is not known yet."""

    def __init__(self, color: str = "#808080") -> None:
        super().__init__(color)
        self._from: float | None = None

    def set_from(self, start: float | None) -> None:
        """Cover everything from there on; None covers nothing."""
        before, self._from = self._shown.get(False), start
        if not self.shows_move(start):
            return
        if self.plot is not None and before is not None and start is not None:
            self.plot.repaint_strip(before, start)
        else:
            self.update()

    def draw(self, painter: QPainter, way: QTransform, area: QRectF) -> None:
        """Fill from there to the right edge."""
        if self._from is None:
            return
        cover = QColor(self.color)
        cover.setAlphaF(0.62)
        left = max(round(way.map(QPointF(self._from, 0)).x()), area.left())
        painter.fillRect(QRectF(left, area.top(), max(area.right() - left, 0), area.height()), cover)


class Caption(Item):
    """Words in the upper left corner, or at a height of their own: runs of text, each in its colour.

    Where the runs are wider than a line, a brief version takes their place, if there is one; a run that finds
    no room in its line begins another, and one that is wider than a line is broken between its words. An area
    too narrow for one letter stays empty.
    """

    def __init__(self, color: str = "#808080", ground: str = "#ffffff") -> None:
        super().__init__(color)
        self.ground = QColor(ground)
        self._runs: tuple[tuple[str, str], ...] = ()
        self._brief: tuple[tuple[str, str], ...] = ()
        self._y: float | None = None
        self._measures: tuple[QFont, QFontMetricsF, list[float], list[float]] | None = None
        self._written: tuple[tuple[float, float, int], QPixmap] | None = None

    def set_runs(
        self, runs: Sequence[tuple[str, str]], y: float | None = None, brief: Sequence[tuple[str, str]] = ()
    ) -> None:
        """Show (text, colour) one after the other; an empty colour is the item's own. `y` is in data."""
        asked = tuple(runs), tuple(brief), y
        if asked != (self._runs, self._brief, self._y):
            self._runs, self._brief, self._y = asked
            self._measures = self._written = None
            self.update()

    def set_color(self, color: str) -> None:
        """Write in another colour from now on."""
        self._written = None
        super().set_color(color)

    def draw(self, painter: QPainter, way: QTransform, area: QRectF) -> None:
        """Write on a ground that lets the curves shine through a little."""
        if not self._runs:
            return
        space = self._measured()[1].averageCharWidth()
        top = area.top() + space / 2 if self._y is None else way.map(QPointF(0, self._y)).y() + 1
        if painter.paintEngine().type() != QPaintEngine.Type.Raster:
            painter.save()
            painter.translate(area.left(), top)
            self._write(painter, area.width())
            painter.restore()
            return
        ratio = painter.device().devicePixelRatioF()
        asked = area.width(), ratio, self.ground.rgb()
        if self._written is None or self._written[0] != asked:  # writing takes ten times as long as copying
            self._written = asked, self._picture(area.width(), ratio)
        painter.drawPixmap(QPoint(round(area.left()), round(top)), self._written[1])

    def _picture(self, width: float, ratio: float) -> QPixmap:
        """The words as they stand in an area so wide; nothing where not even a cut word finds room."""
        placed, line = self._placed(width), self._measured()[1].height()
        if not placed:
            return QPixmap()
        picture = QPixmap(ceil(width * ratio), ceil((placed[-1][2] + line) * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        right, bottom = self._write(painter, width)
        painter.end()
        return picture.copy(QRect(0, 0, ceil(right * ratio), ceil(bottom * ratio)))

    def height(self, width: float) -> float:
        """How far down from the top it reaches in an area so wide, in pixels; 0 without words."""
        metrics = self._measured()[1]
        placed = self._placed(width)
        return placed[-1][2] + metrics.height() + metrics.averageCharWidth() / 2 if placed else 0.0

    def _write(self, painter: QPainter, width: float) -> tuple[float, float]:
        """Write from the origin on, in lines of at most `width`; how far to the right and down that was."""
        font, metrics, _, _ = self._measured()
        space, line = metrics.averageCharWidth(), metrics.height()
        ground = QColor(self.ground)
        ground.setAlphaF(0.78)
        painter.setFont(font)
        top, right = 0.0, 0.0
        for (text, color), at, top, wide in self._placed(width):
            painter.fillRect(QRectF(at - space, top, wide + 2 * space, line), ground)
            painter.setPen(QColor(color) if color else self.color)
            painter.drawText(QPointF(at, top + metrics.ascent()), text)
            right = max(right, at + wide + space)
        return right, top + line

    def _placed(self, width: float) -> list[tuple[tuple[str, str], float, float, float]]:
        """The runs that find room in lines of at most `width`, each with its left, top and width."""
        _, metrics, widths, brief_widths = self._measured()
        space = metrics.averageCharWidth()
        runs = self._runs
        if self._brief and sum(widths) + 2 * space * len(widths) > width:
            runs, widths = self._brief, brief_widths
        placed, at, top, room = [], space, 0.0, width - 2 * space
        for (text, color), whole in zip(runs, widths, strict=True):
            for part, wide in [(text, whole)] if whole <= room else _broken(text, metrics, room):
                if at > space and at + wide > width:
                    at, top = space, top + metrics.height()
                placed.append(((part, color), at, top, wide))
                at += wide + 2 * space
        return placed

    def _measured(self) -> tuple[QFont, QFontMetricsF, list[float], list[float]]:
        """The font and the width of each run, brief ones too; measuring takes longer than writing."""
        if self._measures is None:
            font = small_font(QApplication.font())
            metrics = QFontMetricsF(font)
            long, brief = (
                [metrics.horizontalAdvance(text) for text, _ in runs] for runs in (self._runs, self._brief)
            )
            self._measures = font, metrics, long, brief
        return self._measures


def _broken(text: str, metrics: QFontMetricsF, room: float) -> list[tuple[str, float]]:
    """The text in lines that find room, each with its width; a word that finds none is cut, and says so.

    What finds no room even so is left out, a single letter among it, which Qt never cuts.
    """
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if metrics.horizontalAdvance(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(metrics.elidedText(word, Qt.TextElideMode.ElideRight, room))
    measured = [(line, metrics.horizontalAdvance(line)) for line in lines if line]
    return [(line, wide) for line, wide in measured if wide <= room]


class Points:
    """A QPolygonF that is written to as an array, instead of being made anew for each painting."""

    def __init__(self) -> None:
        self._polygon = QPolygonF()

    def fill(self, way: QTransform, x: Array, y: Array) -> QPolygonF:
        """The points (x, y) in device coordinates. Their number must not be 0."""
        raster.place_points(self._room(x.size), x, y, _numbers(way))
        return self._polygon

    def hill(self, way: QTransform, x: Array, y: Array) -> QPolygonF:
        """The points (x, y) between the first and the last y above 0, with a foot at both ends."""
        raster.place_hill(self._room(x.size + 2), x, y, _numbers(way))
        return self._polygon

    def bars(self, way: QTransform, values: Array, base: float, unit: float, gap: float) -> QPolygonF:
        """Bar n from n − ½ + gap to n + ½ − gap, from `base` to base + unit · values[n]; one outline."""
        raster.place_bars(self._room(4 * values.size), values, base, unit, gap, _numbers(way))
        return self._polygon

    def _room(self, count: int) -> Array:
        """The polygon's own numbers, (count, 2), to be written."""
        if self._polygon.count() != count:
            self._polygon.fill(QPointF(), count)
        data = self._polygon.data()
        data.setsize(16 * count)
        return np.frombuffer(data, dtype=np.float64).reshape(count, 2)


def _numbers(way: QTransform) -> tuple[float, float, float, float]:
    return way.m11(), way.m22(), way.dx(), way.dy()

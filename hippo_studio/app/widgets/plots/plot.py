"""A plot: two axes, a grid, items, a cursor; it knows its colours and tells where the mouse is in data.

It stands on pyqtgraph's layout, axes and view box, which knows the ranges, and on nothing else of it: no
menus, no automatic ranges, no buttons. Ranges are set by whoever knows them. The items are painted here, one
after the other, and not by the graphics scene: a scene asks for a painting of the whole window as soon as one
of its items has changed, so that six plots that change together made six paintings of one picture.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import pyqtgraph as pg
from PyQt6.QtCore import QEvent, QLineF, QPoint, QPointF, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import (
    QColor,
    QContextMenuEvent,
    QCursor,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PyQt6.QtWidgets import QGraphicsView, QWidget

from hippo_studio.app.theme import Theme
from hippo_studio.app.widgets.plots.axis import Axis
from hippo_studio.app.widgets.plots.item import Item
from hippo_studio.app.widgets.plots.items import Caption, Line
from hippo_studio.app.widgets.plots.ticks import Ticker, number_ticks


class Brush(Protocol):
    """What may take the left button from a plot, for as long as it is `Plot.brush`."""

    def press(self, x: float, y: float) -> None:
        """The button went down there."""

    def drag(self, x: float, y: float) -> None:
        """It moves there."""

    def release(self) -> None:
        """It was let go."""


class Plot(pg.GraphicsView):
    """One plot of a tab.

    Signals carry data coordinates. `hovered(x, y)` follows the mouse and is NaN when it leaves;
    `pressed(x, y)` and `dragged(x, y)` are the left button, `wheel_turned(x, steps)` and
    `wheel_turned_at(x, y, steps)` the wheel, up above 0;
    `menu_asked(position)` the context menu, in global pixels; `resized(width)` the width of the drawing area.
    """

    hovered = pyqtSignal(float, float)
    pressed = pyqtSignal(float, float)
    dragged = pyqtSignal(float, float)
    released = pyqtSignal()
    wheel_turned = pyqtSignal(float, float)
    wheel_turned_at = pyqtSignal(float, float, float)
    menu_asked = pyqtSignal(QPoint)
    resized = pyqtSignal(int)

    def __init__(
        self,
        theme: Theme,
        title: str,
        *,
        x_ticks: Ticker = number_ticks,
        y_ticks: Ticker = number_ticks,
        x_labels: bool = True,
        animated: bool = False,
        bare: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent, background=None)
        self.title, self._theme = title, theme
        self._borrows_labels = not x_labels and not bare
        self._dragging = False
        self.brush: Brush | None = None
        self.setObjectName(title)
        self.setAccessibleName(title)
        self.setFrameShape(QGraphicsView.Shape.NoFrame)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.NoViewportUpdate)
        self.animated, self._stale = animated, False
        self._items: list[tuple[float, Item]] = []
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.box = pg.ViewBox(enableMouse=False, enableMenu=False)
        self.box.disableAutoRange()
        self.x_axis = Axis("bottom", x_ticks, labels=x_labels and not bare)
        self.y_axis = Axis("left", y_ticks, labels=not bare)
        layout = pg.GraphicsLayout()
        layout.setContentsMargins(0, 1, 1, 0)
        layout.setSpacing(0)
        layout.addItem(self.y_axis, 0, 0)
        layout.addItem(self.box, 0, 1)
        layout.addItem(self.x_axis, 1, 1)
        self.x_axis.linkToView(self.box)
        self.y_axis.linkToView(self.box)
        self.box.sigResized.connect(lambda _: self.repaint_soon())
        self.setCentralItem(layout)
        self.grid = self.add(_Grid(self.x_axis, self.y_axis), z=-20)
        self.cursor_line = self.add(Line(dashed=True), z=40)
        self.caption = self.add(Caption(), z=50)
        theme.changed.connect(self.recolor)
        self.recolor()

    def add(self, item: Item, z: float = 0.0) -> Item:
        """Put an item into the plot, above those of lower z."""
        item.plot = self
        self._items.append((z, item))
        self._items.sort(key=lambda entry: entry[0])
        self.repaint_soon()
        return item

    def set_x(self, low: float, high: float) -> None:
        """Show x from low to high."""
        if (low, high) != self.x_range and low < high:
            self.box.setXRange(low, high, padding=0)
            self.repaint_soon()

    def set_y(self, low: float, high: float) -> None:
        """Show y from low to high."""
        if (low, high) != self.y_range and low < high:
            self.box.setYRange(low, high, padding=0)
            self.repaint_soon()

    def repaint_soon(self) -> None:
        """Paint everything anew, once, when all has changed that is going to."""
        if not self._stale:
            self._stale = True
            self.viewport().update()

    def repaint_strip(self, *places: float, horizontal: bool = False, reach: float = 3.0) -> None:
        """Paint anew what lies between places and so many pixels around; of an animated plot, everything."""
        if self.animated:
            self.repaint_soon()
            return
        area, way = self.area, self.way
        unit, shift = (way.m22(), way.dy()) if horizontal else (way.m11(), way.dx())
        ends = [place * unit + shift for place in places]
        low, size = min(ends) - reach, max(ends) - min(ends) + 2 * reach
        strip = QRectF(area.left(), low, area.width(), size) if horizontal else None
        strip = strip or QRectF(low, area.top(), size, area.height())
        self.viewport().update((strip & area).toAlignedRect())

    def draw(self, painter: QPainter, stale: QRectF | None = None) -> None:
        """Paint all that the plot shows, without its ground, in the coordinates of its viewport.

        Axes that lie outside what is `stale` are left as they are.
        """
        area, way = self.area, self.way
        for axis in (self.x_axis, self.y_axis):
            if stale is None or axis.geometry().intersects(stale):
                corner = axis.pos()
                painter.translate(corner)
                axis.paint(painter)
                painter.translate(-corner)
        painter.setClipRect(area, Qt.ClipOperation.IntersectClip)
        for _, item in self._items:
            if item.visible:
                item.draw(painter, way, area)

    @contextmanager
    def standing_alone(self) -> Iterator[None]:
        """For a picture of this plot alone: no cursor, and the labels that the plot below has on screen."""
        cursor = self.cursor_line.visible
        self.cursor_line.visible = False
        self._label_x(True)
        try:
            yield
        finally:
            self.cursor_line.visible = cursor
            self._label_x(False)

    def _label_x(self, labels: bool) -> None:
        if self._borrows_labels:
            self.x_axis.set_labels(labels)
            self.centralWidget.layout.activate()

    @property
    def area(self) -> QRectF:
        """Where the items are, in the coordinates of the viewport."""
        return self.box.geometry()

    @property
    def way(self) -> QTransform:
        """From data to the coordinates of the viewport."""
        area, (left, right), (low, high) = self.area, self.x_range, self.y_range
        across, up = area.width() / (right - left), area.height() / (high - low)
        return QTransform(across, 0, 0, -up, area.left() - left * across, area.bottom() + low * up)

    @property
    def x_range(self) -> tuple[float, float]:
        """What is shown of x."""
        low, high = self.box.state["viewRange"][0]
        return low, high

    @property
    def y_range(self) -> tuple[float, float]:
        """What is shown of y."""
        low, high = self.box.state["viewRange"][1]
        return low, high

    @property
    def ground(self) -> str:
        """The colour that everything stands on."""
        return self._theme.colors.surface

    @property
    def pixel_width(self) -> float:
        """How much of x one pixel covers."""
        low, high = self.x_range
        return (high - low) / max(self.box.width(), 1.0)

    @property
    def pixel_height(self) -> float:
        """How much of y one pixel covers."""
        low, high = self.y_range
        return (high - low) / max(self.box.height(), 1.0)

    @property
    def columns(self) -> int:
        """Pixels across the drawing area."""
        return max(round(self.box.width() * self.devicePixelRatioF()), 2)

    def hover_again(self) -> None:
        """Tell once more where the mouse is: what lies there may have moved."""
        viewport = self.viewport()
        if viewport.underMouse():
            self.hovered.emit(*self.place(QPointF(viewport.mapFromGlobal(QCursor.pos()))))

    def set_cursor(self, x: float | None) -> None:
        """Mark the place under the mouse of any linked plot."""
        self.cursor_line.set_at(x)

    def recolor(self) -> None:
        """Take the colours and the font in force."""
        colors = self._theme.colors
        for axis in (self.x_axis, self.y_axis):
            axis.ink = QColor(colors.muted)
            axis.fit()
        self.grid.set_color(colors.grid)
        self.cursor_line.set_color(colors.muted)
        self.caption.ground = QColor(colors.surface)
        self.caption.set_color(colors.muted)
        self.repaint_soon()

    def place(self, position: QPointF) -> tuple[float, float]:
        """Data coordinates of a point of the widget."""
        way = self.way
        return (position.x() - way.dx()) / way.m11(), (position.y() - way.dy()) / way.m22()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what is stale, items and axes straight onto the viewport."""
        self._stale = False
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), QColor(self.ground))
        self.draw(painter, QRectF(event.rect()))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tell where the left button went down; the middle one pans where a plot allows it."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragging = True
            (self.brush.press if self.brush else self.pressed.emit)(*self.place(event.position()))
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell where the mouse is, and where it drags."""
        place = self.place(event.position())
        self.hovered.emit(*place)
        if event.buttons() & Qt.MouseButton.LeftButton:
            (self.brush.drag if self.brush else self.dragged.emit)(*place)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Tell that the left button was let go."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragging = False
            (self.brush.release if self.brush else self.released.emit)()
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """A second click is a click."""
        self.mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Tell how the wheel turned, in notches."""
        delta = event.angleDelta().y() or event.angleDelta().x()
        if delta:
            x, y = self.place(event.position())
            self.wheel_turned.emit(x, delta / 120)
            self.wheel_turned_at.emit(x, y, delta / 120)
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu."""
        self.menu_asked.emit(event.globalPos())
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Tell that the mouse is gone."""
        self.hovered.emit(float("nan"), float("nan"))
        super().leaveEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out, and tell the new width."""
        super().resizeEvent(event)
        if hasattr(self, "box") and not self.closed:  # closing takes the items away first
            self.repaint_soon()
            self.resized.emit(self.columns)


class _Grid(Item):
    """Faint lines where the axes have their ticks."""

    def __init__(self, x_axis: Axis, y_axis: Axis) -> None:
        super().__init__()
        self._x_axis, self._y_axis = x_axis, y_axis

    def draw(self, painter: QPainter, way: QTransform, area: QRectF) -> None:
        painter.setPen(QPen(self.color, 1.0))
        left, right, top, bottom = area.left(), area.right(), area.top(), area.bottom()
        columns = [round(x * way.m11() + way.dx()) + 0.5 for x in self._x_axis.ticks().values]
        rows = [round(y * way.m22() + way.dy()) + 0.5 for y in self._y_axis.ticks().values]
        lines = [QLineF(x, top, x, bottom) for x in columns] + [QLineF(left, y, right, y) for y in rows]
        if lines:
            painter.drawLines(lines)

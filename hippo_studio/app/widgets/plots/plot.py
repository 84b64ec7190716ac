"""A plot: two axes, a grid, items, a cursor; it knows its colours and tells where the mouse is in data.

It stands on pyqtgraph's view box, which maps and clips, and on nothing else of it: no menus, no automatic
ranges, no buttons. Ranges are set by whoever knows them.
"""

from __future__ import annotations

import pyqtgraph as pg
from PyQt6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import (
    QColor,
    QContextMenuEvent,
    QCursor,
    QMouseEvent,
    QPainter,
    QPen,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PyQt6.QtWidgets import QGraphicsView, QWidget

from hippo_studio.app.theme import Theme
from hippo_studio.app.widgets.plots.axis import Axis
from hippo_studio.app.widgets.plots.items import Caption, Item, Line
from hippo_studio.app.widgets.plots.ticks import Ticker, number_ticks


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
        self._dragging = False
        self.setObjectName(title)
        self.setAccessibleName(title)
        self.setFrameShape(QGraphicsView.Shape.NoFrame)
        mode = QGraphicsView.ViewportUpdateMode
        self.setViewportUpdateMode(mode.FullViewportUpdate if animated else mode.SmartViewportUpdate)
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
        self.setCentralItem(layout)
        self.grid = self.add(_Grid(self.x_axis, self.y_axis), z=-20)
        self.cursor_line = self.add(Line(dashed=True), z=40)
        self.caption = self.add(Caption(), z=50)
        theme.changed.connect(self.recolor)
        self.recolor()

    def add(self, item: Item, z: float = 0.0) -> Item:
        """Put an item into the plot, above those of lower z."""
        item.setZValue(z)
        self.box.addItem(item, ignoreBounds=True)
        return item

    def set_x(self, low: float, high: float) -> None:
        """Show x from low to high."""
        if (low, high) != tuple(self.box.state["viewRange"][0]) and low < high:
            self.box.setXRange(low, high, padding=0)
            self.box.prepareForPaint()  # during a painting it would ask for a second one

    def set_y(self, low: float, high: float) -> None:
        """Show y from low to high."""
        if (low, high) != tuple(self.box.state["viewRange"][1]) and low < high:
            self.box.setYRange(low, high, padding=0)
            self.box.prepareForPaint()

    @property
    def x_range(self) -> tuple[float, float]:
        """What is shown of x."""
        low, high = self.box.state["viewRange"][0]
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
        self.setBackground(self.ground)
        for axis in (self.x_axis, self.y_axis):
            axis.ink = QColor(colors.muted)
            axis.fit()
        self.grid.set_color(colors.grid)
        self.cursor_line.set_color(colors.muted)
        self.caption.ground = QColor(colors.surface)
        self.caption.set_color(colors.muted)
        self.viewport().update()

    def place(self, position: QPointF) -> tuple[float, float]:
        """Data coordinates of a point of the widget."""
        point = self.box.mapSceneToView(self.mapToScene(position.toPoint()))
        return point.x(), point.y()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Tell where the left button went down; the middle one pans where a plot allows it."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragging = True
            self.pressed.emit(*self.place(event.position()))
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell where the mouse is, and where it drags."""
        place = self.place(event.position())
        self.hovered.emit(*place)
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.dragged.emit(*place)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Tell that the left button was let go."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._dragging = False
            self.released.emit()
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
            self.resized.emit(self.columns)


class _Grid(Item):
    """Faint lines where the axes have their ticks."""

    def __init__(self, x_axis: Axis, y_axis: Axis) -> None:
        super().__init__()
        self._x_axis, self._y_axis = x_axis, y_axis

    def draw(self, painter: QPainter, way: QTransform, area: QRectF) -> None:
        painter.setPen(QPen(self.color, 1.0))
        for value in self._x_axis.ticks().values:
            x = round(way.map(QPointF(value, 0)).x()) + 0.5
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        for value in self._y_axis.ticks().values:
            y = round(way.map(QPointF(0, value)).y()) + 0.5
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))

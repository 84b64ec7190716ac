"""Fusion, with check boxes, fields and menus whose edges can be seen in the dark as well.

Fusion draws these edges in a darker shade of the window, which on a dark window is none. Colours come from
the palette in force, so a change of theme needs nothing here.
"""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRectF, Qt
from PyQt6.QtGui import QColor, QPainter, QPalette, QPen, QPolygonF
from PyQt6.QtWidgets import QProxyStyle, QStyle, QStyleOption, QStyleOptionComplex, QWidget

_CHECK = ((0.24, 0.52), (0.43, 0.71), (0.77, 0.31))
"""The tick, in parts of the box."""


class StudioStyle(QProxyStyle):
    """Fusion's proxy."""

    def __init__(self) -> None:
        super().__init__("Fusion")

    def drawPrimitive(
        self,
        element: QStyle.PrimitiveElement,
        option: QStyleOption | None,
        painter: QPainter | None,
        widget: QWidget | None = None,
    ) -> None:
        """Draw the parts that are ours; leave all others to Fusion."""
        if element == QStyle.PrimitiveElement.PE_IndicatorCheckBox:
            _draw_check_box(option, painter)
        elif element == QStyle.PrimitiveElement.PE_FrameLineEdit:
            _draw_field_edge(option, painter)
        else:
            super().drawPrimitive(element, option, painter, widget)
            if element == QStyle.PrimitiveElement.PE_PanelMenu:
                _draw_menu_edge(option, painter)

    def drawComplexControl(
        self,
        control: QStyle.ComplexControl,
        option: QStyleOptionComplex | None,
        painter: QPainter | None,
        widget: QWidget | None = None,
    ) -> None:
        """Give spin boxes the edge of text fields; leave all else to Fusion."""
        super().drawComplexControl(control, option, painter, widget)
        if control == QStyle.ComplexControl.CC_SpinBox:
            _draw_field_edge(option, painter)


def _draw_check_box(option: QStyleOption, painter: QPainter) -> None:
    side = min(option.rect.width(), option.rect.height())
    box = QRectF(0, 0, side, side)
    box.moveCenter(QRectF(option.rect).center())
    box.adjust(0.5, 0.5, -0.5, -0.5)
    on = bool(option.state & QStyle.StateFlag.State_On)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if not option.state & QStyle.StateFlag.State_Enabled:
        painter.setOpacity(0.45)
    painter.setPen(QPen(_edge_color(option, lit=on), 1))
    painter.setBrush(option.palette.color(QPalette.ColorRole.Highlight if on else QPalette.ColorRole.Base))
    painter.drawRoundedRect(box, side / 6, side / 6)
    if on:
        pen = QPen(option.palette.color(QPalette.ColorRole.HighlightedText), side / 8)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        points = (QPointF(box.x() + x * box.width(), box.y() + y * box.height()) for x, y in _CHECK)
        painter.drawPolyline(QPolygonF(list(points)))
    elif option.state & QStyle.StateFlag.State_NoChange:
        middle = box.center().y()
        painter.drawLine(QPointF(box.x() + side / 4, middle), QPointF(box.right() - side / 4, middle))
    painter.restore()


def _draw_field_edge(option: QStyleOption, painter: QPainter) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(_edge_color(option, lit=bool(option.state & QStyle.StateFlag.State_HasFocus)), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5), 2, 2)
    painter.restore()


def _draw_menu_edge(option: QStyleOption, painter: QPainter) -> None:
    color = option.palette.color(QPalette.ColorRole.PlaceholderText)
    color.setAlphaF(0.5)
    painter.save()
    painter.setPen(QPen(color, 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(option.rect.adjusted(0, 0, -1, -1))
    painter.restore()


def _edge_color(option: QStyleOption, *, lit: bool) -> QColor:
    """The accent where the keyboard is; else the colour of quiet text, stronger under the mouse.

    Under the mouse alone it must not look like the keyboard's place: what is typed there are shortcuts.
    """
    if lit or option.state & QStyle.StateFlag.State_HasFocus:
        return option.palette.color(QPalette.ColorRole.Highlight)
    color = option.palette.color(QPalette.ColorRole.PlaceholderText)
    color.setAlphaF(1.0 if option.state & QStyle.StateFlag.State_MouseOver else 0.7)
    return color

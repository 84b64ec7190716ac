"""How a signal stands in a list: its name, and rate, duration and channels, broken where room is short."""

from __future__ import annotations

from PyQt6.QtCore import QModelIndex, QRect, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPalette
from PyQt6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from hippo_studio.app.breaking import broken_name, broken_parts
from hippo_studio.app.theme import Theme

DETAIL = Qt.ItemDataRole.UserRole
"""Of an item: what stands below its name."""
_MOST = 3
"""Lines below the name, at most."""
_KEPT = 4096
"""Signals whose lines are remembered; a live one has other words every quarter of a second."""
_TOP = int(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)

_Lines = tuple[list[str], list[str]]


class SignalDelegate(QStyledItemDelegate):
    """Draws a signal; the current one carries a bar."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._broken: dict[tuple[str, str, int, str], _Lines] = {}

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        """As high as the lines that the width of the list makes of it, and the air around them."""
        line, view = option.fontMetrics.height(), option.widget
        width = view.viewport().width() if isinstance(view, QAbstractItemView) else option.rect.width()
        title, detail = self._lines(option.font, index, _inner(QRect(0, 0, width, 0), line).width())
        height = line * (1.1 * len(title) + len(detail) + 0.8)
        return QSize(option.fontMetrics.averageCharWidth() * 12, round(height))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        """Draw one signal."""
        colors, line = self._theme.colors, option.fontMetrics.height()
        painter.save()
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        over = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if selected or over:
            painter.fillRect(option.rect, QColor(colors.raised))
        if selected:
            bar = QRectF(option.rect)
            bar.setWidth(line / 5)
            painter.fillRect(bar, QColor(colors.accent))
        inner = _inner(option.rect, line)
        title, detail = self._lines(option.font, index, inner.width())
        painter.setFont(_bold(option.font) if selected else option.font)
        painter.setPen(QColor(colors.text))
        for text in title:
            painter.drawText(inner, _TOP, text)
            inner.translate(0, round(line * 1.1))
        painter.setFont(option.font)
        painter.setPen(option.palette.color(QPalette.ColorRole.PlaceholderText))
        for text in detail:
            painter.drawText(inner, _TOP, text)
            inner.translate(0, line)
        painter.restore()

    def _lines(self, font: QFont, index: QModelIndex, width: int) -> _Lines:
        """Those of the name and those below it, measured once, though each painting asks."""
        asked = index.data() or "", index.data(DETAIL) or "", width, font.key()
        if asked not in self._broken:
            if len(self._broken) >= _KEPT:
                self._broken.clear()
            self._broken[asked] = _lines(font, *asked[:3])
        return self._broken[asked]


def _lines(font: QFont, name: str, parts: str, width: int) -> _Lines:
    """The name, always as wide as if it were the current one, and the parts, in lines of that width."""
    bold, plain = QFontMetrics(_bold(font)), QFontMetrics(font)
    title = broken_name(name, lambda text: bold.horizontalAdvance(text) <= width)
    detail = broken_parts(parts, lambda text: plain.horizontalAdvance(text) <= width, _MOST)
    title[-1] = bold.elidedText(title[-1], Qt.TextElideMode.ElideMiddle, width)
    detail = [plain.elidedText(text, Qt.TextElideMode.ElideRight, width) for text in detail]
    return title, detail


def _inner(rect: QRect, line: int) -> QRect:
    return rect.adjusted(line // 2 + line // 5, round(line * 0.4), -line // 3, 0)


def _bold(font: QFont) -> QFont:
    bold = QFont(font)
    bold.setWeight(QFont.Weight.DemiBold)
    return bold

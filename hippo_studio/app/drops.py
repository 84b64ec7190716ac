"""Files dropped anywhere on the window, and the veil that says they are welcome."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QEvent, QMimeData, QObject, QRectF, Qt
from PyQt6.QtGui import QColor, QDragEnterEvent, QDropEvent, QPainter, QPaintEvent, QPen
from PyQt6.QtWidgets import QWidget

from hippo_studio.app.paths import path_of_address, paths_in_text
from hippo_studio.app.theme import Theme


class DropTarget(QObject):
    """Makes a window take files: shows the veil while they hover, hands the paths over when they fall."""

    def __init__(self, window: QWidget, theme: Theme, opened: Callable[[list[Path]], None]) -> None:
        super().__init__(window)
        self._opened = opened
        self.veil = DropVeil(window, theme)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Answer the window's drag and drop events; let all others pass."""
        kind = event.type()
        if kind == QEvent.Type.DragEnter:
            return self._enter(event)
        if kind == QEvent.Type.DragMove:
            _take_a_copy(event)
            return True
        if kind == QEvent.Type.DragLeave:
            self.veil.hide()
            return True
        if kind == QEvent.Type.Drop:
            return self._drop(event)
        return False

    def _enter(self, event: QDragEnterEvent) -> bool:
        count = len(paths_in_mime(event.mimeData()))
        if not count:
            return False
        _take_a_copy(event)
        self.veil.welcome(count)
        return True

    def _drop(self, event: QDropEvent) -> bool:
        self.veil.hide()
        paths = paths_in_mime(event.mimeData())
        if not paths:
            return False
        _take_a_copy(event)
        self._opened(paths)
        return True


class DropVeil(QWidget):
    """A frame over the window while files hover above it; the mouse does not feel it."""

    def __init__(self, window: QWidget, theme: Theme) -> None:
        super().__init__(window)
        self.setObjectName("drop veil")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._theme = theme
        self._text = ""
        self.hide()

    def welcome(self, count: int) -> None:
        """Cover the window."""
        self._text = "Drop to open" if count == 1 else f"Drop to open {count} items"
        self.setGeometry(self.parentWidget().rect())
        self.raise_()
        self.show()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Tint the window and draw the frame and the words."""
        colors = self._theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tint = QColor(colors.background)
        tint.setAlphaF(0.72)
        painter.fillRect(self.rect(), tint)
        unit = self.fontMetrics().height()
        pen = QPen(QColor(colors.accent), unit / 8)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(unit, unit, -unit, -unit), unit, unit)
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 1.8)
        painter.setFont(font)
        painter.setPen(QColor(colors.text))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._text)


def _take_a_copy(event: QDropEvent) -> None:
    """Accept, and say in every answer that it is a copy: a source that reads "moved" deletes the file."""
    event.setDropAction(Qt.DropAction.CopyAction)
    event.accept()


def paths_in_mime(data: QMimeData) -> list[Path]:
    """The local files and folders that a drop or the clipboard names."""
    if data.hasUrls():
        paths = (path_of_address(bytes(url.toEncoded()).decode("ascii")) for url in data.urls())
        return [path for path in paths if path is not None]
    return paths_in_text(data.text()) if data.hasText() else []

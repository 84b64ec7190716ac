"""A sentence in the middle of a plot that has nothing to show, or not yet."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QObject, Qt
from PyQt6.QtGui import QPalette
from PyQt6.QtWidgets import QLabel, QWidget


class Notice(QLabel):
    """Lies over its parent while it has words; the mouse goes through."""

    def __init__(self, parent: QWidget, name: str = "notice", *, covers: bool = False) -> None:
        """With `covers` the parent is hidden behind it: there is nothing to see there yet."""
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName("Notice")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setWordWrap(True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 1.25)
        self.setFont(font)
        if covers:
            self.setAutoFillBackground(True)
            self.setBackgroundRole(QPalette.ColorRole.Base)
            self.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        parent.installEventFilter(self)
        self.hide()

    def say(self, words: str) -> None:
        """Show a sentence; an empty one shows nothing."""
        if words != self.text():
            self.setText(words)
        self.setGeometry(self.parentWidget().rect())
        self.setVisible(bool(words))
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as large as the parent."""
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self.parentWidget().rect())
        return super().eventFilter(watched, event)

"""A sentence in the middle of a plot that has nothing to show, or not yet."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QObject, Qt
from PyQt6.QtWidgets import QLabel, QWidget


class Notice(QLabel):
    """Lies over its parent while it has words; the mouse goes through."""

    def __init__(self, parent: QWidget, name: str = "notice") -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName("Notice")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setWordWrap(True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * 1.25)
        self.setFont(font)
        parent.installEventFilter(self)
        self.hide()

    def say(self, words: str) -> None:
        """Show a sentence; an empty one shows nothing."""
        if words != self.text():
            self.setText(words)
        self.setGeometry(self.parentWidget().rect())
        self.setVisible(bool(words))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as large as the parent."""
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self.parentWidget().rect())
        return super().eventFilter(watched, event)

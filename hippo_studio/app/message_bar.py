"""The bar under the toolbar: one sentence per row, with details on request, never in the way of work."""

from __future__ import annotations

from PyQt6.QtCore import Qt, QTimer
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPlainTextEdit, QToolButton, QVBoxLayout, QWidget

from hippo_studio.app.colors import mix
from hippo_studio.app.icons import tinted
from hippo_studio.app.messages import Message, Messages, Remedy
from hippo_studio.app.theme import Theme

ROWS = 2
"""Rows shown at once, the newest; older ones come back as those are closed, or all on request."""
KEPT = 8
"""Rows kept at most; the oldest gives way, pleasant ones first."""


class MessageBar(QWidget):
    """Shows what `Messages` says, newest row last; what concerns another signal waits for that."""

    def __init__(self, messages: Messages, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messages")
        self.setAccessibleName("Messages")
        self._theme = theme
        self._rows: list[MessageRow] = []
        self._others: set[str] = set()
        self._all = False
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        self.hide()
        messages.shown.connect(self.add)
        messages.withdrawn.connect(self.withdraw)
        messages.out_of_sight.connect(self._overlook)
        theme.changed.connect(self._recolor)

    @property
    def rows(self) -> tuple[MessageRow, ...]:
        """Every row, also one that waits, oldest first."""
        return tuple(self._rows)

    def add(self, message: Message) -> None:
        """Show a message; one that is on screen already is counted, not repeated."""
        for row in self._rows:
            if row.message == message:
                row.count_again()
                return
        row = MessageRow(message, self._theme, self)
        row.close_button.clicked.connect(lambda: self.remove(row))
        for button, remedy in row.remedies:
            button.clicked.connect(lambda _, remedy=remedy: self._take(row, remedy))
        if row.expires:
            row.expires.timeout.connect(lambda: self.remove(row))
        self._rows.append(row)
        row.more_button.clicked.connect(self._show_all)
        self.layout().addWidget(row)
        while len(self._rows) > KEPT:
            older = self._rows[:-1]
            self.remove(next((old for old in older if old.message.level == "info"), older[0]))
        self._arrange()

    def withdraw(self, about: str) -> None:
        """Take what was said about something off the screen."""
        for row in [row for row in self._rows if about and row.message.about == about]:
            self.remove(row)

    def remove(self, row: MessageRow) -> None:
        """Take a row off the screen."""
        if row in self._rows:
            self._rows.remove(row)
            self.layout().removeWidget(row)
            row.hide()
            row.deleteLater()
        self._arrange()

    def _overlook(self, others: set[str]) -> None:
        self._others = others
        self._arrange()

    def _show_all(self) -> None:
        self._all = True
        self._arrange()

    def _arrange(self) -> None:
        """Show the newest rows of those that concern what is looked at."""
        fitting = [row for row in self._rows if row.message.about not in self._others]
        self._all = self._all and len(fitting) > ROWS
        shown = fitting if self._all else fitting[-ROWS:]
        for row in self._rows:
            row.setVisible(row in shown)
            row.show_more(len(fitting) - len(shown) if row in shown[:1] else 0)
        self.setVisible(bool(shown))

    def _take(self, row: MessageRow, remedy: Remedy) -> None:
        if not remedy.asks:
            self.remove(row)
        remedy.run()

    def _recolor(self) -> None:
        for row in self._rows:
            row.recolor()


class MessageRow(QFrame):
    """One message: icon, sentence, what may be done about it, Details, close."""

    def __init__(self, message: Message, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.message = message
        self._theme = theme
        self._count = 1
        self.setObjectName(f"message-{message.level}")
        self.setAccessibleName(message.text)
        self._icon = QLabel(self)
        self.label = QLabel(message.text, self)
        self.label.setWordWrap(True)
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.remedies = [
            (self._button(remedy.text), remedy) for remedy in (message.remedy, message.other) if remedy
        ]
        self.details_button = self._button("Details")
        self.details_button.setCheckable(True)
        self.details_button.setVisible(bool(message.details))
        self.more_button = self._button("")
        self.more_button.setToolTip("Show the older messages too")
        self.more_button.hide()
        self.close_button = self._button("")
        self.close_button.setIcon(theme.icon("close"))
        self.close_button.setToolTip("Close")
        self.close_button.setAccessibleName("Close message")
        self.details: QPlainTextEdit | None = None
        line = QHBoxLayout()
        line.addWidget(self._icon)
        line.addWidget(self.label, 1)
        for button, _ in self.remedies:
            line.addWidget(button)
        line.addWidget(self.details_button)
        line.addWidget(self.more_button)
        line.addWidget(self.close_button)
        column = QVBoxLayout(self)
        edge = self.fontMetrics().height() // 3
        column.setContentsMargins(2 * edge, edge, edge, edge)
        column.addLayout(line)
        self.details_button.toggled.connect(self._show_details)
        self.expires: QTimer | None = None
        if message.level == "info":
            self.expires = QTimer(self)
            self.expires.setSingleShot(True)
            self.expires.start(round(message.seconds * 1000))
        self.recolor()

    def show_more(self, count: int) -> None:
        """Offer so many older messages."""
        self.more_button.setText(f"{count} more")
        self.more_button.setVisible(count > 0)

    def count_again(self) -> None:
        """The same message came once more."""
        self._count += 1
        self.label.setText(f"{self.message.text}  ({self._count}×)")
        if self.expires:
            self.expires.start()

    def recolor(self) -> None:
        """Take the theme's colours."""
        colors = self._theme.colors
        color = getattr(colors, self.message.level)
        ground = mix(colors.background, color, 0.13)
        self.setStyleSheet(
            f"MessageRow {{ background: {ground}; border: none;"
            f" border-bottom: 1px solid {mix(ground, color, 0.4)}; }}"
        )
        side = self.fontMetrics().height()
        self._icon.setPixmap(tinted(self.message.level, color, side, self.devicePixelRatioF()))

    def _button(self, text: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _show_details(self, on: bool) -> None:
        if self.details is None:
            self.details = QPlainTextEdit("\n".join(self.message.details), self)
            self.details.setReadOnly(True)
            self.details.setAccessibleName("Details of the message")
            lines = min(len(self.message.details) + 1, 8)
            self.details.setFixedHeight(round(self.fontMetrics().lineSpacing() * (lines + 0.8)))
            self.layout().addWidget(self.details)
        self.details.setVisible(on)

"""The help sheet: every key of the action table, by group, and how to read the window."""

from __future__ import annotations

from html import escape

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QDialog, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from hippo_studio.app.actions import GROUPS, Action, ActionTable
from hippo_studio.app.palette import native
from hippo_studio.app.theme import Theme

_COLUMNS = (("Play", "Sound"), ("Memory", "Train"), ("File", "Edit", "Export"), ("View", "Tools", "Help"))
assert sorted(sum(_COLUMNS, ())) == sorted(GROUPS)


class HelpSheet(QDialog):
    """A window of its own beside the studio; F1, ? or Escape close it again."""

    def __init__(self, actions: ActionTable, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("help sheet")
        self.setWindowTitle("Keys of HiPPO Studio")
        self._actions, self._theme = actions, theme
        inner = QWidget(self)
        row = QHBoxLayout(inner)
        self.columns = [QLabel(inner) for _ in _COLUMNS]
        for label in self.columns:
            label.setTextFormat(Qt.TextFormat.RichText)
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
            label.setWordWrap(True)
            label.setFixedWidth(self.fontMetrics().height() * 16)
            row.addWidget(label)
        row.setSpacing(self.fontMetrics().height())
        scroll = QScrollArea(self)
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        column = QVBoxLayout(self)
        column.addWidget(scroll)
        theme.changed.connect(self._write)

    def toggle(self) -> None:
        """Show the sheet as the table stands now, or close it."""
        if self.isVisible():
            self.close()
            return
        self._write()
        hint = self.columns[0].parentWidget().sizeHint()
        unit = self.fontMetrics().height()
        room = self.screen().availableSize() * 0.9
        self.resize(min(hint.width() + 4 * unit, room.width()), min(hint.height() + 3 * unit, room.height()))
        self.show()
        self.raise_()
        self.activateWindow()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on the keys that opened the sheet; Escape does so anyway."""
        if event.key() in (Qt.Key.Key_F1, Qt.Key.Key_Question):
            self.close()
        else:
            super().keyPressEvent(event)

    def _write(self) -> None:
        for label, groups in zip(self.columns, _COLUMNS, strict=True):
            label.setText("".join(self._group(group) for group in groups))

    def _group(self, group: str) -> str:
        lines = [
            line for line in self._actions if line.group == group and self._actions.is_connected(line.id)
        ]
        if not lines:
            return ""
        color = self._theme.colors.accent
        rows = "".join(self._row(line) for line in lines)
        return f"<h3 style='color:{color}'>{group}</h3><table cellspacing='0' cellpadding='3'>{rows}</table>"

    def _row(self, line: Action) -> str:
        colors = self._theme.colors
        cap = f"background:{colors.raised}; color:{colors.text}"
        keys = " &nbsp; ".join(
            f"<span style='{cap}'>&nbsp;{escape(native(key))}&nbsp;</span>"
            for key in self._actions.keys(line.id)
        )
        text = escape(self._actions[line.id].text().replace("&", ""))
        tip = f"<span style='color:{colors.muted}'>{escape(self._actions.tip(line.id))}</span>"
        return f"<tr><td><b>{keys}</b></td><td>{text}<br>{tip}</td></tr>"

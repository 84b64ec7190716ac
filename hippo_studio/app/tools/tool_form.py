"""A form for one tool, made from its fields: it tells of a whole tool, or says what is wrong with a value."""

from __future__ import annotations

from dataclasses import Field, fields, replace
from typing import Any

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import QComboBox, QFormLayout, QLineEdit, QWidget

from hippo_studio.signals.tools import Tool


class ToolForm(QWidget):
    """`edited(tool)` carries the tool once it is typed, `refused(sentence)` why it cannot be, "": it can."""

    edited = pyqtSignal(object)
    refused = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("tool form")
        self._tool: Tool | None = None
        self._layout = QFormLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self.fields: dict[str, QWidget] = {}

    def show_tool(self, tool: Tool | None, channels: tuple[str, ...] = ()) -> None:
        """Show a tool's settings; fields of the same tool are kept, so that the focus stays."""
        if type(tool) is not type(self._tool):
            while self._layout.rowCount():
                self._layout.removeRow(0)
            self.fields = {}
            for one in fields(tool) if tool is not None else ():
                editor = self._editor(one)
                label = one.metadata["label"]
                editor.setAccessibleName(label)
                editor.setObjectName(one.name)
                unit = one.metadata["unit"]
                self._layout.addRow(f"{label} ({unit})" if unit else label, editor)
                self.fields[one.name] = editor
        self._tool = tool
        for name, editor in self.fields.items():
            value = getattr(tool, name)
            if isinstance(editor, QComboBox):
                editor.setCurrentIndex(editor.findData(value))
            else:
                editor.setText(_text(value))
                editor.setToolTip(f"Such as {', '.join(channels)}" if name == "channels" else "")

    def _editor(self, one: Field) -> QWidget:
        if choices := one.metadata["choices"]:
            box = QComboBox(self)
            for word, text in choices.items():
                box.addItem(text[:1].upper() + text[1:], word)
            box.activated.connect(lambda _: self._change(one.name, box.currentData()))
            return box
        field = _Field(self)
        field.editingFinished.connect(lambda: self._typed(one.name, field.text()))
        return field

    def _typed(self, name: str, text: str) -> None:
        before = getattr(self._tool, name)
        if text.strip() == _text(before):
            return
        if isinstance(before, tuple):
            value: Any = tuple(word.strip() for word in text.split(",") if word.strip())
        else:
            try:
                value = (int if isinstance(before, int) else float)(text.strip().replace(",", "."))
            except ValueError:
                self.refused.emit(f"{name.capitalize()} is a number; received {text.strip()!r}.")
                self.fields[name].setText(_text(before))
                return
        self._change(name, value)

    def _change(self, name: str, value: object) -> None:
        try:
            tool = replace(self._tool, **{name: value})
        except ValueError as error:
            self.refused.emit(str(error))
            self.show_tool(self._tool)
            return
        if tool != self._tool:
            self.refused.emit("")
            self.edited.emit(tool)


class _Field(QLineEdit):
    """Enter takes the value and gives the keyboard back to the window."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        if event.text() in ("\r", "\n"):
            self.clearFocus()


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value:.10g}" if isinstance(value, float) else str(value)

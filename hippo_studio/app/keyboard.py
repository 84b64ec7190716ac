"""Which keys belong to the widget that has the focus, so that no shortcut steals them.

Qt asks text fields only about keys that print; a spin box would lose its arrows and a check box its Space to
the window's shortcuts. `keeps` is the whole rule, free of Qt; `kind_of_focus` names the kind of a widget.
"""

from __future__ import annotations

from PyQt6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

_CARET = {"Left", "Right", "Up", "Down", "Home", "End", "PgUp", "PgDown"}
_EDITING = {"Ctrl+V", "Ctrl+Up", "Ctrl+Down"}


def keeps(kind: str, key: str) -> bool:
    """Whether a widget of that kind (text, list, slider, button or none) needs a key for itself."""
    bare = key.removeprefix("Shift+")
    if kind == "text":
        return bare in _CARET or key in _EDITING or _prints(bare)
    if kind == "list":
        return bare in {"Up", "Down", "Home", "End", "PgUp", "PgDown"}
    if kind == "slider":
        return bare in _CARET
    return kind == "button" and bare == "Space"


def _prints(key: str) -> bool:
    return key == "Space" or len(key) == 1


def kind_of_focus(widget: QWidget | None) -> str:
    """The kind of the widget that has the keyboard: text, list, slider, button or none."""
    if isinstance(widget, QComboBox):
        return "text" if widget.isEditable() else "list"
    if isinstance(widget, (QLineEdit, QAbstractSpinBox, QPlainTextEdit, QTextEdit)):
        return "none" if widget.isReadOnly() and not isinstance(widget, QAbstractSpinBox) else "text"
    if isinstance(widget, QAbstractItemView):
        return "list"
    if isinstance(widget, QAbstractSlider):
        return "slider"
    return "button" if isinstance(widget, QAbstractButton) else "none"

"""Rows of a form, one per key of a model or a training: label, control, and a tooltip that explains both.

A form is a view: `show_values` displays and stays silent; what the person changes is told as
`changed(key, value)`, what is no value as `rejected(sentence)`. A label in bold is a key that the person set,
one in italics came with a run; its menu leaves the key to the default again (`reset(key)`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from PyQt6.QtCore import QSignalBlocker, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from hippo_studio.app.train.fields import Field, Kind, parsed, shown


class Form(QWidget):
    """Rows for some fields: the basic ones at once, the others behind a fold."""

    changed = pyqtSignal(str, object)
    rejected = pyqtSignal(str)
    reset = pyqtSignal(str)

    def __init__(self, name: str, fields: Sequence[Field], fold: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(name)
        self._fields = {field.name: field for field in fields}
        self.rows: dict[str, QWidget] = {}
        self._labels: dict[str, QLabel] = {}
        self._chosen: frozenset[str] = frozenset()
        self._brought: frozenset[str] = frozenset()
        self._offers: dict[str, tuple[tuple[Any, str], ...]] = {}
        self._forms: dict[bool, QFormLayout] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self.fontMetrics().height() // 4)
        column.addLayout(self._rows([field for field in fields if field.basic], basic=True))
        self.more = _fold_button(fold, self)
        rest = QWidget(self)
        rest.setLayout(self._rows([field for field in fields if not field.basic], basic=False))
        rest.hide()
        self.more.toggled.connect(rest.setVisible)
        column.addWidget(self.more)
        column.addWidget(rest)

    def show_values(
        self, values: Mapping[str, Any], model: str, chosen: Collection[str], brought: Collection[str] = ()
    ) -> None:
        """Display the values of all fields; those that the model has no use for are hidden, and lists offer
        what it can be built with. Of the `chosen` ones, those `brought` came with a run.
        """
        self._chosen, self._brought = frozenset(chosen).difference(brought), frozenset(brought)
        for name, field in self._fields.items():
            if isinstance(box := self.rows[name], QComboBox):
                self._offer(box, field, model)
            _display(self.rows[name], field, values[name])
            self._forms[field.basic].setRowVisible(self.rows[name], field.counts(model, values))
            whose = "As the run had it" if name in self._brought else "Set by you"
            self._labels[name].setToolTip(
                f"{field.tip}\n{whose}; right click for the default." if name in chosen else field.tip
            )
        self.mark()

    def mark(self) -> None:
        """Print the labels of the keys that were set in bold or italics; another style sheet has taken that
        away.
        """
        for name, label in self._labels.items():
            font = label.font()
            font.setBold(name in self._chosen)
            font.setItalic(name in self._brought)
            label.setFont(font)

    def _rows(self, fields: Sequence[Field], *, basic: bool) -> QFormLayout:
        form = self._forms[basic] = QFormLayout()
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        form.setVerticalSpacing(self.fontMetrics().height() // 4)
        for field in fields:
            widget, label = self._control(field), QLabel(field.label, self)
            widget.setObjectName(field.name)
            widget.setAccessibleName(field.label)
            widget.setToolTip(field.tip)
            label.setToolTip(field.tip)
            label.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            label.customContextMenuRequested.connect(
                lambda place, label=label, name=field.name: self._offer_default(label, name, place)
            )
            self.rows[field.name], self._labels[field.name] = widget, label
            form.addRow(label, widget)
        return form

    def _control(self, field: Field) -> QWidget:
        if field.kind is Kind.FLAG:
            check = QCheckBox(self)
            check.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            check.toggled.connect(lambda on: self.changed.emit(field.name, on))
            return check
        if field.kind is Kind.CHOICE:
            box = choice_box(self)
            box.activated.connect(lambda _: self.changed.emit(field.name, box.currentData()))
            return box
        entry = ValueEntry(self)
        if field.optional:
            entry.setPlaceholderText("as the model does")
        entry.editingFinished.connect(lambda: self._typed(field, entry))
        return entry

    def _offer(self, box: QComboBox, field: Field, model: str) -> None:
        offers = field.offers(model)
        if offers != self._offers.get(field.name):
            self._offers[field.name] = offers
            with QSignalBlocker(box):
                box.clear()
                for value, text in offers:
                    box.addItem(text, value)

    def _typed(self, field: Field, entry: ValueEntry) -> None:
        if entry.text() == entry.known:
            return
        try:
            value = parsed(field, entry.text())
        except ValueError as error:
            entry.restore()
            self.rejected.emit(str(error))
            return
        self.changed.emit(field.name, value)

    def _offer_default(self, label: QLabel, name: str, place: Any) -> None:
        menu = QMenu(self)
        menu.addAction("Use the Default", lambda: self.reset.emit(name))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(label.mapToGlobal(place))


class ValueEntry(QLineEdit):
    """A value as text. Enter takes it, Escape brings the last one back; both give the keyboard back."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.known = ""
        self.setAcceptDrops(False)  # a file dropped here is meant for the window

    def show_text(self, text: str) -> None:
        """Display a value, from its beginning."""
        if text != self.text() or text != self.known:
            self.known = text
            self.setText(text)
            self.setCursorPosition(0)

    def restore(self) -> None:
        """Show the last value again."""
        self.setText(self.known)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let Enter and Escape end the typing."""
        if event.key() == Qt.Key.Key_Escape:
            self.restore()
            self.clearFocus()
            return
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.clearFocus()


def choice_box(parent: QWidget) -> QComboBox:
    """A list that takes the room there is instead of what its longest line asks for."""
    box = QComboBox(parent)
    box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(6)
    box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return box


def _fold_button(text: str, parent: QWidget) -> QToolButton:
    button = QToolButton(parent)
    button.setText(text)
    button.setObjectName(text.lower())
    button.setAccessibleName(text)
    button.setCheckable(True)
    button.setAutoRaise(True)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setArrowType(Qt.ArrowType.RightArrow)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.toggled.connect(
        lambda on: button.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
    )
    return button


def _display(widget: QWidget, field: Field, value: Any) -> None:
    with QSignalBlocker(widget):
        if isinstance(widget, QCheckBox):
            widget.setChecked(bool(value))
        elif isinstance(widget, QComboBox):
            index = widget.findData(value)
            if index < 0 and value is not None:  # such as cuda:1, which a file may ask for
                widget.addItem(str(value), value)
                index = widget.count() - 1
            widget.setCurrentIndex(max(index, 0))
        elif isinstance(widget, ValueEntry):
            widget.show_text(shown(field, value))

"""A small window beside the studio in which a signal is made from a formula."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QIcon
from PyQt6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from hippo_studio.app.parameters import UNITS, label, parse_parameters, shown
from hippo_studio.signals import GENERATORS


class GeneratorDialog(QDialog):
    """Chooses a generator and its parameters; Make hands them over and stays open for the next one.

    `make(name, parameters)` starts the work; what it does not accept comes back through `complain`.
    """

    def __init__(self, make: Callable[[str, dict[str, Any]], None], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("generator")
        self.setWindowTitle("Generate a signal")
        self._make = make
        self._fields: dict[str, QLineEdit] = {}
        self.choice = QComboBox(self)
        self.choice.setAccessibleName("Generator")
        for generator in GENERATORS.values():
            self.choice.addItem(generator.title, generator.name)
        self.summary = QLabel(self)
        self.summary.setWordWrap(True)
        self.complaint = QLabel(self)
        self.complaint.setWordWrap(True)
        self.complaint.setTextFormat(Qt.TextFormat.PlainText)
        self.complaint.setForegroundRole(self.complaint.palette().ColorRole.BrightText)
        self.form = QFormLayout()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        self.buttons.button(QDialogButtonBox.StandardButton.Close).setIcon(QIcon())
        self.make_button = self.buttons.addButton("Make", QDialogButtonBox.ButtonRole.AcceptRole)
        self.make_button.setDefault(True)
        column = QVBoxLayout(self)
        column.addWidget(self.choice)
        column.addWidget(self.summary)
        column.addLayout(self.form)
        column.addWidget(self.complaint)
        column.addStretch(1)
        column.addWidget(self.buttons)
        self.choice.currentIndexChanged.connect(lambda _index: self._show_fields())
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.close)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 48)
        self._show_fields()

    def choose(self, name: str) -> None:
        """Show a generator's parameters at their defaults."""
        index = self.choice.findData(name)
        if index < 0:
            raise ValueError(f"there is no generator {name!r}")
        self.choice.setCurrentIndex(index)

    def complain(self, sentence: str) -> None:
        """Say what was not accepted."""
        self.complaint.setText(sentence)
        self.complaint.setVisible(bool(sentence))

    def _show_fields(self) -> None:
        while self.form.rowCount():
            self.form.removeRow(0)
        generator = GENERATORS[self.choice.currentData()]
        self.summary.setText(generator.summary)
        self._fields = {}
        for name, default in generator.defaults.items():
            field = QLineEdit(shown(default), self)
            field.setAccessibleName(label(name))
            unit = UNITS.get(name)
            self.form.addRow(f"{label(name)} ({unit})" if unit else label(name), field)
            self._fields[name] = field
        self.complain("")

    def _accept(self) -> None:
        generator = GENERATORS[self.choice.currentData()]
        texts = {name: field.text() for name, field in self._fields.items()}
        try:
            parameters = parse_parameters(texts, generator.defaults)
        except ValueError as error:
            self.complain(str(error))
            return
        self.complain("")
        self._make(generator.name, parameters)

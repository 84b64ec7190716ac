"""A small window in which the sample rate is said of what has no clock of its own."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QIcon
from PyQt6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from hippo_studio.app.widgets.quantities import parse_rate, typed_rate


class RateDialog(QDialog):
    """Asks for samples per second. `take(rate)` gets them in Hz; unless `needed`, None means: as it is."""

    def __init__(
        self,
        question: str,
        rate: float | None,
        take: Callable[[float | None], None],
        parent: QWidget | None = None,
        *,
        needed: bool = False,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("sample rate")
        self.setWindowTitle("Sample rate")
        self._take, self._needed = take, needed
        asked = QLabel(question, self)
        asked.setTextFormat(Qt.TextFormat.PlainText)
        asked.setWordWrap(True)
        self.field = QLineEdit("" if rate is None else typed_rate(rate), self)
        self.field.setAccessibleName("Sample rate")
        self.field.setPlaceholderText("such as 16 kHz" if needed else "as the file has it")
        hint = "Such as 100, 0.5 Hz or 48 kHz"
        self.field.setToolTip(hint if needed else f"{hint}; empty for what the file itself says")
        self.field.selectAll()
        self.complaint = QLabel(self)
        self.complaint.setTextFormat(Qt.TextFormat.PlainText)
        self.complaint.setWordWrap(True)
        self.complaint.hide()
        choices = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(choices.Ok | choices.Cancel, self)
        for button in self.buttons.buttons():
            button.setIcon(QIcon())
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for part in (asked, self.field, self.complaint, self.buttons):
            column.addWidget(part)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 48)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def _accept(self) -> None:
        text = self.field.text()
        try:
            rate = parse_rate(text) if text.strip() or self._needed else None
        except ValueError as error:
            self.complaint.setText(str(error))
            self.complaint.show()
            return
        self.accept()
        self._take(rate)

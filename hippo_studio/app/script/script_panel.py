"""The panel that shows the script as it grows; copied as it stands, or saved as a script or a notebook."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QFontDatabase, QGuiApplication, QShowEvent, QTextCursor, QTextOption
from PyQt6.QtWidgets import QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from hippo_studio.app.saving import Saving
from hippo_studio.app.script.recorder import Recorder
from hippo_studio.app.services import Services
from hippo_studio.export.atomic import atomic_text

_NOTHING = "# What you do appears here as Python that does the same."
_LEAST_LETTERS = 40
"""Across the script, at the least."""
FORMATS = ("Python script (*.py)", "Jupyter notebook (*.ipynb)")


class ScriptPanel(QWidget):
    """A view of the recorder's script; it is written anew only while it can be seen."""

    def __init__(self, recorder: Recorder, services: Services, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("script panel")
        self._recorder, self._services, self._shown = recorder, services, -1
        self.saving = Saving(services, window)
        self.text = QPlainTextEdit(self)
        self.text.setReadOnly(True)
        self.text.setObjectName("script")
        self.text.setAccessibleName("The Python behind the window")
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        # read in full in a narrow panel; what is copied out of it has the lines as they are
        self.text.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.text.setMinimumWidth(_LEAST_LETTERS * self.text.fontMetrics().horizontalAdvance("0"))
        self.text.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        row = QHBoxLayout()
        for text, tip, slot in (
            ("Copy", "Copy the script", self.copy),
            ("Save…", "Save as a Python script or a Jupyter notebook", self.save),
            ("Clear", "Begin anew, with what is on screen", recorder.clear),
        ):
            button = QPushButton(text, self)
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _=False, slot=slot: slot())
            row.addWidget(button)
        row.addStretch(1)
        column = QVBoxLayout(self)
        edge = self.fontMetrics().height() // 2
        column.setContentsMargins(edge, edge, edge, edge)
        column.addWidget(self.text, 1)
        column.addLayout(row)
        recorder.changed.connect(self._refresh)

    def showEvent(self, event: QShowEvent) -> None:
        """Show what was done meanwhile."""
        super().showEvent(event)
        self._refresh()

    def copy(self) -> None:
        """Put the script on the clipboard."""
        QGuiApplication.clipboard().setText(self._recorder.script.text())
        self._services.messages.status("Copied the script")

    def save(self) -> None:
        """Ask where, and write it."""
        self.saving.ask("Save the script", "studio", FORMATS, lambda path, _: self.write(path))

    def write(self, path: Path) -> None:
        """Write the script to a file, as a notebook if its name says so."""
        content = self._recorder.script.content(path.suffix)
        self.saving.submit(f"Saving {path.name}", [path], lambda _: atomic_text(path, content))

    def _refresh(self) -> None:
        script = self._recorder.script
        if self.isVisible() and script.revision != self._shown:
            self._shown = script.revision
            self.text.setPlainText(script.text() if script.acts else _NOTHING)
            self.text.moveCursor(QTextCursor.MoveOperation.End)

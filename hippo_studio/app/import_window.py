"""The window in which a table is looked at before it is opened, and told how to be read.

Left: every decision, automatic until it is changed. Right: the lines of the file as they stand there, each
with what it was taken for; the signal that comes of them; and what there is to say, with line numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QFontDatabase, QIcon, QTextCursor
from PyQt6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from hippo_studio.app.import_fields import ImportFields
from hippo_studio.app.import_remarks import ImportRemarks
from hippo_studio.app.services import Services
from hippo_studio.app.signal_sketch import SignalSketch
from hippo_studio.app.widgets.quantities import format_clock, format_rate
from hippo_studio.signals.readers.table_preview import TablePreview, kind_of_table, lines_around, preview

_JOB, _LINE_JOB = "import preview", "import line"
_ROWS = 20
"""Rows of the table that are shown."""

Take = Callable[[dict[str, Any], str], None]


class ImportWindow(QDialog):
    """Shows a table and asks how it is read; `take(options, kind)` gets the answer on Import."""

    def __init__(
        self,
        path: Path,
        options: dict[str, Any],
        services: Services,
        take: Take,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("import table")
        self.setWindowTitle(f"Import {path.name}")
        self._path, self._services, self._take = path, services, take
        self.preview: TablePreview | None = None
        self.fields = ImportFields(self)
        self.fields.say(options)
        self.summary = _text(self)
        self.raw = QPlainTextEdit(self)
        self.raw.setReadOnly(True)
        self.raw.setAccessibleName("Lines of the file")
        self.raw.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.raw.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.rows = QTableWidget(self)
        self.rows.setAccessibleName("Table as it is read")
        self.rows.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.rows.setWordWrap(False)
        lines = self.rows.verticalHeader()
        lines.setMinimumSectionSize(1)
        lines.setDefaultSectionSize(round(1.4 * self.fontMetrics().height()))
        self.rows.horizontalHeader().setMaximumSectionSize(30 * self.fontMetrics().averageCharWidth())
        self.sketch = SignalSketch(services.theme, self)
        self.remarks = ImportRemarks(self)
        self.remarks.line_wanted.connect(self._look_for)
        self.remember_kind = QCheckBox("Also for tables with the same ending and header", self)
        choices = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(choices.Cancel, self)
        self.import_button = self.buttons.addButton("Import", QDialogButtonBox.ButtonRole.AcceptRole)
        self.import_button.setDefault(True)
        for button in self.buttons.buttons():
            button.setIcon(QIcon())
        self._lay_out()
        self.fields.changed.connect(self._request)
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)
        self.finished.connect(lambda _result: [services.jobs.cancel(key) for key in (_JOB, _LINE_JOB)])
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._request()

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.addWidget(self.fields)
        left.addWidget(self.remember_kind)
        left.addStretch(1)
        shown = QSplitter(Qt.Orientation.Vertical, self)
        for part in (self.raw, self.rows, self.sketch):
            shown.addWidget(part)
        right = QVBoxLayout()
        right.addWidget(self.summary)
        right.addWidget(shown, 1)
        right.addWidget(self.remarks)
        halves = QHBoxLayout()
        halves.addLayout(left)
        halves.addLayout(right, 1)
        column = QVBoxLayout(self)
        column.addLayout(halves, 1)
        column.addWidget(self.buttons)
        letter, line = self.fontMetrics().averageCharWidth(), self.fontMetrics().height()
        self.resize(120 * letter, 38 * line)

    def _request(self) -> None:
        """Ask for a preview with what the fields say now; only the newest is shown."""
        try:
            options = self.fields.options()
        except ValueError as error:
            self._services.jobs.cancel(_JOB)
            self._complain(str(error))
            return
        path = self._path
        self._services.jobs.submit(
            _JOB,
            lambda _context: preview(path, **options),
            done=self._show,
            failed=lambda error: self._complain(f"{path.name} could not be read: {error}"),
        )

    def _show(self, found: TablePreview) -> None:
        self.preview = found
        self._show_lines(1, found.lines)
        self.fields.show_found(found)
        self._fill_rows(found)
        self.sketch.show_signal(found.signal)
        self.import_button.setEnabled(found.signal is not None)
        if found.signal is None:
            self._complain(found.problem)
            return
        signal = found.signal
        channels = "1 channel" if signal.channels == 1 else f"{signal.channels} channels"
        length = format_clock(signal.duration, digits=1)
        part = "" if found.whole else "The first megabyte: "
        self.summary.setText(f"{part}{channels} · {format_rate(signal.sample_rate)} · {length}")
        self.remarks.say(sorted(found.warnings, key=lambda one: one.line or 0))  # of all of it comes first

    def _show_lines(self, first: int, lines: Sequence[str], wanted: int = 0) -> None:
        """Show lines of the file from a number on; the wanted one is marked."""
        assert self.preview is not None
        width, role = len(str(first + len(lines) - 1)), self.preview.role
        texts = (f"{n:>{width}} {role(n):<8} {line}" for n, line in enumerate(lines, first))
        self.raw.setPlainText("\n".join(texts))
        block = self.raw.document().findBlockByNumber(wanted - first)
        if wanted and block.isValid():
            cursor = QTextCursor(block)
            cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
            self.raw.setTextCursor(cursor)
            self.raw.centerCursor()

    def _look_for(self, number: int) -> None:
        """Show a line of the file: among the first ones, or else with its neighbours."""
        found = self.preview
        if found is None:
            return
        if number <= len(found.lines):
            self._show_lines(1, found.lines, number)
            return
        path, encoding = self._path, found.table.encoding if found.table else None
        self._services.jobs.submit(
            _LINE_JOB,
            lambda _context: lines_around(path, number, encoding),
            done=lambda around: self._show_lines(*around, number),
            failed=lambda error: self.summary.setText(f"Line {number} could not be read: {error}"),
        )

    def _complain(self, text: str) -> None:
        self.import_button.setEnabled(False)
        self.summary.setText("This gives no signal.")
        self.remarks.say([text])

    def _fill_rows(self, found: TablePreview) -> None:
        self.rows.clear()
        table = found.table
        self.rows.setColumnCount(len(table.columns) if table else 0)
        self.rows.setRowCount(min(len(table.preview), _ROWS) if table else 0)
        if table is None:
            return
        self.rows.setHorizontalHeaderLabels(
            [f"{column.name}\n{'channel' if column.selected else column.kind}" for column in table.columns]
        )
        for at, row in enumerate(table.preview[:_ROWS]):
            for place, cell in enumerate(row[: len(table.columns)]):
                self.rows.setItem(at, place, QTableWidgetItem(cell))
        self.rows.resizeColumnsToContents()

    def _accept(self) -> None:
        try:
            options = self.fields.options()
        except ValueError as error:
            self._complain(str(error))
            return
        table = self.preview.table if self.preview is not None else None
        kind = kind_of_table(self._path, table) if table and self.remember_kind.isChecked() else ""
        self.accept()
        self._take(options, kind)


def _text(parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label

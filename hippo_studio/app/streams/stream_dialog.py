"""A small window in which a live stream is opened: its address, what comes from there, how much is held."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PyQt6.QtCore import Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QIcon
from PyQt6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from hippo_studio.app.streams import wording
from hippo_studio.app.theme import tabular
from hippo_studio.app.widgets.number import SecondsField
from hippo_studio.app.widgets.quantities import format_rate
from hippo_studio.signals.streams import EXAMPLES, Stream, StreamError, parse_address

SHORTEST, LONGEST = 1.0, 3600.0
_LOOK_MS = 150


class StreamDialog(QDialog):
    """`take(stream, history in seconds)` gets the stream, open and running, once the person wants it."""

    _told = pyqtSignal()

    def __init__(
        self,
        take: Callable[[Stream, float], None],
        recent: Sequence[str],
        history: float,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("live stream")
        self.setWindowTitle("Open live stream")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._take = take
        self.stream: Stream | None = None
        self._left: list[Stream] = []
        self.address = QComboBox(self)
        self.address.setEditable(True)
        self.address.setAccessibleName("Address")
        self.address.setToolTip("\n".join(f"{example}  –  {says}" for example, says in EXAMPLES.items()))
        shown = [*dict.fromkeys((*recent, *(example for example in EXAMPLES if example != "-")))]
        for text in shown:
            self.address.addItem(text)
            self.address.setItemData(
                self.address.count() - 1, EXAMPLES.get(text, ""), Qt.ItemDataRole.ToolTipRole
            )
        self.look_button = QPushButton("Look", self)
        self.look_button.setToolTip("Open the address, and show what comes from there")
        self.history = SecondsField(SHORTEST, LONGEST, history, name="History", parent=self)
        self.history.setToolTip("How much of the past is held and drawn; the recording on the disk keeps all")
        self.form = QLabel(self)
        self.pace = QLabel(self)
        self.pace.setFont(tabular(self.font()))
        self.lines = QPlainTextEdit(self)
        self.lines.setReadOnly(True)
        self.lines.setAccessibleName("Last lines")
        self.lines.setPlaceholderText("The last lines that came")
        self.lines.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.lines.setFixedHeight(round(self.fontMetrics().lineSpacing() * 8.5))
        self.complaint = QLabel(self)
        for label, name in ((self.form, "Format"), (self.pace, "Rate"), (self.complaint, "What is wrong")):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setAccessibleName(name)
        self.form.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        self.form.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.complaint.hide()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel, self)
        self.buttons.button(QDialogButtonBox.StandardButton.Cancel).setIcon(QIcon())
        self.open_button = self.buttons.addButton("Open", QDialogButtonBox.ButtonRole.AcceptRole)
        self._lay_out()
        self._timer = QTimer(self)
        self._timer.setObjectName("look at stream")
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._show)
        self._told.connect(self._show, Qt.ConnectionType.QueuedConnection)
        self.look_button.clicked.connect(self.look)
        self.address.editTextChanged.connect(lambda _: self._forget())
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)
        self._show()

    def look(self) -> None:
        """Open the address, and show what comes."""
        self._forget()
        try:
            address = parse_address(self.address.currentText())
        except StreamError as error:
            self._complain(str(error))
            return
        self.stream = Stream(address, self._told.emit)
        self.stream.open()
        self._timer.start()
        self._show()

    def done(self, result: int) -> None:
        """Let go of a stream that nobody took."""
        self._timer.stop()
        self._forget()
        super().done(result)

    def _accept(self) -> None:
        if self.stream is None or self.stream.failure is not None:
            self.look()
        stream = self.stream
        if stream is None:
            return
        self.stream = None
        stream.told = lambda: None
        self._take(stream, self.history.value())
        self.accept()

    def _forget(self) -> None:
        stream, self.stream = self.stream, None
        self._timer.stop()
        self._complain("")
        if stream is not None:
            stream.told = lambda: None
            stream.end()
            self._show()

    def _complain(self, sentence: str) -> None:
        self.complaint.setText(sentence)
        self.complaint.setVisible(bool(sentence))

    def _show(self) -> None:
        stream = self.stream
        if stream is None:
            self.form.setText("Not looked at yet")
            self.pace.setText("–")
            self.lines.clear()
            return
        state = stream.state
        if stream.failure is not None:
            self._timer.stop()
            self._complain(str(stream.failure))
        names = (
            f": {', '.join(stream.names[:8])}{' …' if len(stream.names) > 8 else ''}" if stream.names else ""
        )
        self.form.setText(
            f"{stream.described}{names}" if stream.described else state.status or "not known yet"
        )
        measured = f"{format_rate(state.measured)} measured" if state.measured else "nothing comes"
        used = [f"{format_rate(stream.rate)} used"] if stream.rate else []
        self.pace.setText(" · ".join([measured, *used, f"{state.lines:,} lines", *wording.troubles(state)]))
        text = "\n".join(state.tail)
        if text != self.lines.toPlainText():
            self.lines.setPlainText(text)

    def _lay_out(self) -> None:
        first = QHBoxLayout()
        first.addWidget(self.address, 1)
        first.addWidget(self.look_button)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow("Address", first)
        form.addRow("Format", self.form)
        form.addRow("Rate", self.pace)
        form.addRow("History", self.history)
        column = QVBoxLayout(self)
        column.addLayout(form)
        for part in (self.lines, self.complaint, self.buttons):
            column.addWidget(part)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 72)

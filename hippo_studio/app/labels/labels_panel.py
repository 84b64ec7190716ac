"""The panel of the labels: the word that is drawn, the list, and what to do with it."""

from __future__ import annotations

from PyQt6.QtCore import QSignalBlocker, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from hippo_studio.app.labels.editing import Regions
from hippo_studio.app.services import Services
from hippo_studio.signals import Region

FIRST_WORD = "event"
MOST_LISTED = 500
"""Rows of the list; the beats of a day are drawn, and saved, but no list to read."""
_NAME = 2  # the column
_EMPTY = "No label yet: press Label by Dragging, and drag over the signal."


class LabelsPanel(QWidget):
    """`edited(index, region)` is a changed row, `refused(sentence)` why it cannot be, `chosen(index)` the row
    chosen; `word_changed()` tells that another label is to be drawn.
    """

    edited = pyqtSignal(int, object)
    refused = pyqtSignal(str)
    chosen = pyqtSignal(int)
    word_changed = pyqtSignal()

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("labels panel")
        self._regions: Regions = ()
        self._named = -1  # the row whose name is waited for
        self.draw = QToolButton(self)
        self.draw.setDefaultAction(services.actions["label"])
        self.draw.setText("Label")
        self.words = _Words(self)
        self.words.setObjectName("label word")
        self.words.setAccessibleName("Label that is drawn")
        self.words.setToolTip("What the next stretch that you drag over is called")
        self.words.setEditable(True)
        self.words.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.words.setCurrentText(FIRST_WORD)
        self.words.currentTextChanged.connect(lambda _: self.word_changed.emit())
        self.table = QTableWidget(0, 3, self)
        self.table.setObjectName("labels")
        self.table.setAccessibleName("Labels of this signal")
        self.table.setHorizontalHeaderLabels(["From (s)", "To (s)", "Label"])
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(round(1.5 * self.fontMetrics().height()))
        self.table.setShowGrid(False)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setHighlightSections(False)
        self.count = QLabel(_EMPTY, self)
        self.count.setWordWrap(True)
        self.count.setTextFormat(Qt.TextFormat.PlainText)
        first, last = QHBoxLayout(), QHBoxLayout()
        first.addWidget(self.draw)
        first.addWidget(self.words, 1)
        for id, text in (
            ("delete_label", "Delete"),
            ("save_labels", "Save"),
            ("train_regions", services.actions["train_regions"].text()),
        ):
            action = services.actions[id]
            button = QPushButton(text, self)
            button.setToolTip(action.toolTip())
            button.setAccessibleName(text)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(action.trigger)
            last.addWidget(button)
        last.addStretch(1)
        column = QVBoxLayout(self)
        edge = self.fontMetrics().height() // 2
        column.setContentsMargins(edge, edge, edge, edge)
        column.addLayout(first)
        column.addWidget(self.table, 1)
        column.addLayout(last)
        column.addWidget(self.count)
        self.table.itemChanged.connect(self._changed)
        self.table.currentCellChanged.connect(lambda row, *_: self.chosen.emit(row))

    @property
    def word(self) -> str:
        """What the next region is called."""
        return " ".join(self.words.currentText().split()) or FIRST_WORD

    def name(self, row: int) -> None:
        """Let the name of a region be typed, in its row; what is typed is also that of the next one."""
        if 0 <= row < self.table.rowCount():
            self._named = row
            item = self.table.item(row, _NAME)
            self.table.setCurrentItem(item)
            self.table.setFocus()
            self.table.editItem(item)
        else:  # beyond what is listed
            self.words.setFocus()

    def end_naming(self) -> None:
        """Take a name that is being typed as it is: the person goes on elsewhere."""
        if self.table.isAncestorOf(self.focusWidget() or self):
            self.table.setFocus()
        self._named = -1

    def show(self, regions: Regions, chosen: int) -> None:
        """List these regions."""
        self._regions = regions
        with QSignalBlocker(self.table):
            self.table.setRowCount(min(len(regions), MOST_LISTED))
            for row, one in enumerate(regions[:MOST_LISTED]):
                for place, text in enumerate((f"{one.start:.10g}", f"{one.end:.10g}", one.label)):
                    item = self.table.item(row, place)
                    if item is None:
                        self.table.setItem(row, place, QTableWidgetItem(text))
                    elif item.text() != text:
                        item.setText(text)
            at = chosen if chosen < MOST_LISTED else -1
            if at != self.table.currentRow():  # another cell of the same row may be written in
                self.table.setCurrentCell(at, min(at, 0))
        labels = sorted({one.label for one in regions})
        with QSignalBlocker(self.words):
            word = self.words.currentText()
            self.words.clear()
            self.words.addItems(labels)
            self.words.setCurrentText(word)
        count = f"{len(regions)} region{'s' * (len(regions) != 1)}"
        kinds = f"{len(labels)} label{'s' * (len(labels) != 1)}"
        said = f"{count} of {kinds}" if regions else _EMPTY
        self.count.setText(said + (f", the first {MOST_LISTED} listed" if len(regions) > MOST_LISTED else ""))

    def _changed(self, item: QTableWidgetItem) -> None:
        row = item.row()
        start, end, label = (self.table.item(row, place).text() for place in range(3))
        try:
            region = Region(float(start.replace(",", ".")), float(end.replace(",", ".")), label)
        except ValueError as error:
            words = str(error)
            if words.startswith("could not convert"):
                words = f"A time is a number of seconds; received {item.text()!r}."
            self.refused.emit(words)
            self.show(self._regions, row)
            return
        named = row == self._named and item.column() == _NAME
        self.edited.emit(row, region)
        if named:
            self._named = -1
            self.words.setCurrentText(region.label)


class _Words(QComboBox):
    """Enter takes the word and gives the keyboard back to the window."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            self.lineEdit().clearFocus()
            self.clearFocus()

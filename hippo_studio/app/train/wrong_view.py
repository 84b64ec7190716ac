"""The examples that the model got wrong, the most confident errors first; a click opens one as a signal."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from hippo_studio.app.train.past_runs import Wrong
from hippo_studio.app.train.wording import percent

_MOST = 500


class WrongView(QTableWidget):
    """`opened(Wrong)` tells which one is to be looked at."""

    opened = pyqtSignal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 4, parent)
        self.setObjectName("wrong examples")
        self.setAccessibleName("Wrong examples")
        self.setHorizontalHeaderLabels(["Example", "Is", "Taken for", "Sure"])
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(round(self.fontMetrics().height() * 1.5))
        self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.setShowGrid(False)
        self.setToolTip("Click to see the example in the Memory tab")
        self._all: tuple[Wrong, ...] = ()
        self._shown: tuple[Wrong, ...] = ()
        self.cellClicked.connect(lambda row, _: self.opened.emit(self._shown[row]))
        self.cellActivated.connect(lambda row, _: self.opened.emit(self._shown[row]))

    def show_wrong(self, wrong: Sequence[Wrong]) -> None:
        """List these."""
        self._all = tuple(wrong)
        self._list(self._all)

    def choose(self, truth: str, answer: str) -> None:
        """List only those of one cell of the confusion matrix; of a cell without errors, all."""
        chosen = tuple(one for one in self._all if (one.truth, one.answer) == (truth, answer))
        self._list(chosen or self._all)

    def choose_all(self) -> None:
        """List all again."""
        self._list(self._all)

    @property
    def counted(self) -> str:
        """How many are listed, of how many: `3 of 17`, or `17`; "" if there are none."""
        shown, known = len(self._shown), len(self._all)
        return f"{shown} of {known}" if shown < known else f"{known}" if known else ""

    def _list(self, wrong: tuple[Wrong, ...]) -> None:
        self._shown = wrong[:_MOST]
        self.setRowCount(len(self._shown))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for row, one in enumerate(self._shown):
            for column, text in enumerate((one.title, one.truth, one.answer, percent(one.confidence))):
                item = QTableWidgetItem(text)
                if column == 0:
                    item.setToolTip(f"{text}\n{one.split} {one.index}")
                if column == 3:
                    item.setTextAlignment(right)
                self.setItem(row, column, item)

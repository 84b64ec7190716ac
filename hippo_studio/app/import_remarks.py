"""What there is to say of a table before it is imported: a line each, which leads to its line of the file."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import QSize, Qt, pyqtSignal
from PyQt6.QtWidgets import QListWidget, QListWidgetItem, QSizePolicy, QWidget

from hippo_studio.signals.read_warnings import ReadWarning

_LINE = Qt.ItemDataRole.UserRole
_MOST = 8
"""Remarks that are shown."""
_HEIGHT = 7
"""Lines of text that are shown at once at most."""


class ImportRemarks(QListWidget):
    """`line_wanted(number)` tells of a click on a remark that names a line."""

    line_wanted = pyqtSignal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("import remarks")
        self.setAccessibleName("Remarks")
        self.setWordWrap(True)
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        for chosen in (self.itemClicked, self.itemActivated):
            chosen.connect(self._go)

    def text(self) -> str:
        """All of them, a line each."""
        return "\n".join(self.item(row).text() for row in range(self.count()))

    def say(self, remarks: Sequence[ReadWarning | str]) -> None:
        """Show these."""
        self.clear()
        for one in remarks[:_MOST]:
            item = QListWidgetItem(str(one), self)
            if isinstance(one, ReadWarning) and one.line is not None:
                item.setData(_LINE, one.line)
                item.setToolTip(f"Click to see line {one.line}")
        if len(remarks) > _MOST:
            self.addItem(f"and {len(remarks) - _MOST} more")
        self.setVisible(self.count() > 0)
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """As high as what it says, up to some lines."""
        height = sum(self.sizeHintForRow(row) for row in range(self.count())) + 2 * self.frameWidth()
        return QSize(super().sizeHint().width(), min(height, _HEIGHT * self.fontMetrics().lineSpacing()))

    def _go(self, item: QListWidgetItem) -> None:
        line = item.data(_LINE)
        if line is not None:
            self.line_wanted.emit(line)

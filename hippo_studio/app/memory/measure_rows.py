"""One row per measure: whether it is shown, its colour, its name, and its error now."""

from __future__ import annotations

from PyQt6.QtCore import QSignalBlocker, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QIcon, QPainter, QPixmap
from PyQt6.QtWidgets import QCheckBox, QGridLayout, QLabel, QSizePolicy, QWidget

from hippo_studio.app.memory.frame import Frame
from hippo_studio.app.memory.state import MemoryState
from hippo_studio.app.memory.wording import about, percent
from hippo_studio.app.theme import Theme, tabular
from hippo_studio.hippo import MEASURES


class MeasureRows(QWidget):
    """`toggled(names)` tells which measures the person wants to see, as a tuple of names."""

    toggled = pyqtSignal(tuple)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.boxes: dict[str, QCheckBox] = {}
        self.errors: dict[str, QLabel] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(self.fontMetrics().height() // 6)
        grid.setColumnStretch(1, 1)
        for row, measure in enumerate(MEASURES.values()):
            box = QCheckBox(measure.title, self)
            box.setObjectName(f"measure {measure.name}")
            box.setAccessibleName(f"Show {measure.title}: {measure.summary}")
            box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            box.setToolTip(f"{about(measure)}<br>({row + 1})")
            side = round(self.fontMetrics().height() * 0.75)
            box.setIconSize(QSize(side, side))
            box.toggled.connect(lambda _: self.toggled.emit(self._wanted()))
            error = QLabel("", self)
            error.setFont(tabular(error.font()))
            error.setObjectName(f"error {measure.name}")
            error.setAccessibleName(f"Relative error of {measure.title}")
            error.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            error.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
            error.setToolTip("Relative error in the measure, now: 0 % is perfect, 100 % as bad as silence")
            grid.addWidget(box, row, 0)
            grid.addWidget(error, row, 1)
            self.boxes[measure.name], self.errors[measure.name] = box, error
        theme.changed.connect(self._recolor)
        self._recolor()

    def show_state(self, state: MemoryState) -> None:
        """Check the boxes of the measures shown."""
        for name, box in self.boxes.items():
            with QSignalBlocker(box):
                box.setChecked(name in state.measures)
            box.setText(state.measure(name).label)
            if name not in state.measures:
                self.errors[name].clear()

    def show_errors(self, frame: Frame) -> None:
        """Write the errors of a frame; a problem is named, and explained by the tooltip."""
        for recollection in frame.recollections:
            measure = recollection.memory.measure
            label, box = self.errors[measure.name], self.boxes[measure.name]
            label.setText("not possible" if recollection.problem else percent(recollection.error))
            label.setEnabled(not recollection.problem)
            explained = about(measure) + (f"<br><br>{recollection.problem}" if recollection.problem else "")
            if box.toolTip() != explained:
                box.setToolTip(explained)

    def _wanted(self) -> tuple[str, ...]:
        return tuple(name for name, box in self.boxes.items() if box.isChecked())

    def _recolor(self) -> None:
        for name, box in self.boxes.items():
            box.setIcon(_chip(self._theme.measure_color(name)))


def _chip(color: str) -> QIcon:
    """A disc of the measure's colour."""
    side = 64
    picture = QPixmap(side, side)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    painter.drawEllipse(4, 4, side - 8, side - 8)
    painter.end()
    return QIcon(picture)

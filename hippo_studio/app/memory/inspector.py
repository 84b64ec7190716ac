"""The inspector: the formulas with the numbers in force, A and B as pictures, the eigenvalues of Ā, health.

It looks at one of the measures shown. What it shows is computed by a job; the newest request wins, and a
failed one leaves what was there.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from PyQt6.QtCore import QByteArray, QRectF, QSize, QSizeF, Qt
from PyQt6.QtGui import QPainter, QPaintEvent
from PyQt6.QtSvg import QSvgRenderer
from PyQt6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from hippo_studio.app.jobs import JobContext
from hippo_studio.app.memory.inspection import Inspection, drawing, health_lines, inspect
from hippo_studio.app.memory.source import Source
from hippo_studio.app.memory.state import Memory, MemoryState
from hippo_studio.app.services import Services
from hippo_studio.app.widgets.plots import EigenvaluePlane, HeatMap, Plot
from hippo_studio.app.widgets.plots.ticks import no_ticks

_KEY = "inspect"
NOTHING: Mapping[Memory, int] = MappingProxyType({})


class Inspector(QScrollArea):
    """Panel for a dock; `look(state, source, position, before)` whenever one of them changed."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inspector")
        self.setAccessibleName("Inspector")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._services, theme = services, services.theme
        self._source: Source | None = None
        self._position, self._before = 0, NOTHING
        self._asked: tuple[Memory, Source, int] | None = None
        self.inspection: Inspection | None = None
        self._memories: tuple[Memory, ...] = ()
        self.choice = QComboBox(self)
        self.choice.setObjectName("inspected measure")
        self.choice.setAccessibleName("Measure to inspect")
        self.choice.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.choice.activated.connect(lambda _: self._ask())
        self.formulas = FormulaList(self)
        self.A = _MatrixPlot(services, "Transition A", self)
        self.B = _MatrixPlot(services, "Input B", self)
        self.plane = EigenvaluePlane(theme, "Eigenvalues of Ā", self)
        self.health = QLabel(self)
        self.health.setWordWrap(True)
        self.health.setObjectName("health")
        self.health.setAccessibleName("Health")
        self.health.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._build()
        theme.changed.connect(self._redraw)

    def look(
        self, state: MemoryState, source: Source | None, position: int, before: Mapping[Memory, int] = NOTHING
    ) -> None:
        """Show these memories of this source.

        The samples heard count for LegS, whose step changes with them: `position` of the source, and those
        that the memory heard `before` it.
        """
        self._memories = state.memories()
        kept = self.choice.currentData()
        names = [memory.measure.name for memory in self._memories]
        if names != [self.choice.itemData(index) for index in range(self.choice.count())]:
            self.choice.clear()
            for memory in self._memories:
                self.choice.addItem(memory.measure.label, memory.measure.name)
            self.choice.setCurrentIndex(max(self.choice.findData(kept), 0) if names else -1)
        self._source, self._position, self._before = source, position, before
        self._ask()

    def showEvent(self, event) -> None:
        """What was asked while nobody looked is computed now."""
        super().showEvent(event)
        self._ask()

    def close_panel(self) -> None:
        """Drop what is still being computed."""
        self._services.jobs.cancel(_KEY)

    def _ask(self) -> None:
        name, source = self.choice.currentData(), self._source
        memory = next((m for m in self._memories if m.measure.name == name), None)
        if memory is None or source is None or not self.isVisible():
            return
        heard = self._position + self._before.get(memory, 0)
        samples = 0 if memory.measure.time_invariant else heard
        subject = (memory, source, samples)
        if subject == self._asked:
            return
        self._asked = subject
        color = self._services.theme.colors.text

        def work(context: JobContext) -> Inspection:
            found = inspect(memory, source.sample_rate, samples)
            context.check()
            for line in found.formulas:
                drawing(line, color)
            return found

        self._services.jobs.submit(_KEY, work, done=self._take, failed=self._failed)

    def _redraw(self) -> None:
        """Other colours: the formulas are drawn again, off-thread like the rest."""
        self._asked = None
        self._ask()

    def _take(self, inspection: Inspection) -> None:
        self.inspection = inspection
        self._show()

    def _failed(self, error: Exception) -> None:
        self._asked = None
        self._services.messages.error(f"The inspector could not look at this memory: {error}")

    def _show(self) -> None:
        found, theme = self.inspection, self._services.theme
        if found is None:
            return
        self.formulas.set_drawings([drawing(line, theme.colors.text) for line in found.formulas])
        self.A.map.set_matrix(found.A)
        self.B.map.set_matrix(found.B[:, None])
        self.plane.show_points(
            "eigenvalues", found.eigenvalues, theme.measure_color(found.memory.measure.name)
        )
        self.health.setText("\n".join(health_lines(found)))

    def _build(self) -> None:
        inside = QWidget()
        self.setWidget(inside)
        line = self.fontMetrics().height()
        column = QVBoxLayout(inside)
        column.setContentsMargins(line // 2, line // 4, line // 2, line // 2)
        column.setSpacing(line // 3)
        column.addWidget(self.choice)
        column.addWidget(self.health)
        column.addWidget(self.formulas)
        pictures = QHBoxLayout()
        pictures.setSpacing(line // 2)
        side = 8 * line
        for plot, label, width in (
            (self.A, "A", side),
            (self.B, "B", side // 5),
            (self.plane, "Ā", 3 * side // 2),
        ):
            box = QVBoxLayout()
            box.setSpacing(0)
            caption = QLabel(label if plot is not self.plane else "eigenvalues of Ā", self)
            caption.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            caption.setObjectName(f"caption {label}")
            caption.setAccessibleName(f"Caption of {plot.title}")
            box.addWidget(caption)
            plot.setMinimumWidth(width // 2)
            plot.setFixedHeight(side * 5 // 4)
            box.addWidget(plot)
            pictures.addLayout(box, max(width // 10, 1))
        column.addLayout(pictures)
        column.addStretch(1)


class _MatrixPlot(Plot):
    """A heat map without axes."""

    def __init__(self, services: Services, title: str, parent: QWidget) -> None:
        super().__init__(services.theme, title, x_ticks=no_ticks, y_ticks=no_ticks, bare=True, parent=parent)
        self.map = self.add(HeatMap(services.theme.colors))
        self.set_x(0, 1)
        self.set_y(0, 1)

    def recolor(self) -> None:
        """Take the colours in force."""
        super().recolor()
        if hasattr(self, "map"):
            self.map.recolor(self._theme.colors)


class FormulaList(QWidget):
    """Formulas under one another, as large as the width allows, never larger than text asks for."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("formulas")
        self.setAccessibleName("Formulas")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._drawings: list[bytes] = []
        self._renderers: list[QSvgRenderer] = []

    def set_drawings(self, drawings: list[bytes]) -> None:
        """Show these SVGs."""
        if drawings != self._drawings:
            self._drawings = drawings
            self._renderers = [QSvgRenderer(QByteArray(drawing)) for drawing in drawings]
            self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        """As high as the formulas are."""
        return QSize(20 * self.fontMetrics().averageCharWidth(), round(self._height()))

    def minimumSizeHint(self) -> QSize:
        """Nothing of them is cut off."""
        return self.sizeHint()

    def resizeEvent(self, event) -> None:
        """Another width may ask for another height."""
        super().resizeEvent(event)
        self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw them, crisp at any resolution."""
        painter = QPainter(self)
        top = 0.0
        for renderer, size in zip(self._renderers, self._sizes(), strict=True):
            renderer.render(painter, QRectF(0, top, size.width(), size.height()))
            top += size.height() + self._gap()

    def _sizes(self) -> list[QSizeF]:
        usual = self.fontMetrics().height() / 18.0  # drawn at 16 pixels per em
        sizes = [QSizeF(renderer.defaultSize()) * usual for renderer in self._renderers]
        room = max(self.width(), 1)
        return [size * min(1.0, room / max(size.width(), 1.0)) for size in sizes]

    def _gap(self) -> float:
        return self.fontMetrics().height() * 0.35

    def _height(self) -> float:
        return sum(size.height() + self._gap() for size in self._sizes())

"""The controls of the Memory tab, in a dock: measures, N, θ, what is heard, what is shown, and the rest.

A view of one `MemoryState`: `show_state` displays it and stays silent; every change by the person is told as
`changed(dict)`, the fields to replace. The tab decides.
"""

from __future__ import annotations

from typing import Any

from PyQt6.QtCore import QSignalBlocker, QSize, Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QFrame,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from hippo_studio.app.memory.frame import Frame
from hippo_studio.app.memory.measure_rows import MeasureRows
from hippo_studio.app.memory.source import Source
from hippo_studio.app.memory.state import (
    FOLLOW,
    LARGEST_ORDER,
    LONGEST_THETA,
    SHORTEST_THETA,
    VIEWS,
    MemoryState,
)
from hippo_studio.app.theme import Theme
from hippo_studio.app.widgets.number import IntegerField, SecondsField
from hippo_studio.hippo import METHODS

_NORMALIZATIONS = {"orthonormal": "Orthonormal", "lmu": "As the LMU has it"}


class SettingsPanel(QScrollArea):
    """All controls, one under the other. `rejected(sentence)` tells of text that is no value."""

    changed = pyqtSignal(dict)
    rejected = pyqtSignal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("memory settings")
        self.setAccessibleName("Memory settings")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        self.setWidget(inside)
        edge = self.fontMetrics().height() // 2
        column = QVBoxLayout(inside)
        column.setContentsMargins(edge, edge // 2, edge, edge)
        column.setSpacing(edge)
        self.measures = MeasureRows(theme, self)
        self.measures.toggled.connect(lambda names: self.changed.emit({"measures": names}))
        column.addWidget(self.measures)
        column.addLayout(self._sliders())
        column.addLayout(self._choices())
        column.addLayout(self._more())
        column.addStretch(1)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 34)

    def sizeHint(self) -> QSize:
        """As high as the controls: the panel below may have the rest."""
        return self.widget().sizeHint()

    def show_state(self, state: MemoryState) -> None:
        """Display a state."""
        self.measures.show_state(state)
        for field, value in ((self.order, state.order), (self.theta, state.theta)):
            with QSignalBlocker(field):
                field.set_value(value)
        for box, value in (
            (self.follow, state.follow),
            (self.channel, state.channel),
            (self.view, state.view),
            (self.method, state.method),
            (self.normalization, state.normalization),
        ):
            _choose(box, value)
        for check, on in ((self.ages, state.ages), (self.optimum, state.optimum)):
            with QSignalBlocker(check):
                check.setChecked(on)
        for spin, number in (
            (self.alpha, state.alpha),
            (self.lagt_alpha, state.lagt_alpha),
            (self.lagt_beta, state.lagt_beta),
        ):
            with QSignalBlocker(spin):
                spin.setValue(number)
        self._form.setRowVisible(self.alpha, state.method == "gbt")

    def show_signal(self, channels: tuple[str, ...], source: Source | None) -> None:
        """Offer the channels of a signal, and times that make sense for it."""
        with QSignalBlocker(self.channel):
            self.channel.clear()
            for name in channels:
                self.channel.addItem(name, name)
        self._form.setRowVisible(self.channel, len(channels) > 1)
        if source is not None:
            with QSignalBlocker(self.theta):
                self.theta.set_bounds(*theta_bounds(source))

    def show_errors(self, frame: Frame) -> None:
        """Write each measure's error, or its problem, beside its name."""
        self.measures.show_errors(frame)

    def _sliders(self) -> QFormLayout:
        form = self._new_form()
        self.order = IntegerField(1, LARGEST_ORDER, 64, name="Order N", parent=self)
        self.order.setToolTip("How many coefficients each memory has (Up, Down)")
        self.order.value_changed.connect(lambda value: self.changed.emit({"order": value}))
        self.order.rejected.connect(self.rejected)
        form.addRow("N", self.order)
        self.theta = SecondsField(SHORTEST_THETA, LONGEST_THETA, 0.5, name="Window θ", parent=self)
        self.theta.setToolTip(
            "The window, or decay time; LegS has none (Ctrl+Up, Ctrl+Down, or drag the dashed line)"
        )
        self.theta.value_changed.connect(lambda value: self.changed.emit({"theta": value}))
        self.theta.rejected.connect(self.rejected)
        form.addRow("θ", self.theta)
        return form

    def _choices(self) -> QFormLayout:
        form = self._form = self._new_form()
        self.channel = self._combo(form, "Channel", "channel", {})
        self.follow = self._combo(form, "Hears", "follow", FOLLOW)
        self.follow.setToolTip(
            "The waveform itself, or its loudness: a slow curve that few coefficients can hold for seconds"
        )
        self.view = self._combo(form, "Shows", "view", VIEWS)
        self.ages = self._check(form, "Age instead of time", "ages")
        self.optimum = self._check(form, "Best possible, dashed", "optimum")
        self.optimum.setToolTip(
            "The definition's projection, the best that N coefficients can do, and its error: what a memory\n"
            "lacks of it is its discretization's fault, what it lacks of the signal is the basis's (B)"
        )
        self.method = self._combo(form, "Method", "method", {m.name: m.title for m in METHODS.values()})
        for index, method in enumerate(METHODS.values()):
            self.method.setItemData(index, method.summary, Qt.ItemDataRole.ToolTipRole)
        self.method.setToolTip("How the continuous equation becomes one step per sample")
        self.alpha = self._number(form, "GBT α", "alpha", 0.0, 1.0)
        return form

    def _more(self) -> QVBoxLayout:
        column = QVBoxLayout()
        self.more = QToolButton(self)
        self.more.setText("Options of LegT and LagT")
        self.more.setObjectName("more settings")
        self.more.setAccessibleName("Options of LegT and LagT")
        self.more.setCheckable(True)
        self.more.setAutoRaise(True)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.setArrowType(Qt.ArrowType.RightArrow)
        rest = QWidget(self)
        form = self._new_form(rest)
        self.normalization = self._combo(form, "LegT scale", "normalization", _NORMALIZATIONS)
        self.lagt_alpha = self._number(form, "GLagT α", "lagt_alpha", -0.95, 0.95)
        self.lagt_beta = self._number(form, "GLagT β", "lagt_beta", 0.05, 20.0)
        rest.hide()

        def unfold(on: bool) -> None:
            rest.setVisible(on)
            self.more.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)

        self.more.toggled.connect(unfold)
        column.addWidget(self.more)
        column.addWidget(rest)
        return column

    def _new_form(self, owner: QWidget | None = None) -> QFormLayout:
        form = QFormLayout(owner)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
        return form

    def _combo(self, form: QFormLayout, label: str, field: str, choices: dict[str, str]) -> QComboBox:
        box = QComboBox(self)
        box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(8)
        box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        for value, text in choices.items():
            box.addItem(text, value)
        box.currentIndexChanged.connect(lambda _: self._tell(field, box.currentData()))
        return self._row(form, label, field, box)

    def _check(self, form: QFormLayout, text: str, field: str) -> QCheckBox:
        check = QCheckBox(text, self)
        check.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        check.toggled.connect(lambda on: self._tell(field, on))
        return self._row(form, "", field, check)

    def _number(self, form: QFormLayout, label: str, field: str, low: float, high: float) -> QDoubleSpinBox:
        spin = QDoubleSpinBox(self)
        spin.setRange(low, high)
        spin.setDecimals(2)
        spin.setSingleStep(0.05)
        spin.setKeyboardTracking(False)
        spin.valueChanged.connect(lambda value: self._tell(field, value))
        return self._row(form, label, field, spin)

    def _row(self, form: QFormLayout, label: str, field: str, widget: Any) -> Any:
        widget.setObjectName(field)
        widget.setAccessibleName(label or widget.text())
        form.addRow(label, widget)
        return widget

    def _tell(self, field: str, value: object) -> None:
        if value is not None:
            self.changed.emit({field: value})


def theta_bounds(source: Source) -> tuple[float, float]:
    """From two samples to ten times the signal: what θ is worth dragging over."""
    low = max(2 / source.sample_rate, SHORTEST_THETA)
    return low, min(max(10 * source.duration, 10 * low), LONGEST_THETA)


def _choose(box: QComboBox, value: str) -> None:
    with QSignalBlocker(box):
        box.setCurrentIndex(max(box.findData(value), 0) if box.count() else -1)

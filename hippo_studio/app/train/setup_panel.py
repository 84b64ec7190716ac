"""The left side of the Train tab: ① data, ② model, ③ training, and one large button.

A view of a `TrainState`; what the person changes is told, and the tab decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PyQt6.QtCore import QSignalBlocker, QSize, Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from hippo_studio.app.colors import mix
from hippo_studio.app.services import Services
from hippo_studio.app.train.data_card import DataCard
from hippo_studio.app.train.fields import MODEL_FIELDS, TRAINING_FIELDS
from hippo_studio.app.train.form import Form, ValueEntry, choice_box
from hippo_studio.app.train.progress import Phase
from hippo_studio.app.train.state import TrainState
from hippo_studio.ssm import NAMES


class SetupPanel(QWidget):
    """Signals: `data_chosen(source)`, `test_chosen(source)`, `folder_asked`, `file_asked`,
    `model_chosen(name)`, `key_changed(key, value)`, `key_reset(key)`, `defaults_asked`,
    `rejected(sentence)`.
    """

    data_chosen = pyqtSignal(str)
    test_chosen = pyqtSignal(str)
    folder_asked = pyqtSignal()
    file_asked = pyqtSignal()
    model_chosen = pyqtSignal(str)
    key_changed = pyqtSignal(str, object)
    key_reset = pyqtSignal(str)
    defaults_asked = pyqtSignal()
    rejected = pyqtSignal(str)

    def __init__(
        self, services: Services, tasks: Sequence[tuple[str, str, str]], parent: QWidget | None = None
    ) -> None:
        """`tasks` are the built-in data: source, title and summary."""
        super().__init__(parent)
        self.setObjectName("training setup")
        self.setAccessibleName("Data, model and training")
        self._services = services
        self._edge = self.fontMetrics().height() // 2
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._scrolled(tasks), 1)
        column.addWidget(self._buttons())
        letter = self.fontMetrics().averageCharWidth()
        self.setMinimumWidth(34 * letter)
        self.setMaximumWidth(60 * letter)
        self._primary = True
        services.theme.changed.connect(self._recolor)
        self._recolor()

    def show_state(self, state: TrainState, values: Mapping[str, Any]) -> None:
        """Display what is asked for, with the values in force."""
        with QSignalBlocker(self.data):
            index = self.data.findData(state.data)
            if index < 0:
                self.data.addItem(state.data.rstrip("/").rpartition("/")[2] or state.data, state.data)
                index = self.data.count() - 1
                self.data.setItemData(index, state.data, Qt.ItemDataRole.ToolTipRole)
            self.data.setCurrentIndex(index)
        self.data.setToolTip(self.data.currentData(Qt.ItemDataRole.ToolTipRole))
        self.test.show_text(state.test)
        self.test_row.setVisible(not state.data.startswith("task:"))
        with QSignalBlocker(self.model):
            self.model.setCurrentIndex(self.model.findData(state.model))
        self.summary.setText(_sentence(NAMES[state.model].summary))
        chosen = [name for name, _ in state.chosen]
        for form in (self.model_form, self.training_form):
            form.show_values(values, state.model, chosen, state.brought)
        self.defaults.setEnabled(bool(chosen))

    def show_phase(self, phase: Phase) -> None:
        """Let the buttons say what they do now; while a training runs, its set-up stands still."""
        self.setup.setEnabled(not phase.busy)
        self._primary = not phase.busy
        self._recolor()

    def _recolor(self) -> None:
        """Train is what the eye shall find; Stop is a button like others. Marks of the forms come back."""
        for form in (self.model_form, self.training_form):
            form.mark()
        colors = self._services.theme.colors
        lit, sunk = mix(colors.accent, colors.surface, 0.12), mix(colors.accent, colors.text, 0.2)
        self.train.setStyleSheet(
            f"""
            QPushButton {{ background: {colors.accent}; color: {colors.on_accent}; border: 2px solid
                           {colors.accent}; border-radius: 0.25em; }}
            QPushButton:hover {{ background: {lit}; }}
            QPushButton:focus {{ border-color: {colors.text}; }}
            QPushButton:pressed {{ background: {sunk}; }}
            """
            if self._primary
            else ""
        )

    def _scrolled(self, tasks: Sequence[tuple[str, str, str]]) -> QScrollArea:
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setup = QWidget()
        column = QVBoxLayout(self.setup)
        column.setContentsMargins(self._edge, self._edge // 2, self._edge, self._edge)
        column.setSpacing(self._edge // 2)
        column.addWidget(_heading("①  Data", self))
        column.addLayout(self._data_row(tasks))
        column.addWidget(self._test_row())
        self.card = DataCard(self._services.theme, self)
        column.addWidget(self.card)
        column.addSpacing(self._edge)
        column.addLayout(self._model_heading())
        self.model = choice_box(self)
        self.model.setObjectName("model")
        self.model.setAccessibleName("Model")
        for place, (name, words) in enumerate(NAMES.items()):
            self.model.addItem(words.title, name)
            self.model.setItemData(place, words.summary, Qt.ItemDataRole.ToolTipRole)
        self.model.activated.connect(lambda _: self.model_chosen.emit(self.model.currentData()))
        column.addWidget(self.model)
        self.summary = QLabel(self)
        self.summary.setObjectName("model summary")
        self.summary.setAccessibleName("What the model is")
        self.summary.setWordWrap(True)
        self.summary.setForegroundRole(self.palette().ColorRole.PlaceholderText)
        column.addWidget(self.summary)
        self.model_form = self._form("model settings", MODEL_FIELDS, "More of the model")
        column.addWidget(self.model_form)
        column.addSpacing(self._edge)
        column.addWidget(_heading("③  Training", self))
        self.training_form = self._form("training settings", TRAINING_FIELDS, "More of the training")
        column.addWidget(self.training_form)
        column.addStretch(1)
        area.setWidget(self.setup)
        return area

    def _model_heading(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(_heading("②  Model", self), 1)
        self.defaults = QToolButton(self)
        self.defaults.setText("Defaults")
        self.defaults.setObjectName("defaults")
        self.defaults.setAccessibleName("Defaults")
        self.defaults.setToolTip("Leave every setting of the model and the training to its default")
        self.defaults.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.defaults.clicked.connect(self.defaults_asked)
        row.addWidget(self.defaults)
        return row

    def _data_row(self, tasks: Sequence[tuple[str, str, str]]) -> QHBoxLayout:
        row = QHBoxLayout()
        self.data = choice_box(self)
        self.data.setObjectName("data")
        self.data.setAccessibleName("Data")
        for place, (source, title, summary) in enumerate(tasks):
            self.data.addItem(title, source)
            self.data.setItemData(place, f"{summary}\n({source})", Qt.ItemDataRole.ToolTipRole)
        self.data.activated.connect(lambda _: self.data_chosen.emit(self.data.currentData()))
        row.addWidget(self.data, 1)
        for icon, name, tip, signal in (
            ("folder", "Data folder", "Learn from a folder: one folder per class", self.folder_asked),
            ("open", "Data file", "Learn from a file: .ts, .tsv, .arff, .csv, .npz, IDX …", self.file_asked),
        ):
            button = QToolButton(self)
            button.setIcon(self._services.theme.icon(icon))
            button.setToolTip(tip)
            button.setObjectName(name.lower())
            button.setAccessibleName(name)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(signal)
            row.addWidget(button)
        regions = QToolButton(self)
        regions.setDefaultAction(self._services.actions["train_regions"])
        regions.setObjectName("data regions")
        regions.setAccessibleName("Labelled regions")
        regions.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        row.addWidget(regions)
        return row

    def _test_row(self) -> QWidget:
        self.test_row = QWidget(self)
        row = QHBoxLayout(self.test_row)
        row.setContentsMargins(0, 0, 0, 0)
        self.test = ValueEntry(self)
        self.test.setObjectName("test data")
        self.test.setAccessibleName("Test data")
        self.test.setPlaceholderText("a part of the data")
        self.test.setToolTip("What to report on: a folder or a file; empty for a part of the data")
        self.test.editingFinished.connect(
            lambda: self.test.text() != self.test.known and self.test_chosen.emit(self.test.text().strip())
        )
        row.addWidget(QLabel("Test on", self))
        row.addWidget(self.test, 1)
        return self.test_row

    def _form(self, name: str, fields: Sequence[Any], fold: str) -> Form:
        form = Form(name, fields, fold, self)
        form.changed.connect(self.key_changed)
        form.reset.connect(self.key_reset)
        form.rejected.connect(self.rejected)
        return form

    def _buttons(self) -> QWidget:
        """Train, which is Stop while it runs; pause and one batch beside it."""
        bar = QFrame(self)
        rows = QVBoxLayout(bar)
        rows.setContentsMargins(self._edge, self._edge // 2, self._edge, self._edge)
        rows.setSpacing(self._edge // 2)
        row = QHBoxLayout()
        rows.addLayout(row)
        actions = self._services.actions
        self.train = ActionButton(actions["train_start"], bar)
        self.train.setObjectName("train")
        font = self.train.font()
        font.setPointSizeF(font.pointSizeF() * 1.25)
        font.setWeight(font.Weight.DemiBold)
        self.train.setFont(font)
        self.train.setMinimumHeight(round(self.fontMetrics().height() * 2.2))
        self.train.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        row.addWidget(self.train, 1)
        side = round(self.fontMetrics().height() * 2.2)
        for id in ("train_pause", "train_step"):
            button = QToolButton(bar)
            button.setDefaultAction(actions[id])
            button.setIconSize(QSize(side // 2, side // 2))
            button.setFixedSize(side, side)
            button.setObjectName(f"{id} button")
            button.setAccessibleName(actions[id].text())
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            row.addWidget(button)
        baseline = ActionButton(actions["train_baseline"], bar)
        baseline.setObjectName("baseline")
        rows.addWidget(baseline)
        return bar


class ActionButton(QPushButton):
    """A push button that is an action: its words, its tooltip, whether it can be pressed."""

    def __init__(self, action: Any, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._action = action
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(action.trigger)
        action.changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        action = self._action
        self.setText(action.text())
        self.setAccessibleName(action.text())
        self.setToolTip(action.toolTip())
        self.setIcon(action.icon())
        self.setEnabled(action.isEnabled())


def _heading(text: str, parent: QWidget) -> QLabel:
    label = QLabel(text, parent)
    font = label.font()
    font.setPointSizeF(font.pointSizeF() * 1.12)
    font.setWeight(font.Weight.DemiBold)
    label.setFont(font)
    return label


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}."

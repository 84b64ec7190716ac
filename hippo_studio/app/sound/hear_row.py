"""One row under the plots: Original and the measures shown, at which age, and the window held now."""

from __future__ import annotations

from PyQt6.QtCore import QSignalBlocker, Qt
from PyQt6.QtGui import QColor, QIcon, QPainter, QPixmap
from PyQt6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QWidget

from hippo_studio.app.services import Services
from hippo_studio.app.sound.hearing import ORIGINAL, Hearing
from hippo_studio.app.theme import tabular
from hippo_studio.app.widgets.number import ScaledSlider
from hippo_studio.app.widgets.quantities import format_seconds
from hippo_studio.hippo import MEASURES

ACTIONS = ("hear_original", *(f"hear_{n}" for n in range(1, len(MEASURES) + 1)), "hear_other", "hear_window")


class HearRow(QWidget):
    """A view of `Hearing`; hidden where there is no sound."""

    def __init__(self, hearing: Hearing, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("hear row")
        self.setAccessibleName("What is heard")
        self._hearing, self._services = hearing, services
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(1)  # it widens no window
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(self.fontMetrics().averageCharWidth() // 2)
        row.addWidget(QLabel("Hear", self))
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self.buttons = {ORIGINAL: self._button(row, "Original", "hear_original", ORIGINAL)}
        for number, measure in enumerate(MEASURES.values(), 1):
            self.buttons[measure.name] = self._button(row, measure.title, f"hear_{number}", measure.name)
        self._build_age(row)
        row.addStretch(1)
        self.window_button = QToolButton(self)
        self.window_button.setDefaultAction(services.actions["hear_window"])
        self.window_button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.window_button.setAutoRaise(True)
        self.window_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.window_button.setAccessibleName("Hear the window")
        row.addWidget(self.window_button)
        services.actions.connect("hear_other", hearing.swap)
        services.actions.connect("hear_window", hearing.hold)
        hearing.changed.connect(self.refresh)
        services.theme.changed.connect(self._recolor)
        self._recolor()
        self.refresh()

    def refresh(self) -> None:
        """Show the choice as it is."""
        hearing = self._hearing
        self.setVisible(hearing.possible)
        for name, button in self.buttons.items():
            button.setVisible(not name or name in hearing.shown)
            button.setChecked(name == hearing.choice)
            if name:
                button.setToolTip(self._tip(name))
        with QSignalBlocker(self.age):
            self.age.show_value(hearing.age)
        self.age_figure.setText(format_seconds(max(hearing.age_seconds, 1e-9)) if hearing.age else "0 s")
        self._services.actions["hear_window"].setChecked(hearing.holding)

    def _tip(self, name: str) -> str:
        number = list(MEASURES).index(name) + 1
        what = "the signal as" if self._hearing.waveform else "the signal with the loudness that"
        return f"Hear {what} {MEASURES[name].title} tells  (Alt+{number}; A for there and back)"

    def _button(self, row: QHBoxLayout, text: str, id: str, name: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setCheckable(True)
        button.setAutoRaise(True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setObjectName(id)
        button.setAccessibleName(f"Hear {text}")
        button.setToolTip("Hear the signal itself  (Alt+0)")
        button.clicked.connect(lambda: self._hearing.choose(name))
        self._services.actions.connect(id, lambda: self._hearing.choose(name))
        self._services.actions.set_text(id, f"Hear {text}" if name else "Hear the Original")
        self._group.addButton(button)
        row.addWidget(button)
        return button

    def _build_age(self, row: QHBoxLayout) -> None:
        letter = self.fontMetrics().averageCharWidth()
        row.addSpacing(letter)
        label = QLabel("at age", self)
        self.age = ScaledSlider(0.0, 1.0, logarithmic=False, parent=self)
        self.age.setObjectName("heard age")
        self.age.setAccessibleName("Age at which the memory is heard")
        self.age.setFixedWidth(14 * letter)
        tip = "How old each sample is when the memory is asked for it: from just now (left) to θ (right)"
        for widget in (label, self.age):
            widget.setToolTip(tip)
        self.age.scaled_value_changed.connect(self._hearing.set_age)
        self.age_figure = QLabel(self)
        self.age_figure.setFont(tabular(self.font()))
        self.age_figure.setAccessibleName("Age figure")
        self.age_figure.setMinimumWidth(8 * letter)
        for widget in (label, self.age, self.age_figure):
            row.addWidget(widget)

    def _recolor(self) -> None:
        theme = self._services.theme
        for name, button in self.buttons.items():
            button.setIcon(_chip(theme.measure_color(name) if name else theme.colors.signal))


def _chip(color: str) -> QIcon:
    """A disc of the colour in which a voice is drawn."""
    picture = QPixmap(64, 64)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(color))
    painter.drawEllipse(16, 16, 32, 32)
    painter.end()
    return QIcon(picture)

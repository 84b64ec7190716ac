"""Use it: let the model follow the current signal, test it at another sampling rate, hear a kernel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PyQt6.QtCore import Qt, QTimer, pyqtSignal
from PyQt6.QtWidgets import QCheckBox, QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from hippo_studio.app.theme import tabular
from hippo_studio.app.widgets.number import ScaledSlider

SLOWEST, FASTEST = 0.25, 2.0
_SETTLED_MS = 400
"""After so long without another move of the slider, the signal is followed anew."""


class UsePage(QWidget):
    """`followed(on)`, `rate_chosen(factor)` once the slider rests, `test_asked(factor)`, `kernel_asked()`,
    `memory_asked()` to see what is followed.
    """

    followed = pyqtSignal(bool)
    rate_chosen = pyqtSignal(float)
    test_asked = pyqtSignal(float)
    kernel_asked = pyqtSignal()
    memory_asked = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("use")
        self.setAccessibleName("Use the model")
        self.factor = 1.0
        self.follow = QCheckBox("Follow the current signal", self)
        self.follow.setToolTip(
            "Apply the model to the signal of the Memory tab as it plays: "
            "the probability of each class over time, in a strip under the past"
        )
        self.where = QLabel(self)
        self.where.setWordWrap(True)
        self.go = QPushButton("Show in the Memory Tab", self)
        self.go.setToolTip("Go to the strip under the past, where the probabilities are")
        self.slider = ScaledSlider(SLOWEST, FASTEST, parent=self)
        self.slider.setToolTip("Use the model at another sampling rate than it learned at: Δ is scaled")
        self.shown = QLabel(self)
        self.shown.setFont(tabular(self.font()))
        self.test = QPushButton("Test at This Rate", self)
        self.test.setToolTip("Resample the test examples, scale Δ, and count what is still right")
        self.found = QLabel(self)
        self.found.setWordWrap(True)
        self.hear = QPushButton("Hear This Kernel", self)
        self.hear.setToolTip("The kernel on the right as an impulse response on the current signal")
        self._soon = QTimer(self, singleShot=True, interval=_SETTLED_MS)
        self._soon.timeout.connect(lambda: self.rate_chosen.emit(self.factor))
        for widget, name in (
            (self.follow, "Follow the current signal"), (self.where, "What is followed, and where"),
            (self.go, "Show in the Memory tab"), (self.slider, "Sampling rate"),
            (self.shown, "Sampling rate shown"), (self.test, "Test at this rate"),
            (self.found, "Result of the test"), (self.hear, "Hear this kernel"),
        ):  # fmt: skip
            widget.setObjectName(name.lower())
            widget.setAccessibleName(name)
        for button in (self.follow, self.go, self.test, self.hear):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # Space plays, also after a click
        self._build()
        self.follow.toggled.connect(self.followed)
        self.go.clicked.connect(self.memory_asked)
        self.slider.scaled_value_changed.connect(self._slide)
        self.test.clicked.connect(lambda: self.test_asked.emit(self.factor))
        self.hear.clicked.connect(self.kernel_asked)
        self.slider.show_value(1.0)
        self._write()
        self.show_following(False)

    def show_following(self, on: bool, remarks: Sequence[str] = ()) -> None:
        """Say where the probabilities are, and how the signal is unlike what the model learned from."""
        self.follow.setChecked(on)
        where = "The probability of each class is in the Memory tab, in a strip under the past."
        self.where.setText(" ".join((where, *remarks)) if on else "")
        self.go.setVisible(on)

    def say(self, words: str) -> None:
        """Show what came of the test."""
        self.found.setText(words)

    def rest(self) -> None:
        """Let nothing come any more."""
        self._soon.stop()

    def _slide(self, value: float) -> None:
        self.factor = 1.0 if abs(value - 1.0) < 0.03 else float(f"{value:.2g}")
        self._write()
        self._soon.start()

    def _write(self) -> None:
        self.shown.setText(f"{self.factor:.2f} × its own rate, Δ × {1 / self.factor:.2f}")

    def _build(self) -> None:
        edge = self.fontMetrics().height()
        column = QVBoxLayout(self)
        column.setContentsMargins(edge, edge, edge, edge)
        column.setSpacing(edge // 2)
        grid = QGridLayout()
        grid.setHorizontalSpacing(edge)
        grid.setVerticalSpacing(edge // 2)
        rows: tuple[tuple[Any, ...], ...] = (
            ("Listen", self.follow, self.go),
            ("", self.where, None),
            ("Sampling rate", self.slider, self.shown),
            ("", self.test, self.found),
            ("Sound", self.hear, None),
        )
        for row, (title, left, right) in enumerate(rows):
            grid.addWidget(QLabel(title, self), row, 0)
            grid.addWidget(left, row, 1, 1, 2 if left is self.where else 1)
            if right is not None:
                grid.addWidget(right, row, 2)
        grid.setColumnStretch(1, 2)
        grid.setColumnStretch(2, 3)
        column.addLayout(grid)
        column.addStretch(1)

"""A number that can be dragged or typed: an integer, or a time on a logarithmic scale.

Each control is a view of one value: `set_value` shows it and stays silent when nothing changes,
`value_changed` tells of every change, from slider, field or program. Enter and Escape give the keyboard back
to the window, so that Space plays again.
"""

from __future__ import annotations

import math

from PyQt6.QtCore import QSignalBlocker, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QValidator
from PyQt6.QtWidgets import QHBoxLayout, QLineEdit, QSizePolicy, QSlider, QSpinBox, QStyle, QWidget

from hippo_studio.app.widgets.quantities import format_seconds, parse_seconds

_STEPS = 2000
"""Positions of a slider: finer than the pixels it is drawn with."""


class ScaledSlider(QSlider):
    """A horizontal slider whose thumb moves evenly in the logarithm of a value (or in the value itself)."""

    scaled_value_changed = pyqtSignal(float)

    def __init__(self, low: float, high: float, *, logarithmic: bool = True, parent: QWidget | None = None):
        super().__init__(Qt.Orientation.Horizontal, parent)
        if not (math.isfinite(low) and math.isfinite(high) and low < high and (low > 0 or not logarithmic)):
            raise ValueError(f"a slider needs 0 < low < high, both finite; received {low!r} and {high!r}")
        self._low, self._high, self._logarithmic = low, high, logarithmic
        self.setRange(0, _STEPS)
        self.setPageStep(_STEPS // 20)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # after a drag the arrow keys still belong to the window
        self.valueChanged.connect(lambda position: self.scaled_value_changed.emit(self.scaled(position)))

    def set_bounds(self, low: float, high: float) -> None:
        """Change the ends of the scale; the thumb keeps its place until a value is shown."""
        self._low, self._high = low, high

    def scaled(self, position: int) -> float:
        """The value that stands at a slider position."""
        part = position / _STEPS
        if self._logarithmic:
            return float(self._low * (self._high / self._low) ** part)
        return self._low + part * (self._high - self._low)

    def show_value(self, value: float) -> None:
        """Move the thumb without telling anyone."""
        value = min(max(value, self._low), self._high)
        if self._logarithmic:
            part = math.log(value / self._low) / math.log(self._high / self._low)
        else:
            part = (value - self._low) / (self._high - self._low)
        with QSignalBlocker(self):
            self.setValue(round(part * _STEPS))

    def mousePressEvent(self, event) -> None:
        """Let a click in the groove jump there, as a drag would, instead of paging."""
        if event.button() == Qt.MouseButton.LeftButton:
            length = self.style().pixelMetric(QStyle.PixelMetric.PM_SliderLength, None, self)
            span = max(self.width() - length, 1)
            at = round(event.position().x() - length / 2)
            self.setValue(QStyle.sliderValueFromPosition(0, _STEPS, at, span))
        super().mousePressEvent(event)


class IntegerField(QWidget):
    """A whole number: slider and spin box, such as the order N from 1 to 512.

    `rejected` carries the sentence for text that is no such number; the last good one stays.
    """

    value_changed = pyqtSignal(int)
    rejected = pyqtSignal(str)

    def __init__(
        self,
        low: int = 1,
        high: int = 512,
        value: int | None = None,
        *,
        logarithmic: bool = True,
        name: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._value = low if value is None else int(value)
        self.slider = ScaledSlider(low, high, logarithmic=logarithmic, parent=self)
        self.spin = _SpinBox(self)
        self.spin.setRange(low, high)
        self.spin.setAccelerated(True)
        self.spin.setKeyboardTracking(False)  # typing 64 is one change, not 6 and then 64
        _name(self, name, self.slider, self.spin)
        _row(self, self.slider, self.spin)
        self._show()
        self.slider.scaled_value_changed.connect(
            lambda scaled: self.set_value(round(scaled), from_slider=True)
        )
        self.spin.valueChanged.connect(self.set_value)
        self.spin.rejected.connect(lambda text: self.rejected.emit(self._refusal(name, text)))

    def value(self) -> int:
        """The number shown."""
        return self._value

    def set_value(self, value: int, *, from_slider: bool = False) -> None:
        """Show a number, limited to the range; tell if it is another one."""
        value = min(max(int(value), self.spin.minimum()), self.spin.maximum())
        if value == self._value:
            return
        self._value = value
        self._show(slider=not from_slider)
        self.value_changed.emit(value)

    def _refusal(self, name: str, text: str) -> str:
        low, high = self.spin.minimum(), self.spin.maximum()
        what = f"{name or 'This'} must be a whole number from {low} to {high}"
        return f"{what}; received {text.strip()!r}, so {self._value} stays."

    def _show(self, *, slider: bool = True) -> None:
        if slider:  # a thumb under the mouse must not be pulled to the nearest whole number
            self.slider.show_value(self._value)
        with QSignalBlocker(self.spin):
            self.spin.setValue(self._value)


class SecondsField(QWidget):
    """A time: logarithmic slider and a field that understands `0.5`, `50 ms`, `2 min` or `1:30`.

    `rejected` carries the sentence for text that is no time; the field then shows the last good value.
    """

    value_changed = pyqtSignal(float)
    rejected = pyqtSignal(str)

    def __init__(
        self,
        low: float = 1e-3,
        high: float = 100.0,
        value: float = 0.5,
        *,
        name: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._low, self._high, self._value = low, high, min(max(value, low), high)
        self.slider = ScaledSlider(low, high, parent=self)
        self.field = _Field(self)
        self.field.setPlaceholderText("0.5 s")
        self.field.setMinimumWidth(self.field.fontMetrics().horizontalAdvance("0.0000 mins"))
        self.field.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.field.setToolTip("A time such as 0.5 s, 50 ms, 2 min or 1:30")
        _name(self, name, self.slider, self.field)
        _row(self, self.slider, self.field)
        self._show()
        self.slider.scaled_value_changed.connect(self._dragged)
        self.field.editingFinished.connect(self._typed)

    def value(self) -> float:
        """The time shown, in seconds."""
        return self._value

    def set_value(self, value: float, *, from_slider: bool = False) -> None:
        """Show a time in seconds, limited to the range; tell if it is another one."""
        if not math.isfinite(value):
            raise ValueError(f"a time must be finite; received {value!r}")
        value = min(max(float(value), self._low), self._high)
        changed = value != self._value
        self._value = value
        self._show(slider=not from_slider)
        if changed:
            self.value_changed.emit(value)

    def set_bounds(self, low: float, high: float) -> None:
        """Change the range in seconds; a value outside moves to its nearer end."""
        self.slider.set_bounds(low, high)
        self._low, self._high = low, high
        self.set_value(self._value)

    def _dragged(self, scaled: float) -> None:
        self.set_value(float(f"{scaled:.3g}"), from_slider=True)

    def _typed(self) -> None:
        text = self.field.text()
        if text == format_seconds(self._value, 4):
            return
        try:
            value = parse_seconds(text)
        except ValueError as error:
            self._show()
            self.rejected.emit(f"{_capital(str(error))}, so {self.field.text()} stays.")
            return
        if not self._low <= value <= self._high:
            low, high = format_seconds(self._low), format_seconds(self._high)
            self.rejected.emit(f"{text.strip()} lies outside {low} to {high}; the nearer end was taken.")
        self.set_value(value)

    def _show(self, *, slider: bool = True) -> None:
        if slider:
            self.slider.show_value(self._value)
        self.field.setText(format_seconds(self._value, 4))


class _SpinBox(QSpinBox):
    rejected = pyqtSignal(str)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            with QSignalBlocker(self):
                self.lineEdit().setText(self.textFromValue(self.value()))
            self.clearFocus()
            return
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.clearFocus()

    def fixup(self, text: str) -> str:
        """Keep the last value for what is no number of the range, and say so."""
        self.rejected.emit(text)
        return self.textFromValue(self.value())

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        state, text, position = super().validate(text, position)
        if state == QValidator.State.Invalid:
            state = QValidator.State.Intermediate  # 9999 or -3 may be typed; fixup then refuses it in words
        return state, text, position


class _Field(QLineEdit):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAcceptDrops(False)  # a file dropped here is meant for the window

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.undo()
            self.parent()._show()
            self.clearFocus()
            return
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.clearFocus()


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _name(owner: QWidget, name: str, *parts: QWidget) -> None:
    """Give the control and its parts object names and accessible names."""
    if not name:
        return
    owner.setObjectName(name)
    owner.setAccessibleName(name)
    for part, kind in zip(parts, ("slider", "field"), strict=True):
        part.setObjectName(f"{name} {kind}")
        part.setAccessibleName(f"{name}, {kind}")


def _row(owner: QWidget, slider: QWidget, field: QWidget) -> None:
    layout = QHBoxLayout(owner)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(slider, 1)
    layout.addWidget(field)

"""A small window in which an animation is chosen: from when to when, how fast, how large, in which theme."""

from __future__ import annotations

from collections.abc import Callable

from PyQt6.QtCore import Qt
from PyQt6.QtGui import QIcon
from PyQt6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QDoubleSpinBox, QFormLayout, QLabel, QWidget

from hippo_studio.app.film.camera import silence_because
from hippo_studio.app.film.shot import RATES, SIZES, Shot
from hippo_studio.app.memory.wording import speed_text
from hippo_studio.app.widgets.quantities import format_seconds
from hippo_studio.export.animation import FORMATS, MOST_FRAMES_PER_SECOND
from hippo_studio.signals import Signal

_SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)


class FilmDialog(QDialog):
    """`take(shot, suffix)` gets the choice; what is suggested comes as a shot."""

    def __init__(
        self,
        suggested: Shot,
        duration: float,
        signal: Signal | None,
        take: Callable[[Shot, str], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("animation")
        self.setWindowTitle("Export animation")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._take, self._signal = take, signal
        self.start, self.stop = self._seconds(duration), self._seconds(duration)
        self.start.setValue(suggested.start)
        self.stop.setValue(suggested.stop)
        self.format = _choice([(title, suffix) for suffix, title in FORMATS.items()], ".mp4")
        self.speed = _choice([(speed_text(speed), speed) for speed in _SPEEDS], suggested.speed)
        self.size = _choice([(f"{width} × {height}", (width, height)) for width, height in SIZES], SIZES[0])
        self.theme = _choice([("Light", "light"), ("Dark", "dark")], suggested.theme)
        self.rate = QComboBox(self)
        self.outlook = QLabel(self)
        self.outlook.setWordWrap(True)
        self.outlook.setTextFormat(Qt.TextFormat.PlainText)
        choices = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(choices.Save | choices.Cancel, self)
        self.buttons.button(choices.Save).setText("Choose File…")
        for button in self.buttons.buttons():
            button.setIcon(QIcon())
        form = QFormLayout(self)
        for text, field in (
            ("&From", self.start),
            ("&To", self.stop),
            ("&Speed", self.speed),
            ("Forma&t", self.format),
            ("Si&ze", self.size),
            ("&Colours", self.theme),
            ("F&rames per second", self.rate),
        ):
            form.addRow(text, field)
            field.setAccessibleName(text.replace("&", ""))
        form.addRow(self.outlook)
        form.addRow(self.buttons)
        self.format.currentIndexChanged.connect(lambda _: self._offer_rates())
        for choice in (self.speed, self.size, self.rate):
            choice.currentIndexChanged.connect(lambda _: self._look_ahead())
        for field in (self.start, self.stop):
            field.valueChanged.connect(lambda _: self._look_ahead())
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 56)
        self._offer_rates()

    def shot(self) -> Shot:
        """What is chosen; ValueError, one sentence, if that cannot be."""
        return Shot(
            self.start.value(),
            self.stop.value(),
            self.speed.currentData(),
            self.rate.currentData(),
            self.size.currentData(),
            self.theme.currentData(),
        )

    def _seconds(self, duration: float) -> QDoubleSpinBox:
        field = QDoubleSpinBox(self)
        field.setDecimals(3)
        field.setRange(0.0, max(round(duration, 3), 0.001))
        field.setSuffix(" s")
        field.setSingleStep(max(round(duration / 50, 2), 0.001))
        field.setKeyboardTracking(False)
        return field

    def _offer_rates(self) -> None:
        before = self.rate.currentData() or 30
        self.rate.clear()
        most = MOST_FRAMES_PER_SECOND[self.format.currentData()]
        gif = self.format.currentData() == ".gif"
        for rate in RATES:
            if rate <= most and not (gif and 100 % rate):  # its clock counts in hundredths of a second
                self.rate.addItem(f"{rate}", rate)
        self.rate.setCurrentIndex(max(self.rate.findData(25 if gif and before == 30 else before), 0))
        self._look_ahead()

    def _look_ahead(self) -> None:
        save = self.buttons.button(QDialogButtonBox.StandardButton.Save)
        if self.rate.currentData() is None:
            return
        try:
            shot = self.shot()
        except ValueError as error:
            self.outlook.setText(f"{str(error)[:1].upper()}{str(error)[1:]}.")
            save.setEnabled(False)
            return
        save.setEnabled(True)
        words = f"{shot.frames} frames that play for {format_seconds(shot.seconds)}"
        if self.format.currentData() == ".gif":
            words += ", in silence."
        elif reason := silence_because(self._signal, shot):
            words += f", in silence: {reason[:1].lower()}{reason[1:]}."
        else:
            words += ", with the signal's sound."
        self.outlook.setText(words)

    def _accept(self) -> None:
        shot, suffix = self.shot(), self.format.currentData()
        self.accept()
        self._take(shot, suffix)


def _choice(entries: list[tuple[str, object]], chosen: object) -> QComboBox:
    box = QComboBox()
    for text, data in entries:
        box.addItem(text, data)
    box.setCurrentIndex(max(next((i for i, (_, data) in enumerate(entries) if data == chosen), 0), 0))
    return box

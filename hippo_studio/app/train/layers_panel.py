"""The right side of the Train tab: one layer of the model, at any moment of its training, as a film.

Above, which layer and channel; below, the film: from before the first step to now. With another run beside
it, both stand side by side at the same part of their training.
"""

from __future__ import annotations

import time

import numpy as np
from PyQt6.QtCore import QSignalBlocker, Qt
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QSlider, QSplitter, QToolButton, QVBoxLayout, QWidget

from hippo_studio.app.theme import Theme, tabular
from hippo_studio.app.train.extents import Scale, Sight
from hippo_studio.app.train.form import choice_box
from hippo_studio.app.train.layer_view import LayerView
from hippo_studio.app.train.poses import blended, layer_at
from hippo_studio.app.widgets.notice import Notice
from hippo_studio.app.widgets.plots import Plot
from hippo_studio.learning.portrait import LayerPortrait, Portrait

_FINE = 20
"""Positions of the film's slider per portrait."""
_GLIDE = (0.2, 4.0)
"""Least and most seconds in which a picture moves to a newly come portrait: as long as the next one takes."""

Frames = tuple[Portrait, ...]


class LayersPanel(QWidget):
    """`show_film` for new portraits, `beat` up to sixty times a second, `compare` for another run beside."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("layers")
        self.setAccessibleName("Layers of the model")
        self._theme = theme
        self._frames: Frames = ()
        self._beside: Frames = ()
        self._follows = True
        self._came, self._glide = 0.0, _GLIDE[0]
        self._from: LayerPortrait | None = None
        self._shown: LayerPortrait | None = None
        self._still = False
        self.pictures = 0
        self.layer, self.channel = choice_box(self), choice_box(self)
        self.view, self.beside = LayerView(theme, parent=self), LayerView(theme, "beside", self)
        self.beside.hide()
        self.film = QSlider(Qt.Orientation.Horizontal, self)
        self.moment = QLabel(self)
        self._notice = Notice(self.view, "layers notice", covers=True)
        self._build()
        self.layer.activated.connect(lambda _: self._switch())
        self.channel.activated.connect(lambda _: self._switch())
        self.film.valueChanged.connect(lambda _: self._scrub())

    @property
    def plots(self) -> tuple[Plot, ...]:
        """Every plot."""
        return (*self.view.plots, *self.beside.plots)

    @property
    def gliding(self) -> bool:
        """Whether the picture still moves to the newest portrait."""
        return self._follows and not self._still

    def say(self, words: str) -> None:
        """Show a sentence where there are no pictures yet."""
        self._notice.say("" if self._frames else words)

    @property
    def sample_rate(self) -> float | None:
        """Of what the model that is shown learns from, in Hz; None if samples are just counted."""
        return self.view.scale.sample_rate

    def set_scale(self, scale: Scale) -> None:
        """Say what a sample is, and how long the sequences are."""
        self.view.set_scale(scale)
        self.beside.set_scale(self.beside.scale)  # they find their axes anew together
        self._still = False

    def show_film(self, frames: Frames) -> None:
        """Take up the portraits so far; an empty film shows nothing."""
        if frames and self._frames and frames[-1] is self._frames[-1]:
            return
        new = not (frames and self._frames and frames[0] is self._frames[0])
        self._frames = frames
        if new:
            self._from = self._shown = None
            self._follows = True
            self._offer()
        self._from = self._shown
        now = time.perf_counter()
        self._glide = min(max(now - self._came, _GLIDE[0]), _GLIDE[1])
        self._came, self._still = now, False
        with QSignalBlocker(self.film):
            self.film.setRange(0, _FINE * max(len(frames) - 1, 1))
            if self._follows:
                self.film.setValue(self.film.maximum())
        self.film.setEnabled(len(frames) > 1)
        self._show_controls()
        if not frames:
            self.view.clear()
            self.moment.setText("")
        elif not frames[-1].layers:
            self.view.clear()
        self.beat()

    def hurry(self) -> None:
        """Let the newest portrait be there at once: no other comes before it is asked for."""
        self._glide = _GLIDE[0]

    def _show_controls(self) -> None:
        """What chooses among pictures is there once there are any."""
        for row in self._rows:
            row.setVisible(self.layer.count() > 0)

    def compare(self, frames: Frames, name: str, scale: Scale = Scale()) -> None:  # noqa: B008 - frozen
        """Show another run's film beside, on the same axes; an empty one takes it away."""
        self._beside = frames
        self.view.set_scale(self.view.scale)
        self.beside.set_scale(scale)
        if bool(frames) == self.beside.isHidden():
            self.beside.setVisible(bool(frames))
            self._share_room()
        self._beside_name.setText(name)
        for label in (self._own_name, self._beside_name):
            label.setVisible(bool(frames))
        self._still = False
        self._draw()

    def name_own(self, name: str) -> None:
        """What this run is called, when another one stands beside it."""
        self._own_name.setText(name)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out the pictures for the room there is."""
        super().resizeEvent(event)
        self._share_room()

    def _share_room(self) -> None:
        """Let two runs have the same room, whatever the smallest pictures of each are."""
        each = self.width() // (1 if self.beside.isHidden() else 2)
        for view in (self.view, self.beside):
            view.stack(each)
        self._both.setSizes([each, each])

    def beat(self) -> None:
        """Draw the picture of this moment, if it is another than the last one."""
        if not self._still:
            self._draw()

    def chosen_kernel(self) -> tuple[np.ndarray, str] | None:
        """The kernel that is drawn strongly, and what to call it; None if there is none."""
        row = max(self.channel.currentIndex(), 0)
        if self._shown is None or not self._shown.kernels.size:
            return None
        return self._shown.kernels[row], f"{self._shown.title}, {self.channel.currentText()}"

    def before(self) -> None:
        """Go to the film's first picture."""
        self.film.setValue(0)

    def now(self) -> None:
        """Follow the training again."""
        self.film.setValue(self.film.maximum())
        self._follows = True
        self._switch()

    def _draw(self) -> None:
        layer, channel = max(self.layer.currentIndex(), 0), max(self.channel.currentIndex(), 0)
        place = self.film.value() / _FINE if self._frames else 0.0
        target = layer_at(self._frames, place, layer)
        first = layer_at(self._frames, 0.0, layer)
        if target is None or first is None:
            self._still = True
            return
        part, others = 1.0, target
        if self._follows and self._from is not None:
            part = min((time.perf_counter() - self._came) / self._glide, 1.0)
            target = blended(self._from, target, part)
        self._still = part >= 1.0
        self._shown = target
        there = self._sight_beside(layer)
        scales = self.view.scale, self.beside.scale
        shared = there is not None and scales[0].compares_to(scales[1])
        self.view.show_layer(target, first, channel, others, there if shared else None)
        if there is not None:
            own = Sight(target, first, scales[0]) if shared else None
            self.beside.show_layer(there.now, there.before, channel, beside=own)
        self.pictures += 1
        self._say_moment(place)

    def _sight_beside(self, layer: int) -> Sight | None:
        share = self.film.value() / max(self.film.maximum(), 1)
        there = layer_at(self._beside, share * (len(self._beside) - 1), layer)
        first = layer_at(self._beside, 0.0, layer)
        return None if there is None or first is None else Sight(there, first, self.beside.scale)

    def _say_moment(self, place: float) -> None:
        portrait = self._frames[min(round(place), len(self._frames) - 1)]
        if place <= 0 and len(self._frames) > 1:
            words = "before training"
        else:
            words = f"{'now · ' if self._follows else ''}epoch {portrait.epoch:.1f} · step {portrait.step}"
        if words != self.moment.text():
            self.moment.setText(words)

    def _scrub(self) -> None:
        self._follows = self.film.value() == self.film.maximum()
        self._from = None
        self._still = False
        self._draw()

    def _switch(self) -> None:
        """Another layer or channel is drawn at once."""
        if self.sender() is self.layer:
            self._offer_channels()
        self._from = None
        self._still = False
        self._draw()

    def _offer(self) -> None:
        kept = self.layer.currentIndex()
        with QSignalBlocker(self.layer):
            self.layer.clear()
            if self._frames:
                self.layer.addItems([layer.title for layer in self._frames[0].layers])
                self.layer.setCurrentIndex(min(max(kept, 0), self.layer.count() - 1))
        self._offer_channels()

    def _offer_channels(self) -> None:
        kept, layer = self.channel.currentIndex(), self.layer.currentIndex()
        with QSignalBlocker(self.channel):
            self.channel.clear()
            if self._frames and 0 <= layer < len(self._frames[0].layers):
                rows = self._frames[0].layers[layer].channels.tolist()
                self.channel.addItems([f"Channel {row}" for row in rows])
                self.channel.setCurrentIndex(min(max(kept, 0), len(rows) - 1))

    def _build(self) -> None:
        edge = self.fontMetrics().height() // 3
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(edge)
        chooser = QWidget(self)
        top = QHBoxLayout(chooser)
        top.setContentsMargins(0, 0, 0, 0)
        for box, name, tip in (
            (self.layer, "Layer", "Which state space layer is shown"),
            (self.channel, "Channel", "Which of its channels is brought forward; the others are faint"),
        ):
            box.setObjectName(name.lower())
            box.setAccessibleName(name)
            box.setToolTip(tip)
            top.addWidget(box, 1)
        column.addWidget(chooser)
        names = QHBoxLayout()
        self._own_name, self._beside_name = QLabel(self), QLabel(self)
        for label in (self._own_name, self._beside_name):
            label.hide()
            label.setWordWrap(True)
            names.addWidget(label, 1)
        column.addLayout(names)
        both = self._both = QSplitter(Qt.Orientation.Horizontal, self)
        both.setChildrenCollapsible(False)
        both.addWidget(self.view)
        both.addWidget(self.beside)
        column.addWidget(both, 1)
        self._rows = (chooser, self._film_row())
        column.addWidget(self._rows[1])
        self._show_controls()
        self.setMinimumWidth(self.fontMetrics().averageCharWidth() * 40)

    def _film_row(self) -> QWidget:
        whole = QWidget(self)
        row = QHBoxLayout(whole)
        row.setContentsMargins(0, 0, 0, 0)
        self.film.setObjectName("film")
        self.film.setAccessibleName("Film of the training")
        self.film.setToolTip("The training as a film: drag from before the first step to now")
        self.film.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.film.setEnabled(False)
        for text, slot, tip in (
            ("Before", self.before, "As the layers were before training"),
            (None, None, ""),
            ("Now", self.now, "As they are now, and follow the training"),
        ):
            if text is None:
                row.addWidget(self.film, 1)
                continue
            button = QToolButton(self)
            button.setText(text)
            button.setAccessibleName(text)
            button.setObjectName(f"film {text.lower()}")
            button.setToolTip(tip)
            button.setAutoRaise(True)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(slot)
            row.addWidget(button)
        self.moment.setFont(tabular(self.font()))
        self.moment.setObjectName("moment of the film")
        self.moment.setAccessibleName("Moment of the film")
        self.moment.setMinimumWidth(self.fontMetrics().averageCharWidth() * 24)
        row.addWidget(self.moment)
        return whole

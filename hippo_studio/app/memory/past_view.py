"""THE PAST: the signal in grey, over it what each memory says it was, under it how much each moment weighs.

Below, linked, what is left when the one is taken from the other. The dashed line is where the window of θ
seconds begins; it can be dragged. Dragging anywhere else moves the playhead.
"""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from hippo_studio.app.memory.frame import Frame, Recollection
from hippo_studio.app.memory.span import Span, single_samples
from hippo_studio.app.memory.wording import captions
from hippo_studio.app.theme import Theme
from hippo_studio.app.widgets.plots import Canvas, Dots, Layer, Line, Marks, Plot, Veil
from hippo_studio.app.widgets.plots.ticks import SteadyRange, Ticks, age_ticks, time_ticks
from hippo_studio.hippo import MEASURES

_GRAB = 6
"""Pixels to either side of the θ line where the mouse takes hold of it."""
LEAST_SHOWN = 0.005
"""Of the signal's range: a residual below it is a flat line, not an axis of billionths."""
_CAPTION_ROOM = 0.06
"""Of the range, above the signal, for the words."""
_STRONG = 0.1
"""A fading memory's curve is strong where its weight is at least this part of its largest."""


class PastView(QWidget):
    """The hero of the tab and its residual strip.

    `scrubbed(seconds)` asks for another playhead, `theta_dragged(seconds)` for another θ, `zoomed(steps)` for
    more or less of the past.
    """

    scrubbed = pyqtSignal(float)
    theta_dragged = pyqtSignal(float)
    zoomed = pyqtSignal(float)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.plot = Plot(theme, "The past", x_ticks=self._ticks, x_labels=False, animated=True, parent=self)
        self.residual = Plot(theme, "Residual", x_ticks=self._ticks, animated=True, parent=self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.plot, 5)
        column.addWidget(self.residual, 1)
        self.residual.setMinimumHeight(self.fontMetrics().height() * 4)
        self._frame: Frame | None = None
        self._held: tuple[str, float] | None = None
        self._residual_range = SteadyRange()
        self._canvas = self.plot.add(Canvas())
        self._shades = {name: self._canvas.hill() for name in MEASURES}
        self._signal = self._canvas.layer(width=1.3)
        self._optima = {name: self._canvas.layer(width=1.2, alpha=0.8, dashed=True) for name in MEASURES}
        self._told = {name: self._canvas.layer(width=1.9) for name in reversed(MEASURES)}  # the first on top
        self._dots = self.plot.add(Dots(), z=1)
        self._future = self.plot.add(Veil(), z=4)
        self.gaps = self.plot.add(Marks(), z=4)
        self._theta_line = self.plot.add(Line(dashed=True), z=5)
        self._theta_line.label = "θ"
        self._playhead = self.plot.add(Line(), z=6)
        self._residual_canvas = self.residual.add(Canvas())
        self._residuals = {name: self._residual_canvas.layer(alpha=0.85) for name in MEASURES}
        self._residual_playhead = self.residual.add(Line(), z=6)
        for plot in (self.plot, self.residual):
            plot.pressed.connect(self._press)
            plot.dragged.connect(self._drag)
            plot.released.connect(self._release)
            plot.wheel_turned.connect(lambda _, steps: self.zoomed.emit(steps))
        self.plot.hovered.connect(self._hint)
        theme.changed.connect(self._recolor)
        self._recolor()

    @property
    def columns(self) -> int:
        """How many columns of pixels the past is drawn on."""
        return self.plot.columns

    def show_frame(self, frame: Frame) -> None:
        """Draw a frame."""
        if self._frame is None or frame.source is not self._frame.source:
            self._residual_range.reset()
        self._frame = frame
        for plot in (self.plot, self.residual):
            plot.set_x(frame.start, frame.stop)
            plot.x_axis.refresh()
        low, high = frame.source.padded_range()
        self.plot.set_y(low, high + _CAPTION_ROOM * (high - low))
        self._signal.set_band(frame.times, frame.low, frame.high)
        span = Span(frame.start, frame.stop)
        self._dots.set_data(*single_samples(frame.source, span, frame.times.size))
        self._theta_line.set_at(frame.window_start)
        self._future.set_from(frame.present)
        at_edge = frame.present >= frame.stop
        self._playhead.set_at(None if at_edge else frame.present)
        self._residual_playhead.set_at(None if at_edge else frame.present)
        shown = {r.memory.measure.name: r for r in frame.recollections if not r.problem}
        for name in MEASURES:
            self._show_one(name, shown.get(name), frame)
        low, high = frame.source.range()
        reach = self._residual_range.hold(max(frame.residual_reach, LEAST_SHOWN * (high - low)))
        self.residual.set_y(-reach, reach)

    def show_captions(self, frame: Frame) -> None:
        """Write the errors beside their names; a few times a second is enough."""
        long, brief = (captions(frame, self._theme.measure_color, short=short) for short in (False, True))
        self.plot.caption.set_runs(long, brief=brief)
        self.residual.caption.set_runs([("residual: signal − reconstruction", "")])

    def clear(self) -> None:
        """Show nothing."""
        self._frame = None
        for layer in self._layers():
            layer.clear()
        for shade in self._shades.values():
            shade.clear()
        for line in (self._theta_line, self._playhead, self._residual_playhead):
            line.set_at(None)
        self._future.set_from(None)
        for plot in (self.plot, self.residual):
            plot.caption.set_runs([])

    def set_cursor(self, time: float | None) -> None:
        """Mark a time in both plots."""
        self.plot.set_cursor(time)
        self.residual.set_cursor(time)

    def _show_one(self, name: str, recollection: Recollection | None, frame: Frame) -> None:
        told, residual, optimum = self._told[name], self._residuals[name], self._optima[name]
        if recollection is None or recollection.told is None:
            for layer in (told, residual, optimum, self._shades[name]):
                layer.clear()
            return
        told.set_curve(frame.times, recollection.told, recollection.strength >= _STRONG)
        residual.set_band(frame.times, recollection.residual_low, recollection.residual_high)
        self._shades[name].set_data(frame.times, recollection.strength)
        if recollection.optimum is None:
            optimum.clear()
        else:
            optimum.set_curve(frame.times, recollection.optimum)

    def _press(self, x: float, _: float) -> None:
        if self._frame is None:
            return
        grabbed = self._near_theta(x)
        self._held = ("theta" if grabbed else "tape", x)
        if not grabbed and self._frame.state.view != "window":
            self.scrubbed.emit(x)

    def _drag(self, x: float, _: float) -> None:
        if self._frame is None or self._held is None:
            return
        what, grabbed_at = self._held
        age = self._frame.present - x
        if what == "theta":
            self.theta_dragged.emit(age)
        elif self._frame.state.view == "window":  # the present stays at the edge: pull the tape along
            self.scrubbed.emit(grabbed_at + age)
        else:
            self.scrubbed.emit(x)

    def _release(self) -> None:
        self._held = None

    def _near_theta(self, x: float) -> bool:
        start = self._theta_line.at
        return start is not None and abs(x - start) <= _GRAB * self.plot.pixel_width

    def _hint(self, x: float, _: float) -> None:
        near = self._near_theta(x) or (self._held is not None and self._held[0] == "theta")
        self.plot.viewport().setCursor(Qt.CursorShape.SizeHorCursor if near else Qt.CursorShape.ArrowCursor)

    def _ticks(self, low: float, high: float, most: int) -> Ticks:
        if self._frame is None:
            return time_ticks(low, high, most)
        if self._frame.state.ages:
            return age_ticks(low, high, most, self._frame.present)
        return time_ticks(low, high, most, self._frame.source.begin)

    def _recolor(self) -> None:
        theme = self._theme
        self._signal.set_color(theme.colors.signal)
        self._dots.set_color(theme.colors.text)
        for name in MEASURES:
            color = theme.measure_color(name)
            for part in (self._shades, self._optima, self._told, self._residuals):
                part[name].set_color(color)
        self._future.set_color(theme.colors.surface)
        self.gaps.set_color(theme.colors.warning)
        self._theta_line.set_color(theme.colors.accent)
        for line in (self._playhead, self._residual_playhead):
            line.set_color(theme.colors.playhead)
        if self._frame is not None:
            self.show_captions(self._frame)

    def _layers(self) -> tuple[Layer, ...]:
        return (
            self._signal, *self._optima.values(), *self._told.values(), *self._residuals.values()
        )  # fmt: skip

"""The whole story: the coefficients over time as heat strips, and the relative error over time.

Both come from the survey and stand still while the playhead moves over them; both show the piece of the
signal that the overview shows.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QSplitter, QWidget

from hippo_studio.app.memory.frame import Frame
from hippo_studio.app.memory.source import Source
from hippo_studio.app.memory.survey import Story
from hippo_studio.app.theme import Theme
from hippo_studio.app.widgets.plots import Canvas, Caption, Dots, HeatStrip, Line, Plot
from hippo_studio.app.widgets.plots.ticks import Ticks, percent_log_ticks, strip_ticks, time_ticks
from hippo_studio.hippo import MEASURES

_ERROR_LOW, _ERROR_HIGH = -3.0, 0.3
"""Decimal logarithms of the errors shown: 0.1 % to 200 %."""
_CAPTION_AT = -2.2
"""Where the words stand: below the curves of most memories."""
_GAP = 0.08
"""Between two strips, of a strip's height."""


class StoryView(QSplitter):
    """Heat strips above, error below. `scrubbed(seconds)` asks for another playhead."""

    scrubbed = pyqtSignal(float)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._theme = theme
        self._order, self._lanes = 1, ()
        self._heard: dict[str, Story] = {}
        self._begin = 0.0  # what the clock says at sample 0
        self.heat = Plot(theme, "Coefficients over time", y_ticks=self._heat_ticks, x_labels=False)
        self.error = Plot(theme, "Relative error", x_ticks=self._ticks, y_ticks=percent_log_ticks)
        self.addWidget(self.heat)
        self.addWidget(self.error)
        self.setSizes([200, 130])
        self.setChildrenCollapsible(False)
        self.setObjectName("story")
        self.heat.x_axis.ticker = self._ticks
        self.heat.grid.set_visible(False)
        self._strips = {name: self.heat.add(HeatStrip(theme.colors)) for name in MEASURES}
        self._names = {name: self.heat.add(Caption(), z=5) for name in MEASURES}
        canvas = self.error.add(Canvas())
        self._errors = {name: canvas.layer(width=1.6) for name in MEASURES}
        self._marks = {name: self.error.add(Dots(size=7.0), z=6) for name in MEASURES}
        self._playheads = [plot.add(Line(), z=4) for plot in (self.heat, self.error)]
        self.error.set_y(_ERROR_LOW, _ERROR_HIGH)
        for plot in (self.heat, self.error):
            plot.pressed.connect(lambda x, _: self.scrubbed.emit(x))
            plot.dragged.connect(lambda x, _: self.scrubbed.emit(x))
        theme.changed.connect(self._recolor)
        self._recolor()

    def show_range(self, start: float, stop: float) -> None:
        """Show another piece of the signal."""
        self.heat.set_x(start, stop)
        self.error.set_x(start, stop)

    def show_frame(self, frame: Frame) -> None:
        """Move the playhead, and mark the errors there."""
        if frame.source.begin != self._begin:
            self._begin = frame.source.begin
            for plot in (self.heat, self.error):
                plot.x_axis.refresh()
                plot.repaint_soon()
        for line in self._playheads:
            line.set_at(frame.present)
        errors = {r.memory.measure.name: r.error for r in frame.recollections}
        for name, mark in self._marks.items():
            known = np.isfinite(errors.get(name, np.nan)) and errors[name] > 0
            place = np.array([np.log10(errors[name])]) if known else np.empty(0)
            mark.set_data(np.full(place.size, frame.present), np.maximum(place, _ERROR_LOW))

    def show_stories(self, stories: Sequence[Story], source: Source) -> None:
        """Draw what the survey knows by now."""
        shown = {story.memory.measure.name: story for story in stories if story.done}
        if tuple(shown) != self._lanes:
            self._arrange(tuple(shown), source)
        for name, story in shown.items():
            strip = self._strips[name]
            before = self._heard.get(name)
            if before is None or before.coefficients is not story.coefficients:
                strip.begin(story.positions.size, story.memory.order)
                self._order = story.memory.order
                self._arrange(self._lanes, source)
            strip.extend(story.coefficients, story.done, story.peak)
            self._show_errors(name, story, source)
        self._heard = shown

    def clear(self) -> None:
        """Show nothing."""
        self._heard = {}
        self._hide(())
        for line in self._playheads:
            line.set_at(None)
        for mark in self._marks.values():
            mark.set_data(np.empty(0), np.empty(0))

    def set_cursor(self, time: float | None) -> None:
        """Mark a time in both plots."""
        self.heat.set_cursor(time)
        self.error.set_cursor(time)

    def _ticks(self, low: float, high: float, most: int) -> Ticks:
        return time_ticks(low, high, most, self._begin)

    def _show_errors(self, name: str, story: Story, source: Source) -> None:
        places, logarithms = story.error_curve()
        times = (places - 0.5) / source.sample_rate
        self._errors[name].set_curve(times, np.maximum(logarithms, _ERROR_LOW))

    def _arrange(self, lanes: tuple[str, ...], source: Source) -> None:
        self._hide(lanes)
        for index, name in enumerate(lanes):
            self._strips[name].place(
                source.present(0), source.present(source.length), -index - 1 + _GAP / 2, -index - _GAP / 2
            )
            self._name(name)
        self.heat.set_y(-float(max(len(lanes), 1)), 0.0)
        self.heat.y_axis.refresh()

    def _name(self, name: str) -> None:
        if name in self._lanes:
            words = [(MEASURES[name].title, self._theme.measure_color(name))]
            self._names[name].set_runs(words, -self._lanes.index(name) - _GAP / 2)

    def _hide(self, lanes: tuple[str, ...]) -> None:
        self._lanes = lanes
        for name in MEASURES:
            self._strips[name].set_visible(name in lanes)
            self._names[name].set_visible(name in lanes)
            if name not in lanes:
                self._errors[name].clear()

    def _heat_ticks(self, _low: float, _high: float, most: int) -> Ticks:
        return strip_ticks(len(self._lanes), self._order, _GAP, most)

    def _recolor(self) -> None:
        theme = self._theme
        for name in MEASURES:
            color = theme.measure_color(name)
            self._strips[name].recolor(theme.colors)
            self._errors[name].set_color(color)
            self._marks[name].set_color(color)
            self._names[name].ground = self.heat.caption.ground
            self._name(name)
        for line in self._playheads:
            line.set_color(theme.colors.playhead)
        self.heat.caption.set_runs([])
        self.error.caption.set_runs([("relative error in the measure", "")], _CAPTION_AT)

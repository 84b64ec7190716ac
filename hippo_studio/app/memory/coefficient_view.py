"""The coefficients at the playhead: N signed bars per memory, one lane each, all to the same scale.

The scale grows at once and shrinks only after a while, in steps, so that bars move and not their axis.
"""

from __future__ import annotations

import numpy as np
from PyQt6.QtWidgets import QWidget

from hippo_studio.app.memory.frame import Frame
from hippo_studio.app.theme import Theme
from hippo_studio.app.widgets.plots import Canvas, Caption, Plot
from hippo_studio.app.widgets.plots.ticks import SteadyRange, Ticks, lane_ticks, order_ticks
from hippo_studio.hippo import MEASURES

LEAST_SHOWN = 0.005
"""Of the signal's largest value: coefficients below it are flat lines."""
_PATIENCE = 90
"""Pictures in a row that must need less than half the scale before it shrinks: a second and a half."""


class CoefficientView(Plot):
    """Bars of c_n, n to the right. Lanes stand two units apart, the first on top."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(
            theme, "Coefficients", x_ticks=order_ticks, y_ticks=self._lane_ticks, animated=True, parent=parent
        )
        self._range = SteadyRange(patience=_PATIENCE)
        self._lanes: tuple[str, ...] = ()
        canvas = self.add(Canvas())
        self._bars = {name: canvas.bars() for name in MEASURES}
        self._names = {name: self.add(Caption(), z=5) for name in MEASURES}
        self.recolor()

    def show_frame(self, frame: Frame) -> None:
        """Draw a frame's coefficients."""
        shown = [r for r in frame.recollections if r.coefficients is not None]
        lanes = tuple(r.memory.measure.name for r in shown)
        if lanes != self._lanes:
            self._arrange(lanes)
        self.set_x(-0.5, frame.state.order - 0.5)
        before = self._range.value
        largest = max((float(np.abs(r.coefficients).max()) for r in shown), default=0.0)
        reach = self._range.hold(max(largest, LEAST_SHOWN * max(map(abs, frame.source.range()))))
        if reach != before:
            self.y_axis.refresh()
        for index, recollection in enumerate(shown):
            self._bars[lanes[index]].set_data(recollection.coefficients, -2.0 * index, 0.92 / reach)

    def reset_scale(self) -> None:
        """Another signal, or other memories: the scale may be another one at once."""
        self._range.reset()

    def clear(self) -> None:
        """Show nothing."""
        self._arrange(())
        self.reset_scale()

    def recolor(self) -> None:
        """Take the colours in force."""
        super().recolor()
        for name, bars in getattr(self, "_bars", {}).items():
            bars.set_color(self._theme.measure_color(name))
            self._names[name].ground = self.caption.ground
        self._arrange(getattr(self, "_lanes", ()))

    def _arrange(self, lanes: tuple[str, ...]) -> None:
        self._lanes = lanes
        for name, bars in getattr(self, "_bars", {}).items():
            if name not in lanes:
                bars.set_data(np.empty(0))
            words = [(MEASURES[name].title, self._theme.measure_color(name))] if name in lanes else []
            self._names[name].set_runs(words, 1.0 - 2.0 * lanes.index(name) if name in lanes else None)
        self.set_y(1.0 - 2.0 * max(len(lanes), 1), 1.0)
        self.y_axis.refresh()

    def _lane_ticks(self, _low: float, _high: float, most: int) -> Ticks:
        return lane_ticks(len(self._lanes), self._range.value, 0.92, most)

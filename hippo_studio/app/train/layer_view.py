"""One state space layer of a model in four pictures: kernels, spectra, eigenvalues, timescales.

The chosen channel is drawn strongly over the others; dashed and grey behind it, what it was before training.
"""

from __future__ import annotations

import math

import numpy as np
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from hippo_studio.app.theme import Theme
from hippo_studio.app.train import extents
from hippo_studio.app.train.extents import Scale, Sight
from hippo_studio.app.train.mode_plane import ModePlane
from hippo_studio.app.train.poses import decibels
from hippo_studio.app.widgets.plots import Canvas, Dots, Line, Plot
from hippo_studio.app.widgets.plots.ticks import SteadyRange, log_ticks, order_ticks
from hippo_studio.learning.portrait import CHANNELS, LENGTH, LayerPortrait

_RANGE_DB = 70.0
_MOST_CAPTION = 0.4
"""Of the height of a plot, what a line of caption keeps free of curves at most."""
_NARROW = 18
"""Lines of text that a view is wide, below which all pictures stand one under the other."""


class LayerView(QWidget):
    """`show_layer` draws a layer as it is now beside what it was; `clear` shows nothing.

    A view with a name stands beside another one, and has another colour.
    """

    def __init__(self, theme: Theme, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"layer view {name}".strip())
        self.setAccessibleName(f"Layer {name}".strip())
        self._theme = theme
        self._title = f" · {name}" if name else ""
        self.scale = Scale()
        self._first: int | None = None
        self._apart = False, False
        self._kernel_range = SteadyRange(patience=240)
        self._top_db = -math.inf
        self._reach: dict[Plot, tuple[float, float]] = {}
        self._others_known: tuple[object, ...] = (None, None, None)
        self.kernels = Plot(theme, f"Kernels{self._title}", animated=True, parent=self)
        self.spectra = Plot(theme, f"Spectra{self._title}", animated=True, parent=self)
        self.plane = ModePlane(theme, f"Eigenvalues{self._title}", self)
        self.timescales = Plot(
            theme,
            f"Timescales{self._title}",
            x_ticks=order_ticks,
            y_ticks=log_ticks,
            animated=True,
            parent=self,
        )
        self._curves = [self._layers(plot) for plot in (self.kernels, self.spectra)]
        self._zero = self.kernels.add(Line(horizontal=True), z=-8)
        self._nyquist = self.spectra.add(Line(dashed=True), z=6)
        self._deltas_before = self.timescales.add(Dots(size=6.0), z=4)
        self._deltas = self.timescales.add(Dots(size=6.0), z=5)
        self._delta = self.timescales.add(Dots(size=11.0), z=6)
        self._build()
        theme.changed.connect(self._recolor)
        self._recolor()

    @property
    def _ink(self) -> str:
        """The colour of this run."""
        return self._theme.colors.positive if self._title else self._theme.colors.accent

    @property
    def plots(self) -> tuple[Plot, ...]:
        """All four, from top to bottom."""
        return self.kernels, self.spectra, self.plane, self.timescales

    @property
    def _rate(self) -> float | None:
        return self.scale.sample_rate

    def set_scale(self, scale: Scale) -> None:
        """Say what a sample is, and how much of a kernel a sequence can feel; the axes are found anew."""
        self.scale = scale
        self.plane.set_rate(scale.sample_rate)
        self._kernel_range.reset()
        self._top_db = -math.inf
        self.show_captions()

    def show_layer(
        self,
        now: LayerPortrait,
        before: LayerPortrait,
        channel: int,
        others: LayerPortrait | None = None,
        beside: Sight | None = None,
    ) -> None:
        """Draw a layer with one of its channels (a row of the portrait) brought forward.

        The faint channels are those of `others`, by default of `now`: they are painted anew only when that is
        another portrait, so that what moves sixty times a second is one curve. The axes have room for
        `beside` too: a view of it that is told of this one has the same.
        """
        own = Sight(now, before, self.scale)
        sights = (own,) if beside is None else (own, beside)
        row = min(channel, now.kernels.shape[0] - 1)
        self._show_others(now if others is None else others, row)
        self._show_kernels(own, row)
        half = self._kernel_range.hold(extents.reach(sights, channel))
        (stop, other_times), (highest, other_rates) = extents.duration(sights), extents.nyquist(sights)
        self._show_apart((other_times, other_rates))
        self.kernels.set_x(0.0, stop)
        self._reach[self.kernels] = -half, half
        self._show_spectra(own, row)
        self._fit_spectra(extents.top_level(sights, channel), highest)
        self.plane.show_words("" if now.modes.size else "a shift: all eigenvalues are 0")
        around = None if beside is None or other_rates else (beside.modes(channel), beside.rate / 2)
        self.plane.show_modes(now.modes[row], before.modes[row], around)
        self._show_timescales(own, row, extents.timescales(sights))

    def clear(self) -> None:
        """Show nothing."""
        self._others_known = (None, None, None)
        for others, ghost, chosen in self._curves:
            for layer in (*others, ghost, chosen):
                layer.clear()
        nothing = np.empty(0, np.complex64)
        self.plane.show_modes(nothing, nothing)
        for dots in (self._deltas_before, self._deltas, self._delta):
            dots.set_data(np.empty(0), np.empty(0))
        self._nyquist.set_at(None)

    def _show_others(self, layer: LayerPortrait, channel: int) -> None:
        known = (layer, channel, self._rate)
        if all(a is b for a, b in zip(known, self._others_known, strict=True)):
            return
        self._others_known = known
        for (faint, _, _), (x, y) in zip(
            self._curves,
            ((self._times(layer), layer.kernels), (self._frequencies(layer), decibels(layer.spectrum))),
            strict=True,
        ):
            for index, curve in enumerate(faint):
                if index < len(y) and index != channel:
                    curve.set_curve(x, y[index])
                else:
                    curve.clear()

    def _times(self, layer: LayerPortrait) -> np.ndarray:
        return np.arange(layer.kernels.shape[1]) / (self._rate or 1.0)

    def _frequencies(self, layer: LayerPortrait) -> np.ndarray:
        return layer.omega.astype(np.float64) * ((self._rate or 1.0) / (2 * math.pi))

    def _show_kernels(self, own: Sight, row: int) -> None:
        self._show_kernels_end(own.samples)
        self._zero.set_at(0.0)
        self._draw(0, self._times(own.now), own.now.kernels[row], own.before.kernels[row])

    def _show_kernels_end(self, shown: int) -> None:
        """Say in the caption where the picture ends, if what can be felt of the kernel does not end there."""
        first = shown if shown == LENGTH and self.scale.length != LENGTH else None
        if first != self._first:
            self._first = first
            self.show_captions()

    def _show_apart(self, apart: tuple[bool, bool]) -> None:
        """Say in the captions whether times and frequencies of a run beside have other axes."""
        if apart != self._apart:
            self._apart = apart
            self.show_captions()

    def _show_spectra(self, own: Sight, row: int) -> None:
        self._nyquist.set_at(own.rate / 2)
        levels = (decibels(one.spectrum[row]) for one in (own.now, own.before))
        self._draw(1, self._frequencies(own.now), *levels)

    def _fit_spectra(self, highest: float, nyquist: float) -> None:
        if not self._top_db - 20 <= highest <= self._top_db:
            self._top_db = 10 * math.ceil(highest / 10 + 0.2)
        self.spectra.set_x(0.0, 1.03 * nyquist)
        self._reach[self.spectra] = self._top_db - _RANGE_DB, self._top_db
        self._make_room()

    def _make_room(self) -> None:
        """Let the curves end below a line of caption."""
        for plot, (low, high) in self._reach.items():
            share = min(1.2 * self.fontMetrics().height() / max(plot.area.height(), 1.0), _MOST_CAPTION)
            plot.set_y(low, high + share / (1 - share) * (high - low))

    def _draw(self, plot: int, x: np.ndarray, now: np.ndarray, before: np.ndarray) -> None:
        _, ghost, chosen = self._curves[plot]
        ghost.set_curve(x, before)
        chosen.set_curve(x, now)

    def _show_timescales(self, own: Sight, row: int, decades: tuple[float, float] | None) -> None:
        found = own.now.timescales
        words = "timescale Δ; pale: before" if found.size else "a shift has no timescale"
        self.timescales.caption.set_runs([(words, "")], brief=[("Δ", "")] if found.size else ())
        if not found.size or decades is None:
            for dots in (self._deltas_before, self._deltas, self._delta):
                dots.set_data(np.empty(0), np.empty(0))
            return
        values, old = (np.log10(one.timescales.astype(float)) for one in (own.now, own.before))
        places = np.arange(values.size, dtype=float)
        self.timescales.set_x(-0.7, max(values.size, 2) - 0.3)
        self.timescales.set_y(*decades)
        self._deltas_before.set_data(places, old)
        self._deltas.set_data(places, values)
        self._delta.set_data(places[row : row + 1], values[row : row + 1])

    def _layers(self, plot: Plot) -> tuple:
        behind, canvas = plot.add(Canvas(), z=-2), plot.add(Canvas())
        others = [behind.layer(alpha=0.22, width=1.0) for _ in range(CHANNELS)]
        ghost = canvas.layer(width=1.4, dashed=True)
        return others, ghost, canvas.layer(width=2.0)

    def _build(self) -> None:
        side = self._side = QSplitter(Qt.Orientation.Horizontal, self)
        side.addWidget(self.plane)
        side.addWidget(self.timescales)
        rows = self._rows = QSplitter(Qt.Orientation.Vertical, self)
        for widget, share in ((self.kernels, 36), (self.spectra, 32), (side, 32)):
            rows.addWidget(widget)
            rows.setStretchFactor(rows.count() - 1, share)
        rows.setSizes([360, 320, 320])
        for splitter in (side, rows):
            splitter.setChildrenCollapsible(False)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(rows)
        line = self.fontMetrics().height()
        for plot in self.plots:
            plot.setMinimumSize(6 * line, 4 * line)
            plot.resized.connect(lambda _: self._make_room())

    def stack(self, width: int) -> None:
        """Give each picture a row of its own where two have no room side by side in so many pixels."""
        narrow = width < _NARROW * self.fontMetrics().height()
        wanted = Qt.Orientation.Vertical if narrow else Qt.Orientation.Horizontal
        if wanted != self._side.orientation():
            self._side.setOrientation(wanted)
            self._rows.setSizes([260, 220, 520] if narrow else [360, 320, 320])

    def show_captions(self) -> None:
        """Name the pictures and their units."""
        seconds = "s" if self._rate else "samples"
        part = "" if self._first is None else f", its first {self._first} samples"
        times, rates = (", each run on its own axis" if apart else "" for apart in self._apart)
        own_times, own_rates = (", own axis" if apart else "" for apart in self._apart)
        whole = f"kernel K over {seconds}{part}{times}; dashed: before training"
        self.kernels.caption.set_runs([(whole, "")], brief=[(f"K over {seconds}{part}{own_times}", "")])
        unit = "Hz" if self._rate else "cycles/sample"
        whole = f"spectrum |K| in dB over {unit}{rates}; the last line: Nyquist"
        self.spectra.caption.set_runs([(whole, "")], brief=[(f"|K| in dB over {unit}{own_rates}", "")])

    def _recolor(self) -> None:
        colors = self._theme.colors
        for others, ghost, chosen in self._curves:
            for layer in others:
                layer.set_color(self._ink)
            ghost.set_color(colors.muted)
            chosen.set_color(self._ink)
        self._zero.set_color(colors.border)
        self._nyquist.set_color(colors.muted)
        self._deltas_before.set_color(colors.border)
        self._deltas.set_color(colors.muted)
        self._delta.set_color(self._ink)
        self.plane.paint_in(self._ink)

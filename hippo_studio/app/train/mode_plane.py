"""Eigenvalues λ of A in the continuous plane: how fast a mode oscillates, over how fast it dies away.

Above and below, the Nyquist lines |Im λ| = π/Δ: what lies beyond oscillates faster than samples can tell.
They are in view where the eigenvalues come near them; else these have the room for themselves.
Both axes are of time as it passes, λΔ per sample, so that the lines stand still while Δ is learned.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtWidgets import QWidget

from hippo_studio.app.theme import Theme
from hippo_studio.app.widgets.plots import Dots, Line, Plot
from hippo_studio.app.widgets.plots.ticks import SteadyRange, number_ticks

_BEYOND, _LEAST = 2.5, 1e-3
"""How many times the Nyquist frequency is shown at most, and at least."""
_AIR = 1.25


class ModePlane(Plot):
    """`show_modes` draws the eigenvalues of one channel over those from before training."""

    def __init__(self, theme: Theme, title: str, parent: QWidget | None = None) -> None:
        super().__init__(
            theme, title, x_ticks=number_ticks, y_ticks=number_ticks, animated=True, parent=parent
        )
        self._rate: float | None = None
        self._words, self._marked = "", "dashed: Nyquist"
        self._decay = SteadyRange(patience=240)
        self._reach = SteadyRange(patience=240)
        self._border = self.add(Line(), z=-6)
        self._axis = self.add(Line(horizontal=True), z=-8)
        self.nyquist = [self.add(Line(horizontal=True, dashed=True), z=6) for _ in range(2)]
        self.before = self.add(Dots(size=4.5), z=4)
        self.now = self.add(Dots(size=5.5), z=5)

    def set_rate(self, rate: float | None) -> None:
        """Say what a sample is, in Hz; None: nothing."""
        self._rate = rate
        self._decay.reset()
        self._reach.reset()

    def show_modes(
        self,
        now: NDArray[np.complexfloating],
        before: NDArray[np.complexfloating],
        beside: tuple[NDArray[np.complexfloating], float] | None = None,
    ) -> None:
        """Draw λΔ of one channel, (N,) each; empty arrays hide them.

        The axes have room for `beside` too: λ per unit of time of another run, and its Nyquist frequency.
        """
        rate = self._rate or 1.0
        nyquist = rate / 2
        others, highest = (np.empty(0, np.complex64), nyquist) if beside is None else beside
        highest = max(highest, nyquist)
        for dots, values in ((self.before, before), (self.now, now)):
            dots.set_data(values.real * rate, values.imag * (rate / (2 * math.pi)))
        both = np.concatenate([now, before])
        if not both.size:
            for line in (self._border, self._axis, *self.nyquist):
                line.set_at(None)
            return
        both = np.concatenate([rate * both, others])
        decay = self._decay.hold(float(np.abs(both.real).max(initial=0.0)))
        reach = float(np.abs(both.imag).max(initial=0.0)) / (2 * math.pi)
        half = min(max(self._reach.hold(_AIR * reach), _LEAST * highest), _BEYOND * highest)
        if reach > highest / 2:
            half = max(half, 1.4 * highest)
        self._show_nyquist(nyquist, seen=nyquist < half)
        growing = float(both.real.max(initial=0.0)) > 0
        self.set_x(-1.06 * decay, decay if growing else 0.12 * decay)
        self.set_y(-half, half)
        self._border.set_at(0.0)
        self._axis.set_at(0.0)

    def _show_nyquist(self, nyquist: float, *, seen: bool) -> None:
        """Mark the lines, and say so; or say where they are beyond the picture."""
        for line, at in zip(self.nyquist, (nyquist, -nyquist), strict=True):
            line.set_at(at if seen else None)
        unit = " Hz" if self._rate else ""
        self._marked = "dashed: Nyquist" if seen else f"Nyquist {nyquist:.4g}{unit} is beyond"
        self.show_words(self._words)

    def show_words(self, words: str = "") -> None:
        """Say why there are none; or, by default, what is seen."""
        self._words = words
        frequency, decay = ("Hz", "1/s") if self._rate else ("cycles/sample", "1/sample")
        if words:
            self.caption.set_runs([(words, "")])
            return
        whole = f"λ: {frequency} over {decay}; grey: before; {self._marked}"
        self.caption.set_runs([(whole, "")], brief=[(f"λ: {frequency}", "")])

    def paint_in(self, ink: str) -> None:
        """Take the colours in force; `ink` is this run's."""
        colors = self._theme.colors
        self.now.set_color(ink)
        self.before.set_color(colors.muted)
        self._axis.set_color(colors.border)
        self._border.set_color(colors.border)
        for line in self.nyquist:
            line.set_color(colors.muted)

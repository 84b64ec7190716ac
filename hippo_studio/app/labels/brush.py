"""The brush: shows the labels of one plot, and while it is in hand, draws them with the left button."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from PyQt6.QtCore import QObject, Qt, pyqtSignal

from hippo_studio.app.labels.editing import Grip, Regions, grip_at, label_color, name_ground, with_edge
from hippo_studio.app.theme import Theme
from hippo_studio.app.widgets.plots import Plot
from hippo_studio.app.widgets.plots.bands import Bands, Stretch
from hippo_studio.signals import Region

_REACH, _LEAST = 5, 4
"""Pixels: how near an edge is taken hold of; how far a drag goes before it is one."""


class Brush(QObject):
    """Tells of `drawn(start, stop)`, a new stretch, `changed(index, region)`, an edge that was moved, and
    `chosen(index)`, a click on a region, −1 beside all.
    """

    drawn = pyqtSignal(float, float)
    changed = pyqtSignal(int, object)
    chosen = pyqtSignal(int)

    def __init__(self, plot: Plot, theme: Theme, duration: Callable[[], float]) -> None:
        super().__init__(plot)
        self._plot, self._theme, self._duration = plot, theme, duration
        self._bands = plot.add(Bands(), z=-10)
        plot.add(self._bands.names, z=4.5)  # above the signal, which else runs through them
        self._regions: Regions = ()
        self._chosen, self._word = -1, ""
        self._seen: list[str] = []  # every label so far: a further one changes the colour of none
        self._from: float | None = None
        self._to = 0.0
        self._grip: Grip | None = None
        theme.changed.connect(self._refresh)
        plot.hovered.connect(self._hint)

    def show(self, regions: Regions, chosen: int, word: str, labels: Iterable[str] = ()) -> None:
        """Show these regions; the next one that is drawn will be called `word`.

        `labels` are all of the signal, in its order, also of what a crop hides: they have colours, too.
        """
        self._regions, self._chosen, self._word = regions, chosen, word
        self._see(labels)
        self._refresh()

    def take(self, in_hand: bool) -> None:
        """Let the left button draw labels, or do what it does otherwise."""
        self._plot.brush = self if in_hand else None
        self._from = None
        self._plot.viewport().setCursor(Qt.CursorShape.CrossCursor if in_hand else Qt.CursorShape.ArrowCursor)
        self._refresh()

    def press(self, x: float, _: float) -> None:
        """The left button went down."""
        self._from = self._to = x
        self._grip = grip_at(self._regions, x, _REACH * self._plot.pixel_width)

    def drag(self, x: float, _: float) -> None:
        """It moves."""
        if self._from is not None:
            self._to = x
            self._refresh()

    def release(self) -> None:
        """It was let go: a click chooses, a drag draws or moves an edge."""
        if self._from is None:
            return
        start, stop, grip = self._neat(self._from), self._neat(self._to), self._grip
        self._from = None
        if abs(stop - start) < _LEAST * self._plot.pixel_width:
            self.chosen.emit(-1 if grip is None else grip.index)
        elif grip is not None and grip.edge:
            moved = with_edge(self._regions[grip.index], grip.edge, stop, self._duration())
            self.changed.emit(grip.index, moved)
        else:
            self.drawn.emit(max(min(start, stop), 0.0), min(max(start, stop), self._duration()))
        self._refresh()

    def _see(self, labels: Iterable[str]) -> None:
        self._seen += [label for label in dict.fromkeys(labels) if label not in self._seen]

    def _neat(self, time: float) -> float:
        """A time to as many digits as pixels tell apart."""
        return round(time, max(math.ceil(-math.log10(self._plot.pixel_width)), 0))

    def _refresh(self) -> None:
        regions = list(self._regions)
        pending = self._from is not None and abs(self._to - self._from) >= _LEAST * self._plot.pixel_width
        chosen = self._chosen
        if pending and self._grip is not None and self._grip.edge:
            at = self._grip.index
            regions[at] = with_edge(regions[at], self._grip.edge, self._to, self._duration())
        elif pending:
            start, stop = sorted((self._from, self._to))
            if max(start, 0.0) < stop:
                regions.append(Region(max(start, 0.0), stop, self._word or "?"))
                chosen = len(regions) - 1
        labels = dict.fromkeys(one.label for one in regions)
        self._see(labels)
        colors = self._theme.colors
        self._bands.names.set_color(colors.text)
        inks = {label: label_color(label, self._seen, colors) for label in labels}
        grounds = {label: name_ground(ink, colors) for label, ink in inks.items()}
        self._bands.set_stretches(
            [
                Stretch(one.start, one.end, one.label, inks[one.label], grounds[one.label], place == chosen)
                for place, one in enumerate(regions)
            ]
        )

    def _hint(self, x: float, _: float) -> None:
        if self._plot.brush is self and self._from is None:
            grip = grip_at(self._regions, x, _REACH * self._plot.pixel_width)
            on_edge = grip is not None and grip.edge
            self._plot.viewport().setCursor(
                Qt.CursorShape.SizeHorCursor if on_edge else Qt.CursorShape.CrossCursor
            )

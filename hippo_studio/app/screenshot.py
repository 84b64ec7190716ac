"""The whole window as a PNG, or one of its plots: put the playhead somewhere, wait until it stands, quit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QBuffer, QIODevice, QObject, QTimer
from PyQt6.QtGui import QImage

from hippo_studio.app.memory.tab import Phase
from hippo_studio.app.options import StudioOptions
from hippo_studio.app.widgets.plots import Plot
from hippo_studio.app.widgets.plots.picture import draw, image, write
from hippo_studio.app.window import StudioWindow
from hippo_studio.export.atomic import atomic_write

LOOK_EVERY_MS = 120
STILL = 3
"""Looks in a row that must give the same picture."""
PATIENCE = 1000
"""Looks before the picture is taken although it still moves: two minutes, for a first run compiles."""
DEFAULT_PLACE = 2 / 3


class Screenshot(QObject):
    """Takes one picture and calls `finish(status, sentence)`."""

    def __init__(
        self, window: StudioWindow, options: StudioOptions, finish: Callable[[int, str], None]
    ) -> None:
        super().__init__(window)
        self._window, self._options, self._finish = window, options, finish
        self._plot: Plot | None = None
        self._last = QImage()
        self._still = self._looks = 0
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_EVERY_MS)
        self._timer.timeout.connect(self._look)

    def start(self) -> None:
        """Put the playhead in its place and wait; refuse a place beyond the end."""
        transport, after = self._window.memory.transport, self._options.after
        if self._options.plot is not None and not self._choose_plot(self._options.plot):
            return
        if after is not None and after > transport.duration and not transport.following:
            self._finish(2, f"--after {after:g} lies beyond the end of the signal, {transport.duration:g} s.")
            return
        place = transport.duration * DEFAULT_PLACE if after is None else min(after, transport.duration)
        transport.seek_seconds(place)
        self._timer.start()

    def _choose_plot(self, title: str) -> bool:
        plots = {plot.title: plot for plot in self._window.memory.taking_home.plots if plot.isVisible()}
        self._plot = plots.get(title)
        if self._plot is None:
            self._finish(2, f"There is no plot {title!r}; shown are: {', '.join(plots)}.")
            return False
        if self._options.size is not None:
            self._plot.setFixedSize(*self._options.size)
        return True

    def _look(self) -> None:
        self._looks += 1
        picture = self._window.grab().toImage() if self._plot is None else image(self._plot)
        quiet = picture == self._last and self._settled()
        self._still = self._still + 1 if quiet else 0
        self._last = picture
        if self._still >= STILL or self._looks >= PATIENCE:
            self._timer.stop()
            self._take(picture)

    def _settled(self) -> bool:
        """Whether the picture is that of the playhead's place, and nothing under way would change it."""
        tab, train = self._window.memory, self._window.train
        if train.under_way:
            return False
        frame = tab.player.frame
        drawn = frame is not None and frame.position == tab.transport.position
        at_rest = tab.player.live.idle and not self._window.services.jobs.live
        return at_rest and (drawn or tab.phase is Phase.FAILED)

    def _take(self, picture: QImage) -> None:
        try:
            path = self._options.screenshot
            if self._plot is None:
                write_png(path, picture)
            else:
                write(path, draw(self._plot, path.suffix))
        except OSError as error:
            self._finish(2, str(error))
        else:
            self._finish(0, "")


def write_png(path: Path, picture: QImage) -> None:
    """Write a picture, whole or not at all. Raises OSError with one sentence."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if not picture.save(buffer, "PNG"):
        raise OSError(f"The picture of {picture.width()}×{picture.height()} pixels could not be made a PNG.")
    with atomic_write(path) as file:
        file.write(bytes(buffer.data()))

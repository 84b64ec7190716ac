"""An animation from the command line: wait until the signal is there, film, quit."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QObject

from hippo_studio.app.film.shot import SIZES, Shot
from hippo_studio.app.memory.tab import Phase
from hippo_studio.app.options import StudioOptions
from hippo_studio.app.window import StudioWindow


class UnattendedFilming(QObject):
    """Makes one animation and calls `finish(status, sentence)`."""

    def __init__(
        self, window: StudioWindow, options: StudioOptions, finish: Callable[[int, str], None]
    ) -> None:
        super().__init__(window)
        self._window, self._options, self._finish = window, options, finish
        self._begun = False

    def start(self) -> None:
        """Film as soon as the memories have a source."""
        self._window.memory.changed.connect(self._look)
        self._window.services.jobs.changed.connect(self._look)
        self._look()

    def _look(self) -> None:
        memory = self._window.memory
        if self._begun or memory.phase not in (Phase.READY, Phase.FAILED):
            return
        self._begun = True
        if memory.source is None:
            self._finish(2, "This signal cannot be shown, so it cannot be filmed.")
            return
        options = self._options
        path: Path = options.animation
        try:
            shot = self._shot(options)
        except ValueError as error:
            self._finish(2, f"{str(error)[:1].upper()}{str(error)[1:]}.")
            return
        self._window.filming.camera.film(
            path,
            shot,
            memory.state,
            memory.source,
            memory.signal,
            regions=self._window.rooms.labels.regions,
            done=lambda: self._finish(0, ""),
            failed=lambda error: self._finish(2, str(error)),
            progress=self._tell,
        )

    def _shot(self, options: StudioOptions) -> Shot:
        suggested, duration = self._window.filming.suggested(), self._window.memory.source.duration
        start = 0.0 if options.start is None else options.start
        stop = duration if options.stop is None else min(options.stop, duration)
        if start >= duration:
            raise ValueError(f"--from {start:g} lies beyond the end of the signal, {duration:g} s")
        rate = options.fps or (25.0 if options.animation.suffix.lower() == ".gif" else 30.0)
        return Shot(start, stop, options.speed or 1.0, rate, options.size or SIZES[0], suggested.theme)

    def _tell(self, fraction: float | None, _: str) -> None:
        if sys.stderr.isatty() and fraction is not None:
            end = "\r" if fraction < 1 else "\r\033[K"
            print(f"{self._options.animation.name}: {fraction:4.0%}", end=end, file=sys.stderr, flush=True)

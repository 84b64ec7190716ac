"""File ▸ Export ▸ Animation: asks what and where, films, and says where the film is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QWidget

from hippo_studio.app.film.camera import Camera
from hippo_studio.app.film.film_dialog import FilmDialog
from hippo_studio.app.film.shot import Shot
from hippo_studio.app.labels.editing import Regions
from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.saving import Saving
from hippo_studio.app.services import Services
from hippo_studio.export.animation import FORMATS


class Filming(Saving):
    """Animations of what the Memory tab shows, with the labels that `regions()` tells.

    `begun(path, shot)` tells of each, `filmed()` of its end.
    """

    begun = pyqtSignal(object, object)
    filmed = pyqtSignal()

    def __init__(
        self,
        services: Services,
        memory: MemoryTab,
        window: QWidget,
        regions: Callable[[], Regions] = tuple,
    ) -> None:
        super().__init__(services, window)
        self._memory, self._regions = memory, regions
        self.camera = Camera(services, window)
        services.actions.connect("export_animation", self.choose)

    def choose(self) -> None:
        """Ask what, then where."""
        memory, messages = self._memory, self._services.messages
        source = memory.source
        if source is None:
            messages.info("There is nothing to film yet: open a signal.")
        elif source.known < source.length:
            messages.info("A recording is filmed once it has ended; stop it first.")
        elif self.camera.busy:
            messages.info("An animation is being made already; wait for it, or cancel it below.")
        else:
            FilmDialog(self.suggested(), source.duration, memory.signal, self._ask_where, self._window).open()

    def suggested(self) -> Shot:
        """The part that is looped, or the whole signal, at the speed and in the theme of the window."""
        transport = self._memory.transport
        first, last = transport.region
        speed = 1.0 if transport.flat_out else transport.speed
        theme = "dark" if self._services.theme.colors.dark else "light"
        return Shot(first / transport.sample_rate, last / transport.sample_rate, speed, theme=theme)

    def film(self, path: Path, shot: Shot) -> None:
        """Make the animation in the background, and say where it is."""
        messages, memory = self._services.messages, self._memory

        def done() -> None:
            self.filmed.emit()
            messages.info(f"Saved {path}")

        if not self.camera.busy:
            self.begun.emit(path, shot)
        self.camera.film(
            path,
            shot,
            memory.state,
            memory.source,
            memory.signal,
            regions=self._regions(),
            done=done,
            failed=lambda error: messages.error(str(error)),
        )

    def close(self) -> None:
        """Give up what is being filmed."""
        self._services.actions.disconnect_all("export_animation")
        self.camera.cancel()

    def _ask_where(self, shot: Shot, suffix: str) -> None:
        stem = f"{Path(self._memory.source.title).stem}-animation"
        self.ask(
            "Save animation", stem, [f"{FORMATS[suffix]} (*{suffix})"], lambda path, _: self.film(path, shot)
        )

"""Listens to what a person does, and notes it as Python. It changes nothing and holds up nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal

from hippo_studio.app.film.shot import Shot
from hippo_studio.app.memory.state import Memory
from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.open_signals import OpenSignals
from hippo_studio.app.script import phrasing
from hippo_studio.app.script.acts import Act, Script
from hippo_studio.app.theme import Theme
from hippo_studio.app.tools.bench import steps_of
from hippo_studio.app.train.tab import TrainTab
from hippo_studio.app.widgets.plots import Plot
from hippo_studio.session import Session
from hippo_studio.signals.tools import in_use


class Recorder(QObject):
    """`changed` fires when the script did."""

    changed = pyqtSignal()

    def __init__(
        self,
        signals: OpenSignals,
        memory: MemoryTab,
        train: TrainTab,
        session: Callable[[], Session],
        theme: Theme,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._session, self._theme = session, theme
        self.script = Script()
        self._signals, self._memory, self._train = signals, memory, train
        self._source_key, self._tools, self._listening = "", (), None
        self._looked: tuple | None = None
        self._trained: set[Path] = set()
        self._film: Act | None = None
        memory.changed.connect(self.look)
        memory.player.rested.connect(self._rest)
        memory.taking_home.exported.connect(self._exported)
        memory.taking_home.pictured.connect(self._pictured)
        train.phase_changed.connect(lambda _: self._training())

    def look(self) -> None:
        """Note what is open, what was done to it, and who listens, where that is not what it was."""
        signals, memory = self._signals, self._memory
        if signals.current is None or signals.current is not memory.signal or memory.source is None:
            return
        entry = signals.entries[signals.index]
        tools = in_use(steps_of(entry))
        if entry.source_key != self._source_key:
            self._note(phrasing.opened(entry))
            self._source_key, self._tools, self._listening = entry.source_key, (), None
        if tools != self._tools:
            self._note(phrasing.worked(entry, tools))
            self._tools, self._listening = tools, None
        state, names = memory.state, signals.current.channel_names
        channel = state.channel if state.channel in names else names[0]
        listening = channel, state.follow, state.memories()
        if listening != self._listening:
            self._note(phrasing.listened(state, channel, state.follow))
            self._listening, self._looked = listening, None

    def clear(self) -> None:
        """Begin anew, with what is on screen."""
        self.script.clear()
        self._source_key, self._tools, self._listening, self._looked = "", (), None, None
        self.look()
        self._rest()
        self.changed.emit()

    def _rest(self) -> None:
        transport = self._memory.transport
        if transport.playing or self._listening is None or not transport.position:
            return
        if self._looked != transport.position:
            self._looked = transport.position
            self._note(phrasing.looked(transport.position, transport.seconds))

    def _exported(self, what: str, files: list[tuple[Path, Memory]], position: int) -> None:
        source = self._memory.source
        if self._listening is None or source is None:
            return
        act = phrasing.exported(what, files, position, source.channel, source.unit)
        if act is not None:
            self._note(act)

    def _pictured(self, plot: Plot, path: Path) -> None:
        if plot in self._memory.taking_home.plots:
            size, seconds = plot.viewport().size(), self._memory.transport.seconds
            theme = "dark" if self._theme.colors.dark else "light"
            shape = (size.width(), size.height())
            self._note(phrasing.pictured(path, plot.title, shape, theme, seconds, self._session()))

    def begin_film(self, path: Path, shot: Shot) -> None:
        """An animation of what is on screen now is being made; it counts once it is there."""
        self._film = phrasing.filmed(path, shot, self._session())

    def filmed(self) -> None:
        """Note the animation that was begun: it was neither cancelled nor did it fail."""
        if self._film is not None:
            self._note(self._film)
            self._film = None

    def _training(self) -> None:
        folder = self._train.session.progress.folder
        if folder is None or folder in self._trained or not self._train.session.busy:
            return
        from hippo_studio.learning.runs import read_config

        try:
            config = read_config(folder)
        except (OSError, ValueError):
            return  # not written yet: the next phase finds it
        self._trained.add(folder)
        self._note(phrasing.trained(config, folder))

    def evaluated(self, folder: Path, factor: float) -> None:
        """Note that a run is tested on its own data."""
        from hippo_studio.learning.runs import read_config

        try:
            config = read_config(folder)
        except (OSError, ValueError):
            return  # the test itself says why
        self._note(phrasing.evaluated(folder, str(config["data"]), factor))

    def _note(self, act: Act) -> None:
        self.script.note(act)
        self.changed.emit()

"""What the Train tab asks for: the state behind its form, and the data that it names.

The state is the single truth. Its writers are `apply`, and `_settle`, which says the same more briefly. Data
are opened soon after a change, off-thread, and not before somebody looks or wants to train.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QTimer, pyqtSignal
from PyQt6.QtWidgets import QWidget

from hippo_studio.app.services import Services
from hippo_studio.app.train.data_source import DataSource, Key
from hippo_studio.app.train.setup_panel import SetupPanel
from hippo_studio.app.train.state import TrainState


class Asking(DataSource):
    """`changed()` after every new state, `settled(keys)` once one is said more briefly than by these keys;
    `wakeful()` says whether data are wanted now.
    """

    changed = pyqtSignal()
    settled = pyqtSignal(dict)

    def __init__(self, services: Services, window: QWidget, wakeful: Callable[[], bool]) -> None:
        super().__init__(services, window)
        self.state = TrainState.restored(services.settings.read("train"))
        self._wakeful = wakeful
        self._setup: SetupPanel | None = None
        self._of_run: Key | None = None
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self.look)
        self.seen.connect(lambda _: self._settle())

    @property
    def ready(self) -> bool:
        """Whether what is asked for is opened and looked at."""
        return self.is_ready(self.key)

    @property
    def key(self) -> Key:
        """Which data are asked for."""
        return self.state.data, self.state.test, int(self.state.values()["seed"])

    def look(self, *, again: bool = False) -> None:
        """Open the data that are asked for; `again`: also if that failed."""
        self.look_at(self.key, again=again)

    def look_soon(self) -> None:
        """Open them once the events under way are done."""
        self._soon.start()

    def change(self, change: Callable[[TrainState], TrainState]) -> None:
        """Make another state of this one; what cannot be is said, and nothing changes."""
        try:
            state = change(self.state)
            state.check(self.data)
        except ValueError as error:
            self._services.messages.refuse(str(error))
            self.show()
            return
        self.apply(state)

    def apply(self, state: TrainState) -> None:
        """Make a state the truth."""
        self.state = state
        self.show()
        self.changed.emit()
        if self._wakeful():
            self.look_soon()

    def take_run(self, config: Mapping[str, Any], folder: Path) -> None:
        """Ask for what the keys of the run in a folder say, and tell it if that is something else.

        Until its data are seen, every key is taken for its own; then only those that would be others by
        default. With other data, they go.
        """
        try:
            state = self.state.of_run(config)
        except ValueError as error:  # of another version
            self._services.messages.status(str(error))
            return
        if self.ready and self.data is not None and state.lean(self.data).asks_like(self.state):
            return
        self._of_run = state.data, state.test, int(state.values()["seed"])
        if self.is_ready(self._of_run) and self.data is not None:
            state, self._of_run = state.lean(self.data), None
        self.apply(state)
        self._services.messages.status(
            f"The set-up on the left is that of {folder.name} now; Undo brings yours back."
        )

    def take_sweep(self, fixed: Mapping[str, Any]) -> None:
        """Ask for what all trainings of a sweep share."""
        try:
            self.apply(TrainState.of_config(fixed))
        except ValueError as error:  # of another version
            self._services.messages.error(str(error))

    @property
    def shared(self) -> dict[str, Any]:
        """What the trainings of a sweep would share."""
        return self.state.shared(self.data if self.ready else None)

    def take(self, source: str) -> None:
        """Ask for other data, with a test part of their own."""
        self.change(lambda state: state.with_data(source))

    def show(self) -> None:
        """Display the state in its form, with the values in force."""
        if self._setup is not None:
            self._setup.show_state(self.state, self.state.values(self.data if self.ready else None))

    def join(self, setup: SetupPanel) -> None:
        """Be asked through this form from now on."""
        self._setup = setup

        def set_value(name: str, value: Any) -> None:
            self.change(lambda state: state.with_value(name, value))

        setup.data_chosen.connect(self.take)
        setup.test_chosen.connect(lambda source: self.change(lambda state: state.replace(test=source)))
        setup.model_chosen.connect(lambda name: self.change(lambda state: state.with_model(name)))
        setup.key_changed.connect(set_value)
        setup.key_reset.connect(lambda name: self.change(lambda state: state.without(name)))
        setup.defaults_asked.connect(lambda: self.change(lambda state: state.without(*dict(state.chosen))))
        setup.rejected.connect(self._services.messages.refuse)
        setup.folder_asked.connect(lambda: self.ask(self.take, folder=True))
        setup.file_asked.connect(lambda: self.ask(self.take, folder=False))

    def _settle(self) -> None:
        wanted, self._of_run = self._of_run, None
        if wanted == self.key and self.data is not None:
            keys, self.state = self.state.to_dict(), self.state.lean(self.data)
            self.settled.emit(keys)

    def close(self) -> None:
        """Drop what is under way, and keep the state for the next time."""
        self._soon.stop()
        self._services.settings.write("train", self.state.to_dict())
        super().close()

"""The training thread: it alone owns the model and the device, and it never touches a widget.

Free of Qt. The window asks (`train`, `pause`, `resume`, `step_one_batch`, `stop`) and never waits; what the
trainer tells is folded into `progress`, a frozen snapshot in a place for one, which the window looks at as
often as it draws. Torch is imported here, in the background, when the first training begins. `close` asks the
training to stop, which it does after the batch under way, its checkpoint written.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from hippo_studio.app.train.progress import Phase, Progress, failed
from hippo_studio.learning.data import DataSet
from hippo_studio.learning.events import Event
from hippo_studio.learning.settings import TrainingSettings


@dataclass(frozen=True, eq=False)
class Plan:
    """One training that is asked for.

    Attributes
    ----------
    settings : how to train.
    model : keys of `ModelConfig`.
    folder : the run folder, made if it is not there; one that holds this very training is continued.
    data : what to learn from, if it is opened already.
    past : what is known of a training that goes on.
    """

    settings: TrainingSettings
    model: Mapping[str, Any]
    folder: Path
    data: DataSet | None = field(default=None, repr=False)
    past: Progress = field(default_factory=Progress, repr=False)

    def opened(self) -> DataSet:
        """Open the data, unless they are open. DataError, one sentence, if there are none."""
        if self.data is not None:
            return self.data
        from hippo_studio.learning.whereabouts import open_data_of

        return open_data_of(self.folder, self.settings.to_dict())


class Control(Protocol):
    """What a running training listens to; every method may be called from any thread."""

    def pause(self) -> None:
        """Rest after this batch."""

    def resume(self) -> None:
        """Go on."""

    def stop(self) -> None:
        """End after this batch, with a checkpoint."""

    def step_one_batch(self) -> None:
        """Train one batch and rest again."""


Work = Callable[[Plan, Callable[[Event], None], Callable[[Control], None]], None]
"""Trains a plan: told where to tell events, and where to leave the control before the first batch."""


class TrainingSession:
    """One thread for any number of trainings, one after the other; `close` it in the end.

    Parameters
    ----------
    work : what trains; called on the thread, so that it may import torch.
    prepare : what is slow the first time, done on the thread before its first training.
    """

    def __init__(self, work: Work, prepare: Callable[[], None] = lambda: None) -> None:
        self._work, self._prepare = work, prepare
        self._wake = threading.Condition()
        self._plan: Plan | None = None
        self._busy = self._closed = False
        self._control: Control | None = None
        self._wishes: list[str] = []
        self._thread: threading.Thread | None = None
        self._progress = Progress()

    @property
    def progress(self) -> Progress:
        """The newest snapshot."""
        return self._progress

    @property
    def busy(self) -> bool:
        """Whether a training is under way or about to be."""
        return self._busy

    def train(self, plan: Plan) -> None:
        """Begin a training. RuntimeError if one is under way: stop it first."""
        with self._wake:
            if self._closed or self._busy:
                raise RuntimeError("a training is under way; stop it before the next begins")
            self._busy, self._plan, self._wishes = True, plan, []
            self._progress = plan.past.going_on()
            self._start()
            self._wake.notify_all()

    def warm_up(self) -> None:
        """Do what is slow the first time now, in the background: a training may be wanted soon."""
        with self._wake:
            if not self._closed:
                self._start()

    def pause(self) -> None:
        """Rest after the batch under way."""
        self._wish("pause")

    def resume(self) -> None:
        """Go on after a pause."""
        self._wish("resume")

    def step_one_batch(self) -> None:
        """Train one batch, and rest."""
        self._wish("step_one_batch")

    def stop(self) -> None:
        """End after the batch under way; a checkpoint is written."""
        self._wish("stop")

    def show(self, progress: Progress) -> None:
        """Take up a training of the past as what there is to see; ignored while one is under way."""
        with self._wake:
            if not self._busy:
                self._progress = progress

    def wait(self, patience: float = 10.0) -> bool:
        """Wait until no training is under way, at most so many seconds; True if none is."""
        with self._wake:
            return self._wake.wait_for(lambda: not self._busy, patience)

    def close(self, patience: float = 30.0) -> bool:
        """Stop, and end the thread; True if it ended in time. May be called twice."""
        with self._wake:
            self._closed = True
            self._wake.notify_all()
        self.stop()
        if self._thread is not None:
            self._thread.join(patience)
        return self._thread is None or not self._thread.is_alive()

    def _wish(self, wish: str) -> None:
        """Hand a wish on, or keep it until there is a control that takes it."""
        with self._wake:
            if not self._busy:
                return
            if wish == "stop":
                self._progress = replace(self._progress, phase=Phase.STOPPING)
            control = self._control
            if control is None:
                self._wishes.append(wish)
                return
        getattr(control, wish)()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="training", daemon=True)
            self._thread.start()

    def _serve(self) -> None:
        with suppress(Exception):  # the first training meets it again, and says it
            self._prepare()
        while (plan := self._next()) is not None:
            try:
                self._work(plan, self._tell, self._take_control)
                self._settle()
            except Exception as error:  # what the trainer did not foresee: said, and the thread lives on
                self._progress = failed(self._progress, error)
            finally:
                with self._wake:
                    self._control, self._busy = None, False
                    self._wake.notify_all()

    def _next(self) -> Plan | None:
        """Wait for a plan; None once the session is closed."""
        with self._wake:
            self._wake.wait_for(lambda: self._plan is not None or self._closed)
            plan, self._plan = self._plan, None
            if self._closed:
                self._busy = False
                return None
            return plan

    def _take_control(self, control: Control) -> None:
        with self._wake:
            self._control = control
            wishes, self._wishes = self._wishes, []
        for wish in wishes:
            getattr(control, wish)()

    def _tell(self, event: Event) -> None:
        with self._wake:  # a wish to stop may change the phase meanwhile
            stopping = self._progress.phase is Phase.STOPPING
            progress = self._progress.after(event)
            if stopping and progress.phase.busy:
                progress = replace(progress, phase=Phase.STOPPING)
            self._progress = progress

    def _settle(self) -> None:
        """A training that ended without a last word is over all the same."""
        with self._wake:
            if self._progress.phase.busy:
                self._progress = replace(self._progress, phase=Phase.FINISHED, sentence="")

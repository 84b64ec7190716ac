"""The Train tab: what to train on the left, how it goes in the middle, what is learned on the right.

Left, ① data ② model ③ training and one large Train button. In the middle, what the training is doing, loss
and score, and below them examples, confusion matrix, wrong examples and all runs. On the right, per layer and
channel, kernels, spectra, eigenvalues and timescales, as a film from before training to now.

`Asking` holds what is asked for, a `TrainState` and its data. The training itself lives in a thread of its
own, whose newest `Progress` the heartbeat looks at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QEvent, QSize, pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QWidget

from hippo_studio.app.services import Services
from hippo_studio.app.train import running
from hippo_studio.app.train.asking import Asking
from hippo_studio.app.train.baseline import Baseline
from hippo_studio.app.train.data_overview import DataOverview
from hippo_studio.app.train.heartbeat import FRAME_MS, UNSEEN_MS, Heartbeat
from hippo_studio.app.train.page import TrainPage
from hippo_studio.app.train.past_desk import PastDesk
from hippo_studio.app.train.phase_actions import show_phase
from hippo_studio.app.train.plans import plan_for
from hippo_studio.app.train.progress import Phase, Progress
from hippo_studio.app.train.results import CONFUSION, RUNS
from hippo_studio.app.train.run_list import RunList
from hippo_studio.app.train.session import Plan, TrainingSession, Work
from hippo_studio.app.train.state import TrainState
from hippo_studio.app.train.sweeps import Sweeps
from hippo_studio.app.train.taking_home import ACTIONS as EXPORTS
from hippo_studio.app.train.taking_home import TrainTakingHome
from hippo_studio.app.train.telling import Telling
from hippo_studio.app.widgets.plots import Plot

ACTIONS = ("train_start", "train_pause", "train_step")


class TrainTab(QWidget):
    """The page. `wanted` asks the window to show it, `example_opened(Signal)` to show an example;
    `model_written` tells of a better model in the folder of the run that is trained.
    """

    wanted = pyqtSignal()
    example_opened = pyqtSignal(object)
    phase_changed = pyqtSignal(object)
    state_changed = pyqtSignal()
    state_settled = pyqtSignal(dict)
    built = pyqtSignal()
    model_written = pyqtSignal()

    def __init__(
        self,
        services: Services,
        parent: QWidget | None = None,
        *,
        work: Work = running.train,
        warm_up: Callable[[], None] = running.warm_up,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("train tab")
        self.setAccessibleName("Train")
        self._services = services
        self.session = TrainingSession(work, warm_up)
        self.phase = Phase.EMPTY
        self._shown = self.session.progress
        self.source = Asking(services, self, lambda: self.isVisible() or self._train_when_ready)
        self._train_when_ready = False
        self.is_built = self._written = False
        self._heart = Heartbeat(self.beat, self._pace, self)
        self.source.changed.connect(self.state_changed)
        self.source.settled.connect(self.state_settled)
        actions = services.actions
        actions.connect("train_start", self.toggle)
        actions.connect("train_pause", self.toggle_pause)
        actions.connect("train_step", self.session.step_one_batch)
        for id in ("train_pause", "train_step"):
            actions[id].setEnabled(False)
        self.baseline = Baseline(services, self._fit_baseline, self)
        self.taking_home = TrainTakingHome(services, lambda: self.shown_run, self)

    def build(self) -> None:
        """Make the widgets, at the first look: the window is on screen sooner without them."""
        if self.is_built:
            return
        self.is_built = True
        self.page = page = TrainPage(self._services, self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(page)
        self.setup, self.header, self.curves = page.setup, page.header, page.curves
        self.results, self.layers = page.results, page.layers
        self.runs = RunList(self._services, self.results.runs, self, lambda: self._shown.started)
        self.sweeps = Sweeps(
            self._services,
            self.results.sweep,
            lambda: self.source.shared,
            lambda: self.runs.folder,
            self,
            form=lambda: self.state,
        )
        self.past = PastDesk(
            self._services,
            page,
            self.source,
            self.session,
            self.baseline,
            shown=lambda: self._shown,
            begin=self._begin,
            wake=self._wake,
            opened=self.example_opened.emit,
        )
        self.telling = Telling(self._services.messages, self.runs, self._show_errors)
        self._connect()
        self.taking_home.offer(self.plots)
        self.source.apply(self.state)
        self._show(self._shown)
        self.built.emit()

    def minimumSizeHint(self) -> QSize:
        """Little: this tab has the window for itself, while the others share it with panels."""
        line = self.fontMetrics().height()
        return QSize(30 * line, 15 * line)

    def showEvent(self, event: Any) -> None:
        """Look at the data and the runs now that somebody looks at the tab."""
        self.build()
        super().showEvent(event)
        self.source.look()
        self.runs.refresh()
        self.session.warm_up()
        self._heart.wake()

    def changeEvent(self, event: QEvent) -> None:
        """Look at the runs again when the window comes to the front: a command line may have made some."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow() and self.isVisible():
            self.runs.look_again()

    @property
    def data_ready(self) -> bool:
        """Whether what is asked for is opened and looked at."""
        return self.source.ready

    @property
    def state(self) -> TrainState:
        """What is asked for."""
        return self.source.state

    def change(self, change: Callable[[TrainState], TrainState]) -> None:
        """Make another state of this one; what cannot be is said, and nothing changes."""
        self.source.change(change)

    def configure(self, flat: Mapping[str, Any]) -> None:
        """Take up the keys of a CONFIG.toml. ValueError, one sentence, for what cannot be."""
        self.build()
        self.source.apply(TrainState.of_config(flat))

    def learn_from(self, source: str) -> None:
        """Take other data, and show the tab."""
        self.build()
        self.source.take(source)
        self.wanted.emit()

    def keys(self) -> dict[str, Any]:
        """What is asked for, as plain values for the session."""
        return self.state.to_dict()

    def take_keys(self, keys: Mapping[str, Any]) -> None:
        """Ask for what a session says; what is no longer possible is left at its default."""
        self.source.apply(TrainState.restored(keys))

    @property
    def plots(self) -> tuple[Plot, ...]:
        """Every plot of the tab, in the order in which a menu lists them."""
        return self.page.plots

    @property
    def shown_run(self) -> Path | None:
        """The folder of the run that is shown."""
        return self._shown.folder

    @property
    def under_way(self) -> bool:
        """Whether the picture of this tab is not the last one: training, about to train, or still moving."""
        moving = self.isVisible() and self.is_built and self.layers.gliding
        return self.session.busy or self._train_when_ready or moving

    def train(self, *, show: bool = True) -> None:
        """Begin what is asked for, as soon as its data are there, and show the tab."""
        if self.session.busy:
            return
        self.build()
        if show:
            self.wanted.emit()
        if not self.data_ready:
            self._train_when_ready = True
            self.source.look(again=True)
            return
        self._train_when_ready = False
        try:
            plan = plan_for(self.state, self.source.data, self.runs.folder)
        except ValueError as error:
            self._services.messages.error(str(error))
            return
        self._begin(plan)

    def toggle(self) -> None:
        """Train, or stop."""
        if self.session.busy:
            self._train_when_ready = False
            self.session.stop()
            self.beat()
        elif self._train_when_ready:
            self._train_when_ready = False
            self._show(self._shown)
        else:
            self.train()

    def toggle_pause(self) -> None:
        """Rest, or go on."""
        if self.session.progress.phase is Phase.PAUSED:
            self.session.resume()
        else:
            self.session.pause()

    def beat(self) -> None:
        """One beat: show the newest there is, and rest when nothing more will come."""
        last = not self.session.busy  # asked first: once it is over, the progress is the last one
        progress = self.session.progress
        if progress is not self._shown:
            self._show(progress)
        if self.isVisible():
            self.layers.beat()
        if last or self.session.busy:
            self._heart.settle()

    def close_tab(self) -> bool:
        """Stop what is under way, within a batch and with a checkpoint; True if it ended in time."""
        self._heart.stop()
        self._services.actions.disconnect_all(*ACTIONS, *EXPORTS)
        self.source.close()
        self.baseline.close()
        if self.is_built:
            self.runs.close()
            self.sweeps.close()
            self.results.use.rest()
        return self.session.close()

    def _pace(self) -> int | None:
        """Milliseconds between two beats, None when nothing more will come."""
        if self.session.busy:
            return FRAME_MS if self.isVisible() else UNSEEN_MS
        return FRAME_MS if self.isVisible() and self.layers.gliding else None

    def _begin(self, plan: Plan) -> None:
        try:
            self.session.train(plan)
        except RuntimeError as error:
            self._services.messages.error(str(error))
            return
        self.telling.begin()
        self.page.begin(plan)
        self._wake()

    def _wake(self) -> None:
        self._heart.wake()
        self.beat()

    def _await_data(self) -> None:
        self.setup.card.say("Looking at the data …")
        self.past.show_reference()

    def _take_data(self, seen: DataOverview) -> None:
        self.page.show_data(seen)
        if not self.session.busy and not self._shown.film.frames:
            self.page.scale_layers(seen.data)
        self.source.show()
        if self._train_when_ready:
            self.train(show=False)

    def _miss_data(self, sentence: str) -> None:
        self.page.miss_data(sentence)
        if self._train_when_ready:
            self._train_when_ready = False
            self._services.messages.error(sentence)

    def _fit_baseline(self) -> None:
        self.build()
        self.wanted.emit()
        self.past.fit_baseline(self.runs.folder)

    def _show(self, progress: Progress) -> None:
        """Show a snapshot, and do what follows from it."""
        before, self._shown = self._shown, progress
        another = progress.folder != before.folder
        entered = progress.phase is not self.phase or another or not self._written
        self.page.show_progress(progress, before, entered=entered)
        if entered:
            self._enter(progress)
        if progress.started is not before.started:
            self.past.show_reference()
        if progress.phase.busy and progress.best is not before.best:
            self.model_written.emit()
        self.telling.show_progress(progress, before)

    def _enter(self, progress: Progress) -> None:
        """Another phase, or another run in the same: what the buttons do now."""
        self.phase, self._written = progress.phase, True
        show_phase(self._services, self.phase)
        self.phase_changed.emit(self.phase)

    def _show_errors(self, progress: Progress) -> None:
        if progress.phase is Phase.FINISHED and progress.report.get("confusion_matrix"):
            self.results.setCurrentIndex(CONFUSION)

    def _connect(self) -> None:
        self.source.join(self.setup)
        self.source.begun.connect(self._await_data)
        self.source.seen.connect(self._take_data)
        self.source.missed.connect(self._miss_data)
        self.sweeps.opened.connect(self.runs.open_folder)
        self.sweeps.moved.connect(lambda: self.runs.show_sweep(self.sweeps.under_way))
        self.sweeps.taken.connect(self.source.take_sweep)
        self.runs.deleted.connect(self.sweeps.look)
        self.runs.listed.connect(self.past.take_runs)
        self.baseline.fitted.connect(self.runs.refresh)
        self.results.wrong.opened.connect(self.past.open_example)
        self.runs.opened.connect(self.past.show)
        self.runs.continued.connect(self.past.proceed)
        self.runs.compared.connect(self.past.compare)
        self.results.currentChanged.connect(lambda page: page == RUNS and self.runs.refresh())

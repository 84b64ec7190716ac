"""The Train tab: what to train on the left, how it goes in the middle, what is learned on the right.

Left, ① data ② model ③ training and one large Train button. In the middle, what the training is doing, loss
and score, and below them examples, confusion matrix, wrong examples and all runs. On the right, per layer and
channel, kernels, spectra, eigenvalues and timescales, as a film from before training to now.

`TrainState` is the single truth of what is asked for: `_apply` is the only writer. The training itself lives
in a thread of its own, whose newest `Progress` the heartbeat looks at.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QIcon
from PyQt6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from hippo_studio.app.jobs import JobContext
from hippo_studio.app.services import Services
from hippo_studio.app.train import running
from hippo_studio.app.train.curves import CurvesView
from hippo_studio.app.train.data_overview import DataOverview, overview
from hippo_studio.app.train.header import Header
from hippo_studio.app.train.layers_panel import LayersPanel
from hippo_studio.app.train.plans import plan_for
from hippo_studio.app.train.progress import Phase, Progress
from hippo_studio.app.train.results import CONFUSION, Results
from hippo_studio.app.train.run_list import RunList
from hippo_studio.app.train.session import Plan, TrainingSession, Work
from hippo_studio.app.train.setup_panel import SetupPanel
from hippo_studio.app.train.state import TrainState
from hippo_studio.app.train.taking_home import ACTIONS as EXPORTS
from hippo_studio.app.train.taking_home import TrainTakingHome
from hippo_studio.app.widgets.notice import Notice
from hippo_studio.app.widgets.plots import Plot
from hippo_studio.learning.datasets import TASKS, open_data
from hippo_studio.signals import Signal

_DATA, _EXAMPLE = "train data", "train example"
_BEAT_MS = 16
_TEXT_EVERY = 0.12
"""Seconds between two writings of numbers."""
ACTIONS = ("train_start", "train_pause", "train_step")


class TrainTab(QWidget):
    """The page. `wanted` asks the window to show it, `example_opened(Signal)` to show an example."""

    wanted = pyqtSignal()
    example_opened = pyqtSignal(object)
    phase_changed = pyqtSignal(object)
    state_changed = pyqtSignal()
    built = pyqtSignal()

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
        self.state = TrainState.restored(services.settings.read("train"))
        self.session = TrainingSession(work, warm_up)
        self.phase = Phase.EMPTY
        self._shown = self.session.progress
        self._overview: DataOverview | None = None
        self._asked_data: tuple[Any, ...] = ()
        self._failure = ""
        self._train_when_ready = self._end_is_awaited = False
        self._texts_written = 0.0
        self.is_built = self._written = False
        self._timer = QTimer(self)
        self._timer.setObjectName("training heartbeat")
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_BEAT_MS)
        self._timer.timeout.connect(self.beat)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._look_at_data)
        actions = services.actions
        actions.connect("train_start", self.toggle)
        actions.connect("train_pause", self.toggle_pause)
        actions.connect("train_step", self.session.step_one_batch)
        for id in ("train_pause", "train_step"):
            actions[id].setEnabled(False)
        self.taking_home = TrainTakingHome(services, lambda: self.shown_run, self)

    def build(self) -> None:
        """Make the widgets, at the first look: the window is on screen sooner without them."""
        if self.is_built:
            return
        self.is_built = True
        self._build(self._services)
        self._connect()
        self.taking_home.offer(self.plots)
        self._apply(self.state)
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
        self._look_at_data()
        self.runs.refresh()
        self.session.warm_up()
        self._wake()

    @property
    def data_ready(self) -> bool:
        """Whether what is asked for is opened and looked at."""
        return self._overview is not None and self._asked_data == self._data_key()

    def change(self, change: Callable[[TrainState], TrainState]) -> None:
        """Make another state of this one; what cannot be is said, and nothing changes."""
        try:
            state = change(self.state)
            state.check(self._overview.data if self._overview else None)
        except ValueError as error:
            self._services.messages.status(str(error))
            self._show_state()
            return
        self._apply(state)

    def configure(self, flat: Mapping[str, Any]) -> None:
        """Take up the keys of a CONFIG.toml. ValueError, one sentence, for what cannot be."""
        self.build()
        self._apply(TrainState.of_config(flat))

    def keys(self) -> dict[str, Any]:
        """What is asked for, as plain values for the session."""
        return self.state.to_dict()

    def take_keys(self, keys: Mapping[str, Any]) -> None:
        """Ask for what a session says; what is no longer possible is left at its default."""
        state = TrainState.restored(keys)
        if self.is_built:
            self._apply(state)
        else:
            self.state = state
            self.state_changed.emit()

    @property
    def plots(self) -> tuple[Plot, ...]:
        """Every plot of the tab, in the order in which a menu lists them."""
        return (*self.curves.plots, self.results.confusion, *self.layers.plots, self.setup.card.counts)

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
            if self._failure:
                self._asked_data = ()
            self._soon.start()
            return
        self._train_when_ready = False
        self._begin(lambda: plan_for(self.state, self._overview.data, self.runs.folder))

    def proceed(self, plan: Callable[[], Plan]) -> None:
        """Begin a training that is planned already, such as one that goes on."""
        if self.session.busy:
            self._services.messages.info("A training is under way; stop it before another goes on.")
            return
        self._begin(plan)

    def show_past(self, progress: Progress) -> None:
        """Show a training of the past."""
        self.session.show(progress)
        self.layers.set_scale(progress.report.get("sample_rate"), 0)
        self.layers.name_own(progress.folder.name if progress.folder else "")
        self._wake()
        self.beat()
        self.results.setCurrentIndex(CONFUSION)

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
        busy = self.session.busy  # asked first: once it is over, the progress is the last one
        progress = self.session.progress
        if progress is not self._shown:
            self._show(progress)
        if self.isVisible():
            self.layers.beat()
        wanted = self._wanted_interval(busy)
        if wanted is None:
            self._timer.stop()
        elif wanted != self._timer.interval():
            self._timer.setInterval(wanted)

    def close_tab(self) -> bool:
        """Stop what is under way, within a batch and with a checkpoint; True if it ended in time."""
        self._timer.stop()
        self._soon.stop()
        self._services.settings.write("train", self.state.to_dict())
        self._services.actions.disconnect_all(*ACTIONS, *EXPORTS)
        for key in (_DATA, _EXAMPLE):
            self._services.jobs.cancel(key)
        if self.is_built:
            self.runs.close()
            self.results.use.rest()
        return self.session.close()

    def _wanted_interval(self, busy: bool) -> int | None:
        if busy:
            return _BEAT_MS if self.isVisible() else 100
        return _BEAT_MS if self.isVisible() and self.layers.gliding else None

    def _begin(self, plan: Callable[[], Plan]) -> None:
        try:
            made = plan()
            self.session.train(made)
        except (ValueError, RuntimeError) as error:
            self._services.messages.error(str(error))
            return
        self._end_is_awaited = True
        self.curves.compare(())
        self.layers.compare((), "")
        self.layers.name_own(made.folder.name)
        if made.data is not None:
            self._scale_layers(made.data)
        self._wake()
        self.beat()

    def _wake(self) -> None:
        if self._wanted_interval(self.session.busy) is not None and not self._timer.isActive():
            self._timer.start()

    def _apply(self, state: TrainState) -> None:
        """Make a state the truth: the only place that does."""
        self.state = state
        self._show_state()
        self.state_changed.emit()
        if self.isVisible() or self._train_when_ready:
            self._soon.start()

    def _show_state(self) -> None:
        known = self._overview.data if self.data_ready else None
        self.setup.show_state(self.state, self.state.values(known))

    def _data_key(self) -> tuple[Any, ...]:
        return self.state.data, self.state.test, self.state.values()["seed"]

    def _look_at_data(self) -> None:
        """Open the data that the state asks for, off-thread; the newest request wins."""
        key = self._data_key()
        if key == self._asked_data:
            return
        self._asked_data, self._overview, self._failure = key, None, ""
        self.setup.card.say("Looking at the data …")
        source, test, seed = key

        def work(context: JobContext) -> DataOverview:
            return overview(open_data(source, test=test, seed=seed), context.check)

        self._services.jobs.submit(_DATA, work, done=self._take_data, failed=self._miss_data)

    def _take_data(self, seen: DataOverview) -> None:
        self._overview = seen
        self.setup.card.show_overview(seen)
        self.results.show_overview(seen)
        if not self.session.busy and not self._shown.film.frames:
            self._scale_layers(seen.data)
        self._show_state()
        if self._train_when_ready:
            self.train(show=False)

    def _miss_data(self, error: Exception) -> None:
        self._failure = str(error)
        self.setup.card.say(str(error), failed=True)
        self.results.thumbnails.show_thumbnails(())
        if self._train_when_ready:
            self._train_when_ready = False
            self._services.messages.error(str(error))

    def _scale_layers(self, data: Any) -> None:
        longest = int(data.train.lengths.max(initial=0))
        self.layers.set_scale(data.sample_rate, longest)

    def _show(self, progress: Progress) -> None:
        """Show a snapshot: pictures at once, numbers a few times a second."""
        before, self._shown = self._shown, progress
        changed = progress.phase is not self.phase or not self._written
        if changed or progress.curve.count != before.curve.count or progress.epochs != before.epochs:
            self.curves.show_progress(progress)
        self.layers.show_film(progress.film.frames)
        now = time.perf_counter()
        if changed or now - self._texts_written >= _TEXT_EVERY:
            self._texts_written = now
            self.header.show_progress(progress)
            self.curves.show_captions()
        if changed:
            self._enter(progress)
        if progress.report is not before.report:
            self.results.show_report(progress)
        for sentence in progress.notices[len(before.notices) :]:
            self._services.messages.status(sentence)

    def _enter(self, progress: Progress) -> None:
        """Another phase: buttons, words, and what follows from an end."""
        self.phase, self._written = progress.phase, True
        phase, actions = progress.phase, self._services.actions
        text, tip = {
            Phase.STARTING: ("Stop", "Stop before the first step"),
            Phase.WORKING: ("Stop", "Stop after this batch; a checkpoint is kept"),
            Phase.PAUSED: ("Stop", "Stop here; a checkpoint is kept"),
            Phase.STOPPING: ("Stopping …", "The batch under way ends first"),
        }.get(phase, ("Train", "Fit the model to the data, and watch it learn"))
        actions.set_text("train_start", text, tip)
        actions["train_start"].setIcon(self._services.theme.icon("stop") if phase.busy else QIcon())
        actions["train_start"].setEnabled(phase is not Phase.STOPPING)
        resting = phase is Phase.PAUSED
        actions.set_text("train_pause", "Resume Training" if resting else "Pause Training")
        actions["train_pause"].setIcon(self._services.theme.icon("play" if resting else "pause"))
        for id in ("train_pause", "train_step"):
            actions[id].setEnabled(phase in (Phase.WORKING, Phase.PAUSED))
        self.setup.show_phase(phase)
        self._say_what_is_missing(progress)
        if self._end_is_awaited and phase in (Phase.FINISHED, Phase.FAILED):
            self._end_is_awaited = False
            self._end(progress)
        self.phase_changed.emit(phase)

    def _say_what_is_missing(self, progress: Progress) -> None:
        """Words in the places of pictures that are not there yet."""
        nothing = not progress.curve.count and not progress.validation.count
        waiting = {Phase.EMPTY: "Press Train: loss and score appear here", Phase.FAILED: ""}
        self._curves_notice.say(waiting.get(progress.phase, "") if nothing else "")
        self.layers.say(
            "Train a model with state spaces, and watch its kernels become filters"
            if progress.phase is Phase.EMPTY
            else ""
            if progress.film.frames or progress.phase.busy
            else "This model has no convolution kernels to show"
        )

    def _end(self, progress: Progress) -> None:
        if progress.phase is Phase.FAILED:
            self._services.messages.error(progress.sentence)
        else:
            self._services.messages.status(progress.sentence)
            if progress.report.get("confusion_matrix"):
                self.results.setCurrentIndex(CONFUSION)
        self.runs.refresh()

    def _open_example(self, wrong: Any) -> None:
        """Decode a wrong example off-thread, and hand it on as a signal."""
        from hippo_studio.app.train.plans import example_signal

        config = self._shown.started.settings if self._shown.started else {}

        def work(context: JobContext) -> Signal:
            data = open_data(
                str(config.get("data", self.state.data)),
                test=str(config.get("test", "")),
                seed=int(config.get("seed", 0)),
            ).prepare(cancelled=lambda: context.cancelled)
            return example_signal(data, wrong)

        self._services.jobs.submit(
            _EXAMPLE,
            work,
            done=self.example_opened.emit,
            failed=lambda error: self._services.messages.error(str(error)),
            title="Opening an example",
        )

    def _build(self, services: Services) -> None:
        theme = services.theme
        tasks = [(task.source, task.title, task.summary) for task in TASKS.values()]
        self.setup = SetupPanel(services, tasks, self)
        self.header, self.curves = Header(theme, self), CurvesView(theme, self)
        self.results, self.layers = Results(theme, self), LayersPanel(theme, self)
        self._curves_notice = Notice(self.curves, "curves notice", covers=True)
        self.runs = RunList(services, self.results.runs, self)
        edge = self.fontMetrics().height() // 3
        middle = QWidget(self)
        column = QVBoxLayout(middle)
        column.setContentsMargins(edge, edge, edge, edge)
        column.setSpacing(edge)
        column.addWidget(self.header)
        rows = QSplitter(Qt.Orientation.Vertical, self)
        rows.setChildrenCollapsible(False)
        rows.addWidget(self.curves)
        rows.addWidget(self.results)
        rows.setSizes([50, 50])
        column.addWidget(rows, 1)
        right = QWidget(self)
        room = QVBoxLayout(right)
        room.setContentsMargins(edge, edge, edge, edge)
        room.addWidget(self.layers)
        columns = QSplitter(Qt.Orientation.Horizontal, self)
        columns.setChildrenCollapsible(False)
        for widget, stretch in ((self.setup, 0), (middle, 5), (right, 4)):
            columns.addWidget(widget)
            columns.setStretchFactor(columns.count() - 1, stretch)
        letter = self.fontMetrics().averageCharWidth()
        columns.setSizes([38 * letter, 80 * letter, 64 * letter])
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(columns)

    def _connect(self) -> None:
        setup = self.setup
        setup.data_chosen.connect(lambda source: self.change(lambda s: s.replace(data=source, test="")))
        setup.test_chosen.connect(lambda source: self.change(lambda s: s.replace(test=source)))
        setup.model_chosen.connect(lambda name: self.change(lambda s: s.replace(model=name)))
        setup.key_changed.connect(lambda name, value: self.change(lambda s: s.with_value(name, value)))
        setup.key_reset.connect(lambda name: self.change(lambda s: s.without(name)))
        setup.rejected.connect(self._services.messages.status)
        setup.folder_asked.connect(lambda: self._ask_for_data(folder=True))
        setup.file_asked.connect(lambda: self._ask_for_data(folder=False))
        self.results.wrong.opened.connect(self._open_example)
        self.runs.opened.connect(self.show_past)
        self.runs.continued.connect(self.proceed)
        self.runs.compared.connect(self._compare)

    def _compare(self, curves: list, frames: tuple, name: str) -> None:
        self.curves.compare(curves)
        self.layers.compare(frames, name)

    def _ask_for_data(self, *, folder: bool) -> None:
        from PyQt6.QtWidgets import QFileDialog

        settings = self._services.settings
        dialog = QFileDialog(self, "Learn from", settings.value("files", "data_folder", ""))
        dialog.setObjectName("data dialog")
        mode = QFileDialog.FileMode.Directory if folder else QFileDialog.FileMode.ExistingFile
        dialog.setFileMode(mode)

        def chosen(name: str) -> None:
            settings.write("files", data_folder=str(Path(name).parent))
            self.change(lambda state: state.replace(data=name, test=""))

        dialog.fileSelected.connect(chosen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

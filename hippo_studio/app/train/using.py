"""Joins the Train tab to the signals: regions to learn from, the strip under the signal, trials, a kernel to
listen to.
"""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QObject, QTimer, pyqtSignal
from PyQt6.QtWidgets import QSplitter

from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.open_signals import OpenSignals
from hippo_studio.app.services import Services
from hippo_studio.app.sound.live_source import LiveSource
from hippo_studio.app.train.applying import Applying, Open, Request, open_follower
from hippo_studio.app.train.tab import TrainTab
from hippo_studio.app.train.trials import score_at, through_kernel
from hippo_studio.app.train.verdict_strip import VerdictStrip
from hippo_studio.app.train.wording import percent
from hippo_studio.learning.runs import MODEL
from hippo_studio.signals.regions import table_beside

_NEWER_MS = 5000
"""A model that is written in mid-training is followed after so long at most: each one starts anew."""
_TEST, _HEAR = "train test at rate", "train hear kernel"
_NO_MODEL = "There is no model yet: train one, or open a run that has one."
_NO_REGIONS = "The current signal has no labelled regions: NAME.labels.csv beside its file holds them."


class Using(QObject):
    """One per window; `close` it in the end. `tested(run folder, factor)` tells of a test that begins."""

    tested = pyqtSignal(object, float)

    def __init__(
        self,
        train: TrainTab,
        memory: MemoryTab,
        signals: OpenSignals,
        services: Services,
        parent: QObject,
        opened: Open = open_follower,
    ) -> None:
        super().__init__(parent)
        self._train, self._signals, self._services = train, signals, services
        self._player, self._memory = memory.player, memory
        self._factor = 1.0
        self._live: LiveSource | None = None
        self._tested: Path | None = None
        self.following = False
        self.strip = VerdictStrip(services.theme, Applying(opened), memory)
        self.strip.hide()
        rows = memory.past.parentWidget()
        assert isinstance(rows, QSplitter)
        rows.insertWidget(rows.indexOf(memory.past) + 1, self.strip)
        self._newer = QTimer(self, singleShot=True, interval=_NEWER_MS)
        self._newer.setObjectName("newer model")
        self._newer.timeout.connect(self._look_at_newer)
        memory.player.frame_ready.connect(self.strip.show_frame)
        signals.current_changed.connect(lambda _: self._again())
        memory.changed.connect(self._look_at_live)
        services.actions.connect("use_model", self.follow)
        services.actions.connect("train_regions", lambda: self.learn_regions())
        train.built.connect(self._join)

    @property
    def model(self) -> Path | None:
        """The run folder whose model is used; None if there is none with a model."""
        folder = self._train.shown_run
        return folder if folder is not None and (folder / MODEL).is_file() else None

    def follow(self, on: bool) -> None:
        """Let the model follow the current signal, or no longer."""
        if on and self.following:  # the check box echoes the action
            return
        if on and self.model is None:
            self._services.messages.info(_NO_MODEL)
            on = False
        self.following = on
        self._services.actions["use_model"].setChecked(on)
        self.strip.setVisible(on)
        if on:
            if self._player.frame is not None:
                self.strip.show_frame(self._player.frame)
            self._again()
        else:
            self.strip.rest()
        if self._train.is_built:
            self._train.results.use.show_following(on)

    def learn_regions(self, file: Path | None = None) -> None:
        """Take a file with labelled regions, or else the current signal's, as what to learn from."""
        signal = self._signals.current
        if file is None and signal is not None and signal.origin:
            file = Path(signal.origin)
        if file is None or not file.is_file() or not table_beside(file).is_file():
            self._services.messages.info(_NO_REGIONS)
            return
        self._train.learn_from(str(file))

    def close(self) -> bool:
        """End what is under way; True if it ended in time."""
        self._services.actions.disconnect_all("use_model", "train_regions")
        self._newer.stop()
        for key in (_TEST, _HEAR):
            self._services.jobs.cancel(key)
        return self.strip.close_strip()

    def _join(self) -> None:
        page = self._train.results.use
        page.followed.connect(self.follow)
        page.rate_chosen.connect(self._take_rate)
        page.test_asked.connect(self._test)
        page.kernel_asked.connect(self._hear)
        page.memory_asked.connect(self._services.actions["tab_memory"].trigger)
        self.strip.remarked.connect(lambda remarks: page.show_following(self.following, remarks))
        self._train.model_written.connect(self._await_newer)
        self._train.phase_changed.connect(lambda _: self._look_at_model())

    def _take_rate(self, factor: float) -> None:
        self._factor = factor
        self._again()

    def _look_at_live(self) -> None:
        """What is live came on the screen, turned its page, or left."""
        source = self._memory.source
        live = source if isinstance(source, LiveSource) else None
        if live is not self._live:
            self._live = live
            self._again()

    def _again(self) -> None:
        """Another signal, model or rate: follow from the start."""
        if not self.following:
            return
        request = self._request()
        if request is None:
            run = self._train.shown_run
            whose = "This run" if run is None else run.name
            self.strip.rest("No signal is open" if self.model else f"{whose} has no model yet")
            return
        at = "" if self._factor == 1 else f" at {self._factor:g} × its rate"
        self.strip.follow(request, f"{request.model.name}{at}")

    def _look_at_model(self) -> None:
        """A training began, rests or has ended, or another run is shown: the model may be another."""
        if self._tested is not None and (self._train.phase.busy or self._tested != self.model):
            self._tested = None
            self._services.jobs.cancel(_TEST)
            self._train.results.use.say("")  # that was said of another model
        request = self._request()
        if request is None or not request.is_like(self.strip.asked):
            self._again()

    def _await_newer(self) -> None:
        """The training under way has a better model: the first one is followed at once."""
        if self.following and not self._newer.isActive():
            if self.strip.asked is None:
                self._look_at_model()
            else:
                self._newer.start()

    def _look_at_newer(self) -> None:
        if self.strip.applying.busy and self._live is None:  # let it come to the end of the signal first
            self._newer.start()
        elif self.following:
            self._look_at_model()

    def _request(self) -> Request | None:
        """What there is to follow. Until a new training has a model, that is the model of before."""
        signal, model, asked = self._live or self._signals.current, self.model, self.strip.asked
        if model is None and self._train.phase.busy and asked is not None:
            model = asked.model
        try:
            written = 0 if model is None else (model / MODEL).stat().st_mtime_ns
        except OSError:  # deleted meanwhile
            return None
        return None if signal is None or model is None else Request(model, signal, self._factor, written)

    def _test(self, factor: float) -> None:
        model, page = self.model, self._train.results.use
        if model is None:
            self._services.messages.info(_NO_MODEL)
            return
        self._tested = model
        page.say("Testing …")
        self.tested.emit(model, factor)
        self._services.jobs.submit(
            _TEST,
            lambda context: score_at(model, factor, context),
            done=lambda score: page.say(
                f"{percent(score)} of the held-out examples right at {factor:g} × the rate"
            ),
            failed=lambda error: page.say(str(error)),
            title="Testing at another rate",
        )

    def _hear(self) -> None:
        signal, layers = self._signals.current, self._train.layers
        kernel = layers.chosen_kernel()
        if signal is None or kernel is None:
            self._services.messages.info("Open a sound and train a model with state spaces first.")
            return
        values, name = kernel
        rate = layers.sample_rate

        def opened(heard: object) -> None:
            self._signals.add(heard)
            self._services.messages.status("The signal through the kernel is open in the Memory tab")
            self._services.actions["tab_memory"].trigger()

        self._services.jobs.submit(
            _HEAR,
            lambda _: through_kernel(signal, values, rate, name),
            done=opened,
            failed=lambda error: self._services.messages.error(str(error)),
            title="Filtering the signal",
        )

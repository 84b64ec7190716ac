"""What there is to see on the Train tab: set-up, header, curves, results and layers, put together.

A view: it shows what it is handed, pictures at once and numbers a few times a second.
"""

from __future__ import annotations

import time

from PyQt6.QtWidgets import QHBoxLayout, QWidget

from hippo_studio.app.services import Services
from hippo_studio.app.train.comparing import Comparison
from hippo_studio.app.train.curves import VALIDATION, WHOLE, CurvesView
from hippo_studio.app.train.data_overview import DataOverview
from hippo_studio.app.train.extents import Scale
from hippo_studio.app.train.header import Header
from hippo_studio.app.train.layers_panel import LayersPanel
from hippo_studio.app.train.layout import arranged
from hippo_studio.app.train.past_runs import Reference
from hippo_studio.app.train.progress import Phase, Progress
from hippo_studio.app.train.results import CONFUSION, Results
from hippo_studio.app.train.session import Plan
from hippo_studio.app.train.setup_panel import SetupPanel
from hippo_studio.app.train.wording import waiting
from hippo_studio.app.widgets.notice import Notice
from hippo_studio.app.widgets.plots import Plot
from hippo_studio.learning.data import DataSet
from hippo_studio.learning.datasets import TASKS
from hippo_studio.learning.events import Started

_TEXT_EVERY = 0.12
"""Seconds between two writings of numbers."""


class TrainPage(QWidget):
    """`show_progress` for each snapshot; the parts are attributes."""

    def __init__(self, services: Services, parent: QWidget) -> None:
        super().__init__(parent)
        theme = services.theme
        tasks = [(task.source, task.title, task.summary) for task in TASKS.values()]
        self.setup = SetupPanel(services, tasks, self)
        self.header, self.curves = Header(theme, self), CurvesView(theme, self)
        self.results, self.layers = Results(theme, self), LayersPanel(theme, self)
        self._started: Started | None = None
        self._notice = Notice(self.curves, "curves notice", covers=True)
        self._reference: Reference | None = None
        self._texts_written = 0.0
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(arranged(self.setup, self.header, self.curves, self.results, self.layers, self))

    @property
    def plots(self) -> tuple[Plot, ...]:
        """Every plot, in the order in which a menu lists them."""
        return (*self.curves.plots, self.results.confusion, *self.layers.plots, self.setup.card.counts)

    def show_progress(self, progress: Progress, before: Progress, *, entered: bool) -> None:
        """Show a snapshot after another one; `entered`: its phase is new."""
        if entered or progress.curve.count != before.curve.count or progress.epochs != before.epochs:
            self.curves.show_progress(progress)
        if progress.started is not self._started:
            self._started = progress.started
            self._suit(progress.started)
        self.layers.show_film(progress.film.frames)
        if progress.phase is Phase.PAUSED:
            self.layers.hurry()
        now = time.perf_counter()
        if entered or now - self._texts_written >= _TEXT_EVERY:
            self._texts_written = now
            self.header.show_progress(progress, self._reference)
            self.curves.show_captions()
        if entered:
            self.setup.show_phase(progress.phase)
            curves, layers = waiting(progress)
            self._notice.say(curves)
            self.layers.say(layers)
        if progress.report is not before.report:
            self.results.show_report(progress)

    def show_reference(self, reference: Reference | None, progress: Progress) -> None:
        """Put what the baseline reaches beside the training that is shown."""
        self._reference = reference
        self.curves.show_reference(reference)
        self.header.show_progress(progress, reference)

    def show_data(self, seen: DataOverview) -> None:
        """Show what is known of the data."""
        self.setup.card.show_overview(seen)
        self.results.show_overview(seen)

    def miss_data(self, sentence: str) -> None:
        """Say why there are none."""
        self.setup.card.say(sentence, failed=True)
        self.results.thumbnails.show_thumbnails(())

    def begin(self, plan: Plan) -> None:
        """Make room for a training."""
        self.compare(Comparison())
        self.layers.name_own(plan.folder.name)
        if plan.data is not None:
            self.scale_layers(plan.data)
            self.curves.judge_by(VALIDATION if len(plan.data.validation) else WHOLE)

    def show_past(self, progress: Progress) -> None:
        """Make room for a training of the past: what stood beside another one goes."""
        self.compare(Comparison())
        self.layers.name_own(progress.folder.name if progress.folder else "")
        self.results.setCurrentIndex(CONFUSION)

    def scale_layers(self, data: DataSet) -> None:
        """Draw kernels as long as these data can feel them."""
        self.layers.set_scale(Scale(data.sample_rate, int(data.train.lengths.max(initial=0))))

    def compare(self, beside: Comparison) -> None:
        """Draw other runs' curves beside, and the layers of one; nothing takes them away."""
        if beside.own:
            self.layers.name_own(beside.own)
        self.curves.compare(beside.curves, beside.own)
        self.layers.compare(beside.frames, beside.name, beside.scale)

    def _suit(self, started: Started | None) -> None:
        """Draw kernels as long as what this training learns from can feel them, and say what judges it."""
        if started is not None:
            self.layers.set_scale(Scale(started.sample_rate, started.length))
            self.curves.judge_by(VALIDATION if started.validated else WHOLE)

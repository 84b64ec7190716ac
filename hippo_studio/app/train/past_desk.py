"""Runs of the past on the Train tab: shown again, continued, and the baseline's as what to reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from hippo_studio.app.services import Services
from hippo_studio.app.train.asking import Asking
from hippo_studio.app.train.baseline import Baseline
from hippo_studio.app.train.comparing import Comparison
from hippo_studio.app.train.page import TrainPage
from hippo_studio.app.train.past_runs import set_up
from hippo_studio.app.train.progress import Progress
from hippo_studio.app.train.session import Plan, TrainingSession
from hippo_studio.learning import rocket
from hippo_studio.learning.runs import Run


class PastDesk:
    """`show` and `proceed` for a run, `compare` for several, `take_runs` for all that there are.

    Parameters
    ----------
    page, source, session, baseline : of the tab.
    shown : returns what the tab shows.
    begin, wake : begin a training; look at what the session has now.
    opened : is handed an example as a signal.
    """

    def __init__(
        self,
        services: Services,
        page: TrainPage,
        source: Asking,
        session: TrainingSession,
        baseline: Baseline,
        *,
        shown: Callable[[], Progress],
        begin: Callable[[Plan], None],
        wake: Callable[[], None],
        opened: Callable[[Any], None],
    ) -> None:
        self._services, self._page, self._source = services, page, source
        self._session, self._baseline = session, baseline
        self._shown, self._begin, self._wake, self._opened = shown, begin, wake, opened

    @property
    def config(self) -> Mapping[str, Any]:
        """The keys of the run that is shown; empty if there is none."""
        started = self._shown().started
        return started.settings if started else {}

    def proceed(self, plan: Plan) -> None:
        """Let a training go on; one that is shown keeps every point of its curves."""
        if self._session.busy:
            self._services.messages.info("A training is under way; stop it before another goes on.")
            return
        asked, said = self._as_asked(plan)
        plan, keys, shown = asked, set_up(asked), self._shown()
        if shown.folder == plan.folder and len(shown.epochs) >= len(plan.past.epochs):
            plan = replace(plan, past=shown)
        self._source.take_run(keys, plan.folder)
        if said:
            self._services.messages.info(said)
        self._begin(plan)

    def _as_asked(self, plan: Plan) -> tuple[Plan, str]:
        """A plan up to the epochs that were typed for the run that is shown, and what to say of that."""
        shown, past, state = self._shown(), plan.past.started, self._source.state
        typed = state.own.get("epochs")
        same = (state.data, state.model) == (plan.settings.data, plan.model.get("model"))
        given = past is not None and plan.settings.epochs != past.epochs  # asked for already
        if shown.folder != plan.folder or not same or given or typed in (None, plan.settings.epochs):
            return plan, ""
        done = len(plan.past.epochs)
        if typed <= done:
            words = f"{done} epochs are done, so {typed} are too few; it goes on to {plan.settings.epochs}."
            return plan, f"{plan.folder.name}: {words}"
        return replace(plan, settings=replace(plan.settings, epochs=typed)), (
            f"{plan.folder.name} goes on to {typed} epochs, as set on the left, instead of "
            f"{plan.settings.epochs}."
        )

    def show(self, progress: Progress) -> None:
        """Show a training of the past, and ask for the same as it did."""
        if self._session.busy:
            self._services.messages.info("A training is under way; stop it before another run is shown.")
            return
        self._session.show(progress)
        if progress.started is not None and progress.started.settings:
            self._source.take_run(progress.started.settings, progress.started.folder)
        self._page.show_past(progress)
        self._wake()

    def compare(self, beside: Comparison) -> None:
        """Show runs side by side; the set-up on the left stays."""
        if beside.shown is not None:
            if self._session.busy:
                self._services.messages.info("A training is under way; stop it before others are compared.")
                return
            self._session.show(beside.shown)
            self._wake()
        self._page.compare(beside)

    def take_runs(self, runs: Sequence[Run]) -> None:
        """Look for references among these from now on."""
        self._baseline.take_runs(runs)
        self.show_reference()

    def show_reference(self) -> None:
        """Put what the baseline reaches on these data beside the training that is shown."""
        state = self._source.state
        asked = self.config or {"data": state.data, "test": state.test}
        reference = None
        if asked.get("model") != rocket.NAME:  # which is not set beside itself
            reference = self._baseline.reference(str(asked.get("data", "")), str(asked.get("test", "")))
        self._page.show_reference(reference, self._shown())

    def fit_baseline(self, folder: Path) -> None:
        """Fit the baseline to what is asked for, once that is opened, as a run in a folder of runs."""
        source = self._source
        if source.data is None or not source.ready:
            self._services.messages.info(source.failure or "The data are not open yet; try again.")
            return
        _, test, seed = source.key
        self._baseline.fit(source.data, test, seed, folder)

    def open_example(self, wrong: Any) -> None:
        """Hand on the example of a wrong answer of the run that is shown, as a signal."""
        if started := self._shown().started:
            self._source.open_example(started.folder, started.settings, wrong, self._opened)

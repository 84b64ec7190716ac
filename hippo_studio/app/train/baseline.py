"""The random-convolution baseline in the Train tab: fitted as a job, found again among the runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal

from hippo_studio.app.jobs import JobContext
from hippo_studio.app.services import Services
from hippo_studio.app.train.past_runs import Reference, new_folder, reference_among
from hippo_studio.app.train.running import free_threads
from hippo_studio.learning import rocket
from hippo_studio.learning.data import DataSet
from hippo_studio.learning.extras import missing_package
from hippo_studio.learning.runs import Run

_FIT = "train baseline"
ACTION = "train_baseline"


class Baseline(QObject):
    """`fitted()` when there is a new run. The action is Stop while it is at work."""

    fitted = pyqtSignal()

    def __init__(self, services: Services, asked: Callable[[], None], parent: QObject) -> None:
        """`asked` is called when the person wants a baseline; it calls `fit`."""
        super().__init__(parent)
        self._services, self._asked = services, asked
        self._runs: Sequence[Run] = ()
        self._works = False
        self._line = next(line for line in services.actions if line.id == ACTION)
        services.actions.connect(ACTION, self._toggle)

    @property
    def busy(self) -> bool:
        """Whether it is being fitted."""
        return self._works

    def take_runs(self, runs: Sequence[Run]) -> None:
        """Look for references among these from now on."""
        self._runs = runs

    def reference(self, data: str, test: str) -> Reference | None:
        """What the baseline reaches on these data, None if it was not fitted."""
        return reference_among(self._runs, data, test)

    def fit(self, data: DataSet, test: str, seed: int, folder: Path) -> None:
        """Fit it in the background, as a run in a folder of runs."""
        messages = self._services.messages

        def work(context: JobContext) -> str:
            ready = data.prepare(cancelled=lambda: context.cancelled)
            target = new_folder(folder, data.source, rocket.NAME, datetime.now())
            report = rocket.fit_baseline(
                ready,
                target,
                seed=seed,
                test=test,
                threads=free_threads(),
                progress=lambda share: context.report(share) if 0 < share < 1 else None,
                cancelled=lambda: context.cancelled,
            )
            score = f"{100 * report['accuracy']:.1f} % right on {report['split']}"
            return f"{rocket.TITLE} on {ready.title}: {score}."

        def done(sentence: str) -> None:
            self._rest()
            messages.status(sentence)
            self.fitted.emit()

        def failed(error: Exception) -> None:
            self._rest()
            messages.error(missing_package(error) or str(error))

        self._works = True
        self._services.actions.set_text(
            ACTION, "Stop the Baseline", "Stop fitting MiniRocket; nothing is kept"
        )
        self._services.jobs.submit(
            _FIT, work, done=done, failed=failed, title=f"Fitting {rocket.TITLE}", cancel=self.stop
        )

    def stop(self) -> None:
        """Fit nothing any more; what was begun leaves nothing behind."""
        self._services.jobs.cancel(_FIT)
        self._rest()

    def close(self) -> None:
        """Take the action away."""
        self.stop()
        self._services.actions.disconnect_all(ACTION)

    def _toggle(self) -> None:
        if self._works:
            self.stop()
        else:
            self._asked()

    def _rest(self) -> None:
        self._works = False
        self._services.actions.set_text(ACTION, self._line.text, self._line.tip)

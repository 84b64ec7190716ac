"""What the training thread does with a plan: torch, the data, the trainer. Free of Qt.

Torch is imported here, when the tab is first looked at, long after the window is on screen. One core is left
to the window.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from hippo_studio.app.train.progress import Prepared
from hippo_studio.app.train.session import Control, Plan
from hippo_studio.learning.data import Cancelled
from hippo_studio.learning.events import Event, Finished, StopReason


def train(plan: Plan, tell: Callable[[Event], None], take: Callable[[Control], None]) -> None:
    """Open the data if they are not, and train. ValueError, one sentence, for what cannot be trained."""
    warm_up()
    from hippo_studio.learning import control as controls
    from hippo_studio.learning.trainer import Trainer

    control = controls.Control()
    take(control)
    try:
        data = plan.opened().prepare(lambda part: tell(Prepared(part)), lambda: control.stopped)
    except Cancelled:
        tell(Finished(StopReason.STOPPED, "Training was stopped before it began.", {}))
        return
    trainer = Trainer(plan.settings, plan.model, data, plan.folder, tell, control, threads=free_threads())
    trainer.run()


def warm_up() -> None:
    """Import torch and the trainer, which takes seconds the first time."""
    from hippo_studio.learning import trainer  # noqa: F401


def free_threads() -> int:
    """How many threads may compute, so that one core is left to the window."""
    return max(1, (os.cpu_count() or 2) - 1)

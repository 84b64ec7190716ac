"""What the training thread does with a plan: torch, the data, the trainer. Free of Qt.

Torch is imported here, when the tab is first looked at, long after the window is on screen. One core is left
to the window, and where the system knows priorities per thread, training has the lower one.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable

from hippo_studio.app.train.progress import Prepared
from hippo_studio.app.train.session import Control, Plan
from hippo_studio.learning.data import Cancelled
from hippo_studio.learning.events import Event, Finished, StopReason

_NICENESS = 5


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
    _give_way()
    from hippo_studio.learning import trainer  # noqa: F401


def free_threads() -> int:
    """How many threads may compute, so that one core is left to the window."""
    return max(1, (os.cpu_count() or 2) - 1)


def _give_way() -> None:
    """Let the window's thread go first, where that can be said of one thread."""
    if sys.platform == "linux":
        identity = threading.get_native_id()
        try:
            if os.getpriority(os.PRIO_PROCESS, identity) < _NICENESS:
                os.setpriority(os.PRIO_PROCESS, identity, _NICENESS)
        except OSError:  # a sandbox may forbid it; the core left free is then all there is
            pass

"""What is slow the first time, done in the background once the window is on screen. Free of Qt's windows.

`python -m hippo_studio.app.warm_up` does the same while the studio is being set up, so that the machine code
is on the disk before a window waits for it.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from hippo_studio.app.jobs import JobContext
from hippo_studio.app.memory.first_steps import compiled_before, first_steps
from hippo_studio.app.memory.preparation import let_preparations_pass
from hippo_studio.app.widgets.plots import raster

_AT_MOST = 2.0
"""Seconds that one step waits for what somebody who plays already needs."""
COMPILING = "Compiling the inner loops, once on this machine"


def warm_up(context: JobContext) -> None:
    """Import what reading and remembering need, and compile or load the inner loops."""
    if not compiled_before():
        context.entitle(COMPILING)
    steps = list(_steps())
    for done, step in enumerate(steps):
        context.check()
        context.report(done / len(steps))
        let_preparations_pass(_AT_MOST)
        step()


def _steps() -> Iterator[Callable[[], object]]:
    yield raster.prepare
    yield _import
    yield from (partial(_quietly, step) for step in first_steps())


def _import() -> None:
    """After the compiler: two imports at once take turns, with each other and with the window."""
    import scipy.linalg  # noqa: F401
    import soundfile  # noqa: F401


def _quietly(step: Callable[[], object]) -> None:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        step()


if __name__ == "__main__":
    for one in _steps():
        one()

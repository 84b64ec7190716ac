"""What is slow the first time, done in the background once the window is on screen. Free of Qt."""

from __future__ import annotations

import warnings

import numpy as np

from hippo_studio.app.jobs import JobContext
from hippo_studio.hippo import MEASURES, OnlineMemory


def warm_up(context: JobContext) -> None:
    """Import what reading and remembering need, and compile or load the inner loops."""
    import scipy.linalg  # noqa: F401
    import soundfile  # noqa: F401

    samples = np.zeros(64)
    for measure in MEASURES:
        for method in ("zoh", "bilinear"):
            context.check()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                OnlineMemory(measure, 8, sample_rate=1000.0, theta=0.1, method=method).push(samples)

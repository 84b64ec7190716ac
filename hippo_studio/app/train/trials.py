"""What a trained model is tried on: its test examples at another rate, a sound through one of its kernels.

Free of Qt; called by jobs, which may import torch.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.learning.runs import open_run
from hippo_studio.signals import Signal


def score_at(folder: Path, factor: float, context: Any) -> float:
    """The share of a run's test examples that are right at `factor` times their rate, Δ scaled.

    ValueError, one sentence, if the run has no model, or its data cannot be resampled.
    """
    from hippo_studio.learning.use import evaluate_on
    from hippo_studio.learning.whereabouts import open_data_of
    from hippo_studio.ssm import load_model

    data = open_data_of(folder, open_run(folder).config).prepare(cancelled=lambda: context.cancelled)

    def went_on(fraction: float) -> None:
        context.check()
        context.report(fraction)

    splits = [data.test if len(data.test) else data.validation]
    return evaluate_on(load_model(folder), data, splits, factor=factor, progress=went_on).score


def through_kernel(signal: Signal, kernel: NDArray[np.floating], rate: float | None, name: str) -> Signal:
    """A signal through a kernel as an impulse response, as loud as it was.

    `rate` is the kernel's, in Hz; None takes its samples for samples of the signal. ValueError if the kernel
    is silent.
    """
    from scipy.signal import oaconvolve

    response = np.asarray(kernel, np.float64)
    if rate is not None and rate != signal.sample_rate:
        from hippo_studio.learning.adapting import resample

        response = resample(response[:, None].astype(np.float32), signal.sample_rate / rate)[:, 0]
    if not np.abs(response).max(initial=0.0) > 0:
        raise ValueError("This kernel is silent: there is nothing to hear.")
    samples = np.asarray(signal.samples, np.float64)
    heard = oaconvolve(samples, response[None].astype(np.float64), axes=1)[:, : signal.length]
    loud, before = np.abs(heard).max(initial=0.0), np.abs(samples).max(initial=0.0)
    if loud > 0:
        heard *= before / loud
    return Signal(
        heard.astype(np.float32),
        signal.sample_rate,
        signal.channel_names,
        signal.units,
        origin=f"{signal.title} through {name}",
    )

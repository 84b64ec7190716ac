"""From what is asked for to what the training thread gets; from a wrong answer to a signal. Free of Qt."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import numpy as np

from hippo_studio.app.train.past_runs import Wrong, new_folder
from hippo_studio.app.train.session import Plan
from hippo_studio.app.train.state import TrainState
from hippo_studio.learning.data import DataSet
from hippo_studio.signals import Signal


def plan_for(state: TrainState, data: DataSet, folder: Path) -> Plan:
    """The training that a state asks for, in a new folder. ValueError, one sentence, for what cannot be."""
    state.check(data)
    target = new_folder(folder, state.data, state.model, datetime.now())
    return Plan(state.settings(data), state.model_keys(data), target, data)


def example_signal(data: DataSet, wrong: Wrong) -> Signal:
    """The example of a wrong answer as a signal, in the units that it was measured in."""
    split = {"train": data.train, "validation": data.validation}.get(wrong.split, data.test)
    example = split[wrong.index]
    values = np.asarray(example.values, np.float64)
    samples = values.T if values.ndim == 2 else values[None]
    if data.scale:
        samples = samples * np.array(data.scale)[:, None] + np.array(data.offset)[:, None]
    names = data.channel_names if len(data.channel_names) == len(samples) else ()
    return Signal(
        samples.astype(np.float32),
        example.sample_rate or data.sample_rate or 1.0,
        names,
        origin=f"{data.title}, {wrong.title}: {wrong.truth}, taken for {wrong.answer}",
    )

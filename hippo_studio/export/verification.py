"""An exported graph is tried before it is written: on random inputs it must do what the model does."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from hippo_studio.export.atomic import ExportError
from hippo_studio.export.graphs import example_input, flatten, frozen
from hippo_studio.ssm import SequenceModel

TOLERANCE = 1e-4
"""The largest difference between logits, relative to the largest logit where that is above 1."""

STEPS = 24
"""How many steps a step is tried for, from the beginning; a block is tried twice."""

Run = Callable[[list[NDArray[Any]]], list[NDArray[Any]]]


def verify(
    model: SequenceModel, form: str, length: int, run: Run, program: str, path: str | os.PathLike[str]
) -> None:
    """Raise ExportError, naming `path` and `program`, unless `run` gives the model's logits.

    `run` takes the inputs of the form in order and gives its outputs. It is tried with batches of 3 and of 1.
    """
    reference = frozen(model)
    for batch in (3, 1):
        try:
            expected, received = _results(reference, form, length, run, batch)
        except Exception as error:
            raise ExportError(f"{path} is not written: {program} cannot run the graph: {error}") from error
        difference = float(np.abs(received - expected).max())
        allowed = TOLERANCE * max(1.0, float(np.abs(expected).max()))
        if received.shape != expected.shape or not difference <= allowed:
            raise ExportError(
                f"{path} is not written: on random input the logits of {program} are up to {difference:.2g} "
                f"away from the model's, and {allowed:.2g} is allowed."
            )


def _results(
    model: SequenceModel, form: str, length: int, run: Run, batch: int
) -> tuple[NDArray[Any], NDArray[Any]]:
    """The model's logits and those of the graph on one random input."""
    every = model.config.pool == "none"
    with torch.no_grad():
        if form == "sequence":
            x = example_input(model, batch, length, seed=batch)
            return model(x).numpy(), run([x.numpy()])[0]
        moments = STEPS if form == "step" else 2 * length
        x = example_input(model, batch, moments, seed=batch)
        start = model.initial_state(batch)
        expected = model.trajectory(x, start)[0].numpy()
    parts, received = [part.numpy() for part in flatten(start)], []
    size = 1 if form == "step" else length
    for block in (x[:, first : first + size] for first in range(0, moments, size)):
        logits, *parts = run([block[:, 0].numpy() if form == "step" else block.numpy(), *parts])
        received.append(logits)
    if form == "block" and every:
        return expected, np.concatenate(received, axis=1)
    if form == "block":
        return expected[:, length - 1 :: length], np.stack(received, axis=1)
    return expected, np.stack(received, axis=1)

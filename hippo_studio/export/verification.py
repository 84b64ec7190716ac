"""An exported graph is tried before it is written: on random inputs it must do what the model does."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hippo_studio.export.atomic import ExportError
from hippo_studio.export.graphs import example_input, flatten, frozen
from hippo_studio.ssm import SequenceModel

TOLERANCE = 1e-4
"""The largest difference between logits, relative to the largest logit where that is above 1."""

STEPS = 24
"""How many steps a step is tried for, from the beginning; a block, or a sequence, is tried twice."""

Run = Callable[[list[NDArray[Any]]], list[NDArray[Any]]]


def verify(
    model: SequenceModel, form: str, length: int, run: Run, program: str, path: str | os.PathLike[str]
) -> None:
    """Raise ExportError, naming `path` and `program`, unless `run` gives the model's logits.

    `run` takes the inputs of the form in order and gives its outputs. It is tried with batches of 3 and of 1.
    """
    reference = frozen(model)
    for batch in (3, 1):
        x = example_input(reference, batch, STEPS if form == "step" else 2 * length, seed=batch)
        expected = _expected(reference, form, length, x)
        try:
            received = _received(reference, form, length, x, run)
        except Exception as error:
            reason = str(error).strip().splitlines()[0]
            raise ExportError(f"{path} is not written: {program} cannot run the graph: {reason}") from error
        if received.shape != expected.shape:
            raise ExportError(
                f"{path} is not written: the logits of {program} are {received.shape}, those of the model "
                f"{expected.shape}."
            )
        difference = float(np.abs(received - expected).max())
        allowed = TOLERANCE * max(1.0, float(np.abs(expected).max()))
        if not difference <= allowed:  # a NaN is refused too
            raise ExportError(
                f"{path} is not written: on random input the logits of {program} are up to {difference:.2g} "
                f"away from the model's, and {allowed:.2g} is allowed."
            )


def _expected(model: SequenceModel, form: str, length: int, x: Tensor) -> NDArray[Any]:
    """The model's logits: (batch, n_classes) for each sequence, block or step, in order along axis 1."""
    with torch.no_grad():
        if form == "sequence":
            return np.stack([model(part).numpy() for part in torch.split(x, length, dim=1)], axis=1)
        logits = model.trajectory(x, model.initial_state(len(x)))[0].numpy()
    if model.config.pool == "none" and form == "block":
        return logits.reshape(len(x), -1, length, logits.shape[-1])
    return logits if form == "step" else logits[:, length - 1 :: length]


def _received(model: SequenceModel, form: str, length: int, x: Tensor, run: Run) -> NDArray[Any]:
    """The logits of the graph, likewise."""
    state = [] if form == "sequence" else [part.numpy() for part in flatten(model.initial_state(len(x)))]
    received = []
    for part in x.unbind(1) if form == "step" else torch.split(x, length, dim=1):
        logits, *state = run([part.numpy(), *state])
        received.append(logits)
    return np.stack(received, axis=1)

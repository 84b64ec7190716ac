"""What a training tells while it runs: plain numbers and arrays, frozen, never a live tensor.

The trainer calls one function with each event, on the training thread; whoever listens puts it where it
belongs. Order: `Started`, then `BatchEnded`s with a `PortraitTaken`, `Saved` or `Noticed` between them, an
`EpochEnded` per epoch, and `Finished` as the last word, whatever happened. Epochs count from 1: an event's
`epoch` is the one under way, or the one that has ended; `Started` and `Saved` say how many are done.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hippo_studio.learning.portrait import Portrait


class StopReason(enum.Enum):
    """How a training ended; the text is the sentence for the user, with what to do next.

    A failure says more: see `failure`.
    """

    COMPLETED = "All epochs are done."
    CONVERGED = "The validation score no longer improved, so training ended early."
    STOPPED = "Training was stopped; continue it from its last checkpoint."
    DIVERGED = "The loss is no longer finite: the model diverged. Lower lr, or clip gradients harder."
    FAILED = "Training failed."


KEPT = "No checkpoint could be written, so it cannot go on; what it learned is kept. Train anew elsewhere."
"""What is left of a training whose disk took the model and refused every checkpoint."""

LOST = "Training was stopped, and no checkpoint could be written: the same training, run again, begins anew."


def failure(error: Exception, resumable: bool, learned: bool) -> str:
    """Return what went wrong and what is left of the training, in sentences.

    `resumable`: there is a checkpoint; `learned`: there is a model, or an epoch's row.
    """
    lines = str(error).strip().splitlines() or [type(error).__name__]
    if learned and not resumable:
        left = KEPT
    elif resumable:
        left = "The same training, run again, goes on from its last checkpoint."
    else:
        left = "The same training, run again, begins anew, as there is no checkpoint yet."
    return f"{lines[0].rstrip('.')}. {StopReason.FAILED.value} {left}"


@dataclass(frozen=True)
class Event:
    """Anything that a training tells."""


@dataclass(frozen=True)
class Started(Event):
    """The model is built and the data are open. `epoch` and `step` are above 0 when a run is continued."""

    folder: Path
    settings: Mapping[str, Any]
    parameters: int
    device: str
    epochs: int
    batches: int
    """Optimizer steps per epoch."""
    examples: int
    epoch: int = 0
    step: int = 0
    sample_rate: float | None = None
    """Hz; None if samples are just counted."""
    length: int = 0
    """Of the longest example to learn from, in samples; 0 if that is not known."""
    validated: bool = True
    """Whether there are examples to validate by; else an epoch is judged by what it learned from."""


@dataclass(frozen=True)
class BatchEnded(Event):
    """How the batches since the last such event went, on average; a few times a second."""

    epoch: int
    step: int
    loss: float
    score: float
    lr: float
    samples_per_second: float
    """Examples, not their moments."""
    memory_bytes: int
    eta_seconds: float


@dataclass(frozen=True)
class EpochEnded(Event):
    """An epoch with its validation; `best` if no epoch before was better."""

    epoch: int
    step: int
    train_loss: float
    train_score: float
    validation_loss: float
    validation_score: float
    lr: float
    seconds: float
    """Of training so far, pauses left out."""
    best: bool


@dataclass(frozen=True)
class PortraitTaken(Event):
    """What the state space layers look like now; the first is taken before the first step."""

    portrait: Portrait


@dataclass(frozen=True)
class Saved(Event):
    """A checkpoint is on the disk, whole."""

    epoch: int
    step: int
    folder: Path


@dataclass(frozen=True)
class Noticed(Event):
    """Something that the person should know, in a sentence: a halved batch, an unreadable example."""

    sentence: str


@dataclass(frozen=True)
class Paused(Event):
    """Training rests (`paused`), or goes on."""

    paused: bool


@dataclass(frozen=True)
class Finished(Event):
    """The end. `report` is what `report.json` holds; `sentence` is the reason's, or says more."""

    reason: StopReason
    sentence: str
    report: Mapping[str, Any]

"""What is known of one training: a frozen snapshot, and how each event of the trainer leads to the next one.

Free of Qt and of torch. The training thread folds events into the newest `Progress`; the window looks at it
whenever it likes and never has to catch up with a queue.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.learning.events import (
    BatchEnded,
    EpochEnded,
    Event,
    Finished,
    Noticed,
    Paused,
    PortraitTaken,
    Saved,
    Started,
    StopReason,
)
from hippo_studio.learning.extras import missing_package
from hippo_studio.learning.portrait import Portrait

FILM_LENGTH = 240
"""Portraits kept in memory; of a longer training every second is dropped, and of later ones as many."""


@dataclass(frozen=True)
class Prepared(Event):
    """So much of the data, 0 to 1, is looked at and decoded; told before `Started`."""

    fraction: float


class Phase(enum.Enum):
    """What the training is doing; the text is what the person reads."""

    EMPTY = "Ready to train"
    STARTING = "Getting ready …"
    WORKING = "Training"
    PAUSED = "Paused"
    STOPPING = "Stopping …"
    FINISHED = "Finished"
    FAILED = "Failed"

    @property
    def busy(self) -> bool:
        """Whether the training thread is at work, or rests in the middle of it."""
        return self in (Phase.STARTING, Phase.WORKING, Phase.PAUSED, Phase.STOPPING)


@dataclass(frozen=True, eq=False)
class Curve:
    """Points that are added at the end. Snapshots share one array, of which each knows its own beginning.

    Attributes
    ----------
    rows : (3, capacity), steps, loss and score; beyond `count` it may hold what came later.
    count : points of this snapshot.
    """

    rows: NDArray[np.float64] = field(default_factory=lambda: np.empty((3, 256)))
    count: int = 0

    def with_point(self, step: float, loss: float, score: float) -> Curve:
        """Return the curve with one more point; only the newest curve may be continued."""
        rows = self.rows
        if self.count == rows.shape[1]:
            rows = np.empty((3, 2 * self.count))
            rows[:, : self.count] = self.rows
        rows[:, self.count] = step, loss, score
        return Curve(rows, self.count + 1)

    def until(self, step: float) -> Curve:
        """Return the curve up to a step, in an array of its own: it may be continued."""
        return Curve(self.rows.copy(), int(np.searchsorted(self.steps, step, side="right")))

    @property
    def steps(self) -> NDArray[np.float64]:
        """Optimizer steps: (count,)."""
        return self.rows[0, : self.count]

    @property
    def loss(self) -> NDArray[np.float64]:
        """Loss at each step: (count,)."""
        return self.rows[1, : self.count]

    @property
    def score(self) -> NDArray[np.float64]:
        """Score at each step, 0 to 1: (count,)."""
        return self.rows[2, : self.count]


@dataclass(frozen=True, eq=False)
class Film:
    """Portraits of the layers over the training, thinned evenly; the first and the newest always stay."""

    frames: tuple[Portrait, ...] = ()
    every: int = 1
    """One of so many portraits is kept."""
    seen: int = 0

    def with_portrait(self, portrait: Portrait) -> Film:
        """Return the film with a new last frame."""
        kept = self.frames
        if self.seen and (self.seen - 1) % self.every:
            kept = kept[:-1]  # the newest so far was shown, but is none of those to keep
        frames, every = (*kept, portrait), self.every
        if len(frames) > FILM_LENGTH:
            frames, every = (*frames[:-1:2], frames[-1]), 2 * every
        return Film(frames, every, self.seen + 1)

    def until(self, step: int) -> Film:
        """Return the film up to a step; its last frame is one to keep."""
        frames = tuple(frame for frame in self.frames if frame.step <= step)
        return Film(frames, self.every, max(len(frames) - 1, 0) * self.every + bool(frames))


@dataclass(frozen=True, eq=False)
class Progress:
    """One training as far as it came.

    Attributes
    ----------
    phase, sentence : what it is doing, and what there is to say of it.
    started, batch, saved : the newest of these events, None before the first.
    curve : the training loss and score by step; `validation` at the end of each epoch.
    epochs : every epoch's event.
    film : portraits of the layers.
    notices : sentences that the person should know, oldest first.
    report : what `report.json` holds, empty until the end.
    reason : how it ended, None until then.
    """

    phase: Phase = Phase.EMPTY
    sentence: str = ""
    started: Started | None = None
    batch: BatchEnded | None = None
    saved: Saved | None = None
    curve: Curve = field(default_factory=Curve)
    validation: Curve = field(default_factory=Curve)
    epochs: tuple[EpochEnded, ...] = ()
    film: Film = field(default_factory=Film)
    notices: tuple[str, ...] = ()
    report: Mapping[str, Any] = field(default_factory=dict)
    reason: StopReason | None = None

    @property
    def folder(self) -> Path | None:
        """The run folder, once it is known."""
        return self.started.folder if self.started else None

    @property
    def best(self) -> EpochEnded | None:
        """The best epoch so far."""
        return next((epoch for epoch in reversed(self.epochs) if epoch.best), None)

    def after(self, event: Event) -> Progress:
        """Return what is known once an event has come."""
        change = _CHANGES.get(type(event))
        return self if change is None else replace(self, **change(self, event))

    def going_on(self) -> Progress:
        """Return what is known when this training is about to go on: its history, and no end."""
        return replace(
            self,
            phase=Phase.STARTING,
            sentence=Phase.STARTING.value,
            batch=None,
            saved=None,
            notices=(),
            report={},
            reason=None,
        )


def failed(progress: Progress, error: BaseException) -> Progress:
    """Return the progress of a training that ended by an exception."""
    sentence = (
        missing_package(error)
        or str(error)
        or f"Training failed by {type(error).__name__}, which says nothing."
    )
    return replace(progress, phase=Phase.FAILED, sentence=sentence)


def _begin(progress: Progress, event: Started) -> dict[str, Any]:
    """Of the history, what the checkpoint holds stays; what came after it is trained again."""
    return {
        "phase": Phase.WORKING,
        "sentence": "",
        "started": event,
        "curve": progress.curve.until(event.step),
        "validation": progress.validation.until(event.step),
        "epochs": tuple(epoch for epoch in progress.epochs if epoch.epoch <= event.epoch),
        "film": progress.film.until(event.step if event.step else -1),
    }


def _batch(progress: Progress, event: BatchEnded) -> dict[str, Any]:
    return {"batch": event, "curve": progress.curve.with_point(event.step, event.loss, event.score)}


def _epoch(progress: Progress, event: EpochEnded) -> dict[str, Any]:
    validation = progress.validation.with_point(event.step, event.validation_loss, event.validation_score)
    return {"epochs": (*progress.epochs, event), "validation": validation}


def _portrait(progress: Progress, event: PortraitTaken) -> dict[str, Any]:
    return {"film": progress.film.with_portrait(event.portrait)}


def _pause(progress: Progress, event: Paused) -> dict[str, Any]:
    if progress.phase is Phase.STOPPING:
        return {}
    return {"phase": Phase.PAUSED if event.paused else Phase.WORKING}


def _finish(_: Progress, event: Finished) -> dict[str, Any]:
    lost = event.reason in (StopReason.FAILED, StopReason.DIVERGED)
    return {
        "phase": Phase.FAILED if lost else Phase.FINISHED,
        "sentence": event.sentence,
        "report": event.report,
        "reason": event.reason,
    }


_CHANGES: Mapping[type[Event], Any] = {
    Prepared: lambda _, event: {"sentence": f"Reading the data … {100 * event.fraction:.0f} %"},
    Started: _begin,
    BatchEnded: _batch,
    EpochEnded: _epoch,
    PortraitTaken: _portrait,
    Saved: lambda _, event: {"saved": event},
    Noticed: lambda progress, event: {"notices": (*progress.notices, event.sentence)},
    Paused: _pause,
    Finished: _finish,
}

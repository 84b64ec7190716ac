"""Runs of the past: where the studio keeps them, how one is shown again, how it goes on. Free of Qt."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs

from hippo_studio.app.settings import Settings
from hippo_studio.app.train.extents import Scale
from hippo_studio.app.train.progress import Curve, Film, Phase, Progress
from hippo_studio.app.train.session import Plan
from hippo_studio.learning import rocket, runs
from hippo_studio.learning.events import Started, StopReason
from hippo_studio.learning.film import Film as FilmOnDisk
from hippo_studio.learning.going_on import given_more
from hippo_studio.learning.runs import Run
from hippo_studio.learning.settings import TrainingSettings, split_keys
from hippo_studio.learning.whereabouts import absolute


@dataclass(frozen=True)
class Wrong:
    """A wrong answer: which example of which split, what it is, what the model said, how sure it was.

    `name` is what the data call the example, "" if they did not say.
    """

    split: str
    index: int
    truth: str
    answer: str
    confidence: float
    name: str = ""

    @property
    def title(self) -> str:
        """What to call it on screen: its own name, or its number in the split."""
        return self.name or f"{self.split} {self.index}"


@dataclass(frozen=True)
class Reference:
    """What the baseline reaches: the share that is right of the split reported on, and of the validation.

    `validation` is None where no example was spared to validate by.
    """

    accuracy: float
    split: str
    validation: float | None

    def level(self, split: str) -> tuple[float, str]:
        """The share that is right, and of which split: of this one, if that is known."""
        if split == "validation" and self.validation is not None:
            return self.validation, split
        return self.accuracy, self.split


def reference_among(known: Sequence[Run], data: str, test: str) -> Reference | None:
    """The newest baseline on these data; None if there is none."""
    for run in known:  # the newest first
        if run.config.get("model") == rocket.NAME and run.accuracy is not None:
            here = (str(run.config.get("data", "")), str(run.config.get("test", "")))
            if tuple(map(absolute, here)) == (absolute(data), absolute(test)):
                validation = run.report.get("validation_score")
                return Reference(run.accuracy, str(run.report.get("split", "test")), validation)
    return None


def runs_folder(settings: Settings) -> Path:
    """Where trainings lie: the folder that the person chose, or the studio's own."""
    chosen = settings.value("train_runs", "folder", "")
    return (
        Path(chosen) if chosen else Path(platformdirs.user_data_dir("hippo-studio", appauthor=False)) / "runs"
    )


def new_folder(folder: Path, data: str, model: str, now: datetime) -> Path:
    """A folder for a new run that is not there yet: date, data and model in its name."""
    name = re.sub(r"[^\w.-]+", "-", Path(data.removeprefix("task:")).name).strip("-.") or "data"
    stem = f"{now:%Y-%m-%d-%H%M%S}-{name[:40]}-{model}"
    path, count = folder / stem, 1
    while path.exists():
        count += 1
        path = folder / f"{stem}-{count}"
    return path


def reopened(run: Run) -> Progress:
    """What was known when a run ended, to be shown again. Reads its film, which may take a while."""
    config, report = run.config, run.report
    validation, training = Curve(), Curve()
    for epoch in run.epochs:
        validation = validation.with_point(epoch.step, epoch.validation_loss, epoch.validation_score)
        training = training.with_point(epoch.step, epoch.train_loss, epoch.train_score)
    last = run.epochs[-1] if run.epochs else None
    epochs = int(config.get("epochs", 0)) or 1
    scale = scale_of(run)
    per_epoch = max(last.step // last.epoch, 1) if last is not None and last.epoch else 0
    started = Started(
        run.folder, config, run.parameters or 0, str(report.get("device", "")), epochs, per_epoch, 0,
        last.epoch if last else 0, last.step if last else 0, scale.sample_rate, scale.length,
        bool((report.get("examples") or {}).get("validation", 1)),
    )  # fmt: skip
    reason = run.ending
    lost = reason in (StopReason.FAILED, StopReason.DIVERGED)
    return Progress(
        Phase.FAILED if lost else Phase.FINISHED,
        f"{run.name}, opened again." if reason is None else run.sentence,
        started=started,
        curve=training,
        validation=validation,
        epochs=run.epochs,
        film=film_of(run.folder),
        report=report,
        reason=reason,
    )


def film_of(folder: Path) -> Film:
    """The portraits that a run folder keeps."""
    portraits = FilmOnDisk.read(folder / runs.PORTRAITS).portraits
    return Film(portraits, 1, len(portraits))


def scale_of(run: Run) -> Scale:
    """What the samples of a run are: by its report, or by its model if it was cut off before it had one."""
    known = run.report
    if not known.get("length") and run.has_model:
        from hippo_studio.ssm.model_header import read_details

        with suppress(ValueError):  # of another program, or spoilt
            details = read_details(run.folder)
            known = {**details, "length": details.get("lengths")}
    rate = known.get("sample_rate")
    sound = isinstance(rate, (int, float)) and 0 < rate < math.inf
    return Scale(float(rate) if sound else None, _longest(known.get("length")))


def _longest(lengths: object) -> int:
    """The largest whole number of these, 0 if there is none: the file may be of another program."""
    each = lengths if isinstance(lengths, list) else [lengths]
    return max((length for length in each if isinstance(length, int)), default=0)


def continuation(run: Run, epochs: int | None = None) -> Plan:
    """The plan that goes on from a run's checkpoint, with its history; up to so many `epochs` in any case.

    Reads its film, which may take a while. ValueError, one sentence, if it cannot go on.
    """
    if not run.resumable:
        raise ValueError(f"{run.name} has no checkpoint to continue from.")
    own, model = split_keys(run.config if epochs is None else given_more(run.config, epochs))
    return Plan(TrainingSettings(**own), model, run.folder, past=reopened(run))


def set_up(plan: Plan) -> dict[str, Any]:
    """The keys of the run that a plan goes on with, and its epochs: without what lets it go on this once."""
    keys = plan.past.started.settings if plan.past.started else {}
    return {**plan.settings.to_dict(), **plan.model, **keys, "epochs": plan.settings.epochs}


def confusion(report: Mapping[str, Any]) -> np.ndarray:
    """The confusion matrix of a report, empty if it has none."""
    counts = report.get("confusion_matrix")
    return np.array(counts, np.int64) if counts else np.zeros((0, 0), np.int64)


def wrong_answers(report: Mapping[str, Any]) -> tuple[Wrong, ...]:
    """The wrong answers that a report keeps."""
    split = str(report.get("split", "test"))
    return tuple(
        Wrong(
            split,
            int(one["index"]),
            str(one["truth"]),
            str(one["predicted"]),
            float(one["confidence"]),
            str(one.get("name", "")),
        )
        for one in report.get("wrong", ())
    )

"""What the Train tab says about a training, in one place. Free of Qt."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from hippo_studio.app.train.fields import FIELDS, Field, shown
from hippo_studio.app.train.past_runs import Reference
from hippo_studio.app.train.progress import Phase, Progress
from hippo_studio.app.widgets.quantities import duration
from hippo_studio.learning import rocket
from hippo_studio.learning.events import StopReason
from hippo_studio.learning.judged import judged_on
from hippo_studio.ssm import NAMES

_MOST_KEYS = 3
"""In the name of a training beside others."""


def headline(progress: Progress, reference: Reference | None = None) -> str:
    """What the training is doing, in two or three words; at its end, beside what the baseline reaches."""
    if progress.phase is Phase.FINISHED and (score := progress.report.get("accuracy")) is not None:
        split, beside = judged_on(progress.report), ""
        if reference is not None:
            level, other = reference.level(split)
            beside = f" · {rocket.TITLE} {percent(level)}" + (f" on {other}" if other != split else "")
        how = "Stopped" if progress.reason is StopReason.STOPPED else "Finished"
        data = data_name(str(progress.started.settings.get("data", ""))) if progress.started else ""
        of = f" of {data}" if data else ""
        return f"{how} · {percent(score)} right on {split}{of}{beside}"
    if progress.reason is StopReason.STOPPED:
        return "Stopped"
    if progress.phase is Phase.WORKING and progress.started is not None:
        return f"Training · epoch {_epoch(progress)} of {progress.started.epochs}"
    return progress.phase.value


def newest_score(progress: Progress) -> str:
    """The score of the last epoch, and of what: `validation 75.0 %`; "" before the first one."""
    if not progress.epochs or progress.started is None:
        return ""
    score = percent(progress.epochs[-1].validation_score)
    return f"validation {score}" if progress.started.validated else f"{score} after the epoch"


def how_far(progress: Progress) -> str:
    """How far a training is that is under way, for a line that is short; "" of one that is not."""
    if not progress.phase.busy:
        return ""
    if progress.phase is Phase.STARTING or progress.started is None:
        return "getting ready"
    word = {Phase.PAUSED: "paused", Phase.STOPPING: "stopping"}.get(progress.phase, "epoch")
    return f"{word} {_epoch(progress)}/{progress.started.epochs}"


def facts(progress: Progress) -> tuple[str, ...]:
    """Time left, speed, device, memory, size, which run it was: what is known, what matters most first."""
    found = []
    batch, started = progress.batch, progress.started
    if started is not None and not progress.phase.busy:
        found.append(started.folder.name)
    if batch is not None and progress.phase in (Phase.WORKING, Phase.PAUSED, Phase.STOPPING):
        if math.isfinite(batch.eta_seconds):
            found.append(f"{duration(batch.eta_seconds)} left")
        found.append(f"{grouped(batch.samples_per_second)} examples/s")
    elif progress.epochs:
        count = len(progress.epochs)
        what = "1 epoch" if count == 1 else f"{count} epochs"
        found.append(f"{what} in {duration(progress.epochs[-1].seconds)}")
    if started is not None:
        found.append(started.device)
    if batch is not None and batch.memory_bytes > 0:
        found.append(memory(batch.memory_bytes))
    if started is not None:
        found.append(f"{grouped(started.parameters)} parameters")
    if batch is not None and progress.phase in (Phase.WORKING, Phase.PAUSED, Phase.STOPPING):
        found.append(f"lr {batch.lr:.2g}")
    return tuple(found)


def waiting(progress: Progress) -> tuple[str, str]:
    """What stands in the places of curves and of layers while there are none."""
    phase = progress.phase
    curves = layers = ""
    if not progress.curve.count and not progress.validation.count:
        curves = {
            Phase.EMPTY: "Press Train: loss and score appear here",
            Phase.STARTING: "Loss and score come with the first batches",
            Phase.FINISHED: "This run has no epochs to draw",
        }.get(phase, "")
    if phase is Phase.EMPTY:
        layers = "Train a model with state spaces, and watch its kernels become filters"
    elif phase is Phase.STARTING:
        layers = "Kernels come with the first batch"
    elif phase is Phase.FAILED and not progress.film.frames:
        layers = "Training failed before there was a kernel to show"
    elif not progress.film.frames and not phase.busy:
        layers = "This model has no convolution kernels to show"
    return curves, layers


def fraction(progress: Progress) -> float | None:
    """How much of the training is done, 0 to 1; None while that is not known."""
    if progress.started is None or not progress.started.batches:
        return None
    steps = max(progress.batch.step if progress.batch else 0, progress.started.step)
    return min(steps / (progress.started.epochs * progress.started.batches), 1.0)


def memory(count: float) -> str:
    """Bytes in the unit that reads best."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.0f} MB"


def percent(share: float) -> str:
    """A score: `97.8 %`."""
    return f"{100 * share:.1f} %" if math.isfinite(share) else "—"


def grouped(number: float) -> str:
    """A count in groups of three digits; three figures of a small one."""
    return f"{number:,.0f}".replace(",", "\u202f") if number >= 100 else f"{number:.3g}"


def told_apart(configs: Sequence[Mapping[str, Any]]) -> tuple[str, ...] | None:
    """What to call trainings that stand side by side: by their data, if these differ, and their model; where
    that is the same, by the keys in which they differ, as few as needed and the best known first.

    None if a few keys do not tell them apart.
    """
    names = [model_name(str(config.get("model", ""))) for config in configs]
    data = [data_name(str(config.get("data", ""))) for config in configs]
    if len(set(data)) > 1:
        names = [f"{source}, {name}" for source, name in zip(data, names, strict=True)]
    keys = 0
    for field in sorted(FIELDS.values(), key=lambda field: not field.basic):
        if keys == _MOST_KEYS or len(set(names)) == len(names):
            break
        longer = [
            f"{name}, {field.label}: {_said(field, config.get(field.name))}"
            for name, config in zip(names, configs, strict=True)
        ]
        if len(set(longer)) > len(set(names)):
            names, keys = longer, keys + 1
    return tuple(names) if len(set(names)) == len(names) else None


def data_name(source: str) -> str:
    """Data in a word: the task, or the last part of the path."""
    short = source.removeprefix("task:")
    return short.rstrip("/").rpartition("/")[2] or short


def model_name(model: str) -> str:
    """The title of a model, or of the baseline."""
    if model == rocket.NAME:
        return rocket.TITLE
    return NAMES[model].title if model in NAMES else model


def _said(field: Field, value: Any) -> str:
    if value is None:
        return "default"
    if isinstance(value, float):
        return f"{value:.3g}"
    return next((words for known, words in field.choices if known == value), None) or shown(field, value)


def _epoch(progress: Progress) -> int:
    started, batch = progress.started, progress.batch
    assert started is not None
    done = progress.epochs[-1].epoch if progress.epochs else started.epoch
    return min(max(batch.epoch if batch else 1, done, 1), started.epochs)

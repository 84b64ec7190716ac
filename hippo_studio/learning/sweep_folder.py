"""What a sweep leaves in its folder, read while it goes on or long after.

sweep.toml       what was the same in all trainings, and what was searched
journal.log      optuna's journal, which any number of processes share
trial-0000 …     a run folder each
"""

from __future__ import annotations

import math
import tomllib
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli_w

from hippo_studio.export.atomic import atomic_write
from hippo_studio.learning import whereabouts
from hippo_studio.learning.runs import JOURNAL, is_run, is_sweep

SWEEP, NAME = "sweep.toml", "sweep"


@dataclass(frozen=True)
class Tried:
    """One training of a sweep.

    Attributes
    ----------
    number : from 0, in the order in which they began.
    score : the best validation's; of one under way its last, None before that and if it was ended early.
    drawn : what was drawn for it, by key.
    folder : of its run.
    state : "running", "complete", "pruned" (ended early) or "fail".
    kept : whether its run is there: it may be deleted since, or not begun.
    """

    number: int
    score: float | None
    drawn: Mapping[str, Any]
    folder: Path
    state: str = "complete"
    kept: bool = True

    @property
    def finished(self) -> bool:
        """Whether it is over."""
        return self.state != "running"


def run_folder(folder: Path, number: int) -> Path:
    """Return where the training of that number writes."""
    return folder / f"trial-{number:04d}"


def results(folder: Path) -> list[Tried]:
    """Return what was tried to the end in a sweep's folder, the best first."""
    return [one for one in listed(folder) if one.finished]


def listed(folder: Path) -> list[Tried]:
    """Return all trainings of a sweep's folder, those under way too: the best first, the scoreless last."""
    tried = []
    for trial in study(folder).trials:
        state = trial.state.name.lower()
        score = trial.value if state == "complete" else None
        if state == "running" and trial.intermediate_values:
            score = trial.intermediate_values[max(trial.intermediate_values)]
        path = run_folder(folder, trial.number)
        tried.append(Tried(trial.number, score, trial.params, path, state, is_run(path)))
    return sorted(tried, key=lambda one: -math.inf if one.score is None else one.score, reverse=True)


def write_sweep(folder: Path, values: Mapping[str, Any]) -> None:
    """Keep the sweep's TOML file, so that its folder can be gone on with alone, from anywhere."""
    folder.mkdir(parents=True, exist_ok=True)
    values = whereabouts.anchored(values)
    with atomic_write(folder / SWEEP) as stream:
        tomli_w.dump(values, stream)
    whereabouts.write_places(folder, values)


def read_sweep(folder: Path) -> dict[str, Any]:
    """Return what `write_sweep` wrote; ValueError, one sentence, if a folder holds no sweep."""
    if not is_sweep(folder):
        raise ValueError(f"{folder} holds no sweep: it has no {JOURNAL}.")
    try:
        return whereabouts.found(tomllib.loads((folder / SWEEP).read_text(encoding="utf-8")), folder)
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"{folder / SWEEP} cannot be read: {str(error).rstrip('.')}.") from error


def study(folder: Path, seed: int | None = None) -> Any:
    """Return optuna's study of a folder, made if there is none; `seed` of what it draws."""
    import optuna
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.create_study(
            study_name=NAME,
            storage=JournalStorage(JournalFileBackend(str(folder / JOURNAL))),
            sampler=optuna.samplers.TPESampler(seed=seed),
            pruner=optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=3),
            direction="maximize",
            load_if_exists=True,
        )

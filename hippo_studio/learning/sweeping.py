"""Which settings are best? Trainings with settings that optuna draws, a run folder each.

A sweep is a TOML file: the flat keys of every training, and a table `search` of what is drawn:

    data = "task:digits"
    model = "s4d"
    epochs = 10

    [search]
    lr = {low = 1e-3, high = 1e-2, log = true}     # a number in a range; whole if both ends are
    d_model = [32, 64, 128]                        # one of several values

Any number of processes on any machines share the sweep's folder; `sweep_folder` says what lies in it. A
training that does worse than half of the others by the same epoch is ended early. What is wanted is the best
validation score.
"""

from __future__ import annotations

import math
import multiprocessing
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hippo_studio.learning.configuration import check, check_names, configure
from hippo_studio.learning.control import Control
from hippo_studio.learning.data import DataSet
from hippo_studio.learning.events import EpochEnded, Event, StopReason
from hippo_studio.learning.sweep_folder import Tried, results, run_folder, study, write_sweep


@dataclass(frozen=True)
class Sweep:
    """What is the same in all trainings, and what is searched; ValueError in a sentence if it cannot be."""

    fixed: Mapping[str, Any]
    search: Mapping[str, Any]

    def __post_init__(self) -> None:
        if not self.search:
            raise ValueError(
                "Nothing is searched; add a table [search], as in lr = {low = 1e-3, high = 1e-2}."
            )
        check_names(self.search)
        check(self.fixed)
        for name, values in self.search.items():
            if name in ("data", "test"):
                raise ValueError(f"{name} cannot be searched: scores of other data do not compare.")
            if isinstance(values, list) and values:
                continue
            _check_range(name, values)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Sweep:
        """Return the sweep of a TOML file."""
        search = values.get("search", {})
        if not isinstance(search, dict):
            raise ValueError(f"search is {search!r}; a table [search] is needed.")  # noqa: TRY004 - as everywhere
        return cls({name: value for name, value in values.items() if name != "search"}, search)

    def to_dict(self) -> dict[str, Any]:
        """Return what the TOML file holds."""
        return {**self.fixed, "search": dict(self.search)}

    def draw(self, trial: Any) -> dict[str, Any]:
        """Return flat keys with what an optuna trial suggests."""
        drawn = {}
        for name, values in self.search.items():
            if isinstance(values, list):
                drawn[name] = trial.suggest_categorical(name, values)
            else:
                low, high, log = values["low"], values["high"], bool(values.get("log", False))
                whole = isinstance(low, int) and isinstance(high, int)
                suggest = trial.suggest_int if whole else trial.suggest_float
                drawn[name] = suggest(name, low, high, log=log)
        return {**self.fixed, **drawn}


def run_sweep(
    sweep: Sweep,
    folder: Path,
    trials: int,
    processes: int = 1,
    tell: Callable[[str], None] = lambda sentence: None,
) -> list[Tried]:
    """Train until `trials` settings are tried in all, those of earlier calls included; the best one first.

    `tell` is called with a sentence per trial; for several processes it must be a function of a module.
    """
    folder.mkdir(parents=True, exist_ok=True)
    done = results(folder)
    _open(sweep)  # data that cannot be had are told once, and not by each process
    write_sweep(folder, sweep.to_dict())
    missing = max(0, trials - len(done))
    shares = [missing // processes + (place < missing % processes) for place in range(processes)]
    if processes == 1:
        work(sweep, folder, missing, 0, tell)
    else:
        threads = max(1, (os.cpu_count() or 1) // processes)
        context = multiprocessing.get_context("spawn")
        workers = [
            context.Process(target=_work_apart, args=(sweep, folder, share, place, tell, threads))
            for place, share in enumerate(shares)
            if share
        ]
        for worker in workers:
            worker.start()
        try:
            for worker in workers:
                worker.join()
        finally:
            for worker in workers:
                worker.terminate()
        if any(worker.exitcode for worker in workers):
            raise ValueError("A process of the sweep ended in a fault; what it said is above.")
    return results(folder)


def work(
    sweep: Sweep,
    folder: Path,
    count: int,
    place: int,
    tell: Callable[[str], None],
    threads: int | None = None,
) -> None:
    """Train `count` times, as process number `place` of a sweep, on at most so many threads."""
    data = _open(sweep).prepare()
    begun = len(study(folder).trials)  # else a sweep that goes on would draw the same again
    seed = np.random.SeedSequence([check(sweep.fixed).seed, place, begun]).generate_state(1)
    own = study(folder, seed=int(seed[0]))
    own.optimize(lambda trial: _train(sweep, folder, data, trial, tell, threads), n_trials=count)


def _work_apart(
    sweep: Sweep, folder: Path, count: int, place: int, tell: Callable[[str], None], threads: int
) -> None:
    """`work` in a process of its own, where nobody catches what it raises."""
    try:
        work(sweep, folder, count, place, tell, threads)
    except (ValueError, OSError) as error:
        tell(str(error))
        raise SystemExit(2) from None
    except KeyboardInterrupt:  # it reaches every process of a terminal, and the first one answers
        raise SystemExit(130) from None


def _open(sweep: Sweep) -> DataSet:
    from hippo_studio.learning.datasets import open_data

    fixed = check(sweep.fixed)
    return open_data(fixed.data, test=fixed.test, seed=fixed.seed)


def _train(
    sweep: Sweep,
    folder: Path,
    data: DataSet,
    trial: Any,
    say: Callable[[str], None],
    threads: int | None,
) -> float:
    import optuna

    from hippo_studio.learning.trainer import Trainer

    control = Control()

    def listen(event: Event) -> None:
        if isinstance(event, EpochEnded):
            trial.report(event.validation_score, event.epoch)
            if trial.should_prune():
                control.stop()

    settings, model = configure(sweep.draw(trial), data)
    trainer = Trainer(settings, model, data, run_folder(folder, trial.number), listen, control, threads)
    finished = trainer.run()
    drawn = ", ".join(f"{name} = {value}" for name, value in trial.params.items())
    score = finished.report.get("validation_score")
    if finished.reason in (StopReason.COMPLETED, StopReason.CONVERGED) and score is not None:
        say(f"trial {trial.number}: {100 * score:.2f} % with {drawn}")
        return float(score)
    why = finished.reason.name.lower() if trainer.error is None else str(trainer.error).rstrip(".")
    say(f"trial {trial.number}: ended early with {drawn} ({why})")
    raise optuna.TrialPruned


def _check_range(name: str, values: Any) -> None:
    """Raise ValueError for anything but {low, high}, of numbers in order."""
    ends: list[Any] = [values.get("low"), values.get("high")] if isinstance(values, dict) else []
    if not ends or not all(map(_is_number, ends)) or ends[0] >= ends[1]:
        raise ValueError(
            f"search.{name} is {values!r}; a list of values, or {{low = …, high = …}} with low below high, "
            "is needed."
        )
    if values.get("log") and ends[0] <= 0:
        raise ValueError(f"search.{name} begins at {ends[0]}; with log = true, low must be above 0.")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)

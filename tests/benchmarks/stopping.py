"""How soon a training stops, once the person says so: `python -m tests.benchmarks.stopping` prints a table.

Trains as the Train tab does, on its thread, and stops each training at moments drawn at random: in an
epoch, at its end, while it is judged. A stop writes a checkpoint, and the next training goes on from there.
What must hold: it answers within a batch and 0.2 s.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from hippo_studio.app.train.progress import Phase
from hippo_studio.app.train.running import train
from hippo_studio.app.train.session import Plan, TrainingSession
from hippo_studio.learning.configuration import configure
from hippo_studio.learning.datasets import open_data
from hippo_studio.learning.events import BatchEnded, Event

TASKS = "digits s4d,waveforms s4,induction-head h3,listops transformer"
PATIENCE = 300.0
"""Seconds that one training may take to begin, or to end."""


def main() -> None:
    """Stop every training of the list, one line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--tasks", default=TASKS, help="task and model, separated by commas")
    parser.add_argument("--stops", type=int, default=12, help="of each")
    chosen = parser.parse_args()
    print("| training | a batch, ms: half of them / longest | stop to end, ms: half / 95 in 100 / longest |")
    print("|---|---|---|")
    for pair in chosen.tasks.split(","):
        task, model = pair.split()
        with tempfile.TemporaryDirectory() as folder:
            batches, stops = stopped(task, model, Path(folder) / "run", chosen.stops)
        print(f"| {task}, {model} | {spread(batches, 50, 100)} | {spread(stops, 50, 95, 100)} |", flush=True)


def stopped(task: str, model: str, folder: Path, stops: int) -> tuple[list[float], list[float]]:
    """Seconds that batches took, and that trainings went on after a stop."""
    data = open_data(f"task:{task}").prepare()
    settings, config = configure({"model": model, "data": f"task:{task}", "epochs": 10_000}, data)
    batches: list[float] = []
    rng = np.random.default_rng(0)

    def work(plan: Plan, tell: object, take: object) -> None:
        def listen(event: Event) -> None:
            if isinstance(event, BatchEnded):
                batches.append(settings.batch_size / event.samples_per_second)
            tell(event)  # type: ignore[operator]

        train(plan, listen, take)  # type: ignore[arg-type]

    session, spent = TrainingSession(work), []
    for _ in range(stops):
        session.train(Plan(settings, config.to_dict(), folder, data))
        began = time.perf_counter()
        while session.progress.phase is not Phase.WORKING:
            if not session.busy or time.perf_counter() - began > PATIENCE:
                raise RuntimeError(f"{task} is not trained: {session.progress.sentence}")
            time.sleep(0.01)
        time.sleep(rng.uniform(0.5, 2.5))
        asked = time.perf_counter()
        session.stop()
        if not session.wait(PATIENCE):
            raise RuntimeError(f"{task} does not stop")
        spent.append(time.perf_counter() - asked)
    if not session.close(PATIENCE):
        raise RuntimeError("the training thread does not end")
    return batches, spent


def spread(seconds: list[float], *parts: float) -> str:
    """Percentiles, in milliseconds."""
    return " / ".join(f"{1e3 * value:.0f}" for value in np.percentile(seconds, parts))


if __name__ == "__main__":
    main()

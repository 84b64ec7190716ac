"""Kill a training at random, again and again: what is lost, and does it end as if nothing had happened?

    python -m tests.benchmarks.kills [--kills 30] [--every 0.5]

Each time the training is killed (SIGKILL, at a random moment), the run folder must open, and the next process
must go on from a checkpoint not older than one interval, at the pace of training. In the end the parameters
must be those of a training that nobody disturbed, bit for bit.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from hippo_studio.learning import trainer as trainers
from hippo_studio.learning.events import BatchEnded, Event, Saved, Started, StopReason
from hippo_studio.learning.runs import open_run
from hippo_studio.learning.settings import TrainingSettings
from hippo_studio.learning.trainer import Trainer
from hippo_studio.ssm import load_model
from tests.learning.tasks import signals, tones

MODEL = {"model": "s4d", "d_model": 32, "n_layers": 2, "d_state": 16, "dropout": 0.1}
DATA = replace(signals(), train=tones(512, 64), validation=tones(256, 64, seed=1), test=tones(64, 64, seed=2))
ROUGHLY = 0.3
"""Seconds over the interval that a batch and a save may take on a busy machine."""


def main() -> int:
    """Do it, print a line per kill, and return 0 if all is well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--every", type=float, default=0.5, help="seconds between checkpoints")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    random.seed(arguments.seed)
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder) / "killed"
        worst = 0.0
        settings = TrainingSettings(epochs=100_000, batch_size=16, checkpoint_every=arguments.every)
        reached: list[tuple[float, int]] = []
        for kill in range(arguments.kills):
            reached, lost = _kill_once(run, settings, reached, random.uniform(0.3, 4 * arguments.every))
            worst = max(worst, lost)
            rows = len(open_run(run).epochs) if (run / "config.toml").exists() else 0
            print(f"kill {kill + 1:>2}: at step {reached[-1][1] if reached else 0}, {rows} epochs, ", end="")
            print(f"{lost:.2f} s of training lost by the one before", flush=True)
        same = _ends_the_same(run, Path(folder) / "undisturbed", settings)
    print(f"worst loss {worst:.2f} s at a checkpoint every {arguments.every:g} s; ", end="")
    print("the same bits in the end" if same else "OTHER BITS in the end")
    return 0 if same and worst <= arguments.every + ROUGHLY else 1


def _kill_once(
    run: Path, settings: TrainingSettings, before: list[tuple[float, int]], patience: float
) -> tuple[list[tuple[float, int]], float]:
    """Train for `patience` seconds and kill; returns when each step was reached, and what was lost before."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _train(run, settings, writing)
        os._exit(3)
    os.close(writing)
    with os.fdopen(reading) as told:
        start = _line(told.readline())
        time.sleep(patience)
        os.kill(child, signal.SIGKILL)
        reached = [_line(line) for line in told if line.endswith("\n")]
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        sys.exit("The training ended by itself; it could not go on from its checkpoint.")
    lost = 0.0
    if before:
        # When had the killed process reached what this one began with?
        since = [when for when, step in before if step >= start[1]]
        lost = before[-1][0] - since[0] if since else 0.0
    return ([(start[0], start[1]), *reached]), lost


def _line(text: str) -> tuple[float, int]:
    when, step = text.split()
    return float(when), int(step)


def _train(run: Path, settings: TrainingSettings, writing: int) -> None:
    def tell(event: Event) -> None:
        if isinstance(event, Started | BatchEnded | Saved):
            os.write(writing, f"{time.monotonic()} {event.step}\n".encode())

    trainers.REPORT_EVERY = 0.0
    Trainer(settings, MODEL, DATA, run, tell).run()


def _ends_the_same(run: Path, other: Path, settings: TrainingSettings) -> bool:
    """Let the killed run, and one that nobody disturbs, go on to the end of the next epoch."""
    epochs = len(open_run(run).epochs) + 1
    # The learning rate falls over all epochs: that number is the same in both until the end.
    ends = []
    for folder in (run, other):
        training = Trainer(settings, MODEL, DATA, folder, lambda event: None)

        def tell(event: Event, training: Trainer = training) -> None:
            if isinstance(event, trainers.EpochEnded) and event.epoch >= epochs:
                training.control.stop()

        training._listener = tell
        if training.run().reason is not StopReason.STOPPED:
            return False
        ends.append({name: t.numpy() for name, t in training.model.state_dict().items()})
    best = [load_model(folder).state_dict() for folder in (run, other)]
    return all(np.array_equal(ends[0][name], ends[1][name]) for name in ends[0]) and all(
        bool((best[0][name] == best[1][name]).all()) for name in best[0]
    )


if __name__ == "__main__":
    sys.exit(main())

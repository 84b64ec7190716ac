"""Several processes, with the environment that torchrun gives them, take the steps that one takes."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np

from hippo_studio.learning.runs import open_run
from hippo_studio.ssm import load_model
from tests.learning.tasks import signals
from tests.learning.training import MODEL, train

PATIENCE = 600
"""Seconds until two processes count as stuck: each imports torch, which on a busy machine takes a minute."""

WORKER = """
import os, sys
import numpy as np
from tests.learning.tasks import signals
from tests.learning.training import settings, MODEL
from hippo_studio.learning.learner import Learner
from hippo_studio.learning.trainer import Trainer

if "poisoned" in sys.argv:
    step = Learner.step

    def poisoned(self, group, number, stopped, before_part):
        step(self, group, number, stopped, before_part)
        if number == 3:
            for parameter in self.model.parameters():
                parameter.data.fill_(float("nan"))

    Learner.step = poisoned

told = []
model = {**MODEL, "dropout": 0.0}
keys = settings(batch_size=8, checkpoint_every=0, portrait_every=0.05)
trainer = Trainer(keys, model, signals(even=False), sys.argv[1], told.append, threads=1)
finished = trainer.run()
if trainer.error:
    raise trainer.error
print(finished.reason.name)
values = {name: tensor.numpy() for name, tensor in trainer.model.state_dict().items()}
np.savez(f"{sys.argv[1]}.{os.environ['RANK']}.npz", told=len(told), **values)
"""


def test_two_processes_end_with_the_parameters_of_one(tmp_path: Path, project_root: Path) -> None:
    assert _run_two(tmp_path / "two", project_root) == ["COMPLETED", "COMPLETED"]
    first, second = (np.load(tmp_path / f"two.{rank}.npz") for rank in (0, 1))
    assert int(first["told"]) > 3
    assert int(second["told"]) == 0, "one process tells, and writes"
    _, _, alone = train(tmp_path / "one", signals(even=False), {**MODEL, "dropout": 0.0})
    for name, tensor in alone.model.state_dict().items():
        np.testing.assert_array_equal(first[name], second[name], err_msg=name)
        np.testing.assert_allclose(first[name], tensor.numpy(), atol=2e-4, err_msg=name)
    run, single = open_run(tmp_path / "two"), open_run(tmp_path / "one")
    assert run.state == "completed"
    for one, other in zip(run.epochs, single.epochs, strict=True):
        np.testing.assert_allclose(one.train_loss, other.train_loss, rtol=1e-4)
        np.testing.assert_allclose(one.validation_loss, other.validation_loss, rtol=1e-4)
    assert load_model(tmp_path / "two").details["labels"] == ["fast", "slow"]


def test_two_processes_that_diverge_end_together(tmp_path: Path, project_root: Path) -> None:
    """The first alone writes checkpoints, and sees a broken model before the second does."""
    assert _run_two(tmp_path / "two", project_root, "poisoned") == ["DIVERGED", "DIVERGED"]
    assert open_run(tmp_path / "two").state == "diverged"


def _run_two(folder: Path, project_root: Path, *arguments: str) -> list[str]:
    """Return what the two print."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(project_root),
        "OMP_NUM_THREADS": "1",
        "WORLD_SIZE": "2",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(_free_port()),
        "GLOO_SOCKET_IFNAME": "lo",
    }
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(folder), *arguments],
            cwd=project_root,
            env={**environment, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in (0, 1)
    ]
    try:
        said = [worker.communicate(timeout=PATIENCE) for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    assert [worker.returncode for worker in workers] == [0, 0], said
    return [printed.strip() for printed, _ in said]


def _free_port() -> int:
    """One that is still free when the first process comes to listen: what connects takes higher ones."""
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as free, contextlib.suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port
    raise OSError("No port is free.")

"""What the tests of the Train tab are made of: tiny data, portraits of layers, a training that obeys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot

from hippo_studio.app.train.progress import Phase
from hippo_studio.app.train.session import Plan
from hippo_studio.app.train.tab import TrainTab
from hippo_studio.learning import runs
from hippo_studio.learning.control import Control
from hippo_studio.learning.data import DataSet, Example, Split
from hippo_studio.learning.events import (
    BatchEnded,
    EpochEnded,
    Event,
    Finished,
    Paused,
    PortraitTaken,
    Started,
    StopReason,
)
from hippo_studio.learning.film import Film
from hippo_studio.learning.portrait import LayerPortrait, Portrait


class MadeSplit(Split):
    """Slow and fast sines, told apart by their label."""

    def __init__(self, count: int, length: int = 32) -> None:
        self.labels = np.arange(count, dtype=np.int64) % 2
        self.lengths = np.full(count, length, np.int64)

    def __getitem__(self, index: int) -> Example:
        label = int(self.labels[index])
        t = np.arange(self.lengths[index])
        values = np.sin((0.2 + 0.8 * label) * t + index)[:, None].astype(np.float32)
        return Example(values, label, f"sine {index}", sample_rate=100.0)


def made_data(**changes: Any) -> DataSet:
    """Two classes of sines."""
    parts = {
        "source": "task:made",
        "title": "Sines",
        "labels": ("slow", "fast"),
        "d_input": 1,
        "train": MadeSplit(16),
        "validation": MadeSplit(8),
        "test": MadeSplit(8),
        "sample_rate": 100.0,
    }
    return DataSet(**{**parts, **changes})


def layer(step: int = 0, name: str = "blocks.0", channels: int = 3, length: int = 64) -> LayerPortrait:
    """A layer whose kernels turn faster as training goes on."""
    t = np.arange(length)
    speed = (0.1 + 0.002 * step) * (1 + np.arange(channels))[:, None]
    kernels = np.exp(-t / 20) * np.cos(speed * t)
    omega = np.linspace(0, np.pi, 33)
    spectrum = np.abs(np.exp(-1j * omega[:, None] * t) @ kernels.T).T
    eigenvalues = 0.95 * np.exp(1j * speed * np.array([1.0, -1.0]))
    f4 = np.float32
    return LayerPortrait(
        name, "Layer 1", np.arange(channels), kernels.astype(f4), spectrum.astype(f4), omega.astype(f4),
        eigenvalues.astype(np.complex64), np.log(eigenvalues).astype(np.complex64),
        np.full(channels, 0.01, f4),
    )  # fmt: skip


def portrait(step: int = 0) -> Portrait:
    """A model of one layer."""
    return Portrait(step, step / 10, (layer(step),))


REPORT = {
    "accuracy": 0.75,
    "confusion_matrix": [[3, 1], [1, 3]],
    "labels": ["slow", "fast"],
    "split": "test",
    "wrong": [{"index": 2, "truth": "slow", "predicted": "fast", "confidence": 0.8}],
}


class Trained:
    """A training without torch, that goes on until it is stopped; it obeys the real control."""

    def __init__(self) -> None:
        self.plans: list[Plan] = []
        self.batches = 0
        self.error: Exception | None = None
        self.keeps = False
        """Whether it leaves a run folder."""
        self.continued = 0, 0
        """Epochs and steps that are done."""

    def __call__(self, plan: Plan, tell: Callable[[Event], None], take: Callable[[object], None]) -> None:
        self.plans.append(plan)
        control = Control()
        take(control)
        if self.error is not None:
            raise self.error
        if self.keeps:
            plan.folder.mkdir()
            runs.write_config(plan.folder, plan.settings.to_dict())
        epoch, step = self.continued
        validated = plan.data is None or len(plan.data.validation) > 0
        keys, rate, length = plan.settings.to_dict(), 100.0, 32
        tell(Started(plan.folder, keys, 99, "cpu", 2, 4, 16, epoch, step, rate, length, validated))
        if not step:
            tell(PortraitTaken(portrait(step)))
        last = step + 3
        while True:
            goes_on = control.ask()
            if goes_on is None:
                tell(Paused(True))
                goes_on = control.go_on()
                tell(Paused(False))
            if not goes_on:
                break
            step += 1
            tell(BatchEnded(epoch + 1, step, 1 / step, 0.5, 1e-3, 10.0, 1000, 5.0))
            self.batches += 1
            if step == last:
                tell(EpochEnded(epoch + 1, step, 0.5, 0.5, 0.4, 0.75, 1e-3, 1.0, True))
                tell(PortraitTaken(portrait(step)))
                control.pause()  # so that the test says how far it goes
        tell(Finished(StopReason.STOPPED, StopReason.STOPPED.value, REPORT))


def ready(tab: TrainTab, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: tab.data_ready)


def until(tab: TrainTab, qtbot: QtBot, phase: Phase) -> None:
    """Until the training is so far, and the tab shows it."""
    qtbot.waitUntil(lambda: tab.session.progress.phase is phase and tab.phase is phase)


def pressed(tab: TrainTab, qtbot: QtBot, trained: Trained) -> None:
    """Train, until it rests after its third batch."""
    wanted = trained.batches + 3
    qtbot.mouseClick(tab.setup.train, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: trained.batches == wanted)
    until(tab, qtbot, Phase.PAUSED)


def kept_run(folder: Path) -> Path:
    """A run folder as a training leaves it, without a model."""
    folder.mkdir()
    runs.write_config(folder, {"data": "task:made", "model": "s4d", "epochs": 4, "seed": 0})
    for number, loss in ((1, 0.9), (2, 0.5)):
        runs.append_metrics(
            folder / runs.METRICS, EpochEnded(number, 4 * number, 1.0, 0.5, loss, 0.5, 1e-3, 1.0, True)
        )
    film = Film()
    for step in (0, 4, 8):
        film.append(portrait(step))
    film.write(folder / runs.PORTRAITS)
    (folder / runs.CHECKPOINT).parent.mkdir()
    (folder / runs.CHECKPOINT).touch()
    return folder

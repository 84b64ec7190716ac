"""What the tests of the Train tab are made of: tiny data and portraits of layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from hippo_studio.learning.data import DataSet, Example, Split
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

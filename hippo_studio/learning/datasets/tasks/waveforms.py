"""Six waveforms of any pitch, phase and loudness in noise: one second each, at 250 Hz."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hippo_studio.learning.data import DataSet
from hippo_studio.learning.datasets.assembling import Described, assemble
from hippo_studio.learning.datasets.collection import in_memory
from hippo_studio.learning.datasets.tasks import Task
from hippo_studio.learning.datasets.tasks.making import roles

WAVEFORMS = ("sine", "square", "triangle", "sawtooth", "chirp", "hiss")
SAMPLE_RATE = 250.0
LENGTH = 250
TRAIN, VALIDATION, TEST = 1200, 300, 300
DEFAULTS = {
    "epochs": 30,
    "batch_size": 32,
    "lr": 4e-3,
    "weight_decay": 0.01,
    "d_model": 32,
    "n_layers": 2,
    "d_state": 32,
    "dropout": 0.1,
}


def make(task: Task, seed: int) -> DataSet:
    """Return the waveforms; they do not depend on the seed."""
    count = TRAIN + VALIDATION + TEST
    random = np.random.default_rng(1)
    labels = np.arange(count) % len(WAVEFORMS)
    waves = np.stack([_wave(WAVEFORMS[label], random) for label in labels])
    noisy = waves + random.uniform(0.02, 0.3, (count, 1)) * random.standard_normal(waves.shape)
    loud = noisy * np.exp(random.uniform(-1, 1, (count, 1)))
    collection = in_memory(loud.astype(np.float32)[:, :, np.newaxis], labels, sample_rate=SAMPLE_RATE)
    described = Described(task.source, task.title, WAVEFORMS, channel_names=("wave",), defaults=DEFAULTS)
    return assemble(described, collection, roles(TRAIN, VALIDATION, TEST), seed=seed)


def _wave(name: str, random: np.random.Generator) -> NDArray[np.float64]:
    """One wave of power 1."""
    times = np.arange(LENGTH) / SAMPLE_RATE
    frequency = 3.0 * 4.0 ** random.uniform()  # two octaves, from 3 to 12 Hz
    sweep = frequency * times * times if name == "chirp" else 0.0  # to three times its pitch
    cycles = (frequency * times + sweep + random.uniform()) % 1.0
    if name in ("sine", "chirp"):
        wave = np.sqrt(2) * np.sin(2 * np.pi * cycles)
    elif name == "square":
        wave = np.where(cycles < 0.5, 1.0, -1.0)
    elif name == "triangle":
        wave = np.sqrt(3) * (4 * np.abs(cycles - 0.5) - 1)
    elif name == "sawtooth":
        wave = np.sqrt(3) * (2 * cycles - 1)
    else:
        wave = random.standard_normal(LENGTH)
    return np.asarray(wave, np.float64)

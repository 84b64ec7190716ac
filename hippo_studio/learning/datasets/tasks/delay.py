"""A pure delay: at each moment, name the level that the signal had 32 moments ago.

The one filter that solves it is a single peak of the kernel, 32 moments back: what LegT is made for, and a
picture to watch while it is learned.
"""

from __future__ import annotations

import numpy as np

from hippo_studio.learning.data import IGNORED, DataSet
from hippo_studio.learning.datasets.assembling import Described, assemble
from hippo_studio.learning.datasets.collection import PER_MOMENT, in_memory
from hippo_studio.learning.datasets.tasks import Task
from hippo_studio.learning.datasets.tasks.making import roles

LEVELS = 4
DELAY = 32
LENGTH = 128
TRAIN, VALIDATION, TEST = 1000, 100, 100
DEFAULTS = {
    "epochs": 30,
    "batch_size": 32,
    "lr": 4e-3,
    "weight_decay": 0.0,
    "d_model": 64,
    "n_layers": 1,
    "d_state": 64,
    "dropout": 0.0,
    "dt_min": 1e-2,
}


def make(task: Task, seed: int) -> DataSet:
    """Return the signals; they do not depend on the seed."""
    count = TRAIN + VALIDATION + TEST
    levels = np.random.default_rng(7).integers(LEVELS, size=(count, LENGTH))
    targets = np.full((count, LENGTH), IGNORED, np.int64)
    targets[:, DELAY:] = levels[:, :-DELAY]
    values = (2 * levels / (LEVELS - 1) - 1).astype(np.float32)[:, :, np.newaxis]
    collection = in_memory(values, np.full(count, PER_MOMENT), targets=list(targets))
    names = tuple(f"level {level + 1}" for level in range(LEVELS))
    described = Described(task.source, task.title, names, channel_names=("signal",), defaults=DEFAULTS)
    return assemble(described, collection, roles(TRAIN, VALIDATION, TEST), seed=seed, standardized=False)

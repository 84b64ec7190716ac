"""The adding problem (Hochreiter and Schmidhuber, 1997): the sum of two marked numbers of a hundred.

A moment is a number from 0 to 1 and a mark; one mark stands in each half. The sum is asked for as one of
eight ranges, cut so that each is equally likely: chance is 12.5 %, and only who adds exactly nears 100 %.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from hippo_studio.learning.data import DataSet
from hippo_studio.learning.datasets.assembling import Described, assemble
from hippo_studio.learning.datasets.collection import in_memory
from hippo_studio.learning.datasets.tasks import Task
from hippo_studio.learning.datasets.tasks.making import roles

LENGTH = 100
RANGES = 8
TRAIN, VALIDATION, TEST = 6000, 500, 500
DEFAULTS = {
    "epochs": 30,
    "batch_size": 32,
    "lr": 4e-3,
    "weight_decay": 0.01,
    "d_model": 64,
    "n_layers": 2,
    "d_state": 32,
    "dropout": 0.0,
}


def make(task: Task, seed: int) -> DataSet:
    """Return the numbers; they do not depend on the seed."""
    count = TRAIN + VALIDATION + TEST
    random = np.random.default_rng(5)
    values = np.zeros((count, LENGTH, 2), np.float32)
    values[:, :, 0] = random.uniform(size=(count, LENGTH))
    half, rows = LENGTH // 2, np.arange(count)
    sums = np.zeros(count)
    for first in (0, half):
        places = first + random.integers(half, size=count)
        values[rows, places, 1] = 1.0
        sums += values[rows, places, 0]
    borders = _borders()
    labels = np.searchsorted(borders, sums)
    edges = [0.0, *borders, 2.0]
    names = tuple(f"{low:.2f} to {high:.2f}" for low, high in pairwise(edges))
    described = Described(
        task.source,
        task.title,
        names,
        d_input=2,
        channel_names=("number", "mark"),
        defaults=DEFAULTS,
    )
    return assemble(described, in_memory(values, labels), roles(TRAIN, VALIDATION, TEST), seed=seed)


def _borders() -> list[float]:
    """What the sum of two uniform numbers is below with probability 1/8, 2/8 …: s²/2 up to s = 1."""
    shares = np.arange(1, RANGES) / RANGES
    lower = np.sqrt(2 * np.minimum(shares, 0.5))
    upper = 2 - np.sqrt(2 * (1 - shares))
    return [float(border) for border in np.where(shares <= 0.5, lower, upper)]

"""The copying task (Hochreiter and Schmidhuber, 1997; Arjovsky et al., 2016): repeat ten symbols much later.

3 1 7 7 0 5 2 6 4 1  · · · · (silence) · · · ·  go go go go go go go go go go
                                                 3  1  7  7  0  5  2  6  4  1
"""

from __future__ import annotations

import numpy as np

from hippo_studio.learning.data import IGNORED, DataSet
from hippo_studio.learning.datasets.assembling import Described, assemble
from hippo_studio.learning.datasets.collection import PER_MOMENT, in_memory
from hippo_studio.learning.datasets.tasks import Task
from hippo_studio.learning.datasets.tasks.making import roles

SYMBOLS = 8
SILENT, GO = SYMBOLS, SYMBOLS + 1
COPIED = 10
SILENCE = 40
TRAIN, VALIDATION, TEST = 4000, 400, 400
DEFAULTS = {
    "epochs": 40,
    "batch_size": 32,
    "lr": 4e-3,
    "weight_decay": 0.0,
    "d_model": 64,
    "n_layers": 2,
    "d_state": 64,
    "dropout": 0.0,
    "dt_min": 1e-2,
}


def make(task: Task, seed: int) -> DataSet:
    """Return the sequences; they do not depend on the seed."""
    count = TRAIN + VALIDATION + TEST
    symbols = np.random.default_rng(6).integers(SYMBOLS, size=(count, COPIED))
    values = np.full((count, COPIED + SILENCE + COPIED), SILENT, np.int64)
    values[:, :COPIED], values[:, -COPIED:] = symbols, GO
    targets = np.full(values.shape, IGNORED, np.int64)
    targets[:, -COPIED:] = symbols
    collection = in_memory(values, np.full(count, PER_MOMENT), targets=list(targets))
    described = Described(
        task.source, task.title, tuple("01234567"), vocabulary=SYMBOLS + 2, defaults=DEFAULTS
    )
    return assemble(described, collection, roles(TRAIN, VALIDATION, TEST), seed=seed)

"""The set-up that H3's two tasks share (arXiv 2212.14052): sequences of tokens, the last one the answer.

5000 to learn from, 500 for the report, and 500 more to validate by; none depends on the seed. In training
every next token is asked, also the random ones; in validation and test the answer alone.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hippo_studio.learning.data import IGNORED, DataSet
from hippo_studio.learning.datasets.assembling import Described, assemble
from hippo_studio.learning.datasets.collection import PER_MOMENT, in_memory
from hippo_studio.learning.datasets.splitting import Role
from hippo_studio.learning.datasets.tasks import Task
from hippo_studio.learning.datasets.tasks.making import Tokens, distinct, roles

TRAIN, VALIDATION, TEST = 5000, 500, 500
DEFAULTS = {
    "batch_size": 32,
    "lr": 5e-4,
    "weight_decay": 0.1,
    "d_model": 32,
    "n_layers": 2,
    "d_state": 64,
    "dropout": 0.0,
    "patience": 40,
}


def assembled(
    task: Task, seed: int, draw: Callable[[], Tokens], labels: tuple[str, ...], epochs: int
) -> DataSet:
    """Return the data set of sequences that `draw` gives; `labels` name the tokens of the vocabulary."""
    purposes = roles(TRAIN, VALIDATION, TEST)
    pairs = [
        _next_tokens(sequence, int(purpose))
        for sequence, purpose in zip(distinct(purposes.size, draw), purposes, strict=True)
    ]
    collection = in_memory(
        [values for values, _ in pairs],
        np.full(purposes.size, PER_MOMENT),
        targets=[targets for _, targets in pairs],
    )
    described = Described(
        task.source,
        task.title,
        labels,
        vocabulary=len(labels),
        score="last",
        defaults={"epochs": epochs, **DEFAULTS},
    )
    return assemble(described, collection, purposes, seed=seed)


def _next_tokens(sequence: Tokens, purpose: int) -> tuple[Tokens, Tokens]:
    """Return all tokens but the last, and what comes next at each; but for training, only the last counts."""
    values, targets = sequence[:-1], sequence[1:].copy()
    if purpose != Role.TRAIN:
        targets[:-1] = IGNORED
    return values, targets

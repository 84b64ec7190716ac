"""The induction head of H3 (arXiv 2212.14052): after the second arrow, repeat what followed the first.

    7 2 ⇒ 4 9 9 1 … 3 ⇒   →   4

30 tokens of which one, anywhere but in the last two places, is the arrow; then the arrow again, and the
answer. The vocabulary of 20 is 18 ordinary tokens, the arrow, and a stop that only the other task of the pair
could use. In training every next token is asked, also the random ones; in the test the answer alone.
"""

from __future__ import annotations

import numpy as np

from hippo_studio.learning.data import DataSet
from hippo_studio.learning.datasets.assembling import Described, assemble
from hippo_studio.learning.datasets.collection import PER_MOMENT, in_memory
from hippo_studio.learning.datasets.tasks import Task
from hippo_studio.learning.datasets.tasks.making import Tokens, distinct, next_tokens, roles

VOCABULARY = 20
ORDINARY = VOCABULARY - 2
ARROW = ORDINARY
LABELS = (*map(str, range(ORDINARY)), "⇒", ".")
LENGTH = 30
TRAIN, VALIDATION, TEST = 5000, 500, 500
DEFAULTS = {
    "epochs": 400,
    "batch_size": 32,
    "lr": 5e-4,
    "weight_decay": 0.1,
    "d_model": 32,
    "n_layers": 2,
    "d_state": 64,
    "dropout": 0.0,
    "patience": 40,
}


def make(task: Task, seed: int) -> DataSet:
    """Return the published set-up, with 500 examples more to validate by; none depends on the seed."""
    random = np.random.default_rng(2)
    purposes = roles(TRAIN, VALIDATION, TEST)
    sequences = distinct(purposes.size, lambda: _sequence(random))
    pairs = [next_tokens(sequence, int(role)) for sequence, role in zip(sequences, purposes, strict=True)]
    collection = in_memory(
        [values for values, _ in pairs],
        np.full(purposes.size, PER_MOMENT),
        targets=[targets for _, targets in pairs],
    )
    described = Described(
        task.source, task.title, LABELS, vocabulary=VOCABULARY, score="last", defaults=DEFAULTS
    )
    return assemble(described, collection, purposes, seed=seed)


def _sequence(random: np.random.Generator) -> Tokens:
    """The whole sequence (LENGTH + 2,), its answer last."""
    tokens = random.integers(ORDINARY, size=LENGTH)
    place = int(random.integers(LENGTH - 2))
    tokens[place] = ARROW
    return np.append(tokens, (ARROW, tokens[place + 1])).astype(np.int64)

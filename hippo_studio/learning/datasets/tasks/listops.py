"""ListOps (Nangia and Bowman, 2018): the value of nested lists of digits, here of up to 100 tokens.

[MAX 4 7 [MIN 8 2 ] [SUM 5 9 ] ]   →   7
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from hippo_studio.learning.data import DataSet
from hippo_studio.learning.datasets.assembling import Described, assemble
from hippo_studio.learning.datasets.collection import in_memory
from hippo_studio.learning.datasets.tasks import Task
from hippo_studio.learning.datasets.tasks.making import Tokens, distinct, roles

OPERATIONS: dict[str, Callable[[list[int]], int]] = {
    "[MIN": min,
    "[MAX": max,
    "[MED": lambda values: sorted(values)[len(values) // 2],
    "[SUM": lambda values: sum(values) % 10,
}
END = 10 + len(OPERATIONS)
VOCABULARY = END + 1
DEEPEST = 4
MOST_ARGUMENTS = 5
SHORTEST, LONGEST = 8, 100
TRAIN, VALIDATION, TEST = 8000, 1000, 1000
DEFAULTS = {
    "epochs": 40,
    "batch_size": 32,
    "lr": 2e-3,
    "weight_decay": 0.05,
    "d_model": 64,
    "n_layers": 4,
    "d_state": 32,
    "dropout": 0.1,
    "patience": 10,
}


def make(task: Task, seed: int) -> DataSet:
    """Return the lists; they do not depend on the seed."""
    random = np.random.default_rng(4)
    value_of: dict[bytes, int] = {}

    def draw() -> Tokens:
        while True:
            tokens, value = _list(random, 1)
            if SHORTEST <= len(tokens) <= LONGEST:
                sequence = np.array(tokens, np.int64)
                value_of[sequence.tobytes()] = value
                return sequence

    sequences = distinct(TRAIN + VALIDATION + TEST, draw)
    labels = np.array([value_of[sequence.tobytes()] for sequence in sequences])
    described = Described(
        task.source, task.title, tuple("0123456789"), vocabulary=VOCABULARY, defaults=DEFAULTS
    )
    return assemble(described, in_memory(sequences, labels), roles(TRAIN, VALIDATION, TEST), seed=seed)


def _list(random: np.random.Generator, depth: int) -> tuple[list[int], int]:
    """The tokens of one list, and its value."""
    operation = int(random.integers(len(OPERATIONS)))
    tokens, values = [10 + operation], []
    for _ in range(int(random.integers(2, MOST_ARGUMENTS + 1))):
        if depth < DEEPEST and random.random() < 0.3:
            inner, value = _list(random, depth + 1)
            tokens += inner
        else:
            value = int(random.integers(10))
            tokens.append(value)
        values.append(value)
    return [*tokens, END], list(OPERATIONS.values())[operation](values)

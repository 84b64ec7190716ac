"""Associative recall of H3 (arXiv 2212.14052): after pairs of a key and its value, name the value of a key.

    a 3 c 1 a 3 d 0 … c 1 ⇒ a   →   3

Ten pairs, 20 tokens; every sequence has a random value for each of its four keys. Then the arrow, a key that
did appear, and its value. The vocabulary of 10 is four keys, four values, the arrow, and a stop for keys that
did not appear, which this set-up leaves out. In training every next token is asked, in the test the answer
alone.
"""

from __future__ import annotations

import numpy as np

from hippo_studio.learning.data import DataSet
from hippo_studio.learning.datasets.tasks import Task
from hippo_studio.learning.datasets.tasks.h3_setup import assembled
from hippo_studio.learning.datasets.tasks.making import Tokens

VOCABULARY = 10
KEYS = VALUES = (VOCABULARY - 2) // 2
ARROW = KEYS + VALUES
LABELS = ("a", "b", "c", "d", "0", "1", "2", "3", "⇒", ".")
PAIRS = 10
EPOCHS = 200


def make(task: Task, seed: int) -> DataSet:
    """Return the published set-up."""
    random = np.random.default_rng(3)
    return assembled(task, seed, lambda: _sequence(random), LABELS, EPOCHS)


def _sequence(random: np.random.Generator) -> Tokens:
    """The whole sequence (2 · PAIRS + 3,), its answer last."""
    value_of = KEYS + random.integers(VALUES, size=KEYS)
    keys = random.integers(KEYS, size=PAIRS)
    asked = random.choice(np.unique(keys))
    pairs = np.stack((keys, value_of[keys]), axis=1).ravel()
    return np.append(pairs, (ARROW, asked, value_of[asked])).astype(np.int64)

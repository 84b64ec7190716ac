"""The induction head of H3 (arXiv 2212.14052): after the second arrow, repeat what followed the first.

    7 2 ⇒ 4 9 9 1 … 3 ⇒   →   4

30 tokens of which one, anywhere but in the last two places, is the arrow; then the arrow again, and the
answer. The vocabulary of 20 is 18 ordinary tokens, the arrow, and a stop that only the other task of the pair
could use. In training every next token is asked, also the random ones; in the test the answer alone.
"""

from __future__ import annotations

import numpy as np

from hippo_studio.learning.data import DataSet
from hippo_studio.learning.datasets.tasks import Task
from hippo_studio.learning.datasets.tasks.h3_setup import assembled
from hippo_studio.learning.datasets.tasks.making import Tokens

VOCABULARY = 20
ORDINARY = VOCABULARY - 2
ARROW = ORDINARY
LABELS = (*map(str, range(ORDINARY)), "⇒", ".")
LENGTH = 30
EPOCHS = 400


def make(task: Task, seed: int) -> DataSet:
    """Return the published set-up."""
    random = np.random.default_rng(2)
    return assembled(task, seed, lambda: _sequence(random), LABELS, EPOCHS)


def _sequence(random: np.random.Generator) -> Tokens:
    """The whole sequence (LENGTH + 2,), its answer last."""
    tokens = random.integers(ORDINARY, size=LENGTH)
    place = int(random.integers(LENGTH - 2))
    tokens[place] = ARROW
    return np.append(tokens, (ARROW, tokens[place + 1])).astype(np.int64)

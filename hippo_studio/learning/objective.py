"""What is learned and what is counted: cross entropy, and the share of right answers.

Sums, not means: what is added up over the parts of a batch, and over processes, is divided once at the end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from hippo_studio.learning.batch import Batch
from hippo_studio.learning.data import IGNORED, DataError, DataSet, Split


@dataclass(frozen=True, eq=False)
class Objective:
    """Cross entropy with smoothed labels and weighted classes; `class_weights` is (n_classes,) or None."""

    label_smoothing: float = 0.0
    class_weights: Tensor | None = None

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return the sum of the losses of all targets; `batch.weight` is what to divide it by."""
        loss = self._sum(logits, batch.target)
        if batch.other is None:
            return loss
        return batch.share * loss + (1 - batch.share) * self._sum(logits, batch.other)

    def _sum(self, logits: Tensor, target: Tensor) -> Tensor:
        return functional.cross_entropy(
            logits.flatten(0, -2).float(),
            target.flatten(),
            self.class_weights,
            ignore_index=IGNORED,
            reduction="sum",
            label_smoothing=self.label_smoothing,
        )


def scored(logits: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
    """Return the logits (…, n_classes) and targets (…) that count for the score, with `IGNORED` ones."""
    if batch.last is None:
        return logits, batch.target
    rows = torch.arange(len(batch.x), device=logits.device)
    return logits[rows, batch.last], batch.target[rows, batch.last]


def right_answers(logits: Tensor, batch: Batch) -> Tensor:
    """Return how many of the targets that count are answered right."""
    answers, targets = scored(logits, batch)
    return answers.argmax(-1).eq(targets).sum()


def questions(batch: Batch) -> int:
    """Return how many targets count."""
    return batch.asked if batch.last is None else len(batch.indices)


def inverse_frequencies(counts: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return a weight per class, 1 / its count, 1 on average over the examples; 0 for a class without any."""
    present = counts > 0
    weights = np.divide(1.0, counts, where=present, out=np.zeros(counts.shape))
    mean_one: NDArray[np.float64] = weights * counts.sum() / max(1, int(present.sum()))
    return mean_one.astype(np.float32)


def class_counts(split: Split, data: DataSet) -> NDArray[np.int64]:
    """Return how many targets each class has, (n_classes,); targets per moment are decoded for it."""
    classes = len(data.labels)
    if not data.per_moment:
        return np.bincount(split.labels, minlength=classes)
    counts = np.zeros(classes, np.int64)
    for index in range(len(split)):
        try:
            target = np.asarray(split[index].target)
        except (DataError, OSError):
            continue  # told when its batch comes
        counts += np.bincount(target[target != IGNORED], minlength=classes)
    return counts

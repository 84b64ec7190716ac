"""Scikit-learn's handwritten digits (1797 images of 8 × 8 pixels, UCI 1998), row by row as 64 moments."""

from __future__ import annotations

import numpy as np

from hippo_studio.learning.data import DataError, DataSet
from hippo_studio.learning.datasets.assembling import Described, assemble
from hippo_studio.learning.datasets.collection import in_memory
from hippo_studio.learning.datasets.tasks import Task
from hippo_studio.signals.extras import not_installed

DEFAULTS = {
    "epochs": 30,
    "batch_size": 32,
    "lr": 4e-3,
    "weight_decay": 0.05,
    "d_model": 64,
    "n_layers": 2,
    "d_state": 32,
    "dropout": 0.1,
}


def make(task: Task, seed: int) -> DataSet:
    """Return the digits; a fifth of them, always the same, is for the report."""
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise DataError(not_installed("The digits come with scikit-learn", "train")) from None
    pixels, labels = load_digits(return_X_y=True)
    collection = in_memory((pixels / 16).astype(np.float32)[:, :, np.newaxis], labels)
    described = Described(
        task.source, task.title, tuple("0123456789"), channel_names=("ink",), defaults=DEFAULTS
    )
    return assemble(described, collection, seed=seed, validation_share=0.1)

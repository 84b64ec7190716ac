"""A training that is over can go on: which one is over, and what it is given to do so. Without torch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hippo_studio.learning.events import StopReason
from hippo_studio.learning.runs import Run
from hippo_studio.learning.settings import TrainingSettings, split_keys


def is_over(run: Run) -> bool:
    """Whether a run would end at once if it went on: more epochs are to be given first."""
    return run.ending in (StopReason.COMPLETED, StopReason.CONVERGED)


def given_more(flat: Mapping[str, Any], epochs: int) -> dict[str, Any]:
    """Return the keys of a run with so many epochs in all, before which it does not end early either.

    ValueError, one sentence, for keys that cannot be.
    """
    settings = TrainingSettings(**split_keys({**flat, "epochs": epochs})[0])
    return {**flat, "epochs": settings.epochs, "min_epochs": max(settings.epochs, settings.min_epochs)}

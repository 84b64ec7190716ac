"""Where a training is: what a checkpoint must hold besides the model and the optimizer."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass
class Position:
    """Steps taken, sums of the epoch under way, and the best so far.

    Attributes
    ----------
    epoch, batch, step : epochs done, steps done in the next one, steps done in all.
    reported_step : the step at the last report.
    seconds : of training, pauses left out.
    loss_sum, right_sum, asked_sum, weight_sum : over the epoch under way.
    best_epoch, best_score, best_loss : of the best validation; epochs count from 1, 0: none yet.
    progress_epoch : the last epoch that was a reason to go on.
    part : examples that memory allows at once, 0 if it was never short.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    reported_step: int = 0
    seconds: float = 0.0
    loss_sum: float = 0.0
    right_sum: float = 0.0
    asked_sum: float = 0.0
    weight_sum: float = 0.0
    best_epoch: int = 0
    best_score: float = -1.0
    best_loss: float = 1e300
    progress_epoch: int = 0
    part: int = 0

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Position:
        """Return the position that a checkpoint holds."""
        known = {key.name for key in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})

    def forget_best(self) -> None:
        """Let the next validation be the best so far."""
        self.best_epoch, self.best_score, self.best_loss = 0, -1.0, 1e300

    @property
    def loss(self) -> float:
        """Mean over the epoch under way."""
        return self.loss_sum / self.weight_sum if self.weight_sum else math.nan

    @property
    def score(self) -> float:
        """Share of right answers over the epoch under way."""
        return self.right_sum / self.asked_sum if self.asked_sum else math.nan

    def add(self, loss: float, right: float, asked: float, weight: float) -> None:
        """Add up what some steps have found."""
        self.loss_sum += loss
        self.right_sum += right
        self.asked_sum += asked
        self.weight_sum += weight

    def next_epoch(self) -> None:
        """Begin another epoch."""
        self.epoch += 1
        self.batch = 0
        self.loss_sum = self.right_sum = self.asked_sum = self.weight_sum = 0.0

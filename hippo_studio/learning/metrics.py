"""How good a model is on a split: loss, score, confusion, and which examples it gets wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from hippo_studio.learning.data import IGNORED
from hippo_studio.learning.examples import Examples
from hippo_studio.learning.objective import Objective, questions, right_answers, scored
from hippo_studio.learning.processes import Team
from hippo_studio.ssm import SequenceModel

MOST_CLASSES = 1000
"""Up to which a confusion matrix is kept."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A model's answers on a split.

    Attributes
    ----------
    loss, score : means over the targets that count; NaN if there are none.
    targets : how many those are.
    confusion : (n_classes, n_classes) int64, rows are the truth; None for very many classes.
    indices, truth, predicted, confidence : per example, (n,): its index in the split, class, answer and the
        answer's probability. Empty where targets are per moment.
    """

    loss: float
    score: float
    targets: int
    confusion: NDArray[np.int64] | None
    indices: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    truth: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    predicted: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    confidence: NDArray[np.float32] = field(default_factory=lambda: np.empty(0, np.float32))

    def wrong(self) -> NDArray[np.int64]:
        """Return the places of the wrong answers in `indices`, the most confident first."""
        places = np.flatnonzero(self.truth != self.predicted)
        return places[np.argsort(-self.confidence[places], kind="stable")]


def evaluate(
    model: SequenceModel,
    examples: Examples,
    *,
    batch_size: int = 64,
    moments: float = np.inf,
    team: Team | None = None,
    before_batch: Callable[[], None] = lambda: None,
) -> Evaluation:
    """Ask the model for all examples of a split, each process of the team a part of them.

    `before_batch` is called before each batch, and may raise to end it. The model is left in the mode it was.
    """
    team = Team() if team is None else team
    classes = model.config.n_classes
    sums = torch.zeros(4, dtype=torch.float64)
    confusion = torch.zeros(classes**2 if classes <= MOST_CLASSES else 0, dtype=torch.int64)
    answers: list[tuple[NDArray[Any], ...]] = []
    objective, training = Objective(), model.training
    model.eval()
    try:
        with torch.no_grad():
            parts = list(examples.parts(examples.in_order(), batch_size, moments))
            for part in parts[team.rank :: team.size]:
                before_batch()
                batch = examples.gather(part)
                if batch is None or not batch.asked:
                    continue
                logits = model(batch.x, batch.lengths)
                loss, right = objective.loss(logits, batch), right_answers(logits, batch)
                sums += torch.tensor([float(loss), batch.asked, float(right), questions(batch)]).double()
                chosen, truth = scored(logits, batch)
                predicted = chosen.argmax(-1)
                if confusion.numel():
                    asked = truth != IGNORED
                    pairs = (truth * classes + predicted)[asked].cpu()
                    confusion += torch.bincount(pairs, minlength=classes**2)
                if truth.dim() == 1 and batch.last is None:
                    confidence = chosen.float().softmax(-1).amax(-1)
                    answers.append(
                        (batch.indices, *(part.cpu().numpy() for part in (truth, predicted, confidence)))
                    )
    finally:
        model.train(training)
    device = next(model.parameters()).device
    sums, confusion = team.sum(sums.to(device)).cpu(), team.sum(confusion.to(device)).cpu()
    loss_sum, asked_sum, right_sum, question_sum = sums.tolist()
    columns = [np.concatenate(column) for column in zip(*answers, strict=True)] if answers else []
    return Evaluation(
        loss_sum / asked_sum if asked_sum else np.nan,
        right_sum / question_sum if question_sum else np.nan,
        int(question_sum),
        confusion.view(classes, classes).numpy() if confusion.numel() else None,
        *columns,
    )

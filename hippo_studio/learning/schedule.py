"""How the learning rate rises and falls over a training, and when more of it is of no use."""

from __future__ import annotations

import math


def learning_rate(step: int, steps: int, warmup: float) -> float:
    """Return the share of the highest learning rate at `step` of `steps`: a rise, then half a cosine to 0."""
    rise = warmup * steps
    if step < rise:
        return (step + 1) / (math.ceil(rise) + 1)
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - rise) / max(1.0, steps - rise))))


def is_better(score: float, loss: float, best_score: float, best_loss: float) -> bool:
    """Whether a validation beats the best so far: by its score, at equal scores by its loss."""
    return (score, -loss) > (best_score, -best_loss)


def is_progress(score: float, loss: float, best_score: float, best_loss: float) -> bool:
    """Whether a validation is a reason to go on: as `is_better`, but what is perfect cannot progress."""
    return best_score < 1.0 and is_better(score, loss, best_score, best_loss)


def is_enough(done: int, progress: int, patience: int, least: int) -> bool:
    """Whether to end early after `done` epochs, if the last progress was made by epoch `progress` (from 1).

    Never before `least` epochs: the accuracy of some tasks (H3's induction head and recall) rests on a
    plateau for 30 to 40 epochs, then jumps.
    """
    return patience > 0 and done >= least and done - progress >= patience

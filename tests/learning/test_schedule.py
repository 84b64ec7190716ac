"""When the learning rate rises and falls, and when training ends early."""

from __future__ import annotations

import pytest

from hippo_studio.learning.schedule import is_better, is_enough, is_progress, learning_rate


def test_the_rate_rises_then_falls_to_nothing() -> None:
    rates = [learning_rate(step, 100, 0.1) for step in range(101)]
    assert rates[0] > 0
    assert rates[:10] == sorted(rates[:10])
    assert max(rates) == rates[10] == 1.0
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[100] == pytest.approx(0.0)


@pytest.mark.parametrize("warmup", [0.0, 0.05, 1.0])
def test_any_warm_up_stays_in_range(warmup: float) -> None:
    assert all(0 <= learning_rate(step, steps, warmup) <= 1 for steps in (1, 2, 7) for step in range(steps))


def early_end(scores: list[float], patience: int, least: int) -> int | None:
    """After how many epochs these validations end a training."""
    best, progress = (-1.0, 1e300), 0
    for done, score in enumerate(scores, 1):
        if is_progress(score, 1.0, *best):
            progress = done
        if is_better(score, 1.0, *best):
            best = (score, 1.0)
        if is_enough(done, progress, patience, least):
            return done
    return None


def test_a_plateau_of_forty_epochs_is_survived() -> None:
    scores = [0.1] * 40 + [0.5, 0.9, 0.97, 0.98] + [0.98] * 30
    assert early_end(scores, 10, 50) == 54
    assert early_end(scores, 10, 0) == 11, "without it the jump would have been missed"


def test_patience_of_zero_never_ends() -> None:
    assert early_end([0.5] * 200, 0, 0) is None


def test_what_is_perfect_cannot_progress() -> None:
    assert early_end([0.5, 1.0] + [1.0] * 20, 5, 0) == 7
    assert is_better(1.0, 0.1, 1.0, 0.2), "yet a lower loss makes the better model"
    assert not is_progress(1.0, 0.1, 1.0, 0.2)

"""What a step gives the model: here, batches at half their sampling rate."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from hippo_studio.learning.configuration import model_for
from hippo_studio.learning.learner import Learner
from hippo_studio.learning.processes import Team
from tests.learning.tasks import signals
from tests.learning.training import settings


def heard(model: str, **keys: Any) -> tuple[int, float]:
    """The moments that a step gives a model, and the rate at which its layer runs then."""
    data = signals(length=64)
    shape = model_for(data, {"model": model, "d_model": 8, "n_layers": 1, "d_state": 4})
    learner = Learner(settings(**keys), shape, data, torch.device("cpu"), Team(), lambda sentence: None)
    seen: list[tuple[int, float]] = []
    mixer = learner.model.blocks[0].mixer  # type: ignore[union-attr]
    mixer.register_forward_pre_hook(  # type: ignore[union-attr, operator]
        lambda layer, given: seen.append((given[0].shape[1], getattr(layer, "rate", 1.0)))
    )
    learner.step(learner.groups(0)[0], 0, stopped=False)
    assert all(parameter.isfinite().all() for parameter in learner.model.parameters())
    assert getattr(mixer, "rate", 1.0) == 1.0, "only for the step"
    (only,) = seen
    return only


def test_a_batch_at_half_its_rate_meets_doubled_timescales() -> None:
    assert heard("s4d", coarse=1.0) == (32, 2.0)
    assert heard("s4d") == (64, 1.0)


def test_a_model_without_timescales_hears_the_whole_rate_alone() -> None:
    assert heard("lstm", coarse=1.0) == (64, 1.0)


@pytest.mark.parametrize(
    ("model", "coarse", "told"),
    [("lstm", 0.5, True), ("lstm", 0.6, False), ("lstm", 0.0, False), ("s4d", 0.5, False)],
)
def test_a_wish_for_half_the_rate_that_cannot_be_is_told(model: str, coarse: float, told: bool) -> None:
    data = replace(signals(), defaults={"coarse": 0.6})  # what a recipe gives to every model is no wish
    said: list[str] = []
    shape = model_for(data, {"model": model, "d_model": 8, "n_layers": 1, "d_state": 4})
    learner = Learner(settings(coarse=coarse), shape, data, torch.device("cpu"), Team(), said.append)
    assert learner.settings.coarse == (coarse if model == "s4d" else 0.0)
    assert ["coarse is 0.5, and lstm has no timescale" in sentence for sentence in said] == [True] * told

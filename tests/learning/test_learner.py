"""What a step gives the model: here, batches at half their sampling rate."""

from __future__ import annotations

from typing import Any

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

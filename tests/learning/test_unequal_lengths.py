"""Series of very unequal lengths: what is computed at once is bounded, and a wish to stop does not wait."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from hippo_studio.learning import devices
from hippo_studio.learning.control import Control
from hippo_studio.learning.data import DataSet
from hippo_studio.learning.datasets.collection import Part, in_memory
from hippo_studio.learning.datasets.defaults import LONGEST, defaults_for_size
from hippo_studio.learning.events import BatchEnded, Event, Noticed, Saved, StopReason
from hippo_studio.learning.examples import Examples
from hippo_studio.ssm import ModelConfig
from tests.learning.tasks import signals
from tests.learning.training import of, train


def unequal(lengths: list[int]) -> DataSet:
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal((length, 1)).astype(np.float32) for length in lengths]
    part = Part(in_memory(arrays, np.arange(len(lengths)) % 2), np.arange(len(lengths)))
    return replace(signals(), train=part, validation=part, test=part)


def test_a_processor_computes_a_bounded_number_of_moments_at_once() -> None:
    assert devices.most_moments(torch.device("cpu"), ModelConfig()) <= devices.MOST_AT_ONCE


def test_a_stop_within_a_step_ends_it_before_its_next_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hippo_studio.learning.learner.most_moments", lambda device, config: 40.0)
    parts = []
    gather = Examples.gather

    def gathered(self: Examples, indices: np.ndarray) -> object:
        parts.append(indices)
        return gather(self, indices)

    controls: list[Control] = []

    def forward(*_: object) -> None:
        if controls:
            controls[0].stop()

    def begin(event: Event, control: Control) -> None:
        if isinstance(event, Saved):
            controls.append(control)

    monkeypatch.setattr(Examples, "gather", gathered)
    handle = torch.nn.modules.module.register_module_forward_hook(forward)
    try:
        finished, events, _ = train(tmp_path / "run", unequal([40] * 8), on=begin)
    finally:
        handle.remove()
    assert finished.reason is StopReason.STOPPED
    assert finished.report["steps"] == 0, "the step was not taken"
    assert not of(BatchEnded, events)
    again, _, _ = train(tmp_path / "run", unequal([40] * 8))
    assert again.reason is StopReason.COMPLETED


def test_what_is_longer_than_asked_is_cut_and_told(tmp_path: Path) -> None:
    data = unequal([1, 7, 30, 500])
    _, events, _ = train(tmp_path / "run", data, longest=20, epochs=1)
    told = [event.sentence for event in of(Noticed, events)]
    assert any("2 of 4 examples are longer than 20 moments" in sentence for sentence in told), told
    examples = Examples(data.train, data, torch.device("cpu"), longest=20)
    batch = examples.gather(np.arange(4))
    assert batch is not None
    assert batch.x.shape == (4, 20, 1)
    np.testing.assert_array_equal(batch.x[3].numpy(), data.train[3].values[:20])


def test_only_what_is_far_longer_than_the_others_is_cut_by_default() -> None:
    assert defaults_for_size(20, np.array([1, 1000, 1000, 1_000_000]))["longest"] == LONGEST
    assert "longest" not in defaults_for_size(20, np.full(20, 1_000_000))
    assert "longest" not in defaults_for_size(20, np.array([1, 1000, 60_000]))


def test_examples_that_take_minutes_each_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hippo_studio.learning.learner.MOST_AT_ONCE", 100)
    _, events, _ = train(tmp_path / "run", unequal([120] * 4), epochs=1)
    assert "up to 120 moments long" in of(Noticed, events)[0].sentence

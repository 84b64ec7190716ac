"""What is said of a signal that is unlike what a model learned from."""

from __future__ import annotations

import numpy as np
import pytest

from hippo_studio.learning.likeness import differences, while_followed
from hippo_studio.ssm import SequenceModel, build_model

WAVE = np.sin(np.arange(1000.0))[np.newaxis]


@pytest.fixture
def model() -> SequenceModel:
    model = build_model({"model": "s4d", "d_model": 2, "n_layers": 1, "d_state": 4}, seed=0)
    model.details = {"sample_rate": 100.0, "length": 100, "lengths": [50, 200], "scale": [1.0]}
    return model


@pytest.mark.parametrize(("samples", "rate"), [(50, 100.0), (200, 100.0), (400, 200.0), (100, 100.3)])
def test_nothing_is_said_of_what_is_like_it(model: SequenceModel, samples: int, rate: float) -> None:
    found = differences(model, "it", WAVE[:, :samples], rate)
    assert [one for one in found if "sampled" not in one] == []
    assert len(found) == (rate == 200.0)


def test_a_length_is_told_in_seconds_of_the_models_clock(model: SequenceModel) -> None:
    (said,) = differences(model, "it", WAVE, 100.0)
    assert said.startswith("it is 10 s long, and the model learned from 0.5 to 2 s;")


def test_a_length_is_told_in_samples_where_time_has_no_unit(model: SequenceModel) -> None:
    model.details = {"length": 100}
    (said,) = differences(model, "it", WAVE, 44100.0)
    assert said.startswith("it is 1000 samples long, and the model learned from 100 samples;")


def test_what_hardly_varies_is_silent(model: SequenceModel) -> None:
    (said,) = differences(model, "it", 1e-5 * WAVE[:, :100], 100.0)
    assert "varies far less" in said


def test_a_model_without_a_timescale_has_nothing_to_scale() -> None:
    model = build_model({"model": "lstm", "d_model": 2, "n_layers": 1}, seed=0)
    model.details = {"sample_rate": 100.0, "length": 100}
    (said,) = differences(model, "it", WAVE[:, :100], 200.0)
    assert "no Δ to scale" in said


def test_what_a_model_without_a_rate_takes_for_its_examples_is_said(model: SequenceModel) -> None:
    assert while_followed(model, 100.0) == while_followed(model, 44100.0) == []
    (said,) = while_followed(model, 50.0)
    assert "lacks what is above 25 Hz" in said
    model.details = {"lengths": [64, 64]}
    (said,) = while_followed(model, 16000.0)
    assert "learned from samples without a rate" in said
    assert "examples of 64 of them would be 0.004 s" in said

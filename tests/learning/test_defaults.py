"""Defaults for data of which only the size is known."""

import numpy as np
import pytest

from hippo_studio.learning.datasets.defaults import (
    FEWEST_STEPS,
    STEPS,
    defaults_for_size,
    defaults_for_words,
    model_defaults_for_length,
)
from hippo_studio.learning.settings import TrainingSettings, split_keys
from hippo_studio.ssm.config import ModelConfig


def for_size(examples, length):
    return defaults_for_size(examples, np.full(examples, length))


@pytest.mark.parametrize("examples", [1, 2, 20, 67, 300, 3600, 100_000])
@pytest.mark.parametrize("length", [1, 24, 500, 16_000, 1_000_000])
def test_any_size_has_settings_that_are_accepted(examples, length):
    for recipe in (defaults_for_size, defaults_for_words):
        training, model = split_keys(recipe(examples, np.full(examples, length)))
        TrainingSettings(**training)
        ModelConfig.from_dict({"model": "s4d", **model})
    for name, keys in model_defaults_for_length(np.full(examples, length), 4e-3).items():
        training, rest = split_keys(keys)
        TrainingSettings(**training)
        ModelConfig.from_dict({"model": name, **rest})


@pytest.mark.parametrize("examples", [100, 300, 1000, 3600])
def test_sets_of_all_sizes_take_about_as_many_steps(examples):
    keys = for_size(examples, 150)
    steps = keys["epochs"] * np.ceil(examples / keys["batch_size"])
    assert 0.7 * FEWEST_STEPS <= steps <= 1.3 * STEPS


def test_a_small_set_gets_a_smaller_batch_and_more_dropout():
    small, large = for_size(60, 150), for_size(5000, 150)
    assert small["batch_size"] < large["batch_size"]
    assert small["dropout"] > large["dropout"]
    assert small["weight_decay"] > large["weight_decay"]
    assert small["epochs"] > large["epochs"]


def test_the_slowest_state_remembers_the_sequence():
    assert for_size(100, 10)["dt_min"] == 1e-2
    assert for_size(100, 2000)["dt_min"] == 1 / 2000
    assert model_defaults_for_length(np.array([30, 784]), 4e-3)["lmu"]["theta"] == 784


def test_before_any_length_is_known_there_are_defaults_too():
    keys = defaults_for_size(100, np.empty(0, np.int64))
    assert keys["dt_min"] == 1e-2


def test_words_of_speakers_are_learned_from_at_other_speeds_and_short_windows_are_not():
    assert defaults_for_words(4000, np.full(4000, 8000))["speed"] > 0
    assert defaults_for_words(4000, np.full(4000, 500)) == for_size(4000, 500)
    assert defaults_for_words(4000, np.empty(0, np.int64)) == defaults_for_size(4000, np.empty(0, np.int64))

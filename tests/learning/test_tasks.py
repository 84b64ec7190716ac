"""The built-in data: what each asks, that no example serves twice, and that all is as published."""

import statistics
from itertools import combinations

import numpy as np
import pytest

from hippo_studio.learning.data import IGNORED, DataError
from hippo_studio.learning.datasets import TASKS, open_data
from hippo_studio.learning.datasets.tasks import listops
from hippo_studio.learning.settings import split_keys


@pytest.fixture(scope="module")
def opened():
    """Each task, made once."""
    return {name: open_data(f"task:{name}") for name in TASKS}


def examples(split):
    return [split[index] for index in range(len(split))]


@pytest.mark.parametrize("name", TASKS)
def test_examples_are_what_the_set_says(opened, name):
    data = opened[name]
    for split in (data.train, data.validation, data.test):
        assert len(split) > 0
        for index in (0, len(split) - 1):
            example = split[index]
            assert len(example.values) == split.lengths[index]
            if data.vocabulary is None:
                assert example.values.dtype == np.float32
                assert example.values.shape[1] == data.d_input
                assert np.isfinite(example.values).all()
            else:
                assert example.values.dtype == np.int64
                assert example.values.min() >= 0
                assert example.values.max() < data.vocabulary
            if data.per_moment:
                asked = example.target[example.target != IGNORED]
                assert len(example.target) == len(example.values)
                assert asked.min() >= 0
                assert asked.max() < len(data.labels)
            else:
                assert example.target == split.labels[index]
    assert data.source == f"task:{name}"
    assert open_data(data.source).train[0].values.tobytes() == data.train[0].values.tobytes()


@pytest.mark.parametrize("name", TASKS)
def test_no_example_serves_two_purposes(opened, name):
    data = opened[name]
    seen = [
        {example.values.tobytes() for example in examples(split)}
        for split in (data.train, data.validation, data.test)
    ]
    assert [len(a & b) for a, b in combinations(seen, 2)] == [0, 0, 0]


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("model", ["s4d", "h3", "transformer", "lmu"])
def test_defaults_are_keys_that_settings_and_models_take(opened, name, model):
    from hippo_studio.learning.settings import TrainingSettings
    from hippo_studio.ssm.config import ModelConfig

    data = opened[name]
    training, rest = split_keys(data.defaults_for(model))
    TrainingSettings(**training)
    ModelConfig.from_dict({"model": model, **rest, **data.shape_keys()})


@pytest.mark.parametrize("name", ["digits", "waveforms", "adding"])
def test_values_are_standardised_by_the_training_part(opened, name):
    data = opened[name]
    values = np.concatenate([example.values for example in examples(data.train)])
    np.testing.assert_allclose(values.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(values.std(axis=0), 1, atol=1e-3)
    assert len(data.offset) == len(data.scale) == data.d_input


def test_the_seed_chooses_the_validation_part_and_never_the_test(opened):
    other = open_data("task:digits", seed=1)
    assert [e.name for e in examples(other.test)] == [e.name for e in examples(opened["digits"].test)]
    assert [e.name for e in examples(other.train)] != [e.name for e in examples(opened["digits"].train)]


def test_the_induction_head_is_the_published_one(opened):
    data = opened["induction-head"]
    assert (len(data.train), len(data.test), data.vocabulary, data.score) == (5000, 500, 20, "last")
    settings = data.defaults_for("h3")
    assert [settings[key] for key in ("lr", "weight_decay", "batch_size", "d_model", "epochs")] == [
        5e-4,
        0.1,
        32,
        32,
        400,
    ]
    arrow = data.labels.index("⇒")
    for example in examples(data.test)[:100]:
        assert len(example.values) == 31
        first, last = np.flatnonzero(example.values == arrow)
        assert last == 30
        assert example.target[-1] == example.values[first + 1]
        assert (example.target[:-1] == IGNORED).all()
    example = data.train[0]
    np.testing.assert_array_equal(example.target[:-1], example.values[1:])


def test_associative_recall_is_the_published_one(opened):
    data = opened["associative-recall"]
    assert (len(data.train), len(data.test), data.vocabulary, data.score) == (5000, 500, 10, "last")
    assert data.defaults_for("h3")["epochs"] == 200
    for example in examples(data.test)[:100]:
        *pairs, arrow, asked = example.values.tolist()
        assert len(pairs) == 20
        assert data.labels[arrow] == "⇒"
        value_of = dict(zip(pairs[::2], pairs[1::2], strict=True))
        assert all(value_of[key] == value for key, value in zip(pairs[::2], pairs[1::2], strict=True))
        assert example.target[-1] == value_of[asked]
    np.testing.assert_array_equal(data.train[0].target[:-1], data.train[0].values[1:])


def test_lists_have_the_value_that_is_said(opened):
    data = opened["listops"]

    def value(tokens):
        token = tokens.pop(0)
        if token < 10:
            return token
        values = []
        while tokens[0] != listops.END:
            values.append(value(tokens))
        tokens.pop(0)
        name = list(listops.OPERATIONS)[token - 10]
        apply = {"[MIN": min, "[MAX": max, "[MED": statistics.median_high, "[SUM": lambda v: sum(v) % 10}
        return apply[name](values)

    for example in examples(data.test)[:200]:
        assert value(example.values.tolist()) == example.target


def test_sums_lie_in_the_range_that_is_said_and_ranges_are_equally_likely(opened):
    data = opened["adding"]
    for example in examples(data.test)[:100]:
        numbers = example.values * data.scale + data.offset
        total = float(numbers[numbers[:, 1] > 0.5, 0].sum())
        low, high = map(float, data.labels[example.target].split(" to "))
        assert low - 0.006 <= total <= high + 0.006
    shares = np.bincount(data.train.labels) / len(data.train)
    np.testing.assert_allclose(shares, 1 / 8, atol=0.02)


def test_copying_and_delay_ask_for_what_was_there_before(opened):
    example = opened["copying"].train[3]
    np.testing.assert_array_equal(example.target[-10:], example.values[:10])
    assert (example.target[:-10] == IGNORED).all()
    example = opened["delay"].train[3]
    levels = np.round((example.values[:, 0] + 1) * 1.5).astype(int)
    np.testing.assert_array_equal(example.target[32:], levels[:-32])


def test_an_unknown_task_is_told_with_those_there_are():
    with pytest.raises(DataError, match=r"no built-in task 'digit'; there are digits, .*delay\."):
        open_data("task:digit")


def test_a_task_takes_no_other_test_part():
    with pytest.raises(DataError, match="brings its own test part"):
        open_data("task:delay", test="elsewhere")

"""A model on data that are not its own: other rates, labels, scales."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from hippo_studio.learning import use
from hippo_studio.learning.adapting import AdaptedSplit, resample
from hippo_studio.learning.data import DataError, DataSet
from hippo_studio.learning.use import evaluate_on, probabilities
from hippo_studio.ssm import build_model
from tests.learning.tasks import ArraySplit, signals, tokens


def model(data: DataSet, **keys: Any) -> Any:
    built = build_model({"model": "s4d", "d_model": 8, "n_layers": 1, **data.shape_keys(), **keys}, seed=0)
    built.details = data.details()
    return built.eval()


def test_resampling_keeps_what_the_lower_rate_can_hold_and_nothing_above() -> None:
    times = np.arange(400)
    slow = np.sin(2 * np.pi * 0.05 * times)[:, None]
    fast = np.sin(2 * np.pi * 0.4 * times)[:, None]
    half = resample((slow + fast).astype(np.float32), 0.5)
    assert half.shape == (200, 1)
    np.testing.assert_allclose(half[20:180], slow[40:360:2], atol=0.02)


@pytest.mark.parametrize("length", [1, 2, 3, 7, 101])
@pytest.mark.parametrize("factor", [0.5, 0.3, 2.0])
def test_resampled_lengths_are_as_announced(length: int, factor: float) -> None:
    data = signals()
    short = ArraySplit([np.ones((length, 1), np.float32)], [0])
    split = AdaptedSplit([short], data, data.details(), factor)
    assert split[0].values.shape == (split.lengths[0], 1)


def test_half_the_rate_with_scaled_timescales_gives_nearly_the_same_logits() -> None:
    values = [np.sin(np.arange(200) * 0.1 + phase)[:, None].astype(np.float32) for phase in range(4)]
    data = replace(signals(), test=ArraySplit(values, [0, 1, 0, 1]))
    whole = evaluate_on(model(data), data, [data.test])
    half = evaluate_on(model(data), data, [data.test], factor=0.5)
    assert half.loss == pytest.approx(whole.loss, rel=0.02)
    unscaled = evaluate_on(model(data), replace(data, sample_rate=None), [data.test])
    assert unscaled.loss == pytest.approx(whole.loss)


def test_values_are_brought_to_the_scale_the_model_learned_at() -> None:
    own = replace(signals(), offset=(2.0,), scale=(4.0,))
    details = own.details()
    other = replace(own, offset=(1.0,), scale=(2.0,))
    measured = 2.0 * own.test[0].values + 1.0
    adapted = AdaptedSplit([own.test], other, details)[0].values
    np.testing.assert_allclose(adapted, (measured - 2.0) / 4.0, rtol=1e-5)


def test_classes_are_matched_by_name() -> None:
    data = signals()
    turned = replace(data, labels=("slow", "fast"))
    split = AdaptedSplit([data.train, data.test], turned, data.details())
    assert [split[i].target for i in (0, 1, 24)] == [1, 0, 1]
    assert split.labels[:2].tolist() == [1, 0]
    with pytest.raises(DataError, match="class 'other' that the model does not know"):
        AdaptedSplit([data.test], replace(data, labels=("slow", "other")), data.details())


def test_probabilities_find_channels_by_name_and_follow_the_rate() -> None:
    data = signals(channels=2)
    classifier = model(data)
    samples = np.stack([np.sin(np.arange(60) * 0.3), np.cos(np.arange(60) * 0.3)])
    straight = probabilities(classifier, samples, 100.0, ("c0", "c1"))
    turned = probabilities(classifier, samples[::-1], 100.0, ("c1", "c0"))
    np.testing.assert_array_equal(straight, turned)
    assert straight.sum() == pytest.approx(1.0)
    with torch.no_grad():
        assert not np.array_equal(straight, probabilities(classifier, samples, 50.0, ("c0", "c1")))
    with pytest.raises(DataError, match="has 1 channels, and the model takes 2: c0, c1"):
        probabilities(classifier, samples[:1], 100.0, ("mono",))


def test_tokens_cannot_be_resampled() -> None:
    data = tokens()
    with pytest.raises(DataError, match="cannot be resampled"):
        AdaptedSplit([data.test], data, data.details(), 0.5)


@pytest.mark.parametrize("pool", ["mean", "last", "max"])
def test_a_long_signal_passes_in_blocks_to_the_same_answer(
    pool: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = signals()
    built = model(data, pool=pool)
    samples = np.random.default_rng(0).standard_normal((1, 200)).astype(np.float32)
    whole = probabilities(built, samples, 100.0)
    monkeypatch.setattr(use, "MOST_AT_ONCE", 60)
    longest = []
    chunk = built.chunk
    monkeypatch.setattr(built, "chunk", lambda x, state: longest.append(x.shape[1]) or chunk(x, state))
    np.testing.assert_allclose(probabilities(built, samples, 100.0), whole, atol=1e-5)
    assert longest == [60, 60, 60, 20]


@pytest.mark.parametrize(("told", "lengths"), [(20, [20] * 10), (None, [50] * 4)])
@pytest.mark.parametrize("pool", ["mean", "last"])
@pytest.mark.parametrize("keys", [{"causal": False}, {"model": "transformer", "n_heads": 2}])
def test_a_long_signal_is_shown_by_windows_to_a_model_that_must_see_the_end(
    keys: dict[str, Any],
    pool: str,
    told: int | None,
    lengths: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built = model(signals(), pool=pool, **keys)
    if told:
        built.details["length"] = told
    monkeypatch.setattr(use, "MOST_AT_ONCE", 60)
    monkeypatch.setattr(use, "MOST_TO_ATTEND", 60)
    samples = np.random.default_rng(0).standard_normal((1, 200)).astype(np.float32)
    windows = torch.from_numpy(samples.reshape(-1, lengths[0], 1))
    with torch.no_grad():
        logits = built(windows)
    wanted = (logits.mean(0) if pool == "mean" else logits[-1]).softmax(-1)
    seen: list[int] = []
    built.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0].shape[1]))
    np.testing.assert_allclose(probabilities(built, samples, 100.0), wanted, atol=1e-6)
    assert seen == (lengths if pool == "mean" else lengths[:1])
    built(torch.zeros(1, 60, 1))
    assert seen[-1] == 60


def test_examples_are_shown_as_many_at_once_as_memory_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    data = signals()
    built = model(data)
    seen = []
    forward = type(built).forward
    monkeypatch.setattr(use, "most_moments", lambda device, config: 40.0)
    monkeypatch.setattr(
        type(built), "forward", lambda self, x, lengths=None: seen.append(len(x)) or forward(self, x, lengths)
    )
    evaluate_on(built, data, [data.test])
    assert max(seen) == 2, "examples of 16 moments"

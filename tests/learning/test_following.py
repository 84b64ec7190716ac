"""A model that follows a signal says at each moment what it would say of all it has heard so far."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from hippo_studio.learning import following
from hippo_studio.learning.data import DataError
from hippo_studio.learning.following import Follower, open_follower
from hippo_studio.ssm import SequenceModel, build_model, save_model


def model(**changes: object) -> SequenceModel:
    built = build_model({"model": "s4d", "d_model": 4, "n_layers": 1, "d_state": 4, **changes}, seed=3)
    built.details = {"labels": ["low", "high"], "sample_rate": 100.0}
    return built


def noise(length: int, channels: int = 1) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(length, channels)).astype(np.float32)


@pytest.mark.parametrize("blocks", [(50,), (1, 30, 19)])
def test_the_last_word_is_that_on_the_whole(blocks: tuple[int, ...]) -> None:
    built, values = model(), noise(50)
    follower, start = Follower(built), 0
    for length in blocks:
        found = follower.push(values[start : start + length])
        start += length
    with torch.no_grad():
        whole = built(torch.from_numpy(values)[None]).softmax(-1)[0].numpy()
    np.testing.assert_allclose(found[-1], whole, atol=1e-5)
    np.testing.assert_allclose(found.sum(1), 1.0, atol=1e-5)


def test_it_forgets_what_lies_further_back_than_its_examples_were_long() -> None:
    built = model()
    built.details["length"] = 20
    quiet, loud = np.zeros((4000, 1), np.float32), noise(60)
    late = Follower(built)
    late.push(quiet)
    fresh = Follower(model())
    fresh.push(quiet)
    settled = fresh.push(quiet[:1])[-1]
    assert np.abs(late.push(loud)[-1] - settled).max() > 3 * np.abs(fresh.push(loud)[-1] - settled).max()


@pytest.mark.parametrize(
    "keys", [{"model": "transformer", "causal": True}, {"model": "h3", "attention_layers": [0]}]
)
@pytest.mark.parametrize("told", [True, False])
def test_attention_looks_back_as_far_as_its_examples_were_long(
    keys: dict, told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "MOST_BACK", 20)
    built, values = model(**keys, n_heads=2), noise(90)
    if told:
        built.details["length"] = 20
    follower = Follower(built)
    for block in np.split(values, 9):
        follower.push(block)
        (keys_so_far, _), *_ = follower._state[0]
        assert keys_so_far.shape[2] <= 20
    assert keys_so_far.shape[2] == 20


def test_half_the_rate_is_half_the_samples_and_twice_the_step() -> None:
    built = model()
    follower = Follower(built, 0.5)
    assert follower.sample_rate == 50.0
    prepared = follower.prepared(noise(1000).T, 200.0)
    assert prepared.shape == (250, 1)
    follower.push(prepared)
    assert next(iter(built.state_spaces().values())).rate == 1.0


def test_a_signal_is_scaled_as_the_examples_were() -> None:
    built = model(d_input=2)
    built.details |= {"offset": [1.0, 2.0], "scale": [2.0, 4.0], "channel_names": ["x", "y"]}
    samples = np.array([[9.0, 9.0], [2.0, 6.0], [3.0, 5.0]])
    prepared = Follower(built).prepared(samples, 100.0, ("z", "y", "x"))
    np.testing.assert_allclose(prepared, [[1.0, 0.0], [2.0, 1.0]])


@pytest.mark.parametrize(
    ("changes", "sentence"), [({"vocabulary": 5}, "reads tokens"), ({"causal": False}, "see the end")]
)
def test_a_model_that_cannot_follow_says_why(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(DataError, match=sentence):
        Follower(model(**changes))


def test_a_run_folder_is_opened(tmp_path: Path) -> None:
    save_model(model(), tmp_path / "model.safetensors")
    assert open_follower(tmp_path, threads=1).labels == ("low", "high")


@pytest.mark.parametrize(("rate", "length"), [(100.0, 1000), (100.4, 1000), (250.0, 400)])
def test_what_is_live_is_prepared_in_blocks_as_it_would_be_whole(rate: float, length: int) -> None:
    built = model(d_input=2)
    built.details |= {"channel_names": ["x", "y"], "offset": [1.0, 0.0], "scale": [2.0, 1.0]}
    follower = Follower(built)
    t = np.arange(1000) / rate
    samples = np.stack([np.cos(9 * t), np.sin(5 * t), np.sin(7 * t)])
    hearing, found = follower.hearing(rate, ("y", "z", "x")), []
    for start in range(0, 1000, 70):
        found.append(hearing.prepared(samples[:, start : start + 70]))
    values = np.concatenate(found)
    moments = np.arange(len(values)) / hearing.rate
    assert length - 40 < len(values) <= length
    expected = np.stack([(np.sin(7 * moments) - 1) / 2, np.cos(9 * moments)], axis=1)
    inside = slice(20, None)
    np.testing.assert_allclose(values[inside], expected[inside], atol=0.02)


def test_a_model_of_one_channel_hears_the_one_that_is_shown() -> None:
    samples = noise(50, 3).T
    hearing = Follower(model()).hearing(100.0, ("a", "b", "c"), heard=1)
    np.testing.assert_allclose(hearing.prepared(samples)[:, 0], samples[1])
    with pytest.raises(DataError, match="takes 2"):
        Follower(model(d_input=2)).hearing(100.0, ("a", "b", "c")).prepared(samples)

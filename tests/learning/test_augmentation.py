"""Series made anew: the shape stays, the seed decides, padding and targets go along."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from hippo_studio.learning.augmentation import augment, check_augmentation
from hippo_studio.learning.background import SNR_DB, Background, gain
from hippo_studio.learning.batch import Batch
from hippo_studio.learning.data import IGNORED
from hippo_studio.learning.settings import TrainingSettings
from tests.learning.tasks import tokens

KEYS = ("crop", "shift", "scale", "noise", "mixup")


def ramp(count: int = 4, length: int = 20, lengths: list[int] | None = None) -> Batch:
    """Each moment holds its own number, from 1; padding holds 0."""
    x = torch.arange(1.0, length + 1).repeat(count, 1)[..., None]
    ends = None if lengths is None else torch.tensor(lengths)
    if ends is not None:
        x = x * (torch.arange(length) < ends[:, None])[..., None]
    return Batch(np.arange(count), x, ends, torch.arange(count), float(count), count)


def augmented(batch: Batch, seed: int = 0, **keys: float) -> Batch:
    return augment(batch, TrainingSettings(**keys), np.random.default_rng(seed))  # type: ignore[arg-type]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("lengths", [None, [20, 1, 7, 2]])
def test_the_shape_stays_and_the_seed_decides(key: str, lengths: list[int] | None) -> None:
    batch = ramp(lengths=lengths)
    first, again, other = (augmented(batch, seed, **{key: 0.5}) for seed in (1, 1, 2))
    assert first.x.shape == batch.x.shape
    assert torch.equal(first.x, again.x)
    assert not torch.equal(first.x, batch.x)
    assert not torch.equal(first.x, other.x)
    assert bool(first.x.isfinite().all())


def test_background_is_a_piece_of_it_as_far_below_as_is_drawn() -> None:
    rng = np.random.default_rng(0)
    hum = np.sin(np.arange(50.0))[:, None].astype(np.float32)
    noise = Background([hum, 3 * hum])
    batch = ramp(200, lengths=[20] * 100 + [5] * 100)
    keys = TrainingSettings(background=0.5)
    found = augment(batch, keys, np.random.default_rng(1), noise)
    assert torch.equal(found.x, augment(batch, keys, np.random.default_rng(1), noise).x)
    added = (found.x - batch.x)[..., 0].numpy()
    assert not added[100:, 5:].any(), "padding is silent"
    heard = added.any(axis=1)
    assert 60 < heard.sum() < 140
    loud = np.sqrt((batch.x[:100, :, 0].numpy() ** 2).mean(1))[heard[:100]]
    soft = np.sqrt((added[:100] ** 2).mean(1))[heard[:100]]
    below = 20 * np.log10(loud / soft)
    assert below.min() >= SNR_DB[0] - 1e-3
    assert below.max() <= SNR_DB[1] + 1e-3
    assert np.ptp(below) > 10
    assert gain(hum, 0 * hum, 10.0) == 0.0
    short = noise.piece(120, rng)
    np.testing.assert_array_equal(short[:70], short[50:])


def test_nothing_asked_is_nothing_done() -> None:
    batch = ramp()
    assert augmented(batch) is batch


def test_a_crop_is_a_piece_of_the_series_with_its_length() -> None:
    found = augmented(ramp(64), crop=0.5)
    assert found.lengths is not None
    assert int(found.lengths.min()) < 20
    assert int(found.lengths.min()) >= 10
    for values, length in zip(found.x[..., 0], found.lengths.tolist(), strict=True):
        piece = values[:length]
        assert torch.equal(piece, torch.arange(piece[0], piece[0] + length)), "moments in a row"
        assert not values[length:].any(), "padding is silent"


def test_a_shift_holds_the_edge() -> None:
    for values in augmented(ramp(64), shift=0.5).x[..., 0]:
        steps = values.diff()
        assert bool(((steps == 1) | (steps == 0)).all())
        assert 10 <= int((steps == 1).sum()) <= 19


def test_targets_go_with_their_moments() -> None:
    length = 20
    target = torch.arange(1, length + 1).repeat(8, 1)
    x = target.float()[..., None]
    batch = Batch(np.arange(8), x, None, target, 160.0, 160, last=torch.full((8,), length - 1))
    found = augmented(batch, crop=0.4, shift=0.3)
    asked = found.target != IGNORED
    assert torch.equal(found.x[..., 0][asked], found.target[asked].float())
    assert found.asked == int(asked.sum())
    assert found.weight == pytest.approx(found.asked)
    assert found.last is not None
    assert bool((found.target[torch.arange(8), found.last] != IGNORED).all())


def test_noise_is_of_the_share_that_is_asked() -> None:
    batch = Batch(np.arange(2), torch.full((2, 5000, 1), 3.0), None, torch.zeros(2).long(), 2.0, 2)
    added = augmented(batch, noise=0.1).x - batch.x
    assert float(added.std()) == pytest.approx(0.3, rel=0.05)


def test_mixing_gives_both_targets_their_share() -> None:
    batch = ramp()
    found = augmented(batch, mixup=0.5)
    assert found.other is not None
    assert torch.allclose(found.x, batch.x), "all rows are alike, so a mixture is too"
    assert sorted(found.other.tolist()) == [0, 1, 2, 3]


def wave(period: float, moments: int, count: int = 3) -> torch.Tensor:
    return torch.sin(2 * torch.pi * torch.arange(moments) / period).repeat(count, 1)[..., None]


def test_a_batch_is_played_faster_or_slower() -> None:
    seen = []
    for seed in range(20):
        batch = Batch(np.arange(3), wave(25, 2000), torch.tensor([2000, 1000, 1]), torch.arange(3), 3.0, 3)
        found = augmented(batch, seed, speed=0.2)
        factor = found.x.shape[1] / 2000
        expected = wave(25 * factor, found.x.shape[1])
        inner = slice(200, 900)
        assert float((found.x - expected)[:, inner].abs().max()) < 0.1  # the length is a whole number
        assert found.lengths is not None
        assert found.lengths.tolist() == pytest.approx([2000 * factor, 1000 * factor, 1], abs=1)
        assert found.rate == 1.0
        seen.append(factor)
    assert 1 / 1.2 <= min(seen) < 0.95
    assert 1.05 < max(seen) <= 1 / 0.8 + 1e-3


def test_a_share_of_the_batches_is_at_half_the_rate_without_what_it_cannot_hold() -> None:
    slow, fast = wave(50, 2000), wave(3, 2000)
    batch = Batch(np.arange(3), slow + fast, None, torch.arange(3), 3.0, 3)
    found = [augmented(batch, seed, coarse=0.5) for seed in range(40)]
    halved = [one for one in found if one.rate == 2.0]
    assert 10 < len(halved) < 30
    for one in halved:
        assert one.x.shape == (3, 1000, 1)
        assert float((one.x - slow[:, ::2])[:, 100:900].abs().max()) < 0.02
    whole = [one for one in found if one.rate == 1.0]
    assert len(whole) == 40 - len(halved)
    assert all(torch.equal(one.x, batch.x) for one in whole)


@pytest.mark.parametrize("key", ["speed", "coarse", "mixup"])
def test_targets_per_moment_have_nothing_in_between(key: str) -> None:
    data = dataclasses.replace(tokens(), vocabulary=None)
    with pytest.raises(ValueError, match=f"{key} is 0.1, and Echo has targets per moment.*set {key} to 0"):
        check_augmentation(TrainingSettings(**{key: 0.1}), data)


def test_the_target_that_is_counted_weighs_more_in_a_mixture() -> None:
    shares = [augmented(ramp(), seed, mixup=1.0).share for seed in range(20)]
    assert min(shares) >= 0.5
    assert max(shares) < 1


@pytest.mark.parametrize("key", [*KEYS, "speed", "coarse"])
def test_tokens_are_refused(key: str) -> None:
    with pytest.raises(ValueError, match=f"set {key} to 0"):
        check_augmentation(TrainingSettings(**{key: 0.1}), tokens())

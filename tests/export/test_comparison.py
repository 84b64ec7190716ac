"""The reported errors are those of the definition, and the drawn window is the one the measure has."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hippo_studio.export import reconstruction
from hippo_studio.export.reconstruction import compare, draw, window_start
from hippo_studio.hippo import MEASURES, OnlineMemory, get_measure

RATE = 1000.0


def smooth(length: int, channels: int = 1) -> np.ndarray:
    times = np.arange(length) / RATE
    return np.stack([np.sin(2 * np.pi * 1.3 * times + k) + 0.4 * np.cos(7 * times) for k in range(channels)])


def fed(
    measure: str, samples: np.ndarray, theta: float | None = 0.5, order: int = 24, **more: Any
) -> OnlineMemory:
    theta = None if measure == "legs" else theta
    memory = OnlineMemory(measure, order, RATE, theta, "zoh", channels=samples.shape[0], **more)
    memory.push(samples)
    return memory


@pytest.mark.parametrize(
    ("measure", "theta", "first"),
    [("legs", None, 0), ("legt", 0.5, 1500), ("fout", 0.4996, 1500), ("lagt", 0.5, 1500), ("legt", 9.0, 0)],
)
def test_the_window_is_the_last_theta_seconds_and_for_legs_all(
    measure: str, theta: float | None, first: int
) -> None:
    assert window_start(fed(measure, smooth(2000), theta)) == first


@pytest.mark.parametrize("measure", MEASURES)
def test_drawing_in_blocks_is_reconstructing_at_the_samples(
    measure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconstruction, "BLOCK_VALUES", 1000)
    memory = fed(measure, smooth(2000, 2))
    blocks: list[np.ndarray] = []
    fractions: list[float] = []
    draw(memory, blocks.append, fractions.append)
    drawn = np.concatenate(blocks, axis=1)
    times = np.arange(window_start(memory), 2000) / RATE
    np.testing.assert_allclose(drawn, memory.reconstruct(times), rtol=1e-12, atol=1e-14)
    assert np.isfinite(drawn).all()
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


@pytest.mark.parametrize("measure", MEASURES)
def test_the_error_in_the_measure_is_the_weighted_mean_of_squares(measure: str) -> None:
    samples = smooth(1500, 2)
    memory = fed(measure, samples)
    error = compare(memory, samples)
    span = 1.5 if measure == "legs" else 0.5
    ages = (1.5 - (np.arange(1500) + 0.5) / RATE) / span
    weight = get_measure(measure).weight(ages)
    drawn = np.nan_to_num(memory.reconstruct(np.arange(1500) / RATE))
    expected = np.sqrt((weight * (drawn - samples) ** 2).sum(axis=1) / (weight * samples**2).sum(axis=1))
    np.testing.assert_allclose(error.in_measure, expected, rtol=1e-9, atol=1e-12)
    inside = ages <= 1
    expected = np.sqrt(
        ((drawn - samples)[:, inside] ** 2).sum(axis=1) / (samples[:, inside] ** 2).sum(axis=1)
    )
    np.testing.assert_allclose(error.rms, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("measure", MEASURES)
def test_a_slow_wave_is_remembered_well_and_noise_badly(measure: str) -> None:
    noise = np.random.default_rng(0).standard_normal((1, 1500))
    well, badly = (compare(fed(measure, samples), samples) for samples in (smooth(1500), noise))
    # FouT must join its ends, the fading ones also remember the silence before the start
    limits = {"legt": 0.01, "legs": 0.01, "lagt": 0.4, "fout": 0.2, "legs-lti": 0.04}
    assert well.in_measure[0] < limits[measure]
    assert 0.5 < badly.in_measure[0] < 1.3


@pytest.mark.parametrize("measure", ["legs", "legt"])
def test_a_sample_of_a_long_window_tells_nearly_the_same(
    measure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples = smooth(20_000) + 0.1 * np.random.default_rng(0).standard_normal((1, 20_000))
    memory = fed(measure, samples, theta=20.0)
    exact = compare(memory, samples).in_measure[0]
    monkeypatch.setattr(reconstruction, "MOST_SAMPLES", 4000)
    assert compare(memory, samples).in_measure[0] == pytest.approx(exact, rel=0.03)


def test_moments_add_up_so_that_a_silent_one_does_not_spoil_the_rest() -> None:
    loud = np.zeros((1, 3000))
    loud[:, :1000] = smooth(1000)
    memory = fed("legt", loud[:, :1000])
    first = compare(memory, loud)
    memory.push(loud[:, 1000:])
    silent = compare(memory, loud)
    assert np.isnan(silent.rms[0])
    both = first + silent
    assert both.rms[0] == pytest.approx(
        np.sqrt((first.error[0] + silent.error[0]) / (first.signal[0] + silent.signal[0])), rel=1e-12
    )
    assert np.isfinite(both.in_measure[0])


@pytest.mark.parametrize("order", [1, 64, 256, 512])
def test_old_age_of_laguerre_polynomials_does_not_overflow(order: int) -> None:
    samples = np.random.default_rng(0).standard_normal((1, 5000))
    error = compare(fed("lagt", samples, theta=0.004, order=order), samples)
    assert 0 < error.in_measure[0] < 1.5
    assert 0 < error.rms[0] < 3

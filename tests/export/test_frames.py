"""Frames are what the memory held when they were taken, however the walk is cut into blocks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from hippo_studio.export import frames as frames_module
from hippo_studio.export import read_coefficients
from hippo_studio.export.frames import coefficients_at, describe, frame_positions, stream_frames, write_frames
from hippo_studio.hippo import MEASURES, MemorySettings, OnlineMemory, get_measure


def make_memory(measure: str, **changes: Any) -> OnlineMemory:
    settings = {"order": 6, "sample_rate": 100.0, "theta": 0.3, "channels": 2, **changes}
    if measure == "legs":
        settings["theta"] = None
    return OnlineMemory(measure, **settings)


def collect(memory: OnlineMemory, samples: np.ndarray, positions: np.ndarray, **keywords: Any) -> Any:
    times, coefficients = [], []

    def append(block_times: np.ndarray, block: np.ndarray) -> None:
        times.append(block_times.copy())
        coefficients.append(block.copy())

    stream_frames(memory, samples, positions, append, **keywords)
    return np.concatenate(times), np.concatenate(coefficients)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("block_values", [1, 100, 1 << 20])
@pytest.mark.parametrize("hop", [1, 3, 250])
def test_each_frame_is_the_memory_at_that_moment(
    measure: str, block_values: int, hop: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames_module, "BLOCK_VALUES", block_values)
    samples = np.random.default_rng(0).standard_normal((2, 700))
    positions = np.arange(hop, 701, hop)
    memory = make_memory(measure)
    times, coefficients = collect(memory, samples, positions)
    np.testing.assert_allclose(times, positions / 100.0, rtol=1e-15)
    assert coefficients.shape == (positions.size, 2, 6)
    assert memory.samples == 700

    twin = make_memory(measure)
    for index in (0, positions.size // 2, positions.size - 1):
        twin.reset()
        twin.push(samples[:, : positions[index]])
        np.testing.assert_allclose(coefficients[index], twin.coefficients, rtol=1e-9, atol=1e-12)
    twin.push(samples[:, positions[-1] :])
    np.testing.assert_allclose(memory.coefficients, twin.coefficients, rtol=1e-9, atol=1e-12)


def test_pauses_come_at_their_sample_and_do_not_change_the_frames() -> None:
    samples = np.random.default_rng(0).standard_normal((2, 500))
    positions = np.array([10, 300, 500])
    plain = collect(make_memory("legs"), samples, positions)
    memory, seen = make_memory("legs"), []
    paused = collect(
        memory,
        samples,
        positions,
        pause_at=(1, 299, 300, 500),
        on_pause=lambda: seen.append(memory.samples),
    )
    assert seen == [1, 299, 300, 500]
    np.testing.assert_allclose(paused[1], plain[1], rtol=1e-9, atol=1e-12)


def test_progress_rises_to_one_and_an_exception_from_it_stops_the_walk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class CancelledError(Exception):
        pass

    def cancel(fraction: float) -> None:
        raise CancelledError

    monkeypatch.setattr(frames_module, "BLOCK_VALUES", 1200)
    samples, positions = np.ones((2, 500)), np.array([500])
    fractions: list[float] = []
    collect(make_memory("legt"), samples, positions, progress=fractions.append)
    assert fractions == [0.2, 0.4, 0.6, 0.8, 1.0]
    memory = make_memory("legt")
    with pytest.raises(CancelledError):
        collect(memory, samples, positions, progress=cancel)
    assert memory.samples == 100


def test_every_so_many_seconds_is_to_the_nearest_sample() -> None:
    np.testing.assert_array_equal(frame_positions(1000, 300.0, every=0.5), [150, 300, 450, 600, 750, 900])
    np.testing.assert_array_equal(frame_positions(10, 3.0, every=0.5), [2, 3, 4, 6, 8, 9])
    np.testing.assert_array_equal(frame_positions(5, 44100.0, every=1 / 44100), [1, 2, 3, 4, 5])


def test_a_frame_per_sample_takes_no_memory_of_its_own() -> None:
    assert frame_positions(10**12, 1.0, count=10**12) == range(1, 10**12 + 1)
    assert frame_positions(10**9, 48000.0, every=1 / 48000) == range(1, 10**9 + 1)


@pytest.mark.parametrize("measure", MEASURES)
def test_a_frame_per_sample_is_the_whole_trajectory(measure: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames_module, "BLOCK_VALUES", 1200)
    samples = np.random.default_rng(4).standard_normal((2, 500))
    times, coefficients = collect(make_memory(measure), samples, range(1, 501))
    np.testing.assert_array_equal(times, np.arange(1, 501) / make_memory(measure).sample_rate)
    expected = make_memory(measure).trajectory(samples).transpose(1, 0, 2)
    np.testing.assert_allclose(coefficients, expected, rtol=0, atol=1e-12)


def test_a_number_of_frames_is_evenly_spaced_and_ends_with_the_signal() -> None:
    np.testing.assert_array_equal(frame_positions(1000, 1.0, count=4), [250, 500, 750, 1000])
    np.testing.assert_array_equal(frame_positions(10, 1.0, count=3), [3, 6, 10])
    np.testing.assert_array_equal(frame_positions(3, 1.0, count=3), [1, 2, 3])
    np.testing.assert_array_equal(frame_positions(1000, 1.0), [1000])


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"every": 0.0}, "must be a positive number of seconds, not 0.0"),
        ({"every": math.nan}, "must be a positive number of seconds, not nan"),
        ({"every": 1e-3}, r"a frame every 0\.001 s is more often than a sample \(every 0\.01 s\)"),
        ({"every": 20.0}, "the signal lasts 10 s, too short for a frame every 20 s"),
        ({"count": 0}, "so it gives 1 to 1000 frames, not 0"),
        ({"count": 1001}, "so it gives 1 to 1000 frames, not 1001"),
        ({"every": 1.0, "count": 3}, "give one of the two"),
    ],
)
def test_frames_that_cannot_be_are_refused(wish: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        frame_positions(1000, 100.0, **wish)


@pytest.mark.parametrize("measure", MEASURES)
def test_the_description_is_enough_to_make_the_memory_again(measure: str) -> None:
    options = {"legt": {"normalization": "lmu"}, "lagt": {"alpha": 0.25, "beta": 0.5}}.get(measure, {})
    memory = make_memory(measure, method="gbt", alpha=0.75, measure_options=options)
    metadata = describe(memory, ("a", "b"), ("V", ""), "somewhere")
    again = OnlineMemory(
        metadata.measure,
        metadata.order,
        metadata.sample_rate,
        None if math.isnan(metadata.theta) else metadata.theta,
        metadata.method,
        channels=metadata.channels,
        alpha=float(metadata.options["alpha"]),
        measure_options={
            name.removeprefix("measure_"): value
            for name, value in metadata.options.items()
            if name.startswith("measure_")
        },
    )
    assert again.settings == memory.settings
    assert math.isnan(metadata.theta) == (measure == "legs")


def test_coefficients_have_the_same_bits_however_often_they_were_asked_for(tmp_path):
    rng = np.random.default_rng(0)
    samples = rng.normal(size=(1, 3980))
    settings = MemorySettings(get_measure("lagt"), 32, 10.0, 60.0, "bilinear")
    first = coefficients_at(settings, samples, 3980)
    for _ in range(6):
        np.testing.assert_array_equal(coefficients_at(settings, samples, 3980), first)
    write_frames(tmp_path / "a.npz", settings, samples, np.array([3980]))
    np.testing.assert_array_equal(read_coefficients(tmp_path / "a.npz").coefficients[0], first)
    plain = OnlineMemory("lagt", 32, 10.0, 60.0, "bilinear")
    plain.push(samples)
    np.testing.assert_allclose(first, plain.coefficients, atol=1e-12)
    assert not coefficients_at(settings, samples, 0).any()

"""Each tool against a plain twin, in blocks as in one piece, on samples in memory and in their file."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import scipy.signal
import soundfile

from hippo_studio.signals import Region, Signal, SignalError, read
from hippo_studio.signals.file_samples import FileSamples
from hippo_studio.signals.readers import audio
from hippo_studio.signals.tools import (
    TOOLS,
    Band,
    Channels,
    Crop,
    Detrend,
    Noise,
    Normalize,
    Resample,
    Step,
    apply_tools,
    from_plain,
    in_use,
    parse_tool,
    rates,
    shift_of,
    steps_from_plain,
    tool,
    usage,
)

RATE = 200.0
EVERY = (
    Crop(0.5, 2.0),
    Channels(("b", 0)),
    Resample(50.0),
    Detrend("line"),
    Normalize("deviation", 2.0),
    Band(1.0, 40.0),
    Noise(10.0, 3),
)


@pytest.fixture
def signal() -> Signal:
    t = np.arange(1001) / RATE
    wave = np.sin(2 * np.pi * 7 * t)
    return Signal(
        np.stack([wave + 20 + 0.3 * t, 2 * np.cos(2 * np.pi * 60 * t) + wave]),
        RATE,
        ("a", "b"),
        ("°C", "V"),
        start=100.0,
        regions=(Region(0, 1, "x"), Region(1.5, 3, "y")),
    )


@pytest.fixture(autouse=True)
def _small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of 64 samples: their seams are what is tested."""
    monkeypatch.setattr(tool.spans, "__defaults__", (64,))
    monkeypatch.setattr(rates, "BLOCK", 64)


def test_a_crop_keeps_its_samples_its_time_and_its_regions(signal: Signal) -> None:
    cropped = Crop(0.5, 2.0).apply(signal)
    np.testing.assert_array_equal(cropped.samples, signal.samples[:, 100:400])
    assert cropped.start == 100.5
    assert cropped.regions == (Region(0, 0.5, "x"), Region(1.0, 1.5, "y"))


def test_a_crop_keeps_the_gaps_that_lie_in_it(signal: Signal) -> None:
    broken = dataclasses.replace(signal, gaps=((0.0, 0.25), (0.25, 0.75), (1.0, 1.0), (1.9, 2.5), (3.0, 4.0)))
    cropped = Crop(0.5, 2.0).apply(broken)
    np.testing.assert_allclose(cropped.gaps, ((0.0, 0.25), (0.5, 0.5), (1.4, 1.5)))


def test_channels_come_in_the_order_asked_for(signal: Signal) -> None:
    chosen = Channels(("b", 0)).apply(signal)
    np.testing.assert_array_equal(chosen.samples, signal.samples[::-1])
    assert (chosen.channel_names, chosen.units) == (("b", "a"), ("V", "°C"))


@pytest.mark.parametrize(("kind", "twin"), [("line", "linear"), ("mean", "constant")])
def test_detrend_is_that_of_scipy(signal: Signal, kind: str, twin: str) -> None:
    expected = scipy.signal.detrend(signal.samples, type=twin)
    np.testing.assert_allclose(Detrend(kind).apply(signal).samples, expected, atol=1e-11)


def test_normalize_brings_a_channel_to_its_size(signal: Signal) -> None:
    loud = Normalize("peak", 0.5).apply(signal).samples
    np.testing.assert_allclose(np.abs(loud).max(axis=1), 0.5)
    np.testing.assert_allclose(Normalize("deviation", 3).apply(signal).samples.std(axis=1), 3)
    with pytest.raises(SignalError, match="does not move"):
        Normalize().apply(Signal(np.zeros(10), 1.0))


@pytest.mark.parametrize("band", [(1.0, 40.0), (0.0, 10.0), (5.0, 0.0)])
@pytest.mark.parametrize("order", [1, 4])
def test_a_band_is_that_of_sosfiltfilt(signal: Signal, band: tuple[float, float], order: int) -> None:
    low, high = band
    kind = "lowpass" if not low else "highpass" if not high else "bandpass"
    ends = band if low and high else low or high
    sections = scipy.signal.butter(order, ends, kind, fs=RATE, output="sos")
    expected = scipy.signal.sosfiltfilt(sections, signal.samples)
    found = Band(low, high, order).apply(signal).samples
    np.testing.assert_allclose(found, expected, atol=1e-10)


def test_resampling_keeps_a_tone_and_drops_what_does_not_fit(signal: Signal) -> None:
    slow = Resample(50.0).apply(signal)
    assert (slow.length, slow.sample_rate) == (250, 50.0)
    t = np.arange(250) / 50
    inner = slice(25, -25)
    np.testing.assert_allclose(slow.samples[1, inner], np.sin(2 * np.pi * 7 * t)[inner], atol=2e-3)


def test_noise_has_the_ratio_asked_for_and_is_the_same_again() -> None:
    t = np.arange(200_000) / 1000
    clean = Signal(np.stack([5 + np.sin(t), np.cos(t)]), 1000.0)
    noisy = Noise(20.0, seed=7).apply(clean).samples
    noise = noisy - clean.samples
    ratio = 10 * np.log10(clean.samples.var(axis=1) / noise.var(axis=1))
    np.testing.assert_allclose(ratio, 20, atol=0.1)
    assert abs(np.corrcoef(noise)[0, 1]) < 0.02
    np.testing.assert_array_equal(Noise(20.0, seed=7).apply(clean).samples, noisy)
    assert not np.array_equal(Noise(20.0, seed=8).apply(clean).samples, noisy)


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.name)
def test_a_tool_says_itself_in_python_in_plain_values_and_in_words(one: tool.Tool, signal: Signal) -> None:
    assert eval(repr(one), {kind.__name__: kind for kind in TOOLS.values()}) == one
    assert from_plain(one.to_plain()) == one
    assert one.sentence[0].isupper()
    assert not one.sentence.endswith(".")
    parts: list[float] = []
    made = one.apply(signal, parts.append)
    assert parts == sorted(parts)
    assert all(0 <= part <= 1 for part in parts)
    assert made.samples.dtype == signal.samples.dtype


def test_every_tool_is_tried() -> None:
    assert {one.name for one in EVERY} == set(TOOLS)


def test_tools_follow_each_other(signal: Signal) -> None:
    expected = Detrend("mean").apply(Crop(1, 2).apply(signal))
    found = apply_tools(signal, [Crop(1, 2), Detrend("mean")])
    np.testing.assert_array_equal(found.samples, expected.samples)


def test_a_tool_ends_at_once_when_nobody_wants_it(signal: Signal) -> None:
    def stop(part: float) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Band(1, 40).apply(signal, stop)


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.name)
def test_samples_in_a_file_give_what_samples_in_memory_do(
    one: tool.Tool, signal: Signal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "long.wav"
    soundfile.write(path, (signal.samples / 64).T, int(RATE), subtype="FLOAT")
    whole = read(path)
    monkeypatch.setattr(audio, "LONG", 100)
    in_file = read(path)
    assert isinstance(in_file.samples, FileSamples)
    if one.name == "channels":
        one = Channels((1, 0))
    expected, found = one.apply(whole), one.apply(in_file)
    np.testing.assert_array_equal(np.asarray(found.samples), np.asarray(expected.samples))
    if one.name in ("crop", "channels"):
        assert isinstance(found.samples, FileSamples), "what only chooses leaves the samples in their file"


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (Crop(6, 7), "lasts 5.005 s"),
        (Channels(("c",)), "it has a, b"),
        (Band(1, 100), "below 100 Hz"),
        (Resample(0.001), "nothing sensible"),
    ],
)
def test_a_signal_that_a_tool_cannot_take_is_refused(one: tool.Tool, words: str, signal: Signal) -> None:
    with pytest.raises(SignalError, match=words):
        one.apply(signal)


def test_a_result_that_does_not_fit_is_refused(signal: Signal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool, "MOST_VALUES", 1000)
    with pytest.raises(SignalError, match="crop the signal"):
        Detrend().apply(signal)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("crop(1, 3)", Crop(1, 3)),
        (" Detrend ", Detrend()),
        ("detrend('mean')", Detrend("mean")),
        ("band(low=1, high=40)", Band(1, 40)),
        ("channels('a', 'b')", Channels(("a", "b"))),
        ("channels(0)", Channels((0,))),
    ],
)
def test_a_tool_is_written_as_a_call(text: str, expected: tool.Tool) -> None:
    assert parse_tool(text) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("crop(3, 1)", "ends after it begins"),
        ("crop(1)", r"crop\(start, stop\)"),
        ("crop(1, 2, 3)", r"crop\(start, stop\)"),
        ("warp(1)", "There is no tool 'warp'; there are crop"),
        ("crop(1", "is written like"),
        ("crop(x, 3)", "numbers and quoted words"),
        ("__import__('os')", "There is no tool"),
        ("noise(seed=-1)", "seed"),
        ("band(0, 0)", "band"),
        ("band(1, 2, order=99)", "order"),
        ("detrend('cubic')", "line, mean"),
    ],
)
def test_what_is_no_tool_is_refused_in_a_sentence(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        parse_tool(text)


def test_usage_names_the_settings() -> None:
    assert usage(Band) == "band(low, high, order=4)"


def test_a_chain_keeps_what_is_switched_off_in_its_place() -> None:
    chain = (Step(Crop(1, 9)), Step(Detrend(), on=False), Step(Crop(2, 4)), Step(Crop(1, 2), on=False))
    assert steps_from_plain([step.to_plain() for step in chain]) == chain
    assert in_use(chain) == (Crop(1, 9), Crop(2, 4))
    assert shift_of(chain) == 3.0

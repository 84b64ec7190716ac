"""The loudness of a signal over time."""

import numpy as np
import pytest

from hippo_studio.signals import Signal
from hippo_studio.signals import envelope as envelope_module
from hippo_studio.signals.envelope import envelope


def tone(duration=2.0, rate=8000.0, frequency=200.0):
    return np.sin(2 * np.pi * frequency * np.arange(round(duration * rate)) / rate)


def test_it_tells_how_far_it_is_and_ends_when_it_is_told_to(monkeypatch):
    monkeypatch.setattr(envelope_module, "BLOCK", 2000)
    signal = Signal(np.ones((2, 5000)), 1000.0)
    told = []
    envelope(signal, progress=told.append)
    assert told == sorted(told)
    assert len(told) > 5
    assert (told[0], 0.5 in told) == (0.0, True)
    with pytest.raises(KeyboardInterrupt):
        envelope(signal, progress=lambda _: (_ for _ in ()).throw(KeyboardInterrupt))


def test_a_steady_tone_has_the_loudness_of_its_rms_up_to_both_ends():
    loudness = envelope(Signal(3 * tone(), 8000.0))
    assert loudness.sample_rate == 200
    assert loudness.samples.shape == (1, 400)
    np.testing.assert_allclose(loudness.samples, 3 / np.sqrt(2), rtol=0.02)


def test_it_follows_syllables_at_their_time():
    times = np.arange(16000) / 8000
    beat = 0.5 * (1 - np.cos(2 * np.pi * 3 * times))
    loudness = envelope(Signal(beat * tone(), 8000.0)).samples[0]
    expected = np.interp(np.arange(400) / 200, times, beat) / np.sqrt(2)
    assert np.abs(loudness - expected).max() < 0.03


def test_a_constant_is_silent_and_channels_stay_apart():
    signal = Signal(
        np.stack((np.full(16000, 7.0), tone())), 8000.0, ("dc", "tone"), ("V", "Pa"), start=5.0, origin="x"
    )
    loudness = envelope(signal)
    assert loudness.samples[0].max() < 1e-6
    assert loudness.samples[1].min() > 0.6
    assert (loudness.channel_names, loudness.units, loudness.start) == (("dc", "tone"), ("V", "Pa"), 5.0)


@pytest.mark.parametrize("length", [1, 2, 3, 50, 320, 321, 1000])
@pytest.mark.parametrize("rate", [30.0, 200.0, 8000.0])
def test_short_and_slow_signals_have_an_envelope_too(length, rate):
    samples = np.random.default_rng(0).standard_normal((2, length)).astype("f4")
    loudness = envelope(Signal(samples, rate))
    assert loudness.sample_rate == min(rate, 200.0)
    assert loudness.samples.shape == (2, max(int(np.ceil(length * loudness.sample_rate / rate)), 1))
    assert loudness.samples.min() >= 0


def test_the_ends_are_those_of_the_definition():
    """The slow twin: the weighted mean square under the window, over the samples that are there."""
    samples = np.random.default_rng(0).standard_normal(60)
    loudness = envelope(Signal(samples, 200.0), smoothing=0.1).samples[0]
    window = np.hanning(23)[1:-1]
    power = (samples - samples.mean()) ** 2
    for k in (0, 1, 7, 30, 58, 59):
        inside = np.arange(max(k - 10, 0), min(k + 11, 60))
        weights = window[inside - k + 10]
        assert loudness[k] == pytest.approx(
            np.sqrt((weights * power[inside]).sum() / weights.sum()), rel=1e-5
        )


@pytest.mark.parametrize("options", [{"rate": 0}, {"rate": float("nan")}, {"smoothing": -1}])
def test_options_that_make_no_sense_are_quoted(options):
    with pytest.raises(ValueError, match="is a positive number; got"):
        envelope(Signal(np.ones(9), 100.0), **options)

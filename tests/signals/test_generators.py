"""Generated signals: closed forms, invariants of the models, and the errors that quote a value."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.signal import find_peaks, welch

from hippo_studio.signals import GENERATORS, Signal, generate
from hippo_studio.signals.physiology import GRAVITY

SHORT = {"mackey-glass": {"duration": 100.0}, "speech": {"phonemes": "AA1 IY1"}}


@pytest.mark.parametrize("name", GENERATORS)
def test_every_generator_gives_the_same_signal_again(name):
    parameters = SHORT.get(name, {"duration": 3.0})
    signal = generate(name, **parameters)
    assert isinstance(signal, Signal)
    assert signal.title == signal.origin
    again = eval(signal.origin, {"generate": generate})  # the origin is the call
    np.testing.assert_array_equal(signal.samples, again.samples)
    if name != "speech":
        assert signal.duration == pytest.approx(parameters["duration"])


@pytest.mark.parametrize("name", ["noise", "piecewise", "lorenz", "ecg", "walking", "speech"])
def test_another_seed_is_another_signal(name):
    parameters = SHORT.get(name, {"duration": 3.0})
    first, second = (generate(name, **parameters, seed=seed).samples for seed in (1, 2))
    assert first.shape == second.shape
    assert not np.allclose(first, second)


@pytest.mark.parametrize("name", GENERATORS)
def test_words_and_defaults_are_there_for_the_menu(name):
    generator = GENERATORS[name]
    assert generator.name == name
    assert generator.title
    assert generator.summary.endswith(".")
    assert "sample_rate" in generator.defaults


def test_a_sine_is_a_sine():
    signal = generate("sine", duration=2, sample_rate=100, frequency=3, amplitude=2, phase=0.5)
    times = np.arange(200) / 100
    np.testing.assert_allclose(signal.samples[0], 2 * np.sin(6 * np.pi * times + 0.5), atol=1e-12)


@pytest.mark.parametrize("sweep", ["linear", "exponential"])
def test_a_chirp_passes_from_its_first_to_its_last_frequency(sweep):
    signal = generate("chirp", duration=10, sample_rate=4000, first=5, last=80, sweep=sweep)
    crossings = np.flatnonzero(np.diff(np.signbit(signal.samples[0]))) / 4000
    frequencies, times = 0.5 / np.diff(crossings), (crossings[1:] + crossings[:-1]) / 2
    expected = 5 + 7.5 * times if sweep == "linear" else 5 * 16 ** (times / 10)
    np.testing.assert_allclose(frequencies, expected, rtol=0.05)


def test_noise_keeps_to_its_band_and_to_unit_variance():
    signal = generate("noise", duration=200, sample_rate=100, low=5, high=20, seed=3)
    assert signal.samples.std() == pytest.approx(1, rel=1e-6)
    power = np.abs(np.fft.rfft(signal.samples[0])) ** 2
    frequencies = np.fft.rfftfreq(signal.length, 1 / 100)
    inside = (frequencies >= 5) & (frequencies <= 20)
    assert power[~inside].max() < 1e-20 * power[inside].mean()
    parts = power[inside][:3000].reshape(10, 300).mean(axis=1)
    np.testing.assert_allclose(parts, parts.mean(), rtol=0.25)  # flat


def test_steps_hold_for_their_mean_time_and_stay_in_range():
    signal = generate("piecewise", duration=2000, sample_rate=50, hold=0.5, seed=1)
    jumps = np.count_nonzero(np.diff(signal.samples[0]))
    assert jumps == pytest.approx(4000, rel=0.1)
    assert np.abs(signal.samples).max() <= 1


def mackey_glass_by_heun(steps_per_unit, duration, delay=17.0):
    """The slow twin: Heun's rule with a history list, in one loop."""
    step, lag = 1 / steps_per_unit, round(delay * steps_per_unit)
    values = [1.2] * (lag + 1)

    def slope(x, delayed):
        return 0.2 * delayed / (1 + delayed**10) - 0.1 * x

    for _ in range(round(duration * steps_per_unit)):
        x, now, later = values[-1], values[-1 - lag], values[-lag]
        a = slope(x, now)
        values.append(x + step / 2 * (a + slope(x + step * a, later)))
    return np.array(values[lag:])


def test_mackey_glass_agrees_with_a_slow_twin():
    signal = generate("mackey-glass", duration=60, sample_rate=1, settle=0)
    slow = mackey_glass_by_heun(400, 60)[::400][:60]
    np.testing.assert_allclose(signal.samples[0], slow, atol=2e-6)


def test_mackey_glass_converges_with_fourth_order():
    """Over two delays, before the chaos: from 10 to 20 to 40 steps per unit of time."""
    coarse, middle, fine = (
        generate("mackey-glass", duration=34, sample_rate=rate, settle=0).samples[0][:: rate // 10]
        for rate in (10, 20, 40)
    )
    ratio = np.abs(coarse - middle).max() / np.abs(middle - fine).max()
    assert ratio > 10


def test_mackey_glass_is_chaotic_at_delay_17_and_settles_at_a_short_one():
    values = generate("mackey-glass", duration=2000, sample_rate=1).samples[0]
    assert 0.2 < values.min() < 0.5
    assert 1.2 < values.max() < 1.4
    still = generate("mackey-glass", duration=50, delay=2, settle=2000).samples[0]
    np.testing.assert_allclose(still, 1, atol=1e-6)


def test_lorenz_agrees_with_an_adaptive_integrator_and_stays_on_its_attractor():
    signal = generate("lorenz", duration=3, sample_rate=200, settle=0)

    def flow(_, state):
        x, y, z = state
        return 10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z

    times = np.arange(signal.length) / 200
    exact = solve_ivp(flow, (0, 3), signal.samples[:, 0], t_eval=times, rtol=1e-10, atol=1e-10).y
    np.testing.assert_allclose(signal.samples, exact, atol=2e-3)
    long = generate("lorenz", duration=60).samples
    assert np.abs(long[0]).max() < 22
    assert long[2].min() > 0
    assert long[2].max() < 52


@pytest.mark.parametrize("heart_rate", [50, 75, 120])
def test_a_heart_beats_at_its_rate_and_in_its_shape(heart_rate):
    signal = generate("ecg", duration=60, sample_rate=250, heart_rate=heart_rate)
    beats, _ = find_peaks(signal.samples[0], height=0.6, distance=50)
    assert len(beats) == pytest.approx(heart_rate, abs=3)
    assert signal.units == ("mV",)
    assert 0.9 < np.median(signal.samples[0, beats]) < 1.6
    intervals = np.diff(beats) / 250
    assert 0.01 < intervals.std() / intervals.mean() < 0.08


def test_a_steady_heart_has_even_beats():
    signal = generate("ecg", duration=30, sample_rate=500, variability=0, noise=0)
    beats, _ = find_peaks(signal.samples[0], height=0.6)
    assert np.ptp(np.diff(beats)) <= 1


def test_a_walk_has_gravity_and_its_cadence():
    signal = generate("walking", duration=60, sample_rate=100, cadence=120)
    assert signal.channel_names == ("acc_x", "acc_y", "acc_z")
    assert signal.samples[2].mean() == pytest.approx(GRAVITY, abs=0.3)
    assert np.abs(signal.samples[:2].mean(axis=1)).max() < 0.3
    for channel, rate in ((2, 2.0), (1, 1.0)):
        frequencies, power = welch(signal.samples[channel], 100, nperseg=1000)
        assert frequencies[power[1:].argmax() + 1] == pytest.approx(rate, abs=0.15)
    still = generate("walking", duration=10, intensity=0, noise=0).samples
    np.testing.assert_array_equal(still[2], GRAVITY)


def spectrum_peak(sound, rate, low, high):
    frequencies, power = welch(sound, rate, nperseg=400, nfft=4096)
    band = (frequencies >= low) & (frequencies <= high)
    return frequencies[band][power[band].argmax()]


def test_vowels_have_their_formants():
    for phone, first, second in (("AA", 720, 1100), ("IY", 280, 2250), ("UW", 310, 900), ("AE", 670, 1700)):
        signal = generate("speech", phonemes=" ".join([phone] * 6), pitch=80)
        middle = signal.samples[0, signal.length // 3 : signal.length * 2 // 3]
        assert spectrum_peak(middle, 16000, 0.75 * first, 1.35 * first) == pytest.approx(first, rel=0.2)
        assert spectrum_peak(middle, 16000, 0.85 * second, 1.3 * second) == pytest.approx(second, rel=0.12)


def test_the_voice_has_its_pitch():
    for pitch in (90.0, 180.0):
        sound = generate("speech", phonemes="AA AA AA AA AA AA", pitch=pitch).samples[0]
        middle = sound[len(sound) // 2 - 1600 : len(sound) // 2 + 1600]
        correlation = np.correlate(middle, middle, "full")[len(middle) - 1 :]
        low = int(16000 / 1.4 / pitch)
        period = low + correlation[low : int(16000 * 1.4 / pitch)].argmax()
        assert 16000 / period == pytest.approx(pitch, rel=0.1)


def test_hisses_lie_high_vowels_low_and_pauses_are_silent():
    def centroid(phonemes):
        signal = generate("speech", phonemes=phonemes)
        frequencies, power = welch(signal.samples[0], signal.sample_rate)
        return (frequencies * power).sum() / power.sum()

    assert centroid("S S S") > 4500 > 3500 > centroid("SH SH SH") > 2000 > 1000 > centroid("AA AA")
    sound = generate("speech", phonemes="AA . AA").samples[0]
    middle = sound[len(sound) // 2 - 1000 : len(sound) // 2 + 1000]
    assert np.abs(middle).max() < 0.01
    assert np.abs(sound).max() == pytest.approx(0.9)


def test_speech_is_spoken_faster_and_at_any_rate():
    slow, fast = (generate("speech", phonemes="HH AH L OW1", rate=rate).duration for rate in (0.5, 2))
    assert slow > 2 * fast - 0.5
    assert generate("speech", phonemes="HH AH L OW1", sample_rate=44100).sample_rate == 44100


@pytest.mark.parametrize(
    ("name", "parameters", "words"),
    [
        ("nothing", {}, "No generator 'nothing'; there are sine, chirp"),
        ("sine", {"colour": 1}, "no parameter 'colour'; it has duration, sample_rate"),
        ("sine", {"duration": 0}, "duration is a positive number; got 0"),
        ("sine", {"sample_rate": float("nan")}, "sample_rate is a positive number; got nan"),
        ("sine", {"frequency": 600}, "within 0 … 500 Hz, half the sample rate; got 600"),
        ("sine", {"duration": 1e9}, "1e[+]12 samples"),
        ("sine", {"duration": 1e-9}, "between 1 and"),
        ("sine", {"duration": 1e9}, "between 1 and"),
        ("mackey-glass", {"delay": 1e-9}, "1.6e.13 steps"),
        ("mackey-glass", {"settle": 1e300}, "shorten duration and settle"),
        ("lorenz", {"settle": 1e8}, "shorten duration and settle"),
        ("lorenz", {"sample_rate": 1e-9, "duration": 1e10}, "2e.12 steps"),
        ("chirp", {"sweep": "cubic"}, "'linear' or 'exponential'; got 'cubic'"),
        ("chirp", {"sweep": "exponential", "first": 0}, "first is a positive number; got 0"),
        ("noise", {"low": 20, "high": 10}, "low below high; got 20 … 10"),
        ("noise", {"low": 1.01, "high": 1.02}, "narrower than 10 s can resolve"),
        ("piecewise", {"hold": -1}, "hold is a positive number; got -1"),
        ("mackey-glass", {"delay": 0}, "delay is a positive number; got 0"),
        ("mackey-glass", {"settle": -1}, "settle is a number of at least 0; got -1"),
        ("ecg", {"heart_rate": 0}, "heart_rate is a positive number; got 0"),
        ("walking", {"noise": -1}, "noise is a number of at least 0; got -1"),
        ("speech", {"phonemes": "QQ"}, "'QQ' is no phoneme"),
        ("speech", {"phonemes": " . "}, "nothing to say"),
        ("speech", {"sample_rate": 8000}, "at least 10000 Hz; got 8000"),
        ("speech", {"pitch": 900}, "below 500 Hz; got 900"),
    ],
)
def test_parameters_that_make_no_sense_are_quoted(name, parameters, words):
    with pytest.raises(ValueError, match=words):
        generate(name, **parameters)

"""The definition by quadrature: against continuous integrals, at awkward moments, and its gates."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hippo_twins import projected

from hippo_studio.hippo import MEASURES, get_measure, project

RNG = np.random.default_rng(11)
EVERY = [
    *MEASURES.values(),
    get_measure("legt", normalization="lmu"),
    get_measure("lagt", alpha=0.6, beta=0.4),
    get_measure("lagt", alpha=-0.6, beta=2.0),
]
by_label = pytest.mark.parametrize("measure", EVERY, ids=lambda measure: measure.label)


def held(signal, rate):
    """The signal as a function of time: constant over each sample, zero elsewhere."""

    def f(times):
        index = np.floor(times * rate + 1e-12).astype(int)
        inside = (index >= 0) & (index < len(signal))
        return np.where(inside, signal[np.clip(index, 0, len(signal) - 1)], 0.0)

    return f


@by_label
@pytest.mark.parametrize("order", [1, 2, 7, 64, 200])
@pytest.mark.parametrize("samples", [1, 13, 400])
def test_agrees_with_a_dense_quadrature_of_the_held_signal(measure, order, samples):
    """The twin integrates panels that end where samples do; 40 nodes per sample are far too many."""
    rate, theta = 100.0, 1.3
    signal = RNG.standard_normal(samples)
    now = samples / rate
    span = theta if measure.time_invariant else now
    window = min(measure.support * span, now)
    edges = now - np.arange(samples, -1, -1) / rate
    edges = np.unique(np.clip(edges, 0, window)) / span
    nodes, weights = np.polynomial.legendre.leggauss(120)
    expected = np.zeros(order)
    for newer, older in pairwise(edges):
        age = (newer + older) / 2 + (older - newer) / 2 * nodes
        value = held(signal, rate)(now - (newer + older) / 2 * span)
        expected += measure.kernel(order, age) @ weights * ((older - newer) / 2 * value)
    found = project(measure, signal, rate, order, theta)
    np.testing.assert_allclose(found[0], expected, atol=2e-12 * max(1.0, np.abs(expected).max()))


@by_label
def test_tends_to_the_integral_of_a_smooth_signal(measure):
    theta, now, order = 0.7, 2.0, 12

    def f(times):
        return np.where(times > 0, np.sin(8 * times) ** 2 * np.cos(2 * times), 0.0)

    errors = []
    for rate in (200, 400, 800):
        centres = (np.arange(round(now * rate)) + 0.5) / rate
        span = theta if measure.time_invariant else now
        exact = projected(measure, f, order, span, now)
        errors.append(np.abs(project(measure, f(centres), rate, order, theta)[0] - exact).max())
    slopes = np.log2(np.array(errors[:-1]) / errors[1:])
    assert slopes == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize("measure", [m for m in EVERY if m.label[0] != "G"], ids=lambda m: m.label)
def test_a_constant_is_the_first_coefficient(measure):
    """GLagT spans no constant. L_8 has faded to 1e-19 after 80 θ."""
    found = project(measure, np.ones(8000), 100.0, 9, 1.0)
    np.testing.assert_allclose(found[0], np.eye(9)[0], atol=1e-12)


@by_label
def test_channels_are_projected_each_for_itself(measure):
    signal = RNG.standard_normal((3, 50))
    together = project(measure, signal, 10.0, 8, 2.0)
    assert together.shape == (3, 8)
    for channel in range(3):
        np.testing.assert_allclose(together[channel], project(measure, signal[channel], 10.0, 8, 2.0)[0])


@by_label
def test_the_future_does_not_count(measure):
    signal = RNG.standard_normal(60)
    at = 37 / 30
    np.testing.assert_array_equal(
        project(measure, signal, 30.0, 8, 0.5, at), project(measure, signal[:37], 30.0, 8, 0.5)
    )


@by_label
def test_a_moment_within_a_sample_counts_its_part(measure):
    """At 2.5 samples: as at sample 5 of the same signal with every sample doubled."""
    signal = RNG.standard_normal(6)
    np.testing.assert_allclose(
        project(measure, signal, 10.0, 6, 0.2, 0.25),
        project(measure, np.repeat(signal, 2), 20.0, 6, 0.2, 0.25),
        atol=1e-13,
    )


@pytest.mark.parametrize("name", ["legt", "fout"])
def test_a_window_that_ends_within_a_sample_counts_its_part(name):
    signal = RNG.standard_normal(40)
    np.testing.assert_allclose(
        project(name, signal, 10.0, 6, 0.25),
        project(name, np.repeat(signal, 2), 20.0, 6, 0.25),
        atol=1e-13,
    )


@by_label
def test_nothing_seen_is_nothing(measure):
    assert not project(measure, np.ones(5), 10.0, 4, 1.0, at=0).any()
    assert project(measure, np.empty((2, 0)), 10.0, 4, 1.0).shape == (2, 4)


def test_legs_does_not_know_the_clock():
    signal = RNG.standard_normal(80)
    np.testing.assert_array_equal(project("legs", signal, 10.0, 8), project("legs", signal, 44100.0, 8))


def test_legs_of_a_polynomial_is_its_legendre_series():
    """x² on [0, 1] is P_0/3 + P_1/2 + P_2/6 in shifted Legendre; held samples shift it by O(Δ²)."""
    rate = 20000
    x = (np.arange(rate) + 0.5) / rate
    expected = np.array([1 / 3, 1 / 2 / math.sqrt(3), 1 / 6 / math.sqrt(5), 0, 0])
    np.testing.assert_allclose(project("legs", x**2, rate, 5)[0], expected, atol=2e-9)


class TestGates:
    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"signal": [1.0, math.nan]}, "The signal holds nan at index"),
            ({"signal": np.ones((2, 2, 2))}, r"signal has shape \(2, 2, 2\)"),
            ({"signal": "abc"}, "The signal holds values of type"),
            ({"signal": [1j]}, "complex128"),
            ({"sample_rate": 0}, "sample rate is 0 Hz"),
            ({"order": 0}, "order N is 0"),
            ({"theta": None}, "LegT needs a window θ"),
            ({"theta": -1}, "θ is -1 s"),
            ({"theta": math.nan}, "θ is nan"),
            ({"at": -0.1}, "at is -0.1 s"),
            ({"at": 1.01}, "from 0 to 1 s"),
            ({"at": math.nan}, "at is nan"),
            ({"measure": "legx"}, "'legx'"),
        ],
    )
    def test_bad_arguments_are_quoted(self, changes, words):
        arguments = {"measure": "legt", "signal": np.ones(10), "sample_rate": 10.0, "order": 4, "theta": 0.5}
        with pytest.raises(ValueError, match=words):
            project(**{**arguments, **changes})

    def test_rounding_of_the_last_moment_is_forgiven(self):
        samples = 44100 * 3 + 7
        project("legs", np.ones(samples), 44100.0, 3, at=samples / 44100.0)

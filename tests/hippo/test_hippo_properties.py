"""What holds for every signal, cut and setting: property tests."""

import io

import numpy as np
from hippo_twins import states_of
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hippo_studio.hippo import MEASURES, OnlineMemory, get_measure, project

lean = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)

RATE = 100.0
measures = st.one_of(
    st.sampled_from(list(MEASURES.values())),
    st.just(get_measure("legt", normalization="lmu")),
    st.builds(
        lambda alpha, beta: get_measure("lagt", alpha=alpha, beta=beta),
        st.floats(-0.8, 0.8),
        st.floats(0.1, 3),
    ),
)
methods = st.sampled_from(["backward", "bilinear", "zoh"])
orders = st.sampled_from([1, 2, 3, 7, 20, 65])
windows = st.floats(0.02, 20.0)
samples = st.floats(-100, 100, width=32)


def signals(channels=1, longest=150):
    return st.integers(0, longest).flatmap(
        lambda length: arrays(np.float64, (channels, length), elements=samples)
    )


@st.composite
def cut(draw, channels=1, longest=150):
    """A signal, and the places where it is cut into blocks: any number, some of them empty."""
    signal = draw(signals(channels, longest))
    places = draw(st.lists(st.integers(0, signal.shape[1]), max_size=8))
    return signal, sorted(places)


def memory_of(measure, order, theta, method, channels=1, dtype="float64"):
    return OnlineMemory(measure, order, RATE, theta, method, channels, dtype)


def pushed(memory, *blocks):
    for block in blocks:
        memory.push(block)
    return memory.coefficients


def assert_close(found, expected, tolerance=1e-10):
    scale = max(1e-3, np.abs(expected).max(initial=0.0))
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * scale)


@lean
@given(measures, orders, windows, methods, cut(channels=2))
def test_push_is_independent_of_block_boundaries(measure, order, theta, method, cut_signal):
    signal, places = cut_signal
    whole = pushed(memory_of(measure, order, theta, method, 2), signal)
    parts = pushed(memory_of(measure, order, theta, method, 2), *np.split(signal, places, axis=1))
    assert_close(parts, whole)


@lean
@given(measures, orders, windows, methods, signals(longest=60))
def test_every_state_is_that_of_the_twin(measure, order, theta, method, signal):
    memory = memory_of(measure, order, theta, method)
    states = memory.trajectory(signal)
    assert_close(states[0], states_of(measure, order, signal[0], RATE, theta, method), 1e-9)
    assert states.shape == (1, signal.shape[1], order)


@lean
@given(measures, orders, windows, methods, cut())
def test_trajectory_ends_where_push_does(measure, order, theta, method, cut_signal):
    signal, places = cut_signal
    assume(signal.shape[1])
    traced = memory_of(measure, order, theta, method)
    states = np.concatenate([traced.trajectory(part) for part in np.split(signal, places, axis=1)], axis=1)
    end = pushed(memory_of(measure, order, theta, method), signal)
    assert_close(states[:, -1], end)
    assert_close(traced.coefficients, end)
    assert traced.samples == signal.shape[1]


@lean
@given(measures, orders, windows, methods, signals(channels=2), st.floats(-5, 5), st.floats(-5, 5))
def test_memory_is_linear(measure, order, theta, method, both, a, b):
    mixed = pushed(memory_of(measure, order, theta, method), a * both[:1] + b * both[1:])
    first, second = (pushed(memory_of(measure, order, theta, method), row[None]) for row in both)
    scale = max(1.0, np.abs(a * first).max(), np.abs(b * second).max())
    np.testing.assert_allclose(mixed, a * first + b * second, rtol=0, atol=1e-10 * scale)


@lean
@given(measures, orders, windows, methods, signals(channels=3))
def test_channels_do_not_hear_each_other(measure, order, theta, method, three):
    together = pushed(memory_of(measure, order, theta, method, 3), three)
    for row, expected in zip(three, together, strict=True):
        assert_close(pushed(memory_of(measure, order, theta, method), row), expected[None])


@lean
@given(measures, orders, windows, methods, cut(channels=2), st.sampled_from(["float64", "float32"]))
def test_a_restored_memory_goes_on_as_if_nothing_had_been(measure, order, theta, method, cut_signal, dtype):
    signal, places = cut_signal
    place = places[0] if places else signal.shape[1] // 2
    memory = memory_of(measure, order, theta, method, 2, dtype)
    memory.push(signal[:, :place])
    file = io.BytesIO()
    np.savez(file, **memory.snapshot())
    file.seek(0)
    with np.load(file) as loaded:
        restored = OnlineMemory.restore(loaded)
    assert restored.settings == memory.settings
    np.testing.assert_array_equal(restored.coefficients, memory.coefficients)
    ends = [pushed(one, signal[:, place:]) for one in (memory, restored)]
    assert_close(ends[1], ends[0], 1e-6 if dtype == "float32" else 1e-13)
    assert restored.time == memory.time


@lean
@given(measures, orders, windows, methods, signals())
def test_float32_is_float64_rounded(measure, order, theta, method, signal):
    single = pushed(memory_of(measure, order, theta, method, dtype="float32"), signal)
    double = pushed(memory_of(measure, order, theta, method), signal)
    assert single.dtype == np.float32
    # Against the signal, not the coefficients: those may be small by cancellation.
    scale = np.abs(signal).max(initial=1.0) * (2 * order) ** 0.5 * np.abs(measure.transition(order).B).max()
    np.testing.assert_allclose(single, double, rtol=0, atol=3e-6 * scale)


@lean
@given(st.sampled_from(["lagt", "legs", "legs-lti"]), orders, windows, cut())
def test_zoh_holds_the_definition_at_every_cut(name, order, theta, cut_signal):
    signal, places = cut_signal
    memory = memory_of(name, order, theta, "zoh")
    for part in np.split(signal, places, axis=1):
        memory.push(part)
        assert_close(memory.coefficients, project(name, signal, RATE, order, theta, at=memory.time))


@lean
@given(measures, orders, windows, st.sampled_from(["legs", "other"]), signals())
def test_orthonormal_coefficients_have_no_more_energy_than_the_past(measure, order, theta, legs, signal):
    """Bessel's inequality, Σ c² ≤ ∫ f² ω: of the definition, and so of every exact memory."""
    assume(signal.shape[1] and measure.label != "LegT (LMU)")
    found = project(MEASURES["legs"] if legs == "legs" else measure, signal, RATE, order, theta)
    assert (found**2).sum() <= np.square(signal).max() * (1 + 1e-9)


@lean
@given(measures, orders, windows, methods, signals(longest=80), st.lists(st.floats(-5, 5), max_size=20))
def test_reconstruction_is_finite_or_outside(measure, order, theta, method, signal, times):
    memory = memory_of(measure, order, theta, method)
    memory.push(signal)
    values = memory.reconstruct(times)
    assert values.shape == (1, len(times))
    future = np.array(times) > memory.time + 1e-9
    assert np.isnan(values[0, future]).all()
    assert not np.isinf(values).any()
    if signal.shape[1]:
        newest = memory.reconstruct([memory.time - 1 / RATE, memory.time - 0.5 / RATE])
        assert np.isfinite(newest).all()

"""The error in the measure, bin by bin, against a direct sum over many points in every sample."""

from dataclasses import replace

import numpy as np
import pytest

from hippo_studio.app.memory.columns import Columns
from hippo_studio.app.memory.moments import Moments
from hippo_studio.app.memory.past import past_grid
from hippo_studio.hippo import MEASURES, OnlineMemory, get_measure, project

RATE, THETA = 1000.0, 0.8


def direct(memory, samples):
    """‖f − f̂‖_ω and ‖f‖_ω by brute force: many ages per sample, each with its own basis value."""
    now, measure = memory.samples, memory.measure
    scale = memory.theta * RATE if measure.time_invariant else now
    oldest = min(measure.support, 80.0 if measure.name == "lagt" else 20.0) * scale
    fine = 40 if measure.support > 1 else 100
    ages = (np.arange(round(oldest) * fine) + 0.5) / fine  # in samples
    cells = np.floor(now - ages).astype(int)
    f = np.where(cells >= 0, samples[np.clip(cells, 0, None)], 0.0)
    weight = measure.weight(ages / scale) / (fine * scale)
    told = memory.coefficients[0] @ measure.basis(memory.order, ages / scale)
    return np.sqrt(weight @ (f - told) ** 2), np.sqrt(weight @ f**2)


def built(samples):
    moments = Moments(samples)
    while not moments.build():
        pass
    return moments


def signal(cycles_per_second, length=1500):
    t = np.arange(length) / RATE
    slow = np.sin(2 * np.pi * 0.7 * t + 1)
    return slow + 0.5 * np.sin(2 * np.pi * cycles_per_second * t) + 0.3


@pytest.mark.parametrize("order", [1, 15])
@pytest.mark.parametrize("name", [*MEASURES, "glagt", "lmu"])
@pytest.mark.parametrize("cycles", [2.0, 60.0])
def test_the_error_in_the_measure_equals_the_direct_sum(name, order, cycles):
    measure = {
        "glagt": get_measure("lagt", alpha=0.3, beta=1.5),
        "lmu": get_measure("legt", normalization="lmu"),
    }.get(name) or get_measure(name)
    samples = signal(cycles)
    memory = OnlineMemory(measure, order, RATE, THETA, method="zoh")
    memory.push(samples)
    grid = past_grid(measure, order)
    scale = memory.theta * RATE if measure.time_invariant else memory.samples
    signal_heard = grid.hear(built(samples), memory.samples, scale)
    error, norm = grid.errors(grid.weighed(memory.coefficients[0]), signal_heard)
    wanted_error, wanted_norm = direct(memory, samples)
    tolerance = 2e-2 if name == "glagt" else 2e-3  # GLagT's weight has no bound at age 0
    assert norm == pytest.approx(wanted_norm, rel=tolerance)
    assert error == pytest.approx(wanted_error, rel=tolerance, abs=tolerance * 0.05 * wanted_norm)


def test_a_good_memory_shows_an_error_far_below_a_hundredth_of_a_percent():
    samples = np.sin(2 * np.pi * 3.0 * np.arange(4000) / RATE)
    memory = OnlineMemory("legt", 64, RATE, THETA, method="zoh")
    memory.push(samples)
    grid = past_grid(memory.measure, 64)
    heard = grid.hear(built(samples), 4000, THETA * RATE)
    error, norm = grid.errors(grid.weighed(memory.coefficients[0]), heard)
    wanted, _ = direct(memory, samples)
    # what is left is the staircase that a sampled sine is: 0.5 % here, and the bins must see exactly that
    assert error / norm == pytest.approx(wanted / norm, rel=0.02)


@pytest.mark.parametrize("name", list(MEASURES))
def test_the_grid_tells_what_reconstruct_says(name):
    measure = get_measure(name)
    samples = signal(5.0, 1777)
    memory = OnlineMemory(measure, 48, RATE, THETA, method="zoh")
    memory.push(samples)
    grid = past_grid(measure, 48)
    unit = THETA if measure.time_invariant else memory.time
    present, first = (memory.samples - 0.5) / RATE, -0.5 / RATE
    columns = Columns(first, (present - first) / 700, 700, first, present, unit)
    told = columns.told(grid, grid.weighed(memory.coefficients[0]), grid.reach)
    times = columns.start + (np.arange(columns.count) + 0.5) * columns.width
    inside = np.isfinite(told)
    oldest = present - min(measure.support, 1e9) * unit * (1 - 1e-6)
    wanted = memory.reconstruct(np.maximum(times[inside], oldest))[0]
    np.testing.assert_allclose(told[inside], wanted, atol=0.01 * np.ptp(wanted))
    reach = measure.support if np.isfinite(measure.support) else -np.log(0.005)
    assert inside.sum() * columns.width == pytest.approx(min(reach * unit, present - first), rel=0.05)


@pytest.mark.parametrize("shift", [0.1, 0.3, 0.45, 0.7, 0.9])
def test_the_column_that_the_edge_of_the_window_cuts_tells_its_part_inside(shift):
    grid = past_grid(get_measure("legt"), 16)
    width = 0.01
    columns = Columns(-0.5 + (shift - 0.5) * width, width, 70, -9.0, present=0.0, unit=0.4)
    told = columns.told(grid, grid.weighed(np.r_[1.0, np.zeros(15)]), grid.reach)
    left = columns.start + np.arange(70) * width
    within = (left + width > -0.4 + 1e-6) & (left < -1e-9)
    np.testing.assert_array_equal(np.isfinite(told), within)
    np.testing.assert_allclose(told[within], 1.0, rtol=1e-5)


@pytest.mark.parametrize("name", list(MEASURES))
def test_the_weight_of_all_bins_is_one(name):
    for order in (1, 64, 512):
        grid = past_grid(get_measure(name), order)
        assert (grid.density @ np.diff(grid.edges)) == pytest.approx(1.0, abs=1e-4)
        assert grid.strength.max() <= 1.0
        assert grid.basis.dtype == np.float32


@pytest.mark.parametrize("order", [1, 2, 7, 64, 511])
@pytest.mark.parametrize("name", ["legt", "legs", "fout", "lmu"])
def test_a_fast_transform_gives_the_means_of_the_basis(name, order):
    measure = get_measure("legt", normalization="lmu") if name == "lmu" else get_measure(name)
    grid = replace(past_grid(measure, order))
    grid.prepare()
    assert "basis" not in vars(grid)  # the matrix is not made for it
    coefficients = np.random.default_rng(order).standard_normal(order)
    wanted = grid.basis.astype(np.float64) @ coefficients
    found = grid.weighed(coefficients)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, wanted, atol=3e-6 * np.abs(wanted).max())


def test_silence_has_no_norm():
    grid = past_grid(get_measure("legt"), 4)
    heard = grid.hear(built(np.zeros(500)), 300, 100.0)
    assert grid.errors(grid.weighed(np.zeros(4)), heard) == (0.0, 0.0)


@pytest.mark.parametrize("position", [1, 7, 300, 1500])
@pytest.mark.parametrize("name", [*MEASURES, "lmu", 0.3, -0.5, 0.9, -0.9])
def test_the_optimum_is_the_projection_of_the_definition(name, position):
    """Also at the start of the signal, and for GLagT's steep weights (by their α)."""
    measure = get_measure("legt", normalization="lmu") if name == "lmu" else None
    measure = measure or (
        get_measure(name) if isinstance(name, str) else get_measure("lagt", alpha=name, beta=1.2)
    )
    samples = signal(11.0)
    grid = past_grid(measure, 32)
    scale = THETA * RATE if measure.time_invariant else position
    heard = grid.hear(built(samples), position, scale)
    found = grid.optimum(heard)
    wanted = project(measure, samples, RATE, 32, THETA, at=position / RATE)[0]
    steep = not isinstance(name, str)
    tolerance = (0.06 if position < 10 else 0.01) if steep else 8e-4
    np.testing.assert_allclose(found, wanted, atol=tolerance * np.linalg.norm(wanted))
    errors = [grid.errors(grid.weighed(c), heard)[0] for c in (found, wanted)]
    assert errors[0] == pytest.approx(errors[1], abs=2e-4 * grid.errors(0 * grid.root, heard)[1])


@pytest.mark.parametrize("name", list(MEASURES))
def test_nothing_tells_more_than_the_optimum(name):
    samples = signal(11.0)
    memory = OnlineMemory(name, 20, RATE, THETA, method="backward")
    memory.push(samples)
    grid = past_grid(memory.measure, 20)
    scale = THETA * RATE if memory.measure.time_invariant else memory.samples
    heard = grid.hear(built(samples), memory.samples, scale)
    own, _ = grid.errors(grid.weighed(memory.coefficients[0]), heard)
    best, _ = grid.errors(grid.weighed(grid.optimum(heard)), heard)
    assert best < own

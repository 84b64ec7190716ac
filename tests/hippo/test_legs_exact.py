"""Exact LegS against its definition, and against what it must be in closed form."""

import numpy as np
import pytest
from scipy.special import eval_legendre, roots_legendre

from hippo_studio.hippo.legs_exact import LONGEST_BLOCK, advance, moments_needed, prepare, trajectory
from hippo_studio.hippo.legs_tables import gauss, moments

RNG = np.random.default_rng(7)
LENGTHS = [0, 1, 2, 7, 63, 64, 65, 799, 800, 4096]


def legendre(order, x):
    """P_n(x) for n < order in extended precision, one after another."""
    before, now = np.zeros(len(x), np.longdouble), np.ones(len(x), np.longdouble)
    for n in range(order):
        yield now
        before, now = now, ((2 * n + 1) * x * now - n * before) / (n + 1)


def defined(u, order):
    """c_n = Σ_j u_j ∫ √(2n+1) P_n over sample j's part of [0, 1]: (channels, N), by P_{n+1} - P_{n-1}."""
    edges = 2 * np.arange(u.shape[1] + 1, dtype=np.longdouble) / u.shape[1] - 1
    values = [-np.ones_like(edges), *legendre(order + 1, edges)]
    parts = [np.diff(values[n + 2] - values[n]) / 2 / np.sqrt(2 * n + 1) for n in range(order)]
    return u @ np.array(parts, dtype=np.float64).T


def staircase(samples, order):
    """Coefficients of f = ½, 1½, 2½ … by hand, but for odd n ≥ 3, which are of the order of 1/T."""
    c = np.zeros((1, order))
    c[0, 0] = samples / 2
    c[0, 1:2] = np.sqrt(3) / 6 * (samples - 1 / samples)
    return c


def off(found, expected):
    return np.abs(found - expected).max(initial=0.0) / max(1.0, np.abs(expected).max(initial=0.0))


@pytest.mark.parametrize("order", [1, 2, 3, 7, 64, 256, 512])
def test_blocks_of_any_length_equal_the_definition(order):
    u = RNG.standard_normal((5, 7000))
    c, seen = np.zeros((5, order)), 0
    for length in [*LENGTHS, *RNG.integers(0, 400, 4)]:
        c = advance(c, u[:, seen : seen + length], seen)
        seen += int(length)
        if seen:
            assert off(c, defined(u[:, :seen], order)) < 1e-12


@pytest.mark.parametrize("channels", [1, 2, 5])
def test_channels_do_not_touch_each_other(channels):
    c, u = RNG.standard_normal((channels, 30)), RNG.standard_normal((channels, 5000))
    for length in (1, 800, 5000):
        together = advance(c, u[:, :length], 900)
        for channel in range(channels):
            alone = advance(c[channel : channel + 1], u[channel : channel + 1, :length], 900)
            assert off(together[channel], alone[0]) < 1e-13


def test_the_first_sample_is_remembered_exactly():
    c = advance(np.zeros((1, 64)), np.array([[2.5]]), 0)
    np.testing.assert_array_equal(c, 2.5 * np.eye(1, 64))


@pytest.mark.parametrize("order", [1, 64, 512])
@pytest.mark.parametrize("seen", [5, 1000, 10**6, 10**8])
def test_a_block_needs_only_its_first_moments(order, seen):
    """With all of its moments, by quadrature on each sample: what M ≈ 2.2 N √(L/t) + 16 leaves out."""
    nodes, weights = roots_legendre(12)
    for length in (1, 7, 64, 800):
        u, end = RNG.standard_normal((1, length)), seen + length
        ages = 2 * (np.arange(length)[:, None] + (1 - nodes) / 2) / end  # from the end, in [0, 2]
        if length / end > 0.01 * min(1, (64 / order) ** 2):
            continue  # twelve nodes per sample are too few here
        flat = np.ravel(1 - ages.astype(np.longdouble))
        values = np.array(list(legendre(order, flat)), dtype=np.float64).reshape(order, *ages.shape)
        expected = (values @ weights) / 2 / end @ u[0, ::-1] * np.sqrt(2 * np.arange(order) + 1)
        assert off(advance(np.zeros((1, order)), u, seen)[0], expected) < 1e-13
        assert moments_needed(order, length, end) <= order


@pytest.mark.parametrize("order", [1, 2, 64, 512])
def test_constants_and_lines_do_not_drift(order):
    """2500 re-projections, and 1000 more from 10^8 samples on: the line's coefficients are known."""
    for start, blocks, length in [(0, 2500, 800), (10**8, 1000, 800), (10**8, 3, 100_000)]:
        c, seen = staircase(start, order) if start else np.zeros((1, order)), start
        constant = np.eye(1, order)
        for _ in range(blocks):
            c = advance(c, np.arange(seen, seen + length)[None] + 0.5, seen)
            constant = advance(constant, np.ones((1, length)), seen)
            seen += length
        np.testing.assert_allclose(constant, np.eye(1, order), atol=1e-11)
        expected = staircase(seen, order)
        beyond = 1e-11 + 2.0 / length * (np.arange(order) >= 3) * (start == 0) / seen
        assert (np.abs(c - expected) / seen <= beyond).all()


@pytest.mark.parametrize("order", [3, 64, 256])
def test_long_pushes_equal_short_ones(order):
    u = RNG.standard_normal((2, 300_000))
    start = RNG.standard_normal((2, order))
    for seen in (0, 12_345):
        whole = advance(start, u, seen) if seen else advance(0 * start, u, 0)
        c, taken = start if seen else 0 * start, 0
        while taken < u.shape[1]:
            c = advance(c, u[:, taken : taken + LONGEST_BLOCK], seen + taken)
            taken += LONGEST_BLOCK
        assert off(whole, c) < 1e-11


@pytest.mark.parametrize("order", [1, 2, 7, 64, 200])
def test_every_state_equals_its_own_projection(order):
    u = RNG.standard_normal((2, 5000))
    for seen, length in [(0, 0), (0, 1), (0, 65), (0, 3000), (3, 40), (20_000, 5000), (10**8, 800)]:
        c = RNG.standard_normal((2, order)) if seen else np.zeros((2, order))
        found = trajectory(c, u[:, :length], seen)
        assert found.shape == (2, length, order)
        for row in {0, 1, 31, 32, 63, 799, length - 1} & set(range(length)):
            assert off(found[:, row], advance(c, u[:, : row + 1], seen)) < 1e-11


def test_states_go_where_they_are_wanted():
    u, room = RNG.standard_normal((2, 70)), np.zeros((2, 100, 8), np.float32)
    out = room[:, 20:90]
    assert trajectory(np.zeros((2, 8)), u, 0, out=out) is out
    np.testing.assert_allclose(out, trajectory(np.zeros((2, 8)), u, 0), atol=1e-6)
    assert not room[:, :20].any()
    assert not room[:, 90:].any()


def test_float32_in_float32_out():
    c, u = np.zeros((1, 20), np.float32), RNG.standard_normal((1, 9000)).astype(np.float32)
    for length in (0, 800, 9000):
        after = advance(c, u[:, :length], 0)
        assert after.dtype == np.float32
        assert off(after, defined(u[:, :length].astype(float), 20) if length else c) < 1e-6
    assert trajectory(c, u[:, :50], 0).dtype == np.float32


def test_arguments_may_be_read_only_and_are_not_changed():
    c, u = RNG.standard_normal((1, 9)), RNG.standard_normal((1, 5000))
    before = c.copy(), u.copy()
    for array in (c, u):
        array.setflags(write=False)
    for length in (0, 1, 5000):
        after = advance(c, u[:, :length], 40)
        assert after is not c
        assert after.flags.writeable
        trajectory(c, u[:, :length], 40)
    np.testing.assert_array_equal(c, before[0])
    np.testing.assert_array_equal(u, before[1])


class TestTables:
    @pytest.mark.parametrize("count", [1, 2, 3, 16, 33, 512])
    def test_gauss_is_exact_for_twice_its_degree(self, count):
        nodes, weights = gauss(count)
        np.testing.assert_allclose(weights.sum(), 1, atol=1e-15)
        np.testing.assert_array_equal(nodes, -nodes[::-1])
        for degree in {1, count - 1, count, 2 * count - 1} - {0}:
            assert abs(eval_legendre(degree, nodes) @ weights) < 1e-15
        square = eval_legendre(count - 1, nodes) ** 2 @ weights
        np.testing.assert_allclose(square * (2 * count - 1), 1, rtol=1e-13)

    def test_the_moments_of_a_constant(self):
        np.testing.assert_allclose(moments(37, 20).sum(axis=1), np.eye(1, 20)[0], atol=1e-15)
        np.testing.assert_array_equal(moments(1, 5)[:, 0], np.eye(1, 5)[0])


def test_after_preparing_no_block_waits_for_nodes():
    prepare(40)
    before = gauss.cache_info().misses
    u = RNG.standard_normal((1, 60_000))
    c, seen = np.zeros((1, 40)), 0
    for length in (1, 5, 100, 800, 801, 2048, 3000, 12_000, 30_000):
        c = advance(c, u[:, seen : seen + length], seen)
        seen += length
    assert gauss.cache_info().misses == before

"""LegS by compiled steps against dense solves, one step after another."""

import numpy as np
import pytest

from hippo_studio.hippo import transition
from hippo_studio.hippo.blocks import BlockUpdate
from hippo_studio.hippo.recurrence import _steps_in_turn, legs_steps, legs_trajectory, warm_up

RNG = np.random.default_rng(6)
LENGTHS = [0, 1, 2, 6, 7, 31, 32, 33, 63, 64, 65]
ALPHAS = [0.0, 0.3, 0.5, 0.7, 1.0]


def solved(c, u, first_step, alpha):
    """Every state (channels, L + 1, N), c first: (I - αA/k) c' = (I + (1-α)A/k) c + (B/k) u, as it stands."""
    A, B = transition("legs", c.shape[1])
    identity = np.eye(len(B))
    states = [c]
    for k, samples in enumerate(u.T, start=first_step):
        right = (identity + (1 - alpha) / k * A) @ c.T + np.outer(B / k, samples)
        c = np.linalg.solve(identity - alpha / k * A, right).T
        states.append(c)
    return np.stack(states, axis=1)


def stable_from(order, alpha):
    """Steps before this one amplify where α < ½, and rounding with them."""
    return 1 if alpha >= 0.5 else order


def off(found, expected):
    return np.abs(found - expected).max(initial=0.0) / max(1.0, np.abs(expected).max(initial=0.0))


@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("order", [1, 2, 3, 7, 64])
def test_steps_equal_dense_solves(order, alpha):
    for first_step in (stable_from(order, alpha), 1000, 10**8):
        c, u = RNG.standard_normal((5, order)), RNG.standard_normal((5, max(LENGTHS)))
        states = solved(c, u, first_step, alpha)
        for length in LENGTHS:
            for channels in (1, 2, 5):
                given = c[:channels], u[:channels, :length], first_step, alpha
                assert off(legs_steps(*given), states[:channels, length]) < 1e-12
                assert off(legs_trajectory(*given), states[:channels, 1 : length + 1]) < 1e-12


@pytest.mark.parametrize("order", [256, 512])
def test_large_orders_equal_dense_solves(order):
    c, u = np.zeros((1, order)), RNG.standard_normal((1, 40))
    for alpha in (0.5, 1.0):
        states = solved(c, u, 1, alpha)
        assert off(legs_steps(c, u, 1, alpha), states[:, -1]) < 1e-12
        assert off(legs_trajectory(c, u, 1, alpha), states[:, 1:]) < 1e-12


@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("order", [1, 5, 64, 256, 512])
def test_the_wavefront_equals_steps_in_turn(order, alpha):
    for length in (799, 800, 4096):
        first_step = stable_from(order, alpha)
        c, u = RNG.standard_normal((1, order)), RNG.standard_normal((1, length))
        state, every = c[0].copy(), np.empty((length, order))
        _steps_in_turn(state, u[0].copy(), first_step, alpha, True, every)
        assert off(legs_steps(c, u, first_step, alpha), state[None]) < 1e-12
        assert off(legs_trajectory(c, u, first_step, alpha), every[None]) < 1e-12


def test_a_long_push_equals_its_pieces():
    u = RNG.standard_normal((2, 30_000))
    whole = legs_steps(np.zeros((2, 50)), u, 1, 0.5)
    c, seen = np.zeros((2, 50)), 0
    while seen < u.shape[1]:
        length = int(RNG.integers(0, 2000))
        c = legs_steps(c, u[:, seen : seen + length].copy(), seen + 1, 0.5)
        seen = min(u.shape[1], seen + length)
    assert off(c, whole) < 1e-13


def test_a_constant_is_remembered_as_itself():
    for alpha in (0.5, 0.7, 1.0):
        c = legs_steps(np.array([[3.0, 0, 0, 0, 0]]), np.full((1, 100_000), 3.0), 1, alpha)
        np.testing.assert_allclose(c, [[3.0, 0, 0, 0, 0]], atol=1e-12)


@pytest.mark.parametrize("length", [3, 500])
def test_float32_in_float32_out(length):
    c, u = np.zeros((2, 20), np.float32), RNG.standard_normal((2, length)).astype(np.float32)
    expected = legs_trajectory(c.astype(float), u.astype(float), 1, 0.5)
    after, every = legs_steps(c, u, 1, 0.5), legs_trajectory(c, u, 1, 0.5)
    assert after.dtype == every.dtype == np.float32
    assert off(every, expected) < 1e-6
    assert off(after, expected[:, -1]) < 1e-6


def test_arguments_may_be_read_only_and_are_not_changed():
    c, u = RNG.standard_normal((1, 9)), RNG.standard_normal((1, 100))
    before = c.copy(), u.copy()
    for array in (c, u):
        array.setflags(write=False)
    assert legs_steps(c, u[:, :0], 5, 0.5) is not c
    legs_steps(c, u, 5, 0.5)
    legs_trajectory(c, u, 5, 0.5)
    np.testing.assert_array_equal(c, before[0])
    np.testing.assert_array_equal(u, before[1])


def test_states_go_where_they_are_wanted():
    c, u, room = np.zeros((2, 8)), RNG.standard_normal((2, 70)), np.zeros((2, 100, 8))
    out = room[:, 20:90]
    assert legs_trajectory(c, u, 1, 0.5, out=out) is out
    np.testing.assert_array_equal(out, legs_trajectory(c, u, 1, 0.5))
    assert not room[:, :20].any()
    assert not room[:, 90:].any()


def test_warming_up_leaves_nothing_to_compile():
    warm_up()
    from hippo_studio.hippo import legs_exact, wavefront
    from hippo_studio.hippo.thin_products import write_thin_products

    update = BlockUpdate(0.5 * np.eye(5), np.ones(5))
    compiled = (_steps_in_turn, wavefront.steps_in_lanes, legs_exact._reproject, write_thin_products)
    for function in compiled:
        before = len(function._dispatcher.signatures)
        legs_steps(np.zeros((3, 5)), np.ones((3, 40)), 1, 0.5)
        legs_steps(np.zeros((3, 5), np.float32), np.ones((3, 2)), 1, 1.0)
        legs_exact.advance(np.zeros((2, 5)), np.ones((2, 9)), 7)
        update.trajectory(np.zeros((2, 5), np.float32), np.ones((2, 300)))
        update.trajectory(np.zeros((2, 5)), np.ones((2, 300)))
        assert len(function._dispatcher.signatures) == before > 0

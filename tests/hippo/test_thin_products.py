"""Thin products tile by tile, against NumPy's; and states that go past the caches."""

import numpy as np
import pytest

from hippo_studio.hippo import discretize, get_measure, trajectories
from hippo_studio.hippo.blocks import BlockUpdate
from hippo_studio.hippo.thin_products import CACHE_LINE, room_for_states, write_thin_products
from hippo_studio.hippo.trajectories import _panels

RNG = np.random.default_rng(3)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("order", [1, 7, 8, 13, 64])
def test_every_tile_is_numpys_product(order, dtype):
    blocks, rank, size = 3, 5, 16
    weights, responses = RNG.standard_normal((rank, size)), RNG.standard_normal((rank, order))
    skeletons, sums = RNG.standard_normal((blocks, rank, order)), RNG.standard_normal((blocks, rank, size))
    expected = (weights.T @ skeletons + sums.transpose(0, 2, 1) @ responses).reshape(-1, order)
    factors = _panels(weights, 4), _panels(skeletons, 8), _panels(sums, 4), _panels(responses, 8)
    for length in (1, 4, 31, 46, 48):
        for past_caches in (False, True) if order % 16 == 0 else (False,):
            room = room_for_states((length + 1, order), dtype)
            room[:] = 7
            write_thin_products(*factors, past_caches, room[:length])
            assert np.abs(room[:length] - expected[:length]).max() < (1e-13 if dtype == np.float64 else 1e-5)
            assert (room[length] == 7).all()


def test_room_begins_where_a_line_of_the_cache_does():
    for shape in ((1, 3, 7), (2, 100, 64)):
        for dtype in (np.float32, np.float64):
            room = room_for_states(shape, dtype)
            assert (room.shape, room.dtype, room.ctypes.data % CACHE_LINE) == (shape, dtype, 0)
            assert room.flags.c_contiguous
            assert room.flags.writeable
    assert room_for_states((2, 0, 5), np.float32).shape == (2, 0, 5)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_trajectory_larger_than_the_caches_is_the_same(dtype, monkeypatch):
    A, B = get_measure("legt").transition(32)
    update = BlockUpdate(*discretize(A, B, 1 / 4800, "zoh"))
    c, u = RNG.standard_normal((1, 32)).astype(dtype), RNG.standard_normal((1, 9001))
    expected = update.trajectory(c, u)
    asked = []

    def write(*arguments):
        asked.append(arguments[-2])
        write_thin_products(*arguments)

    monkeypatch.setattr(trajectories, "write_thin_products", write)
    monkeypatch.setattr(trajectories, "BEYOND_CACHES", 0)
    np.testing.assert_array_equal(update.trajectory(c, u), expected)
    assert all(asked)
    asked.clear()
    aside = np.empty(expected.size + 16, dtype)
    shift = 1 + -aside.ctypes.data % CACHE_LINE // expected.itemsize
    unaligned = aside[shift : shift + expected.size].reshape(expected.shape)
    np.testing.assert_array_equal(update.trajectory(c, u, out=unaligned), expected)
    assert asked
    assert not any(asked)

"""Steps in O(N), many pieces side by side, against one dense step after another."""

import numpy as np
import pytest

from hippo_studio.hippo import discretize, get_measure
from hippo_studio.hippo.blocks import BlockUpdate
from hippo_studio.hippo.structured_steps import LANES, structured_step

RNG = np.random.default_rng(12)
MEMORIES = {
    "legt": get_measure("legt"),
    "lmu": get_measure("legt", normalization="lmu"),
    "lagt": get_measure("lagt"),
    "glagt": get_measure("lagt", alpha=-0.4, beta=0.7),
    "fout": get_measure("fout"),
    "legs-lti": get_measure("legs-lti"),
}
every_memory = pytest.mark.parametrize("name", MEMORIES)


def off(found, expected):
    return np.abs(found - expected).max() / np.abs(expected).max()


@every_memory
@pytest.mark.parametrize("order", [2, 3, 6, 7, 64, 130])
@pytest.mark.parametrize("alpha", [0.3, 0.5, 1.0])
def test_every_lane_takes_the_dense_step(name, order, alpha):
    A, B = MEMORIES[name].transition(order)
    for window in (48_000, max(10, order**2 // 8)):  # the shorter one as hard as a two-sided solve may be
        Ad, Bd = discretize(A, B, 1 / window, "gbt", alpha)
        c, u = RNG.standard_normal((LANES, order)), RNG.standard_normal((LANES, 20))
        found = np.empty((LANES * 20, order))
        step = structured_step(A, B, 1 / window, alpha)
        if step is None:
            assert (name in ("legt", "lmu"), window) == (True, max(10, order**2 // 8))
            continue
        step.run(c, u, found)
        states = []
        for samples in u.T:
            c = c @ Ad.T + samples[:, None] * Bd
            states.append(c)
        assert off(found, np.stack(states, axis=1).reshape(-1, order)) < 1e-12


def test_no_structure_is_claimed_where_there_is_none():
    A, B = RNG.standard_normal((6, 6)), RNG.standard_normal(6)
    assert structured_step(A, B, 0.1, 0.5) is None
    A, B = get_measure("fout").transition(6)
    assert structured_step(A, 2 * B, 0.1, 0.5) is None  # FouT's A follows from its B
    assert structured_step(*get_measure("legt").transition(64), 0.1, 0.5) is None  # rounding would grow
    assert (
        structured_step(*get_measure("lagt").transition(6), 0.1, 0.0) is None
    )  # forward Euler solves nothing
    assert structured_step(*get_measure("lagt").transition(1), 0.1, 0.5) is None


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@every_memory
def test_trajectories_of_any_length_are_those_without_it(name, dtype):
    A, B = MEMORIES[name].transition(24)
    Ad, Bd = discretize(A, B, 1 / 4800, "bilinear")
    plain = BlockUpdate(Ad, Bd)
    fast = BlockUpdate(Ad, Bd, structured_step(A, B, 1 / 4800, 0.5))
    c, u = RNG.standard_normal((2, 24)), RNG.standard_normal((2, 9000))
    expected = plain.trajectory(c, u)
    for length in (255, 256, 257, 800, 8192, 8193, 9000):
        found = fast.trajectory(c.astype(dtype), u[:, :length])
        assert found.dtype == dtype
        assert off(found, expected[:, :length]) < (1e-11 if dtype == np.float64 else 1e-6)

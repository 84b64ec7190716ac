"""Every measure, method, order and cut into blocks, against one dense step after another, to 1e-9."""

import itertools
import warnings

import numpy as np
import pytest
from hippo_twins import relative, states_of

from hippo_studio.hippo import METHODS, MemoryWarning, OnlineMemory, get_measure

RNG = np.random.default_rng(21)
MEASURES = [
    get_measure("legt"),
    get_measure("legt", normalization="lmu"),
    get_measure("legs"),
    get_measure("lagt"),
    get_measure("lagt", alpha=0.4, beta=0.7),
    get_measure("fout"),
    get_measure("legs-lti"),
]
RATE = 1000.0
SAMPLES = 340
CUTS = {  # lengths of pushes, over and over
    "sample by sample": [1],
    "frames": [31],
    "one frame": [SAMPLES],
    "uneven": [0, 1, 2, 7, 63, 64, 65],
}


@pytest.mark.parametrize("order", [1, 2, 7, 40])
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.label)
def test_all_ways_to_push_are_the_plain_loop(measure, method, order):
    u = RNG.standard_normal(SAMPLES)
    for theta in (2.0, 0.05):
        if made(measure, order, theta, method) is None:
            continue
        states = states_of(measure, order, u, RATE, theta, method, 0.7)
        assert relative(made(measure, order, theta, method).trajectory(u)[0], states) < 1e-9
        for lengths in CUTS.values():
            memory, seen = made(measure, order, theta, method), 0
            for length in itertools.cycle(lengths):
                memory.push(u[seen : seen + length])
                seen = min(SAMPLES, seen + length)
                # LegS by forward Euler amplifies its first samples, and their rounding: beside the largest.
                scale = np.abs(states if method == "forward" else states[max(seen - 1, 0)]).max()
                assert seen == 0 or np.abs(memory.coefficients[0] - states[seen - 1]).max() < 1e-9 * scale
                if seen == SAMPLES:
                    break


def made(measure, order, theta, method):
    """Such a memory, or None where forward Euler is bound to blow up."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MemoryWarning)
            return OnlineMemory(measure, order, RATE, theta, method, alpha=0.7)
    except ValueError:
        if method != "forward":
            raise
        return None

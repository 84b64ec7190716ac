"""A signal read back at one age, against the memory asked after every single sample."""

import numpy as np
import pytest
from hippo_twins import every_measure

from hippo_studio.hippo import OnlineMemory
from hippo_studio.hippo.readout import Readout


def asked_each_time(memory, samples, back):
    told = np.zeros(samples.shape)
    for j in range(samples.shape[1]):
        memory.push(samples[:, j : j + 1])
        k = memory.samples - 1 - back
        if k >= 0:
            told[:, j] = memory.reconstruct([k / memory.sample_rate])[:, 0]
    return told


@every_measure
@pytest.mark.parametrize("method", ["zoh", "bilinear"])
@pytest.mark.parametrize(("order", "back", "length"), [(1, 0, 40), (7, 13, 1), (33, 50, 700)])
def test_reading_back_equals_asking_after_every_sample(name, method, order, back, length):
    samples = np.random.default_rng(0).standard_normal((2, 90 + length))
    settings = OnlineMemory(name, order, 100.0, 1.0, method, channels=2).settings
    fast, slow = OnlineMemory.from_settings(settings), OnlineMemory.from_settings(settings)
    readout = Readout(settings, back)
    told = np.concatenate([readout.read(fast, samples[:, :90]), readout.read(fast, samples[:, 90:])], axis=1)
    expected = asked_each_time(slow, samples, back)
    assert told == pytest.approx(expected, abs=1e-9 * max(1, np.abs(expected).max()))
    assert fast.samples == slow.samples


def test_the_window_ends_what_can_be_read():
    settings = OnlineMemory("legt", 8, 100.0, 1.0).settings
    Readout(settings, 99)
    with pytest.raises(ValueError, match=r"LegT holds the last 100 samples; the sample 101 samples back"):
        Readout(settings, 101)
    with pytest.raises(ValueError, match=r"received -1"):
        Readout(settings, -1)

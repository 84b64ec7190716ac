import threading
import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hippo_studio.app.memory import moments as module
from hippo_studio.app.memory.moments import Moments
from hippo_studio.signals.file_samples import FileSamples, SampleFile


def direct(samples, edges):
    """The same integrals, cell by cell: each cell's share of each bin."""
    cells = np.arange(samples.size + 1.0)
    found = np.zeros((3, edges.size - 1))
    for j, (a, b) in enumerate(pairwise(edges)):
        low, high = np.clip(cells[:-1], a, b), np.clip(cells[1:], a, b)
        width, middle = high - low, (high + low) / 2
        found[:, j] = (
            np.sum(samples * width),
            np.sum(samples * width * (middle - (a + b) / 2)),
            np.sum(samples**2 * width),
        )
    return found


def built(samples):
    moments = Moments(samples)
    while not moments.build():
        pass
    return moments


@settings(deadline=None, max_examples=60)
@given(
    length=st.integers(1, 700),
    places=st.lists(st.floats(-50, 800), min_size=2, max_size=12, unique=True),
    seed=st.integers(0, 9),
)
def test_integrals_equal_the_sum_over_cells(length, places, seed):
    samples = np.random.default_rng(seed).standard_normal(length) + 3.0
    edges = np.sort(places)
    width = np.maximum(np.diff(edges), 1.0)
    found = built(samples).over(edges)
    np.testing.assert_allclose(found, direct(samples, edges), atol=1e-9 * max(width.max(), 1) ** 2)


def test_whole_cells_and_both_ends_of_the_signal_are_exact():
    samples = np.array([1.0, 2.0, 4.0], np.float32)
    edges = np.array([-1.0, 0.0, 1.0, 3.0, 9.0])
    found = built(samples).over(edges)
    np.testing.assert_array_equal(found[0], [0, 1, 6, 0])
    np.testing.assert_array_equal(found[1], [0, 0, 2 * -0.5 + 4 * 0.5, 0])
    np.testing.assert_array_equal(found[2], [0, 1, 20, 0])


def test_a_long_signal_is_summed_in_chunks_with_coarser_anchors(monkeypatch):
    monkeypatch.setattr("hippo_studio.app.memory.moments._MOST_ANCHORS", 100)
    monkeypatch.setattr("hippo_studio.app.memory.moments._CHUNK", 4096)
    samples = np.random.default_rng(1).standard_normal(50_000).astype(np.float32)
    moments = Moments(samples)
    calls = 1
    while not moments.build():
        calls += 1
    assert calls > 5
    edges = np.array([0.0, 0.25, 12_345.678, 12_346.0, 49_999.5, 50_000.0])
    np.testing.assert_allclose(
        moments.over(edges), direct(samples.astype(float), edges), rtol=1e-9, atol=1e-6
    )


@pytest.mark.parametrize("length", [50_000, 49_984])
def test_samples_in_a_file_give_nearly_the_same_integrals(tmp_path, length):
    samples = np.random.default_rng(1).standard_normal(length).astype(np.float32)
    samples.tofile(tmp_path / "raw")
    held = FileSamples(SampleFile(tmp_path / "raw", "<f4", 1, 0, length, 1.0))[0]
    ours, whole = built(held), built(samples)
    narrow = np.linspace(length - 9000.25, length + 99.5, 200)
    np.testing.assert_allclose(ours.over(narrow), whole.over(narrow), atol=1e-8)
    mixed = np.concatenate(([-50.0, 0.5], np.linspace(100, 40_000, 20), np.linspace(40_010, length, 40)))
    found, wanted = ours.over(mixed), whole.over(mixed)
    np.testing.assert_allclose(found[:, 22:], wanted[:, 22:], atol=1e-8)
    part = 64 / 1024  # at the most, of a bin, is taken to be constant at each end
    width = np.diff(mixed)
    assert (np.abs(found - wanted)[0] <= 2 * part * width).all()


def test_wide_bins_of_a_slow_signal_in_a_file_are_as_good_as_exact(tmp_path):
    samples = np.cos(np.arange(300_000) / 9000)
    samples.tofile(tmp_path / "raw")
    held = FileSamples(SampleFile(tmp_path / "raw", "<f8", 1, 0, samples.size, 1.0))[0]
    edges = np.linspace(123.4, 299_876.5, 150)
    wanted = built(samples).over(edges)
    for ours, exact in zip(built(held).over(edges), wanted, strict=True):
        np.testing.assert_allclose(ours, exact, atol=2e-3 * np.abs(exact).max())


def test_two_threads_build_one_after_the_other(monkeypatch):
    moments, inside, met = Moments(np.ones(3 << 19)), threading.Lock(), []
    sum_blocks = module.sum_blocks

    def alone(*arguments):
        if not inside.acquire(blocking=False):
            met.append(True)
            return
        time.sleep(0.005)  # long enough for another to come in, if it may
        sum_blocks(*arguments)
        inside.release()

    def build():
        while not moments.build():
            pass

    monkeypatch.setattr(module, "sum_blocks", alone)
    threads = [threading.Thread(target=build) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not met
    assert moments.over(np.array([0.0, 3 << 19]))[0, 0] == 3 << 19


def test_asking_before_the_sums_stand_is_an_error():
    with pytest.raises(RuntimeError, match="call build"):
        Moments(np.zeros(1000)).over(np.array([0.0, 1.0]))

"""The pyramid against the slow twin that looks at every sample."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hippo_studio.signals import overview
from hippo_studio.signals.overview import Pyramid


def slow_columns(total, start, stop, bins):
    """First and last sample of each column, by the definition."""
    edges = np.round(start + (stop - start) * np.arange(bins + 1) / bins, 6)
    for left, right in itertools.pairwise(edges):
        first = int(np.floor(left))
        yield max(first, 0), min(max(int(np.ceil(right)), first + 1), total)


@pytest.fixture(scope="module")
def long_noise():
    return np.random.default_rng(0).standard_normal(300_007).astype(np.float32)


@pytest.mark.parametrize("dtype", ["f4", "f8", "i2", "u1", ">f4", "f2", "?", "i8"])
def test_narrow_columns_are_exact_for_every_real_type(dtype, long_noise):
    samples = (long_noise[:5000] * 40).astype(dtype)
    low, high = Pyramid(samples).minmax(17.3, 4003.9, 301)
    columns = list(slow_columns(len(samples), 17.3, 4003.9, 301))
    assert low.dtype.kind == "f"
    np.testing.assert_array_equal(low, [float(samples[a:b].min()) for a, b in columns])
    np.testing.assert_array_equal(high, [float(samples[a:b].max()) for a, b in columns])


@pytest.mark.parametrize("bins", [1, 2, 7, 100, 290])
@pytest.mark.parametrize("span", [(0, 300_007), (1000.5, 299_000.25), (-500, 301_000)])
def test_wide_columns_cover_every_peak_and_nothing_far(long_noise, bins, span):
    pyramid = Pyramid(long_noise)
    low, high = pyramid.minmax(*span, bins)
    width = (span[1] - span[0]) / bins
    block = width / 2  # the widest block that two of fit into a column
    for index, (a, b) in enumerate(slow_columns(len(long_noise), *span, bins)):
        inside = long_noise[a:b]
        around = long_noise[max(int(a - block), 0) : int(b + block)]
        assert around.min() <= low[index] <= inside.min()
        assert inside.max() <= high[index] <= around.max()


def test_a_single_peak_is_seen_at_every_zoom():
    samples = np.zeros(1 << 20, np.float32)
    samples[777_777] = 5
    pyramid = Pyramid(samples)
    for bins in (1, 3, 50, 1000, 30_000, 1 << 20):
        _, high = pyramid.minmax(0, len(samples), bins)
        found = np.flatnonzero(high == 5)
        assert found.min() <= 777_777 * bins / len(samples) < found.max() + 1
        assert len(found) <= 2


@pytest.mark.parametrize("total", [1, 2, 127, 128, 129, 1000, 4096, 4097, 65_537])
def test_mean_and_rms_of_the_whole_are_those_of_the_samples(total):
    samples = np.random.default_rng(total).standard_normal(total).astype(np.float32) + 3
    pyramid = Pyramid(samples)
    assert pyramid.mean(0, total, 1)[0] == pytest.approx(samples.mean(dtype=float), rel=1e-5)
    assert pyramid.rms(0, total, 1)[0] == pytest.approx(
        np.sqrt(np.mean(samples.astype(float) ** 2)), rel=1e-5
    )
    low, high = pyramid.minmax(0, total, 1)
    assert (low[0], high[0]) == (samples.min(), samples.max())


def test_mean_and_rms_of_narrow_columns_are_exact(long_noise):
    pyramid = Pyramid(long_noise)
    columns = list(slow_columns(len(long_noise), 100, 1100, 40))
    wide = [long_noise[a:b].astype(float) for a, b in columns]
    np.testing.assert_allclose(pyramid.mean(100, 1100, 40), [w.mean() for w in wide], rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(pyramid.rms(100, 1100, 40), [np.sqrt((w**2).mean()) for w in wide], rtol=1e-12)


def test_columns_narrower_than_a_sample_repeat_it():
    low, high = Pyramid(np.array([1.0, 2.0, 3.0])).minmax(0, 3, 12)
    np.testing.assert_array_equal(low, np.repeat([1.0, 2.0, 3.0], 4))
    np.testing.assert_array_equal(high, low)


def test_columns_outside_the_signal_hold_nan():
    low, high = Pyramid(np.ones(100)).minmax(-100, 200, 3)
    np.testing.assert_array_equal(low, [np.nan, 1, np.nan])
    np.testing.assert_array_equal(high, [np.nan, 1, np.nan])


@given(
    total=st.integers(1, 3000),
    start=st.floats(-100, 3000),
    span=st.floats(1e-3, 4000),
    bins=st.integers(1, 300),
    seed=st.integers(0, 99),
)
def test_any_view_of_any_signal_encloses_its_samples(total, start, span, bins, seed):
    samples = np.random.default_rng(seed).standard_normal(total)
    pyramid = Pyramid(samples)
    low, high = pyramid.minmax(start, start + span, bins)
    assert low.shape == high.shape == (bins,)
    for index, (a, b) in enumerate(slow_columns(total, start, start + span, bins)):
        if np.isnan(low[index]):
            continue
        assert low[index] <= high[index]
        if b > a:
            # Stored levels are float32.
            assert low[index] <= samples[a:b].min() + 1e-6
            assert high[index] >= samples[a:b].max() - 1e-6


def test_a_long_signal_is_answered_before_it_is_built(long_noise, monkeypatch):
    monkeypatch.setattr(overview, "SMALL", 1000)
    pyramid = Pyramid(long_noise)
    low, high = pyramid.minmax(0, len(long_noise), 100)
    assert not pyramid.built
    assert np.all(low < -1)
    assert np.all(high > 1)
    assert pyramid.build()
    exact_low, exact_high = pyramid.minmax(0, len(long_noise), 100)
    assert np.all(exact_low <= low)
    assert np.all(exact_high >= high)


def test_a_cancelled_build_changes_nothing_and_the_next_one_works(long_noise, monkeypatch):
    monkeypatch.setattr(overview, "CHUNK", 1 << 14)
    monkeypatch.setattr(overview, "SMALL", 1000)
    pyramid = Pyramid(long_noise)
    seen = []
    assert not pyramid.build(seen.append, cancelled=lambda: len(seen) == 3)
    assert not pyramid.built
    assert len(seen) == 3
    assert pyramid.build(seen.append)
    assert seen[-1] == 1.0
    assert pyramid.built
    assert pyramid.minmax(0, len(long_noise), 1)[1][0] == long_noise.max()


def test_a_chunked_build_is_the_build_in_one(long_noise, monkeypatch):
    whole = Pyramid(long_noise)
    whole.build()
    monkeypatch.setattr(overview, "CHUNK", 1 << 14)
    chunked = Pyramid(long_noise)
    chunked.build()
    for bins in (10, 100):
        for a, b in zip(whole.minmax(5, 250_000, bins), chunked.minmax(5, 250_000, bins), strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("dtype", ["f4", "f8", "i2"])
def test_the_pyramid_stays_below_a_tenth_of_the_signal(dtype):
    samples = np.zeros(1 << 20, dtype)
    pyramid = Pyramid(samples)
    pyramid.build()
    assert pyramid.nbytes < 0.1 * samples.nbytes


def test_a_memory_map_and_a_strided_row_are_as_good_as_an_array(tmp_path, long_noise):
    mapped = np.memmap(tmp_path / "x", np.float32, "w+", shape=long_noise.shape)
    mapped[:] = long_noise
    strided = np.stack((long_noise, -long_noise), axis=1)[:, 0]
    expected = Pyramid(long_noise).minmax(0, 300_000, 77)
    for samples in (mapped, strided):
        np.testing.assert_array_equal(Pyramid(samples).minmax(0, 300_000, 77), expected)


def test_a_question_reads_few_samples_however_long_the_signal():
    class Watched(np.ndarray):
        touched = 0

        def __getitem__(self, key):
            result = super().__getitem__(key)
            Watched.touched += np.asarray(result).size
            return result

    samples = np.zeros(1 << 22, np.float32).view(Watched)
    pyramid = Pyramid(samples)
    pyramid.build()
    for span in (1 << 22, 1 << 18, 1 << 12):
        Watched.touched = 0
        pyramid.minmax(0, span, 500)
        assert Watched.touched <= 500 * 2 * pyramid.base


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros((2, 2)), np.zeros(3, complex), np.array(["a"])])
def test_what_is_no_signal_is_refused(samples):
    with pytest.raises(ValueError, match="one-dimensional real array"):
        Pyramid(samples)


@pytest.mark.parametrize(
    ("view", "words"),
    [((5, 5, 10), "start < stop"), ((0, np.nan, 10), "nan"), ((0, np.inf, 1), "inf"), ((0, 5, 0), "got 0")],
)
def test_a_view_that_makes_no_sense_is_refused(view, words):
    with pytest.raises(ValueError, match=words):
        Pyramid(np.ones(9)).minmax(*view)


def test_the_extent_follows_what_is_filled_in_later() -> None:
    samples = np.zeros(100_000, np.float32)
    pyramid = Pyramid(samples)
    pyramid.build()
    assert pyramid.extent() == (0.0, 0.0)
    samples[70_000] = 3.0
    pyramid.fill(70_000, 70_001)
    assert pyramid.extent() == (0.0, 3.0)


def test_a_sketch_answers_for_much_of_a_long_signal_without_reading_it(monkeypatch) -> None:
    monkeypatch.setattr(overview, "SMALL", 1000)
    monkeypatch.setattr(overview, "SKETCH", 64)
    samples = np.repeat(np.arange(100.0), 1000)
    pyramid = Pyramid(samples)
    pyramid.sketch()
    assert not pyramid.built

    def read(*_: object) -> None:
        raise AssertionError("the samples were read")

    monkeypatch.setattr(overview, "_probe", read)
    low, high = pyramid.minmax(-20_000, 100_000, 12)
    assert np.isnan(low[:2]).all()
    np.testing.assert_allclose(low[2:], np.arange(0, 100, 10), atol=2)
    np.testing.assert_allclose(high[2:], np.arange(9, 100, 10), atol=2)
    assert pyramid.extent() == pytest.approx((0.0, 99.0), abs=2)
    with pytest.raises(AssertionError, match="were read"):
        pyramid.minmax(0, 50_000, 50)  # columns narrower than the sketch's
    pyramid.build()
    assert pyramid.extent() == (0.0, 99.0)

"""Clocks of real files: what is even stays as it is, what is not is mended and said."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hippo_studio.signals import SignalError
from hippo_studio.signals.readers.evenly import evenly
from hippo_studio.signals.readers.missing import fill, treat_missing
from hippo_studio.signals.readers.resampling import Resampling, first_uneven


def kinds(even):
    return [warning.kind for warning in even.warnings]


def place(times, rows=None, **options):
    times = np.asarray(times, float)
    rows = np.arange(len(times), dtype=float)[np.newaxis] if rows is None else np.atleast_2d(rows)
    return evenly(times, rows, line=lambda row: row + 2, **options)


@pytest.mark.parametrize("rate", [0.001, 0.2, 1, 30, 44.1, 250, 360, 48000])
def test_even_times_are_left_alone(rate):
    even = place(np.arange(500) / rate + 7)
    assert kinds(even) == []
    assert even.sample_rate == pytest.approx(rate, rel=1e-12)
    assert even.first == 7
    assert even.samples.tolist() == [list(range(500))]


@pytest.mark.parametrize("rate", [29.97, 60, 128, 360, 700, 950, 2000, 8000])
def test_times_rounded_to_milliseconds_are_even(rate):
    even = place(np.round(np.arange(4000) / rate, 3), resolution=1e-3)
    assert [kind for kind in kinds(even) if kind != "duplicate-times"] == []
    assert even.samples.shape == (1, 4000)
    assert even.sample_rate == pytest.approx(rate, rel=2e-4)


def test_times_exact_to_a_second_are_even_and_said_to_be_coarse():
    even = place(np.floor(np.arange(1000) / 50), resolution=1.0)
    assert kinds(even) == ["duplicate-times"]
    assert "exact to 1 s only" in even.warnings[0].message
    assert even.sample_rate == pytest.approx(50, rel=1e-3)


def test_small_jitter_is_even_and_large_is_resampled_at_the_median_rate():
    grid = np.arange(400) / 100
    jitter = np.random.default_rng(0).uniform(-1, 1, 400) / 100
    assert kinds(place(grid + 0.04 * jitter)) == []
    times = grid + 0.45 * jitter
    even = place(times, np.sin(2 * np.pi * times))
    assert kinds(even) == ["irregular-time"]
    assert even.sample_rate == pytest.approx(1 / np.median(np.diff(times)))
    expected = np.sin(2 * np.pi * (even.first + np.arange(even.samples.shape[1]) / even.sample_rate))
    np.testing.assert_allclose(even.samples[0], expected, atol=2e-3)
    assert f"{even.sample_rate:g} Hz" in even.warnings[0].message


def test_rows_missing_from_an_even_record_leave_nan_on_its_grid():
    kept = np.delete(np.arange(300), np.r_[50:60, 200])
    even = place(kept / 100, kept.astype(float))
    assert [(w.kind, w.line) for w in even.warnings] == [("time-gaps", 52)]
    assert "11 rows are missing in 2 gaps (the longest 0.11 s)" in even.warnings[0].message
    assert even.sample_rate == 100
    expected = np.arange(300.0)
    expected[np.r_[50:60, 200]] = np.nan
    np.testing.assert_array_equal(even.samples[0], expected)
    np.testing.assert_allclose(fill(even.samples, "interpolate")[0], np.arange(300))
    np.testing.assert_allclose(even.gaps, ((0.5, 0.6), (2.0, 2.01)))


def test_one_missing_row_in_a_long_record_is_found():
    kept = np.delete(np.arange(100_000), 60_000)
    even = place(np.round(kept / 360, 3), resolution=1e-3)
    assert kinds(even) == ["time-gaps"]
    assert even.samples.shape == (1, 100_000)


def test_rows_of_one_time_become_their_mean():
    even = place([0, 1, 1, 2, 3, 4], [0, 10, 20, 30, np.nan, 50])
    assert [(w.kind, w.line) for w in even.warnings] == [("duplicate-times", 4)]
    np.testing.assert_array_equal(even.samples[0], [0, 15, 30, np.nan, 50])


def test_swapped_rows_are_sorted():
    times = np.arange(50) / 10
    times[[20, 21]] = times[[21, 20]]
    even = place(times, times * 10)
    assert [(w.kind, w.line) for w in even.warnings] == [("non-monotonic-time", 23)]
    np.testing.assert_allclose(even.samples[0], np.arange(50))


def test_a_clock_that_starts_again_goes_on():
    even = place(np.r_[np.arange(40), np.arange(30), np.arange(20)] / 100)
    assert [(w.kind, w.line) for w in even.warnings] == [("non-monotonic-time", 42)]
    assert "starts again 2 times" in even.warnings[0].message
    assert even.samples.tolist() == [list(range(90))]
    assert even.sample_rate == 100


def test_stamps_that_cannot_be_read_or_leap_away_lie_between_their_neighbours():
    times = np.arange(60) / 100
    times[[0, 9, 59]] = np.nan
    times[30] = 1e6
    times[31:33] += 0
    even = place(times)
    assert [(w.kind, w.line) for w in even.warnings] == [("bad-timestamps", 2)]
    assert "4 times" in even.warnings[0].message
    assert even.samples.tolist() == [list(range(60))]
    assert (even.sample_rate, even.first) == (pytest.approx(100), pytest.approx(0))


def test_a_clock_of_the_day_passes_midnight():
    times = (86390 + np.arange(30)) % 86400
    even = place(times, daily=True)
    assert (kinds(even), even.sample_rate) == ([], 1)


@pytest.mark.parametrize(
    ("times", "words"),
    [
        ([3, 3, 3, 3], "never advance"),
        ([np.nan, np.nan, 1], "Fewer than two times"),
        ([0, 1e13, 2e13, 3e13], "Fewer than two times"),
        ([0, 1, 2, 3, 1e8], "too long to fill"),
    ],
)
def test_times_that_make_no_sense_are_refused(times, words):
    with pytest.raises(SignalError, match=words):
        place(times)


@given(
    times=st.lists(
        st.one_of(st.floats(-1e13, 1e13), st.integers(0, 50).map(float), st.just(float("nan"))),
        min_size=2,
        max_size=40,
    ),
    resolution=st.sampled_from([0.0, 1e-3, 1.0, 86400.0]),
    daily=st.booleans(),
)
def test_whatever_the_clock_says_the_answer_is_a_grid_or_a_sentence(times, resolution, daily):
    try:
        even = place(times, resolution=resolution, daily=daily)
    except SignalError:
        return
    assert np.isfinite(even.sample_rate)
    assert even.sample_rate > 0
    assert np.isfinite(even.first)
    assert even.samples.shape[0] == 1
    assert 1 <= even.samples.shape[1] <= 50 * len(times) + 100_001
    values = even.samples[np.isfinite(even.samples)]
    assert values.min() >= 0
    assert values.max() <= len(times) - 1


def test_missing_values_are_said_once_and_filled_by_policy():
    rows = np.array([[1.0, np.nan, 3.0], [np.inf, 5.0, 5.0]])
    kept, said = treat_missing(rows, "interpolate", "x", line=lambda row: row + 2)
    assert [(w.kind, w.line) for w in said] == [("missing-values", 2)]
    np.testing.assert_array_equal(fill(kept, "interpolate"), [[1, 2, 3], [5, 5, 5]])
    zeros, _ = treat_missing(rows, "zero", "x")
    np.testing.assert_array_equal(zeros, [[1, 0, 3], [0, 5, 5]])
    assert np.isnan(rows[0, 1]), "the rows given are not changed"
    with pytest.raises(SignalError, match="first at sample 0"):
        treat_missing(rows, "error", "x")
    with pytest.raises(ValueError, match="'guess'"):
        treat_missing(rows, "guess", "x")


IRREGULAR = [0.0, 0.7, 2.0, 3.9, 4.0]


def test_irregular_times_are_resampled_at_the_rate_asked_for():
    even = place(IRREGULAR, resampling=Resampling(rate=4.0))
    assert even.sample_rate == 4
    grid = np.arange(17) / 4
    np.testing.assert_allclose(even.samples[0], np.interp(grid, IRREGULAR, np.arange(5.0)))
    assert "at the rate asked for, 4 Hz" in even.warnings[-1].message


@pytest.mark.parametrize(("rate", "expected"), [(None, 1.0), (10.0, 10.0)])
def test_rows_at_irregular_times_are_taken_as_they_come_if_asked(rate, expected):
    even = place(IRREGULAR, resampling=Resampling("none", rate))
    assert (even.samples.tolist(), even.sample_rate) == ([[0, 1, 2, 3, 4]], expected)
    assert kinds(even) == ["irregular-time"]
    assert "every row was taken as the next sample" in even.warnings[0].message
    gaps = place([0, 1, 2, 3, 1e9], resampling=Resampling("none"))
    assert gaps.samples.shape == (1, 5), "a gap that is too long to fill is closed"
    assert kinds(place(np.arange(9), resampling=Resampling("none", 7.0))) == []


def test_a_resampling_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="one of linear, none; got 'cubic'"):
        Resampling("cubic")
    for rate in (0, -5, 9e-7, 1.1e9, float("nan"), float("inf"), "100", True, [4.0], 4j):
        with pytest.raises(
            ValueError, match=r"resampling_rate is a number of Hz from 1e-6 to 1e9; got"
        ) as said:
            Resampling(rate=rate)
        assert repr(rate) in str(said.value)
    assert Resampling(rate=np.float32(4)).rate == 4


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (1e9, r"makes 4e\+09 samples of the 5 rows in x.csv"),
        (0.2, "leaves fewer than two samples of the 4 s"),
    ],
)
def test_a_rate_that_does_not_suit_the_rows_is_refused_with_the_nearest_that_does(rate, words):
    with pytest.raises(SignalError, match=words) as said:
        place(IRREGULAR, where="x.csv", resampling=Resampling(rate=rate))
    assert str(said.value).startswith(f"resampling_rate, {rate:g} Hz, ")
    nearest = float(re.search(r"give (\S+) Hz", str(said.value))[1])
    even = place(IRREGULAR, resampling=Resampling(rate=nearest))
    assert even.samples.shape[1] in (2, pytest.approx(100_250, rel=1e-3))


def test_a_high_rate_does_not_make_gaps_too_long_nor_refuse_a_table_that_has_no_use_for_it():
    asked = Resampling(rate=1e9)
    assert place(np.arange(9), resampling=asked).sample_rate == 1
    assert place([0, 1, 2, 5, 6, 7], resampling=asked).samples.shape == (1, 8)
    with pytest.raises(SignalError, match="A gap of 1e\\+08 s"):
        place([0, 1, 2.5, 3, 1e8], resampling=Resampling(rate=1e-6))


def test_a_rate_that_even_times_have_no_use_for_is_said():
    for times in (np.arange(9), [0, 1, 2, 5, 6, 7]):
        said = place(times, resampling=Resampling(rate=2.0)).warnings[-1]
        assert said.kind == "nothing-to-resample"
        assert said.message.startswith("The times are even, at 1 Hz, so nothing was resampled at 2 Hz")
        assert "nothing-to-resample" not in kinds(place(times, resampling=Resampling(rate=1.0)))
        assert "nothing-to-resample" not in kinds(place(times))


def test_a_rate_below_that_of_the_rows_is_said_to_fold():
    assert "above 0.4 Hz folds down" in place(IRREGULAR, resampling=Resampling(rate=0.8)).warnings[0].message
    for rate in (None, 1.0, 4.0):
        assert "fold" not in place(IRREGULAR, resampling=Resampling(rate=rate)).warnings[0].message


def test_the_first_uneven_row_is_the_most_unlike_where_none_is_off_by_much():
    assert first_uneven(np.cumsum([0, 1, 1, 1.5, 1, 3, 1])) == 3
    assert first_uneven(np.cumsum([0, 1, 1.02, 0.99, 1, 1.07, 1])) == 5

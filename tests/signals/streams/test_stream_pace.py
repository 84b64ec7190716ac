"""Rows to evenly spaced samples: the rate, gaps, absent values, clocks that jump."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hippo_studio.signals.streams.pace import LONGEST_FILL, MOST_GAPS, Arrival, Pace, RateEstimate, nice


def run(times, values, pace=None, clocks=None, batch=10):
    """The samples of rows that come in batches; without times at the times of `clocks`."""
    pace = pace or Pace()
    values = np.asarray(values, float).reshape(len(values), -1)
    made = []
    for start in range(0, len(values), batch):
        part = slice(start, start + batch)
        clock = (times if clocks is None else clocks)[part][-1]
        made.append(
            pace.push(Arrival(None if clocks is not None else np.asarray(times[part]), values[part], clock))
        )
    made.append(pace.finish())
    made = [one for one in made if len(one)]
    return np.concatenate(made), pace


@pytest.mark.parametrize("rate", [0.5, 1.0, 12.5, 100.0, 333.3, 48_000.0])
def test_even_times_are_samples_one_after_the_other(rate):
    times = 1e9 + np.arange(1500) / rate
    samples, pace = run(times, np.arange(1500))
    assert pace.rate == pytest.approx(rate, rel=1e-6)
    assert np.array_equal(samples[:, 0], np.arange(1500))
    assert pace.gap_count == 0


def test_times_with_jitter_or_of_a_coarse_clock_are_even_all_the_same():
    rng = np.random.default_rng(0)
    shaken = np.arange(2000) / 100 + rng.uniform(-5e-4, 5e-4, 2000)
    ticks = np.floor(np.arange(20_000) / 10_000 * 1000) / 1000
    for times, rate in ((shaken, 100.0), (ticks, 10_000.0)):
        samples, pace = run(times, np.arange(len(times)))
        assert pace.rate == pytest.approx(rate, rel=2e-3)
        assert np.array_equal(samples[:, 0], np.arange(len(times)))
        assert pace.gap_count == 0


@pytest.mark.parametrize("lost", [2, 7, 150])
def test_lost_rows_are_filled_by_a_line_and_marked_so_that_time_goes_on(lost):
    kept = np.concatenate([np.arange(500), np.arange(500 + lost, 1000)])
    samples, pace = run(kept / 100, kept)
    assert samples[:, 0] == pytest.approx(np.arange(1000), abs=1e-9)
    (gap,) = pace.gaps
    assert (gap.position, gap.samples) == (500, lost)
    assert gap.seconds == pytest.approx(lost / 100)
    assert pace.missing == gap.seconds


def test_a_gap_is_found_in_any_batch():
    kept = np.delete(np.arange(300), [100, 101, 102, 200, 201])
    for batch in (1, 7, 295):
        samples, pace = run(kept / 100, kept, batch=batch)
        assert samples[:, 0] == pytest.approx(np.arange(300), abs=1e-9)
        assert [(gap.position, gap.samples) for gap in pace.gaps] == [(100, 3), (200, 2)]


def test_a_gap_of_hours_does_not_fill_the_memory():
    times = np.concatenate([np.arange(200) / 100, 1e5 + np.arange(200) / 100])
    for spread in (0.0, 0.004):
        shaken = times + np.random.default_rng(1).uniform(-spread, spread, 400)
        samples, pace = run(np.sort(shaken), np.ones(400))
        assert len(samples) < 400 * 17 + LONGEST_FILL * 200
        assert pace.missing == pytest.approx(1e5, rel=1e-3)
        assert np.array_equal(samples, np.ones_like(samples))


def test_uneven_times_are_drawn_onto_an_even_grid():
    times = np.cumsum(np.random.default_rng(2).exponential(0.01, 3000))
    samples, pace = run(times, np.sin(times), Pace(rate=90.0))
    assert not pace.even
    grid = times[0] + np.arange(len(samples)) / pace.rate
    assert grid[-1] <= times[-1] < grid[-1] + 2 / pace.rate
    assert samples[:, 0] == pytest.approx(np.interp(grid, times, np.sin(times)), abs=1e-9)
    again, _ = run(times, np.sin(times), Pace(rate=90.0), batch=1)
    assert again == pytest.approx(samples, abs=1e-9)


def test_a_clock_that_starts_again_goes_on_where_it_was():
    times = np.concatenate([np.arange(300) / 100, np.arange(300) / 100])
    samples, pace = run(times, np.arange(600))
    assert np.array_equal(samples[:, 0], np.arange(600))
    assert pace.gap_count == 0


def test_rows_without_times_come_at_the_rate_at_which_they_arrive():
    clocks = np.arange(5000) / 1000 + np.random.default_rng(3).uniform(0, 0.004, 5000)
    samples, pace = run(None, np.arange(5000), clocks=np.sort(clocks))
    assert pace.rate == 1000.0
    assert np.array_equal(samples[:, 0], np.arange(5000))


def test_a_silence_is_a_gap_unless_a_burst_makes_up_for_it():
    steady = np.arange(400) / 100
    silent = np.concatenate([steady, 3 + np.arange(400, 800) / 100])
    samples, pace = run(None, np.ones(800), clocks=silent, batch=1)
    assert pace.gap_count == 1
    assert pace.gaps[0].position == 400
    assert pace.missing == pytest.approx(3.0, abs=0.05)
    assert len(samples) == 800 + pace.gaps[0].samples
    burst = np.concatenate([steady, np.full(300, 7.0), 7 + np.arange(1, 200) / 100])
    pace = Pace()
    for clock in np.unique(burst):
        pace.push(Arrival(None, np.ones((int((burst == clock).sum()), 1)), clock))
    assert (pace.gap_count, pace.samples) == (0, len(burst))


def test_a_pause_is_no_gap():
    pace = Pace()
    run(np.arange(300) / 100, np.arange(300), pace)
    pace.leave_out()
    run(10 + np.arange(300) / 100, np.arange(300), pace)
    assert (pace.samples, pace.gap_count) == (600, 0)


@given(st.lists(st.one_of(st.none(), st.floats(-1e3, 1e3)), min_size=3, max_size=60))
def test_an_absent_value_is_held_from_before_and_no_sample_is_ever_nan(values):
    rows = [np.nan if value is None else value for value in values]
    samples, _ = run(np.arange(len(rows)) / 100, rows, batch=4)
    expected, last = [], 0.0
    for row in rows:
        last = last if np.isnan(row) else row
        expected.append(last)
    assert samples[:, 0].tolist() == expected


def test_a_rate_that_is_said_is_believed_and_one_that_nothing_tells_is_assumed():
    samples, pace = run(None, np.arange(5), Pace(rate=40.0), clocks=np.zeros(5))
    assert (pace.rate, pace.assumed, len(samples)) == (40.0, False, 5)
    samples, pace = run(None, np.arange(5), clocks=np.zeros(5))
    assert (pace.rate, pace.assumed, len(samples)) == (1.0, True, 5)


def test_marks_stay_few_where_every_other_row_is_lost():
    rate, rows = 100, 20_000
    kept = np.concatenate([np.arange(500), 500 + 10 * np.arange(rows)])
    _, pace = run(kept / rate, np.ones(len(kept)), batch=500)
    assert len(pace.gaps) == MOST_GAPS < pace.gap_count


@pytest.mark.parametrize(
    ("estimated", "meant"),
    [
        (49_870, 50_000),
        (44_020, 44_100),
        (99.6, 100),
        (255, 256),
        (0.1997, 0.2),
        (103.7, 103.7),
        (0.0334, 1 / 30),
    ],
)
def test_rates_are_taken_for_the_number_that_was_meant(estimated, meant):
    assert nice(estimated) == pytest.approx(meant, rel=1e-6)


def test_the_rate_of_arrivals_survives_bursts_and_a_silence():
    estimate = RateEstimate()
    for turn in range(1000):
        clock = turn * 0.01 + (2.0 if turn > 700 else 0.0)
        estimate.add(clock, 5 if turn % 50 else 60)
    assert estimate.rate == pytest.approx(610, rel=0.1)

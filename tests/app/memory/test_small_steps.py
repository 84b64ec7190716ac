"""The small Qt-free parts: pieces of time, steps of keys, and words."""

import math
from dataclasses import replace

import numpy as np
import pytest

from hippo_studio.app.memory import wording
from hippo_studio.app.memory.frame import Frame, Recollection
from hippo_studio.app.memory.source import follow
from hippo_studio.app.memory.span import Span, least, single_samples, whole
from hippo_studio.app.memory.state import MemoryState
from hippo_studio.app.memory.stepping import (
    first_place,
    fitted,
    next_order,
    scaled_theta,
    step_samples,
    stepped_speed,
    telling,
    zoomed,
)
from hippo_studio.hippo import MEASURES
from hippo_studio.signals import Signal

SOURCE = follow(Signal(np.arange(100.0), 10.0))


def test_zooming_keeps_the_place_under_the_mouse_and_stays_inside():
    all_of_it = whole(SOURCE)
    assert all_of_it == Span(-0.05, 9.95)
    near = all_of_it.zoomed(4.0, 3, all_of_it, least(SOURCE))
    assert near.length == pytest.approx(10 / 1.25**3)
    assert (4.0 - near.start) / near.length == pytest.approx(4.05 / 10)
    assert near.zoomed(4.0, -50, all_of_it, least(SOURCE)) == all_of_it
    assert near.zoomed(4.0, 90, all_of_it, least(SOURCE)).length == pytest.approx(1.6)
    at_edge = all_of_it.zoomed(-0.05, 2, all_of_it, 0.1)
    assert at_edge.start == all_of_it.start


def test_a_page_turns_when_its_time_leaves_it():
    page, within = Span(2.0, 4.0), Span(0.0, 10.0)
    assert page.turned_to(3.9, within) is page
    assert page.turned_to(4.1, within).start == pytest.approx(3.9)
    assert page.turned_to(9.99, within) == Span(8.0, 10.0)


def test_samples_are_dots_only_when_they_stand_apart():
    times, values = single_samples(SOURCE, Span(0.95, 2.05), 1000)
    np.testing.assert_allclose(times, np.arange(10, 21) / 10)
    np.testing.assert_allclose(values, np.arange(10, 21))
    assert single_samples(SOURCE, whole(SOURCE), 500)[0].size == 0
    assert single_samples(SOURCE, Span(20.0, 21.0), 1000)[0].size == 0


def test_orders_and_speeds_go_through_round_numbers_to_their_ends():
    order, seen = 1, []
    while order < 512:
        order = next_order(order, 1)
        seen.append(order)
    assert seen[-1] == 512
    assert next_order(512, 1) == 512
    assert next_order(50, -1) == 48
    assert next_order(1, -1) == 1
    assert stepped_speed(1.3, 1) == 2.0
    assert stepped_speed(16.0, 1) == math.inf
    assert stepped_speed(math.inf, -1) == 16.0
    assert stepped_speed(0.1, -1) == 0.1
    assert stepped_speed(math.inf, 0) == 1.0
    assert [step_samples(48_000, shown) for shown in (60.0, 0.5, 0.001)] == [800, 240, 1]
    assert step_samples(50, 60.0) == 1
    assert scaled_theta(0.5, 1) == 0.625
    assert scaled_theta(1e-4, -1) == 1e-4


def test_a_sound_too_fast_for_n_is_shown_by_its_loudness():
    assert telling(MemoryState(), 48_000, 60.0) == {"follow": "envelope", "theta": 2.0}
    assert telling(MemoryState(), 48_000, 1.0) == {"follow": "envelope", "theta": 0.25}
    assert telling(MemoryState(theta=0.02), 48_000, 60.0) == {}
    assert telling(MemoryState(order=512), 48_000, 60.0) == {}
    assert telling(MemoryState(follow="envelope"), 250, 60.0) == {"follow": "waveform"}


@pytest.mark.parametrize(
    ("rate", "duration", "theta", "view"),
    [
        (48_000, 60.0, 0.5, "window"),
        (200, 9.0, 0.5, "signal"),
        (1.0, 86_400.0, 11_000.0, "signal"),
        (10, 0.3, 0.8, "signal"),
    ],
)
def test_a_new_signal_gets_a_window_that_fits_it(rate, duration, theta, view):
    assert fitted(MemoryState(), rate, duration) == {"theta": theta, "view": view, "span": 0.0}


@pytest.mark.parametrize(("order", "theta"), [(1, 2.5), (64, 2.5), (256, 2.6)])
def test_a_window_of_a_few_samples_is_not_kept_for_a_slower_signal(order, theta):
    state = MemoryState(order=order, theta=0.13)
    chosen = fitted(state, 100.0, 20.0)
    assert chosen["theta"] == theta
    assert fitted(state.replace(**chosen), 100.0, 20.0) == chosen, "and it stays"
    assert fitted(state.replace(theta=3.0), 100.0, 20.0)["theta"] == 3.0


def test_a_new_signal_begins_where_its_past_is_filled():
    assert first_place(MemoryState(theta=2.0, view="window"), 60.0) == 2.5
    assert first_place(MemoryState(theta=2.0, view="window", span=4.0), 60.0) == 4.0
    assert first_place(MemoryState(theta=2.0, view="past"), 1.0) == 1.0
    assert first_place(MemoryState(theta=2.0, view="signal"), 60.0) == 0.0


def test_a_wheel_over_the_past_leads_from_all_of_it_to_little_and_back():
    assert zoomed(10.0, 10.0, 1) == {"view": "window", "span": 8.0}
    assert zoomed(8.0, 10.0, -1) == {"view": "signal", "span": 0.0}


@pytest.mark.parametrize(
    ("part", "text"),
    [
        (0.12345, "12.3 %"),
        (1.0, "100 %"),
        (0.0123, "1.23 %"),
        (0.0005, "0.050 %"),
        (math.nan, "—"),
        (20, "> 999 %"),
        (1e-9, "< 0.001 %"),
        (0.0, "0.000 %"),
    ],
)
def test_shares_have_three_figures(part, text):
    assert wording.percent(part) == text


def test_amounts_and_speeds_and_gaps_are_written_plainly():
    assert wording.amount(-0.001234, "mV") == "−0.00123 mV"
    assert wording.amount(-1.5e-7) == "−1.5e−7"
    assert wording.amount(math.nan) == "—"
    assert wording.speed_text(0.25) == "0.25×"
    assert wording.speed_text(math.inf) == "max"
    assert wording.mean_gap_ms([0.0, 0.016, 0.032]) == pytest.approx(16.0)
    assert math.isnan(wording.mean_gap_ms([1.0]))


def test_every_measure_explains_itself():
    for measure in MEASURES.values():
        words = wording.about(measure)
        assert measure.title in words
        assert "Forgets" in words


def test_the_cursor_reads_signal_and_memories():
    memory = MemoryState(measures=("legt",)).memories()[0]
    told = np.array([1.0, np.nan, 3.0, 4.0], np.float32)
    low = np.array([1, 2, 3, 4], np.float32)
    frame = Frame(
        1, MemoryState(), SOURCE, 40, 4.0, 0.0, 4.0, np.arange(4) + 0.5, low, low,
        (Recollection(memory, coefficients=np.array([0.5, -0.25]), told=told, error=0.1),),
    )  # fmt: skip
    assert wording.past_at(frame, 2.2) == "2.2000 s   age 1.8000 s   signal 3   LegT 3"
    assert "LegT" not in wording.past_at(frame, 1.2)
    assert wording.past_at(frame, 9.0) == ""
    assert wording.coefficients_at(frame, 1) == "n = 1   LegT c = −0.25"
    assert wording.coefficients_at(frame, 7) == "n = 7"
    assert wording.captions(frame, lambda name: f"#{name}") == [
        ("signal", ""),
        ("LegT: the last 0.5 s, error 10.0 %", "#legt"),
    ]
    assert wording.captions(frame, lambda name: f"#{name}", short=True)[1] == ("LegT: 10.0 %", "#legt")
    early = replace(frame, position=3)
    assert wording.holds(frame.recollections[0], early) == "the last 0.3 s", "no more has passed"

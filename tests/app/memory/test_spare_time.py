"""The survey works between two beats, keeps off the paintings, and is never kept waiting for long."""

from __future__ import annotations

import pytest

from hippo_studio.app.memory.spare_time import QUIET, SLICE, SpareTime


class Clock:
    """Time that the test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def spare(clock: Clock) -> SpareTime:
    return SpareTime(clock)


def test_while_nothing_is_painted_it_works_in_whole_slices(spare: SpareTime) -> None:
    assert spare.pause() <= 0
    assert spare.slice() == SLICE


def test_new_memories_are_surveyed_once_no_others_are_asked_for(spare: SpareTime, clock: Clock) -> None:
    spare.begin_anew()
    assert spare.pause() == pytest.approx(QUIET)
    clock.now += QUIET
    assert spare.pause() == pytest.approx(0)


def test_a_slice_ends_before_the_beat(spare: SpareTime, clock: Clock) -> None:
    spare.next_beat = clock.now + 0.004
    assert spare.pause() <= 0
    assert 0 < spare.slice() < 0.004
    spare.next_beat = clock.now + 0.016
    assert spare.slice() == SLICE


@pytest.mark.parametrize("until_beat", [0.002, 0.0, -0.008])
def test_around_a_painting_it_waits_until_that_is_over(
    spare: SpareTime, clock: Clock, until_beat: float
) -> None:
    spare.worked()
    spare.next_beat = clock.now + until_beat
    pause = spare.pause()
    assert pause > 0
    clock.now += pause
    assert clock.now > spare.next_beat + 0.03
    assert spare.pause() <= 1e-9


def test_a_beat_that_never_came_holds_nothing_up(spare: SpareTime, clock: Clock) -> None:
    spare.next_beat = clock.now - 0.25
    assert spare.pause() <= 0


def test_frames_that_leave_no_room_give_way_now_and_then_to_a_longer_slice(
    spare: SpareTime, clock: Clock
) -> None:
    spare.worked()
    for _ in range(60):
        spare.next_beat = clock.now + 0.001
        if spare.pause() <= 0:
            break
        clock.now += 0.01
    assert clock.now == pytest.approx(100.4, abs=0.011)
    assert spare.slice() == 2 * SLICE


def test_slices_that_last_too_long_are_asked_to_be_shorter_for_a_while(
    spare: SpareTime, clock: Clock
) -> None:
    def slice_over(overrun: float) -> float:
        spare.next_beat = clock.now + 0.009
        asked = spare.slice()
        clock.now += asked + overrun
        spare.worked()
        return asked

    assert slice_over(0.0) == SLICE
    slice_over(0.007)
    shorter = slice_over(0.0)
    assert shorter == pytest.approx(0.002)
    assert shorter < slice_over(0.0) < SLICE
    for _ in range(20):
        slice_over(0.0)
    assert slice_over(0.0) == SLICE

"""The transport against a clock that only the test moves."""

import math

import pytest

from hippo_studio.app.transport import AS_FAST_AS_POSSIBLE, Transport


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def transport(clock):
    transport = Transport(clock)
    transport.load(48_000, 1000.0)
    return transport


@pytest.mark.parametrize("speed", [0.1, 1.0, 2.5, 16.0])
def test_plays_at_its_speed_however_often_it_is_asked(transport, clock, speed):
    transport.speed = speed
    transport.play()
    for _ in range(977):
        clock.now += 0.001
        transport.advance()
    assert transport.position == math.floor(977 * speed + 1e-6)


def test_a_window_that_hangs_loses_no_time(transport, clock):
    transport.play()
    clock.now += 3.0
    assert transport.advance() == 3000


def test_nothing_moves_between_two_advances_or_while_paused(transport, clock):
    transport.play()
    clock.now += 1.0
    assert transport.position == 0
    transport.pause()
    assert transport.position == 1000
    clock.now += 5.0
    assert transport.advance() == 1000
    transport.play()
    clock.now += 0.25
    assert transport.advance() == 1250


def test_a_change_of_speed_keeps_the_place(transport, clock):
    transport.play()
    clock.now += 1.0
    transport.speed = 0.5
    clock.now += 1.0
    assert transport.advance() == 1500


def test_a_clock_that_runs_backwards_moves_nothing(transport, clock):
    transport.seek(500)
    transport.play()
    clock.now -= 1.0
    assert transport.advance() == 500


def test_stops_at_the_end_and_starts_again_from_there(transport, clock):
    changes = []
    transport.play()
    transport.subscribe(lambda: changes.append(transport.playing))
    clock.now += 100.0
    assert transport.advance() == 48_000
    assert transport.at_end
    assert not transport.playing
    assert changes == [False]
    transport.play()
    assert transport.position == 0
    clock.now += 1.0
    assert transport.advance() == 1000


def test_loops_the_whole_signal_without_losing_a_sample(transport, clock):
    transport.loop = True
    transport.play()
    clock.now += 48.0 + 48.0 + 0.123
    assert transport.advance() == 123
    clock.now += 48.0
    assert transport.advance() == 123
    assert transport.playing


def test_loops_a_region_and_plays_on_from_beyond_it(transport, clock):
    transport.loop = True
    transport.set_region((1000, 1500))
    transport.seek(1400)
    transport.play()
    clock.now += 0.35
    assert transport.advance() == 1250
    transport.seek(2000)
    clock.now += 1.0
    assert transport.advance() == 3000
    transport.pause()
    transport.play()
    assert transport.position == 1000


def test_a_playhead_before_the_region_runs_into_it(transport, clock):
    transport.loop = True
    transport.set_region((1000, 1500))
    transport.play()
    clock.now += 1.7
    assert transport.advance() == 1200


@pytest.mark.parametrize("region", [(5, 5), (9, 3), (48_000, 60_000)])
def test_an_empty_region_is_refused(transport, region):
    with pytest.raises(ValueError, match="start < stop"):
        transport.set_region(region)
    assert transport.region == (0, 48_000)


def test_seeks_while_playing_and_limits_the_place(transport, clock):
    transport.play()
    transport.seek_seconds(10.0004)
    clock.now += 1.0
    assert transport.advance() == 11_000
    transport.seek(-5)
    assert transport.position == 0
    transport.seek(10**9)
    assert transport.position == 48_000


def test_steps_pause_and_move_by_single_samples(transport, clock):
    transport.play()
    clock.now += 0.5
    transport.step(1)
    assert (transport.position, transport.playing) == (501, False)
    transport.step(-2)
    assert transport.position == 499


def test_as_fast_as_possible_follows_the_memories_only(transport, clock):
    transport.speed = AS_FAST_AS_POSSIBLE
    transport.play()
    clock.now += 7.0
    assert transport.advance() == 0
    transport.arrived(30_000)
    assert transport.position == 30_000
    transport.pause()
    transport.arrived(40_000)
    assert transport.position == 30_000
    transport.play()
    transport.arrived(48_000)
    assert not transport.playing
    transport.loop = True
    transport.play()
    assert transport.position == 0
    transport.arrived(48_000)
    assert (transport.position, transport.playing) == (0, True)
    transport.speed = 1.0
    clock.now += 1.0
    assert transport.advance() == 1000


def test_another_signal_pauses_and_forgets_the_region(transport, clock):
    transport.set_region((10, 20))
    transport.play()
    transport.load(100, 10.0, position=500)
    assert (transport.playing, transport.position, transport.region) == (False, 100, (0, 100))
    assert transport.duration == 10.0


def test_without_samples_nothing_plays(clock):
    transport = Transport(clock)
    transport.play()
    assert not transport.playing
    transport.load(0, 1.0)
    transport.toggle()
    assert not transport.playing


def test_listeners_hear_requests_and_can_leave(transport):
    heard = []
    end = transport.subscribe(lambda: heard.append(1))
    transport.seek(5)
    end()
    end()
    transport.seek(6)
    assert heard == [1]


@pytest.mark.parametrize("speed", [0.0, 0.05, 17.0, -1.0, math.nan])
def test_an_impossible_speed_is_refused_with_its_value(transport, speed):
    with pytest.raises(ValueError, match=r"between 0\.1 and 16.*received"):
        transport.speed = speed


@pytest.mark.parametrize(("samples", "rate"), [(-1, 1.0), (5, 0.0), (5, math.inf)])
def test_an_impossible_signal_is_refused(transport, samples, rate):
    with pytest.raises(ValueError, match="rate above 0"):
        transport.load(samples, rate)


def test_a_place_that_is_no_number_is_refused(transport):
    with pytest.raises(ValueError, match="finite seconds"):
        transport.seek_seconds(math.nan)


def test_a_loop_between_two_times_is_whole_samples_or_nothing(transport):
    assert transport.loop_between(1.0004, 2.0) == (1.0, 2.0)
    assert (transport.region, transport.loop) == ((1000, 2000), True)
    assert transport.loop_between(3.0, 3.0001) is None
    assert transport.region == (0, 48_000)
    assert transport.loop_between(-5.0, 1e9) == (0.0, 48.0)


@pytest.mark.parametrize(
    ("kept", "taken"), [(4.0, 4.0), (AS_FAST_AS_POSSIBLE, 1.0), (0.0, 1.0), (math.nan, 1.0)]
)
def test_a_new_run_takes_up_speed_and_loop_of_the_last(transport, kept, taken):
    transport.take_up(kept, True)
    assert (transport.speed, transport.loop) == (taken, True)

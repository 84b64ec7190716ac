"""The heartbeat's places: while it plays, whole grains of samples, never backwards; at rest, exact."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from PyQt6.QtCore import QObject
from pytestqt.qtbot import QtBot

from hippo_studio.app.memory.live import LiveMemory
from hippo_studio.app.memory.pace import Pace
from hippo_studio.app.memory.player import Player
from hippo_studio.app.memory.request import Request
from hippo_studio.app.memory.source import follow
from hippo_studio.app.memory.state import MemoryState
from hippo_studio.app.transport import AS_FAST_AS_POSSIBLE, Transport
from hippo_studio.signals import Signal
from hippo_studio.signals.file_samples import FileSamples
from hippo_studio.signals.overview import SMALL, Pyramid

RATE = 48_000.0


class Clock:
    """Time that the test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module", autouse=True)
def loaded() -> None:
    """A first picture loads the compiled loops, which no test here shall wait for."""
    live = LiveMemory()
    live.request(Request(MemoryState(order=4), follow(Signal(np.zeros(96_000), RATE)), 0, 50))
    assert live.wait(120)
    assert live.close(120)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def player(clock: Clock, qtbot: QtBot) -> Iterator[Player]:
    transport, parent = Transport(clock), QObject()
    transport.load(96_000, RATE)
    player = Player(transport, MemoryState(order=4), lambda: 50, parent)
    player.set_source(follow(Signal(np.zeros(96_000), RATE)))
    yield player
    assert player.close()


def places(player: Player, clock: Clock, times: list[float]) -> list[int]:
    """The positions asked for at some times."""
    asked = []
    for time in times:
        clock.now = time
        player._ask()
        asked.append(player._asked[2])
    return asked


@pytest.mark.parametrize(("speed", "grain"), [(0.1, 4), (1.0, 64), (16.0, 1024)])
def test_while_it_plays_blocks_are_whole_grains(
    player: Player, clock: Clock, speed: float, grain: int
) -> None:
    transport = player._transport
    transport.speed = speed
    transport.play()
    times = [0.0161, 0.0337, 0.0501, 0.0702]
    asked = places(player, clock, times)
    assert [place % grain for place in asked] == [0, 0, 0, 0]
    behind = [time - place / (RATE * speed) for time, place in zip(times, asked, strict=True)]
    assert min(behind) >= 0
    assert max(behind) < 1 / 700


def test_a_slow_signal_is_followed_to_the_sample(player: Player, clock: Clock) -> None:
    transport = player._transport
    transport.load(1000, 100.0)
    transport.play()
    assert places(player, clock, [0.07, 0.09, 0.15]) == [7, 9, 15]


def test_at_rest_the_picture_is_of_the_very_sample_and_playing_on_never_goes_back(
    player: Player, clock: Clock
) -> None:
    transport = player._transport
    transport.play()
    assert places(player, clock, [1.00002]) == [48_000]
    transport.pause()
    transport.seek(48_010)
    assert places(player, clock, [1.1]) == [48_010]
    transport.play()
    assert places(player, clock, [1.1002, 1.1012]) == [48_010, 48_064]


def test_the_end_is_reached_to_the_sample_and_a_loop_leads_back(player: Player, clock: Clock) -> None:
    transport = player._transport
    transport.load(95_999, RATE)
    transport.play()
    assert places(player, clock, [3.0]) == [95_999]
    transport.loop = True
    transport.play()
    assert places(player, clock, [3.5, 5.1]) == [24_000, 4_800]


def test_as_fast_as_possible_the_memories_say_where(player: Player, clock: Clock) -> None:
    transport = player._transport
    transport.seek(1001)
    transport.speed = AS_FAST_AS_POSSIBLE
    transport.play()
    assert player.live.wait()  # the first picture, of the start
    assert places(player, clock, [0.5]) == [1001]


def test_beats_keep_to_the_grid_however_late_one_was(clock: Clock) -> None:
    pace = Pace(clock, period=0.01)
    assert pace.begin() == 0.0
    for now, wait in ((0.0, 0.01), (0.013, 0.007), (0.0201, 0.0099), (0.057, 0.01), (0.067, 0.01)):
        clock.now = now
        assert pace.beat() == pytest.approx(wait)


def test_what_a_timer_of_whole_milliseconds_leaves_is_waited_out(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    pace = Pace(clock, 0.01)
    pace.begin()
    pace.beat()
    for now in (0.0095, 0.01, 0.0125, 0.002):
        clock.now = now
        pace.wait_out(0.001)
    assert slept == [pytest.approx(0.0005)]


def test_after_a_rest_the_first_beat_comes_at_once_but_no_sooner_than_a_period_after_the_last(
    clock: Clock,
) -> None:
    pace = Pace(clock, period=0.01)
    pace.begin()
    pace.beat()
    clock.now = 0.004
    assert pace.begin() == pytest.approx(0.006)
    clock.now = 5.0
    assert pace.begin() == 0.0


def test_a_picture_that_missed_its_beat_is_shown_when_it_comes_and_not_at_a_later_beat(
    player: Player, clock: Clock, qtbot: QtBot
) -> None:
    shown: list[int] = []
    player.frame_ready.connect(lambda frame: shown.append(frame.position))
    qtbot.waitUntil(lambda: player.frame is not None and not player.frame.waiting)
    player._transport.play()
    clock.now = 0.5
    player._late = True
    player._timer.stop()  # no beat will come
    player._ask()
    qtbot.waitUntil(lambda: shown[-1] == 24_000)


def test_a_picture_in_time_waits_for_its_beat(player: Player, clock: Clock, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: player.frame is not None and not player.frame.waiting)
    player._transport.play()
    clock.now = 0.5
    player._timer.stop()
    with qtbot.waitSignal(player._answered):
        player._ask()
    assert player.frame.position != 24_000
    player.beat()
    assert player.frame.position == 24_000


@pytest.mark.parametrize("length", [96_000, SMALL + 1])
def test_while_the_memories_are_made_the_signal_moves_on(
    player: Player, clock: Clock, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, length: int
) -> None:
    """Be it summarised or not."""
    assert player.live.wait()
    go, make = threading.Event(), player.live._make
    monkeypatch.setattr(player.live, "_make", lambda *what: go.wait(10) and make(*what))
    source = follow(Signal(np.ones(length), RATE))
    player.set_source(source)
    try:
        qtbot.waitUntil(lambda: player.frame is not None and player.frame.waiting)
        assert source.pyramid.built == (length <= SMALL)
        player._transport.play()
        for clock.now in (0.2, 0.4):
            with qtbot.waitSignal(
                player.frame_ready, check_params_cb=lambda f: f.position == RATE * clock.now
            ):
                player.beat()
            assert player.frame.waiting
            assert np.nanmax(player.frame.high) == 1.0
    finally:
        go.set()
    qtbot.waitUntil(lambda: not player.frame.waiting)
    assert player.frame.position == RATE * 0.4


def test_while_nobody_looks_it_hardly_beats_and_at_once_when_somebody_does(
    player: Player, qtbot: QtBot
) -> None:
    player._transport.play()
    player.watch(False)
    player.beat()
    assert player._timer.interval() == 250
    player.watch(True)
    assert player._timer.interval() < 50
    player.watch(False)
    player._transport.speed = AS_FAST_AS_POSSIBLE
    player.beat()
    assert player._timer.interval() < 50  # only its beats move the playhead there


@pytest.fixture
def asked(player: Player, clock: Clock, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The positions asked for, of a player that plays; a first answer is there, and no beat comes."""
    qtbot.waitUntil(lambda: player.frame is not None and not player.frame.waiting)
    qtbot.waitUntil(lambda: player.live.idle and not player._painted.due)
    asked: list[int] = []
    request = player.live.request
    monkeypatch.setattr(player.live, "request", lambda wish: asked.append(wish.position) or request(wish))
    player._transport.play()
    player._timer.stop()
    clock.now = 0.5
    player._ask()
    assert player.live.wait()
    clock.now = 0.6
    return asked


def test_a_late_picture_too_asks_for_the_next_once_it_is_painted(
    player: Player, asked: list[int], qtbot: QtBot
) -> None:
    player._late = True
    player._look()
    assert player.frame.position == 24_000
    assert asked == [24_000]
    qtbot.waitUntil(lambda: asked == [24_000, 28_800])


def test_while_it_plays_one_request_is_under_way_and_the_next_comes_after_the_painting(
    player: Player, clock: Clock, asked: list[int], qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    player.beat()  # shows the picture; what Qt paints for it is still to come
    player._timer.stop()
    assert player.frame.position == 24_000
    player.beat()  # one that comes before the painting
    player._timer.stop()
    assert asked == [24_000]
    qtbot.waitUntil(lambda: len(asked) == 2)
    monkeypatch.setattr(LiveMemory, "answered", False)
    clock.now = 0.7
    player._go_on()
    assert asked == [24_000, 28_800]


def test_what_must_be_read_from_the_disk_first_is_not_at_hand() -> None:
    source = follow(Signal(np.ones(96_000), RATE))
    assert source.at_hand
    distant = replace(source, samples=FileSamples.__new__(FileSamples), pyramid=Pyramid(np.ones(SMALL + 1)))
    assert not distant.at_hand
    distant.pyramid.build()
    assert distant.at_hand


def test_a_click_does_not_wait_for_a_beat_and_a_dragging_hand_does_not_break_off_what_is_made(
    player: Player, clock: Clock, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    qtbot.waitUntil(lambda: player.frame is not None and not player.frame.waiting and player.live.idle)
    qtbot.waitUntil(lambda: not player._painted.due)
    player._timer.stop()
    asked: list[int] = []
    monkeypatch.setattr(player.live, "request", lambda wish: asked.append(wish.position) or len(asked))
    player._transport.seek(30_000)
    assert asked == [30_000]
    monkeypatch.setattr(LiveMemory, "answered", False)
    player._transport.seek(20_000)
    assert asked == [30_000]

"""What the tab does while work is under way, fails, is cancelled or comes too late."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot
from tab_made import RATE, make_signal, settle, show

from hippo_studio.app.memory import readying
from hippo_studio.app.memory.frame import Frame
from hippo_studio.app.memory.readouts import Readouts
from hippo_studio.app.memory.tab import MemoryTab, Phase
from hippo_studio.app.services import Services
from hippo_studio.signals import overview as overview_module
from hippo_studio.signals.overview import Pyramid


def test_the_waveform_of_a_long_signal_is_shown_until_its_loudness_is_known(
    tab: MemoryTab, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readying, "_LONG", 1000)
    tab.change(follow="envelope")
    shown: list[str] = []
    tab.changed.connect(lambda: shown.append(tab._source.channel if tab._source else ""))
    sound = replace(make_signal(), sample_rate=8 * RATE)  # what is no sound has no loudness
    show(tab, qtbot, sound)
    qtbot.waitUntil(lambda: shown[-1] == "ch0, loudness", timeout=30_000)
    assert "ch0" in shown


def test_a_loudness_that_is_cancelled_leaves_the_waveform(
    tab: MemoryTab, qtbot: QtBot, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readying, "_LONG", 1000)
    show(tab, qtbot, make_signal())
    tab.change(follow="envelope")
    (job,) = (job for job in services.jobs.live if job.title == "Measuring the loudness")
    job.ask_to_cancel()
    assert tab.state.follow == "waveform"
    qtbot.waitUntil(lambda: not services.jobs.live, timeout=30_000)
    assert tab._source.channel == "ch0"
    tab.change(follow="envelope")
    qtbot.waitUntil(lambda: tab._source.channel == "ch0, loudness", timeout=30_000)


def test_a_failing_job_leaves_the_picture_and_the_next_one_works(
    tab: MemoryTab, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, errors: list[str]
) -> None:
    show(tab, qtbot, make_signal())
    settle(tab, qtbot)
    before = tab.player.frame

    def broken(*_: object) -> None:
        raise ValueError("The envelope has no end.")

    with monkeypatch.context() as patch:
        patch.setattr(readying, "follow", broken)
        tab.change(follow="envelope")
        qtbot.waitUntil(lambda: bool(errors))
    assert errors == ["The envelope has no end."]
    settle(tab, qtbot)
    assert tab.phase is Phase.READY
    assert tab.player.frame.source is before.source
    tab.change(follow="waveform")
    with qtbot.waitSignal(tab.player.frame_ready):
        tab.change(follow="envelope")
        qtbot.waitUntil(lambda: tab.player.frame is not None and tab.player.frame.source is not before.source)
        tab.player.refresh()
    assert tab.player.frame.source.sample_rate == 200.0


def test_a_signal_that_cannot_be_prepared_says_so_and_another_one_works(
    tab: MemoryTab, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, errors: list[str]
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("No sound here.")

    with monkeypatch.context() as patch:
        patch.setattr(readying, "follow", broken)
        tab.set_signal(make_signal())
        qtbot.waitUntil(lambda: tab.phase is Phase.FAILED)
    assert errors == ["No sound here."]
    show(tab, qtbot, make_signal())
    assert tab.phase is Phase.READY


def test_of_two_signals_in_a_row_only_the_second_is_ever_shown(tab: MemoryTab, qtbot: QtBot) -> None:
    first, second = make_signal(), make_signal(2.0, channels=1)
    shown = []
    tab.player.frame_ready.connect(lambda frame: shown.append(frame.source.length))
    tab.set_signal(first)
    show(tab, qtbot, second)
    settle(tab, qtbot)
    assert set(shown) == {2000}
    show(tab, qtbot, first)
    settle(tab, qtbot)
    assert shown[-1] == 6000


def test_an_unexpected_failure_is_said_once_and_the_pictures_go_on(
    tab: MemoryTab, qtbot: QtBot, errors: list[str]
) -> None:
    show(tab, qtbot, make_signal())
    settle(tab, qtbot)
    tab.player.live.failure = RuntimeError("a cosmic ray")
    with qtbot.waitSignal(tab.player.frame_ready):
        tab.transport.seek(100)
    assert errors == ["a cosmic ray"]
    assert tab.phase is Phase.READY


def test_a_signal_that_is_closed_is_no_longer_summarised(
    tab: MemoryTab, services: Services, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = []

    def endless(_pyramid: Pyramid, _report: object, cancelled: Callable[[], bool]) -> None:
        while not cancelled():
            time.sleep(0.001)
        stopped.append(True)

    monkeypatch.setattr(overview_module, "SMALL", 0)  # a signal that is too long to be summarised at once
    monkeypatch.setattr(Pyramid, "build", endless)
    show(tab, qtbot, make_signal())
    assert readying._OVERVIEW in [job.key for job in services.jobs.live]
    tab.set_signal(None)
    qtbot.waitUntil(lambda: bool(stopped))


def test_the_inspector_waits_until_the_memories_have_spoken(
    tab: MemoryTab, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[object] = []
    go, make = threading.Event(), tab.player.live._make
    monkeypatch.setattr(tab.player.live, "_make", lambda *what: go.wait(10) and make(*what))
    monkeypatch.setattr(
        tab.inspector_panel, "look", lambda state, source, *_: source and looked.append(source)
    )
    try:
        show(tab, qtbot, make_signal())
        assert tab.player.frame.waiting
        assert looked == []
        tab.change(order=9)
        assert looked == []
    finally:
        go.set()
    qtbot.waitUntil(lambda: looked == [tab.source], timeout=20_000)
    tab.change(order=10)
    assert len(looked) == 2


def test_while_it_plays_caption_and_panel_tell_the_same_errors(
    tab: MemoryTab, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(tab, qtbot, make_signal())
    settle(tab, qtbot)
    captioned: list[Frame] = []
    written: list[Frame] = []
    captions = Readouts(captioned.append)
    monkeypatch.setattr(tab._numbers, "_captions", captions)
    monkeypatch.setattr(tab.settings_panel, "show_errors", written.append)
    tab.transport.play()
    qtbot.waitUntil(lambda: len(captioned) >= 4 and len(written) == len(captioned))
    assert all(one is other for one, other in zip(captioned, written, strict=True))
    assert len({frame.position for frame in written}) >= 4


def test_a_state_that_is_the_same_in_other_words_does_not_silence_the_errors(
    tab: MemoryTab, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(tab, qtbot, make_signal())
    settle(tab, qtbot)
    tab.take(replace(tab.state))
    written: list[Frame] = []
    monkeypatch.setattr(tab.settings_panel, "show_errors", written.append)
    tab.transport.play()
    qtbot.waitUntil(lambda: len(written) >= 2)

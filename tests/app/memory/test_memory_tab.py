"""The Memory tab as a person uses it: signals in, pictures out, choices kept."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot
from tab_made import make_signal, requests, settle, show

from hippo_studio.app.memory.tab import MemoryTab, Phase
from hippo_studio.app.memory.transport_bar import TransportBar
from hippo_studio.app.services import Services
from hippo_studio.app.transport import AS_FAST_AS_POSSIBLE


def test_without_a_signal_it_says_what_to_do_and_rests(tab: MemoryTab) -> None:
    assert tab.phase is Phase.EMPTY
    assert "drop one here" in tab.waiting.notice.text()
    assert not tab.player._timer.isActive()


def test_a_signal_is_shown_with_its_memories(tab: MemoryTab, qtbot: QtBot) -> None:
    show(tab, qtbot, make_signal())
    settle(tab, qtbot)
    assert tab.phase is Phase.READY
    assert tab.waiting.notice.isHidden()
    assert [r.memory.measure.name for r in tab.player.frame.recollections] == list(tab.state.measures)
    assert all(story.finished for story in tab.player.live.stories)


def test_twenty_slider_moves_are_one_request_of_the_last_value(
    tab: MemoryTab, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(tab, qtbot, make_signal())
    settle(tab, qtbot)
    asked = requests(tab, monkeypatch)
    for order in range(20, 40):
        tab.settings_panel.order.set_value(order)
    with qtbot.waitSignal(tab.player.frame_ready):
        pass
    assert [request.state.order for request in asked] == [39]
    assert tab.player.frame.recollections[0].coefficients.shape == (39,)


def test_no_signal_any_more_clears_everything_and_the_next_one_shows(tab: MemoryTab, qtbot: QtBot) -> None:
    show(tab, qtbot, make_signal())
    tab.set_signal(None)
    assert tab.phase is Phase.EMPTY
    assert tab.transport.duration == 0
    tab.player.beat()
    assert not tab.player._timer.isActive()
    show(tab, qtbot, make_signal())
    assert tab.phase is Phase.READY


def test_another_channel_keeps_the_playhead_and_envelope_keeps_the_time(tab: MemoryTab, qtbot: QtBot) -> None:
    show(tab, qtbot, make_signal())
    tab.transport.seek_seconds(3.0)
    with qtbot.waitSignal(tab.player.frame_ready, check_params_cb=lambda f: f.source.channel == "ch1"):
        tab.settings_panel.channel.setCurrentIndex(1)
    assert (tab.state.channel, tab.transport.position) == ("ch1", 3000)
    tab.transport.play()
    with qtbot.waitSignal(tab.player.frame_ready, check_params_cb=lambda f: f.source.sample_rate == 200):
        tab.settings_panel.follow.setCurrentIndex(1)
    assert tab.transport.playing
    assert 3.0 <= tab.transport.seconds < 5.9


def test_a_preset_is_laid_over_the_state_and_a_bad_one_refused(tab: MemoryTab, errors: list[str]) -> None:
    tab.apply_preset({"measures": ["fout", "legs"], "order": 33})
    assert (tab.state.measures, tab.state.order) == (("legs", "fout"), 33)
    tab.apply_preset({"order": 0})
    assert errors == ["This preset cannot be used: order N must lie between 1 and 512; received 0."]
    assert tab.state.order == 33


def test_a_memory_that_cannot_be_is_marked_and_explained(tab: MemoryTab, qtbot: QtBot) -> None:
    tab.change(measures=("legt", "legs"), order=256, method="forward")
    show(tab, qtbot, make_signal())
    settle(tab, qtbot)
    rows = tab.settings_panel.measures
    assert rows.errors["legt"].text() == "not possible"
    assert "unstable" in rows.boxes["legt"].toolTip()
    tab.transport.seek(3000)
    tab.change(method="zoh")
    settle(tab, qtbot)
    assert rows.errors["legt"].text().endswith("%")


def test_as_fast_as_possible_comes_to_the_end_by_itself(tab: MemoryTab, qtbot: QtBot) -> None:
    show(tab, qtbot, make_signal())
    tab.transport.speed = AS_FAST_AS_POSSIBLE
    tab.transport.play()
    qtbot.waitUntil(lambda: not tab.transport.playing, timeout=20_000)
    settle(tab, qtbot)
    assert tab.player.frame.position == 6000


def test_a_new_signal_is_seen_before_it_is_played(tab: MemoryTab, qtbot: QtBot, services: Services) -> None:
    show(tab, qtbot, make_signal(20.0))
    settle(tab, qtbot)
    assert (tab.state.view, tab.transport.seconds) == ("window", tab.state.shown_span())
    assert np.isfinite(tab.player.frame.recollections[0].told).any()
    tab.apply_preset({"theta": 0.8, "view": "window"})
    assert tab.transport.seconds == 1.0, "a preset begins anew"
    services.actions["go_start"].trigger()
    assert tab.transport.position == 0
    tab.apply_preset({"theta": 0.4, "view": "window"})
    assert tab.transport.position == 0, "but leaves a playhead that was put somewhere"


def test_as_fast_as_possible_is_no_choice_for_the_next_session(services: Services, qtbot: QtBot) -> None:
    for _ in range(2):
        tab = MemoryTab(services)
        for widget in (tab, tab.settings_panel, tab.inspector_panel):
            qtbot.addWidget(widget)
        assert tab.transport.speed == 1.0
        tab.transport.speed = AS_FAST_AS_POSSIBLE
        assert tab.close_tab()


def test_the_choices_come_back_in_the_next_session(services: Services, qtbot: QtBot) -> None:
    first = MemoryTab(services)
    first.change(order=48, measures=("fout",), theta=1.25)
    first.transport.speed = 4.0
    first.close_tab()
    second = MemoryTab(services)
    for widget in (first, second):
        for part in (widget, widget.settings_panel, widget.inspector_panel):
            qtbot.addWidget(part)
    assert (second.state.order, second.state.measures, second.state.theta) == (48, ("fout",), 1.25)
    assert second.transport.speed == 4.0
    second.close_tab()


def test_light_and_dark_are_taken_at_once(tab: MemoryTab, qtbot: QtBot, services: Services) -> None:
    show(tab, qtbot, make_signal())
    settle(tab, qtbot)
    light = tab.grab().toImage().pixelColor(450, 300)
    services.theme.set_mode("dark")
    settle(tab, qtbot)
    dark = tab.grab().toImage().pixelColor(450, 300)
    assert dark.lightness() < light.lightness()


def test_the_bar_follows_the_transport(tab: MemoryTab, qtbot: QtBot, services: Services) -> None:
    bar = TransportBar(tab.transport, services)
    qtbot.addWidget(bar)
    bar.show()
    show(tab, qtbot, make_signal())
    tab.transport.seek_seconds(1.25)
    assert bar.time.text() == "00:01.250 / 00:06.000"
    tab.transport.play()
    assert services.actions["play"].text() == "Pause"
    tab.transport.pause()
    bar.speed.setValue(bar.speed.maximum())
    assert tab.transport.speed == 16.0
    bar.fastest.click()
    assert bar.speed_label.text() == "max"
    assert bar.speed.value() == bar.speed.maximum()
    bar.fastest.click()
    assert bar.speed_label.text() == "1×"
    bar.hide()

"""The tab as a person uses it, without a display: signals in, pictures out, and nothing lost on the way."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtWidgets import QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLabel, QWidget
from pytestqt.qtbot import QtBot

from hippo_studio.app.memory import readying
from hippo_studio.app.memory.frame import Frame
from hippo_studio.app.memory.readouts import Readouts
from hippo_studio.app.memory.request import Request
from hippo_studio.app.memory.state import MemoryState
from hippo_studio.app.memory.tab import MemoryTab, Phase
from hippo_studio.app.memory.transport_bar import TransportBar
from hippo_studio.app.services import Services
from hippo_studio.app.transport import AS_FAST_AS_POSSIBLE
from hippo_studio.hippo import MEASURES
from hippo_studio.signals import Signal
from hippo_studio.signals import overview as overview_module
from hippo_studio.signals.overview import Pyramid

RATE = 1000.0


def make_signal(seconds: float = 6.0, channels: int = 2) -> Signal:
    t = np.arange(round(seconds * RATE)) / RATE
    rows = [np.sin((5 + 3 * index) * t) + 0.3 * np.sin(40 * t) for index in range(channels)]
    return Signal(np.array(rows), RATE, tuple(f"ch{index}" for index in range(channels)), origin="made(up)")


@pytest.fixture
def tab(services: Services, qtbot: QtBot) -> Iterator[MemoryTab]:
    tab = MemoryTab(services)
    for widget in (tab, tab.settings_panel, tab.inspector_panel):
        qtbot.addWidget(widget)
    tab.resize(900, 700)
    tab.show()
    yield tab
    assert tab.close_tab()


@pytest.fixture
def errors(services: Services) -> list[str]:
    said: list[str] = []
    services.messages.shown.connect(lambda message: said.append(message.text))
    return said


def show(tab: MemoryTab, qtbot: QtBot, signal: Signal) -> None:
    with qtbot.waitSignal(tab.player.frame_ready):
        tab.set_signal(signal)


def settle(tab: MemoryTab, qtbot: QtBot) -> None:
    """Until the heart stops: every request answered, the survey finished."""
    if tab.player._timer.isActive():
        with qtbot.waitSignal(tab.player.rested, timeout=20_000):
            pass


def requests(tab: MemoryTab, monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    asked: list[Request] = []
    request = tab.player.live.request
    monkeypatch.setattr(tab.player.live, "request", lambda one: asked.append(one) or request(one))
    return asked


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


def test_the_controls_show_the_state_and_change_it(tab: MemoryTab, qtbot: QtBot) -> None:
    panel = tab.settings_panel
    tab.change(order=100, theta=2.5, method="gbt", alpha=0.75, measures=("lagt",), view="past")
    assert panel.order.value() == 100
    assert panel.theta.value() == 2.5
    assert panel.method.currentData() == "gbt"
    assert panel.measures.boxes["lagt"].isChecked()
    assert not panel.measures.boxes["legt"].isChecked()
    panel.measures.boxes["fout"].click()
    panel.theta.set_value(1.5)
    panel.view.setCurrentIndex(panel.view.findData("signal"))
    panel.lagt_beta.setValue(2.0)
    assert tab.state == MemoryState(
        order=100,
        theta=1.5,
        method="gbt",
        alpha=0.75,
        measures=("lagt", "fout"),
        view="signal",
        lagt_beta=2.0,
    )
    assert "GLagT" in panel.measures.boxes["lagt"].text()


def test_what_cannot_be_is_said_and_changes_nothing(tab: MemoryTab, services: Services) -> None:
    said = []
    services.messages.status_changed.connect(said.append)
    before = tab.state
    tab.change(order=1000)
    assert tab.state == before
    assert said == ["order N must lie between 1 and 512; received 1000"]


def test_an_order_typed_as_nought_is_refused_in_words_and_the_next_is_taken(
    tab: MemoryTab, qtbot: QtBot, services: Services
) -> None:
    said: list[str] = []
    services.messages.status_changed.connect(said.append)
    spin = tab.settings_panel.order.spin
    before = tab.state.order
    for text in ("0", "32"):
        spin.selectAll()
        qtbot.keyClicks(spin, text)
        qtbot.keyClick(spin, Qt.Key.Key_Return)
        if text == "0":
            assert tab.state.order == before
    assert tab.state.order == 32
    assert said == [f"Order N must be a whole number from 1 to 512; received '0', so {before} stays."]


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


def test_keys_play_step_and_change_the_memory(tab: MemoryTab, qtbot: QtBot, services: Services) -> None:
    show(tab, qtbot, make_signal())
    actions, transport = services.actions, tab.transport
    actions["go_end"].trigger()
    assert transport.at_end
    actions["go_start"].trigger()
    actions["step_forward"].trigger()
    assert transport.position == 17
    actions["step_back"].trigger()
    assert transport.position == 0
    actions["play"].trigger()
    assert transport.playing
    actions["play"].trigger()
    assert not transport.playing
    actions["faster"].trigger()
    assert transport.speed == 2.0
    actions["speed_normal"].trigger()
    actions["loop"].trigger()
    assert (transport.speed, transport.loop) == (1.0, True)
    order, theta = tab.state.order, tab.state.theta
    actions["order_up"].trigger()
    actions["theta_down"].trigger()
    assert tab.state.order > order
    assert tab.state.theta < theta
    for index, name in enumerate(MEASURES, 1):
        shown = name in tab.state.measures
        actions[f"measure_{index}"].trigger()
        assert (name in tab.state.measures) != shown


def test_the_mouse_scrubs_drags_theta_and_zooms(tab: MemoryTab, qtbot: QtBot) -> None:
    show(tab, qtbot, make_signal())
    settle(tab, qtbot)
    tab.overview.pressed.emit(3.0, 0.0)
    assert tab.transport.position == 3000
    tab.change(view="window", theta=0.5, span=1.0)
    settle(tab, qtbot)
    frame, past = tab.player.frame, tab.past
    past.plot.pressed.emit(frame.window_start, 0.0)
    past.plot.dragged.emit(frame.present - 0.8, 0.0)
    past.plot.released.emit()
    assert tab.state.theta == pytest.approx(0.8)
    assert tab.transport.position == 3000
    past.plot.pressed.emit(frame.present - 0.1, 0.0)
    past.plot.dragged.emit(frame.present - 0.3, 0.0)
    past.plot.released.emit()
    assert tab.transport.position == pytest.approx(3200, abs=1)
    past.zoomed.emit(2)
    assert tab.state.shown_span() == pytest.approx(1.0 / 1.25**2, rel=1e-3)
    past.zoomed.emit(-30)
    assert tab.state.view == "signal"


def test_the_overview_zooms_down_to_single_samples_and_the_story_follows(
    tab: MemoryTab, qtbot: QtBot
) -> None:
    show(tab, qtbot, make_signal())
    for _ in range(60):
        tab.overview.wheel_turned.emit(2.0, 1.0)
    start, stop = tab.overview.x_range
    assert stop - start == pytest.approx(16 / RATE)
    assert start < 2.0 < stop
    assert tab.story.heat.x_range == (start, stop)
    assert tab.overview._dots._x.size in (15, 16, 17)
    tab.reset_view()
    assert tab.overview.x_range == pytest.approx((-0.0005, 5.9995))


def test_a_part_of_the_signal_can_be_looped_and_let_go(tab: MemoryTab, qtbot: QtBot) -> None:
    show(tab, qtbot, make_signal())
    tab.overview.region_marked.emit(1.0, 2.0)
    assert (tab.transport.region, tab.transport.loop) == ((1000, 2000), True)
    assert [edge.at for edge in tab.overview._edges] == [1.0, 2.0]
    tab.overview.region_marked.emit(1.5, 1.5)
    assert tab.transport.region == (0, 6000)
    assert [edge.at for edge in tab.overview._edges] == [None, None]


def test_as_fast_as_possible_comes_to_the_end_by_itself(tab: MemoryTab, qtbot: QtBot) -> None:
    show(tab, qtbot, make_signal())
    tab.transport.speed = AS_FAST_AS_POSSIBLE
    tab.transport.play()
    qtbot.waitUntil(lambda: not tab.transport.playing, timeout=20_000)
    settle(tab, qtbot)
    assert tab.player.frame.position == 6000


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


def test_pointing_says_what_is_there_in_every_plot(tab: MemoryTab, qtbot: QtBot, services: Services) -> None:
    said = []
    services.messages.cursor_changed.connect(said.append)
    show(tab, qtbot, make_signal())
    tab.transport.seek(4000)
    settle(tab, qtbot)
    tab.past.plot.hovered.emit(3.6, 0.0)
    assert "signal" in said[-1]
    assert "LegT" in said[-1]
    assert tab.overview.cursor_line.at == tab.story.error.cursor_line.at == 3.6
    tab.story.heat.hovered.emit(2.0, 0.0)
    assert "%" in said[-1]
    tab.coefficients.hovered.emit(3.2, 0.0)
    assert said[-1].startswith("n = 3")
    tab.past.plot.hovered.emit(float("nan"), float("nan"))
    assert said[-1] == ""
    assert tab.overview.cursor_line.at is None


def test_a_real_mouse_event_reaches_the_signal_it_points_at(tab: MemoryTab, qtbot: QtBot) -> None:
    show(tab, qtbot, make_signal())
    plot = tab.overview
    place = plot.mapFromScene(plot.box.mapViewToScene(QPointF(1.5, 0.0)))
    qtbot.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert tab.transport.seconds == pytest.approx(1.5, abs=plot.pixel_width)


def test_light_and_dark_are_taken_at_once(tab: MemoryTab, qtbot: QtBot, services: Services) -> None:
    show(tab, qtbot, make_signal())
    settle(tab, qtbot)
    light = tab.grab().toImage().pixelColor(450, 300)
    services.theme.set_mode("dark")
    settle(tab, qtbot)
    dark = tab.grab().toImage().pixelColor(450, 300)
    assert dark.lightness() < light.lightness()


def test_every_control_has_a_name_for_tests_and_for_screen_readers(
    tab: MemoryTab, qtbot: QtBot, services: Services
) -> None:
    bar = TransportBar(tab.transport, services)
    qtbot.addWidget(bar)
    kinds = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLabel)
    nameless = []
    for root in (tab, tab.settings_panel, tab.inspector_panel, bar):
        for widget in [root, *root.findChildren(QWidget)]:
            own = isinstance(widget, kinds) and not widget.objectName().startswith("qt_")
            scroll = isinstance(widget, QAbstractSlider) and "Scroll" in type(widget).__name__
            label = isinstance(widget, QLabel) and (widget.buddy() is not None or not widget.objectName())
            if own and not scroll and not label and not (widget.objectName() and widget.accessibleName()):
                nameless.append((type(widget).__name__, widget.objectName(), widget.accessibleName()))
    assert nameless == []


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
    monkeypatch.setattr(tab, "_captions", captions)
    monkeypatch.setattr(tab.settings_panel, "show_errors", written.append)
    tab.transport.play()
    qtbot.waitUntil(lambda: len(captioned) >= 4 and len(written) == len(captioned))
    assert all(one is other for one, other in zip(captioned, written, strict=True))
    assert len({frame.position for frame in written}) >= 4

"""Keys, mouse and controls of the Memory tab."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QPointF, Qt
from PyQt6.QtWidgets import QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox, QLabel, QWidget
from pytestqt.qtbot import QtBot
from tab_made import RATE, make_signal, settle, show

from hippo_studio.app.memory.state import MemoryState
from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.memory.transport_bar import TransportBar
from hippo_studio.app.services import Services
from hippo_studio.hippo import MEASURES


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
    services.messages.refused.connect(said.append)
    before = tab.state
    tab.change(order=1000)
    assert tab.state == before
    assert said == ["order N must lie between 1 and 512; received 1000"]


def test_an_order_typed_as_nought_is_refused_in_words_and_the_next_is_taken(
    tab: MemoryTab, qtbot: QtBot, services: Services
) -> None:
    said: list[str] = []
    services.messages.refused.connect(said.append)
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

"""The action table, and which keys the widget with the focus keeps for itself."""

from __future__ import annotations

from collections import Counter

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QKeySequence
from PyQt6.QtWidgets import (
    QCheckBox,
    QLineEdit,
    QListWidget,
    QMainWindow,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)
from pytestqt.qtbot import QtBot

from hippo_studio.app.actions import ACTIONS, GROUPS
from hippo_studio.app.keyboard import keeps
from hippo_studio.app.services import Services


def test_no_key_means_two_things() -> None:
    keys = Counter(QKeySequence(key).toString() for line in ACTIONS for key in line.keys)
    assert [key for key, count in keys.items() if count > 1] == []


def test_every_key_is_one_that_qt_knows() -> None:
    for line in ACTIONS:
        for key in line.keys:
            assert QKeySequence(key).toString(), (line.id, key)


def test_every_line_is_complete() -> None:
    for line in ACTIONS:
        assert line.text
        assert line.tip
        assert line.group in GROUPS


def test_an_action_sleeps_until_it_is_connected(services: Services) -> None:
    action, ran = services.actions["play"], []
    assert not action.isEnabled()
    services.actions.connect("play", lambda: ran.append("first"))
    action.trigger()
    services.actions.connect("play", lambda: ran.append("second"))
    action.trigger()
    assert ran == ["first", "second"]
    services.actions.disconnect_all("play", "loop")
    action.trigger()
    assert ran == ["first", "second"]
    assert not services.actions.is_connected("play")
    services.actions.connect("play", lambda: ran.append("third"))
    action.trigger()
    assert ran[-1] == "third"


def test_a_slot_may_ask_whether_it_was_checked(services: Services) -> None:
    states: list[bool] = []
    services.actions.connect("loop", states.append)
    services.actions["loop"].trigger()
    services.actions["loop"].trigger()
    assert states == [True, False]


def test_an_unknown_action_is_refused(services: Services) -> None:
    with pytest.raises(ValueError, match="no action 'dance'"):
        services.actions["dance"]


def test_tooltips_carry_the_key(services: Services) -> None:
    assert "Space" in services.actions["play"].toolTip()
    services.actions.set_text("play", "Pause", "Stop here")
    assert services.actions["play"].text() == "Pause"
    assert services.actions["play"].toolTip() == "Stop here  (Space)"


@pytest.mark.parametrize(
    ("kind", "key", "kept"),
    [
        ("text", "Space", True),
        ("text", "1", True),
        ("text", "?", True),
        ("text", "Left", True),
        ("text", "Shift+Left", True),
        ("text", "Ctrl+V", True),
        ("text", "Ctrl+O", False),
        ("text", "F1", False),
        ("list", "Up", True),
        ("list", "Space", False),
        ("list", "Left", False),
        ("slider", "Left", True),
        ("slider", "Space", False),
        ("button", "Space", True),
        ("button", "Left", False),
        ("none", "Space", False),
    ],
)
def test_the_focus_keeps_the_keys_it_needs(kind: str, key: str, kept: bool) -> None:
    assert keeps(kind, key) is kept


class Bench(QMainWindow):
    """A window with one widget of each kind."""

    def __init__(self, services: Services) -> None:
        super().__init__()
        services.actions.attach(self)
        centre = QWidget(self)
        self.text, self.spin, self.check = QLineEdit(), QSpinBox(), QCheckBox("check")
        self.slider, self.list = QSlider(Qt.Orientation.Horizontal), QListWidget()
        self.list.addItems(["one", "two", "three"])
        self.spin.setRange(1, 100)
        column = QVBoxLayout(centre)
        for widget in (self.text, self.spin, self.check, self.slider, self.list):
            column.addWidget(widget)
        self.setCentralWidget(centre)
        self.ran: list[str] = []
        for id in ("play", "order_up", "order_down", "step_back", "measure_1", "go_start", "help", "open"):
            services.actions.connect(id, lambda id=id: self.ran.append(id))


@pytest.fixture
def bench(services: Services, qtbot: QtBot) -> Bench:
    bench = Bench(services)
    qtbot.addWidget(bench)
    bench.show()
    bench.activateWindow()
    qtbot.waitUntil(bench.isActiveWindow)
    return bench


def press(qtbot: QtBot, widget: QWidget, *keys: Qt.Key) -> None:
    for key in keys:
        qtbot.keyClick(widget, key)


def test_with_no_field_in_focus_every_key_works(bench: Bench, qtbot: QtBot) -> None:
    bench.setFocus()
    press(qtbot, bench, Qt.Key.Key_Space, Qt.Key.Key_Up, Qt.Key.Key_Left, Qt.Key.Key_1, Qt.Key.Key_Home)
    assert bench.ran == ["play", "order_up", "step_back", "measure_1", "go_start"]


def test_a_text_field_gets_all_it_can_use(bench: Bench, qtbot: QtBot) -> None:
    bench.text.setFocus()
    qtbot.keyClicks(bench.text, "1 l")
    press(qtbot, bench.text, Qt.Key.Key_Home, Qt.Key.Key_Left)
    qtbot.keyClicks(bench.text, "?")
    assert (bench.text.text(), bench.ran) == ("?1 l", [])
    press(qtbot, bench.text, Qt.Key.Key_F1)
    assert bench.ran == ["help"]


def test_a_spin_box_keeps_its_arrows(bench: Bench, qtbot: QtBot) -> None:
    bench.spin.setFocus()
    press(qtbot, bench.spin, Qt.Key.Key_Up, Qt.Key.Key_Up)
    assert (bench.spin.value(), bench.ran) == (3, [])


def test_a_check_box_keeps_space_and_a_slider_its_arrows(bench: Bench, qtbot: QtBot) -> None:
    bench.check.setFocus()
    press(qtbot, bench.check, Qt.Key.Key_Space)
    assert bench.check.isChecked()
    bench.slider.setFocus()
    press(qtbot, bench.slider, Qt.Key.Key_Right, Qt.Key.Key_Space)
    assert bench.slider.value() == 1
    assert bench.ran == ["play"]


def test_a_list_keeps_its_arrows_and_leaves_space(bench: Bench, qtbot: QtBot) -> None:
    bench.list.setFocus()
    bench.list.setCurrentRow(0)
    press(qtbot, bench.list, Qt.Key.Key_Down, Qt.Key.Key_Space)
    assert (bench.list.currentRow(), bench.ran) == (1, ["play"])


def test_keys_come_back_when_the_field_is_left(bench: Bench, qtbot: QtBot) -> None:
    bench.text.setFocus()
    bench.text.clearFocus()
    press(qtbot, bench, Qt.Key.Key_Space)
    assert bench.ran == ["play"]

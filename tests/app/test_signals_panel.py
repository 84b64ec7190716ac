"""The list of open signals, and the window in which signals are made."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from hippo_studio.app.generator_dialog import GeneratorDialog
from hippo_studio.app.open_signals import OpenSignals
from hippo_studio.app.parameters import parse_parameters
from hippo_studio.app.services import Services
from hippo_studio.app.signals_panel import SignalsPanel, describe, particulars
from hippo_studio.signals import GENERATORS, Signal


@pytest.fixture
def signals(qtbot: QtBot) -> OpenSignals:
    signals = OpenSignals()
    signals.add(Signal(np.zeros((2, 480)), 48000.0, ("left", "right"), ("V", ""), 0.0, "/x/a.wav"))
    signals.add(Signal(np.zeros(3600), 360.0, origin="/x/b.csv"))
    return signals


@pytest.fixture
def panel(signals: OpenSignals, services: Services, qtbot: QtBot) -> SignalsPanel:
    menus = QMenu(), QMenu()
    panel = SignalsPanel(signals, services, *menus)
    for menu in menus:
        menu.setParent(panel)
    qtbot.addWidget(panel)
    panel.show()
    return panel


def test_each_signal_is_listed_and_the_current_one_marked(panel: SignalsPanel, signals: OpenSignals) -> None:
    assert [panel.list.item(row).text() for row in range(panel.list.count())] == ["a.wav", "b.csv"]
    assert panel.list.currentRow() == 1
    signals.show(0)
    assert panel.list.currentRow() == 0
    signals.remove(0)
    assert panel.list.count() == 1


def test_a_click_shows_a_signal(panel: SignalsPanel, signals: OpenSignals, qtbot: QtBot) -> None:
    place = panel.list.visualItemRect(panel.list.item(0)).center()
    with qtbot.waitSignal(signals.current_changed) as shown:
        qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert shown.args[0].title == "a.wav"


def test_beside_what_is_live_no_signal_looks_current_and_a_click_shows_it_again(
    panel: SignalsPanel, signals: OpenSignals, qtbot: QtBot
) -> None:
    signals.look_at_live(True)
    assert panel.list.currentRow() == -1
    assert not panel.list.selectedItems()
    place = panel.list.visualItemRect(panel.list.item(1)).center()
    with qtbot.waitSignal(signals.current_changed) as shown:
        qtbot.mouseClick(panel.list.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert shown.args[0].title == "b.csv"
    signals.look_at_live(False)
    assert panel.list.currentRow() == 1


def test_a_signal_of_the_list_is_shown_before_its_sample_rate_is_asked_for(
    panel: SignalsPanel, signals: OpenSignals, services: Services
) -> None:
    asked: list[Signal] = []
    services.actions.connect("sample_rate", lambda: asked.append(signals.current))
    panel._say_rate(0)
    assert asked == [next(iter(signals))]


def test_a_signal_is_described_in_a_line(signals: OpenSignals) -> None:
    assert [describe(signal) for signal in signals] == [
        "48 kHz · 00:00.0 · 2 channels",
        "360 Hz · 00:10.0 · 1 channel",
    ]


def test_the_tooltip_has_the_particulars(signals: OpenSignals) -> None:
    assert particulars(next(iter(signals))).splitlines() == [
        "/x/a.wav",
        "48 kHz · 00:00.0 · 2 channels",
        "480 samples",
        "left (V), right",
        "from 1970-01-01 00:00:00 UTC",
    ]


def test_the_drop_hint_opens_files(panel: SignalsPanel, services: Services, qtbot: QtBot) -> None:
    opened: list[bool] = []
    services.actions.connect("open", lambda: opened.append(True))
    qtbot.mouseClick(panel.hint, Qt.MouseButton.LeftButton)
    assert opened == [True]


@pytest.fixture
def dialog(qtbot: QtBot) -> GeneratorDialog:
    made: list[tuple[str, dict[str, Any]]] = []
    dialog = GeneratorDialog(lambda name, parameters: made.append((name, parameters)))
    dialog.made = made
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_every_generator_can_be_made_as_it_is_offered(dialog: GeneratorDialog, qtbot: QtBot) -> None:
    for name in GENERATORS:
        dialog.choose(name)
        qtbot.mouseClick(dialog.make_button, Qt.MouseButton.LeftButton)
    assert dialog.made == [(name, {}) for name in GENERATORS]


def test_changed_parameters_are_handed_over(dialog: GeneratorDialog, qtbot: QtBot) -> None:
    dialog.choose("noise")
    dialog._fields["high"].setText("12,5")
    dialog._fields["seed"].setText("7")
    qtbot.mouseClick(dialog.make_button, Qt.MouseButton.LeftButton)
    assert dialog.made == [("noise", {"high": 12.5, "seed": 7})]


def test_nonsense_is_refused_in_place_and_the_next_try_works(dialog: GeneratorDialog, qtbot: QtBot) -> None:
    dialog.choose("sine")
    dialog._fields["frequency"].setText("fast")
    qtbot.mouseClick(dialog.make_button, Qt.MouseButton.LeftButton)
    assert "'fast'" in dialog.complaint.text()
    assert dialog.made == []
    dialog._fields["frequency"].setText("2")
    qtbot.mouseClick(dialog.make_button, Qt.MouseButton.LeftButton)
    assert dialog.complaint.text() == ""
    assert dialog.made == [("sine", {"frequency": 2.0})]


@pytest.mark.parametrize(("text", "part"), [("1.5", "whole number"), ("", "whole number"), ("x", "'x'")])
def test_whole_numbers_stay_whole(text: str, part: str) -> None:
    with pytest.raises(ValueError, match=part):
        parse_parameters({"seed": text}, {"seed": 0})


def test_a_whole_number_may_be_of_any_size() -> None:
    assert parse_parameters({"seed": "1" + "0" * 400}, {"seed": 0}) == {"seed": 10**400}


@pytest.mark.parametrize("text", ["nan", "inf", "1e999"])
def test_numbers_are_finite(text: str) -> None:
    with pytest.raises(ValueError, match="finite"):
        parse_parameters({"duration": text}, {"duration": 1.0})

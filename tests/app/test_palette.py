"""The command palette, and how it finds what was meant; the help sheet."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QLineEdit, QMainWindow
from pytestqt.qtbot import QtBot

from hippo_studio.app.help_sheet import HelpSheet
from hippo_studio.app.matching import score
from hippo_studio.app.palette import Command, CommandPalette, best, commands_of
from hippo_studio.app.services import Services


def ordered(wanted: str, *names: str) -> list[str]:
    return [command.text for command in best(wanted, [Command(name, lambda: None) for name in names])]


def test_nothing_typed_lists_all_in_order() -> None:
    assert ordered(" ", "b", "a") == ["b", "a"]


@pytest.mark.parametrize("wanted", ["theme dark", "dark", "drk", "DARK the", "dt"])
def test_a_few_letters_find_a_command(wanted: str) -> None:
    assert score(wanted, "Dark Theme") is not None


@pytest.mark.parametrize("wanted", ["x", "themes", "kd", "dark zebra"])
def test_letters_that_are_not_there_find_nothing(wanted: str) -> None:
    assert score(wanted, "Dark Theme") is None


def test_the_start_of_a_name_comes_first() -> None:
    assert ordered("play", "Export what plays", "Stop playing", "Play") == [
        "Play",
        "Stop playing",
        "Export what plays",
    ]


def test_greek_and_accents_are_found_with_plain_letters() -> None:
    assert score("θ", "Longer Window θ") is not None
    assert score("mackey glass", "Mackey–Glass") is not None
    assert score("resume", "Résumé") is not None


@pytest.fixture
def window(services: Services, qtbot: QtBot) -> QMainWindow:
    window = QMainWindow()
    window.field = QLineEdit(window)
    window.setCentralWidget(window.field)
    services.actions.attach(window)
    qtbot.addWidget(window)
    window.resize(900, 600)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


@pytest.fixture
def palette(services: Services, window: QMainWindow) -> CommandPalette:
    palette = CommandPalette(lambda: commands_of(services.actions), window)
    services.actions.connect("palette", palette.open)
    return palette


def test_typing_and_enter_run_the_best_command(
    palette: CommandPalette, services: Services, qtbot: QtBot
) -> None:
    ran: list[str] = []
    for id in ("play", "theme_dark", "theme_light", "order_up"):
        services.actions.connect(id, lambda id=id: ran.append(id))
    palette.open()
    assert len(palette.found()) == 4, "only what means something now is offered, and not the palette itself"
    qtbot.keyClicks(palette.field, "dark")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    assert ran == ["theme_dark"]
    assert not palette.isVisible()


def test_arrows_move_in_the_list_and_not_in_the_window(
    palette: CommandPalette, services: Services, qtbot: QtBot
) -> None:
    ran: list[str] = []
    for id in ("order_up", "order_down", "play"):
        services.actions.connect(id, lambda id=id: ran.append(id))
    palette.open()
    names = [command.text for command in palette.found()]
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.list.currentItem().text(0) == names[2]
    qtbot.keyClick(palette.field, Qt.Key.Key_Down)
    assert palette.list.currentItem().text(0) == names[0]
    qtbot.keyClick(palette.field, Qt.Key.Key_Up)
    assert palette.list.currentItem().text(0) == names[2]
    assert ran == []


def test_escape_gives_the_keyboard_back(
    palette: CommandPalette, window: QMainWindow, services: Services, qtbot: QtBot
) -> None:
    window.field.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert palette.isVisible()
    qtbot.keyClicks(palette.field, "zzz")
    assert not palette.list.isVisible()
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    qtbot.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert window.field.hasFocus()
    qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert palette.field.text() == ""


def test_clicking_elsewhere_closes_the_palette(palette: CommandPalette, window: QMainWindow) -> None:
    palette.open()
    window.field.setFocus()
    assert not palette.isVisible()


def test_the_help_sheet_shows_the_table_as_it_stands(
    services: Services, window: QMainWindow, qtbot: QtBot
) -> None:
    sheet = HelpSheet(services.actions, services.theme, window)
    services.actions.connect("play", lambda: None)
    services.actions.connect("measure_1", lambda: None)
    services.actions.set_text("measure_1", "LegT <first>")
    sheet.toggle()
    text = "".join(column.text() for column in sheet.columns)
    assert "Space" in text
    assert "LegT &lt;first&gt;" in text
    services.actions.set_text("measure_1", "LegT", "The last θ seconds")
    sheet.toggle()
    sheet.toggle()
    text = "".join(column.text() for column in sheet.columns)
    assert "The last θ seconds" in text
    assert "Higher Order" not in text, "an action that does nothing now is not promised"
    services.theme.set_mode("dark")
    assert services.theme.colors.accent in "".join(column.text() for column in sheet.columns)
    qtbot.keyClick(sheet, Qt.Key.Key_F1)
    assert not sheet.isVisible()
    sheet.toggle()
    assert sheet.isVisible()
    sheet.toggle()
    assert not sheet.isVisible()

"""The lines of the list of signals: what matters can be read, however narrow the list is."""

from __future__ import annotations

import numpy as np
import pytest
from PyQt6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from hippo_studio.app import signal_lines
from hippo_studio.app.breaking import broken_name, broken_parts
from hippo_studio.app.open_signals import OpenSignals
from hippo_studio.app.services import Services
from hippo_studio.app.signals_panel import SignalsPanel
from hippo_studio.signals import Signal


def fits(letters: int):
    return lambda text: len(text) <= letters


@pytest.mark.parametrize(
    ("name", "letters", "lines"),
    [
        ("a.wav", 5, ["a.wav"]),
        ("Recording 2026-11-30 18.31.08.wav", 24, ["Recording 2026-11-30", "18.31.08.wav"]),
        ("a_long_name_of_a_file.csv", 12, ["a_long_name_", "of_a_file.csv"]),
        ("averylongnamewithoutanybreak", 10, ["averylongn", "amewithoutanybreak"]),
        ("a averylongnamewithoutanybreak", 10, ["a averylon", "gnamewithoutanybreak"]),
        ("ab", 0, ["a", "b"]),
        ("", 0, [""]),
    ],
)
def test_a_name_is_broken_behind_a_word(name: str, letters: int, lines: list[str]) -> None:
    assert broken_name(name, fits(letters)) == lines


@pytest.mark.parametrize("letters", [0, 1, 2, 7, 39, 78, 79])
def test_where_a_name_is_broken_is_found_by_halving(letters: int) -> None:
    name, asked = "x" * 80, []

    def counting(text: str) -> bool:
        asked.append(text)
        return len(text) <= letters

    assert len(broken_name(name, counting)[0]) == max(letters, 1)
    assert len(asked) <= 9, "each letter that is measured costs the window time"


@pytest.mark.parametrize(
    ("letters", "lines"),
    [
        (40, ["unsaved · 100 Hz · 00:22.0 · 2 channels"]),
        (24, ["unsaved · 100 Hz", "00:22.0 · 2 channels"]),
        (10, ["unsaved", "100 Hz", "00:22.0 · 2 channels"]),
    ],
)
def test_a_line_is_broken_between_its_parts(letters: int, lines: list[str]) -> None:
    assert broken_parts("unsaved · 100 Hz · 00:22.0 · 2 channels", fits(letters), 3) == lines


@pytest.fixture
def panel(services: Services, qtbot: QtBot) -> SignalsPanel:
    signals = OpenSignals()
    signals.add(Signal(np.zeros((2, 400)), 100.0, origin="/x/Recording 2026-11-30 18.31.08.wav"))
    menus = QMenu(), QMenu()
    panel = SignalsPanel(signals, services, *menus)
    for menu in menus:
        menu.setParent(panel)
    qtbot.addWidget(panel)
    panel.show()
    return panel


def test_a_line_of_the_list_is_as_high_as_its_width_makes_it(panel: SignalsPanel, qtbot: QtBot) -> None:
    def height(width: int) -> int:
        panel.resize(width, 400)
        qtbot.wait(1)
        return panel.list.visualItemRect(panel.list.item(0)).height()

    line = panel.fontMetrics().height()
    wide = height(60 * line)
    assert wide == pytest.approx(2.9 * line, abs=1)
    assert height(12 * line) > wide + 0.9 * line
    assert height(60 * line) == wide


def test_lines_are_measured_once_however_often_they_are_painted(
    panel: SignalsPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[str] = []

    def counting(text: str, *rest):
        measured.append(text)
        return broken_name(text, *rest)

    monkeypatch.setattr(signal_lines, "broken_name", counting)
    panel.resize(217, 400)
    panel.grab()
    assert measured == ["Recording 2026-11-30 18.31.08.wav"]
    for _ in range(3):
        panel.list.doItemsLayout()
        panel.grab()
    assert len(measured) == 1
    panel.resize(180, 400)
    panel.grab()
    assert len(measured) == 2, "another width breaks anew"
    font = panel.list.font()
    font.setPointSizeF(1.5 * font.pointSizeF())
    panel.list.setFont(font)
    panel.grab()
    assert len(measured) == 3, "and so does another font"

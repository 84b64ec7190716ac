"""Lines of the list whose file is not read again, messages of closed signals, and lines beside a stream."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from PyQt6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from hippo_studio.app.message_bar import MessageBar
from hippo_studio.app.open_signals import OpenSignals
from hippo_studio.app.opening import Opening
from hippo_studio.app.services import Services
from hippo_studio.app.signal_lines import DETAIL
from hippo_studio.app.signals_panel import SignalsPanel
from hippo_studio.app.sound.live_source import new_page
from hippo_studio.app.window import StudioWindow
from hippo_studio.signals import Signal


class Desk:
    def __init__(self, services: Services, qtbot: QtBot) -> None:
        self.signals = OpenSignals()
        self.opening = Opening(self.signals, services)
        menus = QMenu(), QMenu()
        self.panel = SignalsPanel(self.signals, services, *menus)
        for menu in menus:
            menu.setParent(self.panel)
        self.bar = MessageBar(services.messages, services.theme)
        for widget in (self.panel, self.bar):
            qtbot.addWidget(widget)


@pytest.fixture
def desk(services: Services, qtbot: QtBot) -> Desk:
    return Desk(services, qtbot)


def opened(desk: Desk, qtbot: QtBot, *paths: Path) -> None:
    with qtbot.waitSignal(desk.opening.finished):
        desk.opening.open(paths)


def sound(folder: Path, name: str = "a.wav") -> Path:
    path = folder / name
    soundfile.write(path, np.full(800, 0.25), 8000)
    return path


def test_a_second_reading_that_fails_is_told_in_its_line(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    path = sound(tmp_path)
    opened(desk, qtbot, path)
    desk.signals.put(0, None, desk.signals.entries[0])  # as where a recording is saved elsewhere
    assert desk.panel.list.item(0).data(DETAIL) == "reading …"
    path.write_bytes(b"no sound at all")
    opened(desk, qtbot, path)
    assert desk.panel.list.item(0).data(DETAIL) == "missing"
    assert "a.wav" in desk.panel.list.item(0).toolTip()
    sound(tmp_path)
    opened(desk, qtbot, path)
    assert desk.signals.current.length == 800


def test_a_second_reading_that_is_cancelled_is_told_too(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    path = sound(tmp_path)
    opened(desk, qtbot, path)
    desk.signals.put(0, None, desk.signals.entries[0])
    desk.opening.open([path])
    desk.opening.cancel()
    assert desk.signals.rows[0].problem == "Reading it was cancelled."
    opened(desk, qtbot, path)
    assert desk.signals.current.length == 800


def test_a_signal_that_stays_as_it_was_says_nothing_in_its_line(
    desk: Desk, qtbot: QtBot, tmp_path: Path
) -> None:
    path = sound(tmp_path)
    opened(desk, qtbot, path)
    path.write_bytes(b"no sound at all")
    opened(desk, qtbot, path)
    assert desk.signals.rows[0].problem == ""
    assert desk.signals.current.length == 800


def test_messages_about_a_signal_go_with_it(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.csv" for name in "ab"]
    for path in paths:
        path.write_text("value\n" + "\n".join(str(k % 7) for k in range(40)) + "\n")
        opened(desk, qtbot, path)
    assert [row.message.about for row in desk.bar.rows] == [str(path) for path in paths]
    desk.signals.remove(0)
    assert [row.message.about for row in desk.bar.rows] == [str(paths[1])]
    desk.signals.remove(0)
    assert not desk.bar.rows


def test_beside_a_stream_the_palette_leads_back_to_the_current_signal(
    services: Services, qtbot: QtBot
) -> None:
    window = StudioWindow(services)
    qtbot.addWidget(window)
    window.signals.add(Signal(np.zeros(100), 10.0, origin="made()"))
    qtbot.waitUntil(lambda: window.memory.source is not None, timeout=20_000)

    def offered() -> list[str]:
        window.services.actions["palette"].trigger()
        texts = [command.text for command in window.commands.palette.found()]
        window.commands.palette.close_up()
        return texts

    assert "Show made()" not in offered()
    window.memory.show_live(new_page("live", 10.0, 100))
    assert "Show made()" in offered()
    window.signals.show(0)
    qtbot.waitUntil(lambda: window.memory.signal is not None, timeout=20_000)
    assert "Show made()" not in offered()
    window.close()

"""A live stream is looked at on while the palette opens and closes, and stopped from there as by menu."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PyQt6.QtCore import Qt
from pytestqt.qtbot import QtBot
from stream_twin import StreamTwin, rows, until

from hippo_studio.app.services import Services
from hippo_studio.app.signals_panel import SignalsPanel
from hippo_studio.app.streams import receiver as receiving
from hippo_studio.app.streams.receiver import Phase
from hippo_studio.app.window import StudioWindow
from hippo_studio.signals import generate


@pytest.fixture
def window(services: Services, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[StudioWindow]:
    StreamTwin.opened.clear()
    monkeypatch.setattr(receiving, "Stream", StreamTwin)
    window = StudioWindow(services)
    qtbot.addWidget(window)
    window.show()
    window.signals.add(generate("sine", duration=10.0, sample_rate=100.0))
    window.streams.receiver.receive("udp://:9000")
    StreamTwin.opened[-1].come(rows(0, 300))
    receiver = window.streams.receiver
    until(qtbot, lambda: receiver.phase is Phase.LIVE and receiver.shown and receiver.page.known == 300)
    yield window
    window.document.asks = False
    window.close()


def test_stop_from_the_palette_leaves_the_picture(window: StudioWindow, qtbot: QtBot) -> None:
    tab, palette = window.memory, window.commands.palette
    tab.change(measures=("legt",), order=8, theta=2.5, view="window")
    before = tab.state
    window.services.actions["palette"].trigger()
    qtbot.keyClick(palette.field, Qt.Key.Key_Escape)
    assert window.streams.receiver.shown
    window.services.actions["palette"].trigger()
    qtbot.keyClicks(palette.field, "stop stream")
    qtbot.keyClick(palette.field, Qt.Key.Key_Return)
    until(qtbot, lambda: len(window.signals) == 2 and tab.signal is not None and tab.source is not None)
    assert tab.signal is window.signals.rows[0].signal
    assert (tab.state, tab.transport.position) == (before, 300)


def test_the_keyboard_in_the_list_of_signals_chooses_none(window: StudioWindow, qtbot: QtBot) -> None:
    list_ = window.findChild(SignalsPanel).list
    list_.setFocus()
    assert (list_.currentRow(), window.streams.receiver.shown) == (-1, True)
    qtbot.keyClick(list_, Qt.Key.Key_Down)
    assert (list_.currentRow(), window.streams.receiver.shown) == (0, False)

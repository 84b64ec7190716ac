"""Undo and redo of tools: the person goes on looking at the same place of the signal."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from hippo_studio.app.services import Services
from hippo_studio.app.sound.live_source import new_page
from hippo_studio.app.window import StudioWindow
from hippo_studio.signals import Signal
from hippo_studio.signals.tools import Crop, Normalize, Step

PATIENCE = 60_000


@pytest.fixture
def window(services: Services, qtbot: QtBot) -> Iterator[StudioWindow]:
    window = StudioWindow(services)
    qtbot.addWidget(window)
    window.signals.add(Signal(np.sin(np.arange(8000) / 10), 1000.0, origin="made()"))
    until(qtbot, lambda: window.memory.source is not None)
    yield window
    window.close()


def until(qtbot: QtBot, true) -> None:
    qtbot.waitUntil(lambda: bool(true()), timeout=PATIENCE)


def is_at(window: StudioWindow, seconds: float, duration: float) -> bool:
    memory = window.memory
    there = memory.source is not None and memory.signal is not None
    return (
        there
        and memory.transport.seconds == pytest.approx(seconds)
        and memory.transport.duration == pytest.approx(duration)
    )


def test_the_playhead_stays_at_its_moment_of_the_signal(window: StudioWindow, qtbot: QtBot) -> None:
    window.memory.transport.seek_seconds(5.0)
    window.rooms.bench.lay([Step(Crop(2.0, 6.0))])
    until(qtbot, lambda: is_at(window, 3.0, 4.0))
    window.services.actions["undo"].trigger()
    until(qtbot, lambda: is_at(window, 5.0, 8.0))
    window.memory.transport.seek_seconds(4.0)
    window.services.actions["redo"].trigger()
    until(qtbot, lambda: is_at(window, 2.0, 4.0))
    window.services.actions["undo"].trigger()
    until(qtbot, lambda: is_at(window, 4.0, 8.0))
    window.memory.transport.seek_seconds(1.0)  # which the crop leaves out
    window.services.actions["redo"].trigger()
    until(qtbot, lambda: is_at(window, 0.0, 4.0))
    state = window.memory.state
    window.rooms.bench.lay([Step(Crop(2.0, 6.0)), Step(Normalize())])
    until(qtbot, lambda: len(window.signals.entries[0].tools) == 2)
    window.memory.transport.seek_seconds(3.5)
    window.services.actions["undo"].trigger()
    until(qtbot, lambda: is_at(window, 3.5, 4.0))
    assert window.memory.state == state


def test_beside_what_is_live_no_signal_of_the_list_is_worked_on(window: StudioWindow, qtbot: QtBot) -> None:
    said: list[str] = []
    window.services.messages.shown.connect(lambda message: said.append(message.text))
    window.memory.show_live(new_page("live", 1000.0, 4000))
    window.rooms.bench.lay([Step(Crop(2.0, 6.0))])
    assert said == ["What is live can be worked on once it is stopped."]
    assert window.signals.entries[0].tools == ()
    window.signals.show(0)
    window.rooms.bench.lay([Step(Crop(2.0, 6.0))])
    until(qtbot, lambda: window.signals.current.duration == 4.0)

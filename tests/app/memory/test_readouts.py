"""Numbers that change while it plays are written in turn, each a few times a second; at rest all at once."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from hippo_studio.app.memory.readouts import EVERY, Readouts
from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.services import Services
from hippo_studio.signals import Signal


def test_at_rest_all_are_written_and_playing_each_in_its_turn() -> None:
    written: list[tuple[str, object]] = []
    now = SimpleNamespace(time=10.0)
    names = ("captions", "errors", "timings")
    writers = [lambda frame, name=name: written.append((name, frame)) for name in names]
    readouts = Readouts(*writers, clock=lambda: now.time)
    readouts.write("rest")
    assert written == [(name, "rest") for name in names]
    written.clear()
    for picture in range(60):
        now.time = 10.0 + picture / 60
        before = len(written)
        readouts.write_in_turn(picture)
        assert len(written) - before <= 1
    counts = {name: sum(one == name for one, _ in written) for name in names}
    assert all(count == pytest.approx(1 / EVERY, abs=1) for count in counts.values())


def test_no_time_of_a_frame_is_told_at_rest(services: Services, qtbot: QtBot) -> None:
    told: list[tuple[float, float]] = []
    services.messages.timings_changed.connect(lambda *times: told.append(times))
    tab = MemoryTab(services)
    for widget in (tab, tab.settings_panel, tab.inspector_panel):
        qtbot.addWidget(widget)
    tab.show()
    tab.set_signal(Signal(np.sin(np.arange(4000) / 50), 1000.0))
    with qtbot.waitSignal(tab.player.rested, timeout=20_000):
        pass
    assert math.isnan(told[-1][0])
    tab.transport.play()
    qtbot.waitUntil(lambda: math.isfinite(told[-1][0]), timeout=20_000)
    tab.transport.pause()
    qtbot.waitUntil(lambda: math.isnan(told[-1][0]), timeout=20_000)
    assert tab.close_tab()

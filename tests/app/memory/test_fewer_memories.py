"""A memory that is no longer asked for leaves every picture, though nothing is surveyed anew."""

from __future__ import annotations

import numpy as np
from pytestqt.qtbot import QtBot

from hippo_studio.app.memory.live import LiveMemory
from hippo_studio.app.memory.request import Request
from hippo_studio.app.memory.source import follow
from hippo_studio.app.memory.state import MemoryState
from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.services import Services
from hippo_studio.signals import Signal

SIGNAL = Signal(np.sin(np.arange(60) / 10), 1.0)
BOTH = MemoryState(measures=("legt", "fout"), order=8, theta=30.0)


def told(live: LiveMemory) -> list[str]:
    return [story.memory.measure.name for story in live.stories]


def test_the_stories_are_of_the_memories_that_are_asked_for(qtbot: QtBot) -> None:
    live, source = LiveMemory(), follow(SIGNAL)
    live.request(Request(BOTH, source, 20, 300))
    qtbot.waitUntil(lambda: live.idle and len(live.stories) == 2, timeout=60_000)
    live.request(Request(BOTH.toggled("fout"), source, 20, 300))
    assert live.wait(60)
    assert told(live) == ["legt"]
    live.request(Request(BOTH, source, 20, 300))
    qtbot.waitUntil(lambda: live.idle and told(live) == ["legt", "fout"], timeout=60_000)
    assert live.close()


def test_its_lane_goes_from_the_window(services: Services, qtbot: QtBot) -> None:
    tab = MemoryTab(services)
    for widget in (tab, tab.settings_panel, tab.inspector_panel):
        qtbot.addWidget(widget)
    tab.show()
    tab.set_signal(SIGNAL)
    tab.take(BOTH)
    qtbot.waitUntil(lambda: tab.story._lanes == ("legt", "fout"), timeout=60_000)
    tab.change(measures=("legt",))
    qtbot.waitUntil(lambda: tab.story._lanes == ("legt",), timeout=60_000)
    assert tab.close_tab()

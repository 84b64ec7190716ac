"""A Memory tab of its own, and what it says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.services import Services


@pytest.fixture
def tab(services: Services, qtbot: QtBot) -> Iterator[MemoryTab]:
    tab = MemoryTab(services)
    for widget in (tab, tab.settings_panel, tab.inspector_panel):
        qtbot.addWidget(widget)
    tab.resize(900, 700)
    tab.show()
    yield tab
    assert tab.close_tab()

"""The window's streams without a sender."""

from __future__ import annotations

import pytest
from stream_twin import StreamTwin, Studio

from hippo_studio.app.streams import receiver as receiving


@pytest.fixture
def studio(services, qtbot, monkeypatch):
    StreamTwin.opened.clear()
    monkeypatch.setattr(receiving, "Stream", StreamTwin)
    studio = Studio(services, qtbot)
    yield studio
    assert studio.desk.close_desk()
    assert studio.sound.close_desk()
    assert studio.tab.close_tab()

"""A Train tab whose trainer is made up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot
from train_made import Trained, made_data

from hippo_studio.app.services import Services
from hippo_studio.app.train import data_source, running
from hippo_studio.app.train.tab import TrainTab
from hippo_studio.app.window import StudioWindow
from hippo_studio.learning import datasets


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sources that were opened; every one holds the same sines."""
    sources: list[str] = []

    def open_data(source: str, **_: object) -> object:
        sources.append(source)
        return made_data(source=source)

    for module in (data_source, datasets):
        monkeypatch.setattr(module, "open_data", open_data)
    return sources


@pytest.fixture
def trained() -> Trained:
    return Trained()


@pytest.fixture
def tab(services: Services, qtbot: QtBot, trained: Trained, opened: list[str]) -> Iterator[TrainTab]:
    tab = TrainTab(services, work=trained, warm_up=lambda: None)
    qtbot.addWidget(tab)
    services.actions.attach(tab)
    tab.resize(1280, 720)
    tab.show()
    yield tab
    assert tab.close_tab()


@pytest.fixture
def window(services: Services, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> Iterator[StudioWindow]:
    monkeypatch.setattr(running, "warm_up", lambda: None)
    window = StudioWindow(services)
    qtbot.addWidget(window)
    window.resize(1280, 720)
    window.show()
    with qtbot.waitSignal(window.first_painted):
        pass
    qtbot.waitUntil(lambda: not services.jobs.live, timeout=20_000)
    yield window
    window.close()

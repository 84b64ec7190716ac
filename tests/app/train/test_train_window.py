"""The Train tab in its window: room for it, keys for it, and the layout of the other tab kept meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import QSettings
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from hippo_studio.app.services import Services
from hippo_studio.app.train import running
from hippo_studio.app.window import StudioWindow
from hippo_studio.signals import Signal


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


def hidden(window: StudioWindow) -> list[bool]:
    return [dock.isHidden() for dock in window.docks]


def test_the_tab_has_the_room_of_the_panels_and_gives_it_back(
    window: StudioWindow, services: Services
) -> None:
    window.docks[0].hide()
    services.actions["tab_train"].trigger()
    assert all(hidden(window))
    assert window.train.is_built
    assert (window.width(), window.height()) == (1280, 720)
    assert QApplication.focusWidget() in (None, window.train)
    services.actions["tab_memory"].trigger()
    assert hidden(window) == [True, False, False]


def test_closing_in_the_train_tab_keeps_the_layout_of_the_other(
    window: StudioWindow, services: Services, tmp_path: Path
) -> None:
    services.actions["tab_train"].trigger()
    window.close()
    store = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    window.keep(store)
    window.docks[1].hide()
    window.restore(store)
    assert not any(hidden(window))


def test_the_window_is_not_built_around_a_tab_that_nobody_looked_at(window: StudioWindow) -> None:
    assert not window.train.is_built


def test_an_example_is_shown_in_the_memory_tab(window: StudioWindow, services: Services) -> None:
    services.actions["tab_train"].trigger()
    signal = Signal(np.sin(np.arange(400) / 9)[None], 100.0, origin="an example")
    window.train.example_opened.emit(signal)
    assert window.tabs.currentWidget() is window.memory
    assert window.signals.current is signal


def test_the_plots_of_the_tab_can_be_saved_as_pictures(
    window: StudioWindow, services: Services, qtbot: QtBot
) -> None:
    services.actions["tab_train"].trigger()
    wanted = {"Loss", "Score", "Kernels", "Spectra", "Eigenvalues", "Timescales"}
    home = window.memory.taking_home
    qtbot.waitUntil(lambda: wanted <= {plot.title for plot in home._plots if plot.isVisible()})

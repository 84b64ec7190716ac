"""The Train tab in its window: room for it, keys for it, and the layout of the other tab kept meanwhile."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import QSettings
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from train_made import kept_run, made_data

from hippo_studio.app.services import Services
from hippo_studio.app.train import data_source
from hippo_studio.app.train.past_runs import reopened
from hippo_studio.app.window import StudioWindow
from hippo_studio.learning.runs import open_run
from hippo_studio.signals import Signal


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


def test_a_run_s_set_up_is_one_step_that_undo_takes_back(
    window: StudioWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data_source, "open_data", lambda source, **_: made_data(source=source))
    train = window.train
    window.show_tab("train")
    train.change(lambda state: state.with_value("epochs", 99))
    window.session.look()
    window.session.history.seal()
    train.past.show(reopened(open_run(kept_run(tmp_path / "run"))))
    window.session.look()
    qtbot.waitUntil(lambda: train.data_ready)
    assert dict(train.state.chosen)["epochs"] == 4
    assert "lr" not in dict(train.state.chosen), "as it is by default"
    window.session.look()
    window.session.undo()
    assert train.state.to_dict()["chosen"] == {"epochs": 99}
    window.session.redo()
    assert dict(train.state.chosen)["epochs"] == 4

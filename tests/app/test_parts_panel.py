"""The list of what a file holds marks what is shown of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import QModelIndex
from pytestqt.qtbot import QtBot
from scipy.io import savemat

from hippo_studio.app.open_signals import OpenSignals
from hippo_studio.app.opening import Opening
from hippo_studio.app.parts_panel import PartsPanel
from hippo_studio.app.services import Services
from hippo_studio.signals import contents, generate


@pytest.fixture
def arrays(tmp_path: Path) -> Path:
    path = tmp_path / "body.mat"
    savemat(path, {"ecg": np.zeros((1, 100)), "acc": np.ones((3, 200)), "fs": 100.0})
    return path


def marked(panel: PartsPanel) -> int:
    return panel.list.currentIndex().row()


def test_the_array_that_is_shown_is_marked_also_on_returning(
    arrays: Path, services: Services, qtbot: QtBot
) -> None:
    signals = OpenSignals()
    opening = Opening(signals, services)
    panel = PartsPanel(signals, opening, services, None)
    qtbot.addWidget(panel)
    with qtbot.waitSignal(opening.finished):
        opening.open([arrays])
    qtbot.waitUntil(lambda: panel.list.model().rowCount(QModelIndex()) == 2)
    assert (signals.current.channels, marked(panel)) == (3, 1)
    with qtbot.waitSignal(opening.finished):
        panel.list.clicked.emit(panel.list.model().index(0, 0))
    assert (signals.current.channels, marked(panel)) == (1, 0)
    with qtbot.waitSignal(opening.finished):
        panel.list.clicked.emit(panel.list.model().index(1, 0))
    signals.add(generate("sine"))
    signals.show(0)
    qtbot.waitUntil(lambda: not panel.isHidden())
    assert marked(panel) == 1


def test_where_several_arrays_are_the_signal_none_of_them_is(tmp_path: Path) -> None:
    path = tmp_path / "two.npz"
    np.savez(path, a=np.zeros(50), b=np.ones(50))
    listing = contents(path)
    assert [part.first for part in listing.parts] == [False, False]
    assert listing.place_of({}) == -1
    assert listing.place_of({"variable": "b"}) == 1


def test_long_names_are_cut_and_never_scroll_sideways(
    tmp_path: Path, services: Services, qtbot: QtBot
) -> None:
    path = tmp_path / "names.npz"
    np.savez(path, **{f"{letter}_{'very_long_' * 12}": np.zeros(50) for letter in "abc"})
    signals = OpenSignals()
    opening = Opening(signals, services)
    panel = PartsPanel(signals, opening, services, None)
    qtbot.addWidget(panel)
    panel.resize(220, 300)
    with qtbot.waitSignal(opening.finished):
        opening.open([path])
    qtbot.waitUntil(lambda: panel.list.model().rowCount(QModelIndex()) == 3)
    panel.show()
    qtbot.waitExposed(panel)
    assert panel.list.horizontalScrollBar().maximum() == 0
    rect = panel.list.visualRect(panel.list.model().index(0, 0))
    assert rect.width() == panel.list.viewport().width()
    assert rect.height() >= panel.fontMetrics().height()

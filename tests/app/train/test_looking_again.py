"""The table of runs is looked at again when it is shown, and when the window comes to the front."""

from __future__ import annotations

from pathlib import Path

import pytest
from PyQt6.QtCore import QEvent
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot
from train_made import kept_run, ready

from hippo_studio.app.train import run_list
from hippo_studio.app.train.results import EXAMPLES, RUNS
from hippo_studio.app.train.runs_view import COLUMNS
from hippo_studio.app.train.tab import TrainTab
from hippo_studio.learning import runs


def test_runs_that_were_made_meanwhile_and_new_scores_are_there_once_the_page_is_shown(
    tab: TrainTab, qtbot: QtBot, tmp_path: Path
) -> None:
    ready(tab, qtbot)
    tab.runs.folder = tmp_path
    table = tab.results.runs.table
    run = kept_run(tmp_path / "run")
    tab.results.setCurrentIndex(RUNS)
    qtbot.waitUntil(lambda: table.rowCount() == 1)
    tab.results.setCurrentIndex(EXAMPLES)
    runs.write_json(run / runs.REPORT, {"reason": "completed", "accuracy": 0.875, "split": "test"})
    tab.results.setCurrentIndex(RUNS)
    qtbot.waitUntil(lambda: table.item(0, COLUMNS.index("Test")).text() == "87.5 %")


def test_runs_that_were_made_meanwhile_are_there_once_the_window_is_in_front(
    tab: TrainTab, qtbot: QtBot, tmp_path: Path
) -> None:
    ready(tab, qtbot)
    tab.activateWindow()
    qtbot.waitUntil(tab.isActiveWindow)
    tab.runs.folder = tmp_path
    kept_run(tmp_path / "run")
    QApplication.sendEvent(tab, QEvent(QEvent.Type.ActivationChange))
    qtbot.waitUntil(lambda: tab.results.runs.table.rowCount() == 1)


def test_a_window_that_comes_to_the_front_again_at_once_reads_no_runs(
    tab: TrainTab, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(tab, qtbot)
    tab.activateWindow()
    qtbot.waitUntil(tab.isActiveWindow)
    looks, now = [], [1000.0]
    monkeypatch.setattr(run_list, "monotonic", lambda: now[0])
    monkeypatch.setattr(run_list, "list_runs", lambda folder: looks.append(folder) or [])
    tab.runs.refresh()
    qtbot.waitUntil(lambda: len(looks) == 1)
    for seconds, wanted in ((0.5, 1), (run_list.FRESH_SECONDS, 2)):
        now[0] += seconds
        QApplication.sendEvent(tab, QEvent(QEvent.Type.ActivationChange))
        qtbot.waitUntil(lambda: not tab._services.jobs.live)
        assert len(looks) == wanted

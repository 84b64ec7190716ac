"""The trials of a sweep among all runs: listed, opened, deleted, and left alone while they are trained."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from train_made import Trained, kept_run, pressed, ready, until

from hippo_studio.app.services import Services
from hippo_studio.app.train import sweeps as sweeps_module
from hippo_studio.app.train.progress import Phase
from hippo_studio.app.train.runs_view import COLUMNS, RunsView
from hippo_studio.app.train.sweep_page import SweepPage
from hippo_studio.app.train.tab import TrainTab
from hippo_studio.learning.run_folders import list_runs
from hippo_studio.learning.runs import JOURNAL, SWEEPS
from hippo_studio.learning.sweep_folder import Tried


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    """A folder of runs with one run, and a sweep of two trials."""
    folder = tmp_path / "runs" / SWEEPS / "lr of s4d"
    folder.mkdir(parents=True)
    (folder / JOURNAL).touch()
    kept_run(tmp_path / "runs" / "run")
    for number in (0, 1):
        kept_run(folder / f"trial-{number:04d}")
    return folder


def names(view: RunsView) -> list[str]:
    return sorted(view.table.item(row, 0).text() for row in range(view.table.rowCount()))


def choose(view: RunsView, name: str) -> None:
    row = next(row for row in range(view.table.rowCount()) if view.table.item(row, 0).text() == name)
    view.table.selectRow(row)


def listed(tab: TrainTab, qtbot: QtBot, sweep: Path) -> RunsView:
    ready(tab, qtbot)
    tab.runs.folder = sweep.parent.parent
    tab.runs.refresh()
    view = tab.results.runs
    qtbot.waitUntil(lambda: view.table.rowCount() == 3)
    return view


def test_trials_are_listed_with_the_name_of_their_sweep(sweep: Path) -> None:
    trials = {"lr of s4d/trial-0000", "lr of s4d/trial-0001"}
    assert {run.name for run in list_runs(sweep.parent.parent)} == {"run", *trials}
    assert {run.name for run in list_runs(sweep.parent)} == trials
    assert {run.name for run in list_runs(sweep)} == trials


def test_a_trial_is_opened_and_deleted_as_any_run(tab: TrainTab, qtbot: QtBot, sweep: Path) -> None:
    view = listed(tab, qtbot, sweep)
    assert names(view) == ["lr of s4d/trial-0000", "lr of s4d/trial-0001", "run"]
    choose(view, "lr of s4d/trial-0001")
    view.buttons["open"].click()
    qtbot.waitUntil(lambda: tab.shown_run == sweep / "trial-0001")
    (trial,) = view.selected
    with qtbot.waitSignal(tab.runs.deleted):
        tab.runs.delete([trial])
    qtbot.waitUntil(lambda: names(view) == ["lr of s4d/trial-0000", "run"])
    assert not (sweep / "trial-0001").exists()
    assert (sweep / JOURNAL).exists()


def test_a_deletion_is_not_lost_by_a_listing_that_comes_after_it(
    tab: TrainTab, qtbot: QtBot, sweep: Path
) -> None:
    view = listed(tab, qtbot, sweep)
    runs = {run.name: run for run in list_runs(sweep.parent.parent)}
    tab.runs.delete([runs["run"]])
    tab.runs.delete([runs["lr of s4d/trial-0000"]])
    tab.runs.refresh()
    qtbot.waitUntil(lambda: names(view) == ["lr of s4d/trial-0001"])


def test_the_sweep_s_own_pane_says_that_a_trial_is_deleted(
    tab: TrainTab, qtbot: QtBot, sweep: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tried(folder: Path) -> list[Tried]:
        paths = [folder / f"trial-{number:04d}" for number in (0, 1)]
        return [
            Tried(number, 0.9 - number / 10, {"lr": 0.1}, path, kept=path.exists())
            for number, path in enumerate(paths)
        ]

    monkeypatch.setattr(sweeps_module, "listed", tried)
    listed(tab, qtbot, sweep)
    tab.sweeps.open_folder(sweep)
    page: SweepPage = tab.results.sweep
    qtbot.waitUntil(lambda: page.table.rowCount() == 2)
    tab.runs.delete([run for run in list_runs(sweep) if run.folder.name == "trial-0000"])
    qtbot.waitUntil(lambda: page.table.item(0, 2).text() == "deleted")
    with qtbot.waitSignal(page.opened) as opened:
        page.open.click()
    assert opened.args[0].number == 1, "the best that is left"
    page.table.selectRow(0)
    assert not page.open.isEnabled()


def test_trials_of_the_sweep_under_way_are_neither_deleted_nor_continued(
    tab: TrainTab, qtbot: QtBot, sweep: Path, services: Services, errors: list[str]
) -> None:
    view = listed(tab, qtbot, sweep)
    tab.runs.show_sweep(sweep)
    qtbot.waitUntil(lambda: not services.jobs.live)
    choose(view, "lr of s4d/trial-0000")
    assert view.table.item(view.table.currentRow(), COLUMNS.index("State")).text() == "under way"
    assert not view.buttons["delete"].isEnabled()
    assert not view.buttons["proceed"].isEnabled()
    tab.runs.delete(view.selected)
    assert "is being trained" in errors[0]
    tab.runs.show_sweep(None)
    qtbot.waitUntil(view.buttons["delete"].isEnabled)


def test_what_a_sweep_has_done_comes_into_the_table_by_itself(
    tab: TrainTab, qtbot: QtBot, sweep: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = listed(tab, qtbot, sweep)
    monkeypatch.setattr(sweeps_module, "listed", lambda folder: [Tried(2, 0.5, {}, folder / "trial-0002")])
    shutil.copytree(sweep / "trial-0000", sweep / "trial-0002")
    tab.sweeps.open_folder(sweep)
    qtbot.waitUntil(lambda: "lr of s4d/trial-0002" in names(view))


def test_delete_rests_while_the_selected_run_is_trained(
    tab: TrainTab, qtbot: QtBot, trained: Trained, tmp_path: Path
) -> None:
    ready(tab, qtbot)
    tab.runs.folder = tmp_path
    trained.keeps = True
    pressed(tab, qtbot, trained)
    view = tab.results.runs
    qtbot.waitUntil(lambda: view.table.rowCount() == 1)
    view.table.selectRow(0)
    assert not view.buttons["delete"].isEnabled()
    tab.toggle()
    until(tab, qtbot, Phase.FINISHED)
    assert view.buttons["delete"].isEnabled()

"""Runs are deleted: all that can be, none that is trained, and as well after one that could not be."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PyQt6.QtCore import QItemSelectionModel
from pytestqt.qtbot import QtBot
from train_made import Trained, kept_run, ready, until

from hippo_studio.app.services import Services
from hippo_studio.app.train import run_list
from hippo_studio.app.train.past_runs import continuation
from hippo_studio.app.train.progress import Phase
from hippo_studio.app.train.runs_view import RunsView
from hippo_studio.app.train.tab import TrainTab
from hippo_studio.learning.run_folders import delete_run
from hippo_studio.learning.runs import Run, open_run


@pytest.fixture
def four(tab: TrainTab, qtbot: QtBot, tmp_path: Path) -> dict[str, Run]:
    """Runs a, b, c and d, listed."""
    folder = tmp_path / "runs"
    folder.mkdir()
    runs = {name: open_run(kept_run(folder / name)) for name in "abcd"}
    ready(tab, qtbot)
    tab.runs.folder = folder
    tab.runs.refresh()
    qtbot.waitUntil(lambda: tab.results.runs.table.rowCount() == len(runs))
    return runs


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch, tab: TrainTab) -> threading.Event:
    """Deleting run a waits for this; made after the tab, so that it is let go before that closes."""
    let_go = threading.Event()

    def delete(folder: Path) -> None:
        if folder.name == "a":
            assert let_go.wait(5)
        delete_run(folder)

    monkeypatch.setattr(run_list, "delete_run", delete)
    return let_go


def refuse(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    def delete(folder: Path) -> None:
        if folder.name in names:
            raise PermissionError(13, "Permission denied", str(folder))
        delete_run(folder)

    monkeypatch.setattr(run_list, "delete_run", delete)


def there(runs: dict[str, Run]) -> str:
    return "".join(name for name, run in runs.items() if run.folder.exists())


def deleted(tab: TrainTab, qtbot: QtBot, *runs: Run) -> None:
    with qtbot.waitSignal(tab.runs.deleted):
        tab.runs.delete(runs)


def select(view: RunsView, names: str) -> None:
    table, flags = view.table, QItemSelectionModel.SelectionFlag
    for row in range(table.rowCount()):
        if table.item(row, 0).text() in names:
            table.selectionModel().select(table.model().index(row, 0), flags.Select | flags.Rows)


def test_one_that_cannot_be_deleted_keeps_no_other_and_is_not_tried_again_with_the_next(
    tab: TrainTab,
    qtbot: QtBot,
    errors: list[str],
    four: dict[str, Run],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refuse(monkeypatch, "a", "b")
    deleted(tab, qtbot, four["a"], four["b"], four["c"])
    assert there(four) == "abd"
    (said,) = errors
    assert said.startswith("a was not deleted: ")
    assert said.endswith(" 1 more not deleted either.")
    refuse(monkeypatch)
    deleted(tab, qtbot, four["d"])
    assert there(four) == "ab", "a and b were not asked for again"
    deleted(tab, qtbot, four["a"])
    assert there(four) == "b", "and one that was refused may be deleted later"
    assert len(errors) == 1


def test_two_deletions_at_a_time_delete_each_its_own(
    tab: TrainTab, qtbot: QtBot, errors: list[str], four: dict[str, Run], held: threading.Event
) -> None:
    tab.runs.delete([four["a"], four["b"]])
    deleted(tab, qtbot, four["c"])
    assert there(four) == "abd", "the first is not at its end"
    tab.runs.delete([four["a"]])  # asked for twice
    held.set()
    qtbot.waitUntil(lambda: tab.results.runs.table.rowCount() == 1)
    assert there(four) == "d"
    assert errors == []


def test_a_run_that_goes_on_before_its_turn_comes_is_left(
    tab: TrainTab,
    qtbot: QtBot,
    trained: Trained,
    errors: list[str],
    four: dict[str, Run],
    held: threading.Event,
) -> None:
    tab.runs.delete([four["a"], four["b"]])
    trained.continued = 1, 4
    tab.past.proceed(continuation(four["b"]))
    until(tab, qtbot, Phase.PAUSED)
    with qtbot.waitSignal(tab.runs.deleted):
        held.set()
    assert there(four) == "bcd"
    assert errors == ["b is being trained, so it was not deleted."]


def test_a_run_that_is_being_deleted_does_not_go_on(
    tab: TrainTab,
    qtbot: QtBot,
    trained: Trained,
    errors: list[str],
    four: dict[str, Run],
    held: threading.Event,
) -> None:
    tab.runs.delete([four["a"]])
    select(tab.results.runs, "a")
    tab.results.runs.buttons["proceed"].click()
    qtbot.waitUntil(lambda: errors == ["a is being deleted, so it does not go on."])
    with qtbot.waitSignal(tab.runs.deleted):
        held.set()
    assert not trained.plans


def test_several_selected_runs_are_deleted_and_the_table_asks_for_none_that_is_gone(
    tab: TrainTab, qtbot: QtBot, services: Services, four: dict[str, Run]
) -> None:
    view = tab.results.runs
    select(view, "abc")
    assert len(view.selected) == 3
    told: list[list[Run]] = []
    view.table.itemSelectionChanged.connect(lambda: told.append(view.selected))
    tab.runs.delete(view.selected)
    qtbot.waitUntil(lambda: view.table.rowCount() == 1)
    qtbot.waitUntil(lambda: not services.jobs.live)
    assert told == [[]], "once, when all are gone"
    assert not view.buttons["delete"].isEnabled()

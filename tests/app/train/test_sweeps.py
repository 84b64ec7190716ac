"""A sweep from the tab: its process, its table, stopping, opening one of before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PyQt6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from hippo_studio.app.services import Services
from hippo_studio.app.train import sweeps as sweeps_module
from hippo_studio.app.train.sweep_page import SweepPage
from hippo_studio.app.train.sweeps import Sweeps
from hippo_studio.learning.runs import JOURNAL
from hippo_studio.learning.sweep_folder import Tried, read_sweep, write_sweep

FIXED = {"data": "task:digits", "model": "s4d", "lr": 0.5, "epochs": 2}


def tried(folder: Path) -> list[Tried]:
    return [
        Tried(1, 0.9, {"lr": 1e-2, "d_model": 8}, folder / "trial-0001"),
        Tried(0, 0.8, {"lr": 1e-3, "d_model": 4}, folder / "trial-0000"),
        Tried(2, None, {"lr": 5e-3, "d_model": 4}, folder / "trial-0002", "running"),
    ]


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    return window


@pytest.fixture
def sweeps(
    services: Services, window: QWidget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Sweeps]:
    monkeypatch.setattr(sweeps_module, "listed", tried)
    monkeypatch.setattr(sweeps_module, "is_sweep", lambda folder: folder.is_dir())
    page = SweepPage(services.theme, window)
    sweeps = Sweeps(services, page, lambda: FIXED, lambda: tmp_path, window)
    yield sweeps
    sweeps.close()


def run(monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Let the sweep be this script."""
    monkeypatch.setattr(sweeps_module, "COMMAND", ("-c", script))


def test_a_sweep_runs_beside_and_its_trials_are_listed(
    sweeps: Sweeps, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = sweeps._page
    run(monkeypatch, "import sys; open(sys.argv[3] + '/said', 'w').write(' '.join(sys.argv[4:]))")
    page.trials.setValue(3)
    page.processes.setValue(2)
    page.start.click()
    assert page.start.text() == "Stop Sweep"
    qtbot.waitUntil(lambda: page.table.rowCount() == 2 and not sweeps.busy)
    assert page.start.text() == "Start Sweep"
    assert (sweeps.folder / "said").read_text() == "--trials 3 --processes 2"
    kept = read_sweep_of(sweeps.folder)
    assert kept["search"]["d_model"] == [32, 64, 128]
    assert "lr" not in kept, "what is searched is not fixed"
    assert kept["epochs"] == 2
    assert [page.table.item(row, 1).text() for row in range(2)] == ["90.0 %", "80.0 %"]
    assert "2 done, best validation 90.0 %" in page.words.text()
    with qtbot.waitSignal(sweeps.opened) as opened:
        page.open.click()
    assert opened.args == [sweeps.folder / "trial-0001"]


def read_sweep_of(folder: Path) -> dict:
    (folder / JOURNAL).touch()
    return read_sweep(folder)


@pytest.mark.parametrize(("width", "stacked"), [(560, True), (1200, False)])
def test_table_and_plot_have_room_where_the_page_is_narrow(
    sweeps: Sweeps, qtbot: QtBot, width: int, stacked: bool
) -> None:
    page = sweeps._page
    page.resize(width, 360)
    page.window().show()
    page.show_trials(tried(Path("sweep")))
    page.say("2026-01-01-000000-digits-s4d: 2 of 4 done, best validation 90.0 %")
    assert (page.plot.geometry().top() > page.table.geometry().top()) is stacked
    shown, header = page.table.viewport().width(), page.table.horizontalHeader()
    modes = {header.sectionResizeMode(column) for column in range(5)}
    assert modes == {header.ResizeMode.Interactive}, "else all is measured for each cell: minutes for 1000"
    page.table.setColumnWidth(0, 60)
    page.show_trials(tried(Path("another sweep")))
    assert page.table.columnWidth(0) == 60, "what was widened stays so"
    assert page.table.columnViewportPosition(3) + page.table.columnWidth(3) <= shown
    qtbot.waitUntil(lambda: page.words.heightForWidth(page.words.width()) <= page.words.height())


def test_stopping_ends_the_process_and_start_goes_on_with_the_same_sweep(
    sweeps: Sweeps, services: Services, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    services.messages.shown.connect(lambda message: said.append(message.text))
    run(monkeypatch, "import time; time.sleep(60)")
    page = sweeps._page
    page.start.click()
    qtbot.waitUntil(lambda: sweeps._process.processId() != 0)
    first = sweeps.folder
    page.start.click()
    qtbot.waitUntil(lambda: not sweeps.busy)
    assert not said, "a stop is no fault"
    run(monkeypatch, "pass")
    page.start.click()
    assert sweeps.folder == first
    qtbot.waitUntil(lambda: not sweeps.busy)
    page.search.setPlainText("dropout = [0.1, 0.2]")
    page.start.click()
    assert sweeps.folder != first
    qtbot.waitUntil(lambda: not sweeps.busy)


def test_a_sweep_that_fails_says_its_last_sentence(
    sweeps: Sweeps, services: Services, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    services.messages.shown.connect(lambda message: said.append(message.text))
    run(monkeypatch, "import sys; sys.exit('There is no file or folder nowhere.')")
    sweeps._page.start.click()
    qtbot.waitUntil(lambda: bool(said))
    assert said == ["There is no file or folder nowhere."]
    sweeps._page.search.setPlainText("lr = {low")
    sweeps._page.start.click()
    sweeps._page.search.setPlainText("learning = [1]")
    sweeps._page.start.click()
    assert "cannot be read" in said[1]
    assert "Unknown key 'learning'" in said[2]
    assert not sweeps.busy


def test_a_sweep_of_before_goes_on_until_something_else_is_asked_for(
    sweeps: Sweeps, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fixed = {"data": "task:digits", "model": "s4d", "epochs": 2}
    old = tmp_path / "old"
    write_sweep(old, {**fixed, "search": {"lr": [0.1, 0.2]}})
    (old / JOURNAL).touch()
    form = {"epochs": 9}
    sweeps._form = sweeps._asked = lambda: dict(form)
    sweeps.taken.connect(form.update)
    run(monkeypatch, "pass")
    sweeps.open_folder(old)
    assert form == fixed, "the form takes up what all trainings share"
    sweeps._page.start.click()
    assert sweeps.folder == old
    assert read_sweep(old) == {**fixed, "search": {"lr": [0.1, 0.2]}}
    qtbot.waitUntil(lambda: not sweeps.busy)
    form["epochs"] = 3
    sweeps._page.start.click()
    assert sweeps.folder != old
    qtbot.waitUntil(lambda: not sweeps.busy)


def test_a_sweep_of_before_is_opened_and_its_settings_drawn(
    sweeps: Sweeps, qtbot: QtBot, tmp_path: Path
) -> None:
    search = {"lr": {"low": 1e-3, "high": 0.1, "log": True}, "d_model": [4, 8]}
    write_sweep(tmp_path / "old", {"data": "task:digits", "model": "s4d", "search": search})
    (tmp_path / "old" / JOURNAL).touch()
    sweeps.open_folder(tmp_path / "old")
    page = sweeps._page
    qtbot.waitUntil(lambda: page.table.rowCount() == 2)
    assert page.search.toPlainText() == "d_model = [4, 8]\nlr = {low = 0.001, high = 0.1, log = true}"
    assert "validation over lr" in str(page.plot.caption._runs)
    page.table.horizontalHeader().sectionClicked.emit(4)
    assert "validation over d_model" in str(page.plot.caption._runs)
    assert sorted(page._dots._x) == [4, 8]
    page.table.selectRow(1)
    assert page.open.text() == "Open Trial 0"

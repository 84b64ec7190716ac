"""A run that goes on: its whole history stays in sight, and the window says that it trains."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QInputDialog
from pytestqt.qtbot import QtBot
from train_made import Trained, kept_run, portrait, ready, until

from hippo_studio.app.services import Services
from hippo_studio.app.train.past_runs import continuation, reopened
from hippo_studio.app.train.progress import Film, Phase, Progress
from hippo_studio.app.train.runs_view import COLUMNS
from hippo_studio.app.train.tab import TrainTab
from hippo_studio.learning import runs
from hippo_studio.learning.events import BatchEnded, EpochEnded, PortraitTaken, Started
from hippo_studio.learning.runs import open_run


def proceeded(tab: TrainTab, qtbot: QtBot, trained: Trained, run: Path) -> None:
    """Continue a run from the table, until it rests after its third batch."""
    ready(tab, qtbot)
    trained.continued = 1, 4
    tab.runs.folder = run.parent
    tab.runs.refresh()
    view = tab.results.runs
    qtbot.waitUntil(lambda: view.table.rowCount() == 1)
    view.table.selectRow(0)
    qtbot.mouseClick(view.buttons["proceed"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: trained.batches == 3)
    until(tab, qtbot, Phase.PAUSED)


def cell(tab: TrainTab, column: str) -> str:
    return tab.results.runs.table.item(0, COLUMNS.index(column)).text()


def state_of(tab: TrainTab) -> str:
    return cell(tab, "State")


def test_the_earlier_curves_and_pictures_stay_in_sight(
    tab: TrainTab, qtbot: QtBot, trained: Trained, tmp_path: Path
) -> None:
    proceeded(tab, qtbot, trained, kept_run(tmp_path / "run"))
    shown = tab._shown
    assert shown.validation.steps.tolist() == [4, 7]  # the epoch of step 8 is after the checkpoint of step 4
    assert [epoch.epoch for epoch in shown.epochs] == [1, 2]
    assert shown.curve.steps.tolist() == [4, 5, 6, 7]
    assert [frame.step for frame in shown.film.frames] == [0, 4, 7]
    tab.layers.before()
    assert tab.layers.moment.text() == "before training"
    assert tab.layers._frames[0].step == 0


def test_what_is_on_the_screen_goes_on_with_every_batch(
    tab: TrainTab, qtbot: QtBot, trained: Trained, tmp_path: Path
) -> None:
    run = kept_run(tmp_path / "run")
    proceeded(tab, qtbot, trained, run)
    tab.toggle()
    until(tab, qtbot, Phase.FINISHED)
    trained.continued = 2, 7
    tab.past.proceed(continuation(open_run(run)))
    qtbot.waitUntil(lambda: trained.batches == 6)
    assert tab._shown.curve.steps.tolist()[:4] == [4, 5, 6, 7]


def test_table_and_status_bar_say_that_it_trains(
    tab: TrainTab, qtbot: QtBot, trained: Trained, services: Services, tmp_path: Path
) -> None:
    said: list[str] = []
    services.messages.status_changed.connect(said.append)
    proceeded(tab, qtbot, trained, kept_run(tmp_path / "run"))
    assert said[-1] == "Training run: paused 2/2 · validation 75.0 %"
    assert state_of(tab) == "paused 2/2"
    tab.runs.refresh()
    qtbot.waitUntil(lambda: not services.jobs.live)
    assert state_of(tab) == "paused 2/2"
    tab.toggle()
    until(tab, qtbot, Phase.FINISHED)
    qtbot.waitUntil(lambda: state_of(tab) == "unfinished")  # as its folder has it
    assert said[-1].startswith("Training was stopped")


def test_a_new_run_is_in_the_table_while_it_trains(
    tab: TrainTab, qtbot: QtBot, trained: Trained, tmp_path: Path
) -> None:
    ready(tab, qtbot)
    tab.runs.folder = tmp_path
    trained.keeps = True
    tab.train()
    until(tab, qtbot, Phase.PAUSED)
    qtbot.waitUntil(lambda: tab.results.runs.table.rowCount() == 1)
    assert state_of(tab) == "paused 1/2"


def test_the_row_of_a_training_shows_what_is_known_now(
    tab: TrainTab, qtbot: QtBot, trained: Trained, tmp_path: Path
) -> None:
    run = kept_run(tmp_path / "run")
    report = {"reason": "stopped", "accuracy": 0.25, "split": "test", "validation_score": 0.5}
    runs.write_json(run / runs.REPORT, report)
    ready(tab, qtbot)
    tab.runs.folder = tmp_path
    tab.runs.refresh()
    qtbot.waitUntil(lambda: tab.results.runs.table.rowCount() == 1)
    assert [cell(tab, column) for column in ("Test", "Validation", "Parameters")] == ["25.0 %", "50.0 %", "—"]
    proceeded(tab, qtbot, trained, run)
    shown = [cell(tab, column) for column in ("Test", "Validation", "Parameters", "Time")]
    assert shown == ["—", "75.0 %", "99", "1 s"]


def test_a_run_that_is_being_trained_is_not_deleted(
    tab: TrainTab, qtbot: QtBot, trained: Trained, errors: list[str], tmp_path: Path
) -> None:
    run = kept_run(tmp_path / "run")
    proceeded(tab, qtbot, trained, run)
    assert not tab.results.runs.buttons["delete"].isEnabled()
    tab.runs.delete(tab.results.runs.selected)  # confirmed after its training went on
    assert errors == ["run is being trained; stop it before it is deleted. Nothing was deleted."]
    assert run.exists()


def test_history_after_the_checkpoint_is_dropped_and_older_snapshots_stay() -> None:
    film = Film()
    for step in (0, 10, 20, 30):
        film = film.with_portrait(portrait(step))
    past = Progress(film=film)
    for step in range(1, 31):
        past = past.after(BatchEnded(1 + step // 11, step, 1.0, 0.5, 1e-3, 1.0, 0, 1.0))
    for epoch in (1, 2, 3):
        past = past.after(EpochEnded(epoch, 10 * epoch, 1, 0, 1, 0, 1e-3, 1.0, False))
    started = past.going_on().after(Started(Path("run"), {}, 1, "cpu", 3, 10, 1, epoch=1, step=15))
    assert started.curve.steps.tolist() == list(range(1, 16))
    assert [epoch.epoch for epoch in started.epochs] == [1]
    assert [frame.step for frame in started.film.frames] == [0, 10]
    later = started.after(BatchEnded(2, 16, 9.0, 0.5, 1e-3, 1.0, 0, 1.0))
    later = later.after(PortraitTaken(portrait(16)))
    assert later.curve.loss[-1] == 9.0
    assert np.all(past.curve.loss == 1.0)
    assert [frame.step for frame in later.film.frames] == [0, 10, 16]


def test_nothing_is_left_of_a_history_that_begins_anew() -> None:
    past = Progress(film=Film().with_portrait(portrait(0)))
    anew = past.going_on().after(Started(Path("run"), {}, 1, "cpu", 3, 10, 1))
    assert not anew.film.frames
    assert [frame.step for frame in anew.after(PortraitTaken(portrait(0))).film.frames] == [0]


@pytest.mark.parametrize("reason", ["completed", "converged"])
def test_a_run_that_is_over_goes_on_for_as_many_epochs_as_it_is_given(
    tab: TrainTab, qtbot: QtBot, trained: Trained, tmp_path: Path, reason: str
) -> None:
    run = kept_run(tmp_path / "run")
    runs.write_json(run / runs.REPORT, {"reason": reason})
    ready(tab, qtbot)
    tab.runs.folder = tmp_path
    tab.runs.refresh()
    view = tab.results.runs
    qtbot.waitUntil(lambda: view.table.rowCount() == 1)
    view.table.selectRow(0)
    for answer in (QInputDialog.reject, QInputDialog.accept):
        view.buttons["proceed"].click()
        dialog = tab.findChild(QInputDialog, "more epochs")
        assert "run had 2; train on up to how many in all?" in dialog.labelText()
        assert dialog.intValue() == 4
        dialog.setIntValue(7)
        answer(dialog)
        qtbot.waitUntil(lambda: tab.findChild(QInputDialog, "more epochs") is None)
    qtbot.waitUntil(lambda: trained.batches == 3)
    (plan,) = trained.plans
    assert (plan.settings.epochs, plan.settings.min_epochs) == (7, 50)
    assert tab.setup.training_form.rows["epochs"].text() == "7"


def test_a_run_without_a_checkpoint_cannot_go_on(tmp_path: Path) -> None:
    run = kept_run(tmp_path / "run")
    (run / "checkpoint" / "training.safetensors").unlink()
    with pytest.raises(ValueError, match="no checkpoint to continue from"):
        continuation(open_run(run))


def test_epochs_that_are_typed_for_a_stopped_run_are_how_far_it_goes(
    tab: TrainTab, qtbot: QtBot, trained: Trained, services: Services, tmp_path: Path
) -> None:
    said: list[str] = []
    services.messages.shown.connect(lambda message: said.append(message.text))
    run = kept_run(tmp_path / "run")
    ready(tab, qtbot)
    for typed, epochs in ((3, 3), (2, 4)):
        runs.write_config(run, {"data": "task:made", "model": "s4d", "epochs": 4, "seed": 0})
        tab.past.show(reopened(open_run(run)))
        ready(tab, qtbot)
        tab.setup.key_changed.emit("epochs", typed)
        tab.past.proceed(continuation(open_run(run)))
        qtbot.waitUntil(lambda: tab.phase is Phase.PAUSED)
        assert trained.plans[-1].settings.epochs == epochs
        assert tab.setup.training_form.rows["epochs"].text() == str(epochs)
        tab.toggle()
        until(tab, qtbot, Phase.FINISHED)
    assert said == [
        "run goes on to 3 epochs, as set on the left, instead of 4.",
        "run: 2 epochs are done, so 2 are too few; it goes on to 4.",
    ]

"""The Train tab as a person uses it: buttons and keys, twenty changes, failing data, closing midway."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLabel,
    QLineEdit,
    QMessageBox,
    QTableWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot
from train_made import MadeSplit, Trained, kept_run, made_data, pressed, ready, until

from hippo_studio.app.services import Services
from hippo_studio.app.train import data_source
from hippo_studio.app.train.progress import Phase
from hippo_studio.app.train.tab import TrainTab
from hippo_studio.app.train.wording import told_apart
from hippo_studio.learning.data import DataError


def test_the_tab_says_what_to_do_and_rests(tab: TrainTab, qtbot: QtBot) -> None:
    ready(tab, qtbot)
    assert tab.phase is Phase.EMPTY
    assert "Press Train" in tab.page._notice.text()
    assert "16 examples to learn from" in tab.setup.card.words.text()
    assert not tab._heart.isActive()


def test_every_control_has_a_name_and_a_tooltip(tab: TrainTab, qtbot: QtBot) -> None:
    ready(tab, qtbot)
    for kind in (QAbstractButton, QComboBox, QLineEdit, QTableWidget):
        for widget in tab.findChildren(kind):
            if _is_ours(widget):
                assert widget.accessibleName(), widget.objectName()
    for form in (tab.setup.model_form, tab.setup.training_form):
        assert all(row.toolTip() for row in form.rows.values())


def _is_ours(widget: QWidget) -> bool:
    return not widget.objectName().startswith("qt_") and bool(widget.objectName())


def test_twenty_changes_are_one_request(tab: TrainTab, qtbot: QtBot, opened: list[str]) -> None:
    ready(tab, qtbot)
    opened.clear()
    for number in range(20):
        tab.change(lambda state, number=number: state.replace(data=f"folder {number}"))
    ready(tab, qtbot)
    assert opened == ["folder 19"]
    assert tab.source.data.source == "folder 19"


def test_train_shows_curves_and_layers_while_it_goes_on(
    tab: TrainTab, qtbot: QtBot, trained: Trained
) -> None:
    ready(tab, qtbot)
    chooses = (tab.layers.layer, tab.layers.channel, tab.layers.film)
    assert not any(widget.isVisibleTo(tab.layers) for widget in chooses)
    pressed(tab, qtbot, trained)
    assert all(widget.isVisibleTo(tab.layers) for widget in chooses)
    assert tab._shown.curve.count == 3
    assert tab.layers.layer.count() == 1
    assert tab.layers.channel.count() == 3
    assert "validation 75.0 %" in str(tab.curves.score.caption._runs)
    assert not tab.setup.setup.isEnabled()
    assert trained.plans[0].model["n_classes"] == 2
    assert tab._services.actions["train_start"].text() == "Stop"


def test_a_stopped_training_shows_its_errors_and_another_can_begin(
    tab: TrainTab, qtbot: QtBot, trained: Trained
) -> None:
    ready(tab, qtbot)
    pressed(tab, qtbot, trained)
    qtbot.mouseClick(tab.setup.train, Qt.MouseButton.LeftButton)
    until(tab, qtbot, Phase.FINISHED)
    assert tab.header.phase.text() == "Stopped · 75.0 % right on test of digits"
    assert tab.results.wrong.rowCount() == 1
    assert tab.results.confusion._counts.tolist() == [[3, 1], [1, 3]]
    assert tab.setup.setup.isEnabled()
    pressed(tab, qtbot, trained)
    assert len(trained.plans) == 2
    assert trained.plans[0].folder != trained.plans[1].folder or not trained.plans[0].folder.exists()


def test_keys_pause_step_and_stop(tab: TrainTab, qtbot: QtBot, trained: Trained) -> None:
    ready(tab, qtbot)
    tab.setFocus()
    qtbot.keyClick(tab, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: trained.batches == 3)
    until(tab, qtbot, Phase.PAUSED)
    assert tab._services.actions["train_pause"].text() == "Resume Training"
    qtbot.keyClick(tab, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: trained.batches == 4)
    until(tab, qtbot, Phase.PAUSED)
    qtbot.keyClick(tab, Qt.Key.Key_P)
    qtbot.waitUntil(lambda: trained.batches > 6)
    qtbot.keyClick(tab, Qt.Key.Key_P)
    until(tab, qtbot, Phase.PAUSED)
    qtbot.keyClick(tab, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    until(tab, qtbot, Phase.FINISHED)


def test_failing_data_are_a_sentence_and_the_next_use_works(
    tab: TrainTab, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, trained: Trained, errors: list[str]
) -> None:
    ready(tab, qtbot)

    def broken(*_: object, **__: object) -> None:
        raise DataError("The folder holds one class; two are needed.")

    with monkeypatch.context() as patch:
        patch.setattr(data_source, "open_data", broken)
        tab.change(lambda state: state.replace(data="/one"))
        qtbot.waitUntil(lambda: "one class" in tab.setup.card.words.text())
        tab.train()
        qtbot.waitUntil(lambda: errors == ["The folder holds one class; two are needed."])
    assert not tab.session.busy
    pressed(tab, qtbot, trained)  # the folder was mended meanwhile


def test_a_training_that_fails_says_why_and_the_next_one_works(
    tab: TrainTab, qtbot: QtBot, trained: Trained, errors: list[str]
) -> None:
    ready(tab, qtbot)
    trained.error = ValueError("The disk is full.")
    tab.train()
    until(tab, qtbot, Phase.FAILED)
    assert errors == ["The disk is full."]
    assert tab.header.sentence.text() == "The disk is full."
    trained.error = None
    pressed(tab, qtbot, trained)


def test_train_waits_for_the_data(tab: TrainTab, qtbot: QtBot, trained: Trained) -> None:
    tab.change(lambda state: state.replace(data="late"))
    tab.train()
    qtbot.waitUntil(lambda: trained.batches == 3)
    assert trained.plans[0].data.source == "late"
    until(tab, qtbot, Phase.PAUSED)


def test_closing_midway_stops(services: Services, qtbot: QtBot, trained: Trained, opened: list[str]) -> None:
    tab = TrainTab(services, work=trained, warm_up=lambda: None)
    qtbot.addWidget(tab)
    tab.show()
    ready(tab, qtbot)
    pressed(tab, qtbot, trained)
    assert tab.close_tab()
    assert tab.session.progress.phase is Phase.FINISHED


def test_a_wrong_value_is_said_and_the_field_shows_the_last_good_one(
    tab: TrainTab, qtbot: QtBot, services: Services
) -> None:
    ready(tab, qtbot)
    said: list[str] = []
    services.messages.refused.connect(said.append)
    entry = tab.setup.training_form.rows["epochs"]
    for text in ("many", "0"):
        entry.setText(text)
        entry.editingFinished.emit()
        assert entry.text() == "20"
    refusals = [text for text in said if text]  # "" takes one back
    assert "'many'" in refusals[0]
    assert "epochs" in refusals[1]
    entry.setText("7")
    entry.editingFinished.emit()
    assert tab.state.values()["epochs"] == 7


def test_the_form_shows_what_the_model_looks_at(tab: TrainTab, qtbot: QtBot) -> None:
    ready(tab, qtbot)
    form = tab.setup.model_form
    assert not form.rows["initialization"].isHidden()
    tab.change(lambda state: state.replace(model="lstm"))
    assert form.rows["initialization"].isHidden()
    assert "Gated recurrence" in tab.setup.summary.text()


def test_the_film_goes_back_to_before_training(tab: TrainTab, qtbot: QtBot, trained: Trained) -> None:
    ready(tab, qtbot)
    pressed(tab, qtbot, trained)
    layers = tab.layers
    layers.before()
    assert layers.moment.text() == "before training"
    assert not layers.gliding
    layers.now()
    assert layers.moment.text().startswith("now")


def test_a_wrong_example_opens_as_a_signal(tab: TrainTab, qtbot: QtBot, trained: Trained) -> None:
    ready(tab, qtbot)
    pressed(tab, qtbot, trained)
    tab.toggle()
    until(tab, qtbot, Phase.FINISHED)
    with qtbot.waitSignal(tab.example_opened) as found:
        tab.results.wrong.cellClicked.emit(0, 0)
    signal = found.args[0]
    assert signal.sample_rate == 100.0
    assert signal.samples.shape == (1, 32)
    assert "slow, taken for fast" in signal.origin


def test_the_state_is_kept_for_the_next_session(
    services: Services, qtbot: QtBot, trained: Trained, opened: list[str]
) -> None:
    tab = TrainTab(services, work=trained, warm_up=lambda: None)
    qtbot.addWidget(tab)
    tab.build()
    tab.change(lambda state: state.replace(model="h3").with_value("epochs", 5))
    tab.close_tab()
    again = TrainTab(services, work=trained, warm_up=lambda: None)
    qtbot.addWidget(again)
    assert again.state.model == "h3"
    assert again.state.values()["epochs"] == 5
    again.close_tab()


def test_both_themes_and_a_small_window_show_every_part(
    tab: TrainTab, qtbot: QtBot, trained: Trained, services: Services
) -> None:
    ready(tab, qtbot)
    pressed(tab, qtbot, trained)
    services.theme.set_mode("dark")
    assert not tab.grab().isNull()
    labels = [label for label in tab.findChildren(QLabel) if label.isVisible() and label.text()]
    assert labels
    form = tab.setup.training_form
    tab.change(lambda state: state.with_value("lr", 0.02))
    for mode in ("light", "dark"):
        services.theme.set_mode(mode)
        assert form._labels["lr"].font().bold(), "what the person set stays marked"
        assert not form._labels["seed"].font().bold()
    assert isinstance(trained.plans[0].folder, Path)


def test_a_run_of_the_past_is_shown_compared_and_continued(
    tab: TrainTab, qtbot: QtBot, trained: Trained, tmp_path: Path
) -> None:
    ready(tab, qtbot)
    run = kept_run(tmp_path / "run")
    tab.runs.folder = tmp_path
    tab.runs.refresh()
    view = tab.results.runs
    qtbot.waitUntil(lambda: view.table.rowCount() == 1)
    view.table.selectRow(0)
    qtbot.mouseClick(view.buttons["open"], Qt.MouseButton.LeftButton)
    until(tab, qtbot, Phase.FINISHED)
    assert tab.shown_run == run
    assert tab._shown.validation.loss.tolist() == [0.9, 0.5]
    shutil.copytree(run, tmp_path / "other")
    tab.runs.refresh()
    qtbot.waitUntil(lambda: view.table.rowCount() == 2)
    rows = {view.table.item(row, 0).text(): row for row in range(2)}
    view.table.selectRow(rows["other"])
    qtbot.mouseClick(view.buttons["compare"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(tab.curves._compared) == 1)
    assert not tab.layers.beside.isHidden()
    view.table.selectRow(rows["run"])
    qtbot.mouseClick(view.buttons["proceed"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: trained.batches == 3)
    assert trained.plans[0].folder == run
    assert trained.plans[0].settings.epochs == 4


def test_runs_side_by_side_are_called_by_what_tells_them_apart() -> None:
    one = {"model": "s4d", "lr": 0.01, "initialization": None, "data": "a"}
    other = {"model": "s4d", "lr": 0.01, "initialization": "random", "data": "a"}
    assert told_apart([one, other]) == ("S4D, A starts as: default", "S4D, A starts as: random")
    assert told_apart([one, one]) is None
    assert told_apart([one, {**one, "model": "lstm"}]) == ("S4D", "LSTM")
    tenth = {**one, "lr": 0.1000001}
    assert told_apart([one, tenth]) == ("S4D, Learning rate: 0.01", "S4D, Learning rate: 0.1")
    digits = {**one, "data": "task:digits", "pool": "last", "dt_min": 0.000970208, "epochs": 2}
    assert told_apart([digits, {**one, "data": "/tones/"}]) == ("digits, S4D", "tones, S4D")
    several = {**one, "pool": "last", "clip": 3.0, "epochs": 2}
    assert told_apart([one, several]) == ("S4D, Epochs: default", "S4D, Epochs: 2"), "one key is enough"
    assert told_apart([one, {**one, "lr": 0.1}]) == ("S4D, Learning rate: 0.01", "S4D, Learning rate: 0.1")


def test_a_curve_of_the_examples_that_are_learned_from_is_not_called_validation(
    tab: TrainTab, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = {"spared": made_data(), "few": made_data(validation=MadeSplit(0))}
    monkeypatch.setattr(data_source, "open_data", lambda source, **_: sources[source])
    for source, words in (("few", "after the epoch 75.0 %"), ("spared", "validation 75.0 %")):
        tab.change(lambda state, source=source: state.replace(data=source))
        tab.train()
        until(tab, qtbot, Phase.PAUSED)
        assert words in str(tab.curves.score.caption._runs)
        tab.toggle()
        until(tab, qtbot, Phase.FINISHED)


def test_a_run_is_deleted_only_when_that_is_confirmed(tab: TrainTab, qtbot: QtBot, tmp_path: Path) -> None:
    run = kept_run(tmp_path / "run")
    tab.runs.folder = tmp_path
    tab.runs.refresh()
    view = tab.results.runs
    qtbot.waitUntil(lambda: view.table.rowCount() == 1)
    for confirmed in (False, True):
        view.table.selectRow(0)
        qtbot.mouseClick(view.buttons["delete"], Qt.MouseButton.LeftButton)
        box = tab.findChild(QMessageBox, "delete runs")
        if confirmed:
            next(button for button in box.buttons() if button.text() == "Delete").click()
            qtbot.waitUntil(lambda: not run.exists())
        else:
            box.button(QMessageBox.StandardButton.Cancel).click()
            assert run.exists()
        qtbot.waitUntil(lambda: tab.findChild(QMessageBox, "delete runs") is None)
    qtbot.waitUntil(lambda: view.table.rowCount() == 0)

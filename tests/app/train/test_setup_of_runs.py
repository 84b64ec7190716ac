"""A run that is opened or goes on brings its set-up along: the left side says what it was trained with."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import pytest
from pytestqt.qtbot import QtBot
from train_made import Trained, kept_run, made_data, pressed, ready

from hippo_studio.app.services import Services
from hippo_studio.app.train import data_source
from hippo_studio.app.train.past_runs import continuation, reopened
from hippo_studio.app.train.plans import plan_for
from hippo_studio.app.train.state import TrainState
from hippo_studio.app.train.tab import TrainTab
from hippo_studio.learning import runs
from hippo_studio.learning.runs import open_run

SUITED = {"epochs": 7, "dropout": 0.3, "initialization": "inv"}


def suited_data(source: str = "task:made", **_: object):
    return made_data(source=source, defaults=MappingProxyType(SUITED))


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A run on data with defaults of their own, one of which it took."""
    folder = kept_run(tmp_path / "run")
    state = TrainState(data="task:made", model="s4d").with_value("epochs", 4).with_value("seed", 3)
    plan = plan_for(state.with_value("initialization", None), suited_data(), tmp_path)
    runs.write_config(folder, {**plan.settings.to_dict(), **plan.model, "lr": 0.02})
    return folder


@pytest.fixture(autouse=True)
def data(monkeypatch: pytest.MonkeyPatch, opened: list[str]) -> None:
    monkeypatch.setattr(data_source, "open_data", suited_data)


def chosen(tab: TrainTab) -> dict[str, object]:
    return dict(tab.state.chosen)


def test_an_opened_run_s_set_up_is_asked_for_and_only_its_own_keys_are_chosen(
    tab: TrainTab, qtbot: QtBot, run: Path, services: Services
) -> None:
    ready(tab, qtbot)
    said: list[str] = []
    services.messages.status_changed.connect(said.append)
    tab.change(lambda state: state.replace(model="lstm").with_value("epochs", 99).with_value("clip", 5.0))
    tab.past.show(reopened(open_run(run)))
    assert said[-1] == "The set-up on the left is that of run now; Undo brings yours back."
    assert (tab.state.data, tab.state.model) == ("task:made", "s4d")
    qtbot.waitUntil(lambda: tab.data_ready)
    assert chosen(tab) == {"epochs": 4, "seed": 3, "lr": 0.02, "initialization": None}
    assert tab.setup.training_form.rows["epochs"].text() == "4"
    assert tab.setup.model.currentData() == "s4d"
    again = plan_for(tab.state, suited_data(), run.parent)
    config = open_run(run).config
    asked = {**again.settings.to_dict(), **again.model, "attention_layers": []}
    assert {name: value for name, value in asked.items() if value is not None} == config


def test_what_goes_on_is_what_stands_on_the_left(
    tab: TrainTab, qtbot: QtBot, trained: Trained, run: Path
) -> None:
    ready(tab, qtbot)
    tab.past.proceed(continuation(open_run(run)))
    qtbot.waitUntil(lambda: trained.batches == 3)
    assert tab.setup.training_form.rows["epochs"].text() == "4"
    assert chosen(tab)["lr"] == 0.02


def test_a_run_that_goes_on_beyond_its_end_does_not_keep_the_next_one_from_ending_early(
    tab: TrainTab, qtbot: QtBot, trained: Trained, run: Path
) -> None:
    ready(tab, qtbot)
    plan = continuation(open_run(run), 120)
    assert plan.settings.min_epochs == 120
    tab.past.proceed(plan)
    qtbot.waitUntil(lambda: trained.batches == 3)
    assert trained.plans[0].settings.min_epochs == 120
    qtbot.waitUntil(lambda: tab.data_ready)
    assert chosen(tab) == {"epochs": 120, "seed": 3, "lr": 0.02, "initialization": None}


def lose_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on, whatever is opened is not there."""

    def gone(source: str, **_: object) -> None:
        raise ValueError("There is no folder.")

    monkeypatch.setattr(data_source, "open_data", gone)


def test_data_that_are_gone_leave_every_key_as_the_run_had_it(
    tab: TrainTab, qtbot: QtBot, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(tab, qtbot)
    lose_data(monkeypatch)
    tab.past.show(reopened(open_run(run)))
    qtbot.waitUntil(lambda: tab.source.failure != "")
    assert (chosen(tab)["epochs"], chosen(tab)["dropout"]) == (4, 0.3)


def test_a_run_of_the_baseline_brings_its_data_alone(tab: TrainTab, qtbot: QtBot, run: Path) -> None:
    ready(tab, qtbot)
    tab.change(lambda state: state.with_value("epochs", 99))
    runs.write_config(run, {"data": "task:other", "model": "minirocket", "seed": 2})
    tab.past.show(reopened(open_run(run)))
    assert (tab.state.data, tab.state.model) == ("task:other", "s4d")
    assert chosen(tab) == {"epochs": 99, "seed": 2}


def test_no_run_is_opened_over_a_training(
    tab: TrainTab, qtbot: QtBot, trained: Trained, run: Path, errors: list[str]
) -> None:
    ready(tab, qtbot)
    pressed(tab, qtbot, trained)
    before = tab.state
    tab.past.show(reopened(open_run(run)))
    assert errors == ["A training is under way; stop it before another run is shown."]
    assert tab.state == before
    assert tab.shown_run != run


def test_a_trial_s_set_up_goes_on_with_its_sweep(run: Path) -> None:
    data = suited_data()
    state = TrainState(data="task:made").with_value("epochs", 4)
    fixed = state.shared(data)
    plan = plan_for(state.with_value("lr", 0.5), data, run.parent)
    trial = {**plan.settings.to_dict(), **plan.model, **fixed}
    again = state.of_run({name: value for name, value in trial.items() if value is not None}).lean(data)
    shared = {name: value for name, value in again.shared(data).items() if name != "lr"}
    assert shared == fixed


def test_other_data_send_away_what_the_run_brought_and_keep_what_was_typed_since(
    tab: TrainTab, qtbot: QtBot, run: Path
) -> None:
    ready(tab, qtbot)
    tab.past.show(reopened(open_run(run)))
    qtbot.waitUntil(lambda: tab.data_ready)
    tab.setup.key_changed.emit("clip", 5.0)
    tab.take_keys(tab.keys())  # as after a restart
    tab.setup.data_chosen.emit("task:other")
    qtbot.waitUntil(lambda: tab.data_ready)
    assert chosen(tab) == {"clip": 5.0}
    assert tab.setup.training_form.rows["epochs"].text() == "7"


def test_only_what_was_typed_is_said_to_be_set_by_the_person(
    tab: TrainTab, qtbot: QtBot, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(tab, qtbot)
    lose_data(monkeypatch)
    tab.past.show(reopened(open_run(run)))
    qtbot.waitUntil(lambda: tab.source.failure != "")
    tab.setup.key_changed.emit("epochs", 5)
    labels = tab.setup.training_form._labels
    assert [name for name, label in labels.items() if "Set by you" in label.toolTip()] == ["epochs"]
    assert "As the run had it" in labels["lr"].toolTip()
    assert [name for name, label in labels.items() if label.font().bold()] == ["epochs"]


def test_defaults_leaves_every_setting_to_its_default(tab: TrainTab, qtbot: QtBot, run: Path) -> None:
    ready(tab, qtbot)
    assert not tab.setup.defaults.isEnabled()
    tab.past.show(reopened(open_run(run)))
    tab.setup.key_changed.emit("d_model", 32)
    tab.setup.defaults.click()
    qtbot.waitUntil(lambda: tab.data_ready)
    assert chosen(tab) == {}
    assert tab.state.data == "task:made"
    assert tab.setup.training_form.rows["epochs"].text() == "7"
    assert not tab.setup.defaults.isEnabled()

"""What the Train tab says stays true: of which run and model, by which name, in the colours in force."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QPalette
from PyQt6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot
from train_made import REPORT, kept_run, made_data, ready

from hippo_studio.app.colors import DARK
from hippo_studio.app.jobs import JobContext
from hippo_studio.app.services import Services
from hippo_studio.app.theme import Theme, palette
from hippo_studio.app.train.applying import Applying, Verdict
from hippo_studio.app.train.data_card import DataCard
from hippo_studio.app.train.data_overview import overview
from hippo_studio.app.train.fields import FIELDS
from hippo_studio.app.train.past_runs import Wrong, reopened, wrong_answers
from hippo_studio.app.train.tab import TrainTab
from hippo_studio.app.train.verdict_strip import VerdictStrip
from hippo_studio.app.train.wrong_view import WrongView
from hippo_studio.app.window import StudioWindow
from hippo_studio.learning import rocket, runs
from hippo_studio.learning.datasets.collection import Part, in_memory
from hippo_studio.learning.runs import open_run
from hippo_studio.signals import Signal


def test_the_end_of_a_run_names_it_and_its_data_whatever_is_chosen_then(
    tab: TrainTab, qtbot: QtBot, tmp_path: Path
) -> None:
    ready(tab, qtbot)
    run = kept_run(tmp_path / "my run")
    runs.write_json(run / runs.REPORT, {"reason": "completed", **REPORT})
    tab.past.show(reopened(open_run(run)))
    tab.setup.data_chosen.emit("task:other")
    ready(tab, qtbot)
    assert tab.header.phase.text() == "Finished · 75.0 % right on test of made"
    assert tab.header.facts.text().startswith("my run")


def test_what_a_test_found_goes_when_another_model_is_trained(
    window: StudioWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    window.show_tab("train")
    train, page = window.train, window.train.results.use
    for name in ("one", "other"):
        (kept_run(tmp_path / name) / runs.MODEL).touch()
        train.past.show(reopened(open_run(tmp_path / name)))
        assert page.found.text() == ""
        page.test.click()
        assert page.found.text() == "Testing …"
    window.services.jobs.cancel("train test at rate")


def test_the_classes_are_named_on_the_axis_of_their_counts(theme: Theme, qtbot: QtBot) -> None:
    card = DataCard(theme)
    qtbot.addWidget(card)
    card.resize(280, 200)
    card.show_overview(overview(made_data()))
    card.show()
    assert card.counts.x_axis.ticker(-0.6, 1.4, 5).labels == ("slow", "fast")


def test_a_wrong_example_is_called_by_its_file() -> None:
    split = Part(
        in_memory([np.zeros((2, 1))] * 3, [0, 0, 0], names=["a.wav", "b.wav", "c.wav"]), np.array([2, 0])
    )
    assert [split.name(place) for place in range(2)] == ["c.wav", "a.wav"]
    named = {**REPORT, "wrong": [{**REPORT["wrong"][0], "name": "slow/4.wav"}]}
    assert [one.title for report in (named, REPORT) for one in wrong_answers(report)] == [
        "slow/4.wav",
        "test 2",
    ]


def test_the_table_of_wrong_examples_shows_these_names(qtbot: QtBot) -> None:
    view = WrongView()
    qtbot.addWidget(view)
    view.show_wrong([Wrong("test", 4, "slow", "fast", 0.9, "slow/4.wav")])
    assert view.item(0, 0).text() == "slow/4.wav"
    assert "test 4" in view.item(0, 0).toolTip()


def test_enter_deletes_no_run(tab: TrainTab, qtbot: QtBot, tmp_path: Path) -> None:
    run = kept_run(tmp_path / "run")
    tab.results.runs.deleted.emit([open_run(run)])
    box = tab.findChild(QMessageBox, "delete runs")
    assert box.defaultButton() is box.button(QMessageBox.StandardButton.Cancel)
    qtbot.keyClick(box, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not box.isVisible())
    qtbot.waitUntil(lambda: not tab._services.jobs.live)
    assert run.is_dir()


def test_an_error_takes_the_colours_of_the_theme_that_is_chosen(theme: Theme, qtbot: QtBot) -> None:
    theme.set_mode("light")
    card = DataCard(theme)
    qtbot.addWidget(card)
    card.say("There is no folder.", failed=True)
    strip = VerdictStrip(theme, Applying())
    qtbot.addWidget(strip)
    signal = Signal(np.zeros((1, 10)), 10.0, origin="zeros")
    strip._take(Verdict(signal, (), np.zeros((0, 0), np.float32), failure="It does not fit."))
    theme.set_mode("dark")
    assert DARK.error in card.words.styleSheet()
    assert strip.caption._runs == (("It does not fit.", DARK.error),)
    assert strip.close_strip()


def test_before_the_first_sample_the_model_says_what_it_says_of_that() -> None:
    signal = Signal(np.zeros((1, 10)), 10.0, origin="zeros")
    verdict = Verdict(signal, ("yes",), np.ones((1000, 1), np.float32), 1000)
    assert verdict.at(-0.05) == verdict.at(0.95) == verdict.at(1.04) == ("yes", 1.0)
    assert verdict.at(-0.2) is None
    assert verdict.at(1.2) is None


def test_bounds_are_written_out() -> None:
    assert "0 to 2\u202f147\u202f483\u202f647" in FIELDS["seed"].tip
    assert "e+" not in "".join(field.tip for field in FIELDS.values())


def test_words_of_second_rank_fade_where_nothing_can_be_changed() -> None:
    disabled = QPalette.ColorGroup.Disabled
    faded = palette(DARK)
    role = QPalette.ColorRole
    assert faded.color(disabled, role.PlaceholderText) == faded.color(disabled, role.Text)


def test_a_baseline_of_which_nothing_is_known_to_be_done_is_shown_as_busy(
    tab: TrainTab, qtbot: QtBot, monkeypatch, services: Services, tmp_path: Path
) -> None:
    told: list[float] = []
    monkeypatch.setattr(JobContext, "report", lambda _, fraction, text="": told.append(fraction))

    def fit(*_: object, progress, **__: object) -> dict[str, object]:
        for share in (0.0, 0.5, 1.0):
            progress(share)
        return {"accuracy": 1.0, "split": "test"}

    monkeypatch.setattr(rocket, "fit_baseline", fit)
    ready(tab, qtbot)
    tab.baseline.fit(tab.source.data, "", 0, tmp_path)
    qtbot.waitUntil(lambda: not tab.baseline.busy)
    assert told == [0.5]


def test_short_names_of_classes_all_find_room(theme: Theme, qtbot: QtBot) -> None:
    card = DataCard(theme)
    qtbot.addWidget(card)
    card.resize(280, 200)
    digits = made_data(labels=tuple("0123456789"))
    card.show_overview(overview(digits))
    card.show()
    assert card.counts.x_axis.ticker(-0.6, 9.6, 2).labels == digits.labels

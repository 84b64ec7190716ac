"""Two runs that are selected stand beside each other, called by what tells them apart, each seen whole."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot
from train_made import Trained, kept_run, layer, pressed, ready

from hippo_studio.app.services import Services
from hippo_studio.app.theme import Theme
from hippo_studio.app.train.extents import Scale
from hippo_studio.app.train.layers_panel import LayersPanel
from hippo_studio.app.train.past_runs import reopened
from hippo_studio.app.train.tab import TrainTab
from hippo_studio.learning import runs
from hippo_studio.learning.portrait import Portrait
from hippo_studio.learning.runs import Run, open_run

KEYS = {"data": "task:made", "model": "s4d", "seed": 0}


def of_epochs(folder: Path, epochs: int) -> Run:
    run = kept_run(folder)
    runs.write_config(run, {**KEYS, "epochs": epochs})
    return open_run(run)


def named(tab: TrainTab) -> tuple[str, list[str]]:
    return tab.layers._own_name.text(), [one.name for one in tab.curves._compared]


def test_two_selected_runs_stand_beside_each_other_whatever_is_shown(
    tab: TrainTab, qtbot: QtBot, tmp_path: Path
) -> None:
    ready(tab, qtbot)
    shown, one, other = (of_epochs(tmp_path / f"run {n}", n) for n in (4, 5, 6))
    tab.past.show(reopened(shown))
    ready(tab, qtbot)
    before = tab.state
    tab.results.runs.compared.emit([one, other])
    qtbot.waitUntil(lambda: named(tab) == ("S4D, Epochs: 5", ["S4D, Epochs: 6"]))
    assert tab.shown_run == one.folder
    assert "S4D, Epochs: 5" in str(tab.curves.loss.caption._runs)
    assert tab.layers._beside_name.text() == "S4D, Epochs: 6"
    assert tab.state == before, "a look at runs asks for nothing else"


def test_with_the_shown_run_among_them_it_stays(tab: TrainTab, qtbot: QtBot, tmp_path: Path) -> None:
    ready(tab, qtbot)
    shown, one = (of_epochs(tmp_path / f"run {n}", n) for n in (4, 5))
    tab.past.show(reopened(shown))
    tab.results.runs.compared.emit([one, shown])
    qtbot.waitUntil(lambda: named(tab) == ("S4D, Epochs: 4", ["S4D, Epochs: 5"]))
    assert tab.shown_run == shown.folder


def test_a_training_under_way_keeps_its_place(
    tab: TrainTab, qtbot: QtBot, trained: Trained, tmp_path: Path
) -> None:
    ready(tab, qtbot)
    pressed(tab, qtbot, trained)
    under_way = tab.shown_run
    tab.results.runs.compared.emit([of_epochs(tmp_path / f"run {n}", n) for n in (4, 5)])
    qtbot.waitUntil(lambda: len(tab.curves._compared) == 2)
    assert tab.shown_run == under_way


def test_a_comparison_that_comes_once_another_run_is_shown_is_dropped(
    tab: TrainTab, qtbot: QtBot, services: Services, tmp_path: Path
) -> None:
    ready(tab, qtbot)
    shown, one, other = (of_epochs(tmp_path / f"run {n}", n) for n in (4, 5, 6))
    tab.past.show(reopened(shown))
    ready(tab, qtbot)
    tab.results.runs.compared.emit([one])
    tab.past.show(reopened(other))
    qtbot.waitUntil(lambda: not services.jobs.live)
    assert named(tab)[1] == []
    assert tab.shown_run == other.folder
    tab.results.runs.compared.emit([one])
    qtbot.waitUntil(lambda: named(tab) == ("S4D, Epochs: 6", ["S4D, Epochs: 5"]))


def test_a_much_lower_rate_has_an_axis_of_its_own(theme: Theme, qtbot: QtBot) -> None:
    panel = LayersPanel(theme)
    qtbot.addWidget(panel)
    panel.show()
    film = (Portrait(0, 0.0, (layer(),)),)
    panel.set_scale(Scale(8000.0, 32))
    panel.show_film(film)
    panel.compare(film, "slow", Scale(100.0, 32))
    assert panel.view.spectra.x_range[1] > 4000 > 60 > panel.beside.spectra.x_range[1]
    assert panel.beside.kernels.x_range == (0.0, 0.31)
    for view in (panel.view, panel.beside):
        for plot in (view.kernels, view.spectra):
            assert "each run on its own axis" in str(plot.caption._runs)
    panel.compare((), "")
    panel.beat()
    assert "own axis" not in str(panel.view.spectra.caption._runs)

"""Runs side by side: on the same axes, each on its own scale, and never a run with itself."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from train_made import Trained, kept_run, layer, pressed, ready

from hippo_studio.app.theme import Theme
from hippo_studio.app.train.comparing import comparison
from hippo_studio.app.train.extents import Scale
from hippo_studio.app.train.layers_panel import LayersPanel
from hippo_studio.app.train.past_runs import reopened, scale_of
from hippo_studio.app.train.tab import TrainTab
from hippo_studio.learning import runs
from hippo_studio.learning.portrait import LayerPortrait, Portrait
from hippo_studio.learning.runs import open_run


@pytest.fixture
def panel(theme: Theme, qtbot: QtBot) -> LayersPanel:
    panel = LayersPanel(theme)
    qtbot.addWidget(panel)
    panel.show()
    return panel


def louder(times: float, factor: float) -> LayerPortrait:
    """A layer with larger kernels and other timescales."""
    made = layer()
    return replace(
        made,
        kernels=made.kernels * times,
        spectrum=made.spectrum * times,
        timescales=made.timescales * factor,
    )


def film(*layers: LayerPortrait) -> tuple[Portrait, ...]:
    return tuple(Portrait(10 * place, float(place), (one,)) for place, one in enumerate(layers))


def ranges(view) -> list[tuple[float, float]]:
    return [pair for plot in view.plots for pair in (plot.x_range, plot.y_range)]


def test_two_runs_have_the_same_axes(panel: LayersPanel) -> None:
    panel.set_scale(Scale(100.0, 32))
    panel.show_film(film(layer()))
    alone = ranges(panel.view)
    panel.compare(film(louder(30.0, 0.01)), "louder", Scale(200.0, 128))
    assert ranges(panel.view) == ranges(panel.beside)
    x, y = panel.view.kernels.x_range, panel.view.kernels.y_range
    assert x == (0.0, 0.315), "the longer one: 31 samples at 100 Hz here, 63 at 200 Hz there"
    assert y[1] > 20 * alone[1][1]
    assert panel.view.timescales.y_range == (-5.0, -1.0)
    assert panel.view.spectra.x_range[1] == pytest.approx(103.0), "the higher Nyquist frequency"
    panel.compare((), "")
    panel.beat()
    assert ranges(panel.view) == alone


def test_seconds_and_samples_do_not_share_an_axis(panel: LayersPanel) -> None:
    panel.set_scale(Scale(100.0, 32))
    panel.show_film(film(layer()))
    panel.compare(film(layer()), "other", Scale(None, 32))
    assert panel.view.kernels.x_range == (0.0, 0.31)
    assert panel.beside.kernels.x_range == (0.0, 31.0)


@pytest.mark.parametrize(("width", "stacked"), [(420, True), (1200, False)])
def test_both_have_the_same_room_and_the_same_order(panel: LayersPanel, width: int, stacked: bool) -> None:
    panel.resize(width, 600)
    panel.show_film(film(layer()))
    panel.compare(film(layer()), "other")
    assert abs(panel.view.width() - panel.beside.width()) <= 1
    for view in (panel.view, panel.beside):
        assert (view.plane.geometry().top() != view.timescales.geometry().top()) is stacked
    panel.compare((), "")
    assert panel.view.width() >= width - 2


def reported(folder: Path, **report: object) -> Path:
    run = kept_run(folder)
    runs.write_json(run / runs.REPORT, {"reason": "completed", **report})
    return run


def test_a_run_that_is_opened_has_the_axes_that_it_was_trained_with(
    tab: TrainTab, qtbot: QtBot, tmp_path: Path
) -> None:
    ready(tab, qtbot)
    tab.past.show(reopened(open_run(reported(tmp_path / "run", sample_rate=50.0, length=26))))
    assert tab.layers.view.kernels.x_range == (0.0, 0.5)


def test_a_run_that_goes_on_keeps_its_axes(tab: TrainTab, qtbot: QtBot, trained: Trained) -> None:
    ready(tab, qtbot)
    pressed(tab, qtbot, trained)
    before = tab.layers.view.kernels.x_range
    assert before == (0.0, 0.31)
    tab.toggle()
    qtbot.waitUntil(lambda: not tab.session.busy)
    trained.continued = 1, 3
    tab.past.proceed(trained.plans[0])
    qtbot.waitUntil(lambda: trained.batches == 6)
    assert tab.layers.view.kernels.x_range == before


def test_a_run_is_not_compared_with_itself(
    tab: TrainTab, qtbot: QtBot, tmp_path: Path, errors: list[str]
) -> None:
    run, other = kept_run(tmp_path / "run"), kept_run(tmp_path / "other")
    tab.runs.folder = tmp_path
    tab.past.show(reopened(open_run(run)))
    tab.runs.refresh()
    view = tab.results.runs
    qtbot.waitUntil(lambda: view.table.rowCount() == 2)
    view.compared.emit([open_run(run)])
    qtbot.waitUntil(lambda: bool(errors))
    assert errors == ["run is the run that is shown; select another one to compare it with."]
    assert not tab.curves._compared
    view.compared.emit([open_run(run), open_run(other)])
    qtbot.waitUntil(lambda: [one.name for one in tab.curves._compared] == ["other"])
    view.compared.emit([])
    qtbot.waitUntil(lambda: not tab.curves._compared)
    view.compared.emit([open_run(other)])
    qtbot.waitUntil(lambda: len(tab.curves._compared) == 1)
    tab.past.show(reopened(open_run(other)))
    assert not tab.curves._compared, "else it would stand beside itself"


def test_a_run_without_epochs_has_nothing_to_compare_with(tmp_path: Path) -> None:
    run, baseline = kept_run(tmp_path / "run"), tmp_path / "baseline"
    baseline.mkdir()
    runs.write_config(baseline, {"model": "minirocket", "data": "task:made"})
    with pytest.raises(ValueError, match="baseline has no epochs, so there is no curve to compare with"):
        comparison(None, [open_run(baseline)])
    shown = reopened(open_run(run)).started
    with pytest.raises(ValueError, match="baseline has no epochs"):
        comparison(shown, [open_run(run), open_run(baseline)])
    found = comparison(None, [open_run(baseline), open_run(run)])
    assert [one.name for one in found.curves] == ["run"]
    assert found.frames


def test_a_run_has_its_own_name_again_beside_one_of_the_same_set_up(
    tab: TrainTab, qtbot: QtBot, tmp_path: Path
) -> None:
    run, same, other = (kept_run(tmp_path / name) for name in ("run", "same", "other"))
    runs.write_config(other, {"data": "task:made", "model": "s4d", "epochs": 9, "seed": 0})
    tab.past.show(reopened(open_run(run)))
    view, own = tab.results.runs, tab.layers._own_name
    for beside, called, name in ((other, "S4D, Epochs: 9", "S4D, Epochs: 4"), (same, "same", "run")):
        view.compared.emit([open_run(beside)])
        qtbot.waitUntil(lambda called=called: [one.name for one in tab.curves._compared] == [called])
        assert own.text() == name


def test_nothing_shown_is_compared_by_the_names_of_the_folders(tmp_path: Path) -> None:
    found = comparison(None, [open_run(kept_run(tmp_path / "run"))])
    assert (found.name, found.own) == ("run", "")
    assert scale_of(open_run(tmp_path / "run")) == Scale(None, 0), "nothing is known of it"

"""The Train tab where room is short: nothing is cut off that matters, and words leave the curves alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from PyQt6.QtCore import QPointF
from pytestqt.qtbot import QtBot
from train_made import kept_run

from hippo_studio.app.services import Services
from hippo_studio.app.train.curves import CurvesView
from hippo_studio.app.train.header import Header
from hippo_studio.app.train.past_runs import Reference
from hippo_studio.app.train.progress import Progress
from hippo_studio.app.train.runs_view import RunsView
from hippo_studio.learning.events import BatchEnded, EpochEnded, Started
from hippo_studio.learning.run_folders import list_runs


@pytest.fixture
def progress() -> Progress:
    """A training of many figures, at its first epoch's end."""
    found = Progress().after(Started(Path("run"), {}, 10_950, "cpu (16 threads)", 30, 40, 1200))
    for step in range(1, 41):
        found = found.after(BatchEnded(1, step, 2 / step, step / 40, 0.00412, 1387.0, 752_000_000, 815.0))
    return found.after(EpochEnded(1, 40, 0.1, 1.0, 0.2, 1.0, 1e-3, 9.0, True))


def test_the_figures_stay_on_one_line_and_the_least_important_go(
    services: Services, qtbot: QtBot, progress: Progress
) -> None:
    header = Header(services.theme)
    qtbot.addWidget(header)
    header.resize(1000, 100)
    header.show()
    header.show_progress(progress)
    whole = header.facts.text()
    assert "lr" in whole
    room = header.facts.fontMetrics().horizontalAdvance(whole) - 10
    header.resize(room, 100)
    header.show_progress(progress)
    assert not header.facts.wordWrap()
    assert header.facts.text() == whole.rpartition("  ·  ")[0]
    assert "752 MB" in header.facts.text()
    assert header.facts.toolTip() == whole
    header.resize(1000, 100)
    qtbot.waitUntil(lambda: header.facts.text() == whole)


def test_the_titles_and_numbers_of_the_runs_have_room(
    services: Services, qtbot: QtBot, tmp_path: Path
) -> None:
    kept_run(tmp_path / "run")
    view = RunsView()
    qtbot.addWidget(view)
    view.resize(560, 300)
    view.show()
    view.show_runs(list_runs(tmp_path))
    header = view.table.horizontalHeader()
    for column in range(1, view.table.columnCount()):
        assert header.sectionSize(column) >= header.sectionSizeHint(column)
    letter = view.fontMetrics().averageCharWidth()
    assert header.sectionSize(0) >= 32 * letter, "a name is told from the others"
    view.table.setColumnWidth(4, 300)
    view.show_runs(list_runs(tmp_path))
    assert view.table.columnWidth(4) == 300, "what was widened stays so"
    view.resize(2000, 300)
    qtbot.waitUntil(lambda: header.length() == view.table.viewport().width())


@pytest.mark.parametrize("width", [420, 560, 1200])
def test_curves_end_below_their_captions(
    services: Services, qtbot: QtBot, progress: Progress, width: int
) -> None:
    curves = CurvesView(services.theme)
    qtbot.addWidget(curves)
    curves.resize(width, 160)
    curves.show()
    curves.show_progress(progress)
    curves.show_reference(Reference(1.0, "test", 1.0))
    qtbot.waitUntil(lambda: curves.score.area.width() > 1)
    curves.show_captions()
    for plot, top in ((curves.score, 1.0), (curves.loss, 0.301)):
        words = plot.caption.height(plot.area.width())
        assert words > 0
        assert plot.way.map(QPointF(0.0, top)).y() >= plot.area.top() + words

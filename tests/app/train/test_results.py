"""The pages below the curves: a cell of the confusion matrix lists its errors, and all come back."""

from __future__ import annotations

from pytestqt.qtbot import QtBot
from train_made import REPORT

from hippo_studio.app.theme import Theme
from hippo_studio.app.train.progress import Phase, Progress
from hippo_studio.app.train.results import WRONG, Results
from hippo_studio.app.train.wording import waiting


def test_a_cell_lists_its_errors_and_a_click_on_the_tab_all(theme: Theme, qtbot: QtBot) -> None:
    results = Results(theme)
    qtbot.addWidget(results)
    wrong = [
        {"index": index, "truth": truth, "predicted": answer, "confidence": 0.8}
        for index, (truth, answer) in enumerate([("slow", "fast"), ("slow", "fast"), ("fast", "slow")])
    ]
    results.show_report(Progress(Phase.FINISHED, report={**REPORT, "wrong": wrong}))
    assert results.tabText(WRONG) == "Wrong · 3"
    results.confusion.chosen.emit(0, 1)
    assert results.currentIndex() == WRONG
    assert (results.wrong.rowCount(), results.tabText(WRONG)) == (2, "Wrong · 2 of 3")
    results.tabBarClicked.emit(WRONG)
    assert (results.wrong.rowCount(), results.tabText(WRONG)) == (3, "Wrong · 3")
    results.confusion.chosen.emit(0, 1)
    results.confusion.chosen.emit(0, 0)
    assert results.wrong.rowCount() == 3, "a cell without errors hides none"
    results.show_report(Progress())
    assert results.tabText(WRONG) == "Wrong"


def test_where_there_are_no_epochs_to_draw_that_is_said() -> None:
    curves, layers = waiting(Progress(Phase.FINISHED))
    assert curves == "This run has no epochs to draw"
    assert layers == "This model has no convolution kernels to show"

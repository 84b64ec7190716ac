"""Below the curves, one page each: the data's examples, confusion matrix, wrong examples, runs, sweeps."""

from __future__ import annotations

from PyQt6.QtWidgets import QTabWidget, QWidget

from hippo_studio.app.theme import Theme
from hippo_studio.app.train.confusion import ConfusionView
from hippo_studio.app.train.data_card import Thumbnails
from hippo_studio.app.train.data_overview import DataOverview
from hippo_studio.app.train.past_runs import confusion, wrong_answers
from hippo_studio.app.train.progress import Progress
from hippo_studio.app.train.runs_view import RunsView
from hippo_studio.app.train.sweep_page import SweepPage
from hippo_studio.app.train.use_page import UsePage
from hippo_studio.app.train.wrong_view import WrongView
from hippo_studio.app.widgets.notice import Notice

EXAMPLES, CONFUSION, WRONG, RUNS, SWEEP, USE = range(6)


class Results(QTabWidget):
    """The pages; `show_report` when a training ended or another run is shown."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("results")
        self.setAccessibleName("Examples, errors and runs")
        self.setDocumentMode(True)
        self.thumbnails = Thumbnails(theme, self)
        self.confusion = ConfusionView(theme, self)
        self.wrong = WrongView(self)
        self.runs = RunsView(self)
        self.sweep = SweepPage(theme, self)
        self.use = UsePage(self)
        for page, title in (
            (self.thumbnails, "Examples"),
            (self.confusion, "Confusion"),
            (self.wrong, "Wrong"),
            (self.runs, "Runs"),
            (self.sweep, "Sweep"),
            (self.use, "Use It"),
        ):
            self.addTab(page, title)
        self._notices = {
            page: Notice(page, name, covers=True)
            for page, name in ((self.confusion, "confusion notice"), (self.wrong.viewport(), "wrong notice"))
        }
        self.confusion.chosen.connect(self._choose)
        self.tabBarClicked.connect(self._click)
        self._labels: tuple[str, ...] = ()
        self.show_report(Progress())

    def show_overview(self, seen: DataOverview) -> None:
        """Show examples of the data."""
        self.thumbnails.show_thumbnails(seen.thumbnails)

    def show_report(self, progress: Progress) -> None:
        """Show what the model gets right and wrong, as far as that is known."""
        report = progress.report
        counts, wrong = confusion(report), wrong_answers(report)
        self._labels = tuple(map(str, report.get("labels", ())))
        self.confusion.show_counts(counts, self._labels)
        self.wrong.show_wrong(wrong)
        self._count_wrong()
        waiting = "" if counts.size else "What the model takes for what is counted when training ends"
        self._notices[self.confusion].say(waiting)
        nothing = "" if wrong else "No example is known to be wrong" if counts.size else waiting
        self._notices[self.wrong.viewport()].say(nothing)
        if counts.size:
            split = report.get("split", "test")
            self.confusion.caption.set_runs(
                [(f"rows: what it is · columns: what it was taken for ({split})", "")]
            )

    def _choose(self, truth: int, answer: int) -> None:
        """A cell of the matrix lists its errors."""
        self.wrong.choose(self._labels[truth], self._labels[answer])
        self._count_wrong()
        self.setCurrentIndex(WRONG)

    def _click(self, page: int) -> None:
        """The tab itself lists all errors again."""
        if page == WRONG:
            self.wrong.choose_all()
            self._count_wrong()

    def _count_wrong(self) -> None:
        self.setTabText(WRONG, " · ".join(filter(None, ("Wrong", self.wrong.counted))))

"""Above the curves: what the training is doing, in words large enough for the back row, and its figures."""

from __future__ import annotations

from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QLabel, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from hippo_studio.app.theme import Theme, tabular
from hippo_studio.app.train.past_runs import Reference
from hippo_studio.app.train.progress import Phase, Progress
from hippo_studio.app.train.wording import facts, fraction, headline

_SPACE = "  ·  "


class Header(QWidget):
    """`show_progress` a few times a second."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("training header")
        self.setAccessibleName("What the training is doing")
        self._theme = theme
        self.phase, self.facts, self.sentence = QLabel(self), QLabel(self), QLabel(self)
        for label, name in ((self.phase, "phase"), (self.facts, "facts"), (self.sentence, "sentence")):
            label.setObjectName(f"training {name}")
            label.setAccessibleName(f"Training {name}")
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        font = self.phase.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        font.setWeight(font.Weight.DemiBold)
        self.phase.setFont(tabular(font))
        self.facts.setFont(tabular(self.facts.font()))
        self.sentence.setWordWrap(True)
        self.bar = QProgressBar(self)
        self.bar.setTextVisible(False)
        self.bar.setObjectName("training done")
        self.bar.setAccessibleName("How much of the training is done")
        self.bar.setRange(0, 1000)
        self.bar.setFixedHeight(max(self.fontMetrics().height() // 3, 4))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self.fontMetrics().height() // 5)
        for widget in (self.phase, self.sentence, self.facts, self.bar):
            column.addWidget(widget)
        theme.changed.connect(self._recolor)
        self._failed = False
        self._facts: tuple[str, ...] = ()
        self._recolor()

    def show_progress(self, progress: Progress, reference: Reference | None = None) -> None:
        """Write what is known now, and what the baseline reaches on the same data."""
        title = headline(progress, reference)
        _write(self.phase, title)
        sentence = progress.sentence or (progress.notices[-1] if progress.notices else "")
        if progress.phase in (Phase.WORKING, Phase.PAUSED) and progress.notices:
            sentence = progress.notices[-1]
        if sentence == title:
            sentence = ""
        _write(self.sentence, sentence)
        self.sentence.setVisible(bool(sentence))
        self._facts = facts(progress)
        self.facts.setVisible(bool(self._facts))
        self._fit_facts()
        part = fraction(progress)
        starting = progress.phase is Phase.STARTING
        self.bar.setVisible(progress.phase.busy)
        if (self.bar.maximum() == 0) != starting:
            self.bar.setRange(0, 0 if starting else 1000)
        if part is not None and not starting:
            self.bar.setValue(round(1000 * part))
        failed = progress.phase is Phase.FAILED
        if failed != self._failed:
            self._failed = failed
            self._recolor()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose anew what has room."""
        super().resizeEvent(event)
        self._fit_facts()

    def _fit_facts(self) -> None:
        """Write as many facts as have room in one line, the first ones first; all are in the tooltip."""
        known = [_SPACE.join(self._facts[:count]) for count in range(len(self._facts), 0, -1)]
        metrics = self.facts.fontMetrics()
        fits = (words for words in known if metrics.horizontalAdvance(words) <= self.width())
        _write(self.facts, next(fits, known[-1] if known else ""))
        self.facts.setToolTip(known[0] if known else "")

    def _recolor(self) -> None:
        colors = self._theme.colors
        self.phase.setStyleSheet(f"color: {colors.error if self._failed else colors.text}")
        self.facts.setStyleSheet(f"color: {colors.muted}")


def _write(label: QLabel, words: str) -> None:
    if label.text() != words:
        label.setText(words)

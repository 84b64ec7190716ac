"""Loss and score while training goes on: of the training batches, of the validation, and of runs beside them.

Training is the thin line with its running mean over it, validation the strong one; a run that is compared
has its own colour and shows its validation alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QHBoxLayout, QSplitter, QWidget

from hippo_studio.app.theme import Theme
from hippo_studio.app.train.comparing import Compared
from hippo_studio.app.train.past_runs import Reference
from hippo_studio.app.train.poses import running_mean
from hippo_studio.app.train.progress import Progress
from hippo_studio.app.widgets.plots import Canvas, Dots, Layer, Line, Plot
from hippo_studio.app.widgets.plots.ticks import log_ticks, number_ticks, percent_ticks
from hippo_studio.learning import rocket

MOST_COMPARED = 4
VALIDATION, WHOLE = "validation", "after the epoch"
"""What the strong curve is of: other examples than those learned from, or all of these at an epoch's end."""
_LEAST_LOSS = 1e-7
_MOST_CAPTION = 0.45
"""Of the height of a plot, what a caption keeps free of curves at most."""
_SMOOTH = 60
"""The running mean spans one part in so many of the curve."""


class CurvesView(QWidget):
    """Two plots side by side: loss on a logarithmic axis, score in per cent."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("curves")
        self.setAccessibleName("Loss and score")
        self._theme = theme
        self.loss = Plot(theme, "Loss", y_ticks=log_ticks, x_ticks=number_ticks, animated=True, parent=self)
        self.score = Plot(
            theme, "Score", y_ticks=percent_ticks, x_ticks=number_ticks, animated=True, parent=self
        )
        self._parts = [_Parts(self.loss), _Parts(self.score)]
        self._baseline = self.score.add(Line(horizontal=True, dashed=True), z=4)
        self._reference: Reference | None = None
        self._judged_by = VALIDATION
        self._compared: tuple[Compared, ...] = ()
        self._own = ""
        self._progress = Progress()
        self._reach = {self.loss: (-1.0, 0.5), self.score: (0.0, 1.0)}
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        both = QSplitter(Qt.Orientation.Horizontal, self)
        both.setChildrenCollapsible(False)
        both.addWidget(self.loss)
        both.addWidget(self.score)
        both.setSizes([100, 100])
        row.addWidget(both)
        line = self.fontMetrics().height()
        for plot in (self.loss, self.score):
            plot.setMinimumSize(8 * line, 5 * line)
            plot.resized.connect(lambda _: self._make_room())
        theme.changed.connect(self._recolor)
        self._recolor()

    @property
    def plots(self) -> tuple[Plot, ...]:
        """Both."""
        return self.loss, self.score

    def show_progress(self, progress: Progress) -> None:
        """Draw what is known so far."""
        self._progress = progress
        steps = progress.curve.steps
        train = (np.log10(np.maximum(progress.curve.loss, _LEAST_LOSS)), progress.curve.score)
        validation = (_log(progress.validation.loss), progress.validation.score)
        for parts, values, checks in zip(self._parts, train, validation, strict=True):
            parts.raw.set_curve(steps, values)
            parts.mean.set_curve(steps, running_mean(values, max(1, values.size // _SMOOTH)))
            parts.show_validation(progress.validation.steps, checks)
            for layer, one in zip(parts.others, self._compared, strict=False):
                shown = _log(one.curve.loss) if parts is self._parts[0] else one.curve.score
                layer.set_curve(one.curve.steps, shown)
            for layer in parts.others[len(self._compared) :]:
                layer.clear()
        self._fit(train[0], validation[0], progress)

    def compare(self, runs: Sequence[Compared], own: str = "") -> None:
        """Draw these runs beside the one that is shown, which is called `own` then; none clears them."""
        self._compared, self._own = tuple(runs)[:MOST_COMPARED], own
        self.show_progress(self._progress)
        self.show_captions()

    def judge_by(self, words: str) -> None:
        """Call the strong curve by what the model is chosen by: `VALIDATION`, or `WHOLE`."""
        self._judged_by = words
        self.show_captions()

    def show_reference(self, reference: Reference | None) -> None:
        """Draw a line at what the baseline reaches on the split that the curve is of; None takes it away."""
        if reference == self._reference:
            return
        self._reference = reference
        self._baseline.set_at(None if reference is None else reference.level("validation")[0])
        self.show_captions()

    def show_captions(self) -> None:
        """Name the curves, with the numbers of the moment."""
        colors, progress = self._theme.colors, self._progress
        last, batch = (progress.epochs[-1] if progress.epochs else None), progress.batch
        for plot, what, train, validation in (
            (self.loss, "loss", batch and f"{batch.loss:.3g}", last and f"{last.validation_loss:.3g}"),
            (
                self.score,
                "score",
                batch and f"{100 * batch.score:.1f} %",
                last and f"{100 * last.validation_score:.1f} %",
            ),
        ):
            runs, brief = [(what, "")], [(what, "")]
            if batch:
                runs.append((f"training {train}", colors.signal))
                brief.append((str(train), colors.signal))
            if last:
                runs.append((f"{self._own or self._judged_by} {validation}", colors.accent))
                brief.append(runs[-1])
            others = [
                (one.name, color)
                for one, color in zip(self._compared, run_colors(self._theme)[1:], strict=False)
            ]
            runs, brief = [*runs, *others], [*brief, *others]
            if self._reference is not None and plot is self.score:
                level, split = self._reference.level("validation")
                runs.append((f"{rocket.TITLE} {100 * level:.1f} % ({split})", colors.warning))
                brief.append(runs[-1])
            plot.caption.set_runs(runs, brief=brief)
        self._make_room()

    def _fit(self, losses: NDArray[np.float64], checks: NDArray[np.float64], progress: Progress) -> None:
        steps = [curve.curve.steps[-1:] for curve in self._compared]
        steps += [progress.curve.steps[-1:], progress.validation.steps[-1:]]
        last = max((float(one[0]) for one in steps if one.size), default=1.0)
        scores = [progress.curve.score, progress.validation.score]
        shown = [losses, checks]
        for one in self._compared:
            shown.append(_log(one.curve.loss))
            scores.append(one.curve.score)
        values = np.concatenate(shown)
        values = values[np.isfinite(values)]
        low, high = (float(values.min()), float(values.max())) if values.size else (-1.0, 0.5)
        air = max(0.08 * (high - low), 0.04)
        self._reach[self.loss] = low - air, high + air
        known = np.concatenate(scores)
        top = max(1.0, float(known.max(initial=0.0)))
        self._reach[self.score] = -0.03 * top, 1.01 * top
        self._make_room()
        for plot in self.plots:
            plot.set_x(0.0, max(last, 1.0) * 1.01)

    def _make_room(self) -> None:
        """Let the curves end below the captions, however many lines these take."""
        for plot, (low, high) in self._reach.items():
            area = plot.area
            share = min(plot.caption.height(area.width()) / max(area.height(), 1.0), _MOST_CAPTION)
            plot.set_y(low, high + share / (1 - share) * (high - low))

    def _recolor(self) -> None:
        colors = run_colors(self._theme)
        for parts in self._parts:
            parts.recolor(self._theme.colors.signal, colors)
        self._baseline.set_color(self._theme.colors.warning)
        self.show_captions()


class _Parts:
    """The layers of one plot."""

    def __init__(self, plot: Plot) -> None:
        canvas = plot.add(Canvas())
        self.raw: Layer = canvas.layer(width=1.0, alpha=0.35)
        self.mean: Layer = canvas.layer(width=1.6)
        self.others = [canvas.layer(width=1.8) for _ in range(MOST_COMPARED)]
        self.validation: Layer = canvas.layer(width=2.2)
        self.dots = plot.add(Dots(size=5.0), z=5)

    def show_validation(self, steps: NDArray[np.float64], values: NDArray[np.float64]) -> None:
        self.validation.set_curve(steps, values)
        few = steps.size <= 40
        self.dots.set_data(steps if few else steps[-1:], values if few else values[-1:])

    def recolor(self, training: str, runs: Sequence[str]) -> None:
        self.raw.set_color(training)
        self.mean.set_color(training)
        self.validation.set_color(runs[0])
        self.dots.set_color(runs[0])
        for layer, color in zip(self.others, runs[1:], strict=True):
            layer.set_color(color)


def run_colors(theme: Theme) -> tuple[str, ...]:
    """The colours of this run and of those beside it."""
    colors = theme.colors
    return colors.accent, colors.positive, colors.negative, colors.warning, colors.text


def _log(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.log10(np.maximum(values, _LEAST_LOSS))

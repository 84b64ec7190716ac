"""Under the signal in the Memory tab: what the trained model takes it for, one lane per class, over time.

The strip shows the same stretch of time as THE PAST above it, and nothing beyond the playhead: the model
hears the signal as it plays.
"""

from __future__ import annotations

import time

from PyQt6.QtCore import QTimer, pyqtSignal
from PyQt6.QtWidgets import QWidget

from hippo_studio.app.memory.frame import Frame
from hippo_studio.app.sound.live_source import LiveSource
from hippo_studio.app.theme import Theme
from hippo_studio.app.train.applying import Applying, Request, Verdict
from hippo_studio.app.train.wording import percent
from hippo_studio.app.widgets.plots import HeatStrip, Line, Plot, Veil
from hippo_studio.app.widgets.plots.ticks import Ticks, time_ticks

_LOOK_MS = 100
_TEXT_EVERY = 0.12


class VerdictStrip(Plot):
    """`follow` a signal with a model; `show_frame` whenever the Memory tab shows another moment.

    `remarked(sentences)` tells how what is followed is unlike what the model learned from.
    """

    remarked = pyqtSignal(tuple)

    def __init__(self, theme: Theme, applying: Applying, parent: QWidget | None = None) -> None:
        self._labels: tuple[str, ...] = ()
        super().__init__(
            theme, "What the model hears", x_ticks=time_ticks, y_ticks=self._lane_ticks, animated=True,
            parent=parent,
        )  # fmt: skip
        self.applying = applying
        self.asked: Request | None = None
        self._shown: Verdict | None = None
        self._present = 0.0
        self._written = 0.0
        self._title = ""
        self._remarks: tuple[str, ...] = ()
        self._strip = self.add(HeatStrip(theme.colors))
        self._future = self.add(Veil(), z=4)
        self._playhead = self.add(Line(), z=6)
        self._timer = QTimer(self)
        self._timer.setObjectName("verdict")
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._look)
        line = self.fontMetrics().height()
        self.setMinimumHeight(7 * line)
        self.recolor()

    def follow(self, request: Request, title: str) -> None:
        """Apply a model to a signal from its start; to what is live, from where it is on the page before."""
        if not request.continues(self.asked):
            self._title, self._shown, self._labels = title, None, ()
            self._strip.clear()
            self.caption.set_runs([(f"{title} is getting ready …", "")])
            self._remark(())
        self.asked = request
        self.applying.request(request)
        self._timer.start()

    def rest(self, why: str = "") -> None:
        """Follow nothing more, and say why."""
        self._timer.stop()
        self.applying.cancel()
        self.asked, self._shown, self._labels = None, None, ()
        self._strip.clear()
        self.caption.set_runs([(why, "")])
        self._remark(())

    def close_strip(self) -> bool:
        """End the thread; True if it ended in time."""
        self._timer.stop()
        return self.applying.close()

    def show_frame(self, frame: Frame) -> None:
        """Show the stretch of time of a frame, up to its present."""
        if self.isHidden():
            return
        self.set_x(frame.start, frame.stop)
        self._present = frame.present
        self._future.set_from(frame.present)
        self._playhead.set_at(None if frame.present >= frame.stop else frame.present)
        now = time.perf_counter()
        if now - self._written >= _TEXT_EVERY:
            self._written = now
            self._write()

    def recolor(self) -> None:
        """Take the colours in force."""
        super().recolor()
        if hasattr(self, "_playhead"):
            colors = self._theme.colors
            self._strip.recolor(colors)
            self._future.set_color(colors.surface)
            self._playhead.set_color(colors.playhead)
            self._write()

    def _look(self) -> None:
        busy = self.applying.busy  # asked first: once it is over, the verdict is the last one
        verdict = self.applying.verdict
        if verdict is not None and verdict is not self._shown:
            self._take(verdict)
        if not busy:
            self._timer.stop()

    def _take(self, verdict: Verdict) -> None:
        new = self._shown is None or verdict.signal is not self._shown.signal
        self._shown = verdict
        if verdict.failure:
            self._write()
            return
        self._remark(verdict.remarks)
        classes = len(verdict.labels)
        if new:
            self._labels = verdict.labels
            self.set_y(0.0, float(classes))
            self.y_axis.refresh()
            self._strip.begin(len(verdict.probabilities), classes)
            self._strip.place(0.0, verdict.signal.duration, 0.0, float(classes))
        self._strip.extend(verdict.probabilities, verdict.done, 1.0)
        self._write()

    def _write(self) -> None:
        verdict = self._shown
        if verdict is None:
            return
        if verdict.failure:
            self.caption.set_runs([(verdict.failure, self._theme.colors.error)])
            return
        found = verdict.at(self._present)
        if found is None:
            if isinstance(verdict.signal, LiveSource):
                how_far = f"{verdict.behind(self._present):.1f} s behind"
            else:
                how_far = f"{100 * verdict.done // max(len(verdict.probabilities), 1)} %"
            self.caption.set_runs([(f"{self._title} catches up … {how_far}", "")])
        else:
            label, probability = found
            words = f"{label} {percent(probability)}"
            runs = [("the model hears", ""), (words, self._theme.colors.text)]
            if self._remarks:
                runs.append(("but learned from other signals", self._theme.colors.warning))
            self.caption.set_runs(runs)

    def _remark(self, sentences: tuple[str, ...]) -> None:
        if sentences != self._remarks:
            self._remarks = sentences
            self.setToolTip("\n".join(sentences))
            self.remarked.emit(sentences)

    def _lane_ticks(self, low: float, high: float, most: int) -> Ticks:
        """The names of the classes, as many as have room; n upwards."""
        every = max(1, -(-len(self._labels) // max(most, 1)))
        places = range(0, len(self._labels), every)
        names = tuple(self._labels[place][:9] for place in places)
        return Ticks(tuple(place + 0.5 for place in places), names)

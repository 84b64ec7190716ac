"""How smoothly the window runs: play a signal, time its paintings and the event loop, write a report, quit.

A frame is a painting of the window that shows a new picture of the past, or in the Train tab of the layers
(Qt may paint twice for one picture), and its time runs from the end of one such painting to the end of the
next. The event loop is asked by a timer of its own, off the frame's path: its lateness is what a click would
feel.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from PyQt6.QtCore import QObject, Qt, QTimer

from hippo_studio.app.memory.tab import Phase as MemoryPhase
from hippo_studio.app.options import StudioOptions
from hippo_studio.app.process import StartUp
from hippo_studio.app.timings import frame_summary, lateness_summary
from hippo_studio.app.train.progress import Phase
from hippo_studio.app.window import StudioWindow
from hippo_studio.export.atomic import atomic_text

PROBE_MS = 5
SETTLE_MS = 1500
"""Playing time before the measurement, while the background still warms up."""


class Profiler(QObject):
    """Plays and measures, then calls `finish(status, sentence)`."""

    def __init__(
        self,
        window: StudioWindow,
        options: StudioOptions,
        start_up: StartUp,
        finish: Callable[[int, str], None],
    ) -> None:
        super().__init__(window)
        self._window, self._options, self._start_up, self._finish = window, options, start_up, finish
        self._ends: list[float] = []
        self._spent: list[float] = []
        self._late: list[float] = []
        self._picture = 0.0
        self._asked = 0.0
        self._streamed: dict[str, Any] = {}
        self._probe = QTimer(self)
        self._probe.setTimerType(Qt.TimerType.PreciseTimer)
        self._probe.setInterval(PROBE_MS)
        self._probe.timeout.connect(self._answered)

    def start(self) -> None:
        """Wait until the background rests, its tables and the first picture are there; play, and measure."""
        warming = any(job.key == "warm up" for job in self._window.services.jobs.live)
        if warming or self._picture_is_late() or self._training_is_late():
            QTimer.singleShot(100, self.start)
            return
        transport = self._window.memory.transport
        if not transport.following:  # what is live plays by itself
            transport.loop = True
            transport.seek(0)
        transport.play()
        QTimer.singleShot(SETTLE_MS, self._measure)

    def _measure(self) -> None:
        self._window.painted.connect(self._painted)
        self._asked = time.perf_counter()
        self._probe.start()
        QTimer.singleShot(round(1e3 * self._options.profile_seconds), Qt.TimerType.PreciseTimer, self._end)

    def _painted(self, began: float, ended: float) -> None:
        self._spent.append(ended - began)
        newest = self._newest_picture()
        if newest != self._picture:
            self._picture = newest
            self._ends.append(ended)

    def _newest_picture(self) -> float:
        """What tells one picture from the next, in the tab that is shown."""
        window = self._window
        if window.tabs.currentWidget() is window.train:
            return float(window.train.layers.pictures)
        return window.memory.frame_times[-1] if window.memory.frame_times else 0.0

    def _picture_is_late(self) -> bool:
        """Whether the memories have not spoken yet, or not made what playing needs, and will."""
        memory = self._window.memory
        frame = memory.player.frame
        return memory.phase is not MemoryPhase.FAILED and (
            frame is None or frame.waiting or not memory.player.live.prepared
        )

    def _training_is_late(self) -> bool:
        """Whether a training is asked for that has not begun to work."""
        train = self._window.train
        return self._options.train is not None and train.phase in (Phase.EMPTY, Phase.STARTING)

    def _answered(self) -> None:
        now = time.perf_counter()
        self._late.append(max(0.0, now - self._asked - PROBE_MS / 1e3))
        self._asked = now

    def _end(self) -> None:
        self._probe.stop()
        self._window.painted.disconnect(self._painted)
        self._window.memory.transport.pause()
        if (stream := self._window.streams.receiver.stream) is not None:
            self._streamed = {
                "stream": {
                    "rate": stream.rate,
                    "seconds": round(self._window.streams.receiver.seconds, 3),
                    **{name: value for name, value in vars(stream.state).items() if name != "tail"},
                }
            }
        text = json.dumps(self.report(), indent=2) + "\n"
        if self._options.report is None:
            print(text, end="")
            self._finish(0, "")
            return
        try:
            atomic_text(self._options.report, text)
        except OSError as error:
            self._finish(2, str(error))
        else:
            self._finish(0, "")

    def report(self) -> dict[str, Any]:
        """What was measured, as it is written."""
        spent = lateness_summary(self._spent)
        train = self._window.train.session.progress
        trained = {
            "training": {
                "phase": train.phase.name.lower(),
                "steps": train.curve.count and int(train.curve.steps[-1]),
            }
        }
        return {
            **(trained if self._options.train is not None else {}),
            **self._streamed,
            "frames": {**frame_summary(self._ends), "paint_p50_ms": spent["p50_ms"]},
            "event_loop": lateness_summary(self._late),
            "window_shown_s": round(self._start_up.window_shown_s, 3),
            "imports_s": round(self._start_up.imports_s, 3),
            "window_shown_beyond_imports_s": round(
                self._start_up.window_shown_s - self._start_up.imports_s, 3
            ),
            "torch_imported_before_window": self._start_up.torch_imported_before_window,
        }

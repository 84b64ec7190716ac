"""An hour of sound in the window itself: the last lines of `python -m tests.benchmarks.large_files`.

    python -m tests.benchmarks.large_window FILE [--order 256] [--measures legt,legs]

Opens the studio on the display of this session (or, without one, offscreen) and prints, as Markdown, what a
person waits for: from the window on screen to the first picture of the signal and to one with memories, how
late the event loop was until everything was read and surveyed, and from each of a hundred clicks into the
overview to the painting of that place, while the file is still being read and when all is done; and what each
turn of the wheel takes there, from all of the signal down to single samples, and each move along them.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PyQt6.QtCore import Qt, QTimer

from hippo_studio.app import main, profiler
from hippo_studio.app.options import StudioOptions
from hippo_studio.app.process import seconds_since_start

CLICKS, PAUSE_MS = 100, 40
EARLY_CLICKS, MOVES = 40, 40
LONGEST_MS = 400_000


class Visit(profiler.Profiler):
    """Looks at the file, clicks into it while it is read, waits for the rest, and clicks again."""

    def start(self) -> None:
        """Watch for the first picture."""
        self._rows: list[tuple[str, str]] = []
        self._rng = np.random.default_rng(0)
        self._spans: list[float] = []
        self._clicked, self._wanted, self._clicks = 0.0, -1, 0
        self._then: Callable[[], None] = self._wait_for_rest
        self._window.painted.connect(self._painted)
        self._asked = time.perf_counter()
        self._probe.start()
        self._click_timer = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._click_timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._click_timer.timeout.connect(self._click)
        self._rest_timer = QTimer(self, interval=100)
        self._rest_timer.timeout.connect(self._look_for_rest)
        self._turn_timer = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._turn_timer.timeout.connect(self._turn)
        self._turned, self._moves = 0.0, 0
        self._began = time.perf_counter()

    def _painted(self, began: float, ended: float) -> None:
        frame = self._window.memory.player.frame
        if frame is None:
            return
        if not self._rows:
            self._rows.append(("first picture of the signal", self._since()))
        if len(self._rows) == 1 and not frame.waiting:
            self._rows.append(("first picture with what the memories say", self._since()))
            self._start_clicking(EARLY_CLICKS)
        if self._turned:
            self._spans.append(time.perf_counter() - self._turned)
            self._turned = 0.0
            self._turn_timer.start()
        if frame.position == self._wanted and not frame.waiting:
            self._spans.append(time.perf_counter() - self._clicked)
            self._wanted = -1
            self._click_timer.start()

    def _since(self) -> str:
        """How long the window has been on screen."""
        return f"{seconds_since_start() - self._start_up.window_shown_s:.2f} s"

    def _start_clicking(self, clicks: int) -> None:
        self._spans, self._clicks = [], clicks
        self._click_timer.start()

    def _click(self) -> None:
        if not self._clicks:
            self._then()
            return
        self._clicks -= 1
        transport = self._window.memory.transport
        self._wanted = int(self._rng.integers(1, transport.samples))
        self._clicked = time.perf_counter()
        transport.seek(self._wanted)

    def _wait_for_rest(self) -> None:
        self._rows.append(("click to picture, while the file is read", _spread(self._spans)))
        self._rest_timer.start()

    def _look_for_rest(self) -> None:
        live = self._window.memory.player.live
        late = time.perf_counter() - self._began > LONGEST_MS / 1e3
        if not late and (self._window.services.jobs.live or not live.idle):
            return
        self._rest_timer.stop()
        self._rows.append(("all read and surveyed", self._since()))
        self._rows.append(("event loop late by at most, until then", f"{1e3 * max(self._late):.0f} ms"))
        self._then = self._start_turning
        self._start_clicking(CLICKS)

    def _start_turning(self) -> None:
        self._rows.append(("click to picture, when all is surveyed", _spread(self._spans)))
        self._spans = []
        self._turn()

    def _turn(self) -> None:
        """Zoom in by two notches of the wheel, and once single samples are there move along them."""
        overview = self._window.memory.overview
        low, high = overview.x_range
        self._turned = time.perf_counter()
        if (high - low) * self._window.memory.transport.sample_rate > 40:
            overview.wheel_turned.emit(0.3 * low + 0.7 * high, 2.0)
        elif self._moves < MOVES:
            self._moves += 1
            overview.move_along(0.3 * (high - low))
        else:
            self._finish_visit()

    def _finish_visit(self) -> None:
        self._probe.stop()
        self._rows.append(("a turn of the wheel, from all to single samples", _spread(self._spans)))
        self._rows.append(("memory of the whole studio", _memory()))
        for row in self._rows:
            print("| " + " | ".join(row) + " |", flush=True)
        self._finish(0, "")


def _spread(seconds: list[float]) -> str:
    found = " / ".join(f"{1e3 * value:.1f}" for value in np.percentile(seconds, [50, 95, 100]))
    return f"{found} ms"


def _memory() -> str:
    """What the process holds itself, now and at most, in MB."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    now, files, peak = (int(status[name].split()[0]) / 1e3 for name in ("RssAnon", "RssFile", "VmHWM"))
    return f"{now:.0f} MB, at most {peak - files:.0f} MB"


def benchmark() -> int:
    """One visit; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--order", type=int, default=256)
    parser.add_argument("--measures", default="legt,legs")
    chosen = parser.parse_args()
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    options = StudioOptions(
        files=(chosen.file,), measures=tuple(chosen.measures.split(",")), order=chosen.order,
        size=(1280, 720), profile_seconds=1.0,
    )  # fmt: skip
    profiler.Profiler = Visit  # type: ignore[misc]
    print("| in the window, 1280×720 | half of the time / 95 in 100 / at most |\n|---|---|", flush=True)
    return main.run(options)


if __name__ == "__main__":
    sys.exit(benchmark())

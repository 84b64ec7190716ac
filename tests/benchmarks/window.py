"""How smoothly the window runs: `python -m tests.benchmarks.window` prints a table.

Plays a made recording of 48 kHz through `hippo-studio --profile`, for every speed, number of memories and
order asked for, on the display of this session (or, without one, offscreen, which paints but shows nothing).
What must hold: 60 frames a second, 95 of 100 within 20 ms, the event loop never late by more than 100 ms,
and the window on screen within 1.5 s, not counting what importing Qt, numpy and pyqtgraph takes.

In a frame of 16 ms the worker computes, the window paints (`paint_p50_ms` of the report), and a survey
of the whole signal fills what is left. One comes after the other, because two threads in Python slow each
other down, so all of this needs a core of its own. What is built once (tables, nodes, grids) is built before
the measurement; `first_play` presses Play before that.

The last two columns are the machine's own pace while the line was measured, on the core that the studio
leaves free: how long a fixed piece of work took, half of the times and 95 in 100, as multiples of the
shortest time that it ever took. Where they are well above 1, other programs, or other guests of the same
processor, run beside the studio, and its frames take as many times longer.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

MEASURES = ("legt", "legs", "lagt", "fout", "legs-lti")
RATE, SECONDS = 48_000, 120
STUDIO = [sys.executable, "-c", "import sys; from hippo_studio.cli import main; sys.exit(main())"]


def main() -> None:
    """Measure every combination; one line each, as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=8.0, help="playing time of each line")
    parser.add_argument("--speeds", default="1,16", help="as in 1,16")
    parser.add_argument("--memories", default="3x256,4x512", help="measures × order, as in 3x256,4x512")
    parser.add_argument("--sizes", default="1280x720,1920x1080", help="of the window")
    chosen = parser.parse_args()
    print(
        "| window | speed | memories | frames/s | p50 ms | p95 ms | max ms | loop p99 ms | loop max ms "
        "| on screen after s | pace p50 | pace p95 |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    best = min(_work() for _ in range(2000))
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder) / "recording.wav"
        soundfile.write(recording, voice(), RATE, subtype="PCM_16")
        for size, memories, speed in product(
            chosen.sizes.split(","), chosen.memories.split(","), chosen.speeds.split(",")
        ):
            count, order = (int(number) for number in memories.split("x"))
            with Pace() as pace:
                report = profile(recording, chosen.seconds, speed, MEASURES[:count], order, size)
            best = min(best, *pace.times)
            frames, loop = report["frames"], report["event_loop"]
            cells = [size, f"{speed}×", f"{count} × N = {order}", f"{frames['fps'] or 0:.1f}"]
            cells += [f"{frames[name] or 0:.1f}" for name in ("p50_ms", "p95_ms", "max_ms")]
            cells += [f"{loop[name]:.1f}" for name in ("p99_ms", "max_ms")]
            cells.append(f"{report['window_shown_beyond_imports_s']:.2f}")
            cells += [f"{taken / best:.2f}" for taken in np.percentile(pace.times, [50, 95])]
            print("| " + " | ".join(cells) + " |", flush=True)


class Pace:
    """Times a fixed piece of work sixty times a second, for as long as this context lasts."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Pace:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(1 / 60):
            self.times.append(_work())


def _work() -> float:
    """Processor time of this thread, in seconds, that a fixed piece of work takes."""
    values = np.arange(4096.0)
    started = time.thread_time()
    for _ in range(40):
        np.sqrt(values, out=values)
        values += 1.0
    return time.thread_time() - started


def voice() -> np.ndarray:
    """A hum of many partials that comes and goes: no stretch of it is like another, none is silent."""
    rng = np.random.default_rng(0)
    t = np.arange(RATE * SECONDS) / RATE
    pitch = 2 * np.pi * np.cumsum(120 + 30 * np.sin(2 * np.pi * 0.7 * t)) / RATE
    sound = sum(np.sin(k * pitch) / k for k in range(1, 12))
    loudness = 0.6 + 0.4 * np.sin(2 * np.pi * 2.3 * t)
    return 0.2 * loudness * sound + 0.01 * rng.standard_normal(t.size)


def display() -> dict[str, str]:
    """The environment of a studio: on the display of this session or, without one, offscreen."""
    environment = dict(os.environ)
    if not (environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")):
        environment["QT_QPA_PLATFORM"] = "offscreen"
    return environment


def profile(
    recording: Path, seconds: float, speed: str, measures: tuple[str, ...], order: int, size: str
) -> dict[str, Any]:
    """The report of one run."""
    report = recording.with_suffix(".json")
    options = ["--profile", str(seconds), "--report", str(report), "--speed", speed, "--size", size]
    options += ["--measures", ",".join(measures), "--order", str(order), str(recording)]
    subprocess.run([*STUDIO, *options], check=True, env=display())
    return json.loads(report.read_text())


if __name__ == "__main__":
    main()

"""How smoothly the window plays from the very first picture on: `python -m tests.benchmarks.first_play`.

Opens a made recording of 48 kHz, presses Play as soon as the signal is on screen, while tables are made and
the inner loops are loaded, and prints the frames of the first seconds from that click on. What must hold: no
two pictures lie more than 100 ms apart.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import soundfile
from PyQt6.QtCore import QTimer

from hippo_studio.app import main, profiler
from hippo_studio.app.options import StudioOptions, parse_size
from tests.benchmarks.window import MEASURES, RATE, display, voice


class AtOnce(profiler.Profiler):
    """Waits for nothing but the signal on screen."""

    def start(self) -> None:
        """Press Play, and measure from there on."""
        memory = self._window.memory
        if memory.player.frame is None:
            QTimer.singleShot(10, self.start)
            return
        self._measure()
        memory.transport.loop = True
        memory.transport.play()


def benchmark() -> None:
    """Measure every combination, each in a process of its own; one line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3.0, help="from the click on")
    parser.add_argument("--memories", default="3x256,4x512", help="measures × order, as in 3x256,4x512")
    parser.add_argument("--size", default="1280x720", help="of the window")
    parser.add_argument("--report", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.report:
        sys.exit(play(chosen))
    print("| memories | frames/s | p95 ms | longest gap ms | loop max ms |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder) / "recording.wav"
        soundfile.write(recording, voice(), RATE, subtype="PCM_16")
        for memories in chosen.memories.split(","):
            report = recording.with_suffix(".json")
            command = [sys.executable, "-m", "tests.benchmarks.first_play", "--file", str(recording)]
            command += ["--report", str(report), "--memories", memories]
            command += ["--seconds", str(chosen.seconds), "--size", chosen.size]
            subprocess.run(command, check=True, env=display())
            found = json.loads(report.read_text())
            frames, loop = found["frames"], found["event_loop"]
            cells = [memories.replace("x", " × N = "), f"{frames['fps'] or 0:.1f}"]
            cells += [f"{value or 0:.1f}" for value in (frames["p95_ms"], frames["max_ms"], loop["max_ms"])]
            print("| " + " | ".join(cells) + " |", flush=True)


def play(chosen: argparse.Namespace) -> int:
    """One run, in this process; the exit status."""
    count, order = (int(number) for number in chosen.memories.split("x"))
    options = StudioOptions(
        files=(chosen.file,), measures=MEASURES[:count], order=order, size=parse_size(chosen.size),
        profile_seconds=chosen.seconds, report=chosen.report, speed=1.0,
    )  # fmt: skip
    profiler.Profiler = AtOnce  # type: ignore[misc]
    return main.run(options)


if __name__ == "__main__":
    benchmark()

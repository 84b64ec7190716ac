"""How smoothly the window plays while this machine learns: `python -m tests.benchmarks.beside_learning`.

Plays a made recording of 48 kHz with three memories of N = 256 while nothing, a training, the
random-convolution baseline (extra `baselines`) or a sweep (extra `sweeps`) is at work beside it, and prints
frames and lateness as `window` does. What must hold: 60 frames a second, and no stall over 100 ms.
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

WORK = ("nothing", "training", "baseline", "sweep")
LOOK_MS, HEAD_START_MS = 100, 5000


class Beside(profiler.Profiler):
    """Begins some work in the Train tab, plays once that is under way, and ends it afterwards."""

    work = "nothing"

    def start(self) -> None:
        """Ask for the data first."""
        if self.work == "nothing":
            super().start()
            return
        train = self._window.train
        train.build()
        assert self._options.report is not None
        train.runs.folder = Path(tempfile.mkdtemp(dir=self._options.report.parent))
        train.configure({"data": "task:waveforms", "model": "s4d", "epochs": 10_000})
        train.source.look()
        self._begin()

    def _begin(self) -> None:
        train = self._window.train
        if not train.data_ready:
            QTimer.singleShot(LOOK_MS, self._begin)
            return
        if self.work == "training":
            train.train(show=False)
        elif self.work == "baseline":
            _, test, seed = train.source.key
            assert train.source.data is not None
            train.baseline.fit(train.source.data, test, seed, train.runs.folder)
        else:
            train.sweeps.start()
        QTimer.singleShot(HEAD_START_MS, super().start)  # imports and processes of its own come first

    @property
    def at_work(self) -> bool:
        """Whether the work is still under way."""
        train = self._window.train
        return {
            "nothing": True,
            "training": train.session.busy,
            "baseline": train.baseline.busy,
            "sweep": self.work == "sweep" and train.sweeps.busy,
        }[self.work]

    def _end(self) -> None:
        if not self.at_work:
            print(f"(the {self.work} was over before the measurement was)", flush=True)
        if self.work == "sweep":
            self._window.train.sweeps.stop()
        super()._end()


def benchmark() -> None:
    """Measure beside each kind of work, each in a process of its own; one line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=8.0, help="playing time of each line")
    parser.add_argument("--beside", default=",".join(WORK), help=f"some of {', '.join(WORK)}")
    parser.add_argument("--size", default="1280x720", help="of the window")
    parser.add_argument("--report", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.report:
        Beside.work = chosen.beside
        profiler.Profiler = Beside  # type: ignore[misc]
        sys.exit(play(chosen))
    print("| beside | frames/s | p95 ms | longest gap ms | loop p99 ms | loop max ms |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        recording = Path(folder) / "recording.wav"
        soundfile.write(recording, voice(), RATE, subtype="PCM_16")
        for work in chosen.beside.split(","):
            report = recording.with_suffix(".json")
            command = [sys.executable, "-m", "tests.benchmarks.beside_learning", "--file", str(recording)]
            command += ["--report", str(report), "--beside", work, "--size", chosen.size]
            subprocess.run([*command, "--seconds", str(chosen.seconds)], check=True, env=display())
            found = json.loads(report.read_text())
            frames, loop = found["frames"], found["event_loop"]
            cells = [work, *(f"{frames[name] or 0:.1f}" for name in ("fps", "p95_ms", "max_ms"))]
            cells += [f"{loop[name] or 0:.1f}" for name in ("p99_ms", "max_ms")]
            print("| " + " | ".join(cells) + " |", flush=True)


def play(chosen: argparse.Namespace) -> int:
    """One run, in this process; the exit status."""
    options = StudioOptions(
        files=(chosen.file,), measures=MEASURES[:3], order=256, size=parse_size(chosen.size),
        profile_seconds=chosen.seconds, report=chosen.report, speed=1.0,
    )  # fmt: skip
    return main.run(options)


if __name__ == "__main__":
    benchmark()

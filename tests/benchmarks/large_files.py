"""What an hour of stereo sound at 48 kHz, 3.5·10⁸ samples, costs to open, to look at and to scrub through.

    python -m tests.benchmarks.large_files [--order 256] [--minutes 60] [--float] [--measures legt,legs …]
        [--methods zoh,bilinear] [--processor-time]

Makes its own file under the system's folder for temporary files, and prints Markdown. Memory is what the
process holds itself (RssAnon of /proc/self/status, and VmHWM less RssFile, the pages of libraries): nothing
of the signal is mapped, and the page cache belongs to the operating system. A seek puts one memory, which is
somewhere else, at a random position; a frame is a seek with the picture and its errors. At the end the
window itself opens the file, see `large_window`.
"""

from __future__ import annotations

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse  # noqa: E402
import itertools  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402
from pathlib import Path  # noqa: E402

import numpy as np  # noqa: E402

from hippo_studio.app.memory.frame import compose  # noqa: E402
from hippo_studio.app.memory.playhead import PlayheadMemory  # noqa: E402
from hippo_studio.app.memory.source import Source, follow  # noqa: E402
from hippo_studio.app.memory.state import Memory, MemoryState  # noqa: E402
from hippo_studio.app.memory.survey import Survey  # noqa: E402
from hippo_studio.hippo import MEASURES  # noqa: E402
from hippo_studio.hippo.recurrence import warm_up  # noqa: E402
from hippo_studio.signals import read  # noqa: E402

RATE = 48_000
COLUMNS = 1920
SEEKS = 200
RNG = np.random.default_rng(0)
clock = time.perf_counter


def main() -> None:
    """Make the file, open it, survey it, seek in it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--order", type=int, default=256)
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--float", action="store_true", help="float32 instead of int16")
    parser.add_argument("--measures", default=",".join(MEASURES))
    parser.add_argument("--methods", default="zoh,bilinear")
    parser.add_argument(
        "--processor-time", action="store_true", help="count the processor's time alone, on a busy machine"
    )
    arguments = parser.parse_args()
    if arguments.processor_time:
        global clock
        clock = time.thread_time
    warm_up()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hour.wav"
        make(path, arguments.minutes, "FLOAT" if arguments.float else "PCM_16")
        print(f"{path.stat().st_size / 1e6:.0f} MB, {2 * 60 * RATE * arguments.minutes:.3g} samples\n")
        source = open_and_look(path)
        seek_everywhere(source, arguments)
        print(flush=True)
        command = [sys.executable, "-m", "tests.benchmarks.large_window", str(path)]
        subprocess.run([*command, "--order", str(arguments.order)], check=True)


def make(path: Path, minutes: float, subtype: str) -> None:
    """Write a wandering tone with some noise."""
    import soundfile

    second = np.arange(RATE) / RATE
    noise = 0.02 * RNG.standard_normal(RATE)
    with soundfile.SoundFile(path, "w", RATE, 2, subtype=subtype) as file:
        for k in range(round(60 * minutes)):
            tone = (0.3 + 0.25 * np.sin(k / 9)) * np.sin(2 * np.pi * (200 + k % 300) * second)
            file.write(np.stack((tone + noise, 0.7 * tone - noise), axis=1))


def open_and_look(path: Path) -> Source:
    """Time the first picture, the rest of the summary, and pictures of pieces of all lengths."""
    with path.open("rb") as file:  # into the page cache
        while file.read(1 << 24):
            pass
    rows = [("before", "", memory_now())]
    started = clock()
    source = follow(read(path))
    source.padded_range()
    source.band(0.0, source.duration, COLUMNS)
    rows.append(("first picture", f"{1e3 * (clock() - started):.0f} ms", memory_now()))
    rows.append(("whole pyramid", f"{timed(source.pyramid.build):.2f} s", memory_now()))

    def sum_up() -> None:
        while not source.moments.build():
            pass

    rows.append(("running sums", f"{timed(sum_up):.2f} s", memory_now()))
    taken = []
    for length in np.geomspace(20 / RATE, source.duration, 60):
        start = RNG.uniform(0, source.duration - length) if length < source.duration else 0.0
        taken.append(timed(lambda start=start, length=length: source.band(start, start + length, COLUMNS)))
    rows.append(("zoom: 60 pieces, samples to all", spread(taken), memory_now()))
    print("| what | time | memory |\n|---|---|---|")
    for row in rows:
        print("| " + " | ".join(row) + " |")
    return source


def seek_everywhere(source: Source, arguments: argparse.Namespace) -> None:
    """Survey each memory, and then seek with it: a table."""
    print(f"\nN = {arguments.order}, θ = 0.5 s; p50 / p95 / max of {SEEKS} seeks\n")
    print("| memory | survey | checkpoints | a seek | a frame | memory |\n|---|---|---|---|---|---|")
    for name, method in itertools.product(arguments.measures.split(","), arguments.methods.split(",")):
        state = MemoryState(measures=(name,), order=arguments.order, method=method)
        (memory,) = state.memories()
        survey = Survey((memory,), source)

        def whole(survey: Survey = survey) -> None:
            while not survey.step(0.05):
                pass

        surveyed = timed(whole)
        kept = survey.checkpoints(memory)
        assert kept is not None
        seeks, frames = seek(memory, state, source, survey)
        held = len(kept.positions) * arguments.order * 8 / 1e6
        what = (
            f"{MEASURES[name].title}, {method}",
            f"{surveyed:.1f} s",
            f"{len(kept.positions)}, {held:.0f} MB",
        )
        print("| " + " | ".join((*what, spread(seeks), spread(frames), memory_now())) + " |", flush=True)


def seek(
    memory: Memory, state: MemoryState, source: Source, survey: Survey
) -> tuple[list[float], list[float]]:
    """Seconds that seeks to random positions take, and with them the frames."""
    moving, seeks, frames = PlayheadMemory(memory, source), [], []
    checkpoints = survey.checkpoints(memory)
    for position in RNG.integers(1, source.length, SEEKS):
        started = clock()
        moving.move_to(int(position), checkpoints)
        seeks.append(clock() - started)
        compose(0, state, source, int(position), (moving,), COLUMNS)
        frames.append(clock() - started)
    return seeks, frames


def timed(function: Callable[[], object]) -> float:
    """Seconds that one call takes."""
    started = clock()
    function()
    return clock() - started


def spread(seconds: list[float]) -> str:
    """Median, 95th percentile and longest, in milliseconds."""
    return " / ".join(f"{1e3 * value:.1f}" for value in np.percentile(seconds, [50, 95, 100])) + " ms"


def memory_now() -> str:
    """What the process holds itself, now and at most, in MB."""
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    now, files, peak = (int(status[name].split()[0]) / 1e3 for name in ("RssAnon", "RssFile", "VmHWM"))
    return f"{now:.0f} MB, at most {peak - files:.0f} MB"


if __name__ == "__main__":
    main()

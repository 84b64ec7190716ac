"""Kill the studio at random, again and again: does every start offer what was there, and is all readable?

    python -m tests.benchmarks.session_kills [--kills 100] [--longest 4] [--seed 0]

Each studio records a PulseAudio null source, moves N, exports coefficients or saves its session when it is
killed (SIGKILL): at a random moment after it began to work, and a recording one after its first sound came.
The next one must offer the session before, takes it up, and goes on. Counted are the seconds of sound and of
work that are lost, at most 2 of each, how long the window stood still, files that cannot be read, and
temporary files that stay beside an export that was made again. What is wrong is printed at once. Without
PulseAudio nothing is recorded.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

ACTIVITIES = ("recording", "editing", "exporting", "saving")
MOST_LOST = 2.0
"""Seconds of sound, and of work, that a kill may cost."""
PATIENCE = 120.0
"""Seconds that a studio has to come up and begin its work."""
PULSE = """load-module module-native-protocol-unix
load-module module-null-sink sink_name=cable rate=48000
load-module module-remap-source master=cable.monitor source_name=microphone
load-module module-sine sink=cable frequency=440
set-default-source microphone
"""


def main() -> int:
    """Do it, print a line per kill, and return 0 if all is well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--longest", type=float, default=4.0, help="seconds that a studio lives at most")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    chance = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as name, _sound(Path(name)) as recording:
        home = Path(name)
        _settle(home)
        activities = ACTIVITIES if recording else ACTIVITIES[1:]
        worst_sound = worst_work = 0.0
        problems = 0
        before: _Life | None = None
        for kill in range(arguments.kills):
            life = _live_and_die(home, activities[kill % len(activities)], chance, arguments.longest)
            sound, work = life.sound_lost(home), life.work_lost(before)
            worst_sound, worst_work = max(worst_sound, sound), max(worst_work, work)
            print(f"kill {kill + 1:>3} while {life.activity:<9} offered {life.offers}, ", end="")
            print(f"{sound:.2f} s of sound and {work:.2f} s of work lost, ", end="")
            print(f"stood still for {life.stood:.2f} s", flush=True)
            wrong = [*_judge(life, before), *_unreadable(home), *_left(home)]
            wrong += [
                f"{lost:.2f} s of {what} are lost"
                for lost, what in ((sound, "sound"), (work, "work"))
                if lost > MOST_LOST
            ]
            for one in wrong:
                print(f"    {one}", flush=True)
            problems += len(wrong)
            before = life
    print(f"worst: {worst_sound:.2f} s of sound, {worst_work:.2f} s of work; {problems} problems")
    return 1 if problems else 0


_SIGN = {"recording": "recording"}
"""The word by which a studio says that it does what it shall be killed in, if another than “working”."""


class _Life:
    """What a studio told before it was killed."""

    def __init__(self, activity: str, lines: list[list[str]], killed: float) -> None:
        self.activity, self.killed = activity, killed
        said = [(line[0], line[1:]) for line in lines]
        self.offers = next((int(rest[0]) for kind, rest in said if kind == "offers"), -1)
        self.restored = next((int(rest[0]) for kind, rest in said if kind == "restored"), -1)
        self.orders = [(float(rest[1]), int(rest[0])) for kind, rest in said if kind == "order"]
        self.began = any(kind == _SIGN.get(activity, "working") for kind, _ in said)
        self.recorded_from = next((float(rest[0]) for kind, rest in said if kind == "recording"), None)

    def sound_lost(self, home: Path) -> float:
        """Seconds between the sound heard and that on the disk."""
        if self.recorded_from is None:
            return 0.0
        from hippo_studio.signals import read

        newest = max(
            (home / "state/hippo-studio/recordings").glob("*.wav"), key=lambda path: path.stat().st_mtime
        )
        return max(self.killed - self.recorded_from - read(newest).duration, 0.0)

    def work_lost(self, before: _Life | None) -> float:
        """Seconds of work of the studio before that this one did not find: up to the last thing it did."""
        if before is None or not before.orders or self.restored < 0:
            return 0.0
        times = [at for at, _ in before.orders]
        found = [at for at, order in before.orders if order == self.restored]
        return times[-1] - (max(found) if found else times[0])

    @property
    def stood(self) -> float:
        """Seconds for which the window did nothing, at the longest, with something to do each 60 ms."""
        times = [*(at for at, _ in self.orders), self.killed]
        return max((b - a for a, b in itertools.pairwise(times)), default=0.0)


def _judge(life: _Life, before: _Life | None) -> Iterator[str]:
    if life.offers < 0:
        yield "the studio did not come up"
    elif not life.began:
        yield f"the studio did not begin {life.activity} in {PATIENCE:g} s"
    elif before is not None and before.orders and life.offers == 0:
        yield "nothing was offered"


def _unreadable(home: Path) -> Iterator[str]:
    """A sentence for each file that is there and cannot be read."""
    from hippo_studio.export.coefficients import read_coefficients
    from hippo_studio.session.file import load
    from hippo_studio.signals import read

    readers: dict[str, Callable[[Path], object]] = {
        "out/*.npz": read_coefficients,
        "out/*.hippo.json": load,
        "state/hippo-studio/sessions/*/*.json": load,
        "state/hippo-studio/recordings/*.wav": read,
    }
    for pattern, reader in readers.items():
        for path in home.glob(pattern):
            if path.name.startswith("."):
                continue  # of a write that was cut short: never under the name that was asked for
            try:
                reader(path)
            except Exception as error:
                yield f"{path.name} cannot be read: {error}"


def _left(home: Path) -> Iterator[str]:
    """A sentence if more temporary files lie beside the exports than there are names that kills cut short."""
    parts = [path.name for path in (home / "out").iterdir() if ".part" in path.name]
    names = {name.partition(".part")[0].rpartition(".")[0] + name.rpartition(".part")[2] for name in parts}
    if len(parts) > len(names):
        yield f"{len(parts)} temporary files stay beside {len(names)} exports: {', '.join(sorted(parts))}"


def _live_and_die(home: Path, activity: str, chance: random.Random, longest: float) -> _Life:
    reading, writing = os.pipe()
    seed, patience = chance.random(), chance.uniform(0.3, longest)
    child = os.fork()
    if not child:
        os.close(reading)
        _live(home, activity, seed, writing)
        os._exit(3)
    os.close(writing)
    heard = b""
    deadline = time.monotonic() + PATIENCE
    sign = _SIGN.get(activity, "working").encode()
    while not any(line.split()[:1] == [sign] for line in heard.splitlines()):
        ready, _, _ = select.select([reading], [], [], max(deadline - time.monotonic(), 0.0))
        piece = os.read(reading, 1 << 16) if ready else b""
        if not piece:
            break
        heard += piece
    time.sleep(patience)
    os.kill(child, signal.SIGKILL)
    killed = time.monotonic()
    os.waitpid(child, 0)
    with os.fdopen(reading, "rb") as told:
        heard += told.read()
    lines = [line.decode().split() for line in heard.splitlines(True) if line.endswith(b"\n")]
    return _Life(activity, lines, killed)


def _live(home: Path, activity: str, seed: float, told: int) -> None:
    """A studio of its own: take up what is offered, and work until killed."""
    from PyQt6.QtCore import QTimer

    from hippo_studio.app.options import StudioOptions
    from hippo_studio.app.session.autosave import RESTORE
    from hippo_studio.app.studio import Studio

    chance = random.Random(seed)
    studio = Studio(StudioOptions(files=(home / "sound.wav",)), 0.0)
    window = studio.window

    def tell(*words: object) -> None:
        os.write(told, (" ".join(map(str, words)) + "\n").encode())

    def offered() -> None:
        rows = [row for row in window.message_bar.rows if RESTORE in (r.text for _, r in row.remedies)]
        tell("offers", len(rows))
        if rows:
            window.document.opened.connect(restored)
            rows[-1].remedies[0][0].click()
            for row in rows[:-1]:
                row.remedies[1][0].click()
        else:
            begin()

    def restored() -> None:
        window.document.opened.disconnect(restored)
        tell("restored", window.memory.state.order)
        begin()

    def begin() -> None:
        if activity == "recording":
            window.sound.recorder.record(True)
        timer.start()
        tell("working")

    def work() -> None:
        window.memory.change(order=chance.randint(1, 512))
        tell("order", window.memory.state.order, time.monotonic())
        if activity == "exporting":
            export(home / "out" / f"{chance.randint(1, 3)}.npz")
        elif activity == "saving":
            window.document.write(home / "out" / f"{chance.randint(1, 3)}.hippo.json")
        elif activity == "recording" and not began and window.sound.recorder.seconds:
            began.append(time.monotonic() - window.sound.recorder.seconds)
            tell("recording", began[0])

    def export(path: Path) -> None:
        from hippo_studio.export.coefficients import write_coefficients

        record = _coefficients()
        studio.services.jobs.submit("export", lambda _: write_coefficients(path, record), done=lambda _: None)

    began: list[float] = []
    timer = QTimer(window, interval=60)
    timer.timeout.connect(work)
    window.autosave.offered.connect(offered)
    studio.run()


def _coefficients():
    import numpy as np

    from hippo_studio.export.coefficients import CoefficientRecord

    values = np.random.default_rng(0).standard_normal((2000, 1, 64))
    return CoefficientRecord(
        coefficients=values, times=np.arange(2000.0), sample_rate=1.0, measure="legs", order=64, theta=1.0,
        method="zoh", channel_names=("a",), units=("",),
    )  # fmt: skip


def _settle(home: Path) -> None:
    """Folders of its own, a sound to open, and everything imported once: a studio is a fork."""
    for name in ("config", "cache", "state", "data"):
        os.environ[f"XDG_{name.upper()}_HOME"] = str(home / name)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    (home / "out").mkdir()
    import numpy as np

    import hippo_studio.app.studio
    import hippo_studio.app.warm_up  # noqa: F401
    from hippo_studio.export.sound import write_wav

    write_wav(home / "sound.wav", np.sin(np.arange(80_000) / 7).astype(np.float32) / 2, 8000)


@contextmanager
def _sound(home: Path) -> Iterator[bool]:
    """A microphone that hears a tone; False if PulseAudio is not installed."""
    if shutil.which("pulseaudio") is None or shutil.which("pactl") is None:
        print("PulseAudio is not installed: nothing is recorded")
        yield False
        return
    (home / "run").mkdir(mode=0o700)
    (home / "sound.pa").write_text(PULSE)
    os.environ.update(HOME=str(home), XDG_RUNTIME_DIR=str(home / "run"))
    for name in [name for name in os.environ if name.startswith("PULSE_")]:
        del os.environ[name]
    daemon = subprocess.Popen(
        ["pulseaudio", "-n", "-F", str(home / "sound.pa"), "--exit-idle-time=-1", "--daemonize=no"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 30
        while subprocess.run(["pactl", "info"], capture_output=True).returncode:
            if daemon.poll() is not None or time.monotonic() > deadline:
                sys.exit("PulseAudio does not start here.")
            time.sleep(0.1)
        yield True
    finally:
        daemon.terminate()
        daemon.wait(10)


if __name__ == "__main__":
    sys.exit(main())

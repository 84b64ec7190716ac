"""How late the memory follows the microphone: `python -m tests.benchmarks.microphone [--steady 60]`.

A PulseAudio of its own has a null sink whose monitor is the system's microphone. The studio records it;
clicks are played into the sink, and for each this measures, from the moment at which the sample is due in the
sink, when the recording held it, when the memory's coefficients knew it, and when a frame that shows it was
painted. What must hold: under 100 ms to the painted frame. Needs pulseaudio, pactl and ALSA's pulse plugin.
The window stands on the display of this session, or offscreen.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

RATE = 44_100
SINK = """
load-module module-native-protocol-unix
load-module module-null-sink sink_name=cable rate=44100
load-module module-remap-source master=cable.monitor source_name=microphone
set-default-sink cable
set-default-source microphone
"""
APART = 0.7
"""Seconds from one click to the next, and a little more each time, so that no beat of the window fits."""


def main() -> None:
    """Play clicks, and print how late each was known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--clicks", type=int, default=30)
    parser.add_argument(
        "--steady",
        type=float,
        metavar="SECONDS",
        help="instead, record 440 Hz for so long while N, θ and size change, and look for lost samples",
    )
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.inside:
        measure(chosen.clicks) if chosen.steady is None else keep_steady(chosen.steady)
        return
    tone = "" if chosen.steady is None else "load-module module-sine sink=cable frequency=440\n"
    with tempfile.TemporaryDirectory() as home, sound_server(Path(home), tone) as environment:
        if not (environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY")):
            environment["QT_QPA_PLATFORM"] = "offscreen"
        words = [sys.executable, "-m", "tests.benchmarks.microphone", "--inside"]
        words += ["--clicks", str(chosen.clicks)]
        words += [] if chosen.steady is None else ["--steady", str(chosen.steady)]
        sys.exit(subprocess.run(words, env=environment).returncode)


@contextmanager
def sound_server(home: Path, more: str = "") -> Iterator[dict[str, str]]:
    """A PulseAudio of its own for the length of a with statement; the environment in which it is found."""
    if missing := [program for program in ("pulseaudio", "pactl") if shutil.which(program) is None]:
        sys.exit(f"{' and '.join(missing)} is not installed (Debian: pulseaudio, libasound2-plugins).")
    (home / "run").mkdir(mode=0o700)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PULSE_")}
    environment |= {"HOME": str(home), "XDG_RUNTIME_DIR": str(home / "run")}
    environment |= {f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CONFIG", "STATE")}
    (home / "sound.pa").write_text(SINK + more)
    words = ["pulseaudio", "-n", "-F", str(home / "sound.pa"), "--exit-idle-time=-1", "--daemonize=no"]
    server = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 15
        while subprocess.run(["pactl", "info"], env=environment, capture_output=True).returncode:
            if server.poll() is not None or time.monotonic() > deadline:
                sys.exit("PulseAudio does not start here.")
            time.sleep(0.05)
        yield environment
    finally:
        server.terminate()
        server.wait(10)


class Clicks:
    """Plays clicks into the sink; `due` are the times, of `perf_counter`, at which they sound there."""

    def __init__(self) -> None:
        import sounddevice

        self.due: list[float] = []
        self._next = self._silent = 0
        self._every = 0
        self._stream = sounddevice.RawOutputStream(
            samplerate=RATE, channels=1, dtype="float32", latency=0.04, callback=self._fill
        )
        self._epoch = self._stream.time - time.perf_counter()
        self._stream.start()

    def _fill(self, out, frames: int, stamps, status) -> None:
        block = np.frombuffer(out, np.float32)
        block[:] = 0.0
        self._next -= frames
        if self._next < 0:
            at = frames + self._next
            block[at : at + 40] = 0.8
            self._next += round((APART + 0.013 * (len(self.due) % 7)) * RATE)
            self.due.append(stamps.outputBufferDacTime - self._epoch + at / RATE)

    def close(self) -> None:
        """Be silent."""
        self._stream.close()


def measure(clicks: int) -> None:
    """Inside the environment: record, play, and print."""
    from PyQt6.QtCore import QTimer

    from hippo_studio.app.options import StudioOptions
    from hippo_studio.app.sound.recorder import Phase
    from hippo_studio.app.studio import Studio, application
    from hippo_studio.signals import bundled_samples

    application()
    studio = Studio(StudioOptions(files=(bundled_samples()[0].path,), size=(1280, 720)), 0.0)
    window, found = studio.window, Found()
    timer = QTimer(window)
    began: list[float] = []

    def look() -> None:
        recorder = window.sound.recorder
        if recorder.phase is Phase.RECORDING and recorder.page is not None:
            if not began:
                began.append(time.perf_counter())
                window.memory.change(measures=("legt",), order=64, theta=0.05, view="window")
            if found.clicks is None and time.perf_counter() - began[0] > 4:  # compiled, and settled
                found.clicks = Clicks()
            found.look(window)
            if len(found.painted) >= clicks:
                found.clicks.close()
                timer.stop()
                window.close()

    window.painted.connect(lambda _, ended: found.painting(window, ended))
    timer.timeout.connect(look)
    timer.start(2)
    QTimer.singleShot(6000, lambda: studio.services.actions["record"].trigger())
    QTimer.singleShot(round(1000 * (120 + 2 * clicks)), window.close)
    studio.run()
    found.tell()


def keep_steady(seconds: float) -> None:
    """Inside the environment: record a tone while the person plays with everything, and look at it."""
    from PyQt6.QtCore import QTimer

    from hippo_studio.app.options import StudioOptions
    from hippo_studio.app.sound.recorder import Phase
    from hippo_studio.app.studio import Studio, application
    from hippo_studio.signals import bundled_samples, read

    application()
    studio = Studio(StudioOptions(files=(bundled_samples()[0].path,), size=(1280, 720)), 0.0)
    window, recorder = studio.window, studio.window.sound.recorder
    said: dict[str, float] = {}
    paths: list[Path] = []
    timer = QTimer(window)

    def play() -> None:
        if recorder.phase is not Phase.RECORDING:
            return
        turn = said["turns"] = said.get("turns", 0) + 1
        window.memory.change(order=(16, 64, 256, 128)[int(turn) % 4], theta=(0.02, 0.1, 0.5)[int(turn) % 3])
        window.resize(1100 + 60 * (int(turn) % 7), 640 + 40 * (int(turn) % 5))
        if recorder.seconds >= seconds:
            timer.stop()
            said["overruns"], said["lost"] = recorder.microphone.overruns, recorder.microphone.lost
            window.opening.finished.connect(
                lambda: (paths.append(Path(window.signals.current.origin)), window.close())
            )
            recorder.record(False)

    timer.timeout.connect(play)
    timer.start(300)
    QTimer.singleShot(6000, lambda: studio.services.actions["record"].trigger())
    QTimer.singleShot(round(1000 * (3 * seconds + 120)), window.close)
    studio.run()
    if not paths:
        sys.exit("Nothing was recorded; is ALSA's pulse plugin (libasound2-plugins) there?")
    signal = read(paths[0])
    sound, rate = signal.samples[0].astype(np.float64), signal.sample_rate
    turning = sound * np.exp(-2j * np.pi * 440 * np.arange(sound.size) / rate)
    phase = np.unwrap(np.angle(turning[: sound.size // 1000 * 1000].reshape(-1, 1000) @ np.hanning(1000)))
    hertz = 440 + np.polyfit(np.arange(phase.size) * 1000 / rate, phase, 1)[0] / (2 * np.pi)
    step = np.abs(np.diff(phase)).max() / (2 * np.pi * 440 / rate)
    turns = int(said["turns"])
    print(f"{signal.duration:.2f} s recorded through {turns} changes of N, θ and size: {hertz:.4f} Hz")
    print(f"{int(said['overruns'])} overruns, {int(said['lost'])} frames lost by count")
    print(f"the phase never jumps by more than {step:.3f} samples; one that is lost would be 1")


class Found:
    """When each click was in the recording's page, in the memory, and on the screen."""

    def __init__(self) -> None:
        self.clicks: Clicks | None = None
        self.heard: list[float] = []
        self.known: list[float] = []
        self.painted: list[float] = []
        self._places: list[int] = []
        self._seen = 0

    def look(self, window) -> None:
        """Find clicks that have come since the last look."""
        page, now = window.sound.recorder.page, time.perf_counter()
        fresh = page.samples[self._seen : page.known]
        edges = np.flatnonzero((fresh[1:] > 0.4) & (fresh[:-1] <= 0.4)) if len(fresh) > 1 else []
        for edge in edges:
            self._places.append(self._seen + int(edge) + 1)
            self.heard.append(now)
        self._seen = max(page.known - 1, 0)
        frame = window.memory.player.live.frame
        while frame is not None and self._covers(frame, len(self.known)):
            self.known.append(now)

    def painting(self, window, ended: float) -> None:
        """A painting ended: it shows the newest frame that the Memory tab has taken."""
        frame = window.memory.player.frame
        while frame is not None and self._covers(frame, len(self.painted)):
            self.painted.append(ended)

    def _covers(self, frame, click: int) -> bool:
        if click >= len(self._places) or not frame.recollections:
            return False
        return frame.recollections[0].coefficients is not None and frame.position > self._places[click]

    def tell(self) -> None:
        """Print the delays."""
        if self.clicks is None or not self.painted:
            sys.exit("No click was heard; is ALSA's pulse plugin (libasound2-plugins) there?")
        count = min(len(self.painted), len(self.clicks.due))
        due = np.array(self.clicks.due[:count])
        for name, times in (
            ("in the page", self.heard),
            ("in the memory", self.known),
            ("painted", self.painted),
        ):
            late = 1000 * (np.array(times[:count]) - due)
            half, most = np.median(late), np.quantile(late, 0.95)
            print(f"{name:<14} {half:6.1f} ms late, 95 of 100 within {most:.1f}, the latest {late.max():.1f}")
        played, recorded = np.diff(due), np.diff(self._places[:count]) / RATE
        print(f"{count} clicks, {int((np.abs(played - recorded) > 0.3).sum())} missed")


if __name__ == "__main__":
    main()

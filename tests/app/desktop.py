"""A desktop for one test: a virtual display with a window manager, and a hand on its mouse and keyboard."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

PROGRAMS = ("Xvfb", "openbox", "xdotool")


def missing() -> list[str]:
    """The programs that this machine lacks for a desktop."""
    return [program for program in PROGRAMS if shutil.which(program) is None]


class Desktop:
    """Xvfb and openbox on a display number of their own."""

    def __init__(self, display: str, home: Path) -> None:
        self.display = display
        self.environment = {
            **{name: value for name, value in os.environ.items() if name != "WAYLAND_DISPLAY"},
            "DISPLAY": display,
            "QT_QPA_PLATFORM": "xcb",
            **{f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CONFIG", "CACHE", "STATE", "DATA")},
        }
        self._started: list[subprocess.Popen[str]] = []

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start a program here; it ends with the desktop."""
        process = subprocess.Popen(
            command,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._started.append(process)
        return process

    def start_studio(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the studio as its command does."""
        code = "import sys; from hippo_studio.cli import main; sys.exit(main(sys.argv[1:]))"
        return self.start(sys.executable, "-c", code, *arguments)

    def xdotool(self, *arguments: object) -> str:
        """Run xdotool and return what it prints."""
        run = subprocess.run(
            ["xdotool", *map(str, arguments)],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=30,
        )
        return run.stdout.strip()

    def window(self, title: str, seconds: float = 30.0) -> str:
        """The visible window whose title matches, waiting for it."""

        def found() -> str:
            return self.xdotool("search", "--onlyvisible", "--name", title).partition("\n")[0]

        return wait_for(found, f"a window titled {title!r}", seconds)

    def titles(self) -> list[str]:
        """The titles of all visible windows."""
        windows = self.xdotool("search", "--onlyvisible", "--name", ".").split()
        return [self.xdotool("getwindowname", window) for window in windows]

    def place(self, window: str, x: int, y: int, width: int, height: int) -> None:
        """Move and size a window."""
        self.xdotool("windowsize", "--sync", window, width, height)
        self.xdotool("windowmove", "--sync", window, x, y)

    def drag(self, start: tuple[int, int], end: tuple[int, int], steps: int = 12) -> None:
        """Press the left button at one place, go to the other as a hand does, and let go."""
        self.xdotool("mousemove", *start)
        self.xdotool("mousedown", 1)
        for step in range(1, steps + 1):
            part = step / steps
            x, y = (round(a + (b - a) * part) for a, b in zip(start, end, strict=True))
            self.xdotool("mousemove", x, y)
            time.sleep(0.03)  # the hand's pace: a drag begins by moving, and the target has to answer
        time.sleep(0.2)
        self.xdotool("mouseup", 1)

    def picture(self, path: Path) -> None:
        """Write what the display shows (needs ImageMagick)."""
        subprocess.run(["import", "-window", "root", str(path)], env=self.environment, check=True, timeout=30)

    def close(self) -> None:
        """End every program that was started here, newest first."""
        for process in reversed(self._started):
            process.terminate()
        for process in reversed(self._started):
            try:
                process.communicate(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.communicate()


@contextmanager
def desktop(home: Path, size: str = "1600x1000") -> Iterator[Desktop]:
    """A desktop of that size for the length of a with statement."""
    reader, writer = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{size}x24", "-nolisten", "tcp"],
        pass_fds=[writer],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(writer)
    with os.fdopen(reader) as answer:
        display = f":{answer.readline().strip()}"
    desk = Desktop(display, home)
    try:
        desk.start("openbox")
        yield desk
    finally:
        desk.close()
        server.terminate()
        server.wait(10)


def wait_for(found: Callable[[], T], what: str, seconds: float = 30.0) -> T:
    """The first true answer; fails with what was waited for."""
    deadline = time.monotonic() + seconds
    while not (answer := found()):
        assert time.monotonic() < deadline, f"waited {seconds:g} s for {what}"
        time.sleep(0.1)
    return answer

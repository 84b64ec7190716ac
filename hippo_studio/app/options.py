"""What the command line asks of the studio. Free of Qt, so that `hippo-studio --help` stays quick."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

TABS = ("memory",)
THEMES = ("system", "light", "dark")
AFTER = (
    "where the playhead of the screenshot stands, in seconds of the signal (not of waiting: the same command "
    "gives the same picture on any machine); two thirds through if left out"
)
SPEEDS = (0.1, 16.0)
"""Slowest and fastest playing speed, in seconds of signal per second."""


@dataclass(frozen=True)
class StudioOptions:
    """One start of the studio; contradictions are refused here, before any window exists.

    Attributes
    ----------
    files : signals to open, the last one becomes current; none opens the bundled speech sample.
    play : start playing as soon as the signal is there.
    speed : playing speed, 0.1 to 16 times; None keeps the last one used.
    screenshot : write the whole window to this PNG and quit.
    after : where the playhead of the screenshot stands, in seconds of the signal; None: two thirds through.
    theme : light, dark or system; None keeps the setting.
    tab : the tab to show.
    size : width and height of the window in device-independent pixels.
    profile_seconds : play for so long, measure frames and event loop, and quit.
    report : where the profile is written, JSON.
    """

    files: tuple[Path, ...] = ()
    play: bool = False
    speed: float | None = None
    screenshot: Path | None = None
    after: float | None = None
    theme: str | None = None
    tab: str = "memory"
    size: tuple[int, int] | None = None
    profile_seconds: float | None = None
    report: Path | None = None

    def __post_init__(self) -> None:
        if self.tab not in TABS:
            raise ValueError(f"the studio has no tab {self.tab!r}; there is: {', '.join(TABS)}")
        if self.theme is not None and self.theme not in THEMES:
            raise ValueError(f"theme must be one of {', '.join(THEMES)}; received {self.theme!r}")
        if self.speed is not None and not SPEEDS[0] <= self.speed <= SPEEDS[1]:
            raise ValueError(f"speed must lie between {SPEEDS[0]} and {SPEEDS[1]:g}; received {self.speed!r}")
        if self.after is not None and not (math.isfinite(self.after) and self.after >= 0):
            raise ValueError(f"--after must be seconds, 0 or more; received {self.after!r}")
        if self.profile_seconds is not None and not (
            math.isfinite(self.profile_seconds) and self.profile_seconds > 0
        ):
            raise ValueError(f"--profile must be seconds above 0; received {self.profile_seconds!r}")
        if self.report is not None and self.profile_seconds is None:
            raise ValueError("--report goes with --profile SECONDS, which is missing")
        if self.screenshot is not None and self.profile_seconds is not None:
            raise ValueError("--screenshot and --profile exclude each other: a grab would disturb the timing")
        if self.screenshot is None and self.after is not None:
            raise ValueError("--after goes with --screenshot OUT.png, which is missing")
        if self.size is not None and not all(200 <= side <= 16384 for side in self.size):
            raise ValueError(f"--size must be WIDTHxHEIGHT between 200 and 16384; received {self.size!r}")


def options_from(argv: Sequence[str]) -> StudioOptions:
    """The options in a command line such as `--theme dark --play speech.flac`.

    Raises ValueError, one sentence, for what is not understood; `--help` prints and exits.
    """
    parser = _Parser(prog="hippo-studio-window", description="Watch a HiPPO memory remember a signal.")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="signals or folders to open")
    parser.add_argument("--play", action="store_true", help="start playing")
    parser.add_argument("--speed", type=float, metavar="X", help="seconds of signal per second, 0.1 to 16")
    parser.add_argument("--theme", help="light, dark or system")
    parser.add_argument("--tab", default="memory", help="the tab to show: memory")
    parser.add_argument("--size", metavar="WxH", help="size of the window, as in 1920x1080")
    parser.add_argument("--screenshot", type=Path, metavar="OUT.png", help="write the window and quit")
    parser.add_argument("--after", type=float, metavar="SECONDS", help=AFTER)
    parser.add_argument(
        "--profile", type=float, metavar="SECONDS", dest="profile_seconds", help="play, time frames, quit"
    )
    parser.add_argument("--report", type=Path, metavar="OUT.json", help="where the profile goes")
    values = vars(parser.parse_args(argv))
    values["size"] = parse_size(values["size"]) if values["size"] else None
    return StudioOptions(**{**values, "files": tuple(values["files"])})


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ValueError(f"{message}; see --help")


def parse_size(text: str) -> tuple[int, int]:
    """Width and height from text such as `1920x1080`."""
    width, cross, height = text.lower().replace("×", "x").partition("x")
    if not (cross and width.strip().isdecimal() and height.strip().isdecimal()):
        raise ValueError(f"a window size is written WIDTHxHEIGHT, as in 1920x1080; received {text!r}")
    return int(width), int(height)

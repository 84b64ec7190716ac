"""What the command line asks of the studio. Free of Qt, so that `hippo-studio --help` stays quick."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hippo_studio.app.widgets.picture_formats import PICTURES
from hippo_studio.app.widgets.quantities import checked_rate

TABS = ("memory", "train")
THEMES = ("system", "light", "dark")
SPEEDS = (0.1, 16.0)
"""Slowest and fastest playing speed, in seconds of signal per second."""


@dataclass(frozen=True)
class StudioOptions:
    """One start of the studio; contradictions are refused here, before any window exists.

    Attributes
    ----------
    files : signals to open, the last one becomes current; none opens the bundled speech sample.
    stream : the address of a live stream to open; empty for none.
    history : seconds of a stream that are held; None: as last time.
    sample_rate : samples per second of these files, in Hz; None: as they say.
    play : start playing as soon as the signal is there.
    speed : playing speed, 0.1 to 16 times; None: 1, or what was used last.
    screenshot : write the whole window to this PNG and quit.
    after : where the playhead of the screenshot stands, in seconds of the signal, not of waiting: the same
        options give the same picture on any machine; None: two thirds through.
    animation : write the live view as a moving picture, MP4 or GIF, at `speed` and of `size`, and quit.
    start, stop : of the animation, in seconds of the signal; None: from the beginning, to the end.
    fps : frames per second of the animation; None: 30, of a GIF 25.
    theme : light, dark or system; None keeps the setting.
    tab : the tab to show.
    size : width and height of the window in device-independent pixels.
    measures, order, theta : what the Memory tab shows, as `MemoryState` has it; empty or None: what suits the
        signal, or was used last.
    profile_seconds : play for so long, measure frames and event loop, and quit.
    report : where the profile is written, JSON.
    train : a CONFIG.toml, what to train as soon as the window stands; a screenshot waits for its end.
    """

    files: tuple[Path, ...] = ()
    stream: str = ""
    history: float | None = None
    sample_rate: float | None = None
    play: bool = False
    speed: float | None = None
    screenshot: Path | None = None
    after: float | None = None
    animation: Path | None = None
    start: float | None = None
    stop: float | None = None
    fps: float | None = None
    theme: str | None = None
    tab: str = "memory"
    size: tuple[int, int] | None = None
    plot: str | None = None
    measures: tuple[str, ...] = ()
    order: int | None = None
    theta: float | None = None
    profile_seconds: float | None = None
    report: Path | None = None
    train: Path | None = None

    def __post_init__(self) -> None:
        if self.tab not in TABS:
            raise ValueError(f"the studio has no tab {self.tab!r}; there is: {', '.join(TABS)}")
        if self.theme is not None and self.theme not in THEMES:
            raise ValueError(f"theme must be one of {', '.join(THEMES)}; received {self.theme!r}")
        if self.sample_rate is not None:
            checked_rate(self.sample_rate)
            if not self.files:
                raise ValueError("--sample-rate goes with a FILE, which is missing")
        if self.history is not None:
            if not 1 <= self.history <= 3600:
                raise ValueError(f"--history must be from 1 to 3600 seconds; received {self.history!r}")
            if not self.stream:
                raise ValueError("--history goes with a live stream, which is missing")
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
        self._check_screenshot()
        self._check_animation()
        least = 200 if self.plot is None else 20
        if self.size is not None and not all(least <= side <= 16384 for side in self.size):
            received = "x".join(map(str, self.size))
            raise ValueError(f"--size must be WIDTHxHEIGHT, each from {least} to 16384; received {received}")
        if self.preset:
            from hippo_studio.app.memory.state import MemoryState

            MemoryState.from_dict(self.preset)  # what cannot be is refused in its words

    def _check_screenshot(self) -> None:
        if self.screenshot is None:
            given = {"--after": self.after, "--plot": self.plot}
            if lonely := [name for name, value in given.items() if value is not None]:
                raise ValueError(f"{lonely[0]} goes with --screenshot OUT.png, which is missing")
            return
        suffix = self.screenshot.suffix.lower()
        if self.plot is None and suffix != ".png":
            raise ValueError(f"--screenshot writes a PNG; end the name {self.screenshot} in .png")
        if self.plot is not None and suffix not in PICTURES:
            known = ", ".join(PICTURES)
            raise ValueError(f"a plot is written as one of {known}; received {self.screenshot}")

    def _check_animation(self) -> None:
        if self.animation is None:
            given = {"--from": self.start, "--to": self.stop, "--fps": self.fps}
            if lonely := [name for name, value in given.items() if value is not None]:
                raise ValueError(f"{lonely[0]} goes with --animation OUT.mp4, which is missing")
            return
        if self.screenshot is not None or self.profile_seconds is not None:
            raise ValueError("--animation, --screenshot and --profile exclude each other; choose one")
        from hippo_studio.app.film.shot import SIZES, Shot
        from hippo_studio.export.animation import refuse_unfit_animation

        least = 0.0 if self.start is None else self.start
        shot = Shot(least, math.nextafter(least, math.inf) if self.stop is None else self.stop)
        fps = 25.0 if self.fps is None else self.fps
        refuse_unfit_animation(self.animation, self.size or SIZES[0], fps)
        Shot(shot.start, shot.stop, self.speed or 1.0, fps, self.size or SIZES[0])

    @property
    def unattended(self) -> bool:
        """Whether nobody looks: the studio does one thing, and quits."""
        return bool(self.screenshot or self.animation or self.profile_seconds)

    @property
    def preset(self) -> dict[str, Any]:
        """What to lay over the choices of the Memory tab; empty if nothing was asked."""
        asked = {"measures": self.measures or None, "order": self.order, "theta": self.theta}
        if self.profile_seconds is not None:
            asked["follow"] = "waveform"  # a profile plays every sample, however little of them N can hold
        return {name: value for name, value in asked.items() if value is not None}


def parse_measures(text: str) -> tuple[str, ...]:
    """Names of measures from text such as `legt,legs`."""
    return tuple(name.strip().lower() for name in text.split(",") if name.strip())


def parse_size(text: str) -> tuple[int, int]:
    """Width and height from text such as `1920x1080`."""
    width, cross, height = text.lower().replace("×", "x").partition("x")
    if not (cross and width.strip().isdecimal() and height.strip().isdecimal()):
        raise ValueError(f"a window size is written WIDTHxHEIGHT, as in 1920x1080; received {text!r}")
    return int(width), int(height)

"""What an animation shows, and the frames of it, computed one after the other, off the live clock.

Free of Qt. Frame k of a shot shows the playhead at `start + k · speed / rate` seconds of the signal: the same
shot gives the same frames on any machine, however slow.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from hippo_studio.app.memory.frame import Frame, Recollection, compose
from hippo_studio.app.memory.playhead import PlayheadMemory
from hippo_studio.app.memory.source import Source
from hippo_studio.app.memory.state import Memory, MemoryState
from hippo_studio.app.memory.survey import Story, Survey
from hippo_studio.app.options import SPEEDS

SIZES = ((1280, 720), (1920, 1080), (854, 480), (1080, 1080), (3840, 2160))
RATES = (60, 50, 30, 25, 24, 20, 12, 10)
"""Frames per second that are offered."""
LEAST_SIZE = (480, 360)
"""Below it the axes and captions leave no room for curves."""
_SURVEY_SLICE = 0.05  # seconds between two looks at whether the animation is still wanted


class Context(Protocol):
    """The part of a job that a shot needs."""

    @property
    def cancelled(self) -> bool:
        """Whether nobody wants the result any more."""

    def check(self) -> None:
        """Raise if nobody wants the result any more."""

    def report(self, fraction: float | None, text: str = "") -> None:
        """Tell how far it is."""


@dataclass(frozen=True)
class Shot:
    """From when to when of a signal, in seconds, how fast, and how the pictures look.

    `rate` is frames per second of the animation, `size` width and height in pixels, `theme` light or dark.
    Raises ValueError, one sentence, for what cannot be.
    """

    start: float
    stop: float
    speed: float = 1.0
    rate: float = 30.0
    size: tuple[int, int] = SIZES[0]
    theme: str = "light"

    def __post_init__(self) -> None:
        if not (math.isfinite(self.stop) and 0 <= self.start < self.stop):
            raise ValueError(
                "an animation goes from a time of the signal to a later one; "
                f"received {self.start:g} to {self.stop:g} s"
            )
        if not SPEEDS[0] <= self.speed <= SPEEDS[1]:
            raise ValueError(f"speed must lie between {SPEEDS[0]} and {SPEEDS[1]:g}; received {self.speed!r}")
        if not 1 <= self.rate <= 120:
            raise ValueError(f"an animation has 1 to 120 frames per second; received {self.rate!r}")
        if any(side < least for side, least in zip(self.size, LEAST_SIZE, strict=True)):
            raise ValueError(
                f"an animation is at least {LEAST_SIZE[0]}×{LEAST_SIZE[1]} pixels; "
                f"received {self.size[0]}×{self.size[1]}"
            )
        if self.theme not in ("light", "dark"):
            raise ValueError(f"an animation's theme is light or dark; received {self.theme!r}")

    @property
    def seconds(self) -> float:
        """How long it plays."""
        return self.frames / self.rate

    @property
    def frames(self) -> int:
        """How many pictures it has."""
        return max(round((self.stop - self.start) * self.rate / self.speed), 1)

    def positions(self, source: Source) -> list[int]:
        """Samples seen at each frame, (frames,)."""
        times = self.start + np.arange(self.frames) * (self.speed / self.rate)
        return np.rint(times * source.sample_rate).astype(np.int64).clip(0, source.length).tolist()


def takes(
    shot: Shot,
    state: MemoryState,
    source: Source,
    columns: Callable[[], int],
    show_stories: Callable[[tuple[Story, ...]], None],
    context: Context,
    survey_share: float,
) -> Iterator[Frame]:
    """Each picture's numbers in turn; before the first, the whole signal is surveyed for its stories.

    `columns` is the width of the past in pixels. `show_stories` gets the stories, one more each time: to draw
    them all would hold up the window. `survey_share` is what of the progress the survey is.
    """
    if not source.pyramid.built:
        source.pyramid.build(cancelled=lambda: context.cancelled)
    memories = state.memories()
    survey = Survey(memories, source)
    while not survey.step(_SURVEY_SLICE, lambda: context.cancelled):
        context.check()
        context.report(survey_share * survey.fraction)
    stories = survey.stories()
    for count in range(len(stories)):
        show_stories(stories[: count + 1])
    moving = [_made(memory, source) for memory in memories]
    for number, position in enumerate(shot.positions(source), 1):
        context.check()
        moving = [_moved(one, position, survey, context) for one in moving]
        yield compose(number, state, source, position, tuple(moving), columns())


def _made(memory: Memory, source: Source) -> PlayheadMemory | Recollection:
    try:
        return PlayheadMemory(memory, source)
    except ValueError as error:
        return Recollection(memory, str(error))


def _moved(
    moving: PlayheadMemory | Recollection, position: int, survey: Survey, context: Context
) -> PlayheadMemory | Recollection:
    if isinstance(moving, Recollection):
        return moving
    try:
        moving.move_to(position, survey.checkpoints(moving.memory), lambda _: not context.cancelled)
    except ValueError as error:
        return Recollection(moving.memory, str(error))
    context.check()
    return moving

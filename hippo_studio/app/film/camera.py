"""The camera: frames are computed and encoded in a job, and painted by the GUI thread, one each turn.

The job asks for a picture, encodes the one before meanwhile, and waits. The window goes on as always: nothing
of the live view is used but the choices that were in force when the animation began.
"""

from __future__ import annotations

import queue
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PyQt6.QtCore import QObject, Qt, pyqtSignal
from PyQt6.QtWidgets import QWidget

from hippo_studio.app.film.shot import Shot, takes
from hippo_studio.app.film.stage import Stage
from hippo_studio.app.jobs import JobContext
from hippo_studio.app.labels.editing import Regions
from hippo_studio.app.memory.frame import Frame
from hippo_studio.app.memory.source import Source
from hippo_studio.app.memory.state import MemoryState
from hippo_studio.app.memory.survey import Story
from hippo_studio.app.services import Services
from hippo_studio.app.widgets.plots import raster
from hippo_studio.signals import Signal

KEY = "animation"
Pictures = queue.SimpleQueue[NDArray[np.uint8] | Exception]
_SURVEY_SHARE = 0.1
_LOOK = 0.1  # seconds between two looks at whether a picture that is awaited is still wanted
LONGEST_SOUND = 1800.0
"""Seconds up to which an animation sounds: its sound is held in memory."""


class Camera(QObject):
    """Films one shot at a time. `busy` tells whether it does."""

    _asked = pyqtSignal(object)
    _stories_there = pyqtSignal(object)

    def __init__(self, services: Services, window: QWidget) -> None:
        super().__init__(window)
        self._services, self._window = services, window
        self._stage: Stage | None = None
        self._pictures: Pictures | None = None
        self._asked.connect(self._paint, Qt.ConnectionType.QueuedConnection)
        self._stories_there.connect(self._show_stories, Qt.ConnectionType.QueuedConnection)

    @property
    def busy(self) -> bool:
        """Whether an animation is being made."""
        return self._stage is not None

    def film(
        self,
        path: Path,
        shot: Shot,
        state: MemoryState,
        source: Source,
        signal: Signal | None,
        *,
        regions: Regions = (),
        done: Callable[[], None],
        failed: Callable[[Exception], None],
        progress: Callable[[float | None, str], None] | None = None,
    ) -> None:
        """Make the animation in the background; `signal` is what it sounds like, None for silence.

        `regions` are its labels, on the clock of the source.
        """
        if self.busy:
            failed(ValueError("An animation is being made already; wait for it, or cancel it below."))
            return
        pictures: Pictures = queue.SimpleQueue()
        self._pictures = pictures
        stage = self._stage = Stage(shot, state, source, self._window, regions)

        def work(context: JobContext) -> None:
            from hippo_studio.export.animation import writing_animation

            raster.prepare(context.check)
            sound = None if signal is None or path.suffix.lower() != ".mp4" else track(signal, shot, state)
            waiting: NDArray[np.uint8] | None = None
            with writing_animation(path, shot.size, shot.rate, sound) as append:
                every = takes(
                    shot,
                    state,
                    source,
                    lambda: stage.columns,
                    lambda stories: self._stories_there.emit((pictures, stories)),
                    context,
                    _SURVEY_SHARE,
                )
                for number, frame in enumerate(every):
                    self._asked.emit((pictures, frame))
                    if waiting is not None:
                        append(waiting)
                    waiting = _awaited(pictures, context)
                    context.report(_SURVEY_SHARE + (1 - _SURVEY_SHARE) * (number + 1) / shot.frames)
                append(waiting)

        self._services.jobs.submit(
            KEY,
            work,
            done=lambda _: self._end(done),
            failed=lambda error: self._end(lambda: failed(error)),
            progress=progress,
            title=f"Making {path.name}",
            cancel=self.cancel,
        )

    def cancel(self) -> None:
        """Give up what is being filmed; no file is left."""
        if self.busy:
            self._services.jobs.cancel(KEY)
            self._end(lambda: self._services.messages.status("Animation cancelled"))

    def _show_stories(self, told: tuple[Pictures, tuple[Story, ...]]) -> None:
        pictures, stories = told
        if self._stage is not None and pictures is self._pictures:
            self._stage.show_stories(stories)

    def _paint(self, asked: tuple[Pictures, Frame]) -> None:
        pictures, frame = asked
        if self._stage is None or pictures is not self._pictures:
            return  # cancelled meanwhile
        try:
            pictures.put(self._stage.paint(frame))
        except Exception as error:  # raised again in the job, which would wait for ever
            pictures.put(error)

    def _end(self, then: Callable[[], None]) -> None:
        if self._stage is not None:
            self._stage.hide()
            self._stage.deleteLater()
            self._stage = None
        then()


def silence_because(signal: Signal | None, shot: Shot) -> str:
    """Why an animation has no sound, in words; empty if it can have."""
    from hippo_studio.signals.capture import silence_reason

    if signal is None:
        return "there is no signal"
    if shot.speed != 1:
        return "it sounds at 1× alone"
    if shot.seconds > LONGEST_SOUND:
        return f"it is longer than {LONGEST_SOUND / 60:g} minutes"
    return silence_reason(signal.sample_rate, 1.0)


def track(signal: Signal, shot: Shot, state: MemoryState):
    """The sound of the channel that is shown, no louder than full scale; None if there can be none."""
    if silence_because(signal, shot):
        return None
    from hippo_studio.export.animation import SoundTrack

    index = signal.channel_names.index(state.channel) if state.channel in signal.channel_names else 0
    first, last = (round(second * signal.sample_rate) for second in (shot.start, shot.stop))
    samples = np.asarray(signal.samples[index, first:last], np.float32)
    loudest = float(np.abs(samples).max(initial=0.0))
    return SoundTrack(samples / max(loudest, 1.0), signal.sample_rate)


def _awaited(pictures: Pictures, context: JobContext) -> NDArray[np.uint8]:
    while True:
        try:
            picture = pictures.get(timeout=_LOOK)
        except queue.Empty:
            context.check()
            continue
        if isinstance(picture, Exception):
            raise picture
        return picture

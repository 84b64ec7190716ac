"""The memories at work: one thread that always answers the newest request, and surveys in its spare time.

Free of Qt. The GUI thread calls `request` as often as it likes; a request lies in a place for one, where a
newer one takes its place, so nothing ever queues up. The answer, a `Frame`, lies in a place for one as well.
A request that only moves the playhead on lets the work before it finish, however far it has to catch up; one
that asks for another signal, other memories, or another place ends that work within a few milliseconds, and
what it had is not shown.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from hippo_studio.app.memory.frame import Frame, Recollection, compose
from hippo_studio.app.memory.playhead import PlayheadMemory
from hippo_studio.app.memory.preparation import WORTH_IT, Preparation
from hippo_studio.app.memory.request import Request
from hippo_studio.app.memory.source import Source
from hippo_studio.app.memory.spare_time import SpareTime
from hippo_studio.app.memory.state import Memory
from hippo_studio.app.memory.survey import Story, Survey
from hippo_studio.signals.file_samples import SamplesLostError

_FLAT_OUT_SLICE = 0.009  # of a frame's 16 ms: the rest draws it


class LiveMemory:
    """The worker; `close` it in the end. `answered` is called on its thread after each answer.

    Attributes
    ----------
    frame : the newest answer, None until there is one.
    stories : what the survey knows; replaced as it grows.
    progress : how much of a long way to the playhead is done, 0 to 1; None when there is no long way.
    spare : when the survey may work; whoever paints says when.
    failure : an exception that nobody expected, with the request that it belongs to; the worker goes on.
    """

    def __init__(self, answered: Callable[[], None] = lambda: None) -> None:
        self._tell_answered = answered
        self.frame: Frame | None = None
        self.stories: tuple[Story, ...] = ()
        self.progress: float | None = None
        self.failure: Exception | None = None
        self._wake = threading.Condition()
        self._newest: Request | None = None
        self._taken: Request | None = None
        self._count = 0
        self._closed = False
        self._memories: dict[Memory, PlayheadMemory | Recollection] = {}
        self._survey: Survey | None = None
        self._preparation: Preparation | None = None
        self.spare = SpareTime()
        self._stride = 4096
        self._thread = threading.Thread(target=self._work, name="live memory", daemon=True)
        self._thread.start()

    def request(self, request: Request) -> int:
        """Ask for a picture; returns its number, which the answering frame carries."""
        with self._wake:
            if self._closed:
                raise RuntimeError("this live memory is closed")
            self._count += 1
            self._newest = replace(request, number=self._count)
            self._wake.notify_all()
            return self._count

    @property
    def answered(self) -> bool:
        """Whether the newest request has its frame (or its failure)."""
        with self._wake:
            return self._newest is None and self._taken is None

    @property
    def idle(self) -> bool:
        """Whether nothing is left to do, survey included."""
        with self._wake:
            busy = self._newest is not None or self._taken is not None
            return not (busy or self._preparing or self._survey_due())

    @property
    def prepared(self) -> bool:
        """Whether everything is made that the first moves of the newest memories would wait for."""
        with self._wake:
            survey, made = self._survey, self._preparation is not None and self._preparation.finished
            return made or survey is None or survey.finished or survey.source.length < WORTH_IT

    def close(self, patience: float = 5.0) -> bool:
        """End the thread; True if it ended in time. May be called twice."""
        with self._wake:
            self._closed = True
            self._wake.notify_all()
        preparation = self._preparation
        if preparation is not None:
            preparation.stop()
        self._thread.join(patience)
        ended = not self._thread.is_alive()
        return ended and (preparation is None or preparation.join(patience))

    def wait(self, patience: float = 10.0) -> bool:
        """Wait until the newest request is answered, at most so many seconds; True if it was."""
        with self._wake:
            return self._wake.wait_for(lambda: self._newest is None and self._taken is None, patience)

    def _work(self) -> None:
        while True:
            request = self._next()
            if self._closed:
                return
            try:
                if request is None:
                    self._survey_on()
                else:
                    self._answer(request)
            except Exception as error:  # told by the GUI thread; the worker lives on
                self.failure = error
                if request is None:
                    self._survey = None
            finally:
                self.progress = None
                with self._wake:
                    self._taken = None
                    self._wake.notify_all()
                if request is not None and not self._closed:
                    self._tell_answered()

    def _next(self) -> Request | None:
        """Wait for something to do: a request, or None when it is time to survey."""
        with self._wake:
            while self._newest is None and not self._closed:
                surveying = self._survey_due() and not self._preparing
                pause = self.spare.pause() if surveying else None
                if pause is not None and pause <= 0:
                    break
                self._wake.wait(pause)
            request, self._newest = self._newest, None
            self._taken = request
            return request

    def _answer(self, request: Request) -> None:
        memories = request.state.memories()
        if self.frame is None or self.frame.source is not request.source:
            self._show_signal(request, memories)
        self._prepare(memories, request.source)
        self._build_moments(request.source)
        started = time.perf_counter()
        if not self._move(request, memories, request.position):
            return
        position = request.position
        if request.until is not None:
            position = self._run_on(request, memories)
        spent = (time.perf_counter() - started) * 1e6
        moved = tuple(self._memories[memory] for memory in memories)
        frame = compose(
            request.number, request.state, request.source, position, moved, request.columns, spent
        )
        if not self._superseded(request):
            self.frame = frame

    def _show_signal(self, request: Request, memories: tuple[Memory, ...]) -> None:
        """The signal alone, at once: memories may have to be compiled, or have a long way to go."""
        silent = tuple(Recollection(memory) for memory in memories)
        self.frame = compose(0, request.state, request.source, request.position, silent, request.columns)

    def _prepare(self, memories: tuple[Memory, ...], source: Source) -> None:
        """Make the memories that are not there yet, and forget those that are not asked for."""
        survey = self._survey
        same_source = survey is not None and survey.source is source
        if same_source and survey.memories == memories:
            return
        kept = self._memories if same_source else self._carried_over(source)
        self._memories = {memory: kept.get(memory) or self._make(memory, source) for memory in memories}
        begins = {
            memory: moving.begins
            for memory, moving in self._memories.items()
            if isinstance(moving, PlayheadMemory) and moving.begins is not None
        }
        self._survey = Survey(memories, source, earlier=survey, begins=begins)
        if self._survey.finished:  # with fewer memories there is nothing left to survey, but less to show
            self.stories = self._survey.stories()
        if self._preparation is not None:
            self._preparation.stop()
            self._preparation = None
        self._plan_preparation()
        self.spare.begin_anew()

    def _plan_preparation(self) -> None:
        survey = self._survey
        if survey is not None and not survey.finished and survey.source.length >= WORTH_IT:
            moving = (moved for moved in self._memories.values() if isinstance(moved, PlayheadMemory))
            self._preparation = Preparation(tuple(moving), self._look_again)

    def _carried_over(self, source: Source) -> dict[Memory, PlayheadMemory | Recollection]:
        """The memories of a source that this one continues: their past is the same."""
        survey = self._survey
        if survey is None or source.continues is not survey.source:
            return {}
        return {
            memory: moving
            for memory, moving in self._memories.items()
            if isinstance(moving, PlayheadMemory) and moving.carry_over(source, survey.checkpoints(memory))
        }

    def _build_moments(self, source: Source) -> None:
        """A short signal's sums are there before its first picture; a long one's come with the survey."""
        end = time.perf_counter() + 0.008
        while not source.moments.build() and time.perf_counter() < end:
            pass

    def _make(self, memory: Memory, source: Source) -> PlayheadMemory | Recollection:
        try:
            return PlayheadMemory(memory, source)
        except ValueError as error:
            return Recollection(memory, str(error))

    def _move(self, request: Request, memories: tuple[Memory, ...], position: int) -> bool:
        """Put every memory at a position; False if a newer request made that pointless."""
        started = time.perf_counter()
        for index, memory in enumerate(memories):
            moving = self._memories[memory]
            if isinstance(moving, Recollection):
                continue

            def wanted(fraction: float, index: int = index) -> bool:
                if time.perf_counter() - started > 0.1:
                    self.progress = (index + fraction) / len(memories)
                return not self._superseded(request)

            checkpoints = self._survey.checkpoints(memory) if self._survey else None
            try:
                if self._preparation is not None:
                    self._preparation.spare(moving)
                if not moving.move_to(position, checkpoints, wanted):
                    return False
            except ValueError as error:
                self._memories[memory] = Recollection(memory, str(error))
                if isinstance(error, SamplesLostError):  # no matter of the memory: the person should know
                    self.failure = error
        return not self._superseded(request)

    def _run_on(self, request: Request, memories: tuple[Memory, ...]) -> int:
        """As fast as possible: one stride, as long as fits into a frame."""
        assert request.until is not None
        stop = min(request.position + self._stride, request.until, request.source.length)
        started = time.perf_counter()
        self._move(request, memories, stop)
        factor = _FLAT_OUT_SLICE / max(time.perf_counter() - started, 1e-5)
        self._stride = max(int(self._stride * min(max(factor, 0.5), 2.0)), 256)
        return stop

    def _superseded(self, request: Request) -> bool:
        newest = self._newest
        return self._closed or (newest is not None and newest.supersedes(request))

    @property
    def _preparing(self) -> bool:
        preparation = self._preparation
        return preparation is not None and preparation.begun and not preparation.finished

    def _look_again(self) -> None:
        """Called on another thread: there may be something to do."""
        with self._wake:
            self._wake.notify_all()

    def _survey_due(self) -> bool:
        return self._survey is not None and not self._survey.finished

    def _survey_on(self) -> None:
        """One slice of the survey; before its first, what it and the playhead need is made elsewhere."""
        survey = self._survey
        if self._preparation is None:  # of a live source there was nothing to survey at first
            self._plan_preparation()
        if self._preparation is not None and not self._preparation.begun:
            self._preparation.begin()
        elif survey is not None:
            survey.step(self.spare.slice(), lambda: self._newest is not None)
            self.spare.worked()
            self.stories = survey.stories()

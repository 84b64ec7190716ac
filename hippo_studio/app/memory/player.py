"""The heartbeat: asks the live memory for the picture at the playhead, sixty times a second, and shows it.

It beats only while there is something to do. Nothing here waits: a picture that is not ready at its beat is
shown when it comes, and one that nobody wants any more is not shown at all.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable

from PyQt6.QtCore import QObject, Qt, QTimer, pyqtSignal

from hippo_studio.app.after_painting import AfterPainting
from hippo_studio.app.memory.frame import Frame, Recollection, compose
from hippo_studio.app.memory.live import LiveMemory
from hippo_studio.app.memory.pace import Pace
from hippo_studio.app.memory.request import Request
from hippo_studio.app.memory.source import Source
from hippo_studio.app.memory.state import MemoryState
from hippo_studio.app.transport import Transport

_GRAIN = 1 / 750
"""Seconds of playing time whose samples, rounded to a power of two, positions are multiples of."""
_UNWATCHED = 0.25
"""Seconds between two beats while nobody looks: the playhead keeps its place, and the cores are free."""
_STORIES_EVERY, _STORIES_EVERY_PLAYING = 0.08, 0.5
"""Seconds between two pictures of a survey that is still at work."""


class Player(QObject):
    """`frame_ready(Frame)` and `stories_ready(tuple)` carry what to show; `progress(fraction)` how far a long
    way to the playhead is, −1 when there is none; `failed(Exception)` what nobody expected; `rested()` when
    the heart stops beating.
    """

    frame_ready = pyqtSignal(object)
    stories_ready = pyqtSignal(tuple)
    progress = pyqtSignal(float)
    failed = pyqtSignal(Exception)
    rested = pyqtSignal()
    _answered = pyqtSignal()

    def __init__(
        self, transport: Transport, state: MemoryState, columns: Callable[[], int], parent: QObject
    ) -> None:
        super().__init__(parent)
        self._answered.connect(self._look, Qt.ConnectionType.QueuedConnection)
        self.live = LiveMemory(self._answered.emit)
        self.frame_times: deque[float] = deque(maxlen=4096)
        self._transport, self._columns = transport, columns
        self._state, self._memories = state, state.memories()
        self._source: Source | None = None
        self._asked: tuple[MemoryState, Source, int, int, int | None, int] | None = None
        self._frame: Frame | None = None
        self._answer: Frame | None = None  # the newest of the live memory's frames that was looked at
        self._stories: tuple = ()
        self._stories_shown = 0.0
        self._progress = -1.0
        self._running: int | None = None  # the request that runs on as fast as possible
        self._jumps = 0  # how often the playhead was moved by hand
        self._pace = Pace()
        self._painted = AfterPainting(self._go_on, self)
        self._alone = (-1, 0)  # jumps, and the position of the signal when it was shown alone
        self._watched = True
        self._late = False  # whether a picture was not there at its beat
        self._timer = QTimer(self, singleShot=True)
        self._timer.setObjectName("heartbeat")
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.beat)
        self._unsubscribe = transport.subscribe(self._moved)

    @property
    def frame(self) -> Frame | None:
        """The frame shown last."""
        return self._frame

    def set_state(self, state: MemoryState) -> None:
        """Show with these choices from now on."""
        self._state, self._memories = state, state.memories()
        self.wake()

    def set_source(self, source: Source | None) -> None:
        """Listen to another source; None to none."""
        self._source, self._frame, self._answer = source, None, None
        self.wake()

    def refresh(self) -> None:
        """Ask for the same picture once more: something that it shows is known better now."""
        self._asked = None
        self.wake()

    def wake(self) -> None:
        """Beat, until nothing is left to do."""
        if self._source is not None and not self._timer.isActive():
            self._wait(self._pace.begin())

    def watch(self, watched: bool) -> None:
        """Beat for somebody who looks, or hardly at all."""
        self._watched = watched
        if watched and self._timer.isActive():
            self._wait(self._pace.begin())

    def beat(self) -> None:
        """One beat: move the playhead, ask for its picture, show the newest there is."""
        if self._transport.playing:
            self._pace.wait_out(0.001)
        self._transport.advance()
        if self._source is None:
            self._timer.stop()
            return
        wait = self._pace.beat()
        self._keep_off(time.perf_counter())
        self._wait(wait if self._watched or self._transport.flat_out else _UNWATCHED)
        if self._show_newest():
            return
        self._late = self._transport.playing and self._awaits()
        if self._late:
            self._show_signal_alone()
            return
        if not self._painted.due:
            self._go_on()
        if not self._transport.playing and self.live.idle and not self._collect():
            self._timer.stop()
            self.rested.emit()

    def close(self) -> bool:
        """End the worker; True if it ended in time."""
        self._timer.stop()
        self._unsubscribe()
        self._source = None
        return self.live.close()

    def _wait(self, seconds: float) -> None:
        self._timer.start(max(int(1e3 * seconds), 0))

    def _look(self) -> None:
        """A picture has come: one that missed its beat is shown at once, as one while nothing plays."""
        if self._source is not None and (self._late or not self._transport.playing):
            self._show_newest()

    def _show_newest(self) -> bool:
        """Show what has come, and ask for the next; True if there was a new picture."""
        if not self._collect():
            return False
        self._late = False
        return True

    def _go_on(self) -> None:
        """Ask for the next picture: of those that only play on, one at a time, between two paintings."""
        if not (self._transport.playing and self._awaits()):
            self._ask()
        self._keep_off(self._pace.due)

    def _keep_off(self, moment: float) -> None:
        """From a moment on, until this is called again, the survey shall leave the core to the painting."""
        self.live.spare.next_beat = moment if self._transport.playing else -math.inf

    def _show_signal_alone(self) -> None:
        """While memories that have not spoken yet are being made, the signal moves on all the same.

        A picture of samples that have to be read from the disk first is not made on this thread.
        """
        frame, source = self._frame, self._source
        if frame is None or not frame.waiting or source is None or not source.at_hand:
            return
        silent, place = tuple(Recollection(memory) for memory in self._memories), self._place()
        self._alone = self._jumps, place
        self._show(compose(0, self._state, source, place, silent, self._columns()))

    def _moved(self) -> None:
        self._running = None  # where it came to no longer counts
        self._jumps += 1
        self.wake()
        if not self._transport.playing and self.live.answered and not self._painted.due:
            self._ask()  # nobody who clicks should wait for a beat; a hand that drags on is faster than one

    def _awaits(self) -> bool:
        """Whether what was asked last is still to come, and still wanted: only the time has changed."""
        if self._asked is None or self.live.answered:
            return False
        state, source, _, columns, _, jumps = self._asked
        same = source is self._source and (columns, jumps) == (self._columns(), self._jumps)
        return same and state is self._state

    def _ask(self) -> None:
        transport, live, source, until = self._transport, self.live, self._source, None
        if source is None:
            return
        transport.advance()
        if transport.playing and transport.flat_out:
            if not live.answered:
                return
            if live.frame is not None and live.frame.number == self._running:
                transport.arrived(live.frame.position)
            until = transport.region[1] if transport.loop else transport.samples
        position = transport.position if until is not None else self._place()
        wish = (self._state, source, position, self._columns(), until, self._jumps)
        if wish != self._asked or until is not None:
            self._asked = wish
            number = live.request(Request(*wish))
            self._running = None if until is None else number

    def _place(self) -> int:
        """Where the playhead is; while it plays on, up to a millisecond before, at a whole grain of samples.

        What the memories push is then made of a few block lengths, each with tables of its own, that fit into
        a processor's cache: blocks of any length cost three times as much.
        """
        transport = self._transport
        position = transport.position
        speed = 1.0 if transport.following else transport.speed
        grain = _grain(transport.sample_rate * speed) if transport.playing else 1
        asked = self._asked[2] if self._asked is not None else 0
        whole = position - position % grain
        return asked if whole < asked <= position else whole

    def _collect(self) -> bool:
        """Show what has come; True if that is a new picture."""
        live, now = self.live, time.perf_counter()
        frame = live.frame
        fresh = frame is not self._answer and self._still_wanted(frame)
        if fresh:
            self._answer = frame
            self._painted.call()  # also where there is no time to wait: both at once take longer than in turn
            self._show(frame)
        stories = live.stories
        every = _STORIES_EVERY_PLAYING if self._transport.playing else _STORIES_EVERY
        wanted = stories is not self._stories and (now - self._stories_shown > every or live.idle)
        if wanted and all(story.memory in self._memories for story in stories):
            self._stories, self._stories_shown = stories, now
            self.stories_ready.emit(stories)
        progress = -1.0 if live.progress is None else live.progress
        if progress != self._progress:
            self._progress = progress
            self.progress.emit(progress)
        if live.failure is not None:
            failure, live.failure = live.failure, None
            self.failed.emit(failure)
        return fresh

    def _show(self, frame: Frame) -> None:
        self._frame = frame
        self.frame_times.append(time.perf_counter())
        self.frame_ready.emit(frame)

    def _still_wanted(self, frame: Frame | None) -> bool:
        return (
            frame is not None
            and frame.source is self._source
            and not (self._alone[0] == self._jumps and frame.position < self._alone[1])
            and tuple(recollection.memory for recollection in frame.recollections) == self._memories
        )


def _grain(samples_per_second: float) -> int:
    """The largest power of two that is at most `_GRAIN` of so many samples; 1 where there are few."""
    return 1 << max(int(samples_per_second * _GRAIN).bit_length() - 1, 0)

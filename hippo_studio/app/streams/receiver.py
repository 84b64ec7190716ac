"""Receiving: a live stream from its address to the signal in the list.

While it runs, the Memory tab shows a page that fills up and then moves on with the newest part, as long as
the history that was asked for; on the disk the recording grows from the first row on. Whatever ends a stream
(the person, its sender, the disk, the window) ends it with everything kept.
"""

from __future__ import annotations

import enum
import time
from collections.abc import Callable

import numpy as np
from PyQt6.QtCore import QObject, Qt, QTimer, pyqtSignal

from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.messages import Remedy
from hippo_studio.app.services import Services
from hippo_studio.app.sound.live_source import FIRST_PAGE, LiveSource, new_page
from hippo_studio.app.sound.pages import Pages
from hippo_studio.app.streams import wording
from hippo_studio.app.streams.stream_notes import ABOUT, StreamNotes, notes_of
from hippo_studio.signals.capture import RecordingFile, new_recording
from hippo_studio.signals.read_warnings import left_out_words
from hippo_studio.signals.streams import Stream, StreamError

_BEAT_MS = 16
_READ_TWICE = 20.0
"""Seconds for which it is said what becomes of a sender: the recording opens meanwhile."""
_PAGE = "stream page"
HISTORY = 60.0
"""Seconds of the past that are held and shown, where nobody asks for another time."""
MOST_HELD = 1 << 25
"""Numbers of all channels that pages hold; a history that would be longer is cut to that."""


class Phase(enum.Enum):
    """What the stream is doing."""

    OFF = "off"
    OPENING = "opening"
    LIVE = "live"
    PAUSED = "paused"


class Receiver(QObject):
    """`changed` fires when another phase or state is to be shown, `beat` as long as a stream is open."""

    changed = pyqtSignal()
    beat = pyqtSignal()
    _told = pyqtSignal(object)

    def __init__(
        self,
        memory: MemoryTab,
        services: Services,
        open_: Callable[..., None],
        keep: Callable[[RecordingFile], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._memory, self._services, self._open, self._keep = memory, services, open_, keep
        self.stream: Stream | None = None
        self.phase = Phase.OFF
        self.history = HISTORY
        self._file: RecordingFile | None = None
        self._pages = Pages(memory, services, _PAGE, self._next_page)
        self._ending: list[Stream] = []
        self._status = ""
        self._notes = StreamNotes(memory, services.messages, self._begin_anew)
        self._timer = QTimer(self)
        self._timer.setObjectName("stream")
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._told.connect(self._hear_of, Qt.ConnectionType.QueuedConnection)

    @property
    def live_title(self) -> str:
        """What the stream that is received is called; empty if there is none."""
        return self.stream.address.title if self.stream is not None else ""

    @property
    def seconds(self) -> float:
        """How much was received by now."""
        return self._file.seconds if self._file is not None else 0.0

    @property
    def page(self) -> LiveSource | None:
        """What the memories hear of it."""
        return self._pages.page

    @property
    def shown(self) -> bool:
        """Whether the Memory tab shows it."""
        return self._pages.shown

    def show(self) -> None:
        """Show it, after another signal was looked at."""
        self._pages.show()

    def receive(self, source: Stream | str, history: float = HISTORY) -> None:
        """Open an address, or go on with a stream that was opened to be looked at; another one ends."""
        if isinstance(source, str):
            try:
                stream = Stream(source)
            except StreamError as error:
                self._services.messages.error(str(error))
                return
            stream.told = lambda: self._told.emit(stream)
            stream.open()
        else:
            stream = source
            stream.told = lambda: self._told.emit(stream)
        if self.stream is not None and self.stream.address.text == stream.address.text:
            self._end()  # the same sender is read on
        self._stop()
        self._services.messages.withdraw(ABOUT)  # no button ends what is opened now
        self.stream, self.history, self.phase = stream, history, Phase.OPENING
        self._status = stream.state.status
        self._timer.start()
        self._services.messages.status(f"Opening {stream.address.title}")
        self.changed.emit()
        self._hear_of(stream)

    def pause(self, on: bool) -> None:
        """Leave out what comes, or go on."""
        if self.stream is not None and self.phase in (Phase.LIVE, Phase.PAUSED):
            self.stream.pause(on)
            self.phase = Phase.PAUSED if on else Phase.LIVE
            self._services.messages.status("Stream paused" if on else "Stream goes on")
            self.changed.emit()

    def stop(self) -> None:
        """End the stream, and say what becomes of its sender; what is piped in can be read on."""
        text = self.stream.address.text if self.stream is not None else ""
        self._stop(Remedy("Read On", lambda: self.receive(text, self.history)))

    def _stop(self, read_on: Remedy | None = None) -> None:
        stream, seconds = self.stream, self.seconds
        if stream is None:
            return
        self._end()
        remedy = read_on if stream.address.standard_input else None
        said, about = wording.stopped(stream, seconds), ABOUT if remedy else ""
        self._services.messages.info(said, remedy=remedy, about=about, seconds=_READ_TWICE)

    def _begin_anew(self) -> None:
        """Count time by the pace of now."""
        if self.stream is not None:
            self.receive(self.stream.address.text, self.history)

    def _end(self) -> None:
        """Let go of the stream; what was received opens like any other signal, at the same place."""
        stream, file = self.stream, self._file
        if stream is None:
            return
        if file is not None and self.shown:
            self._memory.stay_with(str(file.path))
        if file is not None:
            try:
                self._notes.write(stream, file)
                stream.finish()
            except OSError as error:
                self._services.messages.error(f"The end of the stream is lost: {error.strerror or error}.")
        self._let_go()
        if file is None:
            pass
        elif file.frames:
            self._keep(file)
            self._open([file.path], on_top=True)
        else:
            file.release()
        self.changed.emit()

    def close_receiver(self) -> bool:
        """End all; what was received stays on the disk. True if every reader ended in time."""
        self._timer.stop()
        self._pages.end()
        stream, file = self.stream, self._file
        self.stream, self._file, self.phase = None, None, Phase.OFF
        if stream is not None:
            self._ending.append(stream)
        ended = sum(one.close() for one in self._ending) == len(self._ending)
        if file is not None:
            file.release()
        return ended

    def _let_go(self) -> None:
        self._timer.stop()
        self._pages.end()
        self._services.messages.withdraw(ABOUT)
        self._ending = [one for one in self._ending if one.alive]
        if self.stream is not None:
            self.stream.end()
            self._ending.append(self.stream)
        self.stream, self._file, self.phase = None, None, Phase.OFF

    def _hear_of(self, stream: Stream) -> None:
        """The stream has something to tell: its rate is known, its sender went or came, or it ended."""
        if stream is not self.stream:
            return
        messages, status = self._services.messages, stream.state.status
        if self.phase is Phase.OPENING and stream.rate:
            self._begin(stream)
        if stream.failure is not None:
            kept = " What had come is kept." if self.seconds else ""
            messages.error(f"{stream.failure}{kept}")
            self._end()
        elif stream.ended:
            if self._file is None:
                messages.warning(wording.nothing_came(stream))
            else:
                messages.info(wording.ended(stream, self.seconds))
            self._end()
        elif status != self._status:
            before, self._status = self._status, status
            if sentence := wording.of_sender(stream.address, before, status):
                (messages.warning if status else messages.info)(sentence)
        self.changed.emit()

    def _begin(self, stream: Stream) -> None:
        """The rate is known: record, and show, all that has come and comes."""
        names = stream.names
        try:
            self._file = new_recording(stream.rate, stream.channels, notes_of(stream, time.time()))
            stream.record(self._file)
        except OSError as error:
            self._services.messages.error(
                f"The stream cannot be kept: {error.filename or 'the disk'}: {error.strerror or error}."
            )
            self._let_go()
            return
        self.phase = Phase.LIVE
        self._notes.begin()
        block = stream.take()
        wanted = self._memory.state.channel
        row = names.index(wanted) if wanted in names else 0
        self._pages.begin(
            new_page(
                stream.address.title,
                stream.rate,
                max(min(round(FIRST_PAGE * stream.rate), self._longest_page(stream)), 2 * len(block), 64),
                level=block[0] if len(block) else np.zeros(stream.channels),
                names=names,
                row=row,
            )
        )
        self._pages.feed(block)
        if stream.left_out:
            self._services.messages.info(f"{stream.address.title}: {left_out_words(stream.left_out)}")
        if stream.assumed:
            self._services.messages.warning(wording.assumed(stream.address))
        self._services.messages.status(f"Live: {stream.address.title}")

    def _longest_page(self, stream: Stream) -> int:
        """Twice the history, so that there is time to move on."""
        return max(min(round(2 * self.history * stream.rate), MOST_HELD // max(stream.channels, 1)), 256)

    def _next_page(self, page: LiveSource) -> LiveSource:
        """While the history is not full, a longer page; then one that has left its oldest part behind."""
        stream = self.stream
        longest = page.length if stream is None else self._longest_page(stream)
        return page.turned(longest) if page.length < longest else page.rolled(page.length // 2)

    def _beat(self) -> None:
        stream = self.stream
        if stream is not None and self._pages.page is not None:
            self._pages.feed(stream.take())
            if self._file is not None:
                self._notes.look(stream, self._file, self._pages)
        self.beat.emit()

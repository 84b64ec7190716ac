"""What is noted while a stream comes: its gaps, what was garbled, and that its rate was misjudged."""

from __future__ import annotations

import time
from collections.abc import Callable

from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.messages import Messages, Remedy
from hippo_studio.app.sound.pages import Pages
from hippo_studio.app.streams import wording
from hippo_studio.signals.capture import RecordingFile
from hippo_studio.signals.notes import Notes
from hippo_studio.signals.streams import Stream

ABOUT = "stream"
"""What messages tell of whose buttons concern the stream of now, or the one before it."""
_MARK_EVERY = 0.5
"""Seconds between two looks for gaps."""
_DOUBT = 10.0
"""Seconds for which rows come at quite another rate, until that is said."""
_MOST = 100
"""Gaps that are noted one by one."""


class StreamNotes:
    """Notes of one stream after the other; each of them begins with `begin`."""

    def __init__(self, memory: MemoryTab, messages: Messages, begin_anew: Callable[[], None]) -> None:
        self._memory, self._messages, self._begin_anew = memory, messages, begin_anew
        self._marked = 0.0
        self.begin()

    def begin(self) -> None:
        """Another stream is recorded."""
        self._noted = (0, 0, 0)
        self._doubts: float | None = 0.0  # seconds for which the rate has been wrong; None once it was said

    def look(self, stream: Stream, file: RecordingFile, pages: Pages) -> None:
        """Mark gaps and doubt the rate, twice a second, however often it is called."""
        now = time.perf_counter()
        if now - self._marked > _MARK_EVERY:
            self._marked = now
            self._mark_gaps(stream, file, pages)
            self._doubt_rate(stream)

    def write(self, stream: Stream, file: RecordingFile) -> None:
        """Write down where gaps are, and what was garbled, for whoever opens the recording.

        Raises OSError as the disk does.
        """
        state = stream.state
        if self._noted != (found := (state.gaps, state.garbled, state.dropped)):
            self._noted = found
            stream.note(notes_of(stream, time.time() - file.seconds))

    def _mark_gaps(self, stream: Stream, file: RecordingFile, pages: Pages) -> None:
        """Mark on the page the gaps that lie in it, and note them on the disk."""
        page = pages.page
        if page is None:
            return
        if pages.shown:
            begin = (pages.fed - page.known) / stream.rate
            spans = [(start - begin, end - begin) for start, end in _spans(stream)]
            self._memory.show_gaps([span for span in spans if span[1] > 0])
        try:
            self.write(stream, file)
        except OSError:  # the thread that writes samples there meets the same, and says so
            return

    def _doubt_rate(self, stream: Stream) -> None:
        """Say once that rows come at quite another rate than was taken from the first of them."""
        if self._doubts is None:
            return
        sentence = wording.misjudged(stream)
        self._doubts = self._doubts + _MARK_EVERY if sentence else 0.0
        if self._doubts >= _DOUBT:
            self._doubts = None
            self._messages.warning(sentence, remedy=Remedy("Begin Anew", self._begin_anew), about=ABOUT)


def notes_of(stream: Stream, start: float) -> Notes:
    """What lies beside the recording of a stream that began at `start`, in seconds since 1970."""
    state = stream.state
    spans = _spans(stream)[:_MOST]
    return Notes(
        stream.rate,
        stream.names,
        stream.units,
        stream.address.title,
        start,
        state.gaps,
        state.missing,
        tuple(round(begin, 6) for begin, _ in spans),
        tuple(round(end - begin, 6) for begin, end in spans),
        state.garbled,
        state.last_garbled[:200],
        state.dropped,
    )


def _spans(stream: Stream) -> list[tuple[float, float]]:
    return [gap.span(stream.rate) for gap in stream.gaps]

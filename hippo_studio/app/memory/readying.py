"""Getting a signal ready in the background: what of it the memories hear, and the overview's summary."""

from __future__ import annotations

import time
from collections.abc import Callable

from PyQt6.QtCore import QObject, pyqtSignal

from hippo_studio.app.jobs import Jobs
from hippo_studio.app.memory.source import Source, follow
from hippo_studio.app.memory.state import MemoryState
from hippo_studio.signals import Signal

_SOURCE, _OVERVIEW = "memory source", "memory overview"
_LONG = 1 << 24
"""Samples from which on reading all of a signal takes so long that it is shown as a job."""
_FINER_EVERY = 0.25
"""Seconds between two pictures of a long signal that is being summarised."""


class Readying(QObject):
    """`ready(Source)` comes for the newest request alone.

    `finer` fires a few times a second while a signal is summarised, `summarised` in the end, and
    `failed(Exception)` instead of what could not be done.
    """

    ready = pyqtSignal(object)
    finer = pyqtSignal()
    summarised = pyqtSignal()
    failed = pyqtSignal(object)

    def __init__(self, jobs: Jobs, prefer_waveform: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._jobs, self._prefer_waveform = jobs, prefer_waveform
        self._told_at = 0.0

    def prepare(self, signal: Signal, state: MemoryState, *, empty: bool) -> None:
        """Get the source that a signal and a state ask for.

        With `empty`, nothing is on the screen: the waveform, which is there at once, is shown until a
        loudness that takes long is.
        """
        slow = signal.length > _LONG and state.follow == "envelope"
        if slow and empty:

            def for_now(source: Source) -> None:
                self.ready.emit(source)
                self.prepare(signal, state, empty=False)

            self._jobs.submit(
                _SOURCE, lambda _: follow(signal, state.channel), done=for_now, failed=self.failed.emit
            )
            return
        self._jobs.submit(
            _SOURCE,
            lambda context: follow(signal, state.channel, state.follow, context.go_on),
            done=self.ready.emit,
            failed=self.failed.emit,
            title="Measuring the loudness" if slow else None,
            cancel=self._prefer_waveform,
        )

    def summarise(self, source: Source) -> None:
        """Look at every sample of a source, for its overview; nothing to do if that was done."""
        if not source.pyramid.built:
            self._jobs.submit(
                _OVERVIEW,
                lambda context: source.pyramid.build(context.report, lambda: context.cancelled),
                done=lambda _: self.summarised.emit(),
                failed=self.failed.emit,
                progress=lambda *_: self._tell(),
                title="Summarising the signal" if source.length > _LONG else None,
            )

    def cancel(self, *, summary_alone: bool = False) -> None:
        """Drop what is under way."""
        self._jobs.cancel(_OVERVIEW)
        if not summary_alone:
            self._jobs.cancel(_SOURCE)

    def _tell(self) -> None:
        now = time.perf_counter()
        if now - self._told_at >= _FINER_EVERY:
            self._told_at = now
            self.finer.emit()

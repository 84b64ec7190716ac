"""The model on the current signal: a thread that follows it from its start, and what it has found so far.

Free of Qt and of torch. A request (which model, which signal, at which rate) lies in a place for one, where a
newer one takes its place and ends the work on the older within a block. What is found fills up a `Verdict`
behind `done`, column by column over the whole signal, so that drawing it costs the same however long it is.
What is live is followed as it comes, over the pages that it fills: the model goes on from one to the next.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.app.sound.live_source import LiveSource
from hippo_studio.signals import Signal

COLUMNS = 1500
LIVE_COLUMNS = 3000
"""Of a page, which may be much longer than what is on the screen."""
_AT_ONCE = 0.5
"""Seconds by which a model of what is live may be late without a word."""
_LISTEN = 0.02
"""Seconds between two looks at what is live."""
BLOCK = 1024
"""Moments per step of the recurrent view: a few milliseconds of work."""


@dataclass(frozen=True, eq=False)
class Verdict:
    """What a model takes a signal for, over time.

    Attributes
    ----------
    signal : which signal, or page of one that is live.
    labels : the classes by name.
    probabilities : (columns, classes) float32, evenly over the whole signal, up to `done`.
    failure : a sentence if the model cannot be used on this signal.
    remarks : how the signal is unlike what the model learned from, in sentences.
    """

    signal: Signal | LiveSource
    labels: tuple[str, ...]
    probabilities: NDArray[np.float32]
    done: int = 0
    failure: str = ""
    remarks: tuple[str, ...] = ()

    def at(self, seconds: float) -> tuple[str, float] | None:
        """The likeliest class at a time on the signal's clock, and its probability; None if not known yet.

        Of what is live the model speaks a little later than it sounds: the newest word holds until the next.
        """
        columns = len(self.probabilities)
        place = int(seconds / max(self.signal.duration, 1e-12) * columns)
        if self.done and isinstance(self.signal, LiveSource) and self.behind(seconds) <= self._soon:
            place = min(place, self.done - 1)
        rim = 0.5 / self.signal.sample_rate  # the past begins and ends half a sample beside the signal
        if -rim <= seconds <= self.signal.duration + rim:
            place = min(max(place, 0), columns - 1)
        if not 0 <= place < self.done:
            return None
        best = int(self.probabilities[place].argmax())
        return self.labels[best], float(self.probabilities[place, best])

    def behind(self, seconds: float) -> float:
        """How many seconds before a time on the signal's clock the model is."""
        return max(seconds - self.done * self._column, 0.0)

    @property
    def _column(self) -> float:
        return self.signal.duration / max(len(self.probabilities), 1)

    @property
    def _soon(self) -> float:
        return max(_AT_ONCE, 2 * self._column)


@dataclass(frozen=True, eq=False)
class Request:
    """Which model to apply to which signal, at which part of the model's sampling rate."""

    model: Path
    signal: Signal | LiveSource
    factor: float = 1.0
    written: int = 0
    """When the model was, in nanoseconds: one that was trained on is another model."""

    def continues(self, other: Request | None) -> bool:
        """Whether the model may go on from where it is on the other: the next page, or the same."""
        if other is None or self._with_what != other._with_what:
            return False
        here, there = self.signal, other.signal
        if not (isinstance(here, LiveSource) and isinstance(there, LiveSource)):
            return False
        return here.continues is there or (here.page is there.page and here.row == there.row)

    def is_like(self, other: Request | None) -> bool:
        """Whether both ask for the same."""
        return other is not None and self._with_what == other._with_what and self.signal is other.signal

    @property
    def _with_what(self) -> tuple[Path, float, int]:
        return self.model, self.factor, self.written


Open = Callable[[Path, float], Any]


def open_follower(path: Path, factor: float) -> Any:
    """Open a model so that one core is left to the window; imports torch."""
    from hippo_studio.app.train.running import free_threads
    from hippo_studio.learning import following

    return following.open_follower(path, factor, free_threads())


class Applying:
    """The thread; it begins with the first request. `verdict` is the newest, None before the first."""

    def __init__(self, opened: Open = open_follower) -> None:
        self.verdict: Verdict | None = None
        self._open = opened
        self._wake = threading.Condition()
        self._newest: Request | None = None
        self._wanted: Request | None = None
        self._at_work = self._closed = False
        self._live: _Live | None = None
        self._thread: threading.Thread | None = None

    @property
    def busy(self) -> bool:
        """Whether more is to come."""
        with self._wake:
            return self._at_work or self._newest is not None

    def request(self, request: Request) -> None:
        """Follow this from its start; what was asked for before is dropped."""
        with self._wake:
            if self._closed:
                return
            if not request.continues(self._newest or self._wanted):
                self.verdict = None
            self._newest = request
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="model on signal", daemon=True)
                self._thread.start()
            self._wake.notify_all()

    def cancel(self) -> None:
        """Follow nothing."""
        with self._wake:
            self._newest, self.verdict = None, None
            self._wanted = None

    def close(self, patience: float = 5.0) -> bool:
        """End the thread; True if it ended in time."""
        with self._wake:
            self._closed, self._wanted = True, None
            self._wake.notify_all()
        if self._thread is not None:
            self._thread.join(patience)
        return self._thread is None or not self._thread.is_alive()

    def _work(self) -> None:
        while True:
            with self._wake:
                self._at_work = False
                self._wake.wait_for(lambda: self._newest is not None or self._closed)
                if self._closed:
                    return
                request, self._newest = self._newest, None
                self._wanted, self._at_work = request, True
            try:
                self._follow(request)
            except Exception as error:  # said in the strip; the thread lives on
                nothing = np.zeros((0, 0), np.float32)
                self._publish(request, Verdict(request.signal, (), nothing, failure=str(error)))

    def _follow(self, request: Request) -> None:
        signal, live = request.signal, self._live
        if isinstance(signal, LiveSource):
            if live is None or not request.continues(live.request):
                live = self._live = _Live(request, self._open(request.model, request.factor))
            else:
                live.turn(request)
            self._follow_live(request, live)
            return
        self._live = None
        follower = self._open(request.model, request.factor)
        remarks = follower.remarks(signal.sample_rate)
        values = follower.prepared(signal.samples, signal.sample_rate, signal.channel_names)
        columns = min(COLUMNS, len(values))
        ends = (np.arange(1, columns + 1) * len(values)) // columns - 1  # the last moment of each column
        found = np.zeros((columns, len(follower.labels)), np.float32)
        done = 0
        for start in range(0, len(values), BLOCK):
            if not self._is_wanted(request):
                return
            block = follower.push(values[start : start + BLOCK])
            fresh = int(np.searchsorted(ends, start + len(block)))
            found[done:fresh] = block[ends[done:fresh] - start]
            done = fresh
            self._publish(request, Verdict(signal, follower.labels, found, done, remarks=remarks))

    def _follow_live(self, request: Request, live: _Live) -> None:
        """Follow what comes, until something else is wanted."""
        while self._is_wanted(request):
            if live.go_on():
                self._publish(request, live.verdict())
            else:
                with self._wake:
                    self._wake.wait_for(lambda: not self._is_wanted(request), _LISTEN)

    def _is_wanted(self, request: Request) -> bool:
        return self._wanted is request and self._newest is None and not self._closed

    def _publish(self, request: Request, verdict: Verdict) -> None:
        with self._wake:
            if self._wanted is request and self._newest is None:
                self.verdict = verdict


class _Live:
    """A model at work on something live: where it is, and what it said on the page that fills up."""

    def __init__(self, request: Request, follower: Any) -> None:
        source = request.signal
        assert isinstance(source, LiveSource)
        self.request, self._follower, self._source = request, follower, source
        self._remarks = follower.remarks(source.sample_rate)
        self._hearing = follower.hearing(source.sample_rate, source.page.names, source.row)
        self._position = 0  # samples of the page that the model was given
        self._heard = 0.0  # and, in samples of the page too, what it has spoken of
        self._found = np.zeros((LIVE_COLUMNS, len(follower.labels)), np.float32)
        self._done = 0

    def turn(self, request: Request) -> None:
        """Go over to the next page; what was said is laid out anew."""
        source, before = request.signal, self._source
        assert isinstance(source, LiveSource)
        self.request, self._source = request, source
        if source.page is before.page:
            return
        columns, dropped = np.arange(LIVE_COLUMNS), source.dropped
        self._position = max(self._position - dropped, 0)
        self._heard = max(self._heard - dropped, 0.0)
        places = ((columns + 0.5) * source.length / LIVE_COLUMNS + dropped) * LIVE_COLUMNS / before.length
        self._done = int(np.searchsorted(places, self._done))
        self._found = self._found[np.minimum(places.astype(int), LIVE_COLUMNS - 1)]

    def go_on(self) -> bool:
        """Follow by what has come, a block at most; False if nothing has."""
        source = self._source
        stop = min(source.known, self._position + BLOCK)
        if stop <= self._position:
            return False
        values = self._hearing.prepared(source.page.rows[:, self._position : stop])
        self._position = stop
        if not len(values):
            return False
        step = source.sample_rate / self._hearing.rate
        said = self._follower.push(values)
        ends = (np.arange(self._done + 1, LIVE_COLUMNS + 1)) * (source.length / LIVE_COLUMNS)
        fresh = int(np.searchsorted(ends, self._heard + len(said) * step, side="right"))
        moments = np.clip(np.ceil((ends[:fresh] - self._heard) / step).astype(int) - 1, 0, len(said) - 1)
        self._found[self._done : self._done + fresh] = said[moments]
        self._done += fresh
        self._heard += len(said) * step
        return fresh > 0

    def verdict(self) -> Verdict:
        """What was said so far."""
        labels = self._follower.labels
        return Verdict(self._source, labels, self._found, self._done, remarks=self._remarks)

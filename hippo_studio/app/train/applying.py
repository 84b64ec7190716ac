"""The model on the current signal: a thread that follows it from its start, and what it has found so far.

Free of Qt and of torch. A request (which model, which signal, at which rate) lies in a place for one, where a
newer one takes its place and ends the work on the older within a block. What is found fills up a `Verdict`
behind `done`, column by column over the whole signal, so that drawing it costs the same however long it is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals import Signal

COLUMNS = 1500
BLOCK = 1024
"""Moments per step of the recurrent view: a few milliseconds of work."""


@dataclass(frozen=True, eq=False)
class Verdict:
    """What a model takes a signal for, over time.

    Attributes
    ----------
    signal : which signal.
    labels : the classes by name.
    probabilities : (columns, classes) float32, evenly over the whole signal, up to `done`.
    failure : a sentence if the model cannot be used on this signal.
    """

    signal: Signal
    labels: tuple[str, ...]
    probabilities: NDArray[np.float32]
    done: int = 0
    failure: str = ""

    def at(self, seconds: float) -> tuple[str, float] | None:
        """The likeliest class at a time on the signal's clock, and its probability; None if not known yet."""
        columns = len(self.probabilities)
        place = int(seconds / max(self.signal.duration, 1e-12) * columns)
        if not 0 <= place < self.done:
            return None
        best = int(self.probabilities[place].argmax())
        return self.labels[best], float(self.probabilities[place, best])


@dataclass(frozen=True, eq=False)
class Request:
    """Which model to apply to which signal, at which part of the model's sampling rate."""

    model: Path
    signal: Signal
    factor: float = 1.0


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
            self._newest, self.verdict = request, None
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
        signal = request.signal
        follower = self._open(request.model, request.factor)
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
            self._publish(request, Verdict(signal, follower.labels, found, done))

    def _is_wanted(self, request: Request) -> bool:
        return self._wanted is request and self._newest is None and not self._closed

    def _publish(self, request: Request, verdict: Verdict) -> None:
        with self._wake:
            if self._wanted is request and self._newest is None:
                self.verdict = verdict

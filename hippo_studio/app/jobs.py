"""Work off the GUI thread: a small pool, and the rule that only the newest request of a kind is heard.

A job is a function that receives a `JobContext`. `Jobs.submit` with a key that is already in use cancels the
older job and drops whatever it still delivers. All callbacks arrive on the GUI thread; a cancelled job makes
none.
"""

from __future__ import annotations

import enum
import os
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PyQt6.QtCore import QObject, Qt, pyqtSignal

T = TypeVar("T")


class Cancelled(Exception):  # noqa: N818 - an order, no error
    """Raised inside a job by `JobContext.check` once nobody waits for its result."""


class JobState(enum.Enum):
    """Where a job stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobContext:
    """What a running function may ask and tell; every method may be called from any thread."""

    def __init__(self, job: Job[Any], post: Callable[[_Report], None]) -> None:
        self._job, self._post = job, post

    @property
    def cancelled(self) -> bool:
        """Whether the result is no longer wanted."""
        return self._job.cancelled

    def check(self) -> None:
        """Raise `Cancelled` if the result is no longer wanted; call it between pieces of work."""
        if self._job.cancelled:
            raise Cancelled(self._job.key)

    def entitle(self, title: str) -> None:
        """Be shown in the status bar from now on: the work has turned out to be long."""
        self._job.title = title
        self.report(None)

    def go_on(self, fraction: float) -> None:
        """Check, and report a fraction: what a function calls between pieces of its work."""
        self.check()
        self.report(fraction)

    def report(self, fraction: float | None, text: str = "") -> None:
        """Tell how far the work is, 0 to 1, or None for unknown; a report nobody has seen yet is replaced."""
        with self._job._lock:
            waiting = self._job._progress_waiting
            self._job._progress, self._job._progress_waiting = (fraction, text), True
        if not waiting:
            self._post(_Report(self._job, "progress", None))


class Job(Generic[T]):
    """One submitted function."""

    def __init__(self, key: str, function: Callable[[JobContext], T], title: str | None) -> None:
        self.key, self.title = key, title
        self.state = JobState.WAITING
        self.ask_to_cancel: Callable[[], None] = self.cancel
        self._function = function
        self._done: Callable[[T], None] | None = None
        self._failed: Callable[[Exception], None] | None = None
        self._on_progress: Callable[[float | None, str], None] | None = None
        self._lock = threading.Lock()
        self._wanted = True
        self._progress: tuple[float | None, str] = (None, "")
        self._progress_waiting = False

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called or a newer job took its place."""
        return not self._wanted

    @property
    def progress(self) -> tuple[float | None, str]:
        """The last report: fraction (None when unknown) and text."""
        return self._progress

    def cancel(self) -> None:
        """Drop the result; the function ends at its next `check`, and no callback is made any more."""
        self._wanted = False


@dataclass(frozen=True)
class _Report:
    """What travels from a worker to the GUI thread."""

    job: Job[Any]
    kind: str
    value: Any


class Jobs(QObject):
    """The pool. `changed` fires when a job starts to be, moves on, or ends.

    Made with `held`, it takes jobs and starts none until `release`: nothing shall compete with a window that
    is not on screen yet.
    """

    changed = pyqtSignal()
    _posted = pyqtSignal(object)

    def __init__(
        self, workers: int | None = None, *, held: bool = False, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._held = held
        self._limit = workers or max(3, min(4, (os.cpu_count() or 2) - 1))
        self._queue: queue.SimpleQueue[Job[Any] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._open = 0  # jobs submitted and not yet off the queue and out of a worker's hands
        self._counting = threading.Lock()
        self._live: dict[str, Job[Any]] = {}
        self._closed = False
        self._posted.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def submit(
        self,
        key: str,
        function: Callable[[JobContext], T],
        *,
        done: Callable[[T], None],
        failed: Callable[[Exception], None] | None = None,
        progress: Callable[[float | None, str], None] | None = None,
        title: str | None = None,
        cancel: Callable[[], None] | None = None,
    ) -> Job[T]:
        """Run `function` off-thread; a newer submit with the same key takes the older one's place.

        Without `failed`, an exception is raised on the GUI thread, where the studio reports it. A job with a
        `title` is shown in the status bar, with its progress and a button that calls `cancel` (by default
        `Jobs.cancel` of this key).
        """
        if self._closed:
            raise RuntimeError(f"the studio is closing: job {key!r} was not started")
        if older := self._live.get(key):
            older.cancel()
        job: Job[T] = Job(key, function, title)
        job._done, job._failed, job._on_progress = done, failed, progress
        job.ask_to_cancel = cancel or (lambda: self.cancel(key))
        self._live[key] = job
        with self._counting:
            self._open += 1
        self._queue.put(job)
        self._start_workers()
        self.changed.emit()
        return job

    def cancel(self, key: str) -> None:
        """Cancel the job of that key, if there is one."""
        if job := self._live.pop(key, None):
            job.cancel()
            self.changed.emit()

    def release(self) -> None:
        """Let jobs start that were submitted while all were held back."""
        self._held = False
        self._start_workers()

    @property
    def live(self) -> tuple[Job[Any], ...]:
        """The jobs whose result is still awaited, oldest first."""
        return tuple(job for job in self._live.values() if not job.cancelled)

    def close(self, patience: float = 5.0) -> bool:
        """Cancel all, end the workers, and wait for them up to `patience` seconds; True if all ended."""
        self._closed = True
        for job in self._live.values():
            job.cancel()
        self._live.clear()
        for _ in self._threads:
            self._queue.put(None)
        deadline = time.monotonic() + patience
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        return not self._threads

    def _start_workers(self) -> None:
        """As many as there are jobs, up to the limit; none while jobs are held back.

        A job that nobody waits for counts as long as it works: the next one must not wait for its end.
        """
        while not self._held and len(self._threads) < min(self._limit, self._open):
            name = f"studio job {len(self._threads) + 1}"
            thread = threading.Thread(target=self._work, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self) -> None:
        while (job := self._queue.get()) is not None:
            if job.cancelled:
                job.state = JobState.CANCELLED
            else:
                self._run(job)
            with self._counting:
                self._open -= 1
            del job  # what it made or holds on to must not live on in an idle worker

    def _run(self, job: Job[Any]) -> None:
        job.state = JobState.RUNNING
        try:
            value = job._function(JobContext(job, self._post))
        except Cancelled:
            job.state = JobState.CANCELLED
            self._post(_Report(job, "cancelled", None))
        except Exception as error:
            job.state = JobState.FAILED
            self._post(_Report(job, "failed", error))
        else:
            job.state = JobState.DONE
            self._post(_Report(job, "done", value))

    def _post(self, report: _Report) -> None:
        if not self._closed:
            self._posted.emit(report)

    def _deliver(self, report: _Report) -> None:
        job = report.job
        with job._lock:
            job._progress_waiting = False
        current = self._live.get(job.key) is job
        if current and report.kind != "progress":
            del self._live[job.key]
        if not current or job.cancelled:
            self.changed.emit()
            return
        self.changed.emit()
        if report.kind == "progress" and job._on_progress:
            job._on_progress(*job.progress)
        elif report.kind == "done":
            job._done(report.value)
        elif report.kind == "failed":
            if job._failed is None:
                raise report.value
            job._failed(report.value)

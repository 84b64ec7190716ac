"""Jobs: only the newest request is heard; use after cancel, after failure and after close."""

from __future__ import annotations

import threading
import weakref
from itertools import pairwise

import pytest
from pytestqt.qtbot import QtBot

from hippo_studio.app.jobs import Cancelled, JobContext, Jobs, JobState


@pytest.fixture
def jobs(qtbot: QtBot):
    jobs = Jobs(workers=2)
    yield jobs
    assert jobs.close()
    jobs.deleteLater()


class Gate:
    """A job function that waits until it is let through, and counts its runs."""

    def __init__(self, value: object = None) -> None:
        self.entered, self.open = threading.Event(), threading.Event()
        self.value, self.context = value, None

    def __call__(self, context: JobContext) -> object:
        self.context = context
        self.entered.set()
        assert self.open.wait(5)
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


def test_result_arrives_on_the_gui_thread(jobs: Jobs, qtbot: QtBot) -> None:
    seen: list[tuple[object, threading.Thread]] = []
    jobs.submit(
        "sum",
        lambda _: threading.current_thread(),
        done=lambda v: seen.append((v, threading.current_thread())),
    )
    qtbot.waitUntil(lambda: bool(seen))
    worker, receiver = seen[0]
    assert receiver is threading.main_thread()
    assert worker is not receiver


def test_a_newer_request_supersedes_an_older_one(jobs: Jobs, qtbot: QtBot) -> None:
    first, seen = Gate("old"), []
    old = jobs.submit("key", first, done=seen.append)
    assert first.entered.wait(5)
    jobs.submit("key", lambda _: "new", done=seen.append)
    assert first.context.cancelled
    first.open.set()
    qtbot.waitUntil(lambda: seen == ["new"] and old.state is JobState.DONE)
    qtbot.wait(20)  # the old result is on its way to the GUI thread; it must be dropped there
    assert seen == ["new"]


def test_twenty_requests_are_answered_once_with_the_last(jobs: Jobs, qtbot: QtBot) -> None:
    seen: list[int] = []
    gates = [Gate(index) for index in range(2)]
    blockers = [jobs.submit(f"block {i}", gate, done=lambda _: None) for i, gate in enumerate(gates)]
    ran: list[int] = []

    def work(index: int) -> int:
        ran.append(index)
        return index

    for index in range(20):
        jobs.submit("slider", lambda _, index=index: work(index), done=seen.append)
    for gate in gates:
        gate.open.set()
    qtbot.waitUntil(lambda: seen == [19])
    assert ran == [19], "superseded requests that never started must not be computed"
    assert all(blocker.state is JobState.DONE for blocker in blockers)


def test_cancel_silences_and_the_next_use_works(jobs: Jobs, qtbot: QtBot) -> None:
    gate, seen = Gate("never"), []
    job = jobs.submit("key", gate, done=seen.append, failed=seen.append)
    assert gate.entered.wait(5)
    jobs.cancel("key")
    gate.open.set()
    qtbot.waitUntil(lambda: job.state is JobState.DONE)
    jobs.submit("key", lambda _: "after cancel", done=seen.append)
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == ["after cancel"]
    assert jobs.live == ()


@pytest.mark.parametrize("cancelled", [True, False])
def test_work_that_nobody_waits_for_any_more_keeps_nobody_waiting(
    jobs: Jobs, qtbot: QtBot, cancelled: bool
) -> None:
    stubborn, seen = Gate("old"), []
    jobs.submit("key", stubborn, done=seen.append)
    assert stubborn.entered.wait(5)
    if cancelled:
        jobs.cancel("key")
    jobs.submit("key", lambda _: "new", done=seen.append)
    qtbot.waitUntil(lambda: seen == ["new"])
    stubborn.open.set()


def test_an_idle_worker_holds_on_to_nothing(jobs: Jobs, qtbot: QtBot) -> None:
    class Large:
        pass

    gate, large, seen = Gate(), Large(), []
    held = weakref.ref(large)
    for key in ("a", "b"):
        jobs.submit(key, gate, done=seen.append)
    jobs.submit("dropped", lambda _, large=large: large, done=seen.append)
    jobs.cancel("dropped")
    del large
    gate.open.set()
    qtbot.waitUntil(lambda: len(seen) == 2 and held() is None)


def test_going_on_reports_and_ends_a_cancelled_job(jobs: Jobs, qtbot: QtBot) -> None:
    heard: list[float | None] = []
    with qtbot.waitSignal(jobs.changed):
        jobs.submit(
            "a",
            lambda context: context.go_on(0.5),
            done=heard.append,
            progress=lambda part, _: heard.append(part),
        )
    qtbot.waitUntil(lambda: not jobs.live)
    assert heard == [0.5, None]
    gate = Gate()
    jobs.submit("a", gate, done=heard.append)
    assert gate.entered.wait(5)
    jobs.cancel("a")
    with pytest.raises(Cancelled):
        gate.context.go_on(0.7)
    gate.open.set()


def test_check_ends_a_cancelled_job_early(jobs: Jobs, qtbot: QtBot) -> None:
    entered = threading.Event()

    def endless(context: JobContext) -> None:
        entered.set()
        while True:
            context.check()

    job = jobs.submit("key", endless, done=lambda _: pytest.fail("a cancelled job must not be heard"))
    assert entered.wait(5)
    job.cancel()
    qtbot.waitUntil(lambda: job.state is JobState.CANCELLED)


def test_failure_is_told_and_the_next_use_works(jobs: Jobs, qtbot: QtBot) -> None:
    seen: list[object] = []

    def fail(_: JobContext) -> None:
        raise OSError("the disk is gone")

    jobs.submit("key", fail, done=seen.append, failed=lambda error: seen.append(str(error)))
    qtbot.waitUntil(lambda: seen == ["the disk is gone"])
    jobs.submit("key", lambda _: "after failure", done=seen.append)
    qtbot.waitUntil(lambda: seen[1:] == ["after failure"])


def test_failure_without_a_handler_is_raised_on_the_gui_thread(jobs: Jobs, qtbot: QtBot) -> None:
    def fail(_: JobContext) -> None:
        raise OSError("unhandled")

    with qtbot.captureExceptions() as caught:
        jobs.submit("key", fail, done=lambda _: None)
        qtbot.waitUntil(lambda: bool(caught))
    assert str(caught[0][1]) == "unhandled"


def test_progress_that_nobody_has_seen_is_replaced(jobs: Jobs, qtbot: QtBot) -> None:
    reports: list[tuple[float | None, str]] = []

    def work(context: JobContext) -> str:
        for step in range(1000):
            context.report(step / 999, f"step {step}")
        return "done"

    with qtbot.waitSignal(jobs.changed):
        jobs.submit(
            "key",
            work,
            done=lambda _: reports.append((None, "end")),
            progress=lambda f, t: reports.append((f, t)),
        )
    qtbot.waitUntil(lambda: bool(reports) and reports[-1] == (None, "end"))
    assert 1 <= len(reports) - 1 < 1000
    assert all(a[0] <= b[0] for a, b in pairwise(reports[:-1]))


def test_jobs_that_are_held_start_with_release(qtbot: QtBot) -> None:
    jobs, seen = Jobs(held=True), []
    for index in range(3):
        jobs.submit(f"job {index}", lambda _, index=index: index, done=seen.append)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("studio job")]
    jobs.release()
    qtbot.waitUntil(lambda: sorted(seen) == [0, 1, 2])
    assert jobs.close()
    jobs.deleteLater()


def test_close_ends_every_worker_and_refuses_more(qtbot: QtBot) -> None:
    jobs = Jobs(workers=2)
    entered = threading.Event()

    def endless(context: JobContext) -> None:
        entered.set()
        while True:
            context.check()

    jobs.submit("endless", endless, done=lambda _: pytest.fail("closed"))
    assert entered.wait(5)
    assert jobs.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("studio job")]
    with pytest.raises(RuntimeError, match="closing"):
        jobs.submit("late", lambda _: None, done=lambda _: None)
    jobs.deleteLater()


def test_close_gives_up_on_a_worker_that_never_looks(qtbot: QtBot) -> None:
    jobs, gate = Jobs(workers=1), Gate()
    jobs.submit("stuck", gate, done=lambda _: pytest.fail("closed"))
    assert gate.entered.wait(5)
    assert not jobs.close(patience=0.05)
    gate.open.set()
    jobs.deleteLater()

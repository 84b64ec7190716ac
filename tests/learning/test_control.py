"""Wishes from any thread, and the next wish after each."""

from __future__ import annotations

import threading

from hippo_studio.learning.control import Control


def test_a_fresh_control_lets_training_go_on() -> None:
    control = Control()
    assert control.go_on()
    assert control.ask() is True


def test_single_batches_are_counted() -> None:
    control = Control()
    control.step_one_batch()
    control.step_one_batch()
    assert control.go_on()
    assert control.go_on()
    assert control.ask() is None
    control.resume()
    assert all(control.go_on() for _ in range(5))


def test_pausing_takes_granted_batches_back() -> None:
    control = Control()
    control.step_one_batch()
    control.pause()
    assert control.ask() is None
    control.resume()
    assert control.go_on()


def test_stop_is_for_good() -> None:
    control = Control()
    control.stop()
    control.resume()
    control.step_one_batch()
    assert not control.go_on()
    assert control.ask() is False


def test_whoever_is_told_to_go_on_does_not_wait_for_a_pause_that_comes_later() -> None:
    control = Control()
    assert control.ask() is True
    control.pause()
    assert control.ask() is None, "a rest is announced before it begins, however late the wish came"


def test_another_thread_wakes_the_one_that_waits() -> None:
    for wake, expected in ((Control.resume, True), (Control.step_one_batch, True), (Control.stop, False)):
        control = Control()
        control.pause()
        found: list[bool] = []
        waiting = threading.Thread(target=lambda c=control, f=found: f.append(c.go_on()))  # type: ignore[misc]
        waiting.start()
        wake(control)
        waiting.join(10)
        assert found == [expected]

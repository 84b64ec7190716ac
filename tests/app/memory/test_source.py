"""What memories hear of a signal: made once for all who follow it, and gone with it."""

import gc
import threading
import weakref

import numpy as np

from hippo_studio.app.memory import source as module
from hippo_studio.app.memory.source import follow
from hippo_studio.signals import Signal
from hippo_studio.signals.overview import Pyramid

RATE = 48_000.0


def signal() -> Signal:
    return Signal(np.zeros((2, 9_600)), RATE, ("left", "right"))


def test_all_who_follow_a_channel_of_a_signal_share_one_source() -> None:
    one, other = signal(), signal()
    first = follow(one, "left")
    assert follow(one) is first
    assert follow(one, "right") is not first
    assert follow(one, "right").channel == "right"
    assert follow(other, "left") is not first


def test_threads_that_follow_at_once_look_at_the_samples_once(monkeypatch) -> None:
    looked, together = [], threading.Barrier(3)
    sketch = Pyramid.sketch
    monkeypatch.setattr(Pyramid, "sketch", lambda pyramid: looked.append(pyramid) or sketch(pyramid))
    one, found = signal(), []

    def work() -> None:
        together.wait()
        found.append(follow(one))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(looked) == 1
    assert len({id(source) for source in found}) == 1


def test_a_signal_that_takes_long_to_look_at_holds_no_other_up(monkeypatch) -> None:
    reading, read = threading.Event(), threading.Event()
    sketch = Pyramid.sketch

    def slow(pyramid: Pyramid) -> None:
        if pyramid.samples.size == 9_600:
            reading.set()
            assert read.wait(10)
        sketch(pyramid)

    monkeypatch.setattr(Pyramid, "sketch", slow)
    thread = threading.Thread(target=follow, args=(signal(),))
    thread.start()
    assert reading.wait(10)
    assert follow(Signal(np.zeros((1, 100)), RATE)).length == 100
    read.set()
    thread.join()


def test_a_source_goes_with_its_signal_or_when_another_is_followed() -> None:
    one, other = signal(), signal()
    gone = weakref.ref(follow(one))
    follow(other)
    gc.collect()
    assert gone() is None
    gone = weakref.ref(follow(other))
    del other
    gc.collect()
    assert gone() is None
    assert not module._waveforms


def test_a_loudness_is_another_source_and_stands_on_zero() -> None:
    one = Signal(np.random.default_rng(0).standard_normal((1, 48_000)), RATE, ("left",), ("Pa",))
    heard = follow(one, what="envelope")
    assert heard is not follow(one)
    assert (heard.channel, heard.unit, heard.from_zero) == ("left, loudness", "Pa", True)
    assert heard.sample_rate < RATE

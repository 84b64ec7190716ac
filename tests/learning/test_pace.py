"""How fast a training is said to be: of the time of its batches alone."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from hippo_studio.learning import watch
from hippo_studio.learning.control import Control
from hippo_studio.learning.events import BatchEnded, Event, Paused, PortraitTaken, Saved
from hippo_studio.learning.watch import Watch
from tests.learning.training import of, train

AGES = 1000.0


def test_a_pause_and_its_picture_make_the_batches_after_it_no_slower(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = 0.0
    clock = SimpleNamespace(perf_counter=lambda: time.perf_counter() + passed)
    monkeypatch.setattr(watch, "time", clock)
    told: list[str] = []

    def steer(event: Event, control: Control) -> None:
        nonlocal passed
        if isinstance(event, BatchEnded) and "pause" not in told:
            told.append("pause")
            control.pause()
        elif isinstance(event, PortraitTaken) and "pause" in told and len(told) == 1:
            told.append("picture")
            passed += AGES
        elif isinstance(event, Paused) and event.paused:
            passed += AGES
            control.resume()

    _, events, _ = train(tmp_path / "run", on=steer, epochs=4, checkpoint_every=0, portrait_every=0.05)
    assert told == ["pause", "picture"]
    assert of(Saved, events)
    paused = events.index(Paused(True))
    after = of(BatchEnded, events[paused:])
    assert after[0].eta_seconds < AGES / 10
    assert after[0].samples_per_second > 10


def test_a_watch_stands_still_while_it_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(watch, "time", SimpleNamespace(perf_counter=lambda: now))
    clock = Watch(0.0, ("picture",))
    now = 3.0
    with clock.stopped():
        now = 5.0
        assert clock.seconds == 3.0
        clock.restart("picture")
        now = 9.0
    assert clock.seconds == 3.0
    now = 10.0
    assert clock.since("picture") == 1.0

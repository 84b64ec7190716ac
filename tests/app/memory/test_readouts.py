"""Numbers that change while it plays are written in turn, each a few times a second; at rest all at once."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from hippo_studio.app.memory.readouts import EVERY, Readouts


def test_at_rest_all_are_written_and_playing_each_in_its_turn() -> None:
    written: list[tuple[str, object]] = []
    now = SimpleNamespace(time=10.0)
    names = ("captions", "errors", "timings")
    writers = [lambda frame, name=name: written.append((name, frame)) for name in names]
    readouts = Readouts(*writers, clock=lambda: now.time)
    readouts.write("rest")
    assert written == [(name, "rest") for name in names]
    written.clear()
    for picture in range(60):
        now.time = 10.0 + picture / 60
        before = len(written)
        readouts.write_in_turn(picture)
        assert len(written) - before <= 1
    counts = {name: sum(one == name for one, _ in written) for name in names}
    assert all(count == pytest.approx(1 / EVERY, abs=1) for count in counts.values())

"""How long work still takes, by its pace so far."""

from __future__ import annotations

from hippo_studio.app.time_left import TimeLeft


def test_the_time_left_follows_the_pace_of_each_work_by_itself() -> None:
    left = TimeLeft()
    assert left.words("a", None, 0.0) == ""
    assert left.words("a", 0.1, 10.0) == "10 %"
    assert left.words("a", 0.11, 10.5) == "11 %", "too soon to tell"
    assert left.words("a", 0.6, 20.0) == "60 %, 8 s left"
    assert left.words("b", 0.5, 21.0) == "50 %"
    assert left.words("b", 0.5, 31.0) == "50 %", "nothing was done meanwhile"
    assert left.words("b", 1.0, 41.0) == "100 %"
    assert left.words("b", 0.75, 2021.0) == "75 %, 33 min 20 s left"

"""Undo and redo: against the plainest possible twin, and the drags that are one step."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hippo_studio.session import History


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_drag_is_one_step_and_a_rest_ends_it() -> None:
    clock = Clock()
    history = History(64, clock)
    for order in (65, 70, 80):
        history.push(order, "Change of N", "order")
        clock.now += 0.1
    clock.now += 5
    history.push(90, "Change of N", "order")
    assert history.undo() == 80
    assert history.undo() == 64
    assert history.undo() is None
    assert (history.redo(), history.redo(), history.redo()) == (80, 90, None)


def test_a_drag_back_to_where_it_began_is_no_step() -> None:
    history = History(64, Clock())
    for order in (65, 64):
        history.push(order, "Change of N", "order")
    assert history.undo_name == ""
    history.push(65, "Change of N", "order")
    assert history.undo_name == "Change of N"


def test_another_key_no_key_and_a_seal_keep_steps_apart() -> None:
    history = History(0, Clock())
    history.push(1, "Change of N", "order")
    history.push(2, "Change of θ", "theta")
    history.push(3, "Crop")
    history.push(4, "Crop")
    history.push(5, "Change of N", "order")
    history.seal()
    history.push(6, "Change of N", "order")
    assert [history.undo() for _ in range(6)] == [5, 4, 3, 2, 1, 0]


def test_what_was_undone_does_not_merge_with_what_is_done_next() -> None:
    history = History(0, Clock())
    history.push(1, "Change of N", "order")
    history.undo()
    history.redo()
    history.push(2, "Change of N", "order")
    assert [history.undo(), history.undo()] == [1, 0]


def test_names_tell_what_comes_next() -> None:
    history = History(0)
    told: list[str] = []
    history.subscribe(lambda: told.append(f"{history.undo_name}|{history.redo_name}"))
    history.push(1, "Crop")
    history.undo()
    history.redo()
    history.amend(7)
    history.restart(0)
    assert told == ["Crop|", "|Crop", "Crop|", "Crop|", "|"]


@given(st.lists(st.sampled_from(["push", "same", "undo", "redo", "amend"]), max_size=60))
def test_any_walk_is_that_of_a_list_with_a_cursor(walk: list[str]) -> None:
    history, twin, at = History(0), [0], 0
    for count, step in enumerate(walk, 1):
        if step == "push":
            history.push(count, "Step")
            twin, at = [*twin[: at + 1], count], at + 1
        elif step == "same":
            history.push(history.present, "Step")
        elif step == "amend":
            history.amend(-count)
            twin[at] = -count
        else:
            reachable = at > 0 if step == "undo" else at < len(twin) - 1
            at += {"undo": -1, "redo": 1}[step] if reachable else 0
            walked = history.undo() if step == "undo" else history.redo()
            assert walked == (twin[at] if reachable else None)
        assert history.present == twin[at]
        assert history.states == (*twin[:at], twin[at], *reversed(twin[at + 1 :]))

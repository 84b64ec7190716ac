"""Undo in the window: what a person did comes back, signals included, and a drag is one step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from pytestqt.qtbot import QtBot

from hippo_studio.app.services import Services
from hippo_studio.app.session.desk import Part
from hippo_studio.app.window import StudioWindow


@pytest.fixture
def window(services: Services, qtbot: QtBot) -> Iterator[StudioWindow]:
    window = StudioWindow(services)
    qtbot.addWidget(window)
    yield window
    window.close()


@pytest.fixture
def sounds(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / f"{name}.wav" for name in "ab"]
    for number, path in enumerate(paths):
        soundfile.write(path, np.sin(np.arange(8000) / (10 + number)), 8000)
    return paths


def opened(window: StudioWindow, qtbot: QtBot, *paths: Path) -> None:
    with qtbot.waitSignal(window.session.changed):
        window.opening.open(paths)
    assert not window.opening.busy


def titles(window: StudioWindow) -> list[str]:
    return [row.title for row in window.session._signals.rows]


def test_twenty_moves_of_a_slider_are_one_step_back_and_forth(window: StudioWindow) -> None:
    before = window.memory.state.order
    for order in range(before + 1, before + 21):
        window.memory.change(order=order)
        window.session.look()
    actions = window.services.actions
    assert actions["undo"].text() == "Undo Change of N"
    assert actions["undo"].isEnabled()
    actions["undo"].trigger()
    assert window.memory.state.order == before
    assert not actions["undo"].isEnabled()
    assert actions["redo"].text() == "Redo Change of N"
    actions["redo"].trigger()
    assert window.memory.state.order == before + 20


def test_a_key_is_undone_even_if_nobody_looked_yet(window: StudioWindow) -> None:
    before = window.memory.state.theta
    window.memory.change(theta=2 * before)
    window.session.undo()
    assert window.memory.state.theta == before


def test_opening_is_one_step_with_all_that_came_with_it_and_closing_another(
    window: StudioWindow, sounds: list[Path], qtbot: QtBot
) -> None:
    first = window.session.read()
    opened(window, qtbot, *sounds)
    assert window.session.history.undo_name == "Opening of 2 Signals"
    shown = window.signals.current
    window.services.actions["close_signal"].trigger()
    window.session.look()
    assert window.session.history.undo_name == "Closing of b.wav"
    window.session.undo()
    assert titles(window) == ["a.wav", "b.wav"]
    assert window.signals.current is shown
    assert window.memory.signal is shown
    window.session.undo()
    assert window.session.read() == first
    window.session.redo()
    assert titles(window) == ["a.wav", "b.wav"]


def test_a_closed_signal_that_left_the_memory_is_read_again(
    window: StudioWindow, sounds: list[Path], qtbot: QtBot
) -> None:
    opened(window, qtbot, sounds[0])
    window.signals.remove(0)
    window.session.look()
    window.session.remaking._seen.clear()
    with qtbot.waitSignal(window.session.remaking.finished):
        window.session.undo()
        assert titles(window) == ["a.wav"]
    assert window.signals.current.length == 8000
    assert window.session.history.redo_name == "Closing of a.wav", "reading it is no step"


def test_a_file_that_went_meanwhile_leaves_its_line_and_a_sentence(
    window: StudioWindow, sounds: list[Path], qtbot: QtBot
) -> None:
    opened(window, qtbot, *sounds)
    window.signals.remove(0)
    window.session.look()
    window.session.remaking._seen.clear()
    sounds[0].unlink()
    with qtbot.waitSignal(window.session.remaking.finished):
        window.session.undo()
    assert titles(window) == ["a.wav", "b.wav"]
    assert str(sounds[0]) in window.signals.rows[0].problem


def test_tools_and_labels_put_on_a_line_are_steps_named_after_them(
    window: StudioWindow, sounds: list[Path], qtbot: QtBot
) -> None:
    opened(window, qtbot, sounds[0])
    whole, entry = window.signals.current, window.signals.entries[0]
    half = replace(whole, samples=whole.samples[:, :4000])
    cropped = replace(entry, tools=({"name": "crop", "start": 0.0, "stop": 0.5},))
    window.signals.put(0, half, cropped)
    window.session.look()
    assert window.session.history.undo_name == "Crop of a.wav"
    window.signals.put(0, half, replace(cropped, regions=((0.1, 0.2, "tick"),)))
    window.session.look()
    assert window.session.history.undo_name == "Change of Labels"
    window.session.undo()
    assert window.signals.entries[0].regions == ()
    assert window.signals.current is half
    window.session.undo()
    assert window.signals.current is whole
    assert window.memory.signal is whole
    window.session.redo()
    assert window.signals.current is half


def test_a_further_room_takes_part_and_what_is_done_in_the_form_does(window: StudioWindow) -> None:
    kept = {"lines": 0}
    window.session.keep(Part("panel", lambda: dict(kept), kept.update))
    kept["lines"] = 3
    window.session.look("Clearing of the Panel")
    window.train.take_keys({"model": "s4", "chosen": {"seed": 5}})
    window.session.look()
    assert window.session.history.undo_name == "Change of Model"
    window.session.undo()
    assert (window.train.state.model, kept) == ("s4d", {"lines": 3})
    window.session.undo()
    assert kept == {"lines": 0}

"""Whose labels are shown, and in which colours: they stay; and what is live carries none."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from hippo_studio.app.services import Services
from hippo_studio.app.sound.live_source import new_page
from hippo_studio.app.window import StudioWindow
from hippo_studio.signals import Signal
from hippo_studio.signals.tools import Crop, Step


@pytest.fixture
def window(services: Services, qtbot: QtBot) -> Iterator[StudioWindow]:
    window = StudioWindow(services)
    qtbot.addWidget(window)
    window.signals.add(Signal(np.sin(np.arange(8000) / 10), 1000.0, origin="made()"))
    qtbot.waitUntil(lambda: window.memory.source is not None, timeout=20_000)
    yield window
    window.close()


def label(window: StudioWindow, start: float, stop: float, word: str) -> None:
    window.rooms.labels.panel.words.setCurrentText(word)
    window.rooms.labels.add(start, stop)


def inks(window: StudioWindow) -> dict[str, str]:
    return {one.text: one.color for one in window.rooms.labels.brushes[0]._bands.stretches}


def test_a_further_label_changes_the_colour_of_none(window: StudioWindow) -> None:
    label(window, 2, 3, "m")
    label(window, 4, 5, "n")
    before = inks(window)
    label(window, 0, 1, "a")
    assert inks(window).items() > before.items()
    window.rooms.labels.choose(0)
    window.rooms.labels.delete()
    assert inks(window) == before
    label(window, 6, 7, "z")
    label(window, 0, 1, "a")
    assert len(set(inks(window).values())) == 4


def test_labels_are_not_drawn_over_what_is_live_and_nothing_is_labelled_there(
    window: StudioWindow, services: Services, qtbot: QtBot
) -> None:
    label(window, 2, 3, "m")
    said: list[str] = []
    services.messages.status_changed.connect(said.append)
    window.memory.show_live(new_page("live", 1000.0, 4000))
    assert inks(window) == {}
    window.rooms.labels.brushes[0].drawn.emit(0.5, 1.0)
    assert said[-1] == "What is live can be labelled once it is stopped"
    assert window.signals.entries[0].regions == ((2.0, 3.0, "m"),)
    window.signals.show(0)
    assert list(inks(window)) == ["m"]


def test_the_labels_shown_are_those_of_the_signal_that_is_looked_at(window: StudioWindow) -> None:
    label(window, 2, 3, "m")
    window.signals.add(Signal(np.zeros(4000), 1000.0, origin="other()"))
    assert inks(window) == {}
    label(window, 1, 2, "n")
    window.signals.show(0)
    assert list(inks(window)) == ["m"]
    assert window.rooms.labels.panel.table.rowCount() == 1
    window.signals.show(1)
    assert list(inks(window)) == ["n"]
    assert window.rooms.labels.panel.table.item(0, 2).text() == "n"


def test_a_crop_changes_the_colour_of_none_also_at_the_next_start(window: StudioWindow, qtbot: QtBot) -> None:
    label(window, 0, 1, "a")
    label(window, 4, 5, "b")
    before = inks(window)
    window.rooms.bench.lay([Step(Crop(3, 7))])
    qtbot.waitUntil(lambda: not window.rooms.bench.busy, timeout=20_000)
    assert inks(window) == {"b": before["b"]}
    window.rooms.labels.brushes[0]._seen.clear()  # as a window has it that opens the session
    window.rooms.labels.refresh()
    assert inks(window) == {"b": before["b"]}

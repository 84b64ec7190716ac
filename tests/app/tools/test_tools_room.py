"""The chain of tools in the window: laid, edited, switched, taken away, undone; and what cannot be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from hippo_studio.app.memory.state import MemoryState
from hippo_studio.app.services import Services
from hippo_studio.app.tools.bench import Bench
from hippo_studio.app.tools.suggesting import offset_of, suggestion
from hippo_studio.app.window import StudioWindow
from hippo_studio.session import SignalEntry
from hippo_studio.signals import Signal, generate
from hippo_studio.signals.tools import TOOLS, Crop, Detrend, Noise, Step, apply_tools

PATIENCE = 60_000
"""Milliseconds: on a busy machine a job waits long for its turn."""


@pytest.fixture
def window(services: Services, qtbot: QtBot) -> Iterator[StudioWindow]:
    window = StudioWindow(services)
    qtbot.addWidget(window)
    window.signals.add(generate("sine", duration=10.0, sample_rate=100.0))
    yield window
    window.close()


@pytest.fixture
def bench(window: StudioWindow) -> Bench:
    return window.rooms.bench


def settle(qtbot: QtBot, bench: Bench) -> None:
    qtbot.waitUntil(lambda: not bench.busy, timeout=PATIENCE)


def test_a_tool_is_laid_on_the_signal_and_the_view_stays(
    window: StudioWindow, bench: Bench, qtbot: QtBot
) -> None:
    untouched, memory = window.signals.current, window.memory
    memory.take(MemoryState(order=7, theta=0.3))
    memory.transport.seek_seconds(5.0)
    bench.lay([Step(Crop(2, 8))])
    settle(qtbot, bench)
    np.testing.assert_array_equal(window.signals.current.samples, untouched.samples[:, 200:800])
    assert (memory.state.order, memory.state.theta) == (7, 0.3)
    assert memory.transport.seconds == 3.0
    assert window.signals.entries[0].tools == ({"name": "crop", "start": 2.0, "stop": 8.0},)


def test_a_chain_is_always_laid_on_the_untouched_signal(
    window: StudioWindow, bench: Bench, qtbot: QtBot
) -> None:
    untouched = window.signals.current
    for chain in ([Step(Crop(2, 8))], [Step(Crop(2, 8)), Step(Noise(3))], [Step(Crop(1, 9)), Step(Noise(3))]):
        bench.lay(chain)
        settle(qtbot, bench)
        expected = apply_tools(untouched, [step.tool for step in chain])
        np.testing.assert_array_equal(window.signals.current.samples, expected.samples)
    bench.lay([])
    settle(qtbot, bench)
    assert window.signals.current.length == untouched.length


def test_the_newest_of_many_chains_wins(window: StudioWindow, bench: Bench, qtbot: QtBot) -> None:
    window.session.look()
    for stop in range(3, 9):
        bench.lay([Step(Crop(2, stop))])
    settle(qtbot, bench)
    assert window.signals.current.duration == 6.0
    window.session.look()
    window.session.undo()
    assert window.signals.current.duration == 10.0, "one step for all of them"


def test_what_cannot_be_is_said_and_changes_nothing(
    window: StudioWindow, bench: Bench, qtbot: QtBot, services: Services
) -> None:
    before = window.signals.current
    with qtbot.waitSignal(services.messages.shown, timeout=PATIENCE) as shown:
        bench.lay([Step(Crop(20, 30))])
    assert "lasts 10 s" in shown.args[0].text
    assert (window.signals.current, bench.steps) == (before, ())
    bench.lay([Step(Crop(1, 2))])
    settle(qtbot, bench)
    assert window.signals.current.duration == 1.0


def test_undo_takes_a_tool_back_and_redo_lays_it_again(
    window: StudioWindow, bench: Bench, qtbot: QtBot
) -> None:
    window.session.look()
    bench.lay([Step(Crop(2, 8))])
    settle(qtbot, bench)
    window.session.look()
    assert window.session.history.undo_name.startswith("Crop")
    window.session.undo()
    assert window.signals.current.duration == 10.0
    assert bench.steps == ()
    window.session.redo()
    assert window.signals.current.duration == 6.0
    assert bench.steps == (Step(Crop(2, 8)),)


def test_a_chain_from_a_session_is_made_again_and_can_be_edited(
    window: StudioWindow, bench: Bench, qtbot: QtBot
) -> None:
    entry = SignalEntry(
        generator="sine",
        parameters={"duration": 4.0, "sample_rate": 100.0},
        tools=(Crop(1, 3).to_plain(),),
    )
    with qtbot.waitSignal(window.session.remaking.finished, timeout=PATIENCE):
        window.session.remaking.show((entry,), 0)
    assert window.signals.current.duration == 2.0
    bench.lay([Step(Crop(0, 3))])
    settle(qtbot, bench)
    assert window.signals.current.duration == 3.0


def test_the_panel_adds_edits_switches_moves_and_removes(
    window: StudioWindow, bench: Bench, qtbot: QtBot, services: Services
) -> None:
    panel = window.rooms.tools
    services.actions["tool_crop"].trigger()
    settle(qtbot, bench)
    assert not window.side_docks[0].isHidden(), "the panel is shown with the first tool"
    stop = panel.form.fields["stop"]
    stop.setText("4")
    stop.editingFinished.emit()
    services.actions["tool_detrend"].trigger()
    settle(qtbot, bench)
    kind = panel.form.fields["kind"]
    assert isinstance(kind, QComboBox)
    kind.activated.emit(kind.findData("mean"))
    assert bench.steps == (Step(Crop(0, 4)), Step(Detrend("line"))), "what was chosen already is no change"
    kind.setCurrentIndex(kind.findData("mean"))
    kind.activated.emit(kind.currentIndex())
    settle(qtbot, bench)
    assert bench.steps == (Step(Crop(0, 4)), Step(Detrend("mean")))
    panel.list.item(0).setCheckState(Qt.CheckState.Unchecked)
    settle(qtbot, bench)
    assert window.signals.current.duration == 10.0
    panel.up.click()
    settle(qtbot, bench)
    assert bench.steps == (Step(Detrend("mean")), Step(Crop(0, 4), on=False))
    panel.remove.click()
    settle(qtbot, bench)
    assert bench.steps == (Step(Crop(0, 4), on=False),)


def test_a_tool_that_is_added_before_the_signal_is_drawn_takes_all_of_it(
    window: StudioWindow, bench: Bench, qtbot: QtBot, services: Services
) -> None:
    window.signals.add(generate("sine", duration=20.0, sample_rate=100.0))
    assert window.memory.source is None, "not drawn yet"
    services.actions["tool_crop"].trigger()
    assert bench.steps == (Step(Crop(0, 20)),)
    settle(qtbot, bench)


def test_a_value_that_cannot_be_is_refused_and_the_old_one_stays(
    window: StudioWindow, bench: Bench, qtbot: QtBot, services: Services
) -> None:
    services.actions["tool_crop"].trigger()
    settle(qtbot, bench)
    stop = window.rooms.tools.form.fields["stop"]
    for text, words in (("soon", "number"), ("-1", "at least 0")):
        stop.setText(text)
        with qtbot.waitSignal(services.messages.refused, timeout=PATIENCE) as said:
            stop.editingFinished.emit()
        assert words in said.args[0]
        assert stop.text() == "10"


def test_a_signal_far_from_zero_is_told_of_detrend_once(
    window: StudioWindow, bench: Bench, qtbot: QtBot, services: Services
) -> None:
    said = []
    services.messages.shown.connect(said.append)
    warm = Signal(20 + 0.3 * np.sin(np.arange(500) / 20), 10.0, ("T",), ("°C",), origin="/warm.csv")
    window.signals.add(warm)
    qtbot.waitUntil(lambda: bool(said), timeout=PATIENCE)
    (message,) = said
    assert "20 ± 0.3 °C" in message.text
    message.remedy.run()
    settle(qtbot, bench)
    assert abs(window.signals.current.samples.mean()) < 1e-9
    qtbot.waitUntil(
        lambda: window.memory.source is not None and abs(window.memory.source.range()[1]) < 1,
        timeout=PATIENCE,
    )
    assert len(said) == 1


@pytest.mark.parametrize("name", TOOLS)
def test_what_is_suggested_can_be_applied(name: str) -> None:
    signal = Signal(np.random.default_rng(0).normal(size=(2, 997)), 13.7)
    suggestion(name, signal, (-1.0, 30.0), "").apply(signal)


def test_a_range_far_from_zero_has_an_offset() -> None:
    assert offset_of(19.7, 20.3) == pytest.approx(20)
    assert offset_of(-1.0, 1.2) == 0
    assert offset_of(3.0, 3.0) == 0


def test_a_channel_that_the_signal_lacks_is_not_suggested() -> None:
    signal = Signal(np.zeros((2, 100)), 10.0, ("a", "b"))
    assert suggestion("channels", signal, (0, 1), "mono").channels == ("a",)
    assert suggestion("channels", signal, (0, 1), "b").channels == ("b",)

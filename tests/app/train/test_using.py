"""The model on the current signal: what is found, what is superseded, what fails; trials beside it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.open_signals import OpenSignals
from hippo_studio.app.services import Services
from hippo_studio.app.train.applying import BLOCK, COLUMNS, Applying, Request
from hippo_studio.app.train.progress import Phase, Progress
from hippo_studio.app.train.tab import TrainTab
from hippo_studio.app.train.trials import through_kernel
from hippo_studio.app.train.using import Using
from hippo_studio.learning.events import Started
from hippo_studio.signals import Signal

RATE = 1000.0


class Sign:
    """A model that tells whether the signal is above 0, without torch."""

    labels = ("below", "above")

    def __init__(self, gate: threading.Event | None = None) -> None:
        self.gate, self.blocks = gate, 0

    def prepared(self, samples: np.ndarray, rate: float, names: tuple[str, ...]) -> np.ndarray:
        return samples[:1].T.astype(np.float32)

    def push(self, values: np.ndarray) -> np.ndarray:
        self.blocks += 1
        if self.gate is not None:
            assert self.gate.wait(5)
        above = (values[:, 0] > 0).astype(np.float32)
        return np.stack([1 - above, above], 1)


def signal(seconds: float = 4.0) -> Signal:
    t = np.arange(round(seconds * RATE)) / RATE
    return Signal(np.sin(2 * np.pi * t / seconds)[None], RATE, origin="sine")


def finished(applying: Applying, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not applying.busy, timeout=20_000)


def test_every_column_holds_what_the_model_said_there(qtbot: QtBot) -> None:
    applying = Applying(lambda *_: Sign())
    applying.request(Request(Path("run"), signal()))
    finished(applying, qtbot)
    verdict = applying.verdict
    assert verdict.done == len(verdict.probabilities) == COLUMNS
    assert verdict.at(1.0) == ("above", 1.0)
    assert verdict.at(3.0) == ("below", 1.0)
    assert verdict.at(5.0) is None
    assert applying.close()


def test_a_short_signal_has_a_column_per_moment(qtbot: QtBot) -> None:
    applying = Applying(lambda *_: Sign())
    applying.request(Request(Path("run"), signal(0.01)))
    finished(applying, qtbot)
    assert applying.verdict.done == 10
    assert applying.close()


def test_a_newer_request_ends_the_older_within_a_block(qtbot: QtBot) -> None:
    gate = threading.Event()
    models = [Sign(gate), Sign()]
    waiting = list(models)
    applying = Applying(lambda *_: waiting.pop(0))
    older, newer = signal(20 * BLOCK / RATE), signal(1.0)
    applying.request(Request(Path("run"), older))
    qtbot.waitUntil(lambda: models[0].blocks == 1)
    applying.request(Request(Path("run"), newer))
    gate.set()
    finished(applying, qtbot)
    assert models[0].blocks == 1
    assert applying.verdict.signal is newer
    assert applying.close()


def test_a_model_that_cannot_is_a_sentence_and_the_next_one_works(qtbot: QtBot) -> None:
    def opened(path: Path, _: float) -> Sign:
        if path.name == "broken":
            raise ValueError("This model reads tokens.")
        return Sign()

    applying = Applying(opened)
    applying.request(Request(Path("broken"), signal()))
    finished(applying, qtbot)
    assert applying.verdict.failure == "This model reads tokens."
    applying.request(Request(Path("run"), signal()))
    finished(applying, qtbot)
    assert applying.verdict.failure == ""
    assert applying.close()


def test_closing_midway_ends_the_thread(qtbot: QtBot) -> None:
    model = Sign()
    applying = Applying(lambda *_: model)
    applying.request(Request(Path("run"), signal(5000 * BLOCK / RATE)))
    assert applying.close()
    assert model.blocks < 5000


@pytest.fixture
def memory(services: Services, qtbot: QtBot) -> Iterator[MemoryTab]:
    tab = MemoryTab(services)
    for widget in (tab, tab.settings_panel, tab.inspector_panel):
        qtbot.addWidget(widget)
    tab.resize(900, 700)
    tab.show()
    qtbot.waitUntil(lambda: not services.jobs.live, timeout=20_000)  # it may compile first
    yield tab
    assert tab.close_tab()


@pytest.fixture
def train(services: Services, qtbot: QtBot) -> Iterator[TrainTab]:
    tab = TrainTab(services, work=lambda *_: None, warm_up=lambda: None)
    qtbot.addWidget(tab)
    yield tab
    assert tab.close_tab()


@pytest.fixture
def using(services: Services, memory: MemoryTab, train: TrainTab) -> Iterator[tuple[Using, OpenSignals]]:
    signals = OpenSignals()
    signals.current_changed.connect(memory.set_signal)
    using = Using(train, memory, signals, services, signals, lambda *_: Sign())
    yield using, signals
    assert using.close()


def test_the_strip_is_off_until_there_is_a_model(
    services: Services, using: tuple[Using, OpenSignals]
) -> None:
    said: list[str] = []
    services.messages.shown.connect(lambda message: said.append(message.text))
    services.actions["use_model"].trigger()
    assert "no model yet" in said[0]
    assert not using[0].following
    assert not services.actions["use_model"].isChecked()


def test_the_strip_follows_the_playhead(
    services: Services, using: tuple[Using, OpenSignals], train: TrainTab, memory: MemoryTab,
    qtbot: QtBot, tmp_path: Path,
) -> None:  # fmt: skip
    use, signals = using
    (tmp_path / "model.safetensors").touch()
    train.build()
    train.show_past(Progress(Phase.FINISHED, started=Started(tmp_path, {}, 1, "cpu", 1, 1, 1)))
    with qtbot.waitSignal(memory.player.frame_ready):
        signals.add(signal())
    services.actions["use_model"].trigger()
    assert use.following
    assert use.strip.isVisible()
    finished(use.strip.applying, qtbot)
    with qtbot.waitSignal(memory.player.frame_ready):
        memory.transport.seek_seconds(1.0)
    qtbot.waitUntil(lambda: "above 100.0 %" in str(use.strip.caption._runs), timeout=20_000)
    assert use.strip.x_range == memory.past.plot.x_range
    services.actions["use_model"].trigger()
    assert use.strip.isHidden()


def test_a_delta_leaves_a_sound_as_it_is_and_a_delay_delays_it() -> None:
    sound = signal(0.5)
    delta = np.zeros(20)
    delta[0] = 3.0
    same = through_kernel(sound, delta, None, "delta")
    np.testing.assert_allclose(same.samples, sound.samples, atol=1e-6)
    late = through_kernel(sound, np.roll(delta, 7), RATE, "delay")
    np.testing.assert_allclose(late.samples[:, 7:], sound.samples[:, :-7], atol=1e-6)
    assert late.origin == "sine through delay"


def test_a_silent_kernel_is_said() -> None:
    with pytest.raises(ValueError, match="silent"):
        through_kernel(signal(0.1), np.zeros(8), None, "nothing")

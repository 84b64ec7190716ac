"""The model on the current signal: what is found, what is superseded, what fails; trials beside it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.open_signals import OpenSignals
from hippo_studio.app.services import Services
from hippo_studio.app.sound.live_source import new_page
from hippo_studio.app.train.applying import BLOCK, COLUMNS, Applying, Request
from hippo_studio.app.train.progress import Phase, Progress
from hippo_studio.app.train.session import Plan
from hippo_studio.app.train.tab import TrainTab
from hippo_studio.app.train.trials import through_kernel
from hippo_studio.app.train.using import Using
from hippo_studio.export import write_wav
from hippo_studio.learning.events import Event, Finished, Started, StopReason
from hippo_studio.learning.settings import TrainingSettings
from hippo_studio.signals import Signal

RATE = 1000.0


class Sign:
    """A model that tells whether the signal is above 0, without torch."""

    labels = ("below", "above")

    def __init__(self, gate: threading.Event | None = None) -> None:
        self.gate, self.blocks = gate, 0

    def remarks(self, rate: float) -> tuple[str, ...]:
        return ()

    def prepared(self, samples: np.ndarray, *_: object) -> np.ndarray:
        return samples[:1].T.astype(np.float32)

    def hearing(self, rate: float, names: tuple[str, ...], heard: int) -> Sign:
        self.rate, self.heard = rate, heard
        return self

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


def test_what_is_live_is_followed_as_it_comes_and_over_the_turns_of_its_page(qtbot: QtBot) -> None:
    models: list[Sign] = []

    def opened(*_: object) -> Sign:
        models.append(Sign())
        return models[-1]

    applying, samples = Applying(opened), np.where(np.arange(9000) % 2000 < 1000, 1.0, -1.0)[:, None]
    page = new_page("live", RATE, 6000, level=np.zeros(1))
    applying.request(Request(Path("run"), page))

    def heard(seconds: float) -> bool:
        verdict = applying.verdict
        return verdict is not None and verdict.at(seconds) is not None

    for start in range(0, 5000, 250):
        page.append(samples[start : start + 250])
    qtbot.waitUntil(lambda: heard(4.99), timeout=20_000)
    assert [applying.verdict.at(place / 2 + 0.25)[0] for place in range(4)] == [
        "above",
        "above",
        "below",
        "below",
    ]
    assert heard(5.1), "a little late is as good as now"
    assert not heard(5.6)
    for turned in (page.turned(), page.rolled(3000)):
        applying.request(Request(Path("run"), turned))
        turned.append(samples[5000:6000])
        last = 6.0 - turned.dropped / RATE

        def turned_over(turned: object = turned, last: float = last) -> bool:
            return heard(last - 0.02) and applying.verdict.signal is turned

        qtbot.waitUntil(turned_over, timeout=20_000)
        assert applying.verdict.at(last - 0.5) == ("below", 1.0)
        assert applying.verdict.at(last - 1.5) == ("above", 1.0)
        turned_back = Request(Path("run"), page)
        applying.request(turned_back)
        qtbot.waitUntil(
            lambda: applying.verdict is not None and applying.verdict.signal is page, timeout=20_000
        )
    assert len(models) == 3  # the turns needed no new one; going back to an older page did
    applying.request(Request(Path("run"), signal(1.0)))
    finished(applying, qtbot)
    assert applying.verdict.at(0.2) == ("above", 1.0)
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
    train.past.show(Progress(Phase.FINISHED, started=Started(tmp_path, {}, 1, "cpu", 1, 1, 1)))
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


class Lesson:
    """A training that leaves a model where the run had one, and is over a while after it said so."""

    def __init__(self) -> None:
        self.writes, self.over = threading.Event(), threading.Event()

    def __call__(self, plan: Plan, tell: Callable[[Event], None], _: object) -> None:
        tell(Started(plan.folder, {}, 1, "cpu", 1, 1, 1))
        assert self.writes.wait(5)
        write_model(plan.folder, 2)
        tell(Finished(StopReason.COMPLETED, "Done.", {}))
        assert self.over.wait(5)


def write_model(folder: Path, second: int) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "model.safetensors").touch()
    os.utime(folder / "model.safetensors", (second, second))


@pytest.mark.parametrize("trained", ["run", "another run"])
def test_the_model_of_before_is_followed_until_the_training_has_a_new_one(
    services: Services, memory: MemoryTab, qtbot: QtBot, tmp_path: Path, trained: str
) -> None:
    lesson, models = Lesson(), list[Path]()

    def opened(path: Path, _: float) -> Sign:
        models.append(path)
        return Sign()

    train, signals = TrainTab(services, work=lesson, warm_up=lambda: None), OpenSignals()
    qtbot.addWidget(train)
    signals.current_changed.connect(memory.set_signal)
    use = Using(train, memory, signals, services, signals, opened)
    run, folder = tmp_path / "run", tmp_path / trained
    write_model(run, 1)
    train.build()
    past = Progress(Phase.FINISHED, started=Started(run, {}, 1, "cpu", 1, 1, 1))
    train.past.show(past)
    with qtbot.waitSignal(memory.player.frame_ready):
        signals.add(signal())
    services.actions["use_model"].trigger()
    finished(use.strip.applying, qtbot)
    before = use.strip.applying.verdict
    goes_on = folder == run
    train.past.proceed(Plan(TrainingSettings(), {}, folder, past=past if goes_on else Progress()))
    qtbot.waitUntil(lambda: train.phase is Phase.WORKING)
    assert use.strip.applying.verdict is before
    assert models == [run]
    lesson.writes.set()
    qtbot.waitUntil(lambda: train.phase is Phase.FINISHED)
    finished(use.strip.applying, qtbot)
    assert models == [run, folder]
    assert use.strip.applying.verdict.done == COLUMNS
    lesson.over.set()
    assert train.close_tab()
    assert use.close()


def test_a_run_without_a_model_is_said_where_it_is_followed(
    services: Services, using: tuple[Using, OpenSignals], train: TrainTab, memory: MemoryTab,
    qtbot: QtBot, tmp_path: Path,
) -> None:  # fmt: skip
    write_model(tmp_path / "run", 1)
    train.build()
    for name in ("run", "cut off"):
        train.past.show(Progress(Phase.FINISHED, started=Started(tmp_path / name, {}, 1, "cpu", 1, 1, 1)))
        if name == "run":
            with qtbot.waitSignal(memory.player.frame_ready):
                using[1].add(signal())
            services.actions["use_model"].trigger()
            finished(using[0].strip.applying, qtbot)
    assert "cut off has no model yet" in str(using[0].strip.caption._runs)


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


def test_the_labelled_regions_of_the_current_signal_are_one_click_from_training(
    services: Services, using: tuple[Using, OpenSignals], train: TrainTab, qtbot: QtBot, tmp_path: Path
) -> None:
    said: list[str] = []
    services.messages.shown.connect(lambda message: said.append(message.text))
    file = tmp_path / "day.wav"
    write_wav(file, signal().samples, RATE)
    using[1].add(Signal(signal().samples, RATE, origin=str(file)))
    services.actions["train_regions"].trigger()
    assert "no labelled regions" in said[0]
    rows = [f"{i / 8},{(i + 1) / 8},{'ab'[i % 2]}" for i in range(32)]
    (tmp_path / "day.labels.csv").write_text("\n".join(["start,end,label", *rows]) + "\n")
    with qtbot.waitSignal(train.wanted):
        services.actions["train_regions"].trigger()
    assert train.state.data == str(file)
    train.show()
    qtbot.waitUntil(lambda: train.data_ready)
    assert train.source.data.labels == ("a", "b")

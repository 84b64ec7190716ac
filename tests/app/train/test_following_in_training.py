"""The model is followed while it learns; where its answers are is said, and what they are worth."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.open_signals import OpenSignals
from hippo_studio.app.services import Services
from hippo_studio.app.train import using as using_module
from hippo_studio.app.train.session import Plan
from hippo_studio.app.train.tab import TrainTab
from hippo_studio.app.train.using import Using
from hippo_studio.learning.events import EpochEnded, Event, Finished, Started, StopReason
from hippo_studio.learning.settings import TrainingSettings
from tests.app.train.test_using import Sign, finished, memory, signal, write_model

__all__ = ["memory"]


class Steps:
    """A training that writes a better model each time it may go on."""

    def __init__(self, epochs: int) -> None:
        self.may_go_on = [threading.Event() for _ in range(epochs + 1)]

    def __call__(self, plan: Plan, tell: Callable[[Event], None], _: object) -> None:
        tell(Started(plan.folder, {}, 1, "cpu", 9, 1, 1))
        for epoch, may in enumerate(self.may_go_on[:-1], 1):
            assert may.wait(5)
            write_model(plan.folder, epoch)
            tell(EpochEnded(epoch, epoch, 0.5, 0.5, 0.4, 0.75, 1e-3, 1.0, True))
        assert self.may_go_on[-1].wait(5)
        tell(Finished(StopReason.COMPLETED, "Done.", {}))


def test_better_models_are_followed_while_the_training_goes_on(
    services: Services, memory: MemoryTab, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(using_module, "_NEWER_MS", 0)
    steps, models = Steps(2), list[Path]()

    def opened(path: Path, _: float) -> Sign:
        models.append(path)
        return Sign()

    train, signals = TrainTab(services, work=steps, warm_up=lambda: None), OpenSignals()
    qtbot.addWidget(train)
    signals.current_changed.connect(memory.set_signal)
    use = Using(train, memory, signals, services, signals, opened)
    train.build()
    with qtbot.waitSignal(memory.player.frame_ready):
        signals.add(signal())
    train.past.proceed(Plan(TrainingSettings(), {}, tmp_path / "run"))
    steps.may_go_on[0].set()
    qtbot.waitUntil(lambda: use.model is not None and len(train.session.progress.epochs) == 1)
    services.actions["use_model"].trigger()
    finished(use.strip.applying, qtbot)
    assert len(models) == 1
    steps.may_go_on[1].set()
    qtbot.waitUntil(lambda: len(models) == 2)
    assert train.session.busy
    finished(use.strip.applying, qtbot)
    steps.may_go_on[2].set()
    qtbot.waitUntil(lambda: not train.session.busy)
    assert train.close_tab()
    assert use.close()


class Stranger(Sign):
    """A model that learned from something else."""

    def remarks(self, rate: float) -> tuple[str, ...]:
        return (f"Learned elsewhere than at {rate:g} Hz.",)


def test_the_page_says_where_the_answers_are_and_what_they_are_worth(
    services: Services, memory: MemoryTab, qtbot: QtBot, tmp_path: Path
) -> None:
    train, signals = TrainTab(services, work=lambda *_: None, warm_up=lambda: None), OpenSignals()
    qtbot.addWidget(train)
    signals.current_changed.connect(memory.set_signal)
    use = Using(train, memory, signals, services, signals, lambda *_: Stranger())
    train.build()
    page = train.results.use
    write_model(tmp_path / "run", 1)
    train._shown = train._shown.after(Started(tmp_path / "run", {}, 1, "cpu", 1, 1, 1))
    with qtbot.waitSignal(memory.player.frame_ready):
        signals.add(signal())
    assert page.go.isHidden()
    page.follow.click()
    finished(use.strip.applying, qtbot)
    qtbot.waitUntil(lambda: "Learned elsewhere than at 1000 Hz." in page.where.text())
    assert "in the Memory tab" in page.where.text()
    qtbot.waitUntil(lambda: "learned from other signals" in str(use.strip.caption._runs))
    assert "Learned elsewhere" in use.strip.toolTip()
    shown: list[bool] = []
    services.actions.connect("tab_memory", lambda: shown.append(True))
    page.go.click()
    assert shown == [True]
    page.follow.click()
    assert page.where.text() == ""
    assert page.go.isHidden()
    assert train.close_tab()
    assert use.close()

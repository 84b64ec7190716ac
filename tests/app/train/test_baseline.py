"""The random-convolution baseline in the tab: fitted beside, shown as a line, stopped, and absent."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot
from train_made import made_data

from hippo_studio.app.services import Services
from hippo_studio.app.train import data_source
from hippo_studio.app.train.past_runs import Reference, reference_among, reopened
from hippo_studio.app.train.progress import Phase, Progress
from hippo_studio.app.train.runs_view import COLUMNS
from hippo_studio.app.train.tab import TrainTab
from hippo_studio.app.train.wording import headline
from hippo_studio.learning import rocket, runs
from hippo_studio.learning.data import Cancelled
from hippo_studio.learning.run_folders import list_runs
from hippo_studio.learning.runs import open_run


def write_baseline(folder: Path, data: str = "task:made", **report: Any) -> None:
    folder.mkdir(parents=True)
    runs.write_config(folder, {"model": "minirocket", "data": data, "test": "", "seed": 0})
    runs.write_json(folder / runs.REPORT, {"accuracy": 0.9, "split": "test", "reason": "completed", **report})


@pytest.fixture
def tab(
    services: Services, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[TrainTab]:
    monkeypatch.setattr(data_source, "open_data", lambda source, **_: made_data(source=source))
    services.settings.write("train_runs", folder=str(tmp_path / "runs"))
    tab = TrainTab(services, work=lambda *_: None, warm_up=lambda: None)
    qtbot.addWidget(tab)
    tab.resize(1280, 720)
    tab.show()
    qtbot.waitUntil(lambda: tab.data_ready)
    yield tab
    assert tab.close_tab()


def test_at_the_end_it_stands_beside_the_model_s_own() -> None:
    done = Progress(Phase.FINISHED, report={"accuracy": 0.953, "split": "test"})
    assert headline(done) == "Finished · 95.3 % right on test"
    assert (
        headline(done, Reference(0.9, "test", 0.8)) == "Finished · 95.3 % right on test · MiniRocket 90.0 %"
    )
    early = replace(done, report={"accuracy": 0.953, "split": "validation"})
    assert headline(early, Reference(0.9, "test", 0.8)).endswith("right on validation · MiniRocket 80.0 %")
    assert headline(early, Reference(0.9, "test", None)).endswith("MiniRocket 90.0 % on test")
    few = replace(done, report={**early.report, "examples": {"validation": 0}})
    assert headline(few) == "Finished · 95.3 % right on what it learned from"


def fitted(write: Callable[[Path], None]) -> Callable[..., dict[str, Any]]:
    def fit(data: object, folder: Path, **_: Any) -> dict[str, Any]:
        write(folder)
        return {"accuracy": 0.9, "split": "test"}

    return fit


def test_it_becomes_a_run_and_a_line_beside_the_score(
    tab: TrainTab, services: Services, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tab.source.data.source
    write = lambda folder: write_baseline(folder, data, validation_score=0.8)  # noqa: E731
    monkeypatch.setattr(rocket, "fit_baseline", fitted(write))
    assert tab.curves._baseline.at is None
    services.actions["train_baseline"].trigger()
    assert services.actions["train_baseline"].text() == "Stop the Baseline"
    qtbot.waitUntil(lambda: tab.curves._baseline.at == 0.8)
    assert services.actions["train_baseline"].text() == "Fit the Baseline"
    assert "MiniRocket 80.0 % (validation)" in str(tab.curves.score.caption._runs)
    table = tab.results.runs.table
    assert table.item(0, COLUMNS.index("Model")).text() == "MiniRocket"
    assert table.item(0, COLUMNS.index("Validation")).text() == "80.0 %"
    tab.past.show(reopened(open_run(next(iter(tab.results.runs._runs)))))
    assert "MiniRocket" not in tab.header.phase.text(), "it is not set beside itself"
    tab.change(lambda state: state.replace(data="other"))
    qtbot.waitUntil(lambda: tab.curves._baseline.at is None)


def test_stopping_it_leaves_it_ready_for_another(
    tab: TrainTab, services: Services, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ended = threading.Event(), threading.Event()

    def fit(*_: Any, cancelled: Callable[[], bool], **__: Any) -> dict[str, Any]:
        begun.set()
        while not cancelled():
            threading.Event().wait(0.005)
        ended.set()
        raise Cancelled

    monkeypatch.setattr(rocket, "fit_baseline", fit)
    services.actions["train_baseline"].trigger()
    assert begun.wait(5)
    services.actions["train_baseline"].trigger()
    assert ended.wait(5)
    assert not tab.baseline.busy
    data = tab.source.data.source
    monkeypatch.setattr(rocket, "fit_baseline", fitted(lambda folder: write_baseline(folder, data)))
    services.actions["train_baseline"].trigger()
    qtbot.waitUntil(lambda: tab.curves._baseline.at == 0.9)


def test_without_sktime_the_message_says_what_brings_it(
    tab: TrainTab, services: Services, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fit(*_: Any, **__: Any) -> dict[str, Any]:
        raise ModuleNotFoundError("No module named 'sktime'", name="sktime")

    monkeypatch.setattr(rocket, "fit_baseline", fit)
    said: list[str] = []
    services.messages.shown.connect(lambda message: said.append(message.text))
    services.actions["train_baseline"].trigger()
    qtbot.waitUntil(lambda: bool(said))
    assert "'.[baselines]'" in said[0]
    assert not tab.baseline.busy


def test_only_the_newest_of_the_same_data_is_a_reference(tmp_path: Path) -> None:
    write_baseline(tmp_path / "a", "sines")
    write_baseline(tmp_path / "b", "cosines", accuracy=0.7, validation_score=0.6)
    known = list_runs(tmp_path)
    assert reference_among(known, "sines", "") == Reference(0.9, "test", None)
    assert reference_among(known, "cosines", "") == Reference(0.7, "test", 0.6)
    assert reference_among(known, "sines", "other.ts") is None

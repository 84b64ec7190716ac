"""A sweep: what is drawn, what is kept, and that it goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hippo_studio.learning import datasets, sweep_folder, sweeping
from hippo_studio.learning.run_folders import delete_run, list_runs
from hippo_studio.learning.sweeping import Sweep, run_sweep
from tests.learning.tasks import signals

TOML: dict[str, Any] = {
    "data": "tones",
    "model": "s4d",
    "n_layers": 1,
    "d_state": 4,
    "epochs": 2,
    "search": {"lr": {"low": 1e-3, "high": 1e-1, "log": True}, "d_model": [4, 8]},
}


def test_a_sweep_trains_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("optuna")
    monkeypatch.setattr(datasets, "open_data", lambda source, **options: signals())
    sweep = Sweep.from_dict(TOML)
    said: list[str] = []
    first = run_sweep(sweep, tmp_path / "sweep", 2, tell=said.append)
    assert len(first) == len(said) == 2
    assert first[0].score is not None
    again = run_sweep(sweep, tmp_path / "sweep", 3)
    assert len(again) == 3
    assert len({one.drawn["lr"] for one in again}) == 3, "what goes on draws anew"
    scores = [one.score for one in again if one.score is not None]
    assert scores == sorted(scores, reverse=True)
    runs = {run.folder: run for run in list_runs(tmp_path / "sweep")}
    for one in again:
        assert runs[one.folder].config["lr"] == one.drawn["lr"]
        assert runs[one.folder].config["d_model"] == one.drawn["d_model"]
        assert 1e-3 <= one.drawn["lr"] <= 1e-1
    delete_run(again[0].folder)
    assert [one.kept for one in sweep_folder.results(tmp_path / "sweep")] == [False, True, True]
    assert len(run_sweep(sweep, tmp_path / "sweep", 3)) == 3


@pytest.mark.parametrize(
    ("search", "words"),
    [
        ({}, "Nothing is searched"),
        ({"learning_rate": [1]}, "Unknown key 'learning_rate'"),
        ({"data": ["a", "b"]}, "data cannot be searched"),
        ({"lr": {"low": 1, "high": 0}}, "low below high"),
        ({"lr": 0.1}, "a list of values"),
        ({"lr": []}, "a list of values"),
        ({"lr": {"low": 0, "high": 1, "log": True}}, "low must be above 0"),
    ],
)
def test_a_search_that_cannot_be_is_told(search: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Sweep.from_dict({**TOML, "search": search})


def test_data_that_are_not_there_are_told_before_any_process_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("optuna")
    monkeypatch.setattr(sweeping.multiprocessing, "get_context", lambda kind: pytest.fail("it started"))
    with pytest.raises(ValueError, match=r"no file or folder .*nowhere"):
        run_sweep(Sweep.from_dict({**TOML, "data": "nowhere"}), tmp_path, 2, processes=2)


def test_a_process_that_cannot_go_on_says_why_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: Any) -> None:
        raise OSError("The disk is full.")

    monkeypatch.setattr(sweeping, "work", fail)
    said: list[str] = []
    with pytest.raises(SystemExit):
        sweeping._work_apart(Sweep.from_dict(TOML), tmp_path, 1, 0, said.append, 1)
    assert said == ["The disk is full."]


def test_a_sweep_s_folder_alone_says_what_is_searched_and_what_is_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("optuna")
    monkeypatch.setattr(datasets, "open_data", lambda source, **options: signals())
    sweep = Sweep.from_dict(TOML)
    run_sweep(sweep, tmp_path, 1)
    assert Sweep.from_dict(sweep_folder.read_sweep(tmp_path)) == sweep
    trial = sweep_folder.study(tmp_path).ask()
    trial.report(0.25, 1)
    (done, running) = sorted(sweep_folder.listed(tmp_path), key=lambda one: one.number)
    assert (done.state, running.state) == ("complete", "running")
    assert running.score == 0.25
    assert sweep_folder.results(tmp_path) == [done]
    with pytest.raises(ValueError, match="holds no sweep"):
        sweep_folder.read_sweep(tmp_path / "elsewhere")

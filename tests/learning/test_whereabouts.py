"""A run finds its data: from any folder, and where both were moved together."""

from __future__ import annotations

import errno
import os
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
import tomli_w

from hippo_studio.cli import main
from hippo_studio.cli.train import read_toml
from hippo_studio.learning import whereabouts
from hippo_studio.learning.data import DataError
from hippo_studio.learning.run_folders import list_runs
from hippo_studio.learning.runs import CONFIG, open_run, read_config
from hippo_studio.learning.sweep_folder import JOURNAL, read_sweep, write_sweep
from hippo_studio.learning.whereabouts import PLACES, open_data_of
from tests.learning.conftest import Tone

SMALL = ["--model", "s4d", "--set", "d_model=4", "--set", "n_layers=1", "--set", "d_state=4"]


@pytest.fixture
def home(tmp_path: Path, tone: Tone, monkeypatch: pytest.MonkeyPatch) -> Path:
    """data/tones and a run beside it, trained from there by relative names; now elsewhere."""
    root = tmp_path / "home"
    for label, frequency in (("high", 900.0), ("low", 200.0)):
        for number in range(8):
            tone(root / "data" / "tones" / label / f"{number}.wav", frequency + number)
    monkeypatch.chdir(root / "data")
    assert main(["train", "--data", "tones", *SMALL, "--epochs", "1", "--out", "r/tones"]) == 0
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    return root


def test_a_run_finds_its_data_from_another_folder(home: Path) -> None:
    run = home / "data" / "r" / "tones"
    assert main(["evaluate", str(run)]) == 0
    assert main(["train", "--resume", str(run), "--epochs", "2"]) == 0
    assert len(open_run(run).epochs) == 2
    assert main(["train", str(run / CONFIG), "--epochs", "1", "--out", "again"]) == 0


def test_the_same_command_goes_on_by_the_relative_name(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home / "data")
    assert main(["train", "--data", "tones", *SMALL, "--epochs", "2", "--out", "r/tones"]) == 0
    assert len(open_run("r/tones").epochs) == 2


def test_data_and_runs_that_are_moved_together_still_work(home: Path) -> None:
    moved = home.with_name("moved")
    home.rename(moved)
    run = moved / "data" / "r" / "tones"
    assert read_config(run)["data"] == str(moved / "data" / "tones")
    assert main(["evaluate", str(run)]) == 0
    assert main(["train", "--resume", str(run), "--epochs", "2"]) == 0
    assert tomllib.loads((run / CONFIG).read_text())["data"] == str(moved / "data" / "tones")


def test_a_run_of_before_with_a_relative_name_still_opens(home: Path) -> None:
    run = home / "data" / "r" / "tones"
    (run / PLACES).unlink()
    old = {**tomllib.loads((run / CONFIG).read_text()), "data": "tones"}
    (run / CONFIG).write_text(tomli_w.dumps(old))
    assert main(["evaluate", str(run)]) == 0
    assert main(["train", "--resume", str(run), "--epochs", "2"]) == 0


def test_data_that_are_gone_are_told_with_where_they_were_looked_for(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = shutil.move(home / "data" / "r", home.parent / "elsewhere") / Path("tones")
    tones = shutil.move(home / "data" / "tones", home / "kept")
    capsys.readouterr()
    for command in (["evaluate", str(run)], ["train", "--resume", str(run), "--epochs", "2"]):
        assert main(command) == 2
        said = capsys.readouterr().err
        assert str(home / "data" / "tones") in said
        assert str(home.parent / "elsewhere" / "tones") in said, "as seen from the run"
        assert "--data" in said
    with pytest.raises(DataError, match="--data"):
        open_data_of(run, read_config(run))
    assert main(["train", "--resume", str(run), "--data", str(tones), "--epochs", "2"]) == 0
    assert read_config(run)["data"] == str(tones)


def test_moved_data_of_other_classes_are_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = home / "data" / "r" / "tones"
    (home / "data" / "tones").rename(home / "other")
    (home / "other" / "low").rename(home / "other" / "deep")
    assert main(["train", "--resume", str(run), "--data", str(home / "other"), "--epochs", "2"]) == 2
    assert "another training: data is" in capsys.readouterr().err


def test_a_mistyped_name_is_not_looked_for_elsewhere(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["train", "--data", "tones", *SMALL, "--out", str(home / "data" / "r" / "new")]) == 2
    assert f"There is no file or folder {home.with_name('elsewhere') / 'tones'};" in capsys.readouterr().err


def test_a_sweep_keeps_absolute_places(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(home / "data")
    sweep = home / "data" / "sweep"
    write_sweep(sweep, {"data": "tones", "search": {"lr": [0.1, 0.2]}})
    (sweep / JOURNAL).touch()
    monkeypatch.chdir(home)
    assert read_sweep(sweep)["data"] == str(home / "data" / "tones")
    moved = home.rename(home.with_name("moved"))
    assert read_sweep(moved / "data" / "sweep")["data"] == str(moved / "data" / "tones")


def test_names_of_tasks_and_of_nothing_stay_as_they_are(tmp_path: Path) -> None:
    keys = {"data": "task:digits", "test": ""}
    assert whereabouts.anchored(keys) == keys
    assert whereabouts.found(keys, tmp_path) == keys
    assert not whereabouts.missing(keys, tmp_path)


@pytest.mark.parametrize("name", ["mnist::permuted", "Trace"])
def test_what_is_no_path_alone_is_anchored_too(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mnist").mkdir()
    (tmp_path / "Trace_TRAIN.ts").touch()
    monkeypatch.chdir(tmp_path)
    assert whereabouts.anchored({"data": name}) == {"data": os.path.join(tmp_path, name)}


def test_data_in_a_folder_of_another_that_may_not_be_looked_into_hide_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, private = tmp_path / "runs" / "run", tmp_path / "private"
    run.mkdir(parents=True)
    (run / CONFIG).write_text(tomli_w.dumps({"data": str(private / "tones")}))
    stat = os.stat

    def refuse(path: os.PathLike[str] | str | int, *args: Any, **keys: Any) -> os.stat_result:
        if str(path).startswith(str(private)):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return stat(path, *args, **keys)

    monkeypatch.setattr(os, "stat", refuse)
    assert open_run(run).config["data"] == str(private / "tones")
    assert [found.folder for found in list_runs(run.parent)] == [run]


def test_a_config_s_data_are_beside_it_and_never_above_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, beside, here = tmp_path / "sub" / "c.toml", tmp_path / "sub" / "clips", tmp_path / "work" / "clips"
    for folder in (tmp_path / "clips", beside, here):
        folder.mkdir(parents=True)
    file.write_text('data = "clips"')
    monkeypatch.chdir(here.parent)
    assert read_toml(file)["data"] == str(beside)
    beside.rmdir()
    assert read_toml(file)["data"] == str(here)
    here.rmdir()
    assert read_toml(file)["data"] == "clips"

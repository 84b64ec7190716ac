"""A training that is to go on where something of its folder is lost: a sentence, and nothing overwritten."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from hippo_studio.learning import runs
from hippo_studio.learning.control import Control
from hippo_studio.learning.events import BatchEnded, EpochEnded, Event, Noticed, Saved, Started, StopReason
from hippo_studio.learning.record import Record
from hippo_studio.learning.runs import CHECKPOINT, MODEL, REPORT, open_run
from hippo_studio.ssm import load_model
from tests.learning.training import of, train


@pytest.fixture
def run(tmp_path: Path) -> Path:
    train(tmp_path / "run", epochs=2)
    return tmp_path / "run"


def files(run: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in sorted(run.rglob("*")) if file.is_file()}


def test_a_run_that_lost_its_checkpoint_is_not_trained_over(run: Path) -> None:
    (run / runs.CHECKPOINT).unlink()
    before = files(run)
    with pytest.raises(ValueError, match=r"no checkpoint to go on from, .*; give a new folder"):
        train(run, epochs=4)
    assert files(run) == before


@pytest.mark.parametrize(("size", "words"), [(0, "is empty"), (5, "cut off"), (300, "cut off")])
def test_a_checkpoint_that_is_cut_off_is_one_sentence(run: Path, size: int, words: str) -> None:
    file = run / runs.CHECKPOINT
    file.write_bytes(file.read_bytes()[:size])
    before = files(run)
    finished, _, _ = train(run, epochs=4)
    assert finished.reason is StopReason.FAILED
    assert finished.sentence.startswith(f"{file} is ")
    assert words in finished.sentence
    assert finished.sentence.endswith("or train anew in another folder.")
    assert files(run) == before


def test_a_checkpoint_of_something_else_is_said(run: Path, tmp_path: Path) -> None:
    (run / runs.CHECKPOINT).write_bytes((run / runs.MODEL).read_bytes())
    assert "is of another program" in train(run, epochs=4)[0].sentence
    train(tmp_path / "wider", model={"d_model": 12}, epochs=1)
    (run / runs.CHECKPOINT).write_bytes((tmp_path / "wider" / runs.CHECKPOINT).read_bytes())
    assert "is of another model" in train(run, epochs=4)[0].sentence


@pytest.mark.parametrize("cut", [True, False])
def test_a_lost_best_model_is_said_and_training_goes_on(run: Path, cut: bool) -> None:
    file = run / runs.MODEL
    if cut:
        file.write_bytes(file.read_bytes()[:100])
    else:
        file.unlink()
    finished, events, _ = train(run, epochs=4)
    assert finished.reason is StopReason.COMPLETED
    assert of(Started, events)[0].epoch == 2
    assert "the best model so far is lost" in of(Noticed, events)[0].sentence
    assert finished.report["best_epoch"] > 2
    load_model(file)


def test_the_model_of_the_checkpoint_stands_in_where_no_epoch_is_left(run: Path) -> None:
    (run / runs.MODEL).unlink()
    finished, _, _ = train(run, epochs=2)
    assert finished.report["accuracy"] is not None
    load_model(run / runs.MODEL)


def test_a_run_that_was_cut_off_before_its_first_checkpoint_begins_anew_and_says_so(run: Path) -> None:
    for name in (runs.CHECKPOINT, runs.MODEL, runs.METRICS, runs.REPORT, runs.PORTRAITS):
        (run / name).unlink()
    finished, events, _ = train(run, epochs=2)
    assert finished.reason is StopReason.COMPLETED
    assert "has no checkpoint yet, so its training begins anew" in of(Noticed, events)[0].sentence


def test_a_new_run_says_nothing_of_a_checkpoint(tmp_path: Path) -> None:
    _, events, _ = train(tmp_path / "run", epochs=1)
    assert not of(Noticed, events)


def cut_off_after(epoch: int, folder: Path, copy: Path, **keys: Any) -> None:
    """Train, and keep what the folder holds at the next report: as a kill would."""
    reached = False

    def look(event: Event, control: Control) -> None:
        nonlocal reached
        reached = reached or (isinstance(event, EpochEnded) and event.epoch == epoch)
        if reached and isinstance(event, BatchEnded) and not copy.exists():
            shutil.copytree(folder, copy)
            control.stop()

    train(folder, on=look, **keys)
    (copy / REPORT).unlink(missing_ok=True)


def test_a_kill_before_the_first_interval_loses_no_better_model(tmp_path: Path) -> None:
    copy = tmp_path / "killed"
    cut_off_after(3, tmp_path / "run", copy, epochs=20)
    best = open_run(copy).best
    assert best is not None
    model = (copy / MODEL).read_bytes()
    _, events, _ = train(copy, epochs=best.epoch)
    assert of(Started, events)[0].epoch == best.epoch, "from the end of the epoch whose model it has"
    assert (copy / MODEL).read_bytes() == model


def test_a_model_whose_checkpoint_is_of_the_beginning_is_not_trained_over(tmp_path: Path) -> None:
    folder, first = tmp_path / "run", b""

    def keep(event: Event, control: Control) -> None:
        nonlocal first
        if isinstance(event, Saved) and not event.step:
            first = (folder / CHECKPOINT).read_bytes()

    train(folder, on=keep, epochs=3)
    (folder / CHECKPOINT).write_bytes(first)
    with pytest.raises(ValueError, match=r"before its first epoch, of which 3 were done; .* new folder"):
        train(folder, epochs=3)


def test_epochs_after_the_checkpoint_are_told_to_be_trained_again(tmp_path: Path) -> None:
    folder = tmp_path / "run"

    def stop(event: Event, control: Control) -> None:
        if isinstance(event, EpochEnded) and event.epoch == 2:
            control.stop()

    train(folder, on=stop, epochs=5)
    second = (folder / CHECKPOINT).read_bytes()
    train(folder, epochs=5)
    (folder / CHECKPOINT).write_bytes(second)
    _, events, _ = train(folder, epochs=5)
    assert "in epoch 3; the 3 epochs done since are trained again" in of(Noticed, events)[0].sentence


def test_other_data_are_named_before_what_follows_from_them(run: Path) -> None:
    there = runs.read_config(run)
    here = {**there, "data": "task:digits", "batch_size": 4, "band_limit": 1.0}
    with pytest.raises(ValueError, match="holds another training: data is '' there and 'task:digits' here"):
        Record(run, here)

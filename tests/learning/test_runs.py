"""Run folders: what is read back, also of those that a crash cut off."""

from __future__ import annotations

import dataclasses
import json
import math
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from hippo_studio.learning.event_file import EventFile
from hippo_studio.learning.events import EpochEnded
from hippo_studio.learning.film import Film
from hippo_studio.learning.portrait import LayerPortrait, Portrait
from hippo_studio.learning.run_folders import delete_run, list_runs
from hippo_studio.learning.runs import (
    CONFIG,
    METRICS,
    PORTRAITS,
    RunError,
    append_metrics,
    cut_metrics,
    open_run,
    read_metrics,
)
from hippo_studio.ssm import load_model
from tests.learning.training import train


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "first"
    train(folder, epochs=3)
    return folder


@pytest.fixture
def run(finished: Path, tmp_path: Path) -> Path:
    """A run folder on another machine: a copy elsewhere."""
    return Path(shutil.copytree(finished, tmp_path / "copy"))


def test_a_copied_run_is_complete(run: Path) -> None:
    opened = open_run(run)
    assert opened.state == "completed"
    assert opened.labels == ("fast", "slow")
    assert opened.config["model"] == "s4d"
    assert [epoch.epoch for epoch in opened.epochs] == [1, 2, 3]
    assert opened.accuracy == opened.report["accuracy"]
    assert opened.parameters == sum(p.numel() for p in load_model(run).parameters())
    assert opened.best is not None
    assert opened.report["length"] == max(load_model(run).details["lengths"])
    assert Film.read(run / PORTRAITS).portraits[0].step == 0
    assert load_model(run).details["sample_rate"] == 100.0


@pytest.mark.parametrize(
    "missing",
    ["report.json", "metrics.csv", "model.safetensors", "portraits.npz", "labels.json"],
)
def test_a_run_that_was_cut_off_opens_and_goes_on(run: Path, missing: str) -> None:
    (run / missing).unlink()
    open_run(run)
    assert train(run, epochs=4)[0].report["epochs"] == 4


@pytest.mark.parametrize("spoilt", ["report.json", "metrics.csv", "portraits.npz", "labels.json"])
def test_spoilt_files_are_as_good_as_none(run: Path, spoilt: str) -> None:
    (run / spoilt).write_bytes(b"\xff\xfe\x00 not this")
    open_run(run)
    Film.read(run / PORTRAITS)


def test_a_half_written_row_is_left_out(run: Path) -> None:
    rows = read_metrics(run / METRICS)
    text = (run / METRICS).read_bytes()
    for cut in range(1, 40):
        (run / METRICS).write_bytes(text[:-cut])
        found = read_metrics(run / METRICS)
        assert found == rows[: len(found)]
        assert len(found) >= 2


def test_metrics_survive_writing_and_cutting(tmp_path: Path) -> None:
    rows = [EpochEnded(n, 10 * n, 0.1, 1 / 3, math.pi, 0.5, 1e-3, 2.5, n == 1) for n in (1, 2, 3)]
    for row in rows:
        append_metrics(tmp_path / METRICS, row)
    assert read_metrics(tmp_path / METRICS) == tuple(rows)
    assert cut_metrics(tmp_path / METRICS, 2) == tuple(rows[:2])
    assert read_metrics(tmp_path / METRICS) == tuple(rows[:2])


def test_runs_are_listed_the_newest_first_and_others_passed_over(finished: Path) -> None:
    folder = finished.parent
    (folder / "letters").mkdir(exist_ok=True)
    (folder / "note.txt").write_text("mine")
    assert [one.name for one in list_runs(folder)] == ["first"]
    assert list_runs(folder / "nowhere") == []


def test_deleting_takes_a_run_and_nothing_else(run: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="is no run folder"):
        delete_run(tmp_path)
    delete_run(run)
    assert not run.exists()


def test_what_is_no_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="There is no run folder"):
        open_run(tmp_path / "nowhere")
    with pytest.raises(RunError, match=r"it has no config\.toml"):
        open_run(tmp_path)
    (tmp_path / CONFIG).write_text("model = ")
    with pytest.raises(RunError, match="cannot be read"):
        open_run(tmp_path)


def portrait(step: int, size: int = 64) -> Portrait:
    rng = np.random.default_rng(step)
    layer = LayerPortrait(
        "blocks.0.mixer",
        "Layer 1",
        np.arange(2),
        rng.standard_normal((2, size)).astype(np.float32),
        rng.uniform(size=(2, 5)).astype(np.float32),
        np.linspace(0, np.pi, 5).astype(np.float32),
        rng.standard_normal((2, 4)).astype(np.complex64),
        rng.standard_normal((2, 4)).astype(np.complex64),
        rng.uniform(size=2).astype(np.float32),
    )
    return Portrait(step, step / 10, (layer,))


def test_a_film_survives_its_file(tmp_path: Path) -> None:
    film = Film()
    for step in range(5):
        film.append(portrait(step))
    film.write(tmp_path / PORTRAITS)
    again = Film.read(tmp_path / PORTRAITS).portraits
    assert [one.step for one in again] == [0, 1, 2, 3, 4]
    for name in ("channels", "kernels", "spectrum", "omega", "eigenvalues", "modes", "timescales"):
        np.testing.assert_array_equal(
            getattr(again[3].layers[0], name), getattr(film.portraits[3].layers[0], name)
        )


def test_a_long_film_thins_evenly_and_keeps_its_first_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hippo_studio.learning.film.ROOM", 0)
    film = Film()
    for step in range(100):
        film.append(portrait(step))
        if step == 50:  # it may be read again on the way
            film.write(tmp_path / PORTRAITS)
            film = Film.read(tmp_path / PORTRAITS)
    steps = [one.step for one in film.portraits]
    assert steps[0] == 0
    assert 8 <= len(steps) <= 16
    assert len({later - earlier for earlier, later in pairwise(steps)}) <= 2
    film.cut(20)
    assert max(one.step for one in film.portraits) <= 20


def test_event_files_hold_what_tensorboard_reads(tmp_path: Path) -> None:
    EventFile(tmp_path).add(300, {"train/loss": 0.5})
    (file,) = tmp_path.glob("events.out.tfevents.*")
    content = file.read_bytes()
    # The first record of every file that TensorFlow writes, but for its time.
    assert content[:8] == (24).to_bytes(8, "little")
    assert content[21:36] == b"\x1a\rbrain.Event:2"
    second = content[8 + 4 + 24 + 4 :]
    length = int.from_bytes(second[:8], "little")
    event = second[12 : 12 + length]
    assert event[9:12] == b"\x10\xac\x02", "step 300 as a varint"
    assert event.endswith(b"\n\ntrain/loss\x15\x00\x00\x00\x3f")


def test_checksums_are_castagnoli() -> None:
    from hippo_studio.learning.event_file import _masked_crc

    crc = 0xE3069283  # of b"123456789", from the algorithm's definition
    masked = ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
    assert _masked_crc(b"123456789") == masked.to_bytes(4, "little")


def test_reports_hold_no_nan(run: Path) -> None:
    json.loads((run / "report.json").read_text(), parse_constant=pytest.fail)


def test_scores_on_test_and_on_validation_are_told_apart(run: Path) -> None:
    done = open_run(run)
    assert done.test_score == done.accuracy == done.report["accuracy"]
    assert done.validation_score == done.report["validation_score"]
    cut = dataclasses.replace(done, report={})
    assert cut.test_score is None
    assert cut.best is not None
    assert cut.validation_score == cut.best.validation_score
    few = dataclasses.replace(done, report={**done.report, "examples": {"validation": 0}})
    assert few.validation_score is None, "an epoch was judged by what it learned from"

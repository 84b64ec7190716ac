"""The random-convolution baseline: what it reaches, what it leaves, and what it refuses."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hippo_studio.export.report import write_report
from hippo_studio.learning import rocket
from hippo_studio.learning.data import Cancelled, DataError, DataSet
from hippo_studio.learning.extras import missing_package
from hippo_studio.learning.runs import open_run
from tests.learning.tasks import ArraySplit, signals, tokens

pytest.importorskip("sktime")


def _splits(*splits: ArraySplit) -> DataSet:
    return DataSet("test:own", "Own", ("a", "b"), 1, *splits)


@pytest.mark.parametrize(
    "options",
    [{}, {"channels": 3}, {"even": False}, {"length": 6}],
    ids=["plain", "channels", "uneven", "short"],
)
def test_it_tells_tones_apart_and_leaves_a_run(options: dict[str, Any], tmp_path: Path) -> None:
    shares: list[float] = []
    report = rocket.fit_baseline(signals(**options), tmp_path / "run", seed=3, progress=shares.append)
    assert report["accuracy"] >= 0.9
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    run = open_run(tmp_path / "run")
    assert run.config == {"model": "minirocket", "data": "test:tones", "test": "", "seed": 3}
    assert run.state == "completed"
    assert run.accuracy == report["accuracy"]
    assert np.sum(run.report["confusion_matrix"]) == 12
    assert run.report["validation_score"] >= 0.9
    assert not run.resumable
    assert not run.has_model


def test_its_report_is_a_page_without_curves(tmp_path: Path) -> None:
    rocket.fit_baseline(signals(), tmp_path / "run")
    write_report(tmp_path / "run", tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "MiniRocket is fitted." in page
    assert "Confusion" in page
    assert "epoch" not in page.lower()
    assert "curves" not in page


def test_the_same_seed_gives_the_same_numbers(tmp_path: Path) -> None:
    one, other = (rocket.fit_baseline(signals(), tmp_path / name, seed=1) for name in "ab")
    assert one["wrong"] == other["wrong"]
    assert one["confusion_matrix"] == other["confusion_matrix"]


def test_an_unreadable_example_is_left_out_and_said(tmp_path: Path) -> None:
    good = signals()
    broken = ArraySplit(good.test.values, good.test.targets, broken=(2,))  # type: ignore[attr-defined]
    said: list[str] = []
    data = _splits(good.train, good.validation, broken)  # type: ignore[arg-type]
    report = rocket.fit_baseline(data, tmp_path / "run", notice=said.append)
    assert report["targets"] == 11
    assert said == ["Clip 2 cannot be read; record it again; it is left out."]


def test_a_class_that_is_not_learned_from_is_never_said(tmp_path: Path) -> None:
    split = signals().train
    data = DataSet("test:own", "Own", ("fast", "slow", "unseen"), 1, split, split, split)
    report = rocket.fit_baseline(data, tmp_path / "run")
    assert np.sum(report["confusion_matrix"], axis=0)[2] == 0
    assert report["accuracy"] >= 0.9


def test_cancelling_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        rocket.fit_baseline(signals(), tmp_path / "run", cancelled=lambda: True)
    assert not (tmp_path / "run").exists()


def test_what_does_not_apply_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="made of tokens"):
        rocket.fit_baseline(tokens(), tmp_path / "run")
    with pytest.raises(ValueError, match="MiniRocket has no use for epochs"):
        rocket.check_keys({"data": "x", "epochs": 3})
    one = ArraySplit([np.zeros((12, 1), np.float32)] * 4, [0, 0, 0, 0])
    with pytest.raises(DataError, match="one class alone"):
        rocket.fit_baseline(_splits(one, one, one), tmp_path / "run")


def test_without_sktime_it_says_what_brings_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sktime.transformations.rocket", None)
    with pytest.raises(ModuleNotFoundError) as caught:
        rocket.fit_baseline(signals(), tmp_path / "run")
    assert "'.[baselines]'" in missing_package(caught.value)

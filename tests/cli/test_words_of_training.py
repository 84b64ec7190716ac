"""What the commands around a training say: of which examples a score is, and what a file cannot be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hippo_studio.cli import main
from hippo_studio.learning import datasets
from hippo_studio.learning.data import DataSet
from hippo_studio.learning.runs import open_run
from tests.learning.tasks import signals, tones

SMALL = ["--model", "s4d", "--set", "d_model=8", "--set", "n_layers=1", "--set", "d_state=4"]


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch) -> DataSet:
    """Sines with nothing spared to validate by or to report on."""
    none = tones(0, 32)
    lone = replace(signals(), validation=none, test=none)
    monkeypatch.setattr(datasets, "open_data", lambda source, **_: lone)
    return lone


def test_without_validation_no_score_is_said_to_be_of_it(
    data: DataSet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    assert main(["train", "--data", "sines", *SMALL, "--epochs", "2", "--out", str(run)]) == 0
    assert f"% on {len(data.train)} of what it learned from," in capsys.readouterr().out
    assert open_run(run).report["split"] == "train"
    assert main(["export", str(run), "--to", str(tmp_path / "report.html")]) == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Accuracy (what it learned from)" in page
    assert f"{len(data.train)} of what it learned from." in page
    assert "alidation accuracy" not in page
    assert "Best validation" not in page


def test_endings_are_checked_before_any_file_is_written(
    data: DataSet, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    assert main(["train", "--data", "sines", *SMALL, "--epochs", "1", "--out", str(run)]) == 0
    (tmp_path / "out").mkdir()
    names = [tmp_path / "out" / name for name in ("kernels.npz", "report.pdf", "report.html")]
    assert main(["export", str(run), *(word for name in names for word in ("--to", str(name)))]) == 2
    said = capsys.readouterr().err
    assert "report.pdf ends in '.pdf'" in said
    assert ".html" in said
    assert not list((tmp_path / "out").iterdir())
    lost = tmp_path / "nowhere" / "report.html"
    assert main(["export", str(run), "--to", str(names[0]), "--to", str(lost)]) == 2
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize("text", ["RIFF, but nothing else", "not a sound\nfoo, bar\n"])
def test_a_broken_sound_is_not_told_of_columns(
    data: DataSet, tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    run, broken = tmp_path / "run", tmp_path / "broken.wav"
    assert main(["train", "--data", "sines", *SMALL, "--epochs", "1", "--out", str(run)]) == 0
    broken.write_text(text)
    capsys.readouterr()
    assert main(["predict", str(run), str(broken)]) == 2
    said = capsys.readouterr().err
    assert "though its name ends in .wav; it may be damaged" in said
    assert "column" not in said
    np.savetxt(broken, np.sin(np.arange(40)))
    assert main(["predict", str(run), str(broken)]) == 0, "a table by another name is read all the same"

"""Runs of the past as they are shown again."""

from __future__ import annotations

from pathlib import Path

import pytest

from hippo_studio.app.train.extents import Scale
from hippo_studio.app.train.past_runs import reopened, scale_of
from hippo_studio.app.train.progress import Phase
from hippo_studio.learning import runs
from hippo_studio.ssm import build_model, save_model


@pytest.mark.parametrize(
    ("report", "phase", "sentence"),
    [
        ({"reason": "failed", "sentence": "The disk is gone."}, Phase.FAILED, "The disk is gone."),
        ({"reason": "completed"}, Phase.FINISHED, "All epochs are done."),
        ({"reason": "of a newer kind", "sentence": "x"}, Phase.FINISHED, "run, opened again."),
    ],
)
def test_a_run_ends_with_the_sentence_of_its_report(
    tmp_path: Path, report: dict[str, str], phase: Phase, sentence: str
) -> None:
    (tmp_path / "run").mkdir()
    runs.write_config(tmp_path / "run", {"model": "s4d", "data": "task:digits"})
    runs.write_json(tmp_path / "run" / runs.REPORT, report)
    again = reopened(runs.open_run(tmp_path / "run"))
    assert (again.phase, again.sentence) == (phase, sentence)


def test_the_scale_of_a_run_that_was_cut_off_is_that_of_its_model(tmp_path: Path) -> None:
    runs.write_config(tmp_path, {"model": "s4d", "data": "task:digits"})
    model = build_model({"model": "s4d", "d_input": 1, "d_model": 2, "n_layers": 1, "n_classes": 2})
    save_model(model, tmp_path / runs.MODEL, {"sample_rate": 50.0, "length": 20, "lengths": [10, 30]})
    assert scale_of(runs.open_run(tmp_path)) == Scale(50.0, 30)
    for lengths, longest in ((30, 30), ("long", 0), (["10", 20], 20), ([], 0), ({"a": 1}, 0), (None, 0)):
        save_model(model, tmp_path / runs.MODEL, {"sample_rate": "fast", "lengths": lengths})
        assert scale_of(runs.open_run(tmp_path)) == Scale(None, longest), lengths
    (tmp_path / runs.MODEL).write_bytes(b"spoilt")
    assert scale_of(runs.open_run(tmp_path)) == Scale(None, 0)

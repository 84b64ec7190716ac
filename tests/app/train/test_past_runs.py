"""Runs of the past as they are shown again."""

from __future__ import annotations

from pathlib import Path

import pytest

from hippo_studio.app.train.past_runs import reopened
from hippo_studio.app.train.progress import Phase
from hippo_studio.learning import runs


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

"""Files that cannot be used: notes are no examples, and what is unreadable is told with counts."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from hippo_studio.cli import main
from hippo_studio.learning.datasets import looked_through, open_data, preview
from hippo_studio.learning.datasets.notes import holds_numbers
from tests.learning.conftest import Tone


@pytest.fixture
def sounds(tmp_path: Path, tone: Tone) -> Path:
    """Sixteen tones, a readme, two broken files and a silent one."""
    for label, frequency in (("high", 900.0), ("low", 200.0)):
        for number in range(8):
            tone(tmp_path / "tones" / label / f"{number}.wav", frequency + number)
    tone(tmp_path / "tones" / "low" / "silent.wav", 0.0)
    (tmp_path / "tones" / "high" / "readme.txt").write_text("Recorded in 2019.\n\nAll rights reserved.\n")
    for name in ("a.wav", "b.flac"):
        (tmp_path / "tones" / "high" / name).write_bytes(b"RIFF, but nothing else")
    return tmp_path / "tones"


def test_info_counts_what_can_be_used_and_tells_what_was_left_aside(
    sounds: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["info", str(sounds), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["classes"] == {"high": 8, "low": 8}
    assert sum(facts["examples"].values()) == 16
    told = " ".join(facts["warnings"])
    assert "2 examples were left aside as unreadable: high/a.wav, high/b.flac." in told
    assert "1 example was left aside as silent: low/silent.wav." in told
    assert "readme" not in told


def test_what_was_decoded_before_is_counted_at_once(sounds: Path) -> None:
    first = open_data(str(sounds))
    assert first.preparation is not None
    assert "what cannot be read is left aside" in preview(first).sentences[-1]
    done = first.prepare()
    again = open_data(str(sounds))
    assert preview(again).prepared
    assert preview(again).examples == (len(done.train), len(done.validation), len(done.test))
    assert preview(again).warnings == done.warnings


def test_too_much_is_not_decoded_for_a_look(sounds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["hippo_studio.learning.datasets.preview"], "MOST_VALUES", 1000)
    data = open_data(str(sounds))
    assert looked_through(data) is data


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Recorded in 2019 at 16000 Hz.\nFree to use.\n", False),
        ("", False),
        ("time,value\n0,1.5\n", True),
        ("Made by a logger\nof ours\nin May\n\nt;x\n0;1\n1;2\n2;3\n", True),
        ("0.1\n0.2\n", True),
        ("time,value\n2023-01-01 12:00:00,0.5\n2023-01-01 12:00:01,0.7\n", True),
        ("2023-01-01T12:00:00Z;0,5\n31.12.2023 23:59;0,6\n", True),
        ('{"t": 0.1, "x": 2}\n{"t": 0.2, "x": 3}\n', True),
        ("# made by a logger\n" * 400 + "0,1\n1,2\n2,3\n", True),
        ("0.25 " * 3000, True),
    ],
)
def test_a_text_is_a_table_if_it_has_rows_of_numbers(tmp_path: Path, text: str, numbers: bool) -> None:
    (tmp_path / "a.txt").write_text(text)
    assert holds_numbers(tmp_path / "a.txt") is numbers

"""What may be asked of the studio, and the sentence for what may not."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from hippo_studio.app.main import main
from hippo_studio.app.options import StudioOptions, parse_measures, parse_size


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"tab": "brain"}, "no tab 'brain'"),
        ({"theme": "sepia"}, "received 'sepia'"),
        ({"speed": 0.0}, "received 0.0"),
        ({"speed": float("nan")}, "received nan"),
        ({"after": -1.0, "screenshot": Path("a.png")}, "received -1.0"),
        ({"after": 1.0}, "--screenshot OUT.png, which is missing"),
        ({"screenshot": Path("a.svg")}, "end the name a.svg in .png"),
        ({"profile_seconds": 0.0}, "received 0.0"),
        ({"profile_seconds": float("inf")}, "received inf"),
        ({"report": Path("a.json")}, "--profile SECONDS, which is missing"),
        ({"screenshot": Path("a.png"), "profile_seconds": 1.0}, "exclude each other"),
        ({"screenshot": Path("a.jpg")}, "end the name a.jpg in .png"),
        ({"size": (10, 10)}, "received 10x10"),
        ({"measures": ("legt", "lego")}, "received 'lego'"),
        ({"sample_rate": 0.0, "files": (Path("a.csv"),)}, "received 0.0"),
        ({"sample_rate": float("nan"), "files": (Path("a.csv"),)}, "received nan"),
        ({"sample_rate": 100.0}, "FILE, which is missing"),
        ({"order": 0}, "received 0"),
        ({"order": 513}, "received 513"),
        ({"theta": float("nan")}, "received nan"),
    ],
)
def test_contradictions_are_refused_in_one_sentence(changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)) as caught:
        StudioOptions(**changes)
    assert "\n" not in str(caught.value)


def test_options_are_checked_before_qt_is_loaded() -> None:
    code = (
        "import sys; from pathlib import Path; from hippo_studio.app.options import StudioOptions\n"
        "StudioOptions(plot='memory', screenshot=Path('a.svg'))\n"
        "try: StudioOptions(plot='memory', screenshot=Path('a.bmp'))\n"
        "except ValueError as error: print(error)\n"
        "print([name for name in sys.modules if name.startswith('PyQt6')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.stdout.splitlines() == [
        "a plot is written as one of .png, .svg, .pdf; received a.bmp",
        "[]",
    ], done.stderr


@pytest.mark.parametrize("text", ["1920x1080", "1920X1080", "1920×1080"])
def test_window_sizes_are_understood(text: str) -> None:
    assert parse_size(text) == (1920, 1080)


def test_measures_are_named_apart_by_commas() -> None:
    options = StudioOptions(measures=parse_measures("LegT, lagt,"), order=512)
    assert options.preset == {"measures": ("legt", "lagt"), "order": 512}


@pytest.mark.parametrize("text", ["", "1920", "x", "1920x", "-1x5", "axb", "1920x1080x3"])
def test_other_window_sizes_are_quoted_back(text: str) -> None:
    with pytest.raises(ValueError, match="1920x1080") as caught:
        parse_size(text)
    assert repr(text) in str(caught.value)


def test_the_desktop_entry_takes_files_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--theme", "dark"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"plot": "The past"}, "--plot goes with --screenshot"),
        ({"plot": "The past", "screenshot": Path("a.gif")}, "a plot is written as one of .png, .svg, .pdf"),
        ({"screenshot": Path("a.svg")}, "--screenshot writes a PNG"),
        ({"plot": "The past", "screenshot": Path("a.svg"), "size": (19, 100)}, "each from 20 to"),
    ],
)
def test_a_picture_of_a_plot_that_cannot_be_is_refused(options: dict, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        StudioOptions(**options)

"""What opens the studio, what runs a command, and what help says."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from hippo_studio.cli import COMMANDS
from hippo_studio.export import FORMATS
from hippo_studio.hippo import MEASURES, METHODS
from tests.cli.command import SAMPLES, Run


def test_files_open_the_studio_with_every_option(run: Run, opened: list[Any], wave: Path) -> None:
    assert run(wave, "--theme", "dark", "--play", "--speed", "4", "--size", "1920x1080", wave.parent) == 0
    assert run("--screenshot", "a.png", "--after", "0.25", "--tab", "memory", wave) == 0
    assert run("--profile", "5", "--report", "a.json", wave) == 0
    assert run() == 0
    first, second, third, fourth = opened
    assert first.files == (wave, wave.parent)
    assert (first.theme, first.play, first.speed, first.size) == ("dark", True, 4.0, (1920, 1080))
    assert (second.screenshot, second.after, second.tab) == (Path("a.png"), 0.25, "memory")
    assert (third.profile_seconds, third.report) == (5.0, Path("a.json"))
    assert fourth.files == ()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_file_named_like_a_command_opens_with_a_path_or_after_two_dashes(
    run: Run, opened: list[Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).touch()
    assert run(f"./{name}") == 0
    assert run("--", name) == 0
    assert run("--play", name) == 0
    assert [options.files for options in opened] == [(Path(name),)] * 3


def test_the_exit_status_of_the_studio_is_passed_on(
    run: Run, monkeypatch: pytest.MonkeyPatch, wave: Path
) -> None:
    monkeypatch.setattr("hippo_studio.app.main.run", lambda options: 2)
    assert run(wave) == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["projct", "x.wav"], "There is no file projct, and no command of that name"),
        (["--tab", "nowhere"], "The studio has no tab 'nowhere'; there is: memory"),
        (["--theme", "blue"], "Theme must be one of system, light, dark; received 'blue'"),
        (["--size", "big"], "A window size is written WIDTHxHEIGHT, as in 1920x1080; received 'big'"),
        (["--after", "3"], "--after goes with --screenshot OUT.png, which is missing"),
        (["--after", "soon"], "'--after': Input should be a valid number.*received 'soon'"),
        (["--profile", "0"], "--profile must be seconds above 0; received 0.0"),
        (["--report", "a.json"], "--report goes with --profile SECONDS"),
        (["--projekt"], r"No such option: --projekt.*; see hippo-studio --help\."),
    ],
)
def test_the_studio_does_not_open_for_nonsense(
    run: Run, opened: list[Any], arguments: list[str], sentence: str
) -> None:
    assert re.search(sentence, run.refused(*arguments))
    assert opened == []


def test_help_names_every_command_and_every_command_explains_itself(run: Run) -> None:
    assert run("--help") == 0
    for name, command in COMMANDS.items():
        assert re.search(rf"^ +{name} +{re.escape(command.summary)}$", run.out, re.MULTILINE)
    for name in COMMANDS:
        assert run(name, "--help") == 0
        assert run.out.startswith(f"Usage: hippo-studio {name} ")
        assert run.err == ""


def test_help_of_project_knows_all_measures_methods_and_formats(run: Run) -> None:
    run("project", "--help")
    words = set(re.findall(r"[\w.-]+\w", run.out))
    assert words >= {*MEASURES, *METHODS, *(chosen.suffix for chosen in FORMATS), "lmu"}


@pytest.mark.parametrize("arguments", [["--help"], *([name, "--help"] for name in COMMANDS)])
def test_help_is_plain_text_of_eighty_columns(run: Run, arguments: list[str]) -> None:
    run(*arguments)
    assert not set(run.out) & set("╭─╮│╰╯\x1b")
    assert max(map(len, run.out.splitlines())) <= 80
    assert "None" not in run.out


def test_version(run: Run) -> None:
    from hippo_studio import __version__

    assert run("--version") == 0
    assert run.out.startswith(f"HiPPO Studio {__version__} ")


def test_whether_a_file_may_be_read_is_said_by_who_reads_it(
    run: Run, opened: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_, **__: False)  # what typer asks, and refuses in its own words
    assert run(SAMPLES["chord"]) == 0
    assert len(opened) == 1, "one file among many must not keep the window shut"
    assert run("info", SAMPLES["chord"]) == 0

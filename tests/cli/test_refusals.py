"""What a command cannot do is one sentence, and no file is left."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.cli.command import Run


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--measure", "lugs"], r"The measure is 'lugs'; one of legt, legs, .* is needed\."),
        (["--measure", "legs", "--order", "0"], r"order.*0"),
        (["--measure", "legs", "--order", "-3"], r"order.*-3"),
        (
            ["--measure", "legs", "--order", "many"],
            "valid integer.*received 'many'; see hippo-studio project",
        ),
        (["--measure", "legs", "--order=many"], "received 'many'"),
        (["--measure", "legt", "--theta", "0"], r"0"),
        (["--measure", "legt", "--theta", "nan"], "nan"),
        (["--measure", "legt", "--theta", "-1"], "-1"),
        (["--measure", "legt", "--theta", "1e-9"], "sample"),
        (["--measure", "legt", "--method", "magic"], "'magic'"),
        (["--measure", "legt", "--method", "forward"], "(?i)forward"),
        (
            ["--measure", "legs", "--normalization", "lmu"],
            "LegS has no option 'normalization'; it takes none",
        ),
        (["--measure", "legt", "--normalization", "x"], "'x'; “orthonormal” or “lmu” is needed"),
        (["--measure", "lagt", "--laguerre-alpha", "1.5"], r"1\.5"),
        (["--measure", "legs", "--channel", "nobody"], "No channel 'nobody' in wave.wav; it has left, right"),
        (["--measure", "legs", "--every", "0"], "must be a positive number of seconds, not 0.0"),
        (["--measure", "legs", "--every", "9"], "The signal lasts 0.5 s, too short for a frame every 9 s"),
        (["--measure", "legs", "--frames", "501"], "so it gives 1 to 500 frames, not 501"),
        (["--measure", "legs", "--frames", "3", "--every", "0.1"], "give one of the two"),
        (["--measure", "legs", "--frames", "3", "--every-sample"], "give one of the three"),
        (["--measure", "legs", "--dtype", "float16"], "--dtype is 'float16'; float64 or float32 is needed"),
        (
            ["--measure", "legs", "--reconstruction", "r.mp3"],
            "--reconstruction writes a WAV file; end the name",
        ),
        (
            ["--measure", "legs", "--time-column", "t"],
            "no reading option 'time_column'; it takes sample_rate",
        ),
        (["--measure", "legs", "--missing", "x"], "no reading option 'missing'"),
        (["--measure", "legs", "another.wav"], "unexpected extra argument.*another.wav"),
        (["--order", "3"], r"Missing option '--measure'; see hippo-studio project --help\."),
        (["--measure"], "Option '--measure' requires an argument"),
        (["--measure", "legs", "--mesure", "legs"], "No such option: --mesure.*--measure"),
    ],
)
def test_bad_usage_is_one_sentence_and_no_file(
    run: Run, tmp_path: Path, wave: Path, arguments: list[str], sentence: str
) -> None:
    said = run.refused("project", wave, "--out", tmp_path / "c.npz", *arguments)
    assert re.search(sentence, said)
    assert os.listdir(tmp_path) == ["wave.wav"]


@pytest.mark.parametrize(
    ("out", "sentence"),
    [
        ("c.xyz", r"end the name in one of \.npz, \.csv, \.parquet, \.mat, \.h5"),
        ("c", r"format for \S+c, which has no suffix; end the name"),
        ("nowhere/c.npz", "there is no folder .*nowhere; create it or choose another"),
        ("wave.wav/c.npz", r"wave\.wav is not a folder"),
    ],
)
def test_a_target_that_cannot_be_is_one_sentence(
    run: Run, tmp_path: Path, wave: Path, out: str, sentence: str
) -> None:
    assert re.search(sentence, run.refused("project", wave, "--measure", "legs", "--out", tmp_path / out))
    assert os.listdir(tmp_path) == ["wave.wav"]


@pytest.mark.parametrize(
    ("arguments", "beginning"),
    [
        (("project", "WAVE", "--measure", "legs", "--order", "0", "--out", "c.npz"), "The order N is 0"),
        (("--size", "12x7"), "--size must be WIDTHxHEIGHT, each from 200 to 16384; received 12x7."),
        (("predict", "nix", "WAVE"), "nix cannot be opened"),
    ],
)
def test_a_refusal_begins_with_a_capital_letter_or_a_name(
    run: Run, wave: Path, arguments: tuple[str, ...], beginning: str
) -> None:
    said = run.refused(*(wave if word == "WAVE" else word for word in arguments))
    assert said.startswith(beginning)


def test_the_signal_itself_is_never_overwritten(run: Run, tmp_path: Path, wave: Path) -> None:
    before = wave.read_bytes()
    (tmp_path / "link.wav").symlink_to(wave)
    sentence = run.refused(
        *("project", wave, "--measure", "legs", "--out", tmp_path / "c.npz"),
        *("--reconstruction", tmp_path / "link.wav"),
    )
    assert "is the signal itself; choose another name" in sentence
    assert wave.read_bytes() == before


def test_two_sounds_are_not_written_into_one_file(run: Run, tmp_path: Path, wave: Path) -> None:
    (tmp_path / "b.wav").symlink_to(tmp_path / "a.wav")
    sentence = run.refused(
        *("project", wave, "--measure", "legs", "--out", tmp_path / "c.npz"),
        *("--reconstruction", tmp_path / "a.wav", "--through", tmp_path / "b.wav"),
    )
    assert "--reconstruction and --through are the same file" in sentence
    assert not (tmp_path / "a.wav").exists()


def test_when_the_second_file_fails_the_first_does_not_appear(run: Run, tmp_path: Path, wave: Path) -> None:
    sound = tmp_path / "nowhere" / "r.wav"
    run.refused("project", wave, "--measure", "legs", "--out", tmp_path / "c.npz", "--reconstruction", sound)
    assert os.listdir(tmp_path) == ["wave.wav"]


def test_a_rate_that_wav_cannot_hold_is_refused(run: Run, tmp_path: Path, wave: Path) -> None:
    sentence = run.refused(
        *("project", wave, "--measure", "legs", "--out", tmp_path / "c.npz", "--sample-rate", "62.5"),
        *("--reconstruction", tmp_path / "r.wav"),
    )
    assert "not 62.5 Hz; resample the signal" in sentence
    assert os.listdir(tmp_path) == ["wave.wav"]


def bad_files() -> dict[str, Callable[[Path], object]]:
    def sparse(path: Path) -> None:
        np.savez(path.with_suffix(".npz"), x=np.full(100, np.nan))
        path.with_suffix(".npz").rename(path)

    return {
        "empty.wav": lambda path: path.touch(),
        "empty.csv": lambda path: path.touch(),
        "header.wav": lambda path: path.write_bytes(b"RIFF\x24\x00\x00\x00WAVEfmt "),
        "random.flac": lambda path: path.write_bytes(np.random.default_rng(0).bytes(5000)),
        "words.csv": lambda path: path.write_text("there are\nno numbers\nin here\n"),
        "nan.csv": lambda path: path.write_text("t,x\n" + "".join(f"{k},nan\n" for k in range(50))),
        "nan.npz": sparse,
        "pickle.npy": lambda path: np.save(path, np.array([{}], dtype=object), allow_pickle=True),
        "folder.wav": lambda path: path.mkdir(),
        "pipe.wav": lambda path: os.mkfifo(path),
        "missing.wav": lambda path: None,
    }


@pytest.mark.parametrize("name", bad_files())
@pytest.mark.parametrize("command", [["info"], ["project", "--measure", "legs"]])
def test_bad_files_are_one_sentence(run: Run, tmp_path: Path, name: str, command: list[str]) -> None:
    bad_files()[name](tmp_path / name)
    there = os.listdir(tmp_path)
    more = ["--out", tmp_path / "c.npz"] if command[0] == "project" else []
    assert name in run.refused(*command, tmp_path / name, *more)
    assert os.listdir(tmp_path) == there

"""The command line: what it does, what it says, and how it ends."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from hippo_studio.cli import COMMANDS, Command, main
from hippo_studio.export import FORMATS, read_coefficients
from hippo_studio.export.reconstruction import compare, window_start
from hippo_studio.hippo import MEASURES, METHODS, OnlineMemory
from hippo_studio.signals import bundled_samples, read

SAMPLES = {sample.name: sample.path for sample in bundled_samples()}
COMMAND = [sys.executable, "-m", "hippo_studio"]


class Run:
    """What a command line in this process returned and said."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: object) -> int:
        self._capsys.readouterr()
        status = main([str(argument) for argument in arguments])
        self.out, self.err = self._capsys.readouterr()
        return status

    def refused(self, *arguments: object) -> str:
        """The one sentence with which this is refused."""
        assert self(*arguments) == 2
        assert self.out == ""
        assert re.fullmatch(r"[^\n]+[.?!]\n", self.err), self.err
        return self.err.strip()


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    return Run(capsys)


@pytest.fixture
def wave(tmp_path: Path) -> Path:
    """Two channels, half a second at 1 kHz."""
    times = np.arange(500) / 1000
    channels = np.stack([np.sin(14 * times), np.cos(9 * times) ** 3])
    soundfile.write(tmp_path / "wave.wav", channels.T, 1000, subtype="DOUBLE")
    return tmp_path / "wave.wav"


# What opens the studio, and what runs a command


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The options with which the studio was opened; no window appears."""
    options: list[Any] = []
    monkeypatch.setattr("hippo_studio.app.main.run", lambda given: options.append(given) or 0)
    return options


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


# Help


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


# project


def project(run: Run, file: Path, out: Path, *more: object) -> dict[str, Any]:
    assert run("project", file, "--out", out, "--json", *more) == 0, run.err
    assert run.err == ""
    result: dict[str, Any] = json.loads(run.out)
    return result


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("measure", MEASURES)
def test_every_bundled_sample_with_every_measure_and_method(
    run: Run, tmp_path: Path, sample: str, measure: str
) -> None:
    for method in METHODS:
        arguments = ["--measure", measure, "--method", method, "--order", "32", "--frames", "5"]
        if method == "forward":  # an explicit method: unstable where samples per θ are few for the order
            arguments[5] = "4"
        result = project(run, SAMPLES[sample], tmp_path / "c.npz", *arguments)
        record = read_coefficients(tmp_path / "c.npz")
        assert record.coefficients.shape == (5, len(result["channels"]), int(arguments[5]))
        assert np.isfinite(record.coefficients).all()
        assert np.abs(record.coefficients).max() > 0
        for errors in result["relative_error"].values():
            assert all(error is not None and 0 < error < 2 for error in errors)


@pytest.mark.parametrize("measure", MEASURES)
def test_frames_and_reconstruction_are_what_the_library_gives(
    run: Run, tmp_path: Path, wave: Path, measure: str
) -> None:
    out, sound = tmp_path / "c.npz", tmp_path / "r.wav"
    arguments = [
        "--measure",
        measure,
        "--order",
        12,
        "--method",
        "zoh",
        "--frames",
        2,
        "--reconstruction",
        sound,
    ]
    arguments += [] if measure == "legs" else ["--theta", 0.2]
    result = project(run, wave, out, *arguments)

    signal = read(wave)
    memory = OnlineMemory(measure, 12, 1000, None if measure == "legs" else 0.2, "zoh", channels=2)
    memory.push(signal.samples[:, :250])
    record = read_coefficients(out)
    np.testing.assert_allclose(record.coefficients[0], memory.coefficients, rtol=1e-9, atol=1e-12)
    memory.push(signal.samples[:, 250:])
    np.testing.assert_allclose(record.coefficients[1], memory.coefficients, rtol=1e-9, atol=1e-12)
    np.testing.assert_array_equal(record.times, [0.25, 0.5])
    assert (record.measure, record.method, record.source) == (measure, "zoh", str(wave))

    drawn = memory.reconstruct(np.arange(window_start(memory), 500) / 1000)
    np.testing.assert_allclose(soundfile.read(sound)[0].T, drawn, rtol=1e-5, atol=1e-6)
    assert drawn.shape[1] == (500 if measure == "legs" else 200)
    expected = compare(memory, signal.samples)
    for name in ("in_measure", "rms"):
        np.testing.assert_allclose(
            result["relative_error_at_end"][name], getattr(expected, name), rtol=1e-6, atol=1e-9
        )


def test_options_of_measure_and_method_reach_the_memory_and_the_file(
    run: Run, tmp_path: Path, wave: Path
) -> None:
    out = tmp_path / "c.h5"
    project(run, wave, out, "--measure", "legt", "--normalization", "lmu", "--method", "gbt", "--alpha", 0.75)
    assert dict(read_coefficients(out).options) == {"measure_normalization": "lmu", "alpha": 0.75}
    project(
        run, wave, out, "--measure", "lagt", "--laguerre-alpha", 0.25, "--laguerre-beta", 0.5, "--theta", 0.1
    )
    assert dict(read_coefficients(out).options) == {"measure_alpha": 0.25, "measure_beta": 0.5}
    memory = OnlineMemory("lagt", 64, 1000, 0.1, channels=2, measure_options={"alpha": 0.25, "beta": 0.5})
    memory.push(read(wave).samples)
    np.testing.assert_allclose(read_coefficients(out).coefficients[0], memory.coefficients, rtol=1e-9)


def test_without_theta_the_window_is_the_whole_signal(run: Run, tmp_path: Path, wave: Path) -> None:
    assert project(run, wave, tmp_path / "c.npz", "--measure", "legt")["theta"] == 0.5
    assert project(run, wave, tmp_path / "c.npz", "--measure", "legs")["theta"] is None
    assert np.isnan(read_coefficients(tmp_path / "c.npz").theta)


@pytest.mark.parametrize("channel", ["1", "-1", "b"])
def test_one_channel_by_name_or_number(run: Run, tmp_path: Path, channel: str) -> None:
    np.savetxt(
        tmp_path / "t.csv", [[0, 1, 5], [1, 2, 6], [2, 3, 8]], delimiter=",", header="time,a,b", comments=""
    )
    out = tmp_path / "c.csv"
    result = project(
        run,
        tmp_path / "t.csv",
        out,
        "--measure",
        "legs",
        "--order",
        2,
        "--method",
        "zoh",
        "--channel",
        channel,
    )
    assert result["channels"] == ["b"]
    assert read_coefficients(out).coefficients[0, 0, 0] == pytest.approx(19 / 3)


def test_every_so_many_seconds(run: Run, tmp_path: Path, wave: Path) -> None:
    result = project(run, wave, tmp_path / "c.npz", "--measure", "legs", "--order", 4, "--every", 0.15)
    assert result["frames"] == 3
    np.testing.assert_allclose(read_coefficients(tmp_path / "c.npz").times, [0.15, 0.3, 0.45], rtol=1e-15)


def test_every_sample_in_single_precision(run: Run, tmp_path: Path, wave: Path) -> None:
    whole = ("--measure", "legt", "--order", 4, "--every-sample")
    assert project(run, wave, tmp_path / "c.npz", *whole, "--dtype", "float32")["frames"] == 500
    project(run, wave, tmp_path / "d.npz", *whole)
    single, double = (read_coefficients(tmp_path / name) for name in ("c.npz", "d.npz"))
    assert (single.dtype, double.dtype) == ("float32", "float64")
    np.testing.assert_array_equal(single.coefficients, double.coefficients.astype(np.float32))
    np.testing.assert_array_equal(single.times, np.arange(1, 501) / 1000)


@pytest.mark.parametrize("suffix", [chosen.suffix for chosen in FORMATS])
def test_every_format_by_its_suffix(run: Run, tmp_path: Path, wave: Path, suffix: str) -> None:
    project(run, wave, tmp_path / f"c{suffix}", "--measure", "legs", "--order", 4, "--frames", 500)
    assert read_coefficients(tmp_path / f"c{suffix}").coefficients.shape == (500, 2, 4)


def test_how_a_table_is_to_be_read_is_passed_on(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "t.txt"
    rows = "\n".join(f"{k};{k / 10:.1f};{k * k}".replace(".", ",") for k in range(20))
    table.write_text(f"n;x;y\n{rows}\n", encoding="cp1252")
    reading = ["--delimiter", ";", "--decimal", ",", "--header-row", 1, "--encoding", "cp1252"]
    reading += ["--time-column", "none", "--sample-rate", 4, "--columns", "x,2"]
    assert run("info", table, "--json", *reading) == 0, run.err
    facts = json.loads(run.out)
    assert [channel["name"] for channel in facts["channels"]] == ["x", "y"]
    assert (facts["sample_rate"], facts["samples"], facts["channels"][0]["greatest"]) == (4.0, 20, 1.9)
    result = project(run, table, tmp_path / "c.npz", "--measure", "legs", "--order", 3, *reading)
    assert result["seconds"] == 5.0


def test_the_whole_signal_is_told_again_at_an_age_and_an_age_beyond_the_window_is_refused(
    run: Run, wave: Path, tmp_path: Path
) -> None:
    arguments = ["project", wave, "--measure", "legt", "--theta", "0.02", "--method", "zoh"]
    arguments += ["--out", tmp_path / "c.npz", "--through", tmp_path / "told.wav"]
    assert run(*arguments, "--age", "0.005") == 0
    assert "told by the memory" in run.out
    told, rate = soundfile.read(tmp_path / "told.wav", always_2d=True)
    true = read(wave)
    assert (rate, told.T.shape) == (true.sample_rate, true.samples.shape)
    assert np.linalg.norm(told.T - true.samples) < 0.2 * np.linalg.norm(true.samples)
    run.refused(*arguments, "--age", "0.5")
    assert "is older" in run.err
    run.refused(*arguments, "--age", "-1")


def test_the_result_in_words(run: Run, tmp_path: Path, wave: Path) -> None:
    out, sound = tmp_path / "c.npz", tmp_path / "r.wav"
    arguments = ["--measure", "legt", "--theta", 0.2, "--order", 300, "--method", "zoh"]
    assert run("project", wave, "--out", out, "--reconstruction", sound, *arguments) == 0
    lines = run.out.splitlines()
    assert lines[0] == f"LegT, N = 300, zoh: 1 frame in {out}"
    assert lines[1] == f"the last 0.2 s as remembered: {sound}"
    assert len(lines) == 6
    for line in lines[2:]:
        begin, numbers = line.split(": ")
        assert re.fullmatch(r"  (left |right)  relative error (on the way|at the end)", begin)
        assert re.fullmatch(r"[\d.e-]+ % in the measure, [\d.e-]+ % RMS over 0\.2 s", numbers)
    assert re.fullmatch(r"(note: .*\n)+", run.err)


def test_silence_has_no_relative_error(run: Run, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "silence.wav", np.zeros(100), 1000)
    result = project(run, tmp_path / "silence.wav", tmp_path / "c.npz", "--measure", "legs", "--order", 4)
    assert result["relative_error"] == {"in_measure": [None], "rms": [None]}
    run("project", tmp_path / "silence.wav", "--out", tmp_path / "c.npz", "--measure", "legs", "--order", 4)
    assert run.out.count("undefined, there is only silence in the window") == 2


def test_one_sample_is_a_signal(run: Run, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "one.wav", np.array([0.5]), 1000, subtype="FLOAT")
    project(
        run, tmp_path / "one.wav", tmp_path / "c.npz", "--measure", "legs", "--order", 1, "--method", "zoh"
    )
    assert read_coefficients(tmp_path / "c.npz").coefficients.item() == pytest.approx(0.5)


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


# info


def test_info_says_what_a_file_holds(run: Run, wave: Path) -> None:
    assert run("info", wave) == 0
    assert re.search(r"^sample rate +1000 Hz$", run.out, re.MULTILINE)
    assert re.search(r"^seconds +0\.5 s$", run.out, re.MULTILINE)
    assert re.search(r"^channels +2$", run.out, re.MULTILINE)
    assert run("info", wave, "--json") == 0
    facts = json.loads(run.out)
    assert facts["samples"] == 500
    assert facts["channels"][0]["rms"] == pytest.approx(np.sqrt(np.mean(np.sin(0.014 * np.arange(500)) ** 2)))


def test_info_passes_on_what_the_reader_had_to_assume(run: Run, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("x\n1\n2\n\n4\n")
    assert run("info", tmp_path / "t.csv") == 0
    assert run.err.startswith("note: ")
    run("info", tmp_path / "t.csv", "--json")
    assert json.loads(run.out)["warnings"]
    assert run.err == ""


def test_info_tells_programs_the_kind_and_the_line_of_each_warning(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "twice.csv"
    path.write_text("time,x,x\n0,1,2\n0.1,nan,3\n0.2,3,4\n")
    assert run("info", path, "--json") == 0
    found = json.loads(run.out)["warning_details"]
    assert [(one["kind"], one["line"]) for one in found] == [("duplicate-names", 1), ("missing-values", 3)]


def test_info_lists_and_reads_the_series_of_an_archive(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.ts"
    path.write_text("@classLabel true up down\n@data\n1,2,3:up\n6,5:down\n")
    assert run("info", path, "--series", "2", "--json") == 0
    facts = json.loads(run.out)
    assert (facts["samples"], facts["channels"][0]["greatest"]) == (2, 6)
    assert [(part["detail"], part["options"]) for part in facts["parts"]] == [
        ("up", {"series": 1}),
        ("down", {"series": 2}),
    ]
    assert run("info", path, "--series", "9") == 2
    assert "from 1 to 2" in run.err


def test_info_says_what_labelled_data_hold(run: Run, tmp_path: Path) -> None:
    rows = "".join(f"{row},2,3:{'ab'[row % 5 == 0]}\n" for row in range(40))
    (tmp_path / "x.ts").write_text(f"@classLabel true a b\n@data\n{rows}?,?:a\n")
    assert run("info", tmp_path / "x.ts") == 0
    assert re.search(r"^classes +a 32, b 8$", run.out, re.MULTILINE)
    assert "The classes are uneven" in run.out
    assert "1 example was left aside" in run.err
    assert run("info", tmp_path / "x.ts", "--json") == 0
    assert json.loads(run.out)["examples"] == {"train": 27, "validation": 5, "test": 8}
    assert "no built-in task 'x'" in run.refused("info", "task:x")
    assert "holds no labelled data" in run.refused("info", tmp_path)


LONG = "series,time,value,label\n" + "".join(
    f"{row // 5},{row / 100},{row % 7},{'ab'[row // 5 % 2]}\n" for row in range(200)
)
ROWS = "".join("\t".join(map(str, (row % 2, *range(20)))) + "\n" for row in range(40))


@pytest.mark.parametrize(
    ("name", "write", "kind", "length", "rate"),
    [
        ("a.npz", lambda path: np.savez(path, x=np.eye(40, 30), y=np.arange(40) % 2, fs=50), "NumPy", 30, 50),
        ("a.csv", lambda path: path.write_text(LONG), "Table", 5, 100),
        ("a.tsv", lambda path: path.write_text(ROWS), "UCR/UEA", 20, None),
    ],
)
def test_info_knows_a_data_set_of_one_file(
    run: Run, tmp_path: Path, name: str, write: Callable[[Path], object], kind: str, length: int,
    rate: float | None,
) -> None:  # fmt: skip
    write(tmp_path / name)
    assert run("info", tmp_path / name, "--json") == 0
    facts = json.loads(run.out)
    assert facts["kind"].startswith(f"labelled examples, {kind}")
    assert list(facts["classes"].values()) == [20, 20]
    assert sum(facts["examples"].values()) == 40
    assert facts["moments"]["longest"] == length
    assert facts["sample_rate"] == (None if rate is None else pytest.approx(rate))
    assert run("info", tmp_path / name) == 0
    assert re.search(r"^classes +\S+ 20, \S+ 20$", run.out, re.MULTILINE)
    assert "left aside" not in run.err


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("xy.npz", lambda path: np.savez(path, x=np.arange(9.0), y=np.arange(9.0) % 2)),
        ("regression.npz", lambda path: np.savez(path, x=np.ones((9, 4)), y=np.arange(9) / 7)),
        ("record.csv", lambda path: path.write_text("time,x,label\n0,1,a\n1,2,a\n2,1,b\n3,2,b\n")),
        ("remarks.csv", lambda path: path.write_text("time,x,remark\n0,1,a\n1,2,a\n2,1,b\n3,2,b\n")),
        ("plain.tsv", lambda path: path.write_text("".join(f"{row}\t{row % 3}\t5\n" for row in range(30)))),
    ],
)
def test_info_takes_a_signal_for_a_signal(
    run: Run, tmp_path: Path, name: str, write: Callable[[Path], object]
) -> None:
    write(tmp_path / name)
    assert run("info", tmp_path / name, "--json") == 0
    assert "samples" in json.loads(run.out)


def test_info_describes_data_of_which_nothing_can_be_learned(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x.ts").write_text("@classLabel true a\n@data\n1,2,3:a\n")
    assert run("info", tmp_path / "x.ts") == 0
    assert "All examples are of one class; a classifier needs two or more." in run.out
    assert "1 example to learn from" in run.out
    assert "; 1 class." in run.out


def test_an_empty_folder_and_a_file_without_values_are_called_by_their_names(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    assert f"The folder {tmp_path / 'empty'} is empty" in run.refused("info", tmp_path / "empty")
    np.savez(tmp_path / "nan.npz", x=np.full((8, 5), np.nan), y=np.arange(8) % 2)
    assert run.refused("info", tmp_path / "nan.npz").startswith(f"{tmp_path / 'nan.npz'} holds no series")


def test_info_describes_this_machine(run: Run) -> None:
    assert run("info", "--system", "--json") == 0
    facts = json.loads(run.out)
    assert facts["packages"]["numpy"] == np.__version__
    assert facts["cores"] >= 1
    assert facts["sound"]
    assert "torch" in facts["training"]
    assert run("info", "--system") == 0
    assert re.search(r"^packages +numpy \d", run.out, re.MULTILINE)


def test_info_says_when_portaudio_is_missing(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    class Finder:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])
    assert run("info", "--system", "--json") == 0
    assert json.loads(run.out)["sound"] == "PortAudio is missing; install libportaudio2 to hear and record."


@pytest.mark.parametrize("arguments", [[], ["--system", "a.wav"]])
def test_info_of_nothing_or_of_two_things_is_refused(run: Run, arguments: list[str]) -> None:
    assert "give one of the two" in run.refused("info", *arguments)


def test_whether_a_file_may_be_read_is_said_by_who_reads_it(
    run: Run, opened: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_, **__: False)  # what typer asks, and refuses in its own words
    assert run(SAMPLES["chord"]) == 0
    assert len(opened) == 1, "one file among many must not keep the window shut"
    assert run("info", SAMPLES["chord"]) == 0


# How it ends


@pytest.mark.parametrize(
    ("module", "extra"), [("torch", "train"), ("sklearn.datasets", "train"), ("onnx", "onnx")]
)
def test_a_package_of_an_extra_that_is_missing_is_said_with_what_brings_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, module: str, extra: str
) -> None:
    def missing(_: str) -> None:
        raise ModuleNotFoundError(f"No module named {module!r}", name=module)

    monkeypatch.setattr("hippo_studio.cli.import_module", missing)
    assert f"-e '.[{extra}]' brings it." in run.refused("train", "--data", "task:digits")


def test_a_fault_of_its_own_is_a_sentence_too_and_status_1(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COMMANDS, "broken", Command("hippo_studio.cli.nowhere", ""))
    assert run("broken") == 1
    assert re.fullmatch(r"hippo-studio failed by a fault of its own \(ModuleNotFoundError: [^\n]*\n", run.err)
    monkeypatch.setenv("HIPPO_STUDIO_TRACEBACK", "1")
    with pytest.raises(ModuleNotFoundError):
        run("broken")


def test_too_little_memory_is_a_sentence(run: Run, monkeypatch: pytest.MonkeyPatch, wave: Path) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("hippo_studio.cli.info.describe_file", fail)
    assert "not enough memory" in run.refused("info", wave)


def long_job(tmp_path: Path) -> list[str]:
    """A command that takes minutes, and writes two files."""
    soundfile.write(tmp_path / "long.wav", np.random.default_rng(0).standard_normal(2_000_000) / 9, 48000)
    return [
        *(*COMMAND, "project", str(tmp_path / "long.wav"), "--measure", "legt", "--order", "128"),
        *("--every", "0.0001", "--out", str(tmp_path / "c.csv"), "--reconstruction", str(tmp_path / "r.wav")),
    ]


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("number", "status", "sentence"),
    [
        (signal.SIGINT, 130, "Stopped by Ctrl-C; no unfinished file was left behind.\n"),
        (signal.SIGTERM, 143, ""),
    ],
)
def test_ctrl_c_and_terminate_leave_no_unfinished_file(
    tmp_path: Path, number: signal.Signals, status: int, sentence: str
) -> None:
    with subprocess.Popen(long_job(tmp_path), stderr=subprocess.PIPE, text=True) as process:
        wait_for(lambda: any(path.stat().st_size > 100_000 for path in tmp_path.glob(".c.*")))
        process.send_signal(number)
        said = process.communicate(timeout=60)[1]
    assert (process.returncode, said) == (status, sentence)
    assert os.listdir(tmp_path) == ["long.wav"]


def test_progress_shows_on_a_terminal_and_nowhere_else(tmp_path: Path) -> None:
    mother, daughter = pty.openpty()
    with subprocess.Popen(
        long_job(tmp_path), stderr=daughter, stdout=subprocess.PIPE, env={**os.environ, "TERM": "xterm"}
    ) as process:
        os.close(daughter)
        shown = b""
        while b"Projecting long.wav" not in shown or b"%" not in shown:
            shown += os.read(mother, 1000)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    os.close(mother)
    assert process.returncode == 130


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_goes_away_is_no_fault(unbuffered: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = subprocess.run(
        [*COMMAND, "info", "--system"], stdout=write_end, stderr=subprocess.PIPE, text=True, timeout=60
    )
    os.close(write_end)
    assert (done.returncode, done.stderr) == (1, "")


def test_a_full_disk_is_one_sentence(tmp_path: Path, wave: Path) -> None:
    code = (  # once without a limit, so that what is compiled for later runs is on the disk
        "import resource, sys; from hippo_studio.cli import main; assert main(sys.argv[1:]) == 0;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)); sys.exit(main(sys.argv[1:]))"
    )
    command = ["project", str(wave), "--measure", "legs", "--frames", "100", "--out", str(tmp_path / "c.npz")]
    done = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    (tmp_path / "c.npz").unlink()  # from the first run, and whole
    assert re.fullmatch(
        r"Cannot write [^\n]*c\.npz: the file grew larger than is allowed here;[^\n]*\n", done.stderr
    )
    assert os.listdir(tmp_path) == ["wave.wav"]


def test_tools_are_applied_one_after_the_other(run: Run, wave: Path, tmp_path: Path) -> None:
    from hippo_studio.signals.tools import Crop, Detrend

    out = tmp_path / "c.npz"
    tools = ("--tool", "crop(0.1, 0.4)", "--tool", "detrend")
    assert run("project", wave, "--measure", "legs", "--order", 8, "--out", out, *tools) == 0, run.err
    memory = OnlineMemory("legs", 8, sample_rate=1000, channels=2)
    memory.push(Detrend().apply(Crop(0.1, 0.4).apply(read(wave))).samples)
    np.testing.assert_allclose(read_coefficients(out).coefficients[0], memory.coefficients, atol=1e-14)
    assert "lasts 0.5 s" in run.refused("info", wave, "--tool", "crop(7, 9)")
    assert "There is no tool" in run.refused("info", wave, "--tool", "warp(7)")

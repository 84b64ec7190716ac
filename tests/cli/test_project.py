"""`hippo-studio project`: frames, reconstruction and formats are what the library gives."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from hippo_studio.export import FORMATS, read_coefficients
from hippo_studio.export.reconstruction import compare, window_start
from hippo_studio.hippo import MEASURES, METHODS, OnlineMemory
from hippo_studio.signals import read
from tests.cli.command import SAMPLES, Run, project


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

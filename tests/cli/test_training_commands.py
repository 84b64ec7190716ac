"""The commands around a training: what they write, print and refuse."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
import tomli_w

from hippo_studio.cli import main
from hippo_studio.cli.train import parse_keys
from hippo_studio.export import write_wav
from hippo_studio.learning import datasets, learner
from hippo_studio.learning.data import DataSet
from hippo_studio.learning.runs import CONFIG, open_run
from hippo_studio.signals import read
from hippo_studio.ssm import build_model, save_model
from tests.learning.tasks import signals, tokens

SMALL = [
    "--model",
    "s4d",
    "--set",
    "d_model=8",
    "--set",
    "n_layers=1",
    "--set",
    "d_state=4",
    "--set",
    "batch_size=8",
]


@pytest.fixture(autouse=True)
def data(monkeypatch: pytest.MonkeyPatch) -> dict[str, DataSet]:
    """What the name of each source opens."""
    known = {"tones": signals(), "test:tones": signals(), "uneven": signals(even=False), "echo": tokens()}

    def open_data(source: str, *, test: str = "", seed: int = 0, to_learn: bool = True) -> DataSet:
        assert to_learn or source in ("uneven", "echo"), "what is asked about need not be learnable"
        if source not in known:
            raise ValueError(f"There are no data {source!r}.")
        return known[source]

    monkeypatch.setattr(datasets, "open_data", open_data)
    return known


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A finished run."""
    assert main(["train", "--data", "tones", *SMALL, "--epochs", "8", "--out", str(tmp_path / "run")]) == 0
    capsys.readouterr()
    return tmp_path / "run"


@pytest.fixture
def ends(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Run a command that must end with a status; return what it said on stderr."""

    def ending(status: int, *arguments: str) -> str:
        try:
            found = main(list(arguments))
        except SystemExit as end:
            found = int(str(end.code))
        said = capsys.readouterr().err
        assert found == status, said
        assert "Traceback" not in said
        return said

    return ending


def test_train_writes_a_run_and_prints_its_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "run"
    assert main(["train", "--data", "tones", *SMALL, "--epochs", "2", "--out", str(out), "--json"]) == 0
    said = capsys.readouterr()
    report = json.loads(said.out)
    assert report["epochs"] == 2
    assert report["run"] == str(out)
    assert said.err == "", "quiet in a pipe"
    assert {path.name for path in out.iterdir()} >= {
        "config.toml",
        "metrics.csv",
        "model.safetensors",
        "checkpoint",
        "labels.json",
        "report.json",
        "portraits.npz",
    }


def test_train_takes_a_config_and_options_go_before_it(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('data = "tones"\nmodel = "s4d"\nd_model = 8\nn_layers = 1\nd_state = 4\nepochs = 3\n')
    assert main(["train", str(config), "--epochs", "1", "--out", str(tmp_path / "run")]) == 0
    written = open_run(tmp_path / "run")
    assert written.config["epochs"] == 1
    assert written.config["d_model"] == 8
    assert main(["train", str(tmp_path / "run" / "config.toml"), "--out", str(tmp_path / "again")]) == 0


def test_ctrl_c_saves_a_checkpoint_and_says_how_to_go_on(
    tmp_path: Path,
    ends: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    step = learner.Learner.step
    steps = []

    def interrupted(self: Any, *arguments: Any) -> None:
        step(self, *arguments)
        steps.append(1)
        if len(steps) == 4:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(learner.Learner, "step", interrupted)
    out = str(tmp_path / "run")
    said = ends(130, "train", "--data", "tones", *SMALL, "--epochs", "3", "--out", out)
    assert f"Go on with: hippo-studio train --resume {out}" in said
    assert open_run(out).state == "stopped"
    assert main(["train", "--resume", out]) == 0
    assert open_run(out).state == "completed"
    assert len(open_run(out).epochs) == 3
    capsys.readouterr()
    assert main(["train", "--resume", out]) == 0
    assert f"All 3 epochs of {out} are done; --epochs E gives it more." in capsys.readouterr().err
    assert main(["train", "--resume", out, "--epochs", "4"]) == 0
    assert "are done" not in capsys.readouterr().err
    assert len(open_run(out).epochs) == 4


def test_a_run_that_ended_early_goes_on_for_as_many_epochs_as_it_is_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "run")
    early = ("--set", "lr=0", "--set", "patience=1", "--set", "min_epochs=1")
    assert main(["train", "--data", "tones", *SMALL, *early, "--epochs", "9", "--out", out]) == 0
    assert (open_run(out).state, len(open_run(out).epochs)) == ("converged", 2)
    capsys.readouterr()
    for more in ((), ("--epochs", "2")):
        assert main(["train", "--resume", out, *more]) == 0
        assert f"{out} ended early, after 2 epochs; --epochs E gives it more." in capsys.readouterr().err
        assert len(open_run(out).epochs) == 2
    assert main(["train", "--resume", out, "--epochs", "4"]) == 0
    assert "ended early" not in capsys.readouterr().err
    assert (open_run(out).state, len(open_run(out).epochs)) == ("completed", 4)


def test_the_same_command_again_goes_on(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["train", "--data", "tones", *SMALL, "--epochs", "9", "--out", str(run), "--json"]
    assert main(command) == 0
    assert json.loads(capsys.readouterr().out)["epochs"] == 9


@pytest.mark.parametrize("how", ["--resume", "--out"])
def test_a_run_goes_on_without_what_its_data_want_of_a_key_it_did_not_know(
    how: str, run: Path, data: dict[str, DataSet], ends: Callable[..., str]
) -> None:
    config = {name: value for name, value in open_run(run).config.items() if name != "longest"}
    (run / CONFIG).write_text(tomli_w.dumps(config))
    defaults = MappingProxyType({**data["tones"].defaults, "longest": 1 << 16})
    data["tones"] = data["test:tones"] = replace(data["tones"], defaults=defaults)
    command = [] if how == "--resume" else ["--data", "tones", *SMALL]
    assert main(["train", *command, how, str(run), "--epochs", "9"]) == 0
    assert len(open_run(run).epochs) == 9
    assert open_run(run).config["longest"] == 0
    asked = ("train", *command, how, str(run), "--epochs", "10", "--set", "longest=20")
    assert "longest is 0 there and 20 here" in ends(2, *asked)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--model", "s4d"], "Nothing to learn from is given"),
        (["--data", "tones", "--model", "s4d"], "add --out RUN"),
        (["--data", "nowhere", "--out", "OUT"], "There are no data 'nowhere'"),
        (["--data", "tones", "--model", "s5", "--out", "OUT"], "The model is 's5'"),
        (["--data", "tones", "--set", "learning_rate=1", "--out", "OUT"], "Unknown key 'learning_rate'"),
        (["--data", "tones", "--set", "lr", "--out", "OUT"], "KEY=VALUE is needed"),
        (["--data", "tones", "--set", "lr=fast", "--out", "OUT"], "lr is 'fast'"),
        (["--data", "tones", "--set", "seed=abc", "--out", "OUT"], "seed is 'abc'"),
        (["--data", "tones", "--set", "seed=[1]", "--out", "OUT"], "seed is [1]"),
        (["--data", "nowhere", "--set", "lr=fast", "--out", "OUT"], "lr is 'fast'"),
        (["--data", "tones", "--set", "d_model=0", "--out", "OUT"], "d_model is 0"),
        (["--data", "tones", "--set", "d_input=3", "--out", "OUT"], "d_input is 3, and Tones makes it 1"),
        (["--data", "tones", "--set", "method=gbt", "--out", "OUT"], "S4D accepts zoh, bilinear"),
        (["--data", "tones", "--model", "lssl", "--set", "alpha=0.7", "--out", "OUT"], "method gbt alone"),
        (["--data", "echo", "--set", "noise=0.1", "--out", "OUT"], "made of tokens"),
        (["missing.toml", "--out", "OUT"], "There is no file missing.toml"),
        ([".", "--out", "OUT"], ". is a folder; a TOML file is needed"),
        (["--resume", "OUT"], "is no run folder"),
    ],
)
def test_train_refuses_in_a_sentence(
    tmp_path: Path, ends: Callable[..., str], arguments: list[str], words: str
) -> None:
    said = ends(2, "train", *(str(tmp_path / "out") if word == "OUT" else word for word in arguments))
    assert words in said
    assert len(said.splitlines()) == 1


def test_keys_are_numbers_flags_lists_or_text() -> None:
    keys = parse_keys(["lr=1e-3", "d_model=32", "class_weights=true", "pool=last", "attention_layers=[1]"])
    assert keys == {
        "lr": 1e-3,
        "d_model": 32,
        "class_weights": True,
        "pool": "last",
        "attention_layers": [1],
    }


def test_evaluate_repeats_what_the_report_says(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(run), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    report = open_run(run).report
    assert found["accuracy"] == report["accuracy"]
    assert found["confusion_matrix"] == report["confusion_matrix"]
    assert found["part"] == "test"


def test_evaluate_takes_other_data_whole(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(run), "--data", "uneven", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["targets"] == 48


def test_evaluate_at_half_the_rate(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evaluate", str(run), "--sample-rate-factor", "0.5", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["targets"] == 12
    assert found["sample_rate_factor"] == 0.5


def test_evaluate_refuses_other_kinds_of_data(run: Path, ends: Callable[..., str]) -> None:
    assert "of another kind" in ends(2, "evaluate", str(run), "--data", "echo")
    assert "sample rate factor" in ends(2, "evaluate", str(run), "--sample-rate-factor", "0")


def test_predict_names_the_class_of_signals(
    run: Path, tmp_path: Path, data: dict[str, DataSet], capsys: pytest.CaptureFixture[str]
) -> None:
    files = []
    for index in range(4):
        example = data["tones"].test[index]
        files.append(tmp_path / f"{index}.wav")
        write_wav(files[-1], example.values.T, 100)
    assert main(["predict", str(run), *map(str, files), "--json"]) == 0
    results = json.loads(capsys.readouterr().out)
    assert [sum(one["probabilities"].values()) for one in results] == pytest.approx([1.0] * 4, abs=1e-4)
    assert {one["label"] for one in results} <= {"fast", "slow"}


def test_predict_does_the_files_that_can_be_read(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_wav(tmp_path / "good.wav", np.sin(np.arange(50.0)), 100)
    assert main(["predict", str(run), str(tmp_path / "bad.wav"), str(tmp_path / "good.wav")]) == 2
    said = capsys.readouterr()
    assert "good.wav" in said.out
    assert "bad.wav" in said.err


def test_predict_says_how_a_signal_differs_from_what_was_learned_from(
    run: Path, tmp_path: Path, data: dict[str, DataSet], capsys: pytest.CaptureFixture[str]
) -> None:
    length = int(data["tones"].train.lengths[0])
    wave = np.sin(np.arange(8.0 * length) / 3)
    for name, samples, rate in (
        ("same", wave[:length], 100),
        ("silent", np.zeros(length), 100),
        ("faster", wave[: 2 * length], 200),
        ("longer", wave, 100),
    ):
        write_wav(tmp_path / f"{name}.wav", samples, rate)
    np.save(tmp_path / "plain.npy", wave[:length])
    files = [tmp_path / name for name in ("same.wav", "silent.wav", "faster.wav", "longer.wav", "plain.npy")]
    assert main(["predict", str(run), *map(str, files), "--json"]) == 0
    results = json.loads(capsys.readouterr().out)
    same, silent, faster, longer, plain = (one["remarks"] for one in results)
    assert same == []
    assert silent == [f"{files[1]} is silent (its samples are all the same), so its class means nothing."]
    assert faster == [
        f"{files[2]} is sampled at 200 Hz, and the model learned at 100 Hz; Δ was scaled by 0.5."
    ]
    assert len(longer) == 1
    assert "long, and the model learned from" in longer[0]
    assert plain == [f"{files[4]} tells no sampling rate; that of the model was taken, 100 Hz."]
    assert results[4]["probabilities"] == pytest.approx(results[0]["probabilities"], abs=1e-3)
    assert main(["predict", str(run), *map(str, files)]) == 0
    assert capsys.readouterr().err.count("note: ") == 4


def test_predict_says_that_a_data_set_is_for_evaluate(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    series = np.sin(np.arange(50.0)) * np.ones((8, 1))
    np.savez(tmp_path / "set.npz", x=series[..., np.newaxis], y=np.arange(8) % 2, fs=100)
    assert main(["predict", str(run), str(tmp_path / "set.npz")]) == 2
    assert "use evaluate RUN --data" in capsys.readouterr().err
    lines = "".join(",".join(map(str, row)) + f":{number % 2}\n" for number, row in enumerate(series))
    (tmp_path / "set.ts").write_text(f"@classLabel true 0 1\n@data\n{lines}")
    assert main(["predict", str(run), str(tmp_path / "set.ts")]) == 0
    assert "of which one was judged" in capsys.readouterr().err


def test_export_writes_what_the_name_says(run: Path, tmp_path: Path) -> None:
    names = ["report.html", "kernels.npz", "kernels.csv", "spectra.csv", "model.safetensors"]
    targets = [word for name in names for word in ("--to", str(tmp_path / name))]
    assert main(["export", str(run), *targets]) == 0
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "Confusion" in page
    assert "://" not in page, "nothing is fetched from elsewhere"
    assert "frequency" in (tmp_path / "spectra.csv").read_text().splitlines()[0]
    assert "time" in (tmp_path / "kernels.csv").read_text().splitlines()[0]


def test_impulse_responses_need_a_rate_that_the_model_or_the_option_knows(
    tmp_path: Path, ends: Callable[..., str]
) -> None:
    model = build_model({"model": "s4d", "d_model": 2, "n_layers": 1, "d_state": 4}, seed=0)
    save_model(model, tmp_path / "model.safetensors")
    target = tmp_path / "kernels.wav"
    command = ["export", str(tmp_path / "model.safetensors"), "--to", str(target)]
    assert "--sample-rate" in ends(2, *command)
    assert "-3" in ends(2, *command, "--sample-rate", "-3")
    assert not list(tmp_path.glob("*.wav"))
    assert main([*command, "--sample-rate", "8000"]) == 0
    (written,) = tmp_path.glob("kernels*.wav")
    assert read(written).sample_rate == 8000


def test_a_rate_that_no_file_takes_or_that_cannot_be_is_refused(
    tmp_path: Path, ends: Callable[..., str]
) -> None:
    for name in ("model.safetensors", "model.onnx", "report.html"):
        command = ["export", str(tmp_path / "run"), "--to", str(tmp_path / name), "--sample-rate"]
        assert ends(2, *command, "100").count("--sample-rate is of kernels and spectra") == 1
        for rate in ("-5", "0", "nan", "inf"):
            assert f"above 0; received {rate}." in ends(2, *command, rate)
    assert "--sample-rate" not in ends(
        2, "export", str(tmp_path / "run"), "--to", "a.html", "--to", "a.csv", "--sample-rate", "9"
    )
    assert not list(tmp_path.iterdir())


def test_a_run_without_a_model_says_how_to_get_one(run: Path, ends: Callable[..., str]) -> None:
    (run / "model.safetensors").unlink()
    assert f"hippo-studio train --resume {run}" in ends(2, "evaluate", str(run))


def test_train_fits_the_random_convolution_baseline(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ends: Callable[..., str]
) -> None:
    pytest.importorskip("sktime")
    out = tmp_path / "rocket"
    command = ["train", "--data", "tones", "--model", "minirocket", "--out", str(out)]
    assert main([*command, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["model"] == "minirocket"
    assert report["accuracy"] == open_run(out).accuracy >= 0.9
    assert "MiniRocket has no use for epochs" in ends(2, *command, "--epochs", "3")
    assert "made of tokens" in ends(2, "train", "--data", "echo", "--model", "minirocket", "--out", "x")
    assert "a baseline of which the report alone is kept" in ends(2, "evaluate", str(out))

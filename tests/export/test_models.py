"""Models taken home: each graph does what the model does, and what would not is never written."""

import json
import warnings
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from hippo_studio.export import ExportError, verification
from hippo_studio.export.graphs import example_input, flatten
from hippo_studio.export.kernels import write_impulse_responses, write_spectra
from hippo_studio.export.models import SUFFIXES, export_model
from hippo_studio.export.onnx_file import session, to_onnx
from hippo_studio.ssm import SequenceModel, build_model, load_model

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def small(name: str, **changes: object) -> SequenceModel:
    keys = {
        "model": name,
        "d_input": 2,
        "d_model": 8,
        "n_layers": 1,
        "d_state": 6,
        "n_classes": 4,
        "n_heads": 2,
        "theta": 20.0,
    }
    return build_model(keys | changes, seed=1).eval()


# One row per way a graph comes about: folded kernels, loops made into a Scan, caches that grow, tokens.
GRAPHS = [
    ("s4", "block", {}),
    ("s4d", "sequence", {"causal": False}),
    ("h3", "sequence", {"vocabulary": 10, "pool": "none", "attention_layers": (1,), "n_layers": 2}),
    ("h3", "step", {"vocabulary": 10, "pool": "none", "attention_layers": (1,), "n_layers": 2}),
    ("h3", "step", {"head_dim": 2}),
    ("lssl", "block", {"pool": "max"}),
    ("lssl", "step", {"method": "zoh"}),
    ("hippo-rnn", "sequence", {}),
    ("lmu", "block", {"pool": "none"}),
    ("gru", "block", {"pool": "last"}),
    ("transformer", "step", {"causal": True}),
    ("linear-transformer", "sequence", {}),
]


@pytest.mark.parametrize(("name", "form", "changes"), GRAPHS)
def test_a_graph_in_onnxruntime_does_what_the_model_does(
    name: str, form: str, changes: dict, tmp_path: Path
) -> None:
    model, path = small(name, **changes), tmp_path / "model.onnx"
    model.details = {"labels": ["a", "b", "c", "d"]}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert export_model(model, path, form=form, length=70) == (path,)
    proto = onnx.load(path)
    onnx.checker.check_model(proto)
    kept = {entry.key: entry.value for entry in proto.metadata_props}
    assert kept["form"] == form
    assert json.loads(kept["config"]) == model.config.to_dict()
    assert json.loads(kept["details"]) == model.details
    assert str(Path(__file__).parents[2]).encode() not in path.read_bytes()  # no paths of this machine

    run, length = session(proto), {"step": 1, "block": 70, "sequence": 70}[form]
    x = example_input(model, 5, 2 * length, seed=9)  # a batch that the export never saw
    with torch.no_grad():
        if form == "sequence":
            expected, received = model(x[:, :70]).numpy(), run([x[:, :70].numpy()])[0]
        else:
            state = model.initial_state(5)
            expected = model.chunk(x, state)[0].numpy()
            parts = [part.numpy() for part in flatten(state)]
            received = []
            for part in x.split(length, dim=1):
                logits, *parts = run([part[:, 0].numpy() if form == "step" else part.numpy(), *parts])
                received.append(logits)
            if model.config.pool == "none":
                received = np.stack(received, 1) if form == "step" else np.concatenate(received, 1)
            else:
                received = received[-1]
    np.testing.assert_allclose(received, expected, atol=1e-5)


@pytest.mark.parametrize("name", ["s4", "h3"])
def test_a_thousand_steps_in_onnxruntime_are_the_convolution(name: str) -> None:
    model = small(name, d_state=32, pool="none", initialization="legs")
    run = session(to_onnx(model, "step", 1))
    x = example_input(model, 2, 1000)
    parts = [part.numpy() for part in flatten(model.initial_state(2))]
    received = []
    for moment in x.unbind(1):
        logits, *parts = run([moment.numpy(), *parts])
        received.append(logits)
    for layer in model.state_spaces().values():
        layer.convolution = "fft"
    with torch.no_grad():
        expected = model(x).numpy()
    np.testing.assert_allclose(np.stack(received, 1), expected, atol=1e-4)


@pytest.mark.parametrize(("name", "form"), [("s4", "sequence"), ("gru", "step")])
def test_a_program_runs_without_this_library(name: str, form: str, tmp_path: Path) -> None:
    model, path = small(name), tmp_path / "model.pt2"
    export_model(model, path, form=form, length=40)
    assert str(Path(__file__).parents[2]).encode() not in path.read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's own, about its future
        program = torch.export.load(path).module()
    x = example_input(model, 5, 40, seed=9)
    with torch.no_grad():
        if form == "sequence":
            torch.testing.assert_close(program(x), model(x), rtol=0, atol=1e-5)
        else:
            state = model.initial_state(5)
            x = x[:, 0] if form == "step" else x
            expected, _ = (model.step if form == "step" else model.chunk)(x, state)
            torch.testing.assert_close(program(x, *flatten(state))[0], expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("file", ["model.onnx", "model.pt2"])
def test_a_model_that_cannot_be_traced_is_refused_with_the_reason(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = small("s4d")
    monkeypatch.setattr(type(model), "step", lambda self, x, state: (x * float(x.sum()), state))
    with pytest.raises(ExportError, match=r"has no graph as a step: Could not"):
        export_model(model, tmp_path / file, form="step")
    assert not list(tmp_path.iterdir())


def test_a_graph_that_disagrees_is_refused_and_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = small("gru")
    monkeypatch.setattr(verification, "TOLERANCE", 0.0)
    with pytest.raises(ExportError, match=r"model\.onnx is not written: .* of onnxruntime are up to .* away"):
        export_model(model, tmp_path / "model.onnx", form="step")
    monkeypatch.undo()
    run = lambda inputs: [np.full((len(inputs[0]), 4), np.nan, dtype=np.float32)]  # noqa: E731
    with pytest.raises(ExportError, match="up to nan away"):
        verification.verify(model, "sequence", 5, run, "onnxruntime", "x.onnx")
    with pytest.raises(ExportError, match="cannot run the graph: division by zero"):
        verification.verify(model, "sequence", 5, lambda inputs: [1 / 0], "onnxruntime", "x.onnx")
    with pytest.raises(ExportError, match=r"are \(3, 2, 3\), those of the model \(3, 2, 4\)"):
        verification.verify(model, "sequence", 5, lambda inputs: [np.zeros((3, 3))], "onnxruntime", "x.onnx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "changes", "file", "arguments", "message"),
    [
        ("gru", {}, "model.pth", {}, r"ends in '\.pth'; a model is written as one of \.safetensors"),
        ("gru", {}, "model.onnx", {"form": "whole"}, "'whole'; one of sequence, block, step"),
        ("gru", {}, "model.onnx", {"length": 0}, "length is 0; a whole number"),
        ("gru", {}, "model.onnx", {"length": 10**13}, "length is 10000000000000; a whole number from 1 to"),
        ("s4d", {}, "model.pt2", {"length": 10**13}, "length is 10000000000000; a whole number from 1 to"),
        ("s4d", {}, "kernels.npz", {"length": 10**13}, "length is 10000000000000; a whole number from 1 to"),
        ("transformer", {}, "model.onnx", {"form": "step"}, "is not causal"),
        ("lmu", {"causal": False}, "model.onnx", {}, "run both ways has no ONNX form"),
        ("lmu", {}, "model.pt2", {"length": 900}, "loops over its 900 moments"),
        ("gru", {}, "kernels.npz", {}, "a GRU has no convolution kernels; s4"),
        ("s4d", {}, "kernels.npz", {"length": -1}, "length is -1"),
        ("s4d", {}, "kernels.npz", {"sample_rate": 0.0}, "sampling rate is 0 Hz"),
        ("s4d", {}, "kernels.wav", {}, "knows no sampling rate.*give sample_rate in Hz"),
        ("s4d", {}, "none/kernels.npz", {}, "there is no folder"),
    ],
)
def test_what_cannot_be_exported_is_refused_in_a_sentence(
    name: str, changes: dict, file: str, arguments: dict, message: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=message):
        export_model(small(name, **changes), tmp_path / file, **arguments)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_nothing_is_taken_home_of_a_model_that_has_diverged(suffix: str, tmp_path: Path) -> None:
    model = small("s4d")
    model.state_dict()["blocks.0.mixer.output"][1, 2, 0] = float("nan")
    message = r"is not written: blocks\.0\.mixer\.output holds 1 of 48 values that are not finite"
    with pytest.raises(ValueError, match=message):
        export_model(model, tmp_path / f"model{suffix}", sample_rate=100.0)
    with pytest.raises(ValueError, match=message):
        write_spectra(model, tmp_path / "spectra.csv", 100.0)
    assert not list(tmp_path.iterdir())


def test_the_model_itself_comes_back(tmp_path: Path) -> None:
    model = small("s4")
    (path,) = export_model(model, tmp_path / "model.safetensors")
    x = example_input(model, 2, 30)
    assert torch.equal(load_model(path)(x), model(x))


def test_kernels_as_arrays_are_those_of_the_layers(tmp_path: Path) -> None:
    model = small("h3")
    model.details = {"sample_rate": 8000}
    export_model(model, tmp_path / "kernels.npz", length=100)
    with np.load(tmp_path / "kernels.npz") as file:
        assert list(file["layers"]) == list(model.state_spaces())
        assert file["times"][-1] == 99 / 8000
        assert file["frequencies"][-1] == pytest.approx(4000)
        assert json.loads(str(file["config"])) == model.config.to_dict()
        for name, layer in model.state_spaces().items():
            np.testing.assert_array_equal(file[f"{name}.kernel"], layer.kernel(100).detach())
            np.testing.assert_array_equal(
                file[f"{name}.response"], layer.frequency_response(file["omega"]).detach()
            )
            np.testing.assert_array_equal(file[f"{name}.timescales"], layer.timescales().detach())


def test_kernels_and_spectra_as_tables(tmp_path: Path) -> None:
    model = small("s4d")
    export_model(model, tmp_path / "kernels.csv", length=50, sample_rate=100.0)
    header = (tmp_path / "kernels.csv").read_text().splitlines()[0].split(",")
    assert header[:2] == ["time", "blocks.0.mixer.0"]
    table = np.loadtxt(tmp_path / "kernels.csv", delimiter=",", skiprows=1)
    np.testing.assert_allclose(table[:, 0], np.arange(50) / 100)
    layer = model.state_spaces()["blocks.0.mixer"]
    np.testing.assert_allclose(table[:, 1:].T, layer.kernel(50).detach(), rtol=1e-6, atol=1e-9)
    write_spectra(model, tmp_path / "spectra.csv", sample_rate=100.0)
    table = np.loadtxt(tmp_path / "spectra.csv", delimiter=",", skiprows=1)
    assert table[-1, 0] == pytest.approx(50.0)
    response = layer.frequency_response(np.pi * table[:, 0] / 50)
    np.testing.assert_allclose(table[:, 1:].T, response.abs().detach(), rtol=1e-4)


def test_convolving_with_an_impulse_response_is_what_the_layer_does(tmp_path: Path) -> None:
    model = small("s4", n_layers=2)
    files = write_impulse_responses(model, tmp_path / "ir.wav", length=64, sample_rate=16000)
    assert [file.name for file in files] == ["ir.blocks.0.mixer.wav", "ir.blocks.1.mixer.wav"]
    response, rate = soundfile.read(files[0], dtype="float32")
    assert rate == 16000
    layer = model.state_spaces()["blocks.0.mixer"]
    u = torch.randn(64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        y = layer(u[None, :, None].expand(1, 64, 8))[0] - u[:, None] * layer.D
    for channel in range(8):
        np.testing.assert_allclose(np.convolve(u, response[:, channel])[:64], y[:, channel], atol=1e-5)
    (single,) = write_impulse_responses(model, tmp_path / "one.wav", 64, 16000, layer="blocks.1.mixer")
    assert single == tmp_path / "one.wav"
    with pytest.raises(ExportError, match=r"no layer 'blocks\.2'; this model has blocks\.0\.mixer"):
        write_impulse_responses(model, tmp_path / "one.wav", 64, 16000, layer="blocks.2")


def test_a_folder_that_is_not_there_is_told_before_a_graph_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hippo_studio.export.models.write_onnx", lambda *a: pytest.fail("it was made"))
    with pytest.raises(ExportError, match="there is no folder"):
        export_model(small("s4d"), tmp_path / "nowhere" / "model.onnx")

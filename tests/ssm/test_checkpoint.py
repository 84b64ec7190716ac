"""A saved model comes back bit for bit, and nothing else comes back at all."""

import json
import os
import pickle
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

from hippo_studio.ssm import MODELS, ModelFileError, SequenceModel, build_model, load_model, save_model


@pytest.fixture
def model() -> SequenceModel:
    return build_model({"model": "lmu", "d_model": 8, "d_state": 6, "n_layers": 2}, seed=1)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("name", MODELS)
def test_a_model_comes_back_bit_for_bit(name: str, dtype: torch.dtype, tmp_path: Path) -> None:
    model = build_model({"model": name, "d_input": 2, "d_model": 8, "d_state": 6, "n_heads": 2}, seed=1)
    model = model.to(dtype).eval()
    model.details = {"labels": ["ja", "nein"], "sample_rate": 16000.0}
    save_model(model, tmp_path / "model.safetensors")
    loaded = load_model(tmp_path)  # the folder will do
    assert loaded.config == model.config
    assert loaded.details == model.details
    assert not loaded.training
    x = torch.randn(2, 12, 2, dtype=dtype, generator=torch.Generator().manual_seed(0))
    assert torch.equal(loaded(x), model(x))
    before, after = model.state_dict(), loaded.state_dict()
    assert list(before) == list(after)
    assert all(
        torch.equal(before[key], after[key]) and before[key].dtype == after[key].dtype for key in before
    )


def test_a_file_that_ends_too_early_is_refused(model: SequenceModel, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_model(model, path)
    whole = path.read_bytes()
    for size in (0, 5, 8, 9, 100, 2000, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(ModelFileError, match=f"truncated: it has {size} bytes"):
            load_model(path)


class Bomb:
    """Runs a command when it is unpickled."""

    def __reduce__(self) -> tuple:
        return (os.mkdir, ("exploded",))


def test_a_pickle_in_disguise_is_refused_and_never_opened(
    model: SequenceModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "model.safetensors"
    for protocol in range(2, 6):
        path.write_bytes(pickle.dumps(Bomb(), protocol))
        with pytest.raises(ModelFileError, match=r"is a pickle.*stranger's code.*save_model"):
            load_model(path)
    torch.save({"weights": Bomb()}, path)
    with pytest.raises(ModelFileError, match=r"zip archive.*stranger's code"):
        load_model(path)
    with path.open("wb") as stream:
        np.savez(stream, a=np.zeros(3))
    with pytest.raises(ModelFileError, match=r"is an archive of NumPy arrays; give"):
        load_model(path)
    path.write_bytes(b"PK\x03\x04 and no more of it")
    with pytest.raises(ModelFileError, match="is a zip archive; give"):
        load_model(path)
    path.write_bytes(b"hello, this is no model at all")
    with pytest.raises(ModelFileError, match="begins with b'hello"):
        load_model(path)
    assert not (tmp_path / "exploded").exists()


def rewritten(model: SequenceModel, **changes: object) -> bytes:
    metadata = {
        "format": "hippo-studio-model",
        "format_version": "1",
        "config": json.dumps(model.config.to_dict()),
        "details": "{}",
    } | changes
    return safetensors.torch.save(
        model.state_dict(), {key: value for key, value in metadata.items() if value}
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": None}, "another program .format None"),
        ({"format_version": "2"}, "format version '2', and this program reads 1; update the program"),
        ({"format_version": "x"}, "format version 'x', and this program reads 1; save the model again"),
        ({"format_version": None}, "no format version, and this program reads 1; save the model again"),
        ({"config": None}, "no config in its header; save"),
        ({"details": None}, "no details in its header; save"),
        ({"config": "{"}, "the config '{', which is no JSON; save"),
        ({"details": "junk"}, "the details 'junk', which is no JSON; save"),
        (
            {"config": '{"model": "lmu", "theta": 0.5, "d_model": 8}'},
            r"no model is built from: theta is 0\.5",
        ),
        ({"config": "[1]"}, "configuration is .1.; a mapping"),
        ({"config": '{"width": 3}'}, "Unknown key 'width'"),
        ({"config": '{"model": "s7"}'}, "'s7'; one of"),
        ({"details": "3"}, "details 3; a JSON object"),
    ],
)
def test_a_header_that_cannot_be_is_refused(
    model: SequenceModel, changes: dict, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(rewritten(model, **changes))
    with pytest.raises(ModelFileError, match=message):
        load_model(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"d_state": 8}, r"is \[1, 6\], and its configuration makes it \[1, 8\]"),
        ({"n_layers": 1}, "holds 'blocks.1.*no place for"),
        ({"n_layers": 3}, "blocks.2.*is missing|holds .* numbers"),
        ({"d_model": 16384, "n_layers": 256}, "holds .* numbers, and its configuration .* needs at least"),
    ],
)
def test_other_shapes_are_refused_before_anything_large_is_built(
    model: SequenceModel, changes: dict, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(rewritten(model, config=json.dumps(model.config.to_dict() | changes)))
    with pytest.raises(ModelFileError, match=message):
        load_model(path)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b'"F32"', b'"I32"', r"is of type I32, and F32 is needed"),
        (b'"dtype"', b'"dtipe"', "no safetensors header"),
        (b'"shape"', b'"shaqe"', "no safetensors header"),
    ],
)
def test_a_header_that_was_tampered_with_is_refused(
    model: SequenceModel, old: bytes, new: bytes, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "model.safetensors"
    save_model(model, path)
    path.write_bytes(path.read_bytes().replace(old, new, 1))
    with pytest.raises(ModelFileError, match=message):
        load_model(path)


def test_bytes_after_the_end_are_refused(model: SequenceModel, tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_model(model, path)
    path.write_bytes(path.read_bytes() + b"more")
    with pytest.raises(ModelFileError, match="has 4 bytes after its end"):
        load_model(path)


@pytest.mark.parametrize("value", [torch.nan, torch.inf])
def test_weights_that_are_not_finite_are_neither_saved_nor_loaded(
    model: SequenceModel, value: float, tmp_path: Path
) -> None:
    path = tmp_path / "model.safetensors"
    model.state_dict()["decoder.bias"][1] = value
    with pytest.raises(ValueError, match=r"decoder\.bias holds 1 of 2 values that are not finite"):
        save_model(model, path)
    assert not path.exists()
    path.write_bytes(rewritten(model))
    with pytest.raises(ModelFileError, match=r"decoder\.bias holds 1 of 2 values that are not finite"):
        load_model(path)


def test_a_model_of_half_precision_is_not_saved(model: SequenceModel, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"torch\.bfloat16; save model\.float\(\)"):
        save_model(model.bfloat16(), tmp_path / "model.safetensors")


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="cannot be opened: no such file"):
        load_model(tmp_path / "none.safetensors")
    with pytest.raises(ModelFileError, match=r"The folder .* holds no model\.safetensors; give a run folder"):
        load_model(tmp_path)
    with pytest.raises(ModelFileError, match="path is None; a run folder"):
        load_model(None)


def test_a_device_that_is_not_here_and_what_is_no_model_are_refused(
    model: SequenceModel, tmp_path: Path
) -> None:
    save_model(model, tmp_path / "model.safetensors")
    for device in ("abc", "xla"):
        with pytest.raises(ValueError, match=rf"device is '{device}', which is not here \(.*\); cpu will do"):
            load_model(tmp_path, device)
    with pytest.raises(ValueError, match="The model is of type Linear; one from build_model"):
        save_model(torch.nn.Linear(2, 2), tmp_path / "model.safetensors")


def test_details_that_are_no_json_are_refused_and_nothing_is_written(
    model: SequenceModel, tmp_path: Path
) -> None:
    for details in ({"labels": {1, 2}}, {"rate": float("nan")}):
        with pytest.raises(ValueError, match="plain JSON values are needed"):
            save_model(model, tmp_path / "model.safetensors", details)
    assert not list(tmp_path.iterdir())

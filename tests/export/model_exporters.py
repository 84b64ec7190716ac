"""What is written of trained models and their runs, and animations.

As in `exporters.py`: by name, how each is written and how it is read back.
"""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

Write = Callable[[Path], object]
Read = Callable[[Path], object]
SIZE = (128, 96)
PROGRAM = bytes(range(256)) * 400


def model_exporters() -> dict[str, tuple[Write, Read]]:
    """File name → how it is written, and a reading that fails for any file but the whole one."""
    table: dict[str, tuple[Write, Read]] = {}
    for needed, add in (("torch", _models), ("onnxruntime", _onnx), ("av", _animations)):
        try:
            __import__(needed)
        except ImportError:
            continue
        table |= add()
    return table


def _models() -> dict[str, tuple[Write, Read]]:
    import torch

    from hippo_studio.export.kernels import write_impulse_responses, write_spectra
    from hippo_studio.export.models import export_model
    from hippo_studio.export.report import write_report
    from hippo_studio.learning.film import Film
    from hippo_studio.learning.portrait import take_portrait
    from hippo_studio.ssm import build_model, load_model

    torch.set_num_threads(1)
    model = build_model(
        {"model": "s4d", "d_input": 1, "d_model": 64, "n_layers": 1, "n_classes": 3}, seed=1
    ).eval()

    def write(path: Path) -> None:
        export_model(model, path)

    def same(path: Path) -> None:
        other = load_model(path).state_dict()
        assert all(torch.equal(value, other[name]) for name, value in model.state_dict().items())

    def kernels(path: Path) -> None:
        with np.load(path) as arrays:
            assert all(np.isfinite(arrays[name]).all() for name in arrays if arrays[name].dtype.kind in "fc")

    film = Film((take_portrait(model, 0, 0.0), take_portrait(model, 1, 1.0)))

    def pictures(path: Path) -> None:
        assert len(Film.read(path).portraits) == 2

    def impulse(path: Path) -> None:
        write_impulse_responses(model, path, 1024, 8000, layer="blocks.0.mixer")

    def heard(path: Path) -> None:
        import soundfile

        assert soundfile.read(path)[0].shape == (1024, 64)

    return {
        "model.safetensors": (write, same),
        "kernels.npz": (write, kernels),
        "kernels.csv": (write, _lines),
        "kernels.wav": (impulse, heard),
        "spectra.csv": (lambda path: write_spectra(_small(), path), _lines),
        "report.html": (lambda path: write_report(_run(), path), _page),
        "portraits.npz": (lambda path: film.write(path), pictures),
        "model.pt2": (_write_program, _same_program),
    }


def _onnx() -> dict[str, tuple[Write, Read]]:
    import onnx

    return {"model.onnx": (_write_onnx, lambda path: onnx.checker.check_model(onnx.load(path)))}


def _animations() -> dict[str, tuple[Write, Read]]:
    import av

    def frames(path: Path) -> None:
        with av.open(str(path)) as container:
            assert sum(1 for _ in container.decode(video=0)) == 12

    return {"film.mp4": (_animate, frames), "film.gif": (_animate, frames)}


@functools.cache
def _small() -> Any:
    """A model whose graph is soon made."""
    from hippo_studio.ssm import build_model

    keys = {"model": "s4d", "d_input": 1, "d_model": 2, "n_layers": 1, "d_state": 2, "n_classes": 2}
    return build_model(keys, seed=1).eval()


def _write_onnx(path: Path) -> None:
    """To make a graph and to try it takes long: the disk is what is tried here, with another graph."""
    from hippo_studio.export import onnx_file

    graph = _graph()
    with (
        patch.object(onnx_file, "to_onnx", lambda *_: graph),
        patch.object(onnx_file, "session", lambda _: None),
        patch.object(onnx_file, "verify", lambda *_: None),
    ):
        onnx_file.write_onnx(_small(), path, "sequence", 8)


def _graph() -> Any:
    from onnx import TensorProto, helper, numpy_helper

    values = numpy_helper.from_array(np.arange(5000, dtype=np.float32), "values")
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, [5000])
    node = helper.make_node("Identity", ["values"], ["y"])
    return helper.make_model(helper.make_graph([node], "graph", [], [result], initializer=[values]))


def _write_program(path: Path) -> None:
    from hippo_studio.export import programs

    with patch.object(programs, "program", lambda *_: PROGRAM):
        programs.write_program(_small(), path, "sequence", 8)


def _same_program(path: Path) -> None:
    assert path.read_bytes() == PROGRAM


@functools.cache
def _run() -> Path:
    """A run folder as a training leaves it."""
    from hippo_studio.learning import runs
    from hippo_studio.learning.events import EpochEnded

    _FOLDERS.append(folder := tempfile.TemporaryDirectory())
    run = Path(folder.name) / "a run"
    run.mkdir()
    runs.write_config(run, {"data": "task:digits", "model": "s4d", "epochs": 9})
    for epoch in range(1, 10):
        values = dict.fromkeys(runs.COLUMNS, 1.0) | {"epoch": epoch, "step": epoch, "best": epoch == 9}
        runs.append_metrics(run / runs.METRICS, EpochEnded(**values))
    return run


_FOLDERS: list[tempfile.TemporaryDirectory[str]] = []
"""Removed when the process ends."""


def _page(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "Learning curves" in text
    assert text.endswith("</body></html>\n")


def _lines(path: Path) -> None:
    rows = path.read_text(encoding="utf-8").splitlines()
    assert len({row.count(",") for row in rows}) == 1
    assert path.read_bytes().endswith(b"\n")


def _animate(path: Path) -> None:
    from hippo_studio.export.animation import SoundTrack, writing_animation

    noise = np.random.default_rng(2)
    sound = SoundTrack(noise.standard_normal(8000) / 9, 8000) if path.suffix == ".mp4" else None
    with writing_animation(path, SIZE, 24, sound) as append:
        for _ in range(12):
            append(noise.integers(0, 256, (SIZE[1], SIZE[0], 3), np.uint8))

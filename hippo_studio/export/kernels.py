"""The convolution kernels that a model has learned, and their spectra: as tables and as sound.

In an .npz, for each layer, under its name in the model:

    {layer}.kernel       (H, L)   K_l, without the skip D
    {layer}.response     (H, F)   K̂(ω), of the whole, endless kernel, complex
    {layer}.timescales   (H,)     Δ

and beside them `layers`, `lags` (L,) in samples, `times` (L,) in seconds, `omega` (F,) in radians per sample,
`frequencies` (F,) in Hz, `sample_rate` (1 if it is not known), `config` (JSON) and `format_version`.
"""

from __future__ import annotations

import csv
import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from hippo_studio.export.atomic import ExportError, RateUnknownError, atomic_path
from hippo_studio.export.sound import write_wav
from hippo_studio.hippo import gates
from hippo_studio.ssm import SequenceModel, StateSpace
from hippo_studio.ssm.checkpoint import refuse_diverged

FORMAT_VERSION = 1
FREQUENCIES = 512
"""Points of a spectrum, from 0 to the Nyquist frequency."""


def write_kernels(
    model: SequenceModel, path: str | os.PathLike[str], length: int = 1024, sample_rate: float | None = None
) -> None:
    """Write kernels of `length` samples, and spectra, as .npz; or the kernels alone as .csv, a column each.

    `sample_rate` in Hz; by default that of `model.details`. Raises ValueError for a length below 1, a rate
    that is not above 0 and weights that are not finite, ExportError for another suffix and for a model
    without kernels.
    """
    rate = _rate(model, sample_rate)
    length = gates.whole_number("the length", length, least=1)
    layers = _layers(model, path)
    kernels = {name: _numpy(layer.kernel(length)) for name, layer in layers.items()}
    lags = np.arange(length)
    suffix = Path(path).suffix.lower()
    if suffix == ".csv":
        return _write_table(path, "time", lags / rate, kernels)
    if suffix != ".npz":
        raise ExportError(f"{path} ends in {suffix!r}; kernels are written as .npz, .csv or .wav.")
    omega = np.linspace(0, math.pi, FREQUENCIES)
    arrays: dict[str, Any] = {
        "layers": np.array(list(layers)),
        "lags": lags,
        "times": lags / rate,
        "omega": omega,
        "frequencies": omega * rate / (2 * math.pi),
        "sample_rate": rate,
        "config": json.dumps(model.config.to_dict()),
        "format_version": FORMAT_VERSION,
    }
    for name, layer in layers.items():
        arrays[f"{name}.kernel"] = kernels[name]
        arrays[f"{name}.response"] = _numpy(layer.frequency_response(omega))
        arrays[f"{name}.timescales"] = _numpy(layer.timescales())
    with atomic_path(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(stream, **arrays)
    return None


def write_spectra(
    model: SequenceModel, path: str | os.PathLike[str], sample_rate: float | None = None
) -> None:
    """Write the magnitudes |K̂| as .csv: a row per frequency in Hz, from 0 to Nyquist, a column per channel.

    Raises as `write_kernels` does. The complex spectra are in its .npz.
    """
    rate = _rate(model, sample_rate)
    if Path(path).suffix.lower() != ".csv":
        raise ExportError(
            f"{path} ends in {Path(path).suffix!r}; spectra are written as .csv, or in the .npz."
        )
    omega = np.linspace(0, math.pi, FREQUENCIES)
    spectra = {
        name: np.abs(_numpy(layer.frequency_response(omega))) for name, layer in _layers(model, path).items()
    }
    _write_table(path, "frequency", omega * rate / (2 * math.pi), spectra)


def write_impulse_responses(
    model: SequenceModel,
    path: str | os.PathLike[str],
    length: int = 1024,
    sample_rate: float | None = None,
    layer: str | None = None,
) -> tuple[Path, ...]:
    """Write kernels as WAV files, one channel of sound per channel of the layer; return the files written.

    `layer` is a name of `model.state_spaces()`, written to `path`; without it each layer goes to a file of
    its own, whose name is that of `path` with the layer's added. The samples are the kernel's, as 32-bit
    floats: not scaled, so that convolving with them is what the layer does. Raises as `write_kernels` does,
    and RateUnknownError, an ExportError, where no rate is known.
    """
    if sample_rate is None and not model.details.get("sample_rate"):
        raise RateUnknownError(
            f"{path} is not written: the model knows no sampling rate, which a WAV file needs; give "
            "sample_rate in Hz (--sample-rate on the command line), or write the kernels as .npz or .csv."
        )
    rate = _rate(model, sample_rate)
    length = gates.whole_number("the length", length, least=1)
    layers = _layers(model, path)
    target = Path(path)
    if layer is None:
        files = {name: target.with_name(f"{target.stem}.{name}{target.suffix}") for name in layers}
    elif layer in layers:
        files = {layer: target}
    else:
        raise ExportError(f"There is no layer {layer!r}; this model has {', '.join(layers)}.")
    for name, file in files.items():
        write_wav(file, _numpy(layers[name].kernel(length)), rate)
    return tuple(files.values())


def _layers(model: SequenceModel, path: str | os.PathLike[str]) -> dict[str, StateSpace]:
    refuse_diverged(model, path)
    layers = model.state_spaces()
    if not layers:
        raise ExportError(
            f"{path} is not written: a {model.title} has no convolution kernels; s4, s4d, h3 and lssl have."
        )
    return layers


def _rate(model: SequenceModel, sample_rate: float | None) -> float:
    known = (model.details.get("sample_rate") or 1.0) if sample_rate is None else sample_rate
    return gates.positive("the sampling rate", known, "Hz")


def _numpy(values: torch.Tensor) -> NDArray[Any]:
    array: NDArray[Any] = values.detach().cpu().numpy()
    return array


def _write_table(
    path: str | os.PathLike[str], name: str, rows: NDArray[Any], layers: dict[str, NDArray[Any]]
) -> None:
    """A first column called `name`, then one per layer and channel."""
    columns = np.concatenate([rows[None], *layers.values()]).T
    channels = [f"{layer}.{channel}" for layer, values in layers.items() for channel in range(len(values))]
    with atomic_path(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow([name, *channels])
        writer.writerows([f"{value:.9g}" for value in row] for row in columns)

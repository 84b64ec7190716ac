"""Models on disk: one safetensors file whose header holds the configuration as JSON. Nothing is unpickled.

A file is 8 bytes (length of the header, little-endian), a JSON header (names, shapes and places of the
tensors, and under `__metadata__` what is ours), and the numbers. Ours: `format`, `format_version`, `config`
(the keys of `ModelConfig`) and `details` (labels, sampling rate …). Complex parameters are learned, and kept,
as real pairs. Every claim of a header is checked against the file before a model is built from it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor

from hippo_studio.ssm.checks import check_device
from hippo_studio.ssm.classifier import SequenceModel, build_model
from hippo_studio.ssm.config import ModelConfig
from hippo_studio.ssm.model_header import (
    FORMAT,
    FORMAT_VERSION,
    ModelFileError,
    model_file,
    pop_metadata,
    read_header,
)

_DTYPES = {"F32": torch.float32, "F64": torch.float64}
"""How the header of a file calls the precisions that models have."""


def save_model(
    model: SequenceModel, path: str | os.PathLike[str], details: Mapping[str, Any] | None = None
) -> None:
    """Write the model to `path`, whole or not at all.

    `details` (default: `model.details`) are plain JSON values; they become `model.details` when the file is
    loaded. Raises ValueError for details that are not, for weights that are not finite or of another
    precision than float32 and float64, and OSError, in one sentence, if the disk refuses.
    """
    from safetensors.torch import save

    from hippo_studio.export.atomic import atomic_write

    refuse_diverged(model, path)
    weights = _tensors(model)
    kept = dict(model.details if details is None else details)
    try:
        metadata = {
            "format": FORMAT,
            "format_version": str(FORMAT_VERSION),
            "config": json.dumps(model.config.to_dict()),
            "details": json.dumps(kept, allow_nan=False),
        }
    except (TypeError, ValueError) as error:
        raise ValueError(f"details are {kept!r}; plain JSON values are needed ({error}).") from None
    for name, tensor in weights.items():
        if tensor.dtype not in _DTYPES.values():
            raise ValueError(f"{name} is {tensor.dtype}; save model.float(), or model.double().")
    # Copies: safetensors refuses tensors that share memory.
    tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in weights.items()}
    with atomic_write(path) as stream:
        stream.write(save(tensors, metadata))


def refuse_diverged(model: SequenceModel, path: str | os.PathLike[str]) -> None:
    """Raise ValueError if a weight of the model, which is to be written to `path`, is not finite."""
    if not isinstance(model, SequenceModel):
        raise ValueError(f"The model is of type {type(model).__name__}; one from build_model is needed.")  # noqa: TRY004 - every bad argument of this library is a ValueError
    if found := _not_finite(_tensors(model)):
        raise ValueError(f"{path} is not written: {found}; the model has diverged: take one from before.")


def load_model(path: str | os.PathLike[str], device: torch.device | str = "cpu") -> SequenceModel:
    """Return the model of a file written by `save_model`, ready to predict, on `device`.

    `path` may also be a run folder. Raises ModelFileError (a ValueError) for a file that is missing,
    truncated, of a newer version, of other shapes or types than its configuration says, whose weights are not
    finite, or no model file at all; ValueError for a device that is not here.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    device = check_device(device)
    file = model_file(path)
    header = read_header(file)
    config, details = pop_metadata(file, header)
    _check_size(file, header, config)
    try:
        model = build_model(config, seed=0)
    except ValueError as error:
        raise ModelFileError(f"{file} has a configuration that no model is built from: {error}") from error
    if {entry["dtype"] for entry in header.values()} == {"F64"}:
        model = model.double()
    _check_tensors(file, header, _tensors(model))
    try:
        tensors = load_file(file)
    except (SafetensorError, OSError, ValueError) as error:
        raise ModelFileError(f"{file} cannot be read as a model: {error}.") from error
    if found := _not_finite(tensors):
        raise ModelFileError(
            f"{file}: {found}; its training diverged, or the file was changed: take another."
        )
    model.load_state_dict(tensors)
    model.details = details
    return model.to(device).eval()


def _check_size(file: Path, header: dict[str, Any], config: ModelConfig) -> None:
    """Refuse a configuration that promises more numbers than the file holds, before they are allocated."""
    held = sum(_count(entry) for entry in header.values())
    least = config.n_layers * 2 * config.d_model**2 + config.d_model * (
        config.n_classes + (config.vocabulary or config.d_input)
    )
    if held < least:
        raise ModelFileError(
            f"{file} holds {held} numbers, and its configuration (d_model {config.d_model}, n_layers "
            f"{config.n_layers}) needs at least {least}; save the model again."
        )


def _check_tensors(file: Path, header: dict[str, Any], expected: Mapping[str, Tensor]) -> None:
    for name, tensor in expected.items():
        shape = header[name]["shape"] if name in header else "missing"
        if shape != list(tensor.shape):
            raise ModelFileError(
                f"{file}: {name} is {shape}, and its configuration makes it {list(tensor.shape)}; "
                "the file was changed or belongs to another version: save the model again."
            )
        dtype = header[name]["dtype"]
        if _DTYPES.get(dtype) != tensor.dtype:
            needed = next(known for known, kind in _DTYPES.items() if kind == tensor.dtype)
            raise ModelFileError(
                f"{file}: {name} is of type {dtype}, and {needed} is needed, as of all weights; the file was "
                "changed: save the model again."
            )
    for name in header:
        if name not in expected:
            raise ModelFileError(f"{file} holds {name!r}, which its configuration has no place for.")


def _not_finite(tensors: Mapping[str, Tensor]) -> str:
    """Say which tensor holds a value that is not finite, "" if none does."""
    for name, tensor in tensors.items():
        bad = tensor.numel() - int(tensor.detach().isfinite().sum())
        if bad:
            return f"{name} holds {bad} of {tensor.numel()} values that are not finite"
    return ""


def _tensors(model: SequenceModel) -> dict[str, Tensor]:
    return cast(dict[str, Tensor], model.state_dict())


def _count(entry: Mapping[str, Any]) -> int:
    count = 1
    for extent in entry["shape"]:
        count *= int(extent)
    return count

"""Models on disk: one safetensors file whose header holds the configuration as JSON. Nothing is unpickled.

A file is 8 bytes (length of the header, little-endian), a JSON header (names, shapes and places of the
tensors, and under `__metadata__` what is ours), and the numbers. Ours: `format`, `format_version`, `config`
(the keys of `ModelConfig`) and `details` (labels, sampling rate …). Complex parameters are learned, and kept,
as real pairs. Every claim of a header is checked against the file before a model is built from it.
"""

from __future__ import annotations

import json
import os
import reprlib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor

from hippo_studio.ssm.architectures import get_architecture
from hippo_studio.ssm.checks import check_device
from hippo_studio.ssm.classifier import SequenceModel, build_model
from hippo_studio.ssm.config import ModelConfig

FORMAT = "hippo-studio-model"
FORMAT_VERSION = 1
FILE_NAME = "model.safetensors"
LONGEST_HEADER = 100_000_000

_DTYPES = {"F32": torch.float32, "F64": torch.float64}
"""How the header of a file calls the precisions that models have."""

_ZIP = b"PK\x03\x04"
_DISGUISES = (
    (b"\x80", "a pickle, which could run a stranger's code when it is opened"),
    (b"\x89HDF", "an HDF5 file"),
)


class ModelFileError(ValueError):
    """A file from which no model can be read; the text is one sentence for the user."""


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
    file = _file(path)
    header = _header(file)
    config, details = _metadata(file, header)
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


def read_details(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the details of a model file, or of a run folder's, not its weights; or raise ModelFileError."""
    file = _file(path)
    return _metadata(file, _header(file))[1]


def _file(path: str | os.PathLike[str]) -> Path:
    try:
        file = Path(path)
    except TypeError:
        raise ModelFileError(
            f"The model's path is {path!r}; a run folder, or a file written by save_model, is needed."
        ) from None
    if not file.is_dir():
        return file
    if not (file / FILE_NAME).exists():
        raise ModelFileError(
            f"The folder {file} holds no {FILE_NAME}; give a run folder, or a file written by save_model."
        )
    return file / FILE_NAME


def _header(file: Path) -> dict[str, Any]:
    """The JSON header, `__metadata__` included, checked against the length of the file."""
    try:
        size = file.stat().st_size
        with file.open("rb") as stream:
            start = stream.read(9)
            length = int.from_bytes(start[:8], "little")
            text = start[8:] + stream.read(length - 1) if 0 < length <= LONGEST_HEADER else b""
    except OSError as error:
        reason = os.strerror(error.errno or 0).lower()
        raise ModelFileError(
            f"{file} cannot be opened: {reason}; give a run folder, or a file written by save_model."
        ) from error
    if len(start) < 9 and not start.startswith(b"\x80"):
        raise ModelFileError(f"{file} is truncated: it has {size} bytes; copy or save it again.")
    if not text.startswith(b"{"):
        raise ModelFileError(f"{file} {_what_else(file, start)}; give a file written by save_model.")
    if len(text) < length:
        raise ModelFileError(
            f"{file} is truncated: it has {size} bytes of at least {8 + length}; copy or save it again."
        )
    try:
        header = json.loads(text)
        entries = {name: entry for name, entry in header.items() if name != "__metadata__"}
        end = max((int(entry["data_offsets"][1]) for entry in entries.values()), default=0)
        for entry in entries.values():
            entry["dtype"], entry["shape"] = str(entry["dtype"]), [int(extent) for extent in entry["shape"]]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        raise ModelFileError(f"{file} has a header that is no safetensors header; save it again.") from None
    if 8 + length + end > size:
        raise ModelFileError(
            f"{file} is truncated: it has {size} bytes of {8 + length + end}; copy or save it again."
        )
    if 8 + length + end < size:
        raise ModelFileError(
            f"{file} has {size - 8 - length - end} bytes after its end; copy or save it again."
        )
    return dict(header)


def _what_else(file: Path, start: bytes) -> str:
    """What a file is that does not begin as safetensors does."""
    if start.startswith(_ZIP):
        return _which_zip(file)
    for magic, what in _DISGUISES:
        if start.startswith(magic):
            return f"is {what}"
    return f"begins with {start!r}, as no model file does"


def _which_zip(file: Path) -> str:
    """Which zip archive a file is, by the names in it; nothing of it is unpacked."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile):
        names = []
    if any(name.endswith(".pkl") for name in names):
        return "is a zip archive, as torch.save writes, and the pickle in it could run a stranger's code"
    if names and all(name.endswith(".npy") for name in names):
        return "is an archive of NumPy arrays"
    return "is a zip archive"


def _metadata(file: Path, header: dict[str, Any]) -> tuple[ModelConfig, dict[str, Any]]:
    """The configuration and the details; removes `__metadata__` from the header."""
    metadata = header.pop("__metadata__", None)
    if not isinstance(metadata, dict):
        metadata = {}
    if metadata.get("format") != FORMAT:
        raise ModelFileError(
            f"{file} is a safetensors file of another program (format {metadata.get('format')!r}); "
            f"{FORMAT!r}, as save_model writes it, is needed."
        )
    version = metadata.get("format_version")
    if version != str(FORMAT_VERSION):
        newer = isinstance(version, str) and version.isdecimal() and int(version[:9]) > FORMAT_VERSION
        found = "no format version" if version is None else f"format version {version!r}"
        raise ModelFileError(
            f"{file} has {found}, and this program reads {FORMAT_VERSION}; "
            f"{'update the program' if newer else 'save the model again'}."
        )
    keys, details = _json(file, metadata, "config"), _json(file, metadata, "details")
    if not isinstance(details, dict):
        raise ModelFileError(
            f"{file} has details {reprlib.repr(details)}; a JSON object is needed: save the model again."
        )
    try:
        config = ModelConfig.from_dict(keys)
        get_architecture(config.model)
    except ValueError as error:
        raise ModelFileError(f"{file} has a configuration that no model is built from: {error}") from error
    return config, details


def _json(file: Path, metadata: Mapping[str, Any], key: str) -> Any:
    """One entry of the metadata, which is JSON in a string."""
    text = metadata.get(key)
    if text is None:
        raise ModelFileError(f"{file} has no {key} in its header; save the model again.")
    try:
        return json.loads(text)
    except (TypeError, ValueError, RecursionError):
        raise ModelFileError(
            f"{file} has the {key} {reprlib.repr(text)}, which is no JSON; save the model again."
        ) from None


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

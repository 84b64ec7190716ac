"""The header of a model file: what it says of the model, checked before any of the numbers is read.

What lies where is said in `checkpoint`.
"""

from __future__ import annotations

import json
import os
import reprlib
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hippo_studio.ssm.architectures import get_architecture
from hippo_studio.ssm.config import ModelConfig

FORMAT = "hippo-studio-model"
FORMAT_VERSION = 1
FILE_NAME = "model.safetensors"
LONGEST_HEADER = 100_000_000

_ZIP = b"PK\x03\x04"
_DISGUISES = (
    (b"\x80", "a pickle, which could run a stranger's code when it is opened"),
    (b"\x89HDF", "an HDF5 file"),
)


class ModelFileError(ValueError):
    """A file from which no model can be read; the text is one sentence for the user."""


def read_details(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the details of a model file, or of a run folder's, not its weights; or raise ModelFileError."""
    file = model_file(path)
    return pop_metadata(file, read_header(file))[1]


def model_file(path: str | os.PathLike[str]) -> Path:
    """Return the model file of a path, which may be a run folder; or raise ModelFileError."""
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


def read_header(file: Path) -> dict[str, Any]:
    """Return the JSON header with `__metadata__`; ModelFileError if it belies the length of the file."""
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


def pop_metadata(file: Path, header: dict[str, Any]) -> tuple[ModelConfig, dict[str, Any]]:
    """Take `__metadata__` out of a header; return its configuration and details, or raise ModelFileError."""
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

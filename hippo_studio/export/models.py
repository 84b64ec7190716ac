"""A model taken home: the suffix of a file says what becomes of it.

    .safetensors    the model itself, for `load_model`
    .onnx           a graph for onnxruntime and other programs: sequence, block or step
    .pt2            the same for torch.export.load
    .npz .csv       its convolution kernels, as arrays or as a table
    .wav            its convolution kernels as impulse responses, a file per layer

Graphs are tried on random inputs before they are written. Importing this module imports torch.
"""

from __future__ import annotations

import os
from pathlib import Path

from hippo_studio.export.atomic import ExportError, refuse_unfit
from hippo_studio.export.kernels import write_impulse_responses, write_kernels
from hippo_studio.export.onnx_file import write_onnx
from hippo_studio.export.programs import write_program
from hippo_studio.ssm import SequenceModel, save_model

SUFFIXES = (".safetensors", ".onnx", ".pt2", ".npz", ".csv", ".wav")


def export_model(
    model: SequenceModel,
    path: str | os.PathLike[str],
    *,
    form: str = "sequence",
    length: int = 1024,
    sample_rate: float | None = None,
) -> tuple[Path, ...]:
    """Write the model as the suffix of `path` says, and return the files written.

    Parameters
    ----------
    form : of a graph: "sequence", "block" or "step".
    length : moments of a sequence or block; of a kernel, its samples.
    sample_rate : Hz, for kernels; by default that of `model.details`.

    Raises
    ------
    ValueError
        For a form, length or rate that cannot be. ExportError, also a ValueError: for an unknown suffix, a
        model that has no such form, a graph whose results differ from the model's, a disk that refuses.
    """
    refuse_unfit(path)
    suffix = Path(path).suffix.lower()
    if suffix == ".safetensors":
        save_model(model, path)
    elif suffix == ".onnx":
        write_onnx(model, path, form, length)
    elif suffix == ".pt2":
        write_program(model, path, form, length)
    elif suffix in (".npz", ".csv"):
        write_kernels(model, path, length, sample_rate)
    elif suffix == ".wav":
        return write_impulse_responses(model, path, length, sample_rate)
    else:
        raise ExportError(f"{path} ends in {suffix!r}; a model is written as one of {', '.join(SUFFIXES)}.")
    return (Path(path),)

"""Models as torch.export programs (.pt2), which run without this library, each tried before it is written."""

from __future__ import annotations

import io
import os
from typing import Any

import torch
from numpy.typing import NDArray
from torch import nn

from hippo_studio.export.atomic import ExportError, atomic_write
from hippo_studio.export.graphs import graph, loops, quiet, traced
from hippo_studio.export.verification import verify
from hippo_studio.ssm import SequenceModel
from hippo_studio.ssm.checkpoint import refuse_diverged

LONGEST_LOOP = 64
"""Moments up to which a loop over moments is written out."""


def write_program(
    model: SequenceModel, path: str | os.PathLike[str], form: str = "sequence", length: int = 1024
) -> None:
    """Write the model in one of `FORMS` for torch.export.load; inputs as `hippo_studio.export.graphs` lists.

    Raises ValueError for an unknown form, a step or block of a model that is not causal, and weights that are
    not finite; ExportError
    if there is no such program, if its results differ from the model's, or if the disk refuses.
    """
    refuse_diverged(model, path)
    if form != "step" and length > LONGEST_LOOP and loops(model):
        raise ExportError(
            f"{path} is not written: {model.title} loops over its {length} moments, and a program would "
            "write them out; export its step, or the sequence as ONNX."
        )
    content = program(model, path, form, length)
    with atomic_write(path) as stream:
        stream.write(content)


def program(model: SequenceModel, path: str | os.PathLike[str], form: str, length: int) -> bytes:
    """Return the content of the file, which was read back and gave what the model gives."""
    form_graph = graph(model, form, length)
    with quiet(), torch.no_grad():
        exported = torch.export.export(
            traced(form_graph), form_graph.example, dynamic_shapes=form_graph.dynamic
        )
        for node in exported.graph.nodes:
            node.meta.pop("stack_trace", None)  # where in our sources each node came from
        content = io.BytesIO()
        torch.export.save(exported, content)
        content.seek(0)
        loaded = torch.export.load(content).module()
    verify(model, form, length, lambda inputs: _run(loaded, inputs), "torch.export", path)
    return content.getvalue()


def _run(module: nn.Module, inputs: list[NDArray[Any]]) -> list[NDArray[Any]]:
    with torch.no_grad():
        outputs = module(*(torch.from_numpy(array) for array in inputs))
    return [output.numpy() for output in ((outputs,) if isinstance(outputs, torch.Tensor) else outputs)]

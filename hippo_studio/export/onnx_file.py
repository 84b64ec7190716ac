"""Models as ONNX files, each tried in onnxruntime before it is written.

A model whose sequence is a loop over moments (HiPPO-RNN, LMU, LSTM, GRU) is not unrolled: its step is traced
once and becomes the body of a Scan.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from hippo_studio.export.atomic import ExportError, atomic_write
from hippo_studio.export.graphs import LONGEST, Graph, graph, loops, quiet, traced
from hippo_studio.export.verification import verify
from hippo_studio.hippo import gates
from hippo_studio.ssm import SequenceModel
from hippo_studio.ssm.checkpoint import refuse_diverged

Run = Callable[[list[NDArray[Any]]], list[NDArray[Any]]]


def write_onnx(
    model: SequenceModel, path: str | os.PathLike[str], form: str = "sequence", length: int = 1024
) -> None:
    """Write the model as an ONNX file in one of `FORMS`, whose inputs `hippo_studio.export.graphs` lists.

    The batch is free; `length` L of a sequence or block is fixed. The file's metadata holds the model's
    configuration, its details and the form, as JSON.

    Raises
    ------
    ValueError
        For an unknown form, a step or block of a model that is not causal, and weights that are not finite.
    ExportError
        If the graph cannot be made, if onnxruntime's results differ from the model's, or the disk refuses.
    """
    refuse_diverged(model, path)
    proto = to_onnx(model, form, length)
    verify(model, form, length, session(proto), "onnxruntime", path)
    with atomic_write(path) as stream:
        stream.write(proto.SerializeToString())


def to_onnx(model: SequenceModel, form: str, length: int) -> Any:
    """Return the model in a form as an onnx.ModelProto, not yet tried."""
    if form in ("sequence", "block") and loops(model):
        if not model.causal:
            raise ExportError(
                f"{model.title} run both ways has no ONNX form here; build it with causal = true."
            )
        length = gates.whole_number("the length", length, least=1, most=LONGEST)
        proto = _scan(_traced_onnx(graph(model, "step", 1)), form, length, model.config.pool == "none")
    else:
        proto = _traced_onnx(graph(model, form, length))
    for key, value in (
        ("form", form),
        ("config", json.dumps(model.config.to_dict())),
        ("details", json.dumps(model.details)),
    ):
        entry = proto.metadata_props.add()
        entry.key, entry.value = key, value
    proto.producer_name = "HiPPO Studio"
    return proto


def session(proto: Any) -> Run:
    """Return a function that runs the graph in onnxruntime: inputs in order → outputs in order."""
    import onnxruntime  # type: ignore[import-untyped]

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    runtime = onnxruntime.InferenceSession(
        proto.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    names = [entry.name for entry in runtime.get_inputs()]
    return lambda inputs: list(runtime.run(None, dict(zip(names, inputs, strict=True))))


def _traced_onnx(form: Graph) -> Any:
    try:
        with quiet(), torch.no_grad():
            program = torch.onnx.export(
                traced(form),
                form.example,
                dynamo=True,
                verbose=False,
                dynamic_shapes=form.dynamic,
                input_names=list(form.inputs),
                output_names=list(form.outputs),
            )
    except torch.onnx.errors.OnnxExporterError as error:
        reason = str(error.__cause__ or error).strip().splitlines()[-1]
        raise ExportError(f"This model has no ONNX form: {reason}") from error
    assert program is not None  # with dynamo, always a program
    for part in (program.model.graph, *program.model.functions.values()):
        for node in part:
            node.metadata_props.clear()  # where in our sources each node came from
    return program.model_proto


def _scan(step: Any, form: str, length: int, every: bool) -> Any:
    """A sequence or block as an ONNX Scan over the step.

    `every` keeps the logits of every moment, otherwise those of the last.
    """
    from onnx import TensorProto, helper, numpy_helper

    body = step.graph
    x, *states = body.input
    logits, *nexts = body.output
    kind, (batch, *features) = x.type.tensor_type.elem_type, _extents(x)
    whole = helper.make_tensor_value_info("x", kind, [batch, length, *features])
    classes = _extents(logits)[-1]
    shape = [batch, length, classes] if every else [batch, classes]
    result = helper.make_tensor_value_info("logits", TensorProto.FLOAT, shape)

    before = [f"first_{state.name}" if form == "sequence" else state.name for state in states]
    after = [f"last_{state.name}" if form == "sequence" else f"next_{state.name}" for state in states]
    nodes, constants = [], []
    if form == "sequence":
        nodes.append(helper.make_node("Shape", ["x"], ["batch"], start=0, end=1))
        for name, state in zip(before, states, strict=True):
            extents = np.array(_extents(state)[1:], dtype=np.int64)
            constants.append(numpy_helper.from_array(extents, f"{name}_extents"))
            nodes.append(helper.make_node("Concat", ["batch", f"{name}_extents"], [f"{name}_shape"], axis=0))
            nodes.append(helper.make_node("ConstantOfShape", [f"{name}_shape"], [name]))
    outputs = [whole_logits := "logits" if every else "every_logits"]
    if not every:
        constants.append(numpy_helper.from_array(np.array(-1, dtype=np.int64), "last"))

    # Scan wants the states first, then what is scanned.
    step_body = helper.make_graph(
        list(body.node), "step", [*states, x], [*nexts, logits], initializer=list(body.initializer)
    )
    step_body.value_info.extend(body.value_info)
    nodes.append(
        helper.make_node(
            "Scan",
            [*before, "x"],
            [*after, *outputs],
            body=_renamed(step_body),
            num_scan_inputs=1,
            scan_input_axes=[1],
            scan_output_axes=[1],
        )
    )
    if not every:
        nodes.append(helper.make_node("Gather", [whole_logits, "last"], ["logits"], axis=1))
    streams = form == "block"
    finals = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, _extents(state))
        for name, state in zip(after, states, strict=True)
    ]
    outer = helper.make_graph(
        nodes,
        form,
        [whole, *(states if streams else [])],
        [result, *(finals if streams else [])],
        initializer=constants,
    )
    proto = helper.make_model(outer, opset_imports=list(step.opset_import), ir_version=step.ir_version)
    proto.functions.extend(step.functions)
    return proto


def _renamed(body: Any) -> Any:
    """Give every value of the body a name of its own: ONNX lets a body see the names outside it."""
    values = [body.input, body.output, body.initializer, body.value_info]
    for group in values:
        for entry in group:
            entry.name = f"step_{entry.name}"
    for node in body.node:
        node.input[:] = [f"step_{name}" if name else "" for name in node.input]
        node.output[:] = [f"step_{name}" if name else "" for name in node.output]
    return body


def _extents(value: Any) -> list[Any]:
    """The extents of a value: numbers, or the names of the free ones."""
    return [axis.dim_param or axis.dim_value for axis in value.type.tensor_type.shape.dim]

"""A model as a graph that other programs run: one moment, one block, or a whole sequence.

    form        inputs                              outputs
    sequence    x (B, L, d_input)                   logits
    block       x (B, L, d_input), state_0 …        logits, next_state_0 …
    step        x (B, d_input), state_0 …           logits, next_state_0 …

Tokens come as (B, L) or (B,) instead. The batch B is free, L is fixed where the form has one. A state begins
at zero (attention: with no moments), and each next state goes in with the next x.

What depends on parameters alone is computed here and kept as a constant. So a graph holds kernels instead of
the complex exponentials that make them, which ONNX has no operator for.
"""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, fx, nn

from hippo_studio.export.atomic import ExportError
from hippo_studio.hippo import gates
from hippo_studio.ssm import SequenceModel

FORMS = ("sequence", "block", "step")

LONGEST = 1 << 22
"""Moments of a sequence or block: it is tried on input of twice that length."""


@dataclass(frozen=True)
class Graph:
    """A model in one of its forms, ready to be written."""

    module: nn.Module
    form: str
    example: tuple[Tensor, ...]
    """Inputs that the module takes, with a batch of 2."""
    dynamic: tuple[dict[int, Any], ...]
    """The free axes of each input."""
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def graph(model: SequenceModel, form: str, length: int) -> Graph:
    """Return the model in a form; `length` L counts for sequences and blocks.

    Raises ValueError for an unknown form or length, and for a step or block of a model that is not causal.
    """
    if form not in FORMS:
        raise ValueError(f"The form is {form!r}; one of {', '.join(FORMS)} is needed.")
    length = gates.whole_number("the length", length, least=1, most=LONGEST)
    model = frozen(model)
    free = torch.export.Dim.DYNAMIC
    x = example_input(model, 2, length)
    if form == "sequence":
        return Graph(_Sequence(model), form, (x,), ({0: free},), ("x",), ("logits",))
    start = model.initial_state(2)
    x = x[:, 0].contiguous() if form == "step" else x
    follow = model.step if form == "step" else model.chunk
    with torch.no_grad():
        _, state = follow(x, start)
        _, state = follow(x, state)  # twice: an extent of 1 would be taken for fixed
    parts = tuple(part.contiguous() for part in flatten(state))
    names = [f"state_{index}" for index in range(len(parts))]
    # What has grown will grow on: the moments that attention looks back at.
    grown = [
        {axis: free for axis in range(1, part.dim()) if part.shape[axis] != before.shape[axis]}
        for part, before in zip(parts, flatten(start), strict=True)
    ]
    return Graph(
        (_Step if form == "step" else _Block)(model),
        form,
        (x, *parts),
        ({0: free}, *({0: free} | axes for axes in grown)),
        ("x", *names),
        ("logits", *(f"next_{name}" for name in names)),
    )


def frozen(model: SequenceModel) -> SequenceModel:
    """A copy of the model as it predicts: on the CPU, in float32, without dropout."""
    model = copy.deepcopy(model).to("cpu", torch.float32).eval()
    return model.requires_grad_(False)


def loops(model: SequenceModel) -> bool:
    """Whether a sequence is a loop over its moments, which tracing would go through one by one."""
    return any(getattr(module, "loops", False) for module in model.modules())


def example_input(model: SequenceModel, batch: int, length: int, seed: int = 0) -> Tensor:
    """Random input (batch, length, d_input), or tokens (batch, length)."""
    generator = torch.Generator().manual_seed(seed)
    config = model.config
    if config.vocabulary is None:
        return torch.randn(batch, length, config.d_input, generator=generator)
    return torch.randint(config.vocabulary, (batch, length), generator=generator)


def flatten(state: Any) -> list[Tensor]:
    """The tensors of a state, in order."""
    if isinstance(state, Tensor):
        return [state]
    return [tensor for part in state for tensor in flatten(part)]


def traced(graph: Graph) -> fx.GraphModule:
    """Return the graph as torch.export traces it, with its constants computed, or raise ExportError."""
    # The states are one *argument to torch.export, and arguments of their own to the module it gives.
    shapes: Any = graph.dynamic if graph.form == "sequence" else (graph.dynamic[0], graph.dynamic[1:])
    with quiet(), torch.no_grad():
        try:
            program = torch.export.export(graph.module, graph.example, dynamic_shapes=shapes)
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[0]
            raise ExportError(f"This model has no graph as a {graph.form}: {reason}") from error
        module = program.module()
        fold_constants(module)
    return module


def fold_constants(module: fx.GraphModule) -> None:
    """Compute whatever depends on parameters alone, and keep the results as buffers."""
    known: dict[fx.Node, Any] = {}
    for node in module.graph.nodes:
        if node.op == "get_attr":
            known[node] = _attribute(module, node.target)
        elif node.op == "call_function" and all(source in known for source in node.all_input_nodes):
            args, kwargs = fx.map_arg((node.args, node.kwargs), lambda source: known[source])
            known[node] = node.target(*args, **kwargs)
    for node in list(module.graph.nodes):
        computed = node.op == "call_function" and isinstance(known.get(node), Tensor)
        if computed and any(user not in known for user in node.users):
            name = f"constant_{node.name}"
            module.register_buffer(name, known[node].detach().clone())
            with module.graph.inserting_before(node):
                constant = module.graph.get_attr(name)
            constant.meta = dict(node.meta)
            node.replace_all_uses_with(constant)
    # By hand: eliminate_dead_code would spare what writes in place, though it has been carried out above.
    for node in reversed(list(module.graph.nodes)):
        if node in known and not node.users:
            module.graph.erase_node(node)
    module.graph.eliminate_dead_code()
    module.delete_all_unused_submodules()
    module.recompile()


@contextmanager
def quiet() -> Iterator[None]:
    """Silence what torch's exporters say about their own future."""
    import logging

    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


class _Sequence(nn.Module):
    def __init__(self, model: SequenceModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> Tensor:
        return cast(Tensor, self.model(x))


class _Streaming(nn.Module):
    def __init__(self, model: SequenceModel) -> None:
        super().__init__()
        self.model = model
        self.like = model.initial_state(1)

    def _nested(self, parts: tuple[Tensor, ...]) -> Any:
        remaining = iter(parts)

        def take(like: Any) -> Any:
            return next(remaining) if isinstance(like, Tensor) else tuple(take(part) for part in like)

        return take(self.like)


class _Step(_Streaming):
    def forward(self, x: Tensor, *parts: Tensor) -> tuple[Tensor, ...]:
        logits, state = self.model.step(x, self._nested(parts))
        return (logits, *flatten(state))


class _Block(_Streaming):
    def forward(self, x: Tensor, *parts: Tensor) -> tuple[Tensor, ...]:
        logits, state = self.model.chunk(x, self._nested(parts))
        return (logits, *flatten(state))


def _attribute(module: nn.Module, target: str) -> Any:
    for name in target.split("."):
        module = getattr(module, name)
    return module

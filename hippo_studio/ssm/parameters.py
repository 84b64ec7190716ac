"""What the optimizer needs to know of a parameter travels with the parameter.

State space parameters (Δ, A, B, P) are learned at min(1e-3, lr) and without weight decay: a step that is good
for a weight matrix would throw a timescale or a pole off its range. A layer declares them with `slow`; a
trainer asks `parameter_groups` and knows nothing of layers. `parameter._optim` is where it is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

SLOW = {"lr": 1e-3, "weight_decay": 0.0}
"""The hint of state space parameters: the highest learning rate, and the weight decay."""


def slow(parameter: nn.Parameter) -> nn.Parameter:
    """Mark a state space parameter, and return it."""
    parameter._optim = SLOW  # type: ignore[attr-defined]
    return parameter


def hint_of(parameter: torch.Tensor) -> dict[str, float]:
    """Return the hint that a parameter carries: {} for most."""
    hint: dict[str, float] = getattr(parameter, "_optim", {})
    return hint


def parameter_groups(module: nn.Module, lr: float, weight_decay: float) -> list[dict[str, Any]]:
    """Return the groups for torch.optim.AdamW: those without a hint first, then one group per hint.

    A hint's "lr" is a ceiling: the group learns at min(lr, ceiling). Frozen parameters are left out.
    """
    groups: dict[tuple[float, float], list[nn.Parameter]] = {(lr, weight_decay): []}
    for parameter in _learning(module.parameters()):
        hint = hint_of(parameter)
        key = min(lr, hint.get("lr", lr)), hint.get("weight_decay", weight_decay)
        groups.setdefault(key, []).append(parameter)
    return [
        {"params": members, "lr": rate, "weight_decay": decay}
        for (rate, decay), members in groups.items()
        if members
    ]


def _learning(parameters: Iterable[nn.Parameter]) -> list[nn.Parameter]:
    return [parameter for parameter in parameters if parameter.requires_grad]

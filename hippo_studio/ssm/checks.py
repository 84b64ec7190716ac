"""What the layers refuse at their door."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def check_finite(name: str, values: Tensor) -> None:
    """Raise ValueError for the first value that is not finite. On a GPU the check would stall: not there."""
    if values.device.type != "cpu" or torch.compiler.is_compiling():
        return
    if math.isfinite(values.detach().sum().item()):
        return
    bad = ~torch.isfinite(values)
    if bad.any():
        where = tuple(bad.nonzero()[0].tolist())
        raise ValueError(
            f"{name} holds {values[where].item()} at index {where} ({int(bad.sum())} of {values.numel()} "
            "values are not finite); drop or replace such values, and if the data are clean, the model has "
            "diverged."
        )

"""A model at another sampling rate than that of its training."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn

from hippo_studio.hippo import gates


@contextmanager
def at_rate(module: nn.Module, rate: float) -> Iterator[None]:
    """Run a model at another sampling rate: `rate` = rate of training / this rate, 2 for half the rate.

    Every layer with a `rate` follows: state spaces, and the memories of HiPPO-RNN and LMU.
    """
    rate = gates.positive("the rate", rate)
    layers: list[Any] = [layer for layer in module.modules() if hasattr(layer, "rate")]
    before = [layer.rate for layer in layers]
    try:
        for layer in layers:
            layer.rate *= rate
        yield
    finally:
        for layer, own in zip(layers, before, strict=True):
            layer.rate = own

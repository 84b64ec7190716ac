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

    Every layer with a `rate` follows: state spaces (but H3's shift, which moves by samples), and the memories
    of HiPPO-RNN and LMU. Raises ValueError for a rate that is not above 0, and for one other than 1 where no
    layer follows.
    """
    rate = gates.positive("the rate", rate)
    layers = layers_with_rate(module)
    if rate != 1 and not layers:
        name = getattr(module, "title", type(module).__name__)
        raise ValueError(
            f"The rate is {rate:g}, and {name} has no timescale that could follow it; s4, s4d, h3, lssl, "
            "hippo-rnn and lmu have: resample the signal instead."
        )
    before = [layer.rate for layer in layers]
    try:
        for layer in layers:
            layer.rate *= rate
        yield
    finally:
        for layer, own in zip(layers, before, strict=True):
            layer.rate = own


def layers_with_rate(module: nn.Module) -> list[Any]:
    """Return the layers that have a timescale, and so a `rate`."""
    return [layer for layer in module.modules() if hasattr(layer, "rate")]

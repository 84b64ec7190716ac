"""Some examples as tensors: what the model and the objective are given at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Batch:
    """Examples side by side, padded at the end to one length.

    Attributes
    ----------
    indices : which examples of the split these are, (B,).
    x : (B, L, d_input) float32, or (B, L) tokens.
    lengths : (B,) where they end; None if all fill L.
    target : (B,) classes, or (B, L) per moment.
    weight : of all targets together; the sum of the losses divided by it is their mean.
    asked : how many targets there are.
    last : (B,) the last asked moment of each, if that alone is scored.
    rate : what the model multiplies Δ by for it: 2 where it is at half the sampling rate.
    other, share : of a mixed batch: a second target, and what the first one counts.
    """

    indices: NDArray[np.int64]
    x: Tensor
    lengths: Tensor | None
    target: Tensor
    weight: float
    asked: int
    last: Tensor | None = None
    other: Tensor | None = None
    share: float = 1.0
    rate: float = 1.0

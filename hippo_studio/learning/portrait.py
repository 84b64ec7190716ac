"""What the state space layers of a model look like at one moment of its training.

A portrait is small enough to be taken a few times a second and kept by the hundred: up to `CHANNELS` channels
of each layer, evenly chosen, always the same ones. Scrubbed one after the other, portraits are a film of the
training.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

CHANNELS = 16
LENGTH = 1024


@dataclass(frozen=True, eq=False)
class LayerPortrait:
    """One state space layer.

    Attributes
    ----------
    name : the layer's name in the model, as in `SequenceModel.state_spaces()`.
    title : how to call it on screen: "Layer 1", "Layer 2 · shift".
    channels : (C,) int64, which of the layer's H channels these are.
    kernels : (C, L) float32, without the skip D.
    spectrum : (C, F) float32, |K(ω)| at `omega`.
    omega : (F,) float32, radians per sample, 0 to π.
    eigenvalues : (C, N) complex64, of Ā, the discrete transition: a unit circle is the border of stability;
        empty (C, 0) for a shift SSM, whose eigenvalues are all 0.
    timescales : (C,) float32, Δ; empty where the layer has none.
    """

    name: str
    title: str
    channels: NDArray[np.int64]
    kernels: NDArray[np.float32]
    spectrum: NDArray[np.float32]
    omega: NDArray[np.float32]
    eigenvalues: NDArray[np.complex64]
    timescales: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Portrait:
    """All state space layers of a model after `step` optimizer steps; none for an LSTM."""

    step: int
    epoch: float
    layers: tuple[LayerPortrait, ...]

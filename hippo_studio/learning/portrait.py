"""What the state space layers of a model look like at one moment of its training.

A portrait is small enough to be taken a few times a second and kept by the hundred: up to `CHANNELS` channels
of each layer, evenly chosen, always the same ones. Scrubbed one after the other, portraits are a film of the
training.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hippo_studio.hippo.discretization import discretized_eigenvalues

if TYPE_CHECKING:
    from hippo_studio.ssm import SequenceModel, StateSpace

CHANNELS = 16
LENGTH = 1024
FREQUENCIES = 257


@dataclass(frozen=True, eq=False)
class LayerPortrait:
    """One state space layer.

    Attributes
    ----------
    name : the layer's name in the model, as in `SequenceModel.state_spaces()`.
    title : how to call it on screen: "Layer 1", "Layer 2 · shift".
    channels : (C,) int64, which of the layer's H channels these are.
    kernels : (C, L) float32, without the skip D: the first L = 1024 moments; a longer memory goes on beyond,
        and the spectrum alone is of all of it.
    spectrum : (C, F) float32, |K(ω)| at `omega`.
    omega : (F,) float32, radians per sample, 0 to π.
    eigenvalues : (C, N) complex64, of Ā, the discrete transition: a unit circle is the border of stability;
        empty (C, 0) for a shift SSM, whose eigenvalues are all 0.
    modes : (C, N) complex64, λΔ: the eigenvalues of A itself, times the step. The imaginary part is radians
        per sample, and beyond ±π faster than samples can tell; empty where `eigenvalues` is.
    timescales : (C,) float32, Δ; empty where the layer has none.
    """

    name: str
    title: str
    channels: NDArray[np.int64]
    kernels: NDArray[np.float32]
    spectrum: NDArray[np.float32]
    omega: NDArray[np.float32]
    eigenvalues: NDArray[np.complex64]
    modes: NDArray[np.complex64]
    timescales: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Portrait:
    """All state space layers of a model after `step` optimizer steps; none for an LSTM."""

    step: int
    epoch: float
    layers: tuple[LayerPortrait, ...]


def take_portrait(model: SequenceModel, step: int, epoch: float) -> Portrait:
    """Return what the state space layers of `model` look like now; nothing of it is shared with the model."""
    layers = model.state_spaces()
    return Portrait(
        step, epoch, tuple(_of_layer(name, _title(name, list(layers)), layers[name]) for name in layers)
    )


def _of_layer(name: str, title: str, layer: StateSpace) -> LayerPortrait:
    import torch

    channels = np.unique(np.linspace(0, layer.d_model - 1, min(CHANNELS, layer.d_model)).astype(np.int64))
    omega = np.linspace(0, np.pi, FREQUENCIES)
    with torch.no_grad():
        kernels = layer.kernel(LENGTH)[channels].float().cpu().numpy()
        spectrum = layer.frequency_response(omega)[channels].abs().float().cpu().numpy()
        timescales = layer.timescales()[channels].float().cpu().numpy()
    learned = layer.log_delta.requires_grad
    nothing = np.empty((channels.size, 0), np.complex64)
    eigenvalues, modes = _eigenvalues(layer, channels) if learned else (nothing, nothing)
    return LayerPortrait(
        name,
        title,
        channels,
        kernels.copy(),
        spectrum.copy(),
        omega.astype(np.float32),
        eigenvalues,
        modes,
        timescales.copy() if learned else np.empty(0, np.float32),
    )


def _eigenvalues(
    layer: StateSpace, channels: NDArray[np.int64]
) -> tuple[NDArray[np.complex64], NDArray[np.complex64]]:
    """Eigenvalues of Ā, and of A times Δ, (C, N): by a diagonal layer's modes, or the dense matrix."""
    from hippo_studio.ssm.s4d import S4D

    if isinstance(layer, S4D):
        modes = layer.eigenvalues().detach().cpu().numpy()[channels]
        continuous = np.concatenate([modes, modes.conj()], 1)
    else:
        dense = np.stack([layer.state_space(channel).A for channel in channels.tolist()])
        continuous = np.linalg.eigvals(dense).astype(np.complex128)
    steps = layer.timescales().detach().cpu().numpy()[channels]
    discrete = np.stack(
        [
            discretized_eigenvalues(values, step, layer.method)
            for values, step in zip(continuous, steps, strict=True)
        ]
    )
    return discrete.astype(np.complex64), (continuous * steps[:, None]).astype(np.complex64)


def _title(name: str, names: list[str]) -> str:
    """“Layer 1”, or “Layer 2 · shift” where a block holds several."""
    block = name.split(".")[1]
    alone = sum(other.split(".")[1] == block for other in names) == 1
    return f"Layer {int(block) + 1}" if alone else f"Layer {int(block) + 1} · {name.rpartition('.')[2]}"

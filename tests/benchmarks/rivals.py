"""What `tests.benchmarks.models` times: blocks, their rivals, and the sums that their kernels replace."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from hippo_studio.ssm import ModelConfig, get_architecture
from hippo_studio.ssm.block import Block
from hippo_studio.ssm.s4 import S4
from hippo_studio.ssm.s4d import S4D

WIDTH, ORDER, BATCH = 128, 64, 8


def block(name: str) -> nn.Module:
    """A whole block around a mixer."""
    config = ModelConfig(model=name, d_model=WIDTH, d_state=ORDER)
    return Block(get_architecture(name).mixer(config, 0), config)


class LSTM(nn.Module):
    """torch's LSTM, of whose outputs only the sequence counts."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.LSTM(WIDTH, WIDTH, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        """Return y (batch, L, H)."""
        return self.cell(x)[0]


class TransformerLayer(nn.Module):
    """torch's Transformer layer; `fused` attention never holds the L × L weights."""

    def __init__(self, fused: bool) -> None:
        super().__init__()
        self.backend = SDPBackend.FLASH_ATTENTION if fused else SDPBackend.MATH
        self.layer = nn.TransformerEncoderLayer(WIDTH, 4, 4 * WIDTH, dropout=0.0, batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        """Return y (batch, L, H)."""
        with sdpa_kernel(self.backend):
            return self.layer(x)


LAYERS: dict[str, Callable[[], nn.Module]] = {
    "LSTM": LSTM,
    "S4D": lambda: block("s4d"),
    "S4": lambda: block("s4"),
    "H3": lambda: block("h3"),
    "S4D layer alone": lambda: S4D(WIDTH, ORDER),
    "S4 layer alone": lambda: S4(WIDTH, ORDER),
    "Transformer, matrix held": lambda: TransformerLayer(fused=False),
    "Transformer, fused": lambda: TransformerLayer(fused=True),
}


def training_step(layer: nn.Module, length: int) -> Callable[[], None]:
    """Forward and backward, to the parameters and to the input."""
    x = torch.randn(BATCH, length, WIDTH, requires_grad=True)
    grad = torch.randn(BATCH, length, WIDTH)

    def step() -> None:
        layer.zero_grad(set_to_none=True)
        x.grad = None
        layer(x).backward(grad)

    return step


def vandermonde_direct(layer: S4D, length: int) -> Tensor:
    """S4D's kernel as its paper writes it."""
    log_mu, inward = (part.to(torch.complex64) for part in layer._modes())
    table = torch.exp(log_mu[..., None] * torch.arange(length))
    return 2 * torch.einsum("hm,hml->hl", layer._output() * inward, table).real


def cauchy_direct(layer: S4, length: int) -> Tensor:
    """S4's kernel as its paper writes it, but for C̃, which is made of C once and not counted."""
    eigenvalues, low_rank, input = (part.to(torch.complex64) for part in layer._terms())
    h = (layer.timescales() / 2).float()[:, None]
    turns = torch.arange(length // 2 + 1, dtype=torch.float64) / length
    z = torch.polar(torch.ones_like(turns), -2 * math.pi * turns).to(torch.complex64)
    left = torch.cat([layer._output()[:, None], low_rank.conj()], 1)
    right = torch.cat([input[:, None], low_rank], 1)
    v = left[:, :, None] * right[:, None]
    poles = (1 - z) - (h * (1 + z))[:, None] * eigenvalues[..., None]
    mirrored = (1 - z) - (h * (1 + z))[:, None] * eigenvalues.conj()[..., None]
    r = torch.einsum("habm,hmz->habz", v, 1 / poles) + torch.einsum("habm,hmz->habz", v.conj(), 1 / mirrored)
    turn = h * (1 + z)
    spectrum = r[:, 0, 0] - turn * r[:, 0, 1] * r[:, 1, 0] / (1 + turn * r[:, 1, 1])
    return torch.fft.irfft(2 * h * spectrum, length)

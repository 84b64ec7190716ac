"""The residual block that all models share, and the positions that only attention needs."""

from __future__ import annotations

import math
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from hippo_studio.ssm.config import ModelConfig
from hippo_studio.ssm.mixer import State, advance


class Block(nn.Module):
    """A mixer between norm and GLU, added to what comes in; then, if wanted, a feed-forward branch."""

    def __init__(self, mixer: nn.Module, config: ModelConfig) -> None:
        super().__init__()
        width = config.d_model
        self.norm = nn.LayerNorm(width)
        self.mixer = mixer
        self.output = nn.Linear(width, 2 * width)
        self.dropout = nn.Dropout(config.dropout)
        self.feedforward = (
            nn.Sequential(
                nn.LayerNorm(width),
                nn.Linear(width, config.feedforward),
                nn.GELU(),
                nn.Dropout(config.dropout),
                nn.Linear(config.feedforward, width),
            )
            if config.feedforward
            else None
        )

    def forward(self, x: Tensor, mask: Tensor | None = None, intervals: Tensor | None = None) -> Tensor:
        """Return x (B, L, H) with what the block adds to it."""
        u = self.norm(x)
        if intervals is not None:
            return self._add(x, self.mixer(u, intervals))
        if mask is None:
            return self._add(x, self.mixer(u))
        if getattr(self.mixer, "takes_mask", False):
            return self._add(x, self.mixer(u, mask))
        # To a linear mixer that looks ahead, a zero is no moment at all; a causal one never reaches padding.
        return self._add(x, self.mixer(u * mask[..., None]))

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """One moment: x (B, H)."""
        y, state = cast(Any, self.mixer).step(self.norm(x), state)
        return self._add(x, y), state

    def chunk(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """Several moments: x (B, L, H)."""
        y, state = advance(self.mixer, self.norm(x), state)
        return self._add(x, y), state

    def _add(self, x: Tensor, y: Tensor) -> Tensor:
        """The residual sum: everything after the mixer acts on each moment by itself."""
        gated = functional.glu(self.output(self.dropout(functional.gelu(y))), dim=-1)
        x = x + self.dropout(gated)
        if self.feedforward is not None:
            x = x + self.dropout(self.feedforward(x))
        return x


def sinusoids(moments: Tensor, like: Tensor) -> Tensor:
    """Return sine and cosine positions (…, H) of moments (…), periods 2π to 20 000π (Vaswani et al. 2017).

    `like` (…, H) gives width and precision.
    """
    width = like.shape[-1]
    place = torch.arange(0, width, 2, device=moments.device, dtype=torch.float32)
    angles = moments[..., None].to(torch.float32) * torch.exp(place * (-math.log(10_000) / width))
    both = torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(-2)
    return both[..., :width].to(like.dtype)

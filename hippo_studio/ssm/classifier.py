"""One model for all: the same encoder, blocks, pooling and decoder around whichever mixer is compared.

    x (B, L, d_input)  or tokens (B, L)
      → encoder: a linear map, or an embedding                            (B, L, H)
      → n_layers blocks, each    x + dropout(GLU(dropout(GELU(mixer(norm(x))))))
                 and, if wanted, x + dropout(linear(dropout(GELU(linear(norm(x))))))
      → norm → mean, last or maximum over the moments, or each of them    (B, H) or (B, L, H)
      → decoder: a linear map                                             (B, n_classes) or (B, L, n_classes)

Only the mixer looks along the sequence, so what differs between two models is what is compared. If every
mixer is causal the model can follow a live signal: `step` and `chunk` carry its state and give the logits so
far, equal to those of the whole sequence up to that moment.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, cast

import torch
from torch import Tensor, nn

from hippo_studio.ssm.architectures import get_architecture
from hippo_studio.ssm.baselines import Attention
from hippo_studio.ssm.block import Block, sinusoids
from hippo_studio.ssm.config import ModelConfig
from hippo_studio.ssm.mixer import State, zeros_like_parameters
from hippo_studio.ssm.state_space import StateSpace


def build_model(config: Mapping[str, Any] | ModelConfig, seed: int | None = None) -> SequenceModel:
    """Return a model with fresh parameters: (batch, L, d_input) → (batch, n_classes) logits.

    `config` has the keys of `ModelConfig`. With a `seed` the parameters depend on nothing else, and torch's
    global generator is left as it was. Raises ValueError for unknown keys, names and values out of range.
    """
    if not isinstance(config, ModelConfig):
        config = ModelConfig.from_dict(config)
    if seed is None:
        return SequenceModel(config)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return SequenceModel(config)


class SequenceModel(nn.Module):
    """A sequence classifier, or with pool “none” a tagger; see the module's docstring for its parts."""

    details: dict[str, Any]
    """What travels with the model, in plain JSON values: its labels, the sampling rate it was trained at …"""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        architecture = get_architecture(config.model)
        self.config = config
        self.details = {}
        self.causal = architecture.is_causal(config)
        self.has_positions = architecture.attention
        self.encoder: nn.Linear | nn.Embedding
        if config.vocabulary is None:
            self.encoder = nn.Linear(config.d_input, config.d_model)
        else:
            self.encoder = nn.Embedding(config.vocabulary, config.d_model)
        self.blocks = nn.ModuleList(
            Block(architecture.mixer(config, layer), config) for layer in range(config.n_layers)
        )
        self.norm = nn.LayerNorm(config.d_model)
        self.decoder = nn.Linear(config.d_model, config.n_classes)

    @property
    def attends(self) -> bool:
        """Whether there is a layer of attention, which looks back at every moment."""
        return any(isinstance(module, Attention) for module in self.modules())

    @property
    def title(self) -> str:
        """The model's name as people write it."""
        return get_architecture(self.config.model).title

    def state_spaces(self) -> dict[str, StateSpace]:
        """Return the layers that have kernel, step, state space and frequency response, by their names."""
        return {name: layer for name, layer in self.named_modules() if isinstance(layer, StateSpace)}

    def forward(self, x: Tensor, lengths: Tensor | None = None, timestamps: Tensor | None = None) -> Tensor:
        """Return logits (B, n_classes), or (B, L, n_classes) with pool “none”.

        Parameters
        ----------
        x : (B, L, d_input) real, or (B, L) token indices if the model has a vocabulary.
        lengths : (B,) whole numbers from 1 to L, where sequences end; what follows is padding and counts for
            nothing. With pool “none” the logits of padding mean nothing.
        timestamps : (B, L) increasing, in units of the usual step between moments; hippo-rnn only.

        Raises
        ------
        ValueError
            Wrong shapes, an empty sequence, lengths out of range, tokens outside the vocabulary, values that
            are not finite (values are looked at on the CPU only: on a device that would stall every step).
        """
        self._check_input(x, 2)
        mask = None if lengths is None else self._mask(lengths, x)
        intervals = None if timestamps is None else self._intervals(timestamps, mask, x)
        features = self.encoder(x)
        if self.has_positions:
            features = features + sinusoids(torch.arange(x.shape[1], device=x.device), features)
        for block in self.blocks:
            features = block(features, mask, intervals)
        return cast(Tensor, self.decoder(self._pool(self.norm(features), mask)))

    def initial_state(self, batch: int) -> State:
        """Return the state before the first moment of `batch` streams: zeros throughout.

        Raises
        ------
        ValueError
            If the model is not causal: it must have seen the end before it can say anything.
        """
        if not self.causal:
            raise ValueError(
                f"This {self.title} is not causal, so it cannot follow a stream; build it with causal = true."
            )
        if isinstance(batch, bool) or not isinstance(batch, int) or batch < 1:
            raise ValueError(f"The number of streams is {batch!r}; a whole number ≥ 1 is needed.")
        pooled = zeros_like_parameters(self, batch, self.config.d_model)
        return (
            tuple(cast(Any, block.mixer).initial_state(batch) for block in self._blocks()),
            pooled,
            pooled[:, 0],
        )

    def step(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """Follow a stream by one moment: x (B, d_input) or tokens (B,) → logits so far (B, n_classes)."""
        self._check_input(x, 1)
        layers, pooled, count = state
        features = self.encoder(x)
        if self.has_positions:
            features = features + sinusoids(count, features)
        after = []
        for block, layer in zip(self._blocks(), layers, strict=True):
            features, layer = block.step(features, layer)
            after.append(layer)
        state = self._after(self.norm(features)[:, None], tuple(after), pooled, count)
        return cast(Tensor, self.decoder(state[1])), state

    def chunk(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """Follow a stream by L moments at once: x (B, L, d_input) → the logits after them, and the state.

        The logits are (B, n_classes); (B, L, n_classes) with pool “none”.
        """
        features, layers = self._follow(x, state)
        after = self._after(features, layers, *state[1:])
        return cast(Tensor, self.decoder(features if self.config.pool == "none" else after[1])), after

    def trajectory(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """Follow a stream by L moments: x (B, L, d_input) → the logits so far at each (B, L, n_classes)."""
        features, layers = self._follow(x, state)
        _, pooled, count = state
        after = self._after(features, layers, pooled, count)
        return cast(Tensor, self.decoder(self._running_pool(features, pooled, count))), after

    def forget(self, state: State, reach: int) -> State:
        """Return the state of a stream as if little lay further back than `reach` moments, a number ≥ 1.

        Attention looks back no further, so that its state, which grows with the stream, stays of one size;
        and a mean over the past weighs what is new as if `reach` moments had been before. (Where there are
        positions the mean stays one over all, for the number of moments is the position as well.)
        """
        layers, pooled, count = state
        layers = tuple(
            cast(Any, block.mixer).forget(layer, reach)
            for block, layer in zip(self._blocks(), layers, strict=True)
        )
        return layers, pooled, count if self.has_positions else count.clamp(max=reach)

    def _follow(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """Features (B, L, H) of a chunk, and the state of each block after it."""
        self._check_input(x, 2)
        layers, _, count = state
        features = self.encoder(x)
        if self.has_positions:
            moments = count[:, None] + torch.arange(x.shape[1], dtype=count.dtype, device=x.device)
            features = features + sinusoids(moments, features)
        after = []
        for block, layer in zip(self._blocks(), layers, strict=True):
            features, layer = block.chunk(features, layer)
            after.append(layer)
        return self.norm(features), tuple(after)

    def _blocks(self) -> list[Block]:
        return cast(list[Block], list(self.blocks))

    def _pool(self, features: Tensor, mask: Tensor | None) -> Tensor:
        """(B, L, H) → (B, H), over the moments that `mask` (B, L) leaves."""
        pool = self.config.pool
        if pool == "none":
            return features
        if mask is None:
            if pool == "mean":
                return features.mean(1)
            return features[:, -1] if pool == "last" else features.amax(1)
        if pool == "mean":
            return (features * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        if pool == "last":
            return features[torch.arange(len(mask), device=mask.device), mask.sum(1) - 1]
        return features.masked_fill(~mask[..., None], -torch.inf).amax(1)

    def _after(self, features: Tensor, layers: State, pooled: Tensor, count: Tensor) -> State:
        """The state after a chunk: that of the layers, the pooled features (B, H) and the number of moments.

        The state holds a mean, not a sum: it stays of one size however long the stream.
        """
        length = features.shape[1]
        if self.config.pool == "mean":
            weight = (length / (count + length))[:, None]
            pooled = torch.lerp(pooled, features.mean(1), weight)
        elif self.config.pool == "max":
            before = pooled.masked_fill(count[:, None] == 0, -torch.inf)
            pooled = torch.maximum(features.amax(1), before)
        else:
            pooled = features[:, -1]
        return layers, pooled, count + length

    def _running_pool(self, features: Tensor, pooled: Tensor, count: Tensor) -> Tensor:
        """What `_pool` would give at each moment (B, L, H), after `pooled` (B, H) of `count` (B,) moments."""
        if self.config.pool == "mean":
            moments = torch.arange(1, features.shape[1] + 1, dtype=count.dtype, device=count.device)
            seen = (count[:, None] + moments)[..., None]
            return count[:, None, None] / seen * pooled[:, None] + features.cumsum(1) / seen
        if self.config.pool == "max":
            before = pooled.masked_fill(count[:, None] == 0, -torch.inf)
            return torch.maximum(features.cummax(1).values, before[:, None])
        return features

    def _check_input(self, x: Tensor, axes: int) -> None:
        """Refuse what is not (B, L, d_input), or (B, L) tokens; without the L for one moment (`axes` 1)."""
        if torch.compiler.is_compiling():
            return
        config, moments = self.config, "B, L" if axes == 2 else "B"
        shape = tuple(x.shape) if isinstance(x, Tensor) else type(x).__name__
        if config.vocabulary is None:
            if not isinstance(x, Tensor) or x.dim() != axes + 1 or x.shape[-1] != config.d_input:
                raise ValueError(
                    f"The input is {shape}; a tensor ({moments}, {config.d_input}) of numbers is needed."
                )
            if not x.is_floating_point():
                raise ValueError(f"The input is of type {x.dtype}; floating-point numbers are needed.")
        else:
            if not isinstance(x, Tensor) or x.dim() != axes:
                raise ValueError(f"The input is {shape}; a tensor of tokens ({moments}) is needed.")
            if x.dtype not in (torch.int32, torch.int64):
                raise ValueError(f"The tokens are of type {x.dtype}; int64 or int32 is needed.")
        if 0 in x.shape:
            raise ValueError(f"The input is {shape}; at least one sequence of at least one moment is needed.")
        if x.device.type != "cpu":
            return
        if config.vocabulary is None:
            if not math.isfinite(x.sum().item()) and not bool(x.isfinite().all()):
                where = tuple((~x.isfinite()).nonzero()[0].tolist())
                raise ValueError(
                    f"The input holds {x[where].item()} at {where}; only finite numbers are accepted."
                )
        elif int(x.min()) < 0 or int(x.max()) >= config.vocabulary:
            raise ValueError(
                f"Tokens run from {int(x.min())} to {int(x.max())}; 0 to {config.vocabulary - 1} is needed."
            )

    def _mask(self, lengths: Tensor, x: Tensor) -> Tensor:
        """True where there is data: (B, L)."""
        lengths = torch.as_tensor(lengths)
        if lengths.shape != x.shape[:1] or lengths.is_floating_point():
            raise ValueError(
                f"lengths are {lengths.dtype} of shape {tuple(lengths.shape)}; {x.shape[0]} whole numbers "
                "are needed, one per sequence."
            )
        if lengths.device.type == "cpu" and not bool(((lengths >= 1) & (lengths <= x.shape[1])).all()):
            raise ValueError(f"lengths are {lengths.tolist()}; 1 to {x.shape[1]} is needed.")
        return torch.arange(x.shape[1], device=x.device) < lengths.to(x.device)[:, None]

    def _intervals(self, timestamps: Tensor, mask: Tensor | None, x: Tensor) -> Tensor:
        """Time since the moment before, (B, L) > 0; the first stands for as much time as the second."""
        if not all(getattr(block.mixer, "takes_intervals", False) for block in self._blocks()):
            raise ValueError(f"timestamps are given to a {self.title}; only hippo-rnn takes them.")
        if timestamps.shape != x.shape[:2]:
            raise ValueError(f"timestamps are {tuple(timestamps.shape)}; {tuple(x.shape[:2])} is needed.")
        intervals = timestamps.diff(dim=1)
        first = intervals[:, :1] if intervals.shape[1] else torch.ones_like(timestamps)
        intervals = torch.cat([first, intervals], dim=1)
        if mask is not None:
            # A sequence of one moment has no second; and padding only has to be harmless.
            intervals = intervals.masked_fill(~mask, 1.0)
            intervals[:, 0] = torch.where(mask.sum(1) > 1, intervals[:, 0], 1.0)
        if timestamps.device.type == "cpu" and not bool((intervals > 0).all() & intervals.isfinite().all()):
            raise ValueError("timestamps do not increase from moment to moment; sort them and drop repeats.")
        return intervals.to(self.decoder.weight.dtype)

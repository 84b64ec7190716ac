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

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy.typing as npt
import torch
from torch import Tensor, nn

from hippo_studio.hippo import gates
from hippo_studio.ssm.architectures import get_architecture
from hippo_studio.ssm.baselines import Attention
from hippo_studio.ssm.block import Block, sinusoids
from hippo_studio.ssm.config import ModelConfig
from hippo_studio.ssm.inputs import check_input, check_stream, intervals_between, mask_of
from hippo_studio.ssm.mixer import State, zeros_like_parameters
from hippo_studio.ssm.rate import layers_with_rate
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
    seed = gates.whole_number("the seed", seed, most=2**64 - 1)
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

    @property
    def dtype(self) -> torch.dtype:
        """The precision of the parameters, in which signals are given."""
        return self.norm.weight.dtype

    @property
    def follows_rate(self) -> bool:
        """Whether `at_rate` can run it at another sampling rate: whether a layer has a timescale."""
        return bool(layers_with_rate(self))

    def state_spaces(self) -> dict[str, StateSpace]:
        """Return the layers that have kernel, step, state space and frequency response, by their names."""
        return {name: layer for name, layer in self.named_modules() if isinstance(layer, StateSpace)}

    def forward(
        self,
        x: Tensor,
        lengths: Tensor | Sequence[int] | None = None,
        timestamps: Tensor | npt.ArrayLike | None = None,
    ) -> Tensor:
        """Return logits (B, n_classes), or (B, L, n_classes) with pool “none”.

        Parameters
        ----------
        x : (B, L, d_input) real, in the model's precision, or (B, L) token indices if it has a vocabulary.
        lengths : (B,) whole numbers from 1 to L, where sequences end; what follows is padding and counts for
            nothing. With pool “none” the logits of padding mean nothing.
        timestamps : (B, L) increasing, in units of the usual step between moments; hippo-rnn only.

        Raises
        ------
        ValueError
            Wrong shapes or precision, an empty sequence, lengths out of range, tokens outside the vocabulary,
            values that are not finite (values are looked at on the CPU only: on a device that would stall
            every step). The logits are not looked at: where values are so large that they overflow within the
            model, the logits are not finite, and nothing is raised.
        """
        check_input(x, self.config, 2, self.dtype)
        mask = None if lengths is None else mask_of(lengths, x)
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
        check_input(x, self.config, 1, self.dtype)
        layers, pooled, count = check_stream(state, self.config, x.shape[0])
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
        """Return the state of a stream as if little lay further back than `reach` moments, at least 1.

        Attention looks back no further, so that its state, which grows with the stream, stays of one size;
        and a mean over the past weighs what is new as if `reach` moments had been before. (Where there are
        positions the mean stays one over all, for the number of moments is the position as well.)
        """
        layers, pooled, count = check_stream(state, self.config)
        reach = gates.whole_number("the reach", reach, least=1)
        layers = tuple(
            cast(Any, block.mixer).forget(layer, reach)
            for block, layer in zip(self._blocks(), layers, strict=True)
        )
        return layers, pooled, count if self.has_positions else count.clamp(max=reach)

    def _follow(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """Features (B, L, H) of a chunk, and the state of each block after it."""
        check_input(x, self.config, 2, self.dtype)
        layers, _, count = check_stream(state, self.config, x.shape[0])
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
        features = features.to(pooled.dtype)  # under autocast they may be of half precision
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

    def _intervals(self, timestamps: Tensor | npt.ArrayLike, mask: Tensor | None, x: Tensor) -> Tensor:
        """Time since the moment before, (B, L) > 0."""
        if not all(getattr(block.mixer, "takes_intervals", False) for block in self._blocks()):
            raise ValueError(f"timestamps are given to a {self.title}; only hippo-rnn takes them.")
        return intervals_between(timestamps, mask, x).to(self.dtype)

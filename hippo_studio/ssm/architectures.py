"""The models by name: for each, what people call it, what it is, and the mixer that makes it.

A new model is one file with its mixer and one entry here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from torch import nn

from hippo_studio.ssm.baselines import GRU, LSTM, Attention, LinearAttention
from hippo_studio.ssm.config import ModelConfig
from hippo_studio.ssm.lmu import LMU
from hippo_studio.ssm.memory_rnn import HippoRNN
from hippo_studio.ssm.mixer import Bidirectional


@dataclass(frozen=True)
class Architecture:
    """A model that can be built by name."""

    name: str
    title: str
    summary: str
    make: Callable[[ModelConfig, int], nn.Module]
    """The mixer of one block from the configuration and the block's index."""
    causal_by_default: bool = True
    positions: bool = False
    """Whether the mixer cannot tell moments apart, so that the encoder must say which is which."""
    looks_both_ways: bool = True
    """Whether causal = False is possible."""

    def is_causal(self, config: ModelConfig) -> bool:
        """Whether a moment of this model sees the past alone."""
        if config.causal is None:
            return self.causal_by_default or config.pool == "none"
        return config.causal

    def mixer(self, config: ModelConfig, layer: int) -> nn.Module:
        """Return a fresh mixer for block `layer`."""
        if not (self.looks_both_ways or self.is_causal(config)):
            raise ValueError(f"causal is false; {self.title} is causal by construction, leave causal out.")
        return self.make(config, layer)


def _both_ways(make: Callable[[ModelConfig], nn.Module]) -> Callable[[ModelConfig, int], nn.Module]:
    """A recurrent mixer, or two of them if the model is not to be causal."""

    def mixer(config: ModelConfig, layer: int) -> nn.Module:
        if config.causal is False:
            return Bidirectional(make(config), make(config), config.d_model)
        return make(config)

    return mixer


def _transformer(config: ModelConfig, layer: int) -> nn.Module:
    return Attention(config.d_model, config.n_heads, MODELS["transformer"].is_causal(config))


def _linear_transformer(config: ModelConfig, layer: int) -> nn.Module:
    return LinearAttention(config.d_model, config.n_heads, MODELS["linear-transformer"].is_causal(config))


def _hippo_rnn(config: ModelConfig) -> nn.Module:
    return HippoRNN(config.d_model, config.d_state, config.measure, config.theta, config.memory_channels)


def _lmu(config: ModelConfig) -> nn.Module:
    return LMU(config.d_model, config.d_state, config.theta, config.memory_channels)


def get_architecture(name: str) -> Architecture:
    """Return the architecture of that name; ValueError lists those that exist."""
    if name not in MODELS:
        raise ValueError(f"The model is {name!r}; one of {', '.join(MODELS)} is needed.")
    return MODELS[name]


MODELS: Mapping[str, Architecture] = MappingProxyType(
    {
        architecture.name: architecture
        for architecture in (
            Architecture(
                "hippo-rnn",
                "HiPPO-RNN",
                "a gated recurrent network that writes into a HiPPO memory and reads from it",
                _both_ways(_hippo_rnn),
            ),
            Architecture("lmu", "LMU", "a recurrent network beside a LegT memory", _both_ways(_lmu)),
            Architecture(
                "lstm",
                "LSTM",
                "gated recurrence with a cell state",
                _both_ways(lambda config: LSTM(config.d_model)),
            ),
            Architecture("gru", "GRU", "gated recurrence", _both_ways(lambda config: GRU(config.d_model))),
            Architecture(
                "transformer",
                "Transformer",
                "every moment attends to every other; cost grows with the square of the length",
                _transformer,
                causal_by_default=False,
                positions=True,
            ),
            Architecture(
                "linear-transformer",
                "Linear Transformer",
                "attention without the softmax, at a cost that grows with the length",
                _linear_transformer,
                causal_by_default=False,
                positions=True,
            ),
        )
    }
)
"""Every model by its name, in the order in which menus show them."""

"""The models by name, and the mixer that makes each.

A new model is one file with its mixer, one entry here and its words in `names`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from torch import nn

from hippo_studio.ssm.baselines import GRU, LSTM, Attention, LinearAttention
from hippo_studio.ssm.config import ModelConfig
from hippo_studio.ssm.h3 import H3
from hippo_studio.ssm.lmu import LMU
from hippo_studio.ssm.lssl import LSSL
from hippo_studio.ssm.memory_rnn import HippoRNN
from hippo_studio.ssm.mixer import Bidirectional
from hippo_studio.ssm.names import NAMES
from hippo_studio.ssm.s4 import S4
from hippo_studio.ssm.s4d import S4D


@dataclass(frozen=True)
class Architecture:
    """A model that can be built by name."""

    name: str
    make: Callable[[ModelConfig], nn.Module]
    """The mixer of a block."""
    causal_by_default: bool = True
    attention: bool = False
    """Whether the mixer weighs all moments at once: one mixer then serves both ways, and cannot tell moments
    apart unless the encoder says which is which."""

    @property
    def title(self) -> str:
        """The model's name as people write it."""
        return NAMES[self.name].title

    @property
    def summary(self) -> str:
        """What the model is, in a line."""
        return NAMES[self.name].summary

    def is_causal(self, config: ModelConfig) -> bool:
        """Whether a moment of this model sees the past alone."""
        if config.causal is None:
            return self.causal_by_default or config.pool == "none"
        return config.causal

    def mixer(self, config: ModelConfig, layer: int) -> nn.Module:
        """Return a fresh mixer for block `layer`: a causal one, or two of them, or attention."""
        causal = self.is_causal(config)
        if config.model == "h3" and layer in config.attention_layers:
            return Attention(config.d_model, config.n_heads, causal)
        if causal or self.attention:
            return self.make(config)
        return Bidirectional(self.make(config), self.make(config), config.d_model)


def get_architecture(name: str) -> Architecture:
    """Return the architecture of that name; ValueError lists those that exist."""
    if name not in MODELS:
        raise ValueError(f"The model is {name!r}; one of {', '.join(MODELS)} is needed.")
    return MODELS[name]


def _chosen(config: ModelConfig, *names: str) -> dict[str, Any]:
    """The keys that a layer takes under the same name, without those that are left to the layer."""
    values = {name: getattr(config, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


_DIAGONAL = ("initialization", "n_ssm", "dt_min", "dt_max", "band_limit", "learn_transition")


def _s4(config: ModelConfig) -> nn.Module:
    if config.method not in (None, "bilinear"):
        raise ValueError(f"method is {config.method!r}; S4 knows “bilinear” alone, leave method out.")
    return S4(config.d_model, config.d_state, **_chosen(config, *_DIAGONAL))


def _s4d(config: ModelConfig) -> nn.Module:
    return S4D(config.d_model, config.d_state, **_chosen(config, *_DIAGONAL, "method"))


def _h3(config: ModelConfig) -> nn.Module:
    return H3(config.d_model, config.d_state, **_chosen(config, *_DIAGONAL, "method", "head_dim"))


def _lssl(config: ModelConfig) -> nn.Module:
    kept = _chosen(config, "initialization", "dt_min", "dt_max", "learn_transition")
    kept |= _chosen(config, "n_ssm", "n_timescales", "method", "alpha")
    return LSSL(config.d_model, config.d_state, **kept)


def _hippo_rnn(config: ModelConfig) -> nn.Module:
    return HippoRNN(config.d_model, config.d_state, config.measure, config.theta, config.memory_channels)


def _lmu(config: ModelConfig) -> nn.Module:
    return LMU(config.d_model, config.d_state, config.theta, config.memory_channels)


def _lstm(config: ModelConfig) -> nn.Module:
    return LSTM(config.d_model)


def _gru(config: ModelConfig) -> nn.Module:
    return GRU(config.d_model)


def _transformer(config: ModelConfig) -> nn.Module:
    return Attention(config.d_model, config.n_heads, MODELS["transformer"].is_causal(config))


def _linear_transformer(config: ModelConfig) -> nn.Module:
    return LinearAttention(config.d_model, config.n_heads, MODELS["linear-transformer"].is_causal(config))


MODELS: Mapping[str, Architecture] = MappingProxyType(
    {
        architecture.name: architecture
        for architecture in (
            Architecture("s4", _s4),
            Architecture("s4d", _s4d),
            Architecture("h3", _h3),
            Architecture("lssl", _lssl),
            Architecture("hippo-rnn", _hippo_rnn),
            Architecture("lmu", _lmu),
            Architecture("lstm", _lstm),
            Architecture("gru", _gru),
            Architecture("transformer", _transformer, causal_by_default=False, attention=True),
            Architecture("linear-transformer", _linear_transformer, causal_by_default=False, attention=True),
        )
    }
)
"""Every model by its name, in the order in which menus show them; `names` says what people call it."""

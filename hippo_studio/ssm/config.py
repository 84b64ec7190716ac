"""What a model is made of: flat keys, the same in Python, in CONFIG.toml, in a saved model and on screen."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import Field, asdict, dataclass, field, fields
from typing import Any

from hippo_studio.hippo import gates

POOLINGS = ("mean", "last", "max", "none")


def _key(default: Any, doc: str, **accepted: Any) -> Any:
    """A field with its meaning and what it accepts; None as default makes None acceptable."""
    return field(default=default, metadata={"doc": doc, **accepted})


@dataclass(frozen=True)
class ModelConfig:
    """A model in plain values; each key's meaning is in its metadata, `describe` gives it.

    Keys that a model has no use for (theta for an LSTM) are accepted, so that one set-up serves a comparison.

    Raises
    ------
    ValueError
        For a value out of range or of the wrong type, quoting it and what is accepted.
    """

    model: str = _key("s4d", "which model; one of MODELS")
    d_input: int = _key(1, "channels of the signal", least=1, most=65536)
    vocabulary: int | None = _key(
        None, "number of tokens, if the input is token indices instead of a signal", least=1, most=1 << 20
    )
    d_model: int = _key(64, "width H of every layer", least=1, most=16384)
    n_layers: int = _key(2, "number of blocks", least=1, most=256)
    d_state: int = _key(64, "state size N: order of the memory, or states per channel", least=1, most=4096)
    n_classes: int = _key(2, "number of logits", least=1, most=1 << 20)
    dropout: float = _key(0.0, "share of values dropped in training", low=0.0, high=0.95)
    pool: str = _key(
        "mean", "how a sequence becomes one vector; “none” keeps one per moment", choices=POOLINGS
    )
    causal: bool | None = _key(
        None,
        "whether a moment sees the past alone; by default all models but the two Transformers, and "
        "every model with pool “none”",
    )
    feedforward: int = _key(
        0, "hidden units of a second, position-wise branch per block; 0 for none", least=0, most=65536
    )

    initialization: str | None = _key(
        None,
        "s4, s4d, lssl, h3: where A starts, a measure's name, lin, inv, real or random; by default legs "
        "(s4d, h3: lin)",
    )
    method: str | None = _key(
        None, "s4d, h3, lssl: discretization; by default zoh (lssl: bilinear). s4 is bilinear"
    )
    alpha: float = _key(0.5, "lssl: α of method gbt, ½ for bilinear to 1 for backward", low=0.5, high=1.0)
    dt_min: float = _key(
        1e-3, "smallest timescale Δ at the start; about 1/Δ moments are remembered", low=1e-8, high=1e3
    )
    dt_max: float = _key(1e-1, "largest timescale Δ at the start", low=1e-8, high=1e3)
    n_ssm: int | None = _key(
        None,
        "copies of A and B that the channels share; by default 1 (s4d, h3: one each)",
        least=1,
        most=16384,
    )
    n_timescales: int | None = _key(
        None, "lssl: how many Δ the channels share; by default one each", least=1, most=16384
    )
    learn_transition: bool | None = _key(
        None, "whether A and B are learned too; by default they are (lssl: not)"
    )
    band_limit: float | None = _key(
        None, "s4, s4d, h3: mute modes above this share of the Nyquist frequency", low=1e-6, high=1e6
    )
    head_dim: int = _key(1, "h3: width of a head", least=1, most=1024)

    n_heads: int = _key(4, "heads of attention", least=1, most=1024)
    attention_layers: tuple[int, ...] = _key((), "h3: blocks, from 0, that hold attention instead")
    measure: str = _key("legs", "hippo-rnn: the memory's measure", choices=("legs", "legt", "lagt", "fout"))
    theta: float = _key(1000.0, "hippo-rnn, lmu: the memory's window, in moments", low=1e-6, high=1e12)
    memory_channels: int = _key(1, "hippo-rnn, lmu: how many numbers are remembered", least=1, most=4096)

    def __post_init__(self) -> None:
        for key in fields(self):
            object.__setattr__(self, key.name, _checked(key, getattr(self, key.name)))
        if self.dt_min > self.dt_max:
            raise ValueError(
                f"dt_min is {self.dt_min:g} and dt_max {self.dt_max:g}; dt_min ≤ dt_max is needed."
            )
        if any(layer >= self.n_layers for layer in self.attention_layers):
            raise ValueError(
                f"attention_layers is {list(self.attention_layers)}; 0 to {self.n_layers - 1} is needed."
            )

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ModelConfig:
        """Return the configuration of flat keys; ValueError for an unknown one, naming the nearest."""
        if not isinstance(values, Mapping):
            raise ValueError(  # noqa: TRY004 - every bad argument of this library is a ValueError
                f"A model's configuration is {values!r}; a mapping of keys to values is needed."
            )
        known = [key.name for key in fields(cls)]
        for name in values:
            if name not in known:
                near = difflib.get_close_matches(str(name), known, n=1, cutoff=0.0)[0]
                raise ValueError(
                    f"Unknown key {name!r} in a model's configuration; the nearest is {near!r}. "
                    f"Keys: {', '.join(known)}."
                )
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """Return all keys and values as plain numbers, strings, lists and None."""
        values = asdict(self)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    @staticmethod
    def describe() -> dict[str, str]:
        """Return what each key means, for tooltips and help."""
        return {key.name: key.metadata["doc"] for key in fields(ModelConfig)}


def _checked(key: Field[Any], value: Any) -> Any:
    """Return the value in the field's one type, or raise in a sentence."""
    name, accepted = key.name, key.metadata
    if value is None and key.default is None:
        return None
    if "least" in accepted:
        return gates.whole_number(name, value, least=accepted["least"], most=accepted["most"])
    if "low" in accepted:
        return gates.within(name, value, accepted["low"], accepted["high"])
    if name == "attention_layers":
        if not isinstance(value, (list, tuple)):
            raise ValueError(f"{name} is {value!r}; a list of block indices from 0 is needed.")
        return tuple(gates.whole_number(f"an entry of {name}", layer) for layer in value)
    if name in ("causal", "learn_transition"):
        if not isinstance(value, bool):
            raise ValueError(f"{name} is {value!r}; true or false is needed.")
        return value
    if not isinstance(value, str):
        raise ValueError(f"{name} is {value!r}; a name is needed.")  # noqa: TRY004 - as above
    if "choices" in accepted and value not in accepted["choices"]:
        raise ValueError(f"{name} is {value!r}; one of {', '.join(accepted['choices'])} is needed.")
    return value

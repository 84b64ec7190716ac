"""One training in flat values: the same keys in Python, in CONFIG.toml, on the command line and on screen.

The model's keys (`ModelConfig`) stand beside these in the same file; `split_keys` tells them apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, asdict, dataclass, field, fields
from typing import Any

from hippo_studio.hippo import gates


def _key(default: Any, doc: str, **accepted: Any) -> Any:
    """A field with its meaning and what it accepts; None as default makes None acceptable."""
    return field(default=default, metadata={"doc": doc, **accepted})


@dataclass(frozen=True)
class TrainingSettings:
    """How to train; each key's meaning is in its metadata, `describe` gives it.

    Raises
    ------
    ValueError
        For a value out of range or of the wrong type, quoting it and what is accepted.
    """

    data: str = _key("", "what to learn from: a folder, a file, or task:NAME", text=True)
    test: str = _key("", "what to report on; by default a part of the data", text=True)
    epochs: int = _key(20, "how often every example is seen, at most", least=1, most=100_000)
    seed: int = _key(0, "of parameters, order of examples, dropout and augmentation", least=0, most=2**31 - 1)
    batch_size: int = _key(32, "examples per optimizer step", least=1, most=1 << 16)
    accumulate: int = _key(1, "batches whose gradients are added up before a step", least=1, most=4096)
    lr: float = _key(
        4e-3, "highest learning rate; state space parameters learn at most at 1e-3", low=0.0, high=10.0
    )
    weight_decay: float = _key(
        0.01, "pull of the weights to zero; state space parameters are spared", low=0.0, high=10.0
    )
    warmup: float = _key(
        0.05, "share of the steps over which lr rises, before its cosine fall", low=0, high=1
    )
    clip: float = _key(1.0, "longest gradient; longer ones are shortened to it. 0 for any", low=0.0, high=1e6)
    label_smoothing: float = _key(0.0, "share of a target that all classes get", low=0.0, high=0.9)
    class_weights: bool = _key(False, "weigh classes by 1 / how many examples they have", flag=True)
    longest: int = _key(
        0, "cut longer sequences to so many moments, from their beginning; 0: none", least=0, most=2**31 - 1
    )
    patience: int = _key(
        0, "end early after so many epochs without a better validation; 0: never", least=0, most=100_000
    )
    min_epochs: int = _key(
        50, "do not end early before: some tasks rest on a plateau for 40 epochs", least=0, most=100_000
    )
    crop: float = _key(0.0, "augmentation: cut up to this share off a sequence", low=0.0, high=0.9)
    shift: float = _key(0.0, "augmentation: move it by up to this share of its length", low=0.0, high=1.0)
    scale: float = _key(0.0, "augmentation: amplify by up to this share, up or down", low=0.0, high=0.99)
    noise: float = _key(0.0, "augmentation: add noise of this share of its RMS", low=0.0, high=10.0)
    background: float = _key(
        0.0,
        "augmentation: share of the examples that get background noise of the data's own, 5 to 30 dB below",
        low=0.0,
        high=1.0,
    )
    speed: float = _key(
        0.0,
        "augmentation: play a batch faster or slower by up to this share, its pitch with it",
        low=0.0,
        high=0.5,
    )
    coarse: float = _key(
        0.0,
        "augmentation: share of the batches at half the sampling rate, for models with a timescale Δ",
        low=0.0,
        high=1.0,
    )
    mixup: float = _key(0.0, "augmentation: α of the Beta law by which pairs are mixed", low=0.0, high=10.0)
    mixed_precision: bool = _key(False, "bfloat16 outside the state spaces", flag=True)
    device: str = _key("auto", "cpu, cuda, cuda:1, mps; auto takes the fastest there is", text=True)
    checkpoint_every: float = _key(30.0, "seconds between two checkpoints", low=0.0, high=86_400.0)
    portrait_every: float = _key(1.0, "seconds between two portraits of the layers", low=0.05, high=86_400.0)

    def __post_init__(self) -> None:
        for key in fields(self):
            object.__setattr__(self, key.name, _checked(key, getattr(self, key.name)))

    def to_dict(self) -> dict[str, Any]:
        """Return all keys and values, as CONFIG.toml holds them."""
        return asdict(self)

    @staticmethod
    def describe() -> dict[str, str]:
        """Return what each key means, for tooltips and help."""
        return {key.name: key.metadata["doc"] for key in fields(TrainingSettings)}


def split_keys(flat: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the keys of the training, and all others: those that `ModelConfig` answers for."""
    own = {key.name for key in fields(TrainingSettings)}
    return (
        {name: value for name, value in flat.items() if name in own},
        {name: value for name, value in flat.items() if name not in own},
    )


def _checked(key: Field[Any], value: Any) -> Any:
    """Return the value in the field's one type, or raise in a sentence."""
    name, accepted = key.name, key.metadata
    if "least" in accepted:
        return gates.whole_number(name, value, least=accepted["least"], most=accepted["most"])
    if "low" in accepted:
        return gates.within(name, value, accepted["low"], accepted["high"])
    if "flag" in accepted:
        if not isinstance(value, bool):
            raise ValueError(f"{name} is {value!r}; true or false is needed.")
        return value
    if not isinstance(value, str):
        raise ValueError(f"{name} is {value!r}; text is needed.")  # noqa: TRY004 - as everywhere here
    return value

"""The fields of the form: what a key of a model or a training is called, means, accepts, and how it is typed.

Free of Qt and of torch. Meaning and bounds come from the metadata of `ModelConfig` and `TrainingSettings`,
which say them once for Python, CONFIG.toml, the command line and the window; here are only the words on
screen and which keys a person sees first.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hippo_studio.learning.settings import TrainingSettings
from hippo_studio.ssm import NAMES, ModelConfig
from hippo_studio.ssm.choices import ACCEPTED


class Kind(enum.Enum):
    """How a value is entered."""

    WHOLE = "a whole number"
    NUMBER = "a number"
    FLAG = "yes or no"
    CHOICE = "one of a list"
    TEXT = "text"
    LAYERS = "layers from 0, such as 0, 2"


@dataclass(frozen=True)
class Field:
    """One key of the form.

    Attributes
    ----------
    optional : whether None, an empty field, is accepted and leaves the choice to the model.
    choices : what a list offers, as (value, text).
    accepted : by model, the values that it can be built with; a model that is not here takes them all.
    models : the models that look at this key; empty for all.
    needs : another key and its value, without which this one counts for nothing; None if it always counts.
    basic : whether it is seen at once; the others are folded away.
    """

    name: str
    label: str
    doc: str
    kind: Kind
    default: Any
    low: float | None = None
    high: float | None = None
    optional: bool = False
    choices: tuple[tuple[Any, str], ...] = ()
    accepted: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    models: tuple[str, ...] = ()
    needs: tuple[str, Any] | None = None
    basic: bool = False

    def concerns(self, model: str) -> bool:
        """Whether a model looks at this key."""
        return not self.models or model in self.models

    def counts(self, model: str, values: Mapping[str, Any]) -> bool:
        """Whether a model with these values of all keys looks at this one."""
        return self.concerns(model) and (self.needs is None or values[self.needs[0]] == self.needs[1])

    def offers(self, model: str) -> tuple[tuple[Any, str], ...]:
        """What a list offers for a model."""
        accepted = self.accepted.get(model)
        return tuple(one for one in self.choices if accepted is None or one[0] in (None, *accepted))

    @property
    def tip(self) -> str:
        """What hovering shows: meaning, key, and what is accepted."""
        doc = self.doc[0].upper() + self.doc[1:]
        known = self.low is not None and self.high is not None
        bounds = f", {_bound(self.low)} to {_bound(self.high)}" if known else ""
        return f"{doc}.\nKey {self.name}: {self.kind.value}{bounds}."


def _bound(value: float) -> str:
    """A bound as people write it: whole numbers with all their digits, in groups of three."""
    return f"{value:,.0f}".replace(",", "\u202f") if value == int(value) else f"{value:g}"


def shown(field: Field, value: Any) -> str:
    """A value as it stands in a text field."""
    if value is None:
        return ""
    if isinstance(value, (tuple, list)):
        return ", ".join(map(str, value))
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def parsed(field: Field, text: str) -> Any:
    """The value of a text. ValueError, one sentence, for what is none."""
    stripped = text.strip()
    if not stripped and field.optional:
        return None
    if field.kind is Kind.TEXT:
        return stripped
    try:
        if field.kind is Kind.LAYERS:
            return tuple(int(part) for part in stripped.replace(",", " ").split())
        number = float(stripped.replace(",", "."))
        if field.kind is Kind.WHOLE and number == int(number):
            return int(number)
    except (ValueError, OverflowError):
        number = float("nan")
    if field.kind is Kind.NUMBER and number == number:
        return number
    raise ValueError(f"{field.label} is {text!r}; {field.kind.value} is needed.")


_LABELS = {
    "model": "Model",
    "d_model": "Width H",
    "n_layers": "Layers",
    "d_state": "State size N",
    "dropout": "Dropout",
    "pool": "Pooling",
    "causal": "Causal",
    "feedforward": "Feed-forward",
    "initialization": "A starts as",
    "method": "Discretization",
    "alpha": "GBT α",
    "dt_min": "Smallest Δ",
    "dt_max": "Largest Δ",
    "n_ssm": "Copies of A, B",
    "n_timescales": "Timescales",
    "learn_transition": "A, B learned",
    "band_limit": "Band limit",
    "head_dim": "Head width",
    "n_heads": "Heads",
    "attention_layers": "Attention in",
    "measure": "Measure",
    "theta": "Window θ",
    "memory_channels": "Memories",
    "epochs": "Epochs",
    "seed": "Seed",
    "batch_size": "Batch size",
    "accumulate": "Accumulate",
    "lr": "Learning rate",
    "weight_decay": "Weight decay",
    "warmup": "Warm-up",
    "clip": "Clip gradients",
    "label_smoothing": "Label smoothing",
    "class_weights": "Weigh classes",
    "longest": "Longest",
    "patience": "Patience",
    "min_epochs": "Least epochs",
    "crop": "Crop",
    "shift": "Shift",
    "scale": "Scale",
    "noise": "Noise",
    "background": "Background noise",
    "speed": "Speed",
    "coarse": "Half the rate",
    "mixup": "Mixup",
    "mixed_precision": "Mixed precision",
    "device": "Device",
    "checkpoint_every": "Checkpoint",
    "portrait_every": "Portrait",
}
_BASIC = ("d_model", "n_layers", "d_state", "initialization", "epochs", "batch_size", "lr", "seed")
_NEEDS = {"alpha": ("method", "gbt")}
_DECIDED_BY_DATA = ("model", "d_input", "vocabulary", "n_classes", "data", "test")
_INITIALIZATIONS = {
    "legs": "HiPPO-LegS",
    "legt": "HiPPO-LegT",
    "lagt": "HiPPO-LagT",
    "fout": "HiPPO-FouT",
    "lin": "S4D-Lin",
    "inv": "S4D-Inv",
    "real": "real",
    "random": "random",
}
_CHOICES: Mapping[str, tuple[tuple[Any, str], ...]] = {
    "initialization": ((None, "as the model does"), *_INITIALIZATIONS.items()),
    "method": (
        (None, "as the model does"),
        ("zoh", "ZOH"),
        ("bilinear", "bilinear"),
        ("backward", "backward Euler"),
        ("gbt", "GBT(α)"),
    ),
    "causal": ((None, "as the model does"), (True, "yes"), (False, "no")),
    "learn_transition": ((None, "as the model does"), (True, "yes"), (False, "no")),
    "device": (("auto", "fastest there is"), ("cpu", "CPU"), ("cuda", "CUDA"), ("mps", "Apple GPU")),
}


def _field(key: dataclasses.Field[Any]) -> Field:
    """A key as a field of the form; its metadata say the rest."""
    accepted, doc = key.metadata, key.metadata["doc"]
    choices = _CHOICES.get(key.name, ())
    if named := accepted.get("choices"):
        choices = tuple((value, value) for value in named)
    low, high = accepted.get("least", accepted.get("low")), accepted.get("most", accepted.get("high"))
    if choices:
        kind = Kind.CHOICE
    elif accepted.get("flag"):
        kind = Kind.FLAG
    elif "least" in accepted:
        kind = Kind.WHOLE
    elif "low" in accepted:
        kind = Kind.NUMBER
    else:
        kind = Kind.LAYERS if isinstance(key.default, tuple) else Kind.TEXT
    return Field(
        key.name, _LABELS[key.name], doc, kind, key.default, low, high, key.default is None, choices,
        ACCEPTED.get(key.name, {}), _models_of(key.name, doc), _NEEDS.get(key.name), key.name in _BASIC,
    )  # fmt: skip


def _models_of(name: str, doc: str) -> tuple[str, ...]:
    """The models that a key's description begins with: “s4d, h3: …”; none for a key of all models."""
    if name == "n_heads":
        return ("h3", "transformer", "linear-transformer")
    names = [part.strip() for part in doc.partition(":")[0].split(",")]
    return tuple(names) if all(part in NAMES for part in names) else ()


MODEL_FIELDS = tuple(
    _field(key) for key in dataclasses.fields(ModelConfig) if key.name not in _DECIDED_BY_DATA
)
TRAINING_FIELDS = tuple(
    _field(key) for key in dataclasses.fields(TrainingSettings) if key.name not in _DECIDED_BY_DATA
)
FIELDS: Mapping[str, Field] = {field.name: field for field in (*MODEL_FIELDS, *TRAINING_FIELDS)}
"""Every field by its key."""

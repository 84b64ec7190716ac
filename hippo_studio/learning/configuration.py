"""From flat keys to a training and a model: the keys of a person, over the defaults that suit the data."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from hippo_studio.learning import runs
from hippo_studio.learning.data import DataSet
from hippo_studio.learning.settings import TrainingSettings, split_keys
from hippo_studio.ssm.choices import refuse_unfit
from hippo_studio.ssm.config import ModelConfig


def configure(
    flat: Mapping[str, Any], data: DataSet, folder: Path | None = None
) -> tuple[TrainingSettings, ModelConfig]:
    """Return what to train and how, for the keys of CONFIG.toml; what they leave open suits the data.

    A run in `folder` goes on as it began: what it did not know of then stays at its default.

    Raises ValueError for an unknown key, naming the nearest, for a value out of range, and for a key that
    contradicts the data or does not fit the model.
    """
    check(flat)
    suited = data.defaults_for(str(flat.get("model", ModelConfig.model)))
    if folder is not None and runs.is_run(folder):
        begun = runs.read_config(folder)
        suited = {name: value for name, value in suited.items() if name in begun}
    training, keys = split_keys({**suited, **flat})
    model = model_for(data, keys)
    refuse_unfit(model)
    return TrainingSettings(**{**training, "data": data.source}), model


def model_for(data: DataSet, model: ModelConfig | Mapping[str, Any]) -> ModelConfig:
    """Return the model with what the data decide of it; ValueError if its keys say otherwise."""
    shape = data.shape_keys()
    if isinstance(model, ModelConfig):
        return ModelConfig(**{**model.to_dict(), **shape})
    for name, value in shape.items():
        if name in model and model[name] != value:
            raise ValueError(
                f"{name} is {model[name]!r}, and {data.title} makes it {value!r}; leave {name} out."
            )
    return ModelConfig.from_dict({**model, **shape})


def check(flat: Mapping[str, Any]) -> TrainingSettings:
    """Return the training that these keys alone ask for, before any data are opened for it.

    Raises ValueError for an unknown key, naming the nearest, and for a value of the training out of range.
    """
    check_names(flat)
    return TrainingSettings(**split_keys(flat)[0])


def check_names(flat: Mapping[str, Any]) -> None:
    """Raise ValueError for a key that neither training nor model knows, naming the nearest."""
    known = [key.name for kind in (TrainingSettings, ModelConfig) for key in fields(kind)]
    for name in flat:
        if name not in known:
            near = difflib.get_close_matches(str(name), known, n=1, cutoff=0.0)[0]
            raise ValueError(f"Unknown key {name!r}; the nearest is {near!r}. Keys: {', '.join(known)}.")

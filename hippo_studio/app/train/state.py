"""What the Train tab asks for: one frozen value, the single truth behind the form and the saved session.

Free of Qt and of torch. A state holds what the person chose, and nothing that the data or the model decide:
so another data set, or another model, brings its own sensible defaults along.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from hippo_studio.app.train.fields import FIELDS
from hippo_studio.learning.data import DataSet
from hippo_studio.learning.settings import TrainingSettings, split_keys
from hippo_studio.ssm import NAMES, ModelConfig
from hippo_studio.ssm.choices import refuse_unfit, unfit

Chosen = tuple[tuple[str, Any], ...]

_NAMED = ("data", "test", "model")
_OWN_DEFAULTS: Mapping[str, Any] = {"portrait_every": 0.5, "patience": 20}
"""What the studio wants otherwise than a command line: more pictures, and an end when nothing improves."""


@dataclass(frozen=True)
class TrainState:
    """The choices a person makes in the Train tab.

    Attributes
    ----------
    data : what to learn from: a folder, a file, or task:NAME.
    test : what to report on; "" for a part of the data.
    model : a name of `NAMES`.
    chosen : the keys that the person or a run set, with their values; all others are defaults.
    brought : those of them that came with a run, and leave with its data.
    layer, channel : what the right side looks at.
    """

    data: str = "task:digits"
    test: str = ""
    model: str = "s4d"
    chosen: Chosen = ()
    brought: frozenset[str] = frozenset()
    layer: int = 0
    channel: int = 0

    def __post_init__(self) -> None:
        if self.model not in NAMES:
            raise ValueError(f"The model is {self.model!r}; one of {', '.join(NAMES)} is needed.")
        if unknown := [name for name, _ in self.chosen if name not in FIELDS]:
            raise ValueError(f"There is no setting {unknown[0]!r}; there is: {', '.join(FIELDS)}.")
        object.__setattr__(self, "brought", self.brought.intersection(dict(self.chosen)))
        self.check()

    def replace(self, **changes: Any) -> TrainState:
        """Return this state with some values changed; ValueError, one sentence, if that cannot be."""
        return replace(self, **changes)

    def with_value(self, name: str, value: Any) -> TrainState:
        """Return this state with a key of the form set; others that count no more with it go.

        ValueError, one sentence, if that cannot be.
        """
        value = _kept(value)
        chosen = _fitting(self.model, {**dict(self.chosen), name: value}, name)
        return self.replace(chosen=chosen, brought=self.brought - {name})

    def with_data(self, data: str) -> TrainState:
        """Return this state with other data and a test part of theirs, without what a run brought along."""
        return self.without(*self.brought).replace(data=data, test="")

    def with_model(self, model: str) -> TrainState:
        """Return this state with another model, without the keys that it cannot be built with."""
        return self.replace(model=model, chosen=_fitting(model, dict(self.chosen)))

    def without(self, *names: str) -> TrainState:
        """Return this state with these keys left to their defaults again; one that fits no more goes too."""
        left = {name: value for name, value in self.chosen if name not in names}
        try:
            return self.replace(chosen=_fitting(self.model, left))
        except ValueError:
            for gone in sorted(left, key=self.brought.__contains__):  # what was typed first
                chosen = _fitting(self.model, {name: value for name, value in left.items() if name != gone})
                with suppress(ValueError):
                    return self.replace(chosen=chosen)
            raise

    def asks_like(self, other: TrainState) -> bool:
        """Whether both ask for the same, whoever set it."""
        return self.replace(brought=other.brought) == other

    @property
    def own(self) -> dict[str, Any]:
        """The keys that the person set, with their values."""
        return {name: value for name, value in self.chosen if name not in self.brought}

    def values(self, data: DataSet | None = None) -> dict[str, Any]:
        """Every key of the form: what was chosen, else what suits the data, else the default."""
        values = {name: field.default for name, field in FIELDS.items()} | dict(_OWN_DEFAULTS)
        suited = data.defaults_for(self.model) if data is not None else {}
        values.update({name: value for name, value in suited.items() if name in FIELDS})
        return values | dict(self.chosen)

    def settings(self, data: DataSet | None = None) -> TrainingSettings:
        """The training that is asked for. ValueError for what cannot be."""
        own, _ = split_keys(self.values(data))
        return TrainingSettings(**own, data=self.data, test=self.test)

    def model_keys(self, data: DataSet | None = None) -> dict[str, Any]:
        """The model that is asked for, as keys of `ModelConfig`; the data decide its ends."""
        _, keys = split_keys(self.values(data))
        shape = data.shape_keys() if data is not None else {}
        return {**keys, "model": self.model, **shape}

    def flat(self) -> dict[str, Any]:
        """What was chosen, as the keys of a CONFIG.toml; all others suit the data."""
        keys = {name: list(v) if isinstance(v, tuple) else v for name, v in self.chosen if v is not None}
        test = {"test": self.test} if self.test else {}
        return {"data": self.data, **test, "model": self.model, **keys}

    def shared(self, data: DataSet | None = None) -> dict[str, Any]:
        """What the trainings of a sweep share: what was chosen, and what the studio wants of its own."""
        own = {name: self.values(data)[name] for name in _OWN_DEFAULTS}
        return {**own, **self.flat()}

    def of_run(self, config: Mapping[str, Any]) -> TrainState:
        """The state that asks for what a run's keys say, every one of them brought by it.

        Of a run of the baseline, which has no model, the data alone. ValueError for what cannot be.
        """
        if config.get("model") not in NAMES:
            state = self.replace(data=str(config.get("data", "")), test=str(config.get("test", "")))
            if "seed" not in config:
                return state
            state = state.with_value("seed", config["seed"])
            return state.replace(brought=state.brought | {"seed"})
        open_keys = {name: None for name, field in FIELDS.items() if field.optional}
        state = TrainState.of_config({**open_keys, **config})
        brought = frozenset(name for name, _ in state.chosen)
        return state.replace(brought=brought, layer=self.layer, channel=self.channel)

    def lean(self, data: DataSet) -> TrainState:
        """Return this state with those keys left to their defaults that have the same value then."""
        values = {**self.without(*dict(self.chosen)).values(data), **data.shape_keys()}
        return self.replace(
            chosen=tuple((name, value) for name, value in self.chosen if values[name] != value)
        )

    def check(self, data: DataSet | None = None) -> None:
        """Raise ValueError, one sentence, for a training or a model that cannot be."""
        self.settings(data)
        refuse_unfit(ModelConfig.from_dict(self.model_keys(data)))

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for the settings file."""
        chosen = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in self.chosen
            if value is not None
        }
        named = {"data": self.data, "test": self.test, "model": self.model}
        return {**named, "chosen": chosen, "brought": sorted(self.brought.intersection(chosen))}

    @classmethod
    def restored(cls, values: Mapping[str, Any]) -> TrainState:
        """The state of a settings file; what is unknown or wrong in it is left out."""
        chosen, brought = values.get("chosen"), values.get("brought")
        brought = frozenset(map(str, brought)) if isinstance(brought, list) else frozenset()
        with suppress(ValueError, TypeError):  # TypeError: such as a model that is a list
            named = {name: values[name] for name in _NAMED if name in values}
            return cls.of_config({**chosen, **named}).replace(brought=brought)
        state = cls()
        for name in _NAMED:
            if isinstance(value := values.get(name), str):
                state = _tried(state, lambda state, name=name, value=value: state.replace(**{name: value}))
        for name, value in chosen.items() if isinstance(chosen, Mapping) else ():
            state = _tried(state, lambda state, name=name, value=value: state.with_value(name, value))
        return state.replace(brought=brought)

    @classmethod
    def of_config(cls, flat: Mapping[str, Any]) -> TrainState:
        """The state of a CONFIG.toml's flat keys. ValueError, one sentence, for an unknown or wrong one."""
        named = {name: flat[name] for name in _NAMED if name in flat}
        left_out = (*_NAMED, "d_input", "vocabulary", "n_classes")
        chosen = {name: _kept(value) for name, value in flat.items() if name not in left_out}
        return cls(**named, chosen=tuple(chosen.items()))


def _kept(value: Any) -> Any:
    """A value as a state keeps it."""
    return tuple(value) if isinstance(value, list) else value


def _fitting(model: str, chosen: Mapping[str, Any], wanted: str = "") -> Chosen:
    """The keys without those that do not fit the model or each other; `wanted` stays in any case."""
    try:
        _, keys = split_keys(chosen)
        gone = unfit(ModelConfig.from_dict({**keys, "model": model})).keys() - {wanted}
    except ValueError:  # said where the state is made
        gone = set()
    return tuple((name, value) for name, value in chosen.items() if name not in gone)


def _tried(state: TrainState, change: Any) -> TrainState:
    try:
        return change(state)
    except ValueError:
        return state

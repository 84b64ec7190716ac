"""What every source of labelled sequences becomes: three splits of examples, and what is known about them.

An example is decoded when it is asked for, so a set may be larger than memory; what a split knows without
decoding (labels, lengths, groups) it holds as arrays. Splits are read from the training thread and from the
window alike: reading changes nothing.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.learning.background import Background
from hippo_studio.signals.read_warnings import ReadWarning

IGNORED = -100
"""The target of a moment at which nothing is asked; torch's cross entropy knows it by this number."""


class DataError(ValueError):
    """Labelled data that cannot be had or used; the message is one sentence: what, where, what to do."""


class Cancelled(Exception):  # noqa: N818 - nothing went wrong
    """The person no longer wants the result."""


@dataclass(frozen=True, eq=False)
class Example:
    """One labelled sequence.

    Attributes
    ----------
    values : (L, d_input) float32, finite; or (L,) int64 token indices.
    target : the index of its class; or (L,) int64, one per moment, `IGNORED` where nothing is asked.
    name : how to call it on screen, unique in its split: a path below the set's folder, a row's number.
    origin : the file that it is read from, "" if it is made.
    sample_rate : in Hz, None if time has no unit.
    """

    values: NDArray[Any]
    target: int | NDArray[np.int64]
    name: str
    origin: str = ""
    sample_rate: float | None = None


class Split(ABC):
    """Examples by index, and what is known of them without decoding.

    Attributes
    ----------
    labels : (n,) int64, the class of each; −1 throughout where targets are per moment.
    lengths : (n,) int64, moments of each.
    groups : (n,) int64, what must not be torn apart by a split (speaker, machine, patient); None: unknown.
    """

    labels: NDArray[np.int64]
    lengths: NDArray[np.int64]
    groups: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        """How many examples there are."""
        return int(self.labels.size)

    @abstractmethod
    def __getitem__(self, index: int) -> Example:
        """Decode an example; DataError if it cannot be read."""

    def name(self, index: int) -> str:
        """What to call an example on screen; "" where that is known only once it is decoded."""
        return ""


Preparation = Callable[[Callable[[float], None], Callable[[], bool]], "DataSet"]


@dataclass(frozen=True, eq=False)
class DataSet:
    """Labelled sequences, split into those to learn from, to choose by, and to report on.

    Attributes
    ----------
    source : what opens it again: "task:digits", or a path.
    title : how to call it on screen.
    labels : the classes by name, in the order of the logits.
    d_input : channels of an example; 1 for tokens.
    vocabulary : number of tokens, None for signals.
    per_moment : whether targets are per moment (the model then needs pool "none").
    sample_rate : of most examples in Hz, None if time has no unit.
    offset, scale : one per channel: the examples are (what was measured − offset) / scale, and so must be
        whatever the model is applied to. Empty: they are as measured.
    train, validation, test : the splits; `validation` and `test` are empty where no example can be spared.
    score : "accuracy" counts all targets; "last" counts the last asked moment of each sequence alone.
    defaults : settings that suit these data, keys of `TrainingSettings` and `ModelConfig`.
    model_defaults : more of them, by model: {"h3": {"lr": 5e-4}}.
    warnings : what the reader did that the user should know of.
    background : noise to mix into what is learned from, scaled as the examples; None: there is none.
    preparation : what `prepare` does, None if there is nothing left to do.
    """

    source: str
    title: str
    labels: tuple[str, ...]
    d_input: int
    train: Split
    validation: Split
    test: Split
    vocabulary: int | None = None
    per_moment: bool = False
    sample_rate: float | None = None
    channel_names: tuple[str, ...] = ()
    offset: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()
    score: str = "accuracy"
    defaults: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    model_defaults: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
    warnings: tuple[ReadWarning, ...] = ()
    background: Background | None = None
    preparation: Preparation | None = None

    def prepare(
        self, progress: Callable[[float], None] | None = None, cancelled: Callable[[], bool] | None = None
    ) -> DataSet:
        """Return these data ready to train from: decoded, standardised, without what cannot be used.

        What opens a set looks at as little as it can; this looks at everything, once, and keeps what it
        decoded for the next time. Call it on a thread of its own.

        Parameters
        ----------
        progress : called with the fraction done, from 0 to 1.
        cancelled : asked between two examples; `Cancelled` is raised once it returns true, and nothing is
            left behind.

        Raises
        ------
        DataError
            If too little can be decoded to learn from.
        """
        if self.preparation is None:
            return self
        return self.preparation(progress or (lambda fraction: None), cancelled or (lambda: False))

    def details(self) -> dict[str, Any]:
        """Return what must travel with a model that learned from these data, in plain JSON values."""
        return {
            "data": self.source,
            "labels": list(self.labels),
            "sample_rate": self.sample_rate,
            "channel_names": list(self.channel_names),
            "offset": list(self.offset),
            "scale": list(self.scale),
        }

    def defaults_for(self, model: str) -> dict[str, Any]:
        """Return the settings that suit these data and that model."""
        return {**self.defaults, **self.model_defaults.get(model, {})}

    def shape_keys(self) -> dict[str, Any]:
        """Return what the data alone decide of a model: keys of `ModelConfig`."""
        keys: dict[str, Any] = {
            "d_input": self.d_input,
            "n_classes": len(self.labels),
            "vocabulary": self.vocabulary,
        }
        return {**keys, "pool": "none"} if self.per_moment else keys

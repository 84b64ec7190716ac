"""From a collection to a data set: splits, standardisation, defaults, and what cannot be learned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from hippo_studio.learning.data import DataError, DataSet
from hippo_studio.learning.datasets.collection import Collection, Part
from hippo_studio.learning.datasets.defaults import defaults_for_size, model_defaults_for_length
from hippo_studio.learning.datasets.splitting import VALIDATION_SHARE, Role, Roles, assign
from hippo_studio.learning.datasets.standardizing import Channels, measure
from hippo_studio.signals.read_warnings import ReadWarning


@dataclass(frozen=True, eq=False)
class Described:
    """What a source says of its examples as a whole; the fields are those of `DataSet`."""

    source: str
    title: str
    labels: tuple[str, ...]
    d_input: int = 1
    vocabulary: int | None = None
    channel_names: tuple[str, ...] = ()
    score: str = "accuracy"
    defaults: Mapping[str, Any] | None = None
    model_defaults: Mapping[str, Mapping[str, Any]] | None = None
    warnings: Sequence[ReadWarning] = ()


def assemble(
    described: Described,
    collection: Collection,
    given: Roles | None = None,
    *,
    seed: int = 0,
    standardized: tuple[Channels, Channels] | bool = True,
    validation_share: float = VALIDATION_SHARE,
) -> DataSet:
    """Return the data set of a collection.

    Parameters
    ----------
    given : what each example is for, as far as the source says; what it leaves open is split here.
    standardized : offset and scale if they are known, True to measure them, False to leave values alone.

    Raises
    ------
    DataError
        If nothing can be learned from these examples: there are none, or only one, or of one class.
    """
    refuse_unlearnable(described, collection, given)
    roles = assign(collection.labels, collection.groups, given, seed=seed, validation_share=validation_share)
    rows = {role: np.flatnonzero(roles == role) for role in Role}
    training = rows[Role.TRAIN]
    offset: Channels | None = None
    scale: Channels | None = None
    if described.vocabulary is None and standardized is not False:
        offset, scale = measure(collection, training) if standardized is True else standardized
    parts = {role: Part(collection, rows[role], offset, scale) for role in Role}
    lengths = collection.lengths[training]
    size = defaults_for_size(training.size, lengths, described.d_input, len(described.labels))
    defaults = {**size, **(described.defaults or {})}
    return DataSet(
        source=described.source,
        title=described.title,
        labels=described.labels,
        d_input=described.d_input,
        train=parts[Role.TRAIN],
        validation=parts[Role.VALIDATION],
        test=parts[Role.TEST],
        vocabulary=described.vocabulary,
        per_moment=collection.targets is not None,
        sample_rate=collection.sample_rate,
        channel_names=described.channel_names,
        offset=() if offset is None else tuple(offset.tolist()),
        scale=() if scale is None else tuple(scale.tolist()),
        score=described.score,
        defaults=defaults,
        model_defaults=_merged(
            model_defaults_for_length(lengths, defaults["lr"]), described.model_defaults or {}
        ),
        warnings=tuple(described.warnings),
    )


def refuse_unlearnable(described: Described, collection: Collection, given: Roles | None) -> None:
    """Raise the one sentence that says why nothing can be learned, if so."""
    usable = np.ones(len(collection), bool) if given is None else given != Role.ASIDE
    to_learn_from = usable if given is None else usable & (given != Role.TEST)
    count = int(to_learn_from.sum())
    title = described.title
    if count == 0:
        raise DataError(f"{title} holds no labelled examples to learn from; at least two are needed.")
    if count == 1:
        row = int(np.flatnonzero(to_learn_from)[0])
        raise DataError(
            f"{title} holds a single example to learn from ({collection.names[row]}); at least two, of two "
            "classes, are needed."
        )
    if collection.targets is not None:
        return
    present = np.unique(collection.labels[to_learn_from])
    if present.size < 2:
        only = described.labels[int(present[0])]
        raise DataError(
            f"All {count} examples of {title} to learn from are of one class, {only!r}; a classifier needs "
            "two or more."
        )


def _merged(
    first: Mapping[str, Mapping[str, Any]], second: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    names = [*first, *(name for name in second if name not in first)]
    return {name: {**first.get(name, {}), **second.get(name, {})} for name in names}

"""From a collection to a data set: splits, standardisation, defaults, and what cannot be learned from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.learning.background import Background
from hippo_studio.learning.data import DataError, DataSet, Preparation
from hippo_studio.learning.datasets import remarks, store
from hippo_studio.learning.datasets.collection import Collection, Part
from hippo_studio.learning.datasets.defaults import defaults_for_size, model_defaults_for_length
from hippo_studio.learning.datasets.splitting import VALIDATION_SHARE, Role, Roles, assign
from hippo_studio.learning.datasets.standardizing import Channels, Moments, measure
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
    background: Background | None = None
    recipe: Callable[[int, NDArray[np.int64]], dict[str, Any]] = defaults_for_size
    """Settings for that many training examples of these lengths, over which `defaults` stand."""


def assemble(
    described: Described,
    collection: Collection,
    given: Roles | None = None,
    *,
    seed: int = 0,
    standardized: Moments | bool = True,
    validation_share: float = VALIDATION_SHARE,
    to_learn: bool = True,
) -> DataSet:
    """Return the data set of a collection; if that is yet to be decoded, `prepare` will.

    Parameters
    ----------
    given : what each example is for, as far as the source says; what it leaves open is split here.
    standardized : what is known of each row's values, True to measure them, False to leave values alone.
    to_learn : whether a classifier is to be learned from them; to ask one that is there, one example will do.

    Raises
    ------
    DataError
        If nothing can be learned from these examples: there are none, or only one, or of one class.
    """
    if to_learn:
        refuse_unlearnable(described, collection, given)
    elif not len(collection):
        raise DataError(f"{described.title} holds no labelled examples.")
    roles = assign(collection.labels, collection.groups, given, seed=seed, validation_share=validation_share)
    rows = {role: np.flatnonzero(roles == role) for role in Role}
    training = rows[Role.TRAIN]
    offset: Channels | None = None
    scale: Channels | None = None
    if described.vocabulary is None and collection.key is None and standardized is not False:
        moments = measure(collection, training) if standardized is True else standardized.chosen(training)
        offset, scale = moments.pooled()
    parts = {role: Part(collection, rows[role], offset, scale) for role in Role}
    lengths = collection.lengths[training]
    lengths = lengths[lengths > 0]
    defaults = {**described.recipe(training.size, lengths), **(described.defaults or {})}
    data = DataSet(
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
        background=None if described.background is None else described.background.scaled(scale),
        preparation=None
        if collection.key is None
        else _preparation(described, collection, roles, seed, validation_share, to_learn),
    )
    known = collection.key is not None and store.is_kept(collection, described.d_input)
    return data.prepare() if known else data


def _preparation(
    described: Described,
    collection: Collection,
    roles: Roles,
    seed: int,
    validation_share: float,
    to_learn: bool,
) -> Preparation:
    """What is left to do: decode everything, set aside what cannot be used, standardise."""

    def prepare(progress: Callable[[float], None], cancelled: Callable[[], bool]) -> DataSet:
        decoded = store.decode(collection, described.d_input, progress, cancelled)
        usable = np.array([not reason for reason in decoded.reasons])
        rows = np.flatnonzero(usable)
        moments = decoded.moments.chosen(rows)
        good = replace(
            collection.chosen(rows),
            fetch=lambda row: decoded.fetch(int(rows[row])),
            lengths=moments.lengths,
            key=None,
        )
        reasons = zip(collection.names, decoded.reasons, strict=True)
        found = remarks.left_aside([(name, reason) for name, reason in reasons if reason])
        if not decoded.kept:
            found.append(
                remarks.NotKept("The disk has no room for what was decoded; it is decoded each time.")
            )
        now = replace(described, warnings=(*described.warnings, *found))
        if rows.size == 0:
            raise DataError(f"Of {described.title}, nothing can be used: {found[0].message}")
        return assemble(
            now,
            good,
            roles[rows],
            seed=seed,
            standardized=moments,
            validation_share=validation_share,
            to_learn=to_learn,
        )

    return prepare


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

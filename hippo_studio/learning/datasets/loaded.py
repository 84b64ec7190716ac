"""What a source makes of a path, before test data are joined and splits are made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hippo_studio.learning.data import DataError
from hippo_studio.learning.datasets import remarks
from hippo_studio.learning.datasets.assembling import Described
from hippo_studio.learning.datasets.collection import Collection, Values
from hippo_studio.learning.datasets.splitting import VALIDATION_SHARE, Role


@dataclass(frozen=True)
class Like:
    """What examples must be like, to be given to a model that knows others already."""

    sample_rate: float | None
    channel_names: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Loaded:
    """Examples of one path: described, collected, and each for what the source says it is for."""

    described: Described
    collection: Collection
    roles: NDArray[np.int8]
    validation_share: float = VALIDATION_SHARE
    """Of the examples to learn from, if the source sets none aside to validate by."""


def with_test(first: Loaded, second: Loaded) -> Loaded:
    """Return the examples of `first` to learn from, and all of `second` for the report.

    Raises
    ------
    DataError
        If `second` has other channels, or no class that `first` has.
    """
    described, other = first.described, second.described
    if other.d_input != described.d_input:
        raise DataError(
            f"{other.title} has {other.d_input} channels and {described.title} {described.d_input}; a test "
            "needs the channels that were learned from."
        )
    index = {name: place for place, name in enumerate(described.labels)}
    new = np.array([index.get(name, -1) for name in other.labels], np.int64)
    labels = new[second.collection.labels]
    known = np.flatnonzero((labels >= 0) & (second.roles != Role.ASIDE))
    if known.size == 0:
        raise DataError(
            f"{other.title} has the classes {remarks.listed(other.labels)}, none of which {described.title} "
            f"has ({remarks.listed(described.labels)}); test data need the same classes."
        )
    warnings = [*described.warnings, *other.warnings]
    unknown = [name for name in other.labels if name not in index]
    if unknown:
        aside = int((labels < 0).sum())
        warnings.append(
            remarks.LabelsLeftAside(
                f"{remarks.counted(aside, 'test example')} left aside, of classes that are not learned: "
                f"{remarks.listed(unknown)}."
            )
        )
    a = first.collection
    b = replace(second.collection, labels=labels).chosen(known)
    roles = np.where(first.roles == Role.TEST, Role.ASIDE, first.roles).astype(np.int8)
    joined = Collection(
        _either(a, b),
        np.concatenate((a.labels, b.labels)),
        np.concatenate((a.lengths, b.lengths)),
        [*a.names, *b.names],
        [*(a.origins or [""] * len(a)), *(b.origins or [""] * len(b))],
        _groups(a, b),
        sample_rate=a.sample_rate,
        key=None if a.key is None and b.key is None else [a.key, b.key],
    )
    return Loaded(
        replace(described, warnings=tuple(warnings)),
        joined,
        np.concatenate((roles, np.full(len(b), Role.TEST, np.int8))),
        first.validation_share,
    )


def _either(a: Collection, b: Collection) -> Callable[[int], Values]:
    count = len(a)

    def fetch(row: int) -> Values:
        return a.fetch(row) if row < count else b.fetch(row - count)

    return fetch


def _groups(a: Collection, b: Collection) -> NDArray[np.int64] | None:
    """The groups of both; what has none stands alone, and no group reaches from one to the other."""
    if a.groups is None:
        return None
    own = np.arange(len(b)) if b.groups is None else b.groups
    return np.concatenate((a.groups, a.groups.max(initial=-1) + 1 + own))

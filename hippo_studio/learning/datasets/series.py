"""Series that are in memory: labels by name, missing values mended, all NaN left aside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.learning.data import DataError
from hippo_studio.learning.datasets import mapped, remarks
from hippo_studio.learning.datasets.assembling import Described
from hippo_studio.learning.datasets.collection import Collection, UnusableError, in_memory
from hippo_studio.learning.datasets.loaded import Loaded
from hippo_studio.learning.datasets.splitting import Role
from hippo_studio.signals.read_warnings import MissingValues, ReadWarning


@dataclass(frozen=True, eq=False)
class Series:
    """One series as it stands in a file."""

    name: str
    label: str
    values: NDArray[Any]
    """(L, channels), NaN where a value is missing."""
    role: Role = Role.OPEN
    group: str = ""


def load_series(
    source: str,
    title: str,
    series: Sequence[Series],
    *,
    origin: str = "",
    sample_rate: float | None = None,
    channel_names: tuple[str, ...] = (),
    warnings: Iterable[ReadWarning] = (),
    stamp: Any = None,
) -> Loaded:
    """Return the series that can be used, with a warning about the others.

    With `stamp`, plain values that tell the file, more than `mapped.LARGE` bytes of them are left where they
    are: they are looked at one by one once they are prepared.

    Raises
    ------
    DataError
        If none can, or if their numbers of channels differ.
    """
    usable: list[Series] = []
    arrays: list[NDArray[np.float32]] = []
    reasons: list[tuple[str, str]] = []
    holes = 0
    apart = stamp is not None and sum(one.values.nbytes for one in series) > mapped.LARGE
    for one in series:
        if not one.label or one.label == "?":
            reasons.append((one.name, "unlabelled"))
            continue
        if apart:
            usable.append(one)
            continue
        values, filled = mended(one.values)
        if values is None:
            reasons.append((one.name, "all missing"))
            continue
        holes += filled > 0
        usable.append(one)
        arrays.append(values)
    found = [*warnings, *remarks.left_aside(reasons)]
    if not usable:
        raise DataError(
            f"{source} holds no series that can be used"
            + (f": {found[-1].message}" if reasons else "; at least two, of two classes, are needed.")
        )
    if holes:
        found.append(
            MissingValues(
                f"{holes} of {len(series)} series have missing values; filled by linear interpolation."
            )
        )
    channels = {one.values.shape[1] for one in usable}
    if len(channels) > 1:
        raise DataError(
            f"The series of {title} have {min(channels)} to {max(channels)} channels; all must have the same."
        )
    labels = ordered({one.label for one in usable})
    number = {name: index for index, name in enumerate(labels)}
    groups = None
    if any(one.group for one in usable):
        _, numbers = np.unique([one.group for one in usable], return_inverse=True)
        groups = numbers.astype(np.int64)
    known: dict[str, Any] = {
        "names": [one.name for one in usable],
        "origins": [origin] * len(usable) if origin else (),
        "groups": groups,
        "sample_rate": sample_rate,
    }
    classes = np.array([number[one.label] for one in usable])
    if apart:
        lengths = np.array([len(one.values) for one in usable], np.int64)
        collection = Collection(lambda row: _whole(usable[row]), classes, lengths, key=stamp, **known)
    else:
        collection = in_memory(arrays, classes, **known)
    described = Described(
        source,
        title,
        labels,
        d_input=channels.pop(),
        channel_names=channel_names,
        warnings=tuple(found),
    )
    return Loaded(described, collection, np.array([one.role for one in usable], np.int8))


def _whole(one: Series) -> NDArray[np.float32]:
    values, _ = mended(one.values)
    if values is None:
        raise UnusableError("all missing")
    return values


def mended(values: NDArray[Any]) -> tuple[NDArray[np.float32] | None, int]:
    """Return the series (L, channels) without missing values, and how many were filled.

    What is missing in all channels at the end is no part of the series: archives pad with it. A channel
    without any value is 0. None if there is no value at all.
    """
    values = np.asarray(values, np.float64)
    bad = ~np.isfinite(values)
    if not bad.any():
        return (values.astype(np.float32) if len(values) else None), 0
    present = np.flatnonzero(~bad.all(axis=1))
    if present.size == 0:
        return None, 0
    values, bad = values[: present[-1] + 1].copy(), bad[: present[-1] + 1]
    index = np.arange(len(values))
    for channel in range(values.shape[1]):
        hole = bad[:, channel]
        if hole.all():
            values[:, channel] = 0.0
        elif hole.any():
            values[hole, channel] = np.interp(index[hole], index[~hole], values[~hole, channel])
    return values.astype(np.float32), int(bad.sum())


def ordered(names: Iterable[str]) -> tuple[str, ...]:
    """Return class names in their order: by number if all are numbers, else by letter."""
    found = sorted(set(names))
    try:
        return tuple(sorted(found, key=float))
    except ValueError:
        return tuple(found)

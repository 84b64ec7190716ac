"""What there is to see of labelled data before anything is trained: counts, lengths, some examples.

Free of Qt and of torch; made by a job, for decoding examples may take a while.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hippo_studio.app.widgets.quantities import format_rate, format_seconds
from hippo_studio.learning.data import DataError, DataSet, Split

THUMBNAILS = 24
_POINTS = 240
_IMBALANCED = 1.5
"""Largest class over smallest, above which it is said."""


@dataclass(frozen=True, eq=False)
class Thumbnail:
    """One example in small: a curve of at most a few hundred points."""

    label: str
    name: str
    values: NDArray[np.float32]
    tokens: bool


@dataclass(frozen=True, eq=False)
class DataOverview:
    """What the window shows of a data set.

    Attributes
    ----------
    counts : (classes,), training examples of each class; empty where targets are per moment.
    lines : what there is to say, a sentence or half of one per line.
    warnings : what the reader did that the user should know of.
    """

    data: DataSet
    counts: NDArray[np.int64]
    lines: tuple[str, ...]
    warnings: tuple[str, ...]
    thumbnails: tuple[Thumbnail, ...]


def overview(data: DataSet, check: Callable[[], None] = lambda: None) -> DataOverview:
    """Look at a data set; `check` is called between examples, and may raise to end it."""
    counts = np.bincount(data.train.labels, minlength=len(data.labels)) if not data.per_moment else _NOTHING
    return DataOverview(
        data,
        counts,
        tuple(_lines(data, counts)),
        tuple(str(warning) for warning in data.warnings),
        tuple(_thumbnails(data, check)),
    )


_NOTHING = np.empty(0, np.int64)


def _lines(data: DataSet, counts: NDArray[np.int64]) -> list[str]:
    parts = [
        f"{_grouped(len(split))} {purpose}"
        for split, purpose in ((data.train, "to learn from"), (data.validation, "to choose by"),
                               (data.test, "to test on"))
        if len(split)
    ]  # fmt: skip
    what = f"{len(data.labels)} classes" if not data.per_moment else f"{len(data.labels)} answers, per moment"
    shape = "tokens" if data.vocabulary else f"{data.d_input} channel{'s' if data.d_input != 1 else ''}"
    lines = [", ".join(parts), f"{what} · {shape} · {_lengths(data)}"]
    if counts.size and counts.min() > 0 and counts.max() > _IMBALANCED * counts.min():
        lines.append(
            f"The largest class, {data.labels[int(counts.argmax())]}, has {counts.max() / counts.min():.1f} "
            f"times as many examples as the smallest, {data.labels[int(counts.argmin())]}."
        )
    return lines


def _lengths(data: DataSet) -> str:
    lengths = np.concatenate([split.lengths for split in (data.train, data.validation, data.test)])
    if not lengths.size:
        return "empty"
    low, high = int(lengths.min()), int(lengths.max())
    if data.sample_rate:
        span = format_seconds(high / data.sample_rate)
        if low != high:
            span = f"{format_seconds(low / data.sample_rate)} to {span}"
        return f"{span} at {format_rate(data.sample_rate)}"
    return f"{_grouped(high)} moments" if low == high else f"{_grouped(low)} to {_grouped(high)} moments"


def _thumbnails(data: DataSet, check: Callable[[], None]) -> list[Thumbnail]:
    """Of each class in turn, the first few examples."""
    found = []
    for index in _picked(data.train, len(data.labels)):
        check()
        try:
            example = data.train[index]
        except DataError:
            continue
        values = np.asarray(example.values)
        curve = values[:, 0] if values.ndim == 2 else values
        step = max(1, -(-curve.size // _POINTS))
        label = "" if isinstance(example.target, np.ndarray) else data.labels[int(example.target)]
        found.append(
            Thumbnail(label, example.name, curve[::step].astype(np.float32), data.vocabulary is not None)
        )
    return found


def _picked(split: Split, classes: int) -> list[int]:
    """Indices of examples to show: one per class, then a second of each, until there are enough."""
    if not len(split):
        return []
    if split.labels.min() < 0:
        return list(range(min(len(split), THUMBNAILS)))
    by_class = [np.flatnonzero(split.labels == label) for label in range(classes)]
    rounds = max(1, THUMBNAILS // max(classes, 1))
    picked = [int(members[turn]) for turn in range(rounds) for members in by_class if members.size > turn]
    return picked[:THUMBNAILS]


def _grouped(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")

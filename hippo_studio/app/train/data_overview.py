"""What there is to see of labelled data before anything is trained: counts, lengths, some examples.

Free of Qt and of torch; made by a job, for decoding examples may take a while.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hippo_studio.app.widgets.quantities import format_rate, format_seconds
from hippo_studio.learning.data import DataError, DataSet
from hippo_studio.learning.datasets import Preview, preview

THUMBNAILS = 24
_POINTS = 240


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
    lines : what there is to say, warnings included, a sentence or half of one per line.
    """

    data: DataSet
    counts: NDArray[np.int64]
    lines: tuple[str, ...]
    thumbnails: tuple[Thumbnail, ...]


def overview(data: DataSet, check: Callable[[], None] = lambda: None) -> DataOverview:
    """Look at a data set; `check` is called between examples, and may raise to end it."""
    seen = preview(data)
    return DataOverview(
        data,
        np.array([one.train for one in seen.classes], np.int64),
        (*seen.sentences[:1], _lengths(seen), *seen.sentences[1:], *map(str, seen.warnings)),
        tuple(_thumbnails(data, seen, check)),
    )


def _lengths(seen: Preview) -> str:
    if not seen.longest:
        return "How long they are is known once they are decoded."
    if seen.sample_rate:
        span = format_seconds(seen.longest / seen.sample_rate)
        if seen.shortest != seen.longest:
            span = f"{format_seconds(seen.shortest / seen.sample_rate)} to {span}"
        return f"{span} at {format_rate(seen.sample_rate)}."
    if seen.shortest == seen.longest:
        return f"{seen.longest} moments each."
    return f"{seen.shortest} to {seen.longest} moments."


def _thumbnails(data: DataSet, seen: Preview, check: Callable[[], None]) -> list[Thumbnail]:
    """Of each class in turn, the first few examples that can be read."""
    found = []
    for index in _picked(data, seen):
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


def _picked(data: DataSet, seen: Preview) -> list[int]:
    """Indices of examples to show: one per class, then a second of each, until there are enough."""
    if not seen.classes:
        return list(range(min(len(data.train), THUMBNAILS)))
    most = max(len(one.examples) for one in seen.classes)
    picked = [one.examples[turn] for turn in range(most) for one in seen.classes if turn < len(one.examples)]
    return picked[:THUMBNAILS]

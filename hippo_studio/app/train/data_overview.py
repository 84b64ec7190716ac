"""What there is to see of labelled data before anything is trained: counts, lengths, some examples.

Free of Qt and of torch; made by a job, for decoding examples may take a while.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.app.widgets.quantities import format_rate, format_seconds
from hippo_studio.learning.data import DataError, DataSet
from hippo_studio.learning.datasets import Preview, looked_through, preview
from hippo_studio.signals.overview import Pyramid

THUMBNAILS = 24
MOST_CHANNELS = 3
_POINTS = 240


@dataclass(frozen=True, eq=False)
class Thumbnail:
    """One example in small.

    Attributes
    ----------
    values : (channels, points), `MOST_CHANNELS` curves of at most a few hundred points. Of what is longer,
        lowest and highest value of each column take turns; of tokens, every so many are left.
    """

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
    """Look at a data set; `check` is called between examples, and may raise to end it.

    All of it is decoded, if that is not too much: only then is it known what cannot be used. DataError if
    nothing can.
    """
    data = looked_through(data, lambda _: check())
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
        rows = np.atleast_2d(values.T)[:MOST_CHANNELS]
        tokens = data.vocabulary is not None
        label = "" if isinstance(example.target, np.ndarray) else data.labels[int(example.target)]
        small = rows[:, :: max(1, -(-rows.shape[1] // _POINTS))] if tokens else _envelopes(rows)
        found.append(Thumbnail(label, example.name, small.astype(np.float32), tokens))
    return found


def _envelopes(rows: NDArray[Any]) -> NDArray[Any]:
    """Of (channels, T) curves that are too long, lowest and highest value of each column, in turns."""
    if rows.shape[1] <= _POINTS:
        return rows
    columns = (Pyramid(row).minmax(0, row.size, _POINTS // 2) for row in rows)
    return np.stack([np.stack(pair, axis=1).ravel() for pair in columns])


def _picked(data: DataSet, seen: Preview) -> list[int]:
    """Indices of examples to show: one per class, then a second of each, until there are enough."""
    if not seen.classes:
        return list(range(min(len(data.train), THUMBNAILS)))
    most = max(len(one.examples) for one in seen.classes)
    picked = [one.examples[turn] for turn in range(most) for one in seen.classes if turn < len(one.examples)]
    return picked[:THUMBNAILS]

"""Small data for the tests of this room: a split over arrays, and sets that a tiny model learns at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.learning.data import IGNORED, DataError, DataSet, Example, Split


class ArraySplit(Split):
    """Examples from lists of arrays; those in `broken` cannot be read."""

    def __init__(self, values: list[NDArray[Any]], targets: Any, broken: tuple[int, ...] = ()) -> None:
        self.values, self.targets, self.broken = values, targets, broken
        per_moment = len(values) > 0 and np.ndim(targets[0]) > 0
        self.labels = np.full(len(values), -1) if per_moment else np.asarray(targets, np.int64)
        self.lengths = np.array([len(one) for one in values], np.int64)
        self.read: list[int] = []

    def __getitem__(self, index: int) -> Example:
        self.read.append(index)
        if index in self.broken:
            raise DataError(f"Clip {index} cannot be read; record it again.")
        return Example(self.values[index], self.targets[index], str(index))


def tones(
    count: int = 24, length: int = 16, seed: int = 0, even: bool = True, channels: int = 1
) -> ArraySplit:
    """Slow against fast oscillations, in noise."""
    rng = np.random.default_rng(seed)
    values, targets = [], []
    for index in range(count):
        moments = length if even else length + int(rng.integers(-length // 2, length // 2))
        phase = rng.uniform(0, 2 * np.pi) + np.arange(moments) * (0.3 if index % 2 else 1.5)
        wave = np.sin(phase)[:, None] + 0.1 * rng.standard_normal((moments, channels))
        values.append(wave.astype(np.float32))
        targets.append(index % 2)
    return ArraySplit(values, targets)


def signals(**options: Any) -> DataSet:
    """Two classes of tones."""
    return DataSet(
        "test:tones",
        "Tones",
        ("fast", "slow"),
        options.get("channels", 1),
        tones(24, seed=0, **options),
        tones(12, seed=1, **options),
        tones(12, seed=2, **options),
        sample_rate=100.0,
        channel_names=tuple(f"c{i}" for i in range(options.get("channels", 1))),
    )


def tokens(count: int = 32, length: int = 8) -> DataSet:
    """Repeat the token of one moment ago; asked at the last half alone, scored at the last."""

    def split(seed: int) -> ArraySplit:
        rng = np.random.default_rng(seed)
        values = [rng.integers(0, 4, length) for _ in range(count)]
        targets = [
            np.concatenate([np.full(length // 2, IGNORED), one[length // 2 - 1 : -1]]) for one in values
        ]
        return ArraySplit(values, targets)

    return DataSet(
        "test:echo",
        "Echo",
        ("a", "b", "c", "d"),
        1,
        split(0),
        split(1),
        split(2),
        vocabulary=4,
        per_moment=True,
        score="last",
    )

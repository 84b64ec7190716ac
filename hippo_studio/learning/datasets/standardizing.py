"""Mean 0 and deviation 1 per channel, measured on the training part alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hippo_studio.learning.datasets.collection import Collection, Indices, Values

MOST_MEASURED = 1 << 26
"""Values after which a mean is known well enough."""

Channels = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Moments:
    """What pooling needs to know of each row."""

    lengths: Indices  # (n,)
    means: NDArray[np.float64]  # (n, d_input)
    scatter: NDArray[np.float64]  # (n, d_input): the sum of squares about the mean

    def chosen(self, rows: Indices) -> Moments:
        """Return what is known of some rows."""
        return Moments(self.lengths[rows], self.means[rows], self.scatter[rows])

    def pooled(self) -> tuple[Channels, Channels]:
        """Return mean and deviation (d_input,) of all rows together; 1 for a channel that never changes.

        Sums of squares are taken about each row's own mean, so that a large offset costs no digits.
        """
        weights = self.lengths[:, np.newaxis]
        count = max(int(weights.sum()), 1)
        mean = (weights * self.means).sum(axis=0) / count
        between = weights * (self.means - mean) ** 2
        deviation = np.sqrt((self.scatter + between).sum(axis=0) / count)
        deviation[~(deviation > 1e-7 * np.abs(mean))] = 1.0
        return mean.astype(np.float32), deviation.astype(np.float32)


def moments_of(values: Values) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return mean and scatter (d_input,) of one example (L, d_input)."""
    wide = np.asarray(values, np.float64)
    mean: NDArray[np.float64] = wide.mean(axis=0)
    return mean, np.square(wide - mean).sum(axis=0)


def measure(collection: Collection, rows: Indices) -> Moments:
    """Return what is known of some rows after looking at them, or at as many as tell enough."""
    shares = np.cumsum(collection.lengths[rows])
    rows = rows[: int(np.searchsorted(shares, MOST_MEASURED)) + 1]
    found = [moments_of(collection.fetch(int(row))) for row in rows]
    means, scatter = (np.array(part) for part in zip(*found, strict=True))
    return Moments(collection.lengths[rows], means, scatter)

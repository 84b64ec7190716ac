"""All examples of a source before they are split, and the splits as parts of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.learning.data import DataError, Example, Split

Values = NDArray[Any]
Indices = NDArray[np.int64]
PER_MOMENT = -1
"""The label of an example whose targets are per moment."""


class UnusableError(DataError):
    """An example that nothing can be learned from; the text completes "It was left aside as …"."""


@dataclass(frozen=True, eq=False)
class Collection:
    """What is known of each example of a source, and how to get its values.

    Attributes
    ----------
    fetch : row → (L, d_input) finite, or (L,) token indices; UnusableError if nothing can be made of it.
    labels : (n,) the class of each, `PER_MOMENT` throughout if `targets` are given.
    lengths : (n,) moments of each; 0 where that is known only once it is decoded.
    names : how to call each on screen.
    origins : the file of each; empty if they are made.
    groups : (n,) what must not be torn apart; None: unknown.
    targets : one (L,) int64 each, if they are per moment.
    sample_rate : in Hz, None if time has no unit.
    key : plain values that tell the files and how they are decoded; None if all is in memory.
    """

    fetch: Callable[[int], Values]
    labels: Indices
    lengths: Indices
    names: Sequence[str]
    origins: Sequence[str] = ()
    groups: Indices | None = None
    targets: Sequence[Indices] | None = None
    sample_rate: float | None = None
    key: Any = None

    def __len__(self) -> int:
        """How many examples there are."""
        return int(self.labels.size)

    def chosen(self, rows: Indices) -> Collection:
        """Return the collection of some rows alone."""
        fetch = self.fetch
        return Collection(
            lambda row: fetch(int(rows[row])),
            self.labels[rows],
            self.lengths[rows],
            [self.names[row] for row in rows],
            [self.origins[row] for row in rows] if self.origins else (),
            None if self.groups is None else self.groups[rows],
            None if self.targets is None else [self.targets[row] for row in rows],
            self.sample_rate,
            None if self.key is None else [self.key, rows.tolist()],
        )


class Part(Split):
    """Some rows of a collection, standardised: (values − offset) / scale, per channel."""

    def __init__(
        self,
        collection: Collection,
        rows: Indices,
        offset: NDArray[np.float32] | None = None,
        scale: NDArray[np.float32] | None = None,
    ) -> None:
        self._collection = collection
        self._rows = rows
        self._offset, self._scale = offset, scale
        self.labels = collection.labels[rows]
        self.lengths = collection.lengths[rows]
        self.groups = None if collection.groups is None else collection.groups[rows]

    def __getitem__(self, index: int) -> Example:
        """Decode an example; DataError if it cannot be read, IndexError if there is none."""
        row = int(self._rows[index])
        everything = self._collection
        try:
            values = everything.fetch(row)
        except UnusableError as error:
            raise DataError(f"{everything.names[row]} is left aside as {error}.") from None
        if values.dtype.kind == "f":
            values = np.ascontiguousarray(values, dtype=np.float32)
        if self._offset is not None and self._scale is not None:
            values = (values - self._offset) / self._scale
        return Example(
            values,
            int(everything.labels[row]) if everything.targets is None else everything.targets[row],
            everything.names[row],
            everything.origins[row] if everything.origins else "",
            everything.sample_rate,
        )

    def name(self, index: int) -> str:
        """What to call an example on screen."""
        return self._collection.names[int(self._rows[index])]


def in_memory(arrays: Sequence[Values] | Values, labels: Indices, **known: Any) -> Collection:
    """Return a collection of arrays (L, d_input) or tokens (L,) that are here already."""
    lengths = np.array([len(values) for values in arrays], np.int64)
    known.setdefault("names", [f"#{row}" for row in range(len(labels))])
    return Collection(arrays.__getitem__, np.asarray(labels, np.int64), lengths, **known)

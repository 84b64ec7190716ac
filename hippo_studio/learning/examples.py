"""A split as batches of tensors: decoded when first needed, kept where there is room, padded.

If all examples are of one length and fit, they become one tensor, filled as it is asked for, and a batch is
one look-up in it. Otherwise arrays are kept one by one while they fit, and a batch is padded to its longest.
An example that cannot be read is told once and left out of its batches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from hippo_studio.learning.batch import Batch
from hippo_studio.learning.data import IGNORED, DataError, DataSet, Example, Split

ROOM = 1 << 30
"""Bytes of decoded examples that a split keeps."""

ROOM_ON_DEVICE = 1 << 29
"""Bytes up to which they are kept on the device itself."""


class Examples:
    """The examples of a split, for one training.

    Parameters
    ----------
    split, data : what to read, and the set it belongs to.
    device : where batches are wanted.
    notice : called with a sentence for each example that cannot be read.
    class_weights : (n_classes,), what a target of each class weighs.
    longest : moments to which longer examples are cut, from their beginning; 0: none is.
    """

    def __init__(
        self,
        split: Split,
        data: DataSet,
        device: torch.device,
        notice: Callable[[str], None] = lambda sentence: None,
        class_weights: NDArray[np.float32] | None = None,
        longest: int = 0,
    ) -> None:
        self.split, self.data, self.device = split, data, device
        self._notice = notice
        self._class_weights = class_weights
        self._whole = np.asarray(split.lengths, np.int64)
        self.lengths = np.minimum(self._whole, longest) if longest else self._whole
        self._state = np.zeros(len(split), np.int8)  # 0: not seen yet, 1: kept, −1: unreadable
        self._weights = np.zeros(len(split), np.float64)
        self._asked = np.zeros(len(split), np.int64)
        self._last = np.zeros(len(split), np.int64)
        self._even = len(split) > 0 and bool((self.lengths == self.lengths[0]).all())
        self._table: Tensor | None = None
        self._table_targets: Tensor | None = None
        self._shelf: dict[int, tuple[NDArray[Any], Any]] = {}
        self._room = ROOM
        width = 8 if data.vocabulary is not None else 4 * data.d_input
        size = int(self.lengths.sum()) * width
        if self._even and size <= ROOM:
            place = device if size <= ROOM_ON_DEVICE else torch.device("cpu")
            self._make_table(place)

    def __len__(self) -> int:
        return len(self.split)

    def gather(self, indices: NDArray[np.int64]) -> Batch | None:
        """Return those examples as a batch, without the unreadable ones; None if there are no others."""
        if self._table is not None and self._table_targets is not None:
            for index in indices[self._state[indices] == 0]:
                self._fill(int(index))
            indices = indices[self._state[indices] > 0]
            if not indices.size:
                return None
            place = torch.from_numpy(indices).to(self._table.device)
            x, target = self._table[place], self._table_targets[place]
            return self._batch(indices, x, None, target)
        read = [(int(index), *self._values(int(index))) for index in indices if self._state[index] >= 0]
        kept = [(index, values, target) for index, values, target in read if self._state[index] > 0]
        if not kept:
            return None
        return self._batch(np.array([index for index, _, _ in kept]), *self._padded(kept))

    def parts(self, indices: NDArray[np.int64], most: int, moments: float) -> Iterator[NDArray[np.int64]]:
        """Cut `indices` into parts of at most `most` examples and, padded, `moments` moments."""
        if self._even:
            size = max(1, int(min(most, moments / int(self.lengths[0]))))
            yield from (indices[start : start + size] for start in range(0, len(indices), size))
            return
        start, longest = 0, 0
        for end, index in enumerate(indices):
            longest = max(longest, int(self.lengths[index]))
            if end > start and (end - start >= most or (end - start + 1) * longest > moments):
                yield indices[start:end]
                start, longest = end, int(self.lengths[index])
        yield indices[start:]

    @property
    def cut(self) -> int:
        """How many examples are longer than what is taken of them."""
        return int((self._whole > self.lengths).sum())

    def in_order(self) -> NDArray[np.int64]:
        """All indices; where lengths differ, the shortest first, so that little is padded."""
        return np.arange(len(self)) if self._even else np.argsort(self.lengths, kind="stable")

    def shuffled(self, rng: np.random.Generator, size: int) -> list[NDArray[np.int64]]:
        """Return the indices of an epoch, in batches of `size`, like lengths together where they differ."""
        order = rng.permutation(len(self))
        if not self._even:
            wide = 32 * size
            for start in range(0, len(order), wide):
                window = order[start : start + wide]
                order[start : start + wide] = window[np.argsort(self.lengths[window], kind="stable")]
        batches = [order[start : start + size] for start in range(0, len(order), size)]
        if not self._even:
            batches = [batches[place] for place in rng.permutation(len(batches))]
        return batches

    def _batch(self, indices: NDArray[np.int64], x: Tensor, lengths: Tensor | None, target: Tensor) -> Batch:
        last = None
        if self.data.score == "last" and target.dim() == 2:
            last = torch.from_numpy(self._last[indices]).to(self.device)
        return Batch(
            indices,
            x.to(self.device, non_blocking=True),
            None if lengths is None else lengths.to(self.device, non_blocking=True),
            target.to(self.device, non_blocking=True),
            float(self._weights[indices].sum()),
            int(self._asked[indices].sum()),
            last,
        )

    def _make_table(self, place: torch.device) -> None:
        count, length = len(self.split), int(self.lengths[0])
        if self.data.vocabulary is not None:
            self._table = torch.zeros(count, length, dtype=torch.int64, device=place)
        else:
            self._table = torch.zeros(count, length, self.data.d_input, device=place)
        shape = (count, length) if self.data.per_moment else (count,)
        self._table_targets = torch.full(shape, IGNORED, device=place)

    def _fill(self, index: int) -> None:
        """Decode an example into the table."""
        read = self._read(index)
        if read is not None and self._table is not None and self._table_targets is not None:
            values, target = read
            self._table[index] = torch.as_tensor(values)
            self._table_targets[index] = torch.as_tensor(target)

    def _values(self, index: int) -> tuple[NDArray[Any], Any]:
        if index in self._shelf:
            return self._shelf[index]
        read = self._read(index)
        if read is None:
            return np.empty(0), None
        size = read[0].nbytes
        if size <= self._room:
            self._room -= size
            self._shelf[index] = read
        return read

    def _padded(self, kept: list[tuple[int, NDArray[Any], Any]]) -> tuple[Tensor, Tensor | None, Tensor]:
        lengths = np.array([len(values) for _, values, _ in kept])
        longest = int(lengths.max())
        first = kept[0][1]
        x = np.zeros((len(kept), longest, *first.shape[1:]), first.dtype)
        for row, (_, values, _) in enumerate(kept):
            x[row, : len(values)] = values
        if self.data.per_moment:
            target = np.full((len(kept), longest), IGNORED, np.int64)
            for row, (_, _, targets) in enumerate(kept):
                target[row, : len(targets)] = targets
        else:
            target = np.array([targets for _, _, targets in kept], np.int64)
        same = bool((lengths == longest).all())
        return torch.from_numpy(x), None if same else torch.from_numpy(lengths), torch.from_numpy(target)

    def _read(self, index: int) -> tuple[NDArray[Any], Any] | None:
        """Decode and check; remember what its targets weigh."""
        try:
            example = self.split[index]
            values, target = self._checked(example, int(self._whole[index]))
        except (DataError, OSError) as error:
            self._state[index] = -1
            self._notice(f"{str(error).rstrip('.')}; training goes on without it.")
            return None
        length = int(self.lengths[index])
        values, target = values[:length], target[:length] if isinstance(target, np.ndarray) else target
        asked = target[target != IGNORED] if isinstance(target, np.ndarray) else np.array([target])
        self._asked[index] = asked.size
        weights = self._class_weights
        self._weights[index] = asked.size if weights is None else float(weights[asked].sum())
        if isinstance(target, np.ndarray) and asked.size:
            self._last[index] = np.flatnonzero(target != IGNORED)[-1]
        self._state[index] = 1
        return values, target

    def _checked(self, example: Example, length: int) -> tuple[NDArray[Any], Any]:
        values = example.values
        shape = (length,) if self.data.vocabulary is not None else (length, self.data.d_input)
        if values.shape != shape:
            raise DataError(f"{example.name} is of shape {values.shape}, and {shape} was announced.")
        target: Any = np.asarray(example.target) if self.data.per_moment else int(example.target)
        if self.data.per_moment and target.shape != (length,):
            raise DataError(f"{example.name} has targets of shape {target.shape}; {(length,)} is needed.")
        if self.data.vocabulary is not None:
            return values, target
        if not np.isfinite(values).all():
            raise DataError(f"{example.name} holds values that are not finite (NaN or infinite).")
        return values.astype(np.float32, copy=False), target

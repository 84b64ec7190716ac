"""Other data for a model that is there: in its labels and units, and at another sampling rate if wanted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.learning.data import DataError, DataSet, Example, Split


class AdaptedSplit(Split):
    """Splits, one after the other, as a model's own data would be.

    Parameters
    ----------
    splits : what to show; they belong to `data`.
    data : says how its examples are scaled, and what its labels are.
    details : of the model: its labels, and the offset and scale of what it learned from.
    factor : of the sampling rate; 0.5 halves it, with what the lower rate cannot hold filtered out.

    Raises
    ------
    DataError
        If the data have a label that the model does not know, or are of another kind.
    """

    def __init__(
        self, splits: Sequence[Split], data: DataSet, details: Mapping[str, Any], factor: float = 1.0
    ) -> None:
        if factor != 1.0 and (data.vocabulary is not None or data.per_moment):
            raise DataError(
                f"{data.title} cannot be resampled by {factor:g}: tokens, and targets per moment, have no "
                "moments in between."
            )
        self._splits, self._factor = splits, factor
        self._starts = np.cumsum([0, *(len(split) for split in splits)])
        self._classes = _translation(data.labels, details.get("labels", data.labels), data.title)
        labels = np.concatenate([split.labels for split in splits])
        self.labels = labels if data.per_moment else self._classes[labels]
        lengths = np.concatenate([split.lengths for split in splits])
        self.lengths = _resampled_length(lengths, factor)
        self._gain, self._shift = _rescaling(data, details)

    def __getitem__(self, index: int) -> Example:
        """Decode an example, and make it the model's own."""
        place = int(np.searchsorted(self._starts, index, side="right")) - 1
        example = self._splits[place][index - int(self._starts[place])]
        values = example.values
        if self._gain is not None and self._shift is not None:
            values = (values * self._gain + self._shift).astype(np.float32)
        target = example.target
        if isinstance(target, np.ndarray):
            target = np.where(target < 0, target, self._classes[target])
        else:
            target = int(self._classes[target])
        return Example(
            resample(values, self._factor),
            target,
            example.name,
            example.origin,
            None if example.sample_rate is None else example.sample_rate * self._factor,
        )


def resample(values: NDArray[Any], factor: float) -> NDArray[Any]:
    """Return values (L, d_input) at `factor` times their sampling rate, without aliases."""
    if factor == 1.0:
        return values
    import soxr

    length = int(_resampled_length(np.array([len(values)]), factor)[0])
    resampled: NDArray[Any] = soxr.resample(np.ascontiguousarray(values, np.float32), 1.0, factor)
    if len(resampled) < length:  # soxr rounds in its own way
        last = resampled[-1:] if len(resampled) else values[:1]
        resampled = np.concatenate([resampled, np.repeat(last, length - len(resampled), axis=0)])
    return resampled[:length]


def _resampled_length(lengths: NDArray[np.int64], factor: float) -> NDArray[np.int64]:
    return np.maximum(1, np.round(lengths * factor)).astype(np.int64)


def _translation(own: Sequence[str], known: Sequence[str], title: str) -> NDArray[np.int64]:
    """For each of the data's classes the model's."""
    places = {label: place for place, label in enumerate(known)}
    for label in own:
        if label not in places:
            raise DataError(
                f"{title} has a class {label!r} that the model does not know; it knows {', '.join(known)}."
            )
    return np.array([places[label] for label in own], np.int64)


def _rescaling(
    data: DataSet, details: Mapping[str, Any]
) -> tuple[NDArray[np.float32] | None, NDArray[np.float32] | None]:
    """Gain and shift from the data's scaling to that of the model's own; None if they are the same."""
    here = [np.asarray(data.offset or (0.0,)), np.asarray(data.scale or (1.0,))]
    there = [np.asarray(details.get("offset") or (0.0,)), np.asarray(details.get("scale") or (1.0,))]
    if all(a.shape == b.shape and bool((a == b).all()) for a, b in zip(here, there, strict=True)):
        return None, None
    gain = here[1] / there[1]
    return gain.astype(np.float32), ((here[0] - there[0]) / there[1]).astype(np.float32)

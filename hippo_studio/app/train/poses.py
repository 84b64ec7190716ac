"""One layer at one moment of the film, also between two portraits: what the right side draws.

Free of Qt. Portraits come a few times a second and pictures sixty times; so a newly come portrait is not
jumped to but moved to, and the film can be scrubbed between its frames.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.learning.portrait import LayerPortrait, Portrait

FLOOR_DB = -200.0
"""What a spectrum of 0 is drawn at."""


def blended(before: LayerPortrait, after: LayerPortrait, part: float) -> LayerPortrait:
    """The layer that is `part` (0 to 1) of the way from one portrait to the next one of the same layer."""
    if part >= 1 or not alike(before, after):
        return after
    if part <= 0:
        return before

    def between(name: str) -> NDArray[Any]:
        a, b = getattr(before, name), getattr(after, name)
        return a + (b - a) * a.dtype.type(part)

    return replace(
        after,
        kernels=between("kernels"),
        spectrum=between("spectrum"),
        eigenvalues=between("eigenvalues"),
        modes=between("modes"),
        timescales=between("timescales"),
    )


def alike(one: LayerPortrait, other: LayerPortrait) -> bool:
    """Whether two portraits show the same layer, number for number."""
    return one.name == other.name and all(
        getattr(one, name).shape == getattr(other, name).shape
        for name in ("kernels", "spectrum", "eigenvalues", "modes", "timescales")
    )


def layer_at(frames: tuple[Portrait, ...], place: float, layer: int) -> LayerPortrait | None:
    """The layer at a place of the film, in frames from 0, between two of them too; None if there is none."""
    if not frames:
        return None
    place = min(max(place, 0.0), len(frames) - 1.0)
    first = math.floor(place)
    before, after = frames[first], frames[min(first + 1, len(frames) - 1)]
    if layer >= min(len(before.layers), len(after.layers)):
        return None
    return blended(before.layers[layer], after.layers[layer], place - first)


def decibels(spectrum: NDArray[np.float32]) -> NDArray[np.float64]:
    """20 log₁₀ |K|, with a floor for 0."""
    with np.errstate(divide="ignore"):
        return np.maximum(20.0 * np.log10(spectrum.astype(np.float64)), FLOOR_DB)


def running_mean(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Each value with those before it averaged, over at most `width` of them: (n,)."""
    if width <= 1 or values.size < 2:
        return values
    sums = np.concatenate([[0.0], np.cumsum(values)])
    stop = np.arange(1, values.size + 1)
    start = np.maximum(stop - width, 0)
    return (sums[stop] - sums[start]) / (stop - start)

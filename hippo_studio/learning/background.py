"""Background noise, mixed into what is learned from: pieces of recordings, as loud as chance will have it.

A model that has heard words in silence alone takes a kettle for one. Google's Speech Commands brings such
recordings in a folder `_background_noise_`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
SNR_DB = (5.0, 30.0)
"""Of the example over the noise, in decibels: from plainly heard to hardly."""
SHARE = 0.5
"""Of the examples that get some, where the data bring noise and nobody says otherwise."""


class Background:
    """Recordings (L, d_input) in the form of the examples; `pieces` of them are what is mixed in."""

    def __init__(self, recordings: Sequence[Floats]) -> None:
        self._recordings = [values - values.mean(axis=0) for values in recordings if len(values)]
        self._chances = np.cumsum([len(values) for values in self._recordings], dtype=np.float64)
        if not self._recordings:
            raise ValueError("There is no background noise in these recordings; leave them out.")

    def scaled(self, scale: NDArray[np.float32] | None) -> Background:
        """Return it as examples are that were divided by `scale` (d_input,)."""
        return self if scale is None else Background([values / scale for values in self._recordings])

    def piece(self, length: int, rng: np.random.Generator) -> Floats:
        """Return (length, d_input) of one of them, from anywhere; a short one is heard again."""
        place = rng.uniform(0.0, self._chances[-1])
        values = self._recordings[int(np.searchsorted(self._chances, place, side="right"))]
        start = int(rng.integers(len(values)))
        piece: Floats = values[(start + np.arange(length)) % len(values)]
        return piece


def gain(example: Floats, noise: Floats, decibels: float) -> float:
    """Return what the noise is multiplied by to lie so far below the example; 0 if one is silent."""
    loud, soft = (float(np.sqrt(np.mean(np.square(part, dtype=np.float64)))) for part in (example, noise))
    return loud / soft * 10 ** (-decibels / 20) if loud > 0 and soft > 0 else 0.0

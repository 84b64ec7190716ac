"""Settings that suit data of which only the size is known; the one place where such rules stand.

A small set is seen often, in small batches, by a narrow model with much dropout; a large one is seen a few
times by a wider one. What is wanted is a number of optimizer steps: about `STEPS`, fewer where sequences are
so long that each step is slow.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

STEPS = 3000
FEWEST_STEPS = 1500
MOMENTS = 4e7
"""Moments (over all examples and epochs) at one layer of width 64 that a patient person waits for."""
WORD_STEPS = 3200
"""Steps of 16 words."""
LONGEST, UNEQUAL = 1 << 16, 20
"""Moments to which examples are cut that are so many times as long as the median: a few would be all work."""
SHORTEST_WORD = 2000
"""Moments, below which half the sampling rate would leave too few."""


def defaults_for_size(examples: int, lengths: NDArray[np.int64]) -> dict[str, Any]:
    """Return settings for that many training examples of these lengths."""
    length = float(np.mean(lengths)) if lengths.size else 1.0
    batch_size = int(2 ** np.clip(round(math.log2(max(examples, 1) / 16)), 3, 6))
    per_epoch = max(math.ceil(examples / batch_size), 1)
    steps = float(np.clip(MOMENTS / (length * batch_size), FEWEST_STEPS, STEPS))
    small = examples < 500
    return {
        "epochs": int(np.clip(round(steps / per_epoch), 5, 300)),
        "batch_size": batch_size,
        "lr": 4e-3,
        "weight_decay": 0.05 if small else 0.01,
        "d_model": 64,
        "n_layers": 2 if small else 3,
        "d_state": 64,
        "dropout": 0.2 if small else 0.1,
        **_timescales(length),
        **_longest(lengths),
    }


def defaults_for_words(examples: int, lengths: NDArray[np.int64]) -> dict[str, Any]:
    """Return settings for sounds of known speakers: short steps, and voices that no speaker has.

    What is learned must hold for strangers. Played faster or slower a speaker is another one, so this is for
    words alone: of notes it would change the class. Half the sampling rate is half the work, and modes beyond
    the Nyquist frequency are muted there. Short windows are left to `defaults_for_size`.
    """
    settings = defaults_for_size(examples, lengths)
    if not lengths.size or float(np.mean(lengths)) < SHORTEST_WORD:
        return settings
    per_epoch = max(math.ceil(examples / 16), 1)
    return {
        **settings,
        "epochs": int(np.clip(round(WORD_STEPS / per_epoch), 5, 60)),
        "batch_size": 16,
        "d_model": 48,
        "n_layers": 4,
        "d_state": 32,
        "dropout": 0.0,
        "dt_min": 1e-3,
        "label_smoothing": 0.05,
        "shift": 0.1,
        "speed": 0.12,
        "coarse": 0.6,
        "band_limit": 1.0,
    }


def model_defaults_for_length(lengths: NDArray[np.int64], lr: float) -> dict[str, dict[str, Any]]:
    """Return what a model needs beyond that: recurrent nets and attention learn at lower rates than `lr`."""
    longest = float(np.max(lengths)) if lengths.size else 1.0
    return {
        "transformer": {"lr": min(lr, 1e-3)},
        "linear-transformer": {"lr": min(lr, 1e-3)},
        "lstm": {"lr": min(lr, 2e-3)},
        "gru": {"lr": min(lr, 2e-3)},
        "lmu": {"lr": min(lr, 2e-3), "theta": max(longest, 2.0), "d_state": 32},
        "hippo-rnn": {"lr": min(lr, 2e-3), "theta": max(longest, 2.0), "d_state": 32},
    }


def _timescales(length: float) -> dict[str, float]:
    """Return the range of Δ: the slowest state remembers about the whole sequence, never less than 1/0.01."""
    return {"dt_min": float(np.clip(1.0 / length, 1e-4, 1e-2)), "dt_max": 0.1}


def _longest(lengths: NDArray[np.int64]) -> dict[str, int]:
    """Return where to cut the few that are far longer than the others; nothing if there are none."""
    if not lengths.size or lengths.max() <= max(LONGEST, UNEQUAL * np.median(lengths)):
        return {}
    return {"longest": LONGEST}

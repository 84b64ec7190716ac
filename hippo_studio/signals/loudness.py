"""How loud a sound is to the ear, in LUFS: ITU-R BS.1770's weighting and gating, for one channel.

A sine of 997 Hz at full scale is −3.01 LUFS.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

_BLOCK, _HOP = 0.4, 0.1  # seconds
_ABSOLUTE_GATE, _RELATIVE_GATE = -70.0, -10.0  # LUFS, and LU below the mean
_OFFSET = -0.691


def loudness(samples: NDArray[np.floating[Any]], sample_rate: float) -> float:
    """Return the gated loudness of samples (T,), full scale being 1; −∞ for silence."""
    from scipy.signal import sosfilt

    weighted = sosfilt(_weighting(sample_rate), np.asarray(samples, np.float64))
    sums = np.concatenate([[0.0], np.cumsum(weighted**2)])
    size = min(round(_BLOCK * sample_rate), samples.size)
    starts = np.arange(0, samples.size - size + 1, max(round(_HOP * sample_rate), 1))
    power = np.maximum(sums[starts + size] - sums[starts], 0.0) / max(size, 1)
    loud = power[power > _power(_ABSOLUTE_GATE)]
    if not loud.size:
        return -math.inf
    kept = loud[loud > loud.mean() * 10 ** (_RELATIVE_GATE / 10)]
    return float(_OFFSET + 10 * np.log10(kept.mean()))


def _power(level: float) -> float:
    return float(10 ** ((level - _OFFSET) / 10))


def _weighting(sample_rate: float) -> NDArray[np.float64]:
    """The head's high shelf and the high-pass of BS.1770, made for any rate: second-order sections."""
    return np.stack([_shelf(sample_rate), _high_pass(sample_rate)])


def _shelf(sample_rate: float) -> NDArray[np.float64]:
    centre, gain, quality = 1681.974450955533, 3.999843853973347, 0.7071752369554196
    K = math.tan(math.pi * min(centre / sample_rate, 0.45))
    V = 10 ** (gain / 20)
    B = V**0.4996667741545416
    a0 = 1 + K / quality + K * K
    return np.array(
        [
            (V + B * K / quality + K * K) / a0,
            2 * (K * K - V) / a0,
            (V - B * K / quality + K * K) / a0,
            1.0,
            2 * (K * K - 1) / a0,
            (1 - K / quality + K * K) / a0,
        ]
    )


def _high_pass(sample_rate: float) -> NDArray[np.float64]:
    corner, quality = 38.13547087602444, 0.5003270373238773
    K = math.tan(math.pi * min(corner / sample_rate, 0.45))
    a0 = 1 + K / quality + K * K
    return np.array([1.0, -2.0, 1.0, 1.0, 2 * (K * K - 1) / a0, (1 - K / quality + K * K) / a0])

"""Step-by-step recurrences in compiled code: LegS by a generalized bilinear step in O(N).

LegS is the one memory whose transition changes at every step, A/k at step k, so that no power of one matrix
carries it over a block. But A = -(diag(n+1) + strictly lower part of r rᵀ) with r_n = √(2n+1), and a
generalized bilinear step

    (I - αA/k) c' = (I + (1-α)A/k) c + (B/k) u,        B = r,

needs only one running sum,

    s_n = u - (1-α) Σ_{j<n} r_j c_j - α Σ_{j<n} r_j c'_j,

with which row n, times k, reads c'_n (k + α(n+1)) = c_n (k - (1-α)(n+1)) + r_n s_n.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.hippo.compiled import compiled

FloatArray = NDArray[np.floating[Any]]
Float64Array = NDArray[np.float64]

_FEW_STEPS = 6
"""Up to here one step after another is faster than a wavefront with most of its lanes empty."""


def legs_steps(c: FloatArray, u: FloatArray, first_step: int, alpha: float) -> FloatArray:
    """Carry LegS coefficients over a block of samples, one generalized bilinear step per sample.

    Parameters
    ----------
    c : (channels, N) array
        Coefficients before the block; not changed.
    u : (channels, L) array
        The samples of steps first_step … first_step + L - 1.
    first_step : int
        Step index k of the first sample; the first sample of a signal is k = 1.
    alpha : float
        0 forward Euler, ½ bilinear, 1 backward Euler.

    Returns
    -------
    (channels, N) array of c's type: the coefficients after the block; computed in float64.
    """
    state = np.array(c, dtype=np.float64)
    samples = _writable_float64(u)
    nowhere = np.empty((0, 0))
    for channel in range(len(state)):
        _steps(state[channel], samples[channel], first_step, alpha, False, nowhere)
    with np.errstate(over="ignore"):  # a memory looks at what comes out
        return state.astype(c.dtype, copy=False)


def legs_trajectory(
    c: FloatArray, u: FloatArray, first_step: int, alpha: float, out: FloatArray | None = None
) -> FloatArray:
    """Every LegS state of a block: (channels, L, N).

    Arguments as in `legs_steps`; `out`, of float64 or float32, is filled if given, otherwise the result has
    c's type.
    """
    if out is None:
        out = np.empty((*u.shape, c.shape[1]), dtype=c.dtype)
    state = np.array(c, dtype=np.float64)
    samples = _writable_float64(u)
    for channel in range(len(state)):
        _steps(state[channel], samples[channel], first_step, alpha, True, np.asarray(out[channel]))
    return out


def _steps(
    c: Float64Array, u: Float64Array, first_step: int, alpha: float, keep: bool, out: FloatArray
) -> None:
    """In place: c (N,), u (L,), out (L, N)."""
    if len(u) <= _FEW_STEPS:
        _steps_in_turn(c, u, first_step, alpha, keep, out)
    else:
        from hippo_studio.hippo.wavefront import steps_in_lanes

        steps_in_lanes(c, u, first_step, alpha, keep, out)


def _writable_float64(u: FloatArray) -> Float64Array:
    """Arrays of one type, so that one machine code serves all callers."""
    return np.array(u, dtype=np.float64, copy=None if u.flags.writeable else True, order="C")


@compiled
def _steps_in_turn(
    c: Float64Array, u: Float64Array, first_step: int, alpha: float, keep: bool, out: FloatArray
) -> None:
    """The steps one after another; the plain form of `wavefront.steps_in_lanes`, and its twin in the tests.

    With e_n = r_n c_n. Both coefficients of s in e'_n = x s + y are there before s is, so that the chain from
    one n to the next is a single multiply-add.
    """
    for j in range(u.shape[0]):
        k = float(first_step + j)
        s = u[j]
        for n in range(c.shape[0]):
            r = np.sqrt(2.0 * n + 1.0)
            old = r * c[n]
            divisor = 1.0 / (k + alpha * (n + 1.0))
            x = (2.0 * n + 1.0) * divisor
            y = old * (k - (1.0 - alpha) * (n + 1.0)) * divisor
            c[n] = (x * s + y) / r
            s = (1.0 - alpha * x) * s - ((1.0 - alpha) * old + alpha * y)
        if keep:
            out[j] = c


def warm_up() -> None:
    """Load, or on a machine's first run compile, all compiled code of memories; seconds, and off the GIL.

    Meant for a background thread at start-up: whoever comes first otherwise waits that long.
    """
    from hippo_studio.hippo import legs_exact
    from hippo_studio.hippo.blocks import BlockUpdate
    from hippo_studio.hippo.structured_steps import LANES, structured_step

    c = np.zeros((1, 8))
    u = np.zeros((1, 2 * _FEW_STEPS))
    for samples in (u, u[:, :1].copy()):
        legs_steps(c, samples, 8, 0.5)
        legs_trajectory(c, samples, 8, 0.5)
        legs_trajectory(c.astype(np.float32), samples, 8, 0.5)
    legs_exact.advance(c, u, 8)
    legs_exact.trajectory(c, u, 8)
    legs_exact.trajectory(c.astype(np.float32), u, 8)
    step = structured_step(-np.tril(np.ones((8, 8))), np.ones(8), 0.1, 0.5)
    for dtype in (np.float64, np.float32):
        if step is not None:
            step.run(np.zeros((LANES, 8)), np.zeros((LANES, 1)), np.empty((LANES, 8), dtype))
    update = BlockUpdate(0.5 * np.eye(8), np.ones(8))
    update.prepare(u.shape[1])
    update.advance(c, u)
    for dtype in (np.float64, np.float32):
        update.trajectory(c.astype(dtype), np.zeros((1, 256)))

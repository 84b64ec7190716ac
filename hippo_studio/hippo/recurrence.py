"""Step-by-step recurrences in compiled code: LegS by a generalized bilinear step in O(N).

LegS is the one memory whose transition changes at every step, A/k at step k, so that no power of one matrix
carries it over a block. But A = -(diag(n+1) + strictly lower part of r rᵀ) with r_n = √(2n+1), and a
generalized bilinear step

    (I - αA/k) c' = (I + (1-α)A/k) c + (B/k) u,        B = r,

needs only two running sums. With a = α/k, b = (1-α)/k and the one sum

    s_n = u/k - b Σ_{j<n} r_j c_j - a Σ_{j<n} r_j c'_j

row n of the step reads c'_n (1 + a(n+1)) = c_n (1 - b(n+1)) + r_n s_n.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.hippo.compiled import compiled

FloatArray = NDArray[np.floating[Any]]


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
    (channels, N) array of c's type: the coefficients after the block.
    """
    state = c.astype(np.float64)
    scale = _scale(c.shape[1])
    for channel in range(c.shape[0]):
        _legs_steps(state[channel], u[channel].astype(np.float64, copy=False), first_step, alpha, scale)
    return state.astype(c.dtype, copy=False)


def legs_trajectory(
    c: FloatArray, u: FloatArray, first_step: int, alpha: float, out: FloatArray | None = None
) -> FloatArray:
    """Every LegS state of a block, (channels, L, N); arguments as in `legs_steps`, `out` is filled if given."""
    channels, order = c.shape
    if out is None:
        out = np.empty((channels, u.shape[1], order), dtype=c.dtype)
    state = c.astype(np.float64)
    scale = _scale(order)
    for channel in range(channels):
        samples = u[channel].astype(np.float64, copy=False)
        _legs_trajectory(state[channel], samples, first_step, alpha, scale, out[channel])
    return out


def _scale(order: int) -> NDArray[np.float64]:
    """r_n = √(2n+1), (N,)."""
    return np.sqrt(2.0 * np.arange(order) + 1.0)


@compiled
def _legs_steps(
    c: NDArray[np.float64], u: NDArray[np.float64], first_step: int, alpha: float, r: NDArray[np.float64]
) -> None:
    """Steps in place; c (N,), u (L,)."""
    for j in range(u.shape[0]):
        k = float(first_step + j)
        a = alpha / k
        b = (1.0 - alpha) / k
        s = u[j] / k
        for n in range(c.shape[0]):
            old = c[n]
            new = (old * (1.0 - b * (n + 1)) + r[n] * s) / (1.0 + a * (n + 1))
            s -= r[n] * (b * old + a * new)
            c[n] = new


@compiled
def _legs_trajectory(
    c: NDArray[np.float64],
    u: NDArray[np.float64],
    first_step: int,
    alpha: float,
    r: NDArray[np.float64],
    out: FloatArray,
) -> None:
    """Steps in place, every state copied to out (L, N)."""
    for j in range(u.shape[0]):
        k = float(first_step + j)
        a = alpha / k
        b = (1.0 - alpha) / k
        s = u[j] / k
        for n in range(c.shape[0]):
            old = c[n]
            new = (old * (1.0 - b * (n + 1)) + r[n] * s) / (1.0 + a * (n + 1))
            s -= r[n] * (b * old + a * new)
            c[n] = new
            out[j, n] = new

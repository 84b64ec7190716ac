"""Block update of time-invariant memories: many samples as one matrix product.

A time-invariant memory steps by c ← Ā c + B̄ u. Over a block of L samples

    c ← Ā^L c + K_L u,        K_L = [Ā^{L-1}B̄ … ĀB̄  B̄],

so that a sample costs N multiply-adds instead of N². The powers Ā^{2^i} form a binary ladder, and so do the
Krylov blocks, K_{2m} = [Ā^m K_m  K_m]: any block length is a product of a few rungs.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]

LONGEST_BLOCK = 1024
TRAJECTORY_BLOCK = 64


class BlockUpdate:
    """The memory (Ā, B̄) carried over blocks of any length; holds no state of its own.

    Parameters
    ----------
    Ad : (N, N) array
        Discrete transition.
    Bd : (N,) array
        Discrete input vector.
    """

    def __init__(self, Ad: FloatArray, Bd: FloatArray) -> None:
        self._powers = [np.ascontiguousarray(Ad.T, dtype=np.float64)]  # transposed: (Āᵀ)^(2^i)
        self._krylov = np.array(Bd, dtype=np.float64)[None, :]  # row j of the last L rows: Ā^(L-1-j) B̄
        while len(self._krylov) < LONGEST_BLOCK:
            power = self._powers[-1]
            self._krylov = np.concatenate([self._krylov @ power, self._krylov])
            self._powers.append(power @ power)

    def advance(self, c: FloatArray, u: FloatArray) -> FloatArray:
        """State after a block: c (channels, N), u (channels, L) → (channels, N), for any L ≥ 0."""
        state = c.astype(np.float64)
        for start in range(0, u.shape[1], LONGEST_BLOCK):
            block = u[:, start : start + LONGEST_BLOCK]
            state = self._propagate(state, block.shape[1]) + block @ self._krylov[-block.shape[1] :]
        return state.astype(c.dtype, copy=False)

    def trajectory(self, c: FloatArray, u: FloatArray, out: FloatArray | None = None) -> FloatArray:
        """Every state of a block: c (channels, N), u (channels, L) → (channels, L, N), into `out` if given."""
        channels, order = c.shape
        if out is None:
            out = np.empty((channels, u.shape[1], order), dtype=c.dtype)
        for channel in range(channels):
            self._fill(c[channel].astype(np.float64), u[channel], out[channel])
        return out

    def _propagate(self, state: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
        """Ā^steps applied to each channel, one rung per binary digit."""
        rung = 0
        while steps:
            if steps & 1:
                state = state @ self._powers[rung]
            steps >>= 1
            rung += 1
        return state

    def _fill(self, state: NDArray[np.float64], u: FloatArray, out: FloatArray) -> None:
        """States of one channel: TRAJECTORY_BLOCK rows from the same rows one block before."""
        length, order = out.shape
        size = min(TRAJECTORY_BLOCK, length)
        for step in range(size):
            state = state @ self._powers[0] + u[step] * self._krylov[-1]
            out[step] = state
        power = self._powers[TRAJECTORY_BLOCK.bit_length() - 1]
        windows = np.lib.stride_tricks.sliding_window_view(u, TRAJECTORY_BLOCK) if length > size else u
        for start in range(size, length, TRAJECTORY_BLOCK):
            stop = min(start + TRAJECTORY_BLOCK, length)
            before = np.asarray(out[start - TRAJECTORY_BLOCK : stop - TRAJECTORY_BLOCK], dtype=np.float64)
            inputs = windows[start - TRAJECTORY_BLOCK + 1 : stop - TRAJECTORY_BLOCK + 1]
            out[start:stop] = before @ power + inputs @ self._krylov[-TRAJECTORY_BLOCK:]

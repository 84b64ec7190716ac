"""Block update of time-invariant memories: any number of samples at once, in a few matrix products.

    c ← Ā^L c + K_L u,        K_L = [Ā^{L-1}B̄ … ĀB̄  B̄]

How a block is applied depends on what comes:

- one frame after another of one length: that length's own factored step (`block_steps`), a few microseconds;
- any other length below 1024: one factored step per binary digit;
- a long push: blocks of 1024 samples, all their inputs in one product, their sum in log₂ rounds;
- more than the memory can hold: only the end of it, from where on everything earlier is forgotten.

`krylov.KrylovLadder.advance` is the plain form of all of them.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.hippo.block_steps import BlockStep, block_step
from hippo_studio.hippo.krylov import LONGEST_BLOCK, KrylovLadder
from hippo_studio.hippo.trajectories import Skeleton, fill_trajectory, skeleton

FloatArray = NDArray[np.floating[Any]]
Float64Array = NDArray[np.float64]

BLOCKS_AT_ONCE = 256
UPDATES_KEPT = 16
"""How many memories' block updates `block_update` keeps."""

_REPEATS_BEFORE_FACTORING = 3
_OWN_STEPS = 4  # factored lengths that are no power of two
_FEW_CHANNELS = 2  # up to here one channel after another is faster than a matrix product
_FEW_BLOCKS = 16  # up to here one block after another is faster than all at once
_LONG = 64 * LONGEST_BLOCK
_SHORT_TRAJECTORY = 256


class BlockUpdate:
    """The memory (Ā, B̄) carried over blocks of any length. Holds no state of its own; safe between threads.

    Parameters
    ----------
    Ad : (N, N) array
        Discrete transition Ā.
    Bd : (N,) array
        Discrete input vector B̄.
    """

    def __init__(self, Ad: FloatArray, Bd: FloatArray) -> None:
        self.ladder = KrylovLadder(np.asarray(Ad, np.float64), np.asarray(Bd, np.float64))
        self._lock = threading.RLock()
        self._steps: dict[int, BlockStep] = {}
        self._last_length = 0
        self._repeats = 0
        self._skeleton: Skeleton | None = None
        self._skeleton_sought = False

    def prepare(self, length: int) -> None:
        """Build now what pushes of `length` samples need, so that the first of them is as fast as the rest."""
        if 0 < length <= LONGEST_BLOCK:
            self._step(length)

    def advance(self, c: FloatArray, u: FloatArray) -> FloatArray:
        """State after a block: c (channels, N), u (channels, L) → (channels, N), for any L ≥ 0.

        Computes in float64; the result has c's type.
        """
        length = u.shape[1]
        state = c.astype(np.float64, copy=False)
        if length <= LONGEST_BLOCK:
            state = self._advance_short(state, u.astype(np.float64, copy=False), length)
        else:
            state = self._advance_long(state, u)
        return state.astype(c.dtype, copy=state is c)

    def trajectory(self, c: FloatArray, u: FloatArray, out: FloatArray | None = None) -> FloatArray:
        """Every state of a block: c (channels, N), u (channels, L) → (channels, L, N).

        `out` of any float type is filled if given; a float32 one, or a slice of a memory map, takes states
        as they are computed. Otherwise the result has c's type.
        """
        channels, order = c.shape
        length = u.shape[1]
        if out is None:
            out = np.empty((channels, length, order), dtype=c.dtype)
        found = self._find_skeleton() if length >= _SHORT_TRAJECTORY else None
        for channel in range(channels):
            fill_trajectory(self.ladder, found, c[channel].astype(np.float64), u[channel], out[channel])
        return out

    def _advance_short(self, state: Float64Array, u: Float64Array, length: int) -> Float64Array:
        step = self._steps.get(length)
        if step is None:
            step = self._own_step(length)
        if step is not None:
            return _advance(step, state, u)
        start = 0
        for i in reversed(range(length.bit_length())):
            if length >> i & 1:
                state = _advance(self._step(1 << i), state, u[:, start : start + (1 << i)])
                start += 1 << i
        return state

    def _advance_long(self, state: Float64Array, u: FloatArray) -> Float64Array:
        length = u.shape[1]
        if length >= _LONG:
            reach = self.ladder.reach(length)
            if reach < length:
                state, u, length = np.zeros_like(state), u[:, length - reach :], reach
        step = self._step(LONGEST_BLOCK)
        head = length % LONGEST_BLOCK
        state = self._advance_short(state, u[:, :head].astype(np.float64, copy=False), head)
        size = BLOCKS_AT_ONCE * LONGEST_BLOCK
        for start in range(head, length, size):
            state = self._sum_blocks(step, state, u[:, start : start + size].astype(np.float64, copy=False))
        return state

    def _sum_blocks(self, step: BlockStep, state: Float64Array, u: Float64Array) -> Float64Array:
        """Whole blocks at once: c (channels, N), u (channels, blocks · 1024) → (channels, N)."""
        channels, order = state.shape
        if u.size <= _FEW_BLOCKS * LONGEST_BLOCK:
            for start in range(0, u.shape[1], LONGEST_BLOCK):
                state = _advance(step, state, np.ascontiguousarray(u[:, start : start + LONGEST_BLOCK]))
            return state
        inputs = step.inputs(np.ascontiguousarray(u).reshape(-1, LONGEST_BLOCK))
        states = inputs.reshape(channels, -1, order)
        rung = LONGEST_BLOCK.bit_length() - 1
        states[:, 0] += self.ladder.apply(state, rung)
        while states.shape[1] > 1:
            if states.shape[1] % 2:
                states = np.concatenate([np.zeros((channels, 1, order)), states], axis=1)
            states = self.ladder.apply(states[:, 0::2], rung) + states[:, 1::2]
            rung += 1
        return states[:, 0]

    def _own_step(self, length: int) -> BlockStep | None:
        """The step of a length that keeps coming; a frame's length may jitter, so not at its first sight."""
        self._repeats = self._repeats + 1 if length == self._last_length else 0
        self._last_length = length
        return self._step(length) if length and self._repeats >= _REPEATS_BEFORE_FACTORING else None

    def _step(self, length: int) -> BlockStep:
        step = self._steps.get(length)
        if step is None:
            with self._lock:
                step = self._steps.get(length) or block_step(self.ladder, length)
                own = [known for known in self._steps if known & (known - 1)]
                if length & (length - 1) and len(own) >= _OWN_STEPS:
                    del self._steps[own[0]]
                self._steps[length] = step
        return step

    def _find_skeleton(self) -> Skeleton | None:
        if not self._skeleton_sought:
            with self._lock:
                if not self._skeleton_sought:
                    self._skeleton = skeleton(self.ladder)
                    self._skeleton_sought = True
        return self._skeleton


def _advance(step: BlockStep, state: Float64Array, u: Float64Array) -> Float64Array:
    channels = len(state)
    if channels > _FEW_CHANNELS:
        return step.advance_many(state, u)
    if channels == 1:
        return step.advance_one(state[0], u[0])[None]
    return np.stack([step.advance_one(state[channel], u[channel]) for channel in range(channels)])


_updates: OrderedDict[Hashable, BlockUpdate] = OrderedDict()
_updates_lock = threading.Lock()


def block_update(key: Hashable, discretized: Callable[[], tuple[FloatArray, FloatArray]]) -> BlockUpdate:
    """The shared block update of one memory, built once: memories that agree in `key` share it.

    Parameters
    ----------
    key : hashable
        All that (Ā, B̄) depend on: measure and its options, order, θ in samples, method and α.
    discretized : callable
        Returns (Ā, B̄); called only if the key is new. The last `UPDATES_KEPT` keys in use are kept.
    """
    with _updates_lock:
        update = _updates.get(key)
        if update is not None:
            _updates.move_to_end(key)
            return update
    update = BlockUpdate(*discretized())
    with _updates_lock:
        update = _updates.setdefault(key, update)
        _updates.move_to_end(key)
        while len(_updates) > UPDATES_KEPT:
            _updates.popitem(last=False)
    return update

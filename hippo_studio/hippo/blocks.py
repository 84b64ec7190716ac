"""Block update of time-invariant memories: any number of samples at once, in a few matrix products.

    c ← Ā^L c + K_L u,        K_L = [Ā^{L-1}B̄ … ĀB̄  B̄]

How a block is applied depends on what comes:

- one block after another of one length: that length's own factored step (`block_steps`), a few microseconds;
- any other length below 1024: one step per binary digit, factored once it is used again and again;
- a long push: blocks of 1024 samples, all their inputs in one product, their sum in log₂ rounds;
- more than the memory can hold: only the end of it, from where on everything earlier is forgotten.

`krylov.KrylovLadder.advance` is the plain form of all of them.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from hippo_studio.hippo.block_steps import BlockStep, block_step
from hippo_studio.hippo.gates import only_finite
from hippo_studio.hippo.krylov import LONGEST_BLOCK, KrylovLadder
from hippo_studio.hippo.structured_steps import StructuredStep
from hippo_studio.hippo.thin_products import room_for_states
from hippo_studio.hippo.trajectories import Skeleton, fill_in_lanes, fill_trajectory, skeleton

FloatArray = NDArray[np.floating[Any]]
Float64Array = NDArray[np.float64]

UPDATES_KEPT = 16
BYTES_KEPT = 2**29
"""How many block updates `block_update` keeps for the next memory that asks, and how large they may grow."""

BLOCKS_AT_ONCE = 256
_USES_BEFORE_FACTORING = 3
_REPEATS_BEFORE_FACTORING = 16  # a player's frames are alike a few times in a row, by chance
_BLOCKS_BEFORE_FACTORING = 128
_OWN_STEPS = 4  # factored lengths that are no power of two
_FEW_BLOCKS = 48  # up to here one block after another is faster than all at once
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
    structured_step : StructuredStep, optional
        The same step in O(N), where there is one: what trajectories take.
    """

    def __init__(self, Ad: FloatArray, Bd: FloatArray, structured_step: StructuredStep | None = None) -> None:
        self._structured_step = structured_step
        self.ladder = KrylovLadder(np.asarray(Ad, np.float64), np.asarray(Bd, np.float64))
        self._lock = threading.RLock()
        self._postponing = 0
        self._counting = threading.Lock()
        self._steps: dict[int, BlockStep] = {}
        self._uses: dict[int, float] = {}
        self._last_length = 0
        self._repeats = 0
        self._skeleton: Skeleton | None = None
        self._skeleton_sought = False

    @property
    def nbytes(self) -> int:
        """Memory held by powers, Krylov blocks and factors built so far."""
        parts = [self.ladder, self._skeleton, *self._steps.values()]
        return sum(part.nbytes for part in parts if part is not None)

    def prepare(self, length: int) -> None:
        """Build now what pushes of `length` samples need: the first is then as fast as the rest."""
        if 0 < length <= LONGEST_BLOCK:
            self._step(length)

    @contextmanager
    def postponed(self) -> Iterator[None]:
        """Until this is left, short blocks make do with plain products: `prepare` makes their steps."""
        with self._counting:
            self._postponing += 1
        try:
            yield
        finally:
            with self._counting:
                self._postponing -= 1

    def advance(self, c: FloatArray, u: FloatArray, samples_seen: int = 0) -> FloatArray:
        """State after a block: c (channels, N), u (channels, L) → (channels, N), for any L ≥ 0.

        Computes in float64; the result has c's type. How many samples came before makes no difference here.
        Raises FloatingPointError where a coefficient is not finite.
        """
        state: Float64Array = c.astype(np.float64)
        length = u.shape[1]
        step = self._steps.get(length) or self._own_step(length)
        if step is not None:
            state = step.advance(state, _float64(u))
            return state if c.dtype == np.float64 else only_finite(_rounded(state, c.dtype))
        with np.errstate(over="ignore", invalid="ignore"):  # looked at once it is done
            long = length > LONGEST_BLOCK
            state = self._advance_long(state, u) if long else self._advance_short(state, _float64(u))
        return only_finite(state if c.dtype == np.float64 else _rounded(state, c.dtype))

    def trajectory(
        self, c: FloatArray, u: FloatArray, samples_seen: int = 0, out: FloatArray | None = None
    ) -> FloatArray:
        """Every state of a block: c (channels, N), u (channels, L) → (channels, L, N).

        `out` of float64 or float32, each channel C-contiguous, is filled if given; a slice of a memory map
        takes states as they are computed. Otherwise the result has c's type.
        """
        channels, order = c.shape
        length = u.shape[1]
        if out is None:
            out = room_for_states((channels, length, order), c.dtype)
        long, step = length >= _SHORT_TRAJECTORY, self._structured_step
        found = self._find_skeleton() if long and step is None else None
        with np.errstate(over="ignore", invalid="ignore"):
            for channel in range(channels):
                state: Float64Array = c[channel].astype(np.float64)
                if long and step is not None:
                    fill_in_lanes(self.ladder, step, state, u[channel], out[channel])
                else:
                    fill_trajectory(self.ladder, found, state, u[channel], out[channel])
        return out

    def _advance_short(self, state: Float64Array, u: Float64Array) -> Float64Array:
        """One step per binary digit of the block's length."""
        length = u.shape[1]
        start = 0
        for rung in reversed(range(length.bit_length())):
            digit = length & 1 << rung
            if digit:
                part = u[:, start : start + digit]
                step = self._steps.get(digit) if self._postponing else self._factored(digit, used=1)
                if step is None:
                    state = self.ladder.apply(state, rung) + part @ self.ladder.krylov(digit)
                else:
                    state = step.advance(state, part)
                start += digit
        return state

    def _advance_long(self, state: Float64Array, u: FloatArray) -> Float64Array:
        length = u.shape[1]
        if length >= _LONG:
            reach = self.ladder.reach(length)
            if reach < length:
                state, u, length = np.zeros_like(state), u[:, length - reach :], reach
        head = length % LONGEST_BLOCK
        if head:
            state = self._advance_short(state, np.array(u[:, :head], np.float64))
        step = self._factored(LONGEST_BLOCK, used=(length // LONGEST_BLOCK) / _BLOCKS_BEFORE_FACTORING)
        size = BLOCKS_AT_ONCE * LONGEST_BLOCK
        for start in range(head, length, size):
            state = self._sum_blocks(step, state, np.array(u[:, start : start + size], np.float64))
        return state

    def _sum_blocks(self, step: BlockStep | None, state: Float64Array, u: Float64Array) -> Float64Array:
        """Whole blocks at once: c (channels, N), u (channels, blocks · 1024) → (channels, N)."""
        channels, order = state.shape
        if step is not None and u.size <= _FEW_BLOCKS * LONGEST_BLOCK:
            for start in range(0, u.shape[1], LONGEST_BLOCK):
                state = step.advance(state, u[:, start : start + LONGEST_BLOCK])
            return state
        blocks = u.reshape(-1, LONGEST_BLOCK)
        inputs = blocks @ self.ladder.krylov(LONGEST_BLOCK) if step is None else step.inputs(blocks)
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
        """The step of a length that keeps coming; a frame's length may jitter, so not at first."""
        if length & (length - 1) and length < LONGEST_BLOCK and not self._postponing:
            self._repeats = self._repeats + 1 if length == self._last_length else 0
            self._last_length = length
            if self._repeats >= _REPEATS_BEFORE_FACTORING:
                return self._step_meanwhile(length)
        return None

    def _factored(self, length: int, used: float) -> BlockStep | None:
        """The step of a power of two, once it has been used often enough to be worth making."""
        step = self._steps.get(length)
        if step is None:
            uses = self._uses[length] = self._uses.get(length, 0.0) + used
            return self._step_meanwhile(length) if uses > _USES_BEFORE_FACTORING else None
        return step

    def _step_meanwhile(self, length: int) -> BlockStep | None:
        """The step, made now; None while another thread makes one, for which plain products need not wait."""
        if not self._lock.acquire(blocking=False):
            return None
        try:
            return self._step(length)
        finally:
            self._lock.release()

    def _step(self, length: int) -> BlockStep:
        with self._lock:
            step = self._steps.get(length)
            if step is None:
                own = [known for known in self._steps if known & (known - 1)]
                if length & (length - 1) and len(own) >= _OWN_STEPS:
                    del self._steps[own[0]]
                step = self._steps[length] = block_step(self.ladder, length)
        return step

    def _find_skeleton(self) -> Skeleton | None:
        if not self._skeleton_sought:
            with self._lock:
                if not self._skeleton_sought:
                    self._skeleton = skeleton(self.ladder)
                    self._skeleton_sought = True
        return self._skeleton


def _float64(u: FloatArray) -> Float64Array:
    """Samples for compiled code, which is made for arrays that can be written to: copied if need be."""
    if u.dtype == np.float64 and u.flags.writeable:
        return cast("Float64Array", u)
    return np.array(u, np.float64)


def _rounded(state: Float64Array, dtype: np.dtype[Any]) -> FloatArray:
    with np.errstate(over="ignore"):
        return state.astype(dtype)


_updates: OrderedDict[Hashable, BlockUpdate] = OrderedDict()
_updates_lock = threading.Lock()
_making: dict[Hashable, threading.Lock] = {}  # one for each update that is being made


def block_update(key: Hashable, make: Callable[[], BlockUpdate]) -> BlockUpdate:
    """The shared block update of one memory, built once: memories that agree in `key` share it.

    Parameters
    ----------
    key : hashable
        All that (Ā, B̄) depend on: measure and its options, order, θ in samples, method and α.
    make : callable
        Called only if the key is new. Those not asked for the longest are dropped.
    """
    update = _kept(key)
    if update is not None:
        return update
    with _updates_lock:
        making = _making.setdefault(key, threading.Lock())
    with making:
        update = _kept(key)  # whoever asked at the same time may have made it
        return _keep(key, make()) if update is None else update


def _kept(key: Hashable) -> BlockUpdate | None:
    with _updates_lock:
        update = _updates.get(key)
        if update is not None:
            _updates.move_to_end(key)
        return update


def _keep(key: Hashable, update: BlockUpdate) -> BlockUpdate:
    with _updates_lock:
        _updates[key] = update
        _making.pop(key, None)
        held = sum(kept.nbytes for kept in _updates.values())
        while len(_updates) > UPDATES_KEPT or (held > BYTES_KEPT and len(_updates) > 1):
            held -= _updates.popitem(last=False)[1].nbytes
    return update

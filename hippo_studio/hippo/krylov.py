"""The binary ladder of a time-invariant memory: powers of Ā and Krylov blocks, each rung twice the last.

A time-invariant memory steps by c ← Ā c + B̄ u. Over a block of L samples

    c ← Ā^L c + K_L u,        K_L = [Ā^{L-1}B̄ … ĀB̄  B̄],

so that a sample costs N multiply-adds instead of N². Rungs double: Ā^{2m} = Ā^m Ā^m, K_{2m} = [Ā^m K_m  K_m].
Everything is kept transposed, as rows: states are rows of (channels, N), and c Pᵀ is one product.

Rounding doubles with every squaring, too, and Ā is close to the identity. So what is squared is D = Ā^m - I,
(I + D)² = I + (2D + D²): a hundred times more exact after a few thousand steps than squaring Ā^m itself, and
no worse than stepping.
"""

from __future__ import annotations

import threading
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Float64Array = NDArray[np.float64]

LONGEST_BLOCK = 1024
"""The longest Krylov block that is kept, in samples."""

FORGOTTEN = 1e-40
"""Where ‖Ā^m‖ falls below this, what came m samples earlier is gone, whatever it was."""

_FAR_FROM_IDENTITY = 1e-3  # ‖Ā^m‖ from which on it is squared as it is, to keep its own small digits
_NEXT_TO_NOTHING = 1e-290  # below it lie denormal numbers, which a processor handles a hundred times slower


class _Power(NamedTuple):
    """(Ā^m)ᵀ as ιI + D, with ι 1 or 0."""

    identity: int
    rest: Float64Array

    def apply(self, states: Float64Array) -> Float64Array:
        moved: Float64Array = states @ self.rest
        return moved + states if self.identity else moved

    def times(self, other: _Power) -> _Power:
        """(ιI + D)(κI + E) = ικI + (ιE + κD + DE)."""
        rest = self.rest @ other.rest
        if self.identity:
            rest += other.rest
        if other.identity:
            rest += self.rest
        return _Power(self.identity * other.identity, without_denormals(rest))

    def dense(self) -> Float64Array:
        return self.rest + np.eye(len(self.rest)) if self.identity else self.rest


class KrylovLadder:
    """Powers of Ā and Krylov blocks of (Ā, B̄), built when asked for. Safe to share between threads.

    Parameters
    ----------
    Ad : (N, N) array
        Discrete transition Ā.
    Bd : (N,) array
        Discrete input vector B̄.
    """

    def __init__(self, Ad: Float64Array, Bd: Float64Array) -> None:
        self._lock = threading.RLock()
        self._rungs = [_Power(1, np.ascontiguousarray(Ad.T, dtype=np.float64) - np.eye(len(Bd)))]
        self._krylov = np.array(Bd, dtype=np.float64)[None, :]

    @property
    def order(self) -> int:
        """N."""
        return len(self._rungs[0].rest)

    @property
    def nbytes(self) -> int:
        """Memory held."""
        return self._krylov.nbytes + sum(power.rest.nbytes for power in self._rungs)

    def apply(self, states: Float64Array, rung: int) -> Float64Array:
        """Ā^(2^rung) applied to rows: (…, N) → (…, N)."""
        return self._rung(rung).apply(states)

    def power(self, steps: int) -> Float64Array:
        """(Ā^steps)ᵀ, (N, N)."""
        product: _Power | None = None
        for i in range(steps.bit_length()):
            if steps >> i & 1:
                product = self._rung(i) if product is None else product.times(self._rung(i))
        return np.eye(self.order) if product is None else product.dense()

    def krylov(self, length: int) -> Float64Array:
        """K_Lᵀ, (L, N): row j is Ā^{L-1-j} B̄, what sample j leaves at the end of the block."""
        if length > len(self._krylov):
            with self._lock:
                while length > len(self._krylov):
                    older = self.apply(self._krylov, len(self._krylov).bit_length() - 1)
                    self._krylov = without_denormals(np.concatenate([older, self._krylov]))
        known = self._krylov  # once: another thread may make it longer between two looks
        return known[len(known) - length :]

    def reach(self, at_most: int) -> int:
        """Samples after which all is forgotten: the first rung below `FORGOTTEN`, or `at_most`."""
        rung = 0
        while 2**rung < at_most:
            power = self._rung(rung)
            if not power.identity and float(np.linalg.norm(power.rest)) < FORGOTTEN:
                return int(2**rung)
            rung += 1
        return at_most

    def advance(self, c: Float64Array, u: Float64Array) -> Float64Array:
        """State after a block, one rung per binary digit: c (channels, N), u (channels, L) → (channels, N).

        The plain form of `blocks.BlockUpdate.advance`, and its twin in the tests.
        """
        for start in range(0, u.shape[1], LONGEST_BLOCK):
            block = u[:, start : start + LONGEST_BLOCK]
            length = block.shape[1]
            for rung in range(length.bit_length()):
                if length >> rung & 1:
                    c = self.apply(c, rung)
            c = c + block @ self.krylov(length)
        return c

    def _rung(self, i: int) -> _Power:
        if i >= len(self._rungs):
            with self._lock:
                while i >= len(self._rungs):
                    last = self._rungs[-1]
                    power = last.times(last)
                    if power.identity and float(np.linalg.norm(power.dense())) < _FAR_FROM_IDENTITY:
                        power = _Power(0, power.dense())
                    self._rungs.append(power)
        return self._rungs[i]


def without_denormals(values: Float64Array) -> Float64Array:
    """Set what is next to nothing to zero, in place."""
    values[np.abs(values) < _NEXT_TO_NOTHING] = 0.0
    return values

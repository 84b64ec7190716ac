"""One block of fixed length, factored: what a time-invariant memory does to L samples at the least cost.

In c ← Ā^L c + K_L u both matrices have more structure than their size shows. Ā^L is for `state_matrices`.

Over a block the N impulse responses are smooth, so K_L has low numerical rank (44 of 256 for LegT at L = 800
samples of a window of 48 000). Over an eighth of the block they are smoother still (rank 19), and alike in
every eighth, K_L = [Ā^{7s} K_s … Ā^s K_s  K_s]. So one small matrix takes each eighth to its moments, a
second all moments to the few numbers that the block comes down to, a third these to c.

A push of one frame reads these numbers once and is bound by how fast they come from the cache, so that
fewer numbers is all that counts. For the same reason several memories pushed one after another are two to
five times faster than one product of all their K_L, and several channels in turn than one product of these.

Making a step takes products of N × N matrices for the powers of Ā: at N = 512 and L = 800 eleven of them, 90
of the 130 ms that all of it takes one core.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hippo_studio.hippo.compiled import compiled
from hippo_studio.hippo.gates import only_finite
from hippo_studio.hippo.krylov import KrylovLadder
from hippo_studio.hippo.low_rank import RANK_TOLERANCE, low_rank
from hippo_studio.hippo.row_tables import add_rows, dot_rows, dot_rows_twice, row_table
from hippo_studio.hippo.state_matrices import apply_state_rows, state_rows

Float64Array = NDArray[np.float64]

FEW_CHANNELS = 32
"""Up to here one channel after another in compiled code is faster than a matrix product."""

_PIECES = 8
_SHORTEST_PIECE = 5  # 2^5 samples


@dataclass(frozen=True)
class BlockStep:
    """c ← Ā^L c + K_L u for one L.

    Attributes
    ----------
    ladder : whose powers and Krylov blocks these are.
    length : L, samples.
    inner : K_L in factors; None where the plain product is no dearer.
    table : everything in the order in which one channel's step reads it, see `_step`.
    shape : what `_step` must know of the table to read it.
    """

    ladder: KrylovLadder
    length: int
    inner: Moments | None
    table: Float64Array
    shape: _Shape

    @property
    def nbytes(self) -> int:
        """Memory held, or soon to be, beside the ladder's."""
        return 3 * self.table.nbytes

    def advance(self, c: Float64Array, u: Float64Array) -> Float64Array:
        """The state after the block: c (channels, N), u (channels, L) → (channels, N); c may be reused.

        Raises FloatingPointError where it is not finite.
        """
        if len(c) > FEW_CHANNELS:
            with np.errstate(over="ignore", invalid="ignore"):  # looked at once it is done
                c = c @ self._power + self.inputs(u)
            only_finite(c)
            return c
        if not _step(c, u, self.table, *self.shape):
            raise FloatingPointError("A coefficient is not finite.")
        return c

    def inputs(self, u: Float64Array) -> Float64Array:
        """K_L u of many blocks at once: u (blocks, L) → (blocks, N)."""
        if self.inner is None:
            return u @ self.ladder.krylov(self.length)
        return self.inner.inputs(u)

    @cached_property
    def _power(self) -> Float64Array:
        return self.ladder.power(self.length)


@dataclass(frozen=True)
class Moments:
    """K_L in factors: from samples to moments of each piece, from all of these to a few, from the few to c.

    Attributes
    ----------
    pieces : p, at most eight; each is s samples long, a power of two, the first filled up with zeros.
    local : (ρ, s), from a piece to its moments.
    joint : (r, pρ), from all moments to r numbers.
    wide : (r, N), from these to the coefficients.
    """

    pieces: int
    local: Float64Array
    joint: Float64Array
    wide: Float64Array

    def inputs(self, u: Float64Array) -> Float64Array:
        """K_L u of many blocks at once: u (blocks, L) → (blocks, N)."""
        blocks, length = u.shape
        size = self.local.shape[1]
        if size * self.pieces > length:
            u = np.concatenate([np.zeros((blocks, size * self.pieces - length)), u], axis=1)
        moments = u.reshape(-1, size) @ self.local.T
        return (moments.reshape(blocks, -1) @ self.joint.T) @ self.wide


class _Shape(NamedTuple):
    """How a table is laid out: `_step` gets these as arguments."""

    kind: int  # of the state matrix: dense, triangular, or half of a symmetric one
    split: int  # coefficients before the square that is factored; N or more where none is
    coupling: int  # rank of that square
    pieces: int  # of the block; 0 where K_Lᵀ is there as it is
    size: int  # samples of a piece
    local: int  # ρ, moments of a piece
    joint: int  # r, what all moments come down to


def block_step(ladder: KrylovLadder, length: int) -> BlockStep:
    """Factor the block of `length` samples, 1 ≤ length ≤ LONGEST_BLOCK."""
    inner = _moments(ladder, length)
    step, power = ladder.power(1), ladder.power(length)
    kind, split, coupling, rows = state_rows(np.ascontiguousarray(power.T), np.ascontiguousarray(step.T))
    if inner is None:
        shape = _Shape(kind, split, coupling, 0, 0, 0, 0)
        rows += list(ladder.krylov(length))
    else:
        local, joint = inner.local, inner.joint
        shape = _Shape(kind, split, coupling, inner.pieces, local.shape[1], len(local), len(joint))
        rows += [*inner.local, *inner.joint, *inner.wide]
    return BlockStep(ladder, length, inner, row_table(rows), shape)


def _moments(ladder: KrylovLadder, length: int) -> Moments | None:
    """Factor K_L, or None if that would save nothing."""
    rung = max((-(-length // _PIECES) - 1).bit_length(), _SHORTEST_PIECE)
    size = min(length, 1 << rung)
    pieces = -(-length // size)
    krylov = ladder.krylov(size)
    affordable = 0.8 * length * ladder.order
    local = low_rank(krylov, RANK_TOLERANCE * float(np.linalg.norm(krylov)), affordable / (size + pieces))
    if local is None:
        return None
    rank = len(local.tall)
    all_moments = np.empty((pieces, rank, ladder.order))
    all_moments[-1] = local.wide
    for piece in range(pieces - 2, -1, -1):
        all_moments[piece] = ladder.apply(all_moments[piece + 1], rung)
    matrix = all_moments.reshape(pieces * rank, ladder.order)
    tolerance = RANK_TOLERANCE * float(np.linalg.norm(matrix))
    joint = low_rank(matrix, tolerance, (affordable - size * rank) / (len(matrix) + ladder.order))
    return None if joint is None else Moments(pieces, local.tall, joint.tall, joint.wide)


@compiled
def _step(
    c: Float64Array,
    u: Float64Array,
    table: Float64Array,
    kind: int,
    split: int,
    coupling: int,
    pieces: int,
    size: int,
    local: int,
    joint: int,
) -> bool:
    """Carry each channel of c (channels, N) over u (channels, L) in place; returns whether all is finite.

    The table is read front to back. Its rows, each padded to a multiple of 8: those of `state_rows`, then
    either K_Lᵀ or its three factors.
    """
    order, length = c.shape[1], u.shape[1]
    line = (order + 7) // 8 * 8
    x, y = np.zeros(line), np.empty(line)
    zero = 0.0  # stays so, but for what is not finite
    for channel in range(c.shape[0]):
        place = apply_state_rows(table, kind, split, coupling, c[channel], x, y)
        if pieces == 0:
            add_rows(u[channel], table, place, length, line, y)
        else:
            _add_moments(u[channel], table, place, pieces, size, local, joint, line, y)
        for n in range(order):  # a denormal number would cost a hundred normal ones
            zero += 0.0 * y[n]
            c[channel, n] = 0.0 if abs(y[n]) < 1e-290 else y[n]
    return zero == 0.0


@compiled
def _add_moments(
    u: Float64Array,
    table: Float64Array,
    place: int,
    pieces: int,
    size: int,
    local: int,
    joint: int,
    line: int,
    y: Float64Array,
) -> None:
    """Add K_L u to y by the three factors of `Moments`, in `table` from `place` on; u (L,)."""
    empty = size * pieces - u.shape[0]
    width = (size + 7) // 8 * 8
    first = np.zeros(width)
    first[empty:size] = u[: size - empty]
    moments = np.zeros((pieces * local + 7) // 8 * 8)
    end = dot_rows(table, place, local, width, first, moments)
    for piece in range(2 - pieces % 2, pieces, 2):
        x, y_here = u[piece * size - empty :], moments[piece * local :]
        dot_rows_twice(table, place, local, width, x, x[size:], y_here, y_here[local:])
    if pieces % 2 == 0:
        dot_rows(table, place, local, width, u[size - empty :], moments[local:])
    few = np.empty(joint)
    end = dot_rows(table, end, joint, moments.shape[0], moments, few)
    add_rows(few, table, end, joint, line, y)

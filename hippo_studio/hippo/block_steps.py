"""One block of fixed length, factored: what a time-invariant memory does to L samples at the least cost.

In c ← Ā^L c + K_L u both matrices have more structure than their size shows.

- K_L: over a block the N impulse responses are smooth, so K_L has low numerical rank (44 of 256 for LegT at
  L = 800 samples of a window of 48 000). Over an eighth of the block they are smoother still (rank 19), and
  alike in every eighth, K_L = [Ā^{7s} K_s … Ā^s K_s  K_s]. So one small matrix takes each eighth to its
  moments, a second all moments to the few numbers that the block comes down to, a third these to c.
- Ā^L: LagT's and LegS's stay lower triangular; LegT's and FouT's are symmetric up to signs,
  S A S = Aᵀ with S = diag((-1)^n) for LegT, and signs on the sines for FouT, hence Ā^L S is symmetric.
  (The LMU's scaling: the same between diagonal scales.) Either way half the numbers are enough. Of these,
  the square below both halves of the diagonal couples low coefficients with high ones, and is of low rank
  again (24 of 128 for LegT at N = 256).

A push of one frame reads these numbers once and is bound by how fast they come from the cache, so that
fewer numbers is all that counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hippo_studio.hippo.compiled import compiled
from hippo_studio.hippo.krylov import KrylovLadder
from hippo_studio.hippo.row_tables import LINE, add_rows, dot_rows, row_table

Float64Array = NDArray[np.float64]

RANK_TOLERANCE = 1e-14
"""Singular values of K_L below this fraction of its norm are rounding."""

FEW_CHANNELS = 16
"""Up to here one channel after another in compiled code is faster than a matrix product."""

_DENSE, _TRIANGULAR, _SYMMETRIC = 0, 1, 2
_PIECES = 8
_SHORTEST_PIECE = 5  # 2^5 samples
_SPLIT_FROM = 128  # coefficients; below, the square is small
_BAND = 4  # rows of the state matrix that are read together


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
        """The state after the block: c (channels, N), u (channels, L) → (channels, N); c may be reused."""
        if len(c) > FEW_CHANNELS:
            return c @ self._power + self.inputs(u)
        _step(c, u, self.table, *self.shape)
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
    kind, split, coupling, rows = _state_rows(np.ascontiguousarray(power.T), np.ascontiguousarray(step.T))
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
    local = _low_rank(krylov, RANK_TOLERANCE * float(np.linalg.norm(krylov)), affordable / (size + pieces))
    if local is None:
        return None
    rank = len(local.tall)
    all_moments = np.empty((pieces, rank, ladder.order))
    all_moments[-1] = local.wide
    for piece in range(pieces - 2, -1, -1):
        all_moments[piece] = ladder.apply(all_moments[piece + 1], rung)
    matrix = all_moments.reshape(pieces * rank, ladder.order)
    tolerance = RANK_TOLERANCE * float(np.linalg.norm(matrix))
    joint = _low_rank(matrix, tolerance, (affordable - size * rank) / (len(matrix) + ladder.order))
    return None if joint is None else Moments(pieces, local.tall, joint.tall, joint.wide)


class _LowRank(NamedTuple):
    """A matrix (rows, columns) as tallᵀ wide; tall (rank, rows) of orthonormal rows, wide (rank, columns)."""

    tall: Float64Array
    wide: Float64Array


def _low_rank(matrix: Float64Array, tolerance: float, affordable: float) -> _LowRank | None:
    """Factor `matrix` up to `tolerance` in the Frobenius norm, or None if the rank exceeds `affordable`.

    The range is found from products with random vectors (Halko, Martinsson & Tropp 2011), 32 at first and
    twice as many until nothing is left; a singular value decomposition of the small rest trims it.
    """
    rows, columns = matrix.shape
    random = np.random.default_rng(0)
    probes = min(32, rows, columns)
    while True:
        basis = np.linalg.qr(matrix @ random.standard_normal((columns, probes)))[0]
        rest = basis.T @ matrix
        if probes == min(rows, columns) or float(np.linalg.norm(matrix - basis @ rest)) <= tolerance:
            break
        if probes > 2 * affordable:
            return None
        probes = min(2 * probes, rows, columns)
    left, values, right = np.linalg.svd(rest, full_matrices=False)
    rank = int(np.count_nonzero(values > tolerance))
    if rank > affordable:
        return None
    return _LowRank(np.ascontiguousarray((basis @ left[:, :rank]).T), values[:rank, None] * right[:rank])


def _state_rows(power: Float64Array, step: Float64Array) -> tuple[int, int, int, list[Float64Array]]:
    """Rows of Ā^L, of its lower triangle only where that is all there is to know.

    Takes Ā^L and Ā. Returns the kind, where the triangle is split and the rank of the square that the split
    leaves below the diagonal, and the rows of a table: scales before, scales after, M in bands, factors of
    the square, in Ā^L = diag(after) M diag(before). Of a symmetric M only the lower triangle is kept, with
    half its diagonal: M = T + Tᵀ.
    """
    order = len(power)
    before, after = np.ones(order), np.ones(order)
    kind, matrix = _DENSE, power
    if _largest(np.triu(power, 1)) <= 1e-15 * _largest(power):
        kind, matrix = _TRIANGULAR, np.tril(power)
    else:
        signs, scales = _mirror(step)
        symmetric = power * signs * scales / scales[:, None]
        if _largest(symmetric - symmetric.T) <= 1e-12 * _largest(symmetric):
            kind, matrix = _SYMMETRIC, np.tril(symmetric + symmetric.T) * 0.5
            np.fill_diagonal(matrix, 0.5 * np.diag(matrix))
            before, after = signs / scales, scales
    size = -(-order // _BAND) * _BAND
    scales_of_size = np.zeros((2, size))
    scales_of_size[:, :order] = before, after
    padded = np.zeros((size, size))
    padded[:order, :order] = matrix
    split, square = size, None
    if kind != _DENSE and order >= _SPLIT_FROM:
        half = order // 2 // LINE * LINE
        tolerance = RANK_TOLERANCE * float(np.linalg.norm(matrix))
        square = _low_rank(matrix[half:, :half], tolerance, affordable=0.7 * half * (order - half) / order)
        split = size if square is None else half
    rows = [*scales_of_size, *_bands(padded[:split, :split], kind), *_bands(padded[split:, split:], kind)]
    if square is None:
        return kind, split, 0, rows
    return kind, split, len(square.tall), [*rows, *square.wide, *square.tall]


def _bands(matrix: Float64Array, kind: int) -> list[Float64Array]:
    """Rows of a square matrix; those of a triangle cut behind the diagonal block of `_BAND`."""
    size = len(matrix)
    return [matrix[n, : size if kind == _DENSE else n // _BAND * _BAND + _BAND] for n in range(size)]


def _mirror(step: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Signs s and scales d for which D⁻¹ Ā D S could be symmetric, read off Ā's first row and column."""
    row, column = step[0], step[:, 0]
    signs = np.where(row * column < 0, -1.0, 1.0)
    scales = np.ones(len(step))
    known = (row != 0) & (column != 0)
    scales[known] = np.sqrt(np.abs(column[known] / row[known]))
    scales[np.abs(scales - 1.0) < 1e-4] = 1.0  # an orthonormal basis; what differs from 1 is rounding
    return signs, scales


def _largest(matrix: Float64Array) -> float:
    return float(np.abs(matrix).max())


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
) -> None:
    """Carry each channel of c (channels, N) over u (channels, L) in place, reading `table` front to back.

    Rows of the table, each padded to a multiple of 8: scales before and after; M in bands of four, before
    and after the split; wide and tall factors of the square below; then either K_Lᵀ or its three factors.
    """
    order, length = c.shape[1], u.shape[1]
    whole = (order + 3) // 4 * 4
    line = (order + 7) // 8 * 8
    x, y, couplings = np.zeros(line), np.empty(line), np.empty(coupling)
    for channel in range(c.shape[0]):
        for n in range(order):
            x[n] = table[n] * c[channel, n]
        y[:] = 0.0
        place = 2 * line
        if kind == 2:
            place = _add_symmetric(table, place, split, x, y)
            place = _add_symmetric(table, place, whole - split, x[split:], y[split:])
        else:
            place = _add_lower(table, place, split, kind == 0, x, y)
            place = _add_lower(table, place, whole - split, False, x[split:], y[split:])
        if coupling > 0:
            wide = table[place : place + coupling * split].reshape(coupling, split)
            place += coupling * split
            width = line - split
            tall = table[place : place + coupling * width].reshape(coupling, width)
            place += coupling * width
            dot_rows(wide, x[:split], couplings)
            add_rows(couplings, tall, y[split:])
            if kind == 2:
                dot_rows(tall, x[split:], couplings)
                add_rows(couplings, wide, y)
        for n in range(order):
            y[n] *= table[line + n]
        if pieces == 0:
            add_rows(u[channel], table[place:].reshape(length, line), y)
        else:
            _add_moments(u[channel], table[place:], pieces, size, local, joint, line, y)
        for n in range(order):  # a denormal number would cost a hundred normal ones
            c[channel, n] = 0.0 if abs(y[n]) < 1e-290 else y[n]


@compiled
def _add_moments(
    u: Float64Array,
    table: Float64Array,
    pieces: int,
    size: int,
    local: int,
    joint: int,
    line: int,
    y: Float64Array,
) -> None:
    """Add K_L u to y by the three factors of `Moments`, which lie in `table`; u (L,)."""
    empty = size * pieces - u.shape[0]
    first = np.zeros(size)
    first[empty:] = u[: size - empty]
    width = (size + 7) // 8 * 8
    rows = table[: local * width].reshape(local, width)
    moments = np.empty(pieces * local)
    dot_rows(rows, first, moments)
    for piece in range(1, pieces):
        start = piece * size - empty
        dot_rows(rows, u[start : start + size], moments[piece * local :])
    place = local * width
    width = (pieces * local + 7) // 8 * 8
    few = np.empty(joint)
    dot_rows(table[place : place + joint * width].reshape(joint, width), moments, few)
    place += joint * width
    add_rows(few, table[place : place + joint * line].reshape(joint, line), y)


@compiled
def _add_symmetric(table: Float64Array, place: int, size: int, x: Float64Array, y: Float64Array) -> int:
    """Add (T + Tᵀ) x to y, each number of T read once; returns where the table goes on. x, y (≥ size,)."""
    for band in range(0, size, 4):
        width = (band + 11) // 8 * 8
        m0 = table[place : place + width]
        m1 = table[place + width : place + 2 * width]
        m2 = table[place + 2 * width : place + 3 * width]
        m3 = table[place + 3 * width : place + 4 * width]
        place += 4 * width
        x0, x1, x2, x3 = x[band], x[band + 1], x[band + 2], x[band + 3]
        s0 = s1 = s2 = s3 = 0.0
        for k in range(width):
            v = x[k]
            s0 += m0[k] * v
            s1 += m1[k] * v
            s2 += m2[k] * v
            s3 += m3[k] * v
            y[k] += (m0[k] * x0 + m1[k] * x1) + (m2[k] * x2 + m3[k] * x3)
        y[band] += s0
        y[band + 1] += s1
        y[band + 2] += s2
        y[band + 3] += s3
    return place


@compiled
def _add_lower(
    table: Float64Array, place: int, size: int, whole: bool, x: Float64Array, y: Float64Array
) -> int:
    """Add T x to y, T a lower triangle or a whole matrix; returns where the table goes on."""
    for band in range(0, size, 4):
        width = (size + 7) // 8 * 8 if whole else (band + 11) // 8 * 8
        m0 = table[place : place + width]
        m1 = table[place + width : place + 2 * width]
        m2 = table[place + 2 * width : place + 3 * width]
        m3 = table[place + 3 * width : place + 4 * width]
        place += 4 * width
        s0 = s1 = s2 = s3 = 0.0
        for k in range(width):
            v = x[k]
            s0 += m0[k] * v
            s1 += m1[k] * v
            s2 += m2[k] * v
            s3 += m3[k] * v
        y[band] += s0
        y[band + 1] += s1
        y[band + 2] += s2
        y[band + 3] += s3
    return place

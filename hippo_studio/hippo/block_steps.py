"""One block of fixed length, factored: what a time-invariant memory does to L samples at the least cost.

In c ← Ā^L c + K_L u both matrices have more structure than their size shows.

- K_L: over a block the N impulse responses are smooth, so K_L has low numerical rank (45 of 256 for LegT at
  L = 800 samples of a window of 48 000). The block is folded about its middle first, and its even and odd
  half factored apart: half the numbers, for nearly the same rank.
- Ā^L: LagT's and LegS's stay lower triangular; LegT's and FouT's are symmetric up to signs,
  S A S = Aᵀ with S = diag((-1)^n) for LegT, and signs on the sines for FouT, hence Ā^L S is symmetric.
  (The LMU's scaling: the same between diagonal scales.) Either way half the numbers are enough.

A push of one frame reads these numbers once and is bound by how fast they come from the cache, so that
fewer numbers is all that counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from hippo_studio.hippo.compiled import compiled
from hippo_studio.hippo.krylov import KrylovLadder
from hippo_studio.hippo.row_tables import add_rows, dot_rows, row_table

Float64Array = NDArray[np.float64]

RANK_TOLERANCE = 1e-14
"""Singular values of K_L below this fraction of its norm are rounding."""

_DENSE, _TRIANGULAR, _SYMMETRIC = 0, 1, 2
_BAND = 4  # rows of the state matrix that are read together


@dataclass(frozen=True)
class BlockStep:
    """c ← Ā^L c + K_L u for one L.

    Attributes
    ----------
    ladder : whose powers and Krylov blocks these are.
    length : L, samples.
    even, odd : the factors of the folded K_Lᵀ; both None where the plain product is no dearer.
    table : everything in the order in which one channel's step reads it, see `_step`.
    kind : what `table` holds of Ā^L: all of it, a triangle, or half of a symmetric matrix.
    """

    ladder: KrylovLadder
    length: int
    even: LowRank | None
    odd: LowRank | None
    table: Float64Array
    kind: int

    @property
    def nbytes(self) -> int:
        """Memory held, or soon to be, beside the ladder's."""
        return 3 * self.table.nbytes

    def advance_one(self, c: Float64Array, u: Float64Array) -> Float64Array:
        """One channel in compiled code: c (N,), u (L,) → (N,)."""
        result = np.empty_like(c)
        even_rank = 0 if self.even is None else len(self.even.tall)
        odd_rank = 0 if self.odd is None else len(self.odd.tall)
        _step(c, u, self.table, self.kind, even_rank, odd_rank, result)
        return result

    def advance_many(self, c: Float64Array, u: Float64Array) -> Float64Array:
        """Several channels as matrix products: c (channels, N), u (channels, L) → (channels, N)."""
        return c @ self._power + self.inputs(u)

    def inputs(self, u: Float64Array) -> Float64Array:
        """K_L u of many blocks at once: u (blocks, L) → (blocks, N)."""
        if self._unfolded is None:
            return u @ self.ladder.krylov(self.length)
        return (u @ self._unfolded.tall.T) @ self._unfolded.wide

    @cached_property
    def _power(self) -> Float64Array:
        return self.ladder.power(self.length)

    @cached_property
    def _unfolded(self) -> LowRank | None:
        """K_Lᵀ itself as factors: where many blocks share what is read, folding costs more than it saves."""
        if self.even is None or self.odd is None:
            return None
        half = self.length // 2
        tall = np.zeros((len(self.even.tall) + len(self.odd.tall), self.length))
        even, odd = tall[: len(self.even.tall)], tall[len(self.even.tall) :]
        even[:, : self.length - half] = self.even.tall
        even[:, self.length - half :] = self.even.tall[:, :half][:, ::-1]
        odd[:, :half] = self.odd.tall
        odd[:, self.length - half :] = -self.odd.tall[:, ::-1]
        return LowRank(tall, np.concatenate([self.even.wide, self.odd.wide]))


@dataclass(frozen=True)
class LowRank:
    """A matrix (rows, columns) as tallᵀ wide; tall (rank, rows), wide (rank, columns)."""

    tall: Float64Array
    wide: Float64Array


def block_step(ladder: KrylovLadder, length: int) -> BlockStep:
    """Factor the block of `length` samples, 1 ≤ length ≤ LONGEST_BLOCK."""
    krylov = np.ascontiguousarray(ladder.krylov(length))
    half = length // 2
    tolerance = RANK_TOLERANCE * float(np.linalg.norm(krylov))
    affordable = length * ladder.order / (length / 2 + ladder.order)
    even = _low_rank(0.5 * (krylov + krylov[::-1])[: length - half], tolerance, affordable)
    odd = None if even is None else _low_rank(0.5 * (krylov - krylov[::-1])[:half], tolerance, affordable)
    if even is None or odd is None or len(even.tall) + len(odd.tall) >= affordable:
        even = odd = None
    power = ladder.power(length)
    kind, rows = _state_rows(np.ascontiguousarray(power.T), np.ascontiguousarray(ladder.power(1).T))
    if even is None or odd is None:
        rows += list(krylov)
    else:
        rows += [*even.tall, *odd.tall, *even.wide, *odd.wide]
    return BlockStep(ladder, length, even, odd, row_table(rows), kind)


def _low_rank(matrix: Float64Array, tolerance: float, affordable: float) -> LowRank | None:
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
    return LowRank(np.ascontiguousarray((basis @ left[:, :rank]).T), values[:rank, None] * right[:rank])


def _state_rows(power: Float64Array, step: Float64Array) -> tuple[int, list[Float64Array]]:
    """Rows of Ā^L, of its lower triangle only where that is all there is to know.

    Takes Ā^L and Ā. Returns the kind, and the rows of a table: scales before, scales after, and the rows of
    M in Ā^L = diag(after) M diag(before); rows of a triangle are cut behind the diagonal block of `_BAND`.
    Of a symmetric M only the lower triangle is kept, with half its diagonal: M = T + Tᵀ.
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
    padded = np.zeros((size, size))
    padded[:order, :order] = matrix
    widths = [size if kind == _DENSE else n // _BAND * _BAND + _BAND for n in range(size)]
    scales_of_size = np.zeros((2, size))
    scales_of_size[:, :order] = before, after
    return kind, [*scales_of_size, *(padded[n, : widths[n]] for n in range(size))]


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
    even_rank: int,
    odd_rank: int,
    result: Float64Array,
) -> None:
    """Carry c (N,) over u (L,) into result (N,), reading `table` front to back.

    Rows of the table, each padded to a multiple of 8: scales before and after, rows of M in bands of four,
    then either K_Lᵀ, or the tall factors of the even and odd half, then the wide ones.
    """
    order = c.shape[0]
    size = (order + 3) // 4 * 4
    padded = (size + 7) // 8 * 8
    x = np.zeros(padded)
    y = np.zeros(padded)
    for n in range(order):
        x[n] = table[n] * c[n]
    place = 2 * padded
    if kind == 2:
        place = _add_symmetric(table, place, size, x, y)
    else:
        place = _add_lower(table, place, size, kind == 0, x, y)
    for n in range(order):
        y[n] *= table[padded + n]
    length = u.shape[0]
    line = (order + 7) // 8 * 8
    ranks = even_rank + odd_rank
    if ranks == 0:
        add_rows(u, table[place:].reshape(length, line), y)
    else:
        half = length // 2
        folded = length - half
        sums = np.empty(folded)
        differences = np.empty(half)
        for j in range(half):
            sums[j] = u[j] + u[length - 1 - j]
            differences[j] = u[j] - u[length - 1 - j]
        if folded > half:
            sums[half] = u[half]
        moments = np.empty(ranks)
        width = (folded + 7) // 8 * 8
        dot_rows(table[place : place + even_rank * width].reshape(even_rank, width), sums, moments)
        place += even_rank * width
        width = (half + 7) // 8 * 8
        rows = table[place : place + odd_rank * width].reshape(odd_rank, width)
        dot_rows(rows, differences, moments[even_rank:])
        place += odd_rank * width
        add_rows(moments, table[place : place + ranks * line].reshape(ranks, line), y)
    for n in range(order):
        result[n] = y[n] if abs(y[n]) > 1e-290 else 0.0  # a denormal number would cost a hundred normal ones


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

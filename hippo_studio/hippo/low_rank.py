"""A smooth matrix as the product of a tall one and a wide one, as thin as rounding allows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Float64Array = NDArray[np.float64]

RANK_TOLERANCE = 1e-14
"""Singular values below this fraction of a matrix's norm are rounding."""


class LowRank(NamedTuple):
    """A matrix (rows, columns) as tallᵀ wide; tall (rank, rows) of orthonormal rows, wide (rank, columns)."""

    tall: Float64Array
    wide: Float64Array


def low_rank(matrix: Float64Array, tolerance: float, affordable: float) -> LowRank | None:
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
    return LowRank(np.ascontiguousarray((basis @ left[:, :rank]).T), values[:rank, None] * right[:rank])

"""Legendre and Laguerre polynomials and powers of every degree below N, by recurrence.

Values come as (N, points): row n holds degree n. Recurrences, and not coefficients in powers of x, because
those lose all digits from degree 30 or so on.
"""

from __future__ import annotations

import math

import numpy as np

from hippo_studio.hippo.gates import Complex128s, Float64s

LARGEST_EXPONENT = 600.0
"""Exponentials are held below e^600 ≈ 1e260, so that a sum of 4096 of them stays finite."""

_PLAIN_LAGUERRE = 1300.0  # e^(−x/2) is a normal number up to x = 1416


def legendre(order: int, x: Float64s) -> Float64s:
    """Return P_0 … P_{N−1} at `x`: (N, points), from (n+1) P_{n+1} = (2n+1) x P_n − n P_{n−1}."""
    values = np.empty((order, x.size))
    values[0] = 1.0
    if order > 1:
        values[1] = x
    product = np.empty(x.size)
    for n in range(1, order - 1):
        np.multiply(x, values[n], out=product)
        product *= (2 * n + 1) / (n + 1)
        np.multiply(values[n - 1], -n / (n + 1), out=values[n + 1])
        values[n + 1] += product
    return values


def laguerre_functions(order: int, x: Float64s, alpha: float = 0.0) -> Float64s:
    """Return e^(−x/2) L_n^(α)(x) for n < N at x ≥ 0: (N, points).

    With the exponential the values are bounded (by 1 for α = 0), where the bare polynomials of degree 512
    reach 1e300. From n L_n = (2n − 1 + α − x) L_{n−1} − (n − 1 + α) L_{n−2}.
    """
    values = np.empty((order, x.size))
    near = x <= _PLAIN_LAGUERRE
    values[:, near] = _laguerre_near(order, x[near], alpha)
    if not near.all():
        values[:, ~near] = _laguerre_far(order, x[~near], alpha)
    return values


def _laguerre_near(order: int, x: Float64s, alpha: float) -> Float64s:
    values = np.empty((order, x.size))
    values[0] = np.exp(-x / 2)
    if order > 1:
        values[1] = (1 + alpha - x) * values[0]
    for n in range(2, order):
        values[n] = ((2 * n - 1 + alpha - x) * values[n - 1] - (n - 1 + alpha) * values[n - 2]) / n
    return values


def _laguerre_far(order: int, x: Float64s, alpha: float) -> Float64s:
    """Where e^(−x/2) underflows: carry the logarithm of a scale beside two normalized terms."""
    values = np.empty((order, x.size))
    log_scale = -x / 2
    older, newer = np.zeros(x.size), np.ones(x.size)
    for n in range(order):
        if n:
            older, newer = newer, ((2 * n - 1 + alpha - x) * newer - (n - 1 + alpha) * older) / n
            size = np.maximum(np.abs(newer), np.abs(older))
            older, newer, log_scale = older / size, newer / size, log_scale + np.log(size)
        values[n] = newer * np.exp(np.minimum(log_scale, LARGEST_EXPONENT))
    return values


def laguerre_norms(order: int, alpha: float) -> Float64s:
    """Return Λ_n = √(Γ(n + α + 1)/Γ(n + 1)) for n < N: the norm of L_n^(α) under x^α e^(−x)."""
    log_norms = [0.5 * (math.lgamma(n + alpha + 1) - math.lgamma(n + 1)) for n in range(order)]
    norms: Float64s = np.exp(np.array(log_norms))
    return norms


def laguerre_at_zero(order: int, alpha: float) -> Float64s:
    """Return L_n^(α)(0) = binom(n + α, n) for n < N."""
    factors = [1.0, *((k + alpha) / k for k in range(1, order))]
    return np.cumprod(np.array(factors))


def powers(z: Complex128s, count: int) -> Complex128s:
    """Return z^0 … z^(count−1): (count, points), by doubling; a fifth of the cost of exponentials."""
    values = np.ones((count, z.size), dtype=np.complex128)
    done = 1
    while done < count:
        step = values[done - 1] * z
        more = min(done, count - done)
        np.multiply(values[:more], step, out=values[done : done + more])
        done += more
    return values

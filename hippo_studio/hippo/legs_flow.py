"""Every state of exact LegS, without a projection per sample: a short series, many pieces side by side.

While the sample u is held, from t = k - 1 to k, LegS flows as dc/d(ln t) = A c + B u. The constant past u is
its fixed point, so that

    c' = u e_0 + e^{A s} (c - u e_0),        s = ln(k/(k-1)).

Once k is some thousands, ‖A‖ s = 2/π N² s is small and a few terms of the exponential's series are exact to
rounding; before that, a sample is divided into several flows of smaller s. In the scale e_n = √(2n+1) c_n

    (A e)_n = -(n+1) e_n - (2n+1) Σ_{m<n} e_m,

so that all stages of Horner's rule, w ← e + (s/j) A w for j = J … 1, go down the coefficients together, each
with its own running sum. One chain of samples would wait for its own sums. So a push is cut into pieces,
whose first states come from re-projection, and all pieces flow together, one to a lane.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from hippo_studio.hippo.compiled import compiled
from hippo_studio.hippo.simd import INTEGER, Lanes, lane_code

FloatArray = NDArray[np.floating[Any]]
Float64Array = NDArray[np.float64]

LANES = 4
"""Pieces side by side: as many as one register holds, so that the sums of six terms stay in registers."""

_LARGEST_FLOW = 2.0  # ‖A‖ s of one flow: its largest term is 2, so no digits are lost
_MOST_TERMS = 32
_NEGLIGIBLE = 1e-18


@compiled
def flow_in_lanes(c: Float64Array, u: Float64Array, seen: NDArray[np.int64], out: FloatArray) -> None:
    """Exact LegS states after each sample: c (N, LANES) in place, u (m, LANES) → out (≤ LANES · m, N).

    Lane by lane; `seen` (LANES,), each ≥ 1, are the samples before each lane's first.
    """
    order, length = c.shape[0], u.shape[0]
    norm = 0.64 * order * order  # ‖A‖ ≤ 2/π N² and a little, checked for N = 4 … 512
    weights = np.empty(order)
    for n in range(order):
        weights[n] = 1.0 / np.sqrt(2.0 * n + 1.0)
        for i in range(LANES):
            c[n, i] /= weights[n]
    rates, factors = np.empty(LANES), np.empty(_MOST_TERMS * LANES)
    for sample in range(length):
        largest = 0.0
        for i in range(LANES):
            rates[i] = -np.log1p(-1.0 / (seen[i] + sample + 1.0))
            largest = max(largest, rates[i] * norm)
        flows = max(1, int(np.ceil(largest / _LARGEST_FLOW)))
        needed, size = 0, 1.0
        while size > _NEGLIGIBLE and needed < _MOST_TERMS:
            needed += 1
            size *= largest / flows / needed
        terms = _round_up(needed)
        for j in range(terms):
            k = terms - j
            for i in range(LANES):
                factors[j * LANES + i] = -rates[i] / flows / k if k <= needed else 0.0
        for i in range(LANES):
            c[0, i] -= u[sample, i]
        for _ in range(flows):
            _run(c, factors, order, terms)
        for i in range(LANES):
            c[0, i] += u[sample, i]
            if i * length + sample < out.shape[0]:
                row = out[i * length + sample]
                for n in range(order):
                    row[n] = c[n, i] * weights[n]


@compiled
def _round_up(terms: int) -> int:
    """The next number of terms that `_run` has code for."""
    for most in (4, 6, 8, 10, 14, 20):
        if terms <= most:
            return most
    return _MOST_TERMS


@compiled
def _run(c: Float64Array, factors: Float64Array, order: int, terms: int) -> None:
    """One flow of all lanes: c ← e^{A s} c in place, c (N, LANES), factors -s/j of j = terms … 1."""
    if terms == 4:
        _run_4(c, factors, order)
    elif terms == 6:
        _run_6(c, factors, order)
    elif terms == 8:
        _run_8(c, factors, order)
    elif terms == 10:
        _run_10(c, factors, order)
    elif terms == 14:
        _run_14(c, factors, order)
    elif terms == 20:
        _run_20(c, factors, order)
    else:
        _run_32(c, factors, order)


def _write(lanes: Lanes, terms: int) -> None:
    """Down the coefficients, all stages of Horner's rule at each."""
    build = lanes.builder
    c, factors, order = lanes.array(0), lanes.array(1), lanes.values[2]
    factor = [lanes.load(factors, INTEGER(j * LANES)) for j in range(terms)]
    zero = lanes.constant([0.0] * LANES)
    sums = [lanes.variable(zero) for _ in range(terms)]
    for total in sums:
        build.store(zero, total)
    one = lanes.constant([1.0] * LANES)
    with lanes.ticks(order) as n:
        place = build.mul(n, INTEGER(LANES))
        departure = lanes.load(c, place)
        n_here = lanes.spread(lanes.to_double(n))
        down = build.fadd(n_here, one)  # n + 1
        across = build.fadd(n_here, down)  # 2n + 1
        w = departure
        for j in range(terms):
            # running = factor · Σ_{m<n} w_m, so that w is all that this chain waits for
            running = build.load(sums[j])
            others = lanes.multiply_add(across, running, departure)
            build.store(lanes.multiply_add(factor[j], w, running), sums[j])
            w = lanes.multiply_add(w, build.fmul(factor[j], down), others)
        lanes.store(w, c, place)


def _terms_at_once(terms: int) -> Any:
    """The code for so many terms, whose sums stay in registers as far as there are any."""
    return lane_code({"c": None, "factors": None, "order": types.intp}, partial(_write, terms=terms), LANES)


_run_4, _run_6, _run_8, _run_10 = (_terms_at_once(terms) for terms in (4, 6, 8, 10))
_run_14, _run_20, _run_32 = (_terms_at_once(terms) for terms in (14, 20, 32))

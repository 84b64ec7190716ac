"""Every state of exact LegS, without a projection per sample: a short series, in lanes.

While the sample u is held, from t = k - 1 to k, LegS flows as dc/d(ln t) = A c + B u. The constant past u is
its fixed point, so that

    c' = u e_0 + e^{A s} (c - u e_0),        s = ln(k/(k-1)).

Once k is some thousands, ‖A‖ s = 2/π N² s is small and a few terms of the exponential's series are exact to
rounding; before that, a sample is divided into several flows of smaller s. In the scale e_n = √(2n+1) c_n

    (A e)_n = -(n+1) e_n - (2n+1) Σ_{m<n} e_m,

so that all stages of Horner's rule, w ← e + (s/j) A w for j = J … 1, go down the coefficients together, each
with its own running sum. As in `wavefront`, thirty-two flows run at once, each one coefficient behind the
last.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from hippo_studio.hippo.compiled import compiled
from hippo_studio.hippo.simd import INTEGER, LANES, Lanes, lane_code
from hippo_studio.hippo.wavefront import unskew

FloatArray = NDArray[np.floating[Any]]
Float64Array = NDArray[np.float64]

_LARGEST_FLOW = 2.0  # ‖A‖ s of one flow: its largest term is 2, so no digits are lost
_MOST_TERMS = 32
_NEGLIGIBLE = 1e-18


@compiled
def flow_in_lanes(c: Float64Array, u: Float64Array, samples_seen: int, out: FloatArray) -> None:
    """Exact LegS states after each sample: c (N,) in place, u (L,), out (L, N); samples_seen ≥ 1."""
    order, length = c.shape[0], u.shape[0]
    norm = 0.64 * order * order  # ‖A‖ ≤ 2/π N² and a little, checked for N = 4 … 512
    ticks = order + LANES - 1
    weights = np.empty(order)
    state = np.zeros(order + 2 * LANES)
    for n in range(order):
        weights[n] = 1.0 / np.sqrt(2.0 * n + 1.0)
        state[LANES + n] = c[n] / weights[n]
    kept = np.empty(ticks * LANES)
    rates, samples = np.zeros(LANES), np.zeros(LANES)
    rows = np.empty(LANES, dtype=np.intp)
    factors, sums = np.empty(_MOST_TERMS * LANES), np.empty(_MOST_TERMS * LANES)
    sample, left, rate = 0, 0, 0.0
    while sample < length:
        flows = 0
        largest = 0.0
        while flows < LANES and sample < length:
            if left == 0:
                whole = -np.log1p(-1.0 / (samples_seen + sample + 1.0))
                left = max(1, int(np.ceil(norm * whole / _LARGEST_FLOW)))
                rate = whole / left
            left -= 1
            rates[flows], samples[flows] = rate, u[sample]
            rows[flows] = sample if left == 0 else -1
            largest = max(largest, rate * norm)
            if left == 0:
                sample += 1
            flows += 1
        terms = 0
        size = 1.0
        while size > _NEGLIGIBLE and terms < _MOST_TERMS:
            terms += 1
            size *= largest / terms
        for j in range(terms):
            for i in range(LANES):
                factors[j * LANES + i] = -rates[i] / (terms - j)
                sums[j * LANES + i] = 0.0
        _run(state, samples, factors, sums, kept, ticks, flows, terms)
        unskew(kept, weights, flows, rows, out)
    for n in range(order):
        c[n] = state[LANES + n] * weights[n]


def _write(lanes: Lanes) -> None:
    """All ticks of one batch; lanes from `flows` on hand through what they get."""
    build = lanes.builder
    state, samples, factors, sums, kept = (lanes.array(i) for i in range(5))
    ticks, flows, terms = lanes.values[5:]
    lane = lanes.constant([float(i) for i in range(LANES)])
    zero, one = lanes.constant([0.0] * LANES), lanes.constant([1.0] * LANES)
    in_use = build.fcmp_ordered("<", lane, lanes.spread(lanes.to_double(flows)))
    held = lanes.load(samples, INTEGER(0))
    e = lanes.variable(lanes.entering(lanes.load_number(state, INTEGER(LANES))))
    stage = lanes.variable(zero)
    with lanes.ticks(ticks) as tick:
        old = build.load(e)
        n = build.fsub(lanes.spread(lanes.to_double(tick)), lane)
        constant = build.select(build.fcmp_ordered("==", n, zero), held, zero)  # u e_0
        departure = build.fsub(old, constant)
        down = build.fadd(n, one)  # n + 1
        across = build.fadd(n, down)  # 2n + 1
        build.store(departure, stage)
        with lanes.ticks(terms) as j:
            here = build.mul(j, INTEGER(LANES))
            w, factor, running = build.load(stage), lanes.load(factors, here), lanes.load(sums, here)
            # running = factor · Σ_{m<n} w_m, so that w is all that this chain waits for
            others = lanes.multiply_add(across, running, departure)
            build.store(lanes.multiply_add(w, build.fmul(factor, down), others), stage)
            lanes.store(lanes.multiply_add(factor, w, running), sums, here)
        new = build.select(in_use, build.fadd(build.load(stage), constant), old)
        lanes.store(new, kept, build.mul(tick, INTEGER(LANES)))
        next_tick = build.add(tick, INTEGER(1))
        build.store(lanes.last(new), build.gep(state, [next_tick]))
        entering = lanes.load_number(state, build.add(next_tick, INTEGER(LANES)))
        build.store(lanes.moved_up(new, entering), e)


_run = lane_code(
    {
        **dict.fromkeys(("state", "samples", "factors", "sums", "kept")),
        **dict.fromkeys(("ticks", "flows", "terms"), types.intp),
    },
    _write,
)

"""LegS steps as a wavefront: thirty-two samples' steps at once, each one coefficient behind the last.

A step runs down the coefficients with a running sum and cannot be cut (`recurrence`). But the next step may
begin as soon as the first has left coefficient 0. So lane i of a vector takes step k + i, and at tick τ lane
i is at coefficient n = τ - i:

    tick τ        lane 0: step k, n = τ          lane 1: step k + 1, n = τ - 1     …
    tick τ + 1    lane 0: step k, n = τ + 1      lane 1: step k + 1, n = τ: takes what lane 0 has just left

In the scale e_n = r_n c_n, which knows no square roots, each lane computes

    e'_n = (e_n d + (2n+1) s) / (k + α(n+1)),     d = k - (1-α)(n+1),     s ← s - (1-α) e_n - α e'_n,

from s = u at n = 0. The divisor of lane i is k + i + α(τ-i+1). With α = ½ it depends on 2k + i + τ + 1 alone:
N + 63 tabulated inverses serve a batch, and lanes read them as they lie; with α = 1 all lanes share one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from hippo_studio.hippo.compiled import compiled
from hippo_studio.hippo.simd import DOUBLE, INTEGER, LANES, Lanes, lane_code

FloatArray = NDArray[np.floating[Any]]
Float64Array = NDArray[np.float64]


@compiled
def steps_in_lanes(
    c: Float64Array, u: Float64Array, first_step: int, alpha: float, keep: bool, out: FloatArray
) -> None:
    """GBT(α) steps first_step … of LegS in place: c (N,), u (L,); with `keep`, each state into out (L, N)."""
    order, length = c.shape[0], u.shape[0]
    ticks = order + LANES - 1
    slopes = np.zeros(order + 3 * LANES)  # 2n + 1 where lane i of tick τ finds it, at ticks - τ + i
    weights = np.empty(order)  # 1/r_n
    state = np.zeros(order + 2 * LANES)  # e behind LANES places for what the first lanes leave unfinished
    for n in range(order):
        slopes[ticks - n] = 2.0 * n + 1.0
        weights[n] = 1.0 / np.sqrt(2.0 * n + 1.0)
        state[LANES + n] = c[n] / weights[n]
    stride = 1 if alpha == 0.5 else LANES
    divisors = np.empty(ticks * stride + LANES)
    kept = np.empty(ticks * LANES if keep else 0)
    samples = np.zeros(LANES)
    for start in range(0, length, LANES):
        steps = min(LANES, length - start)
        samples[:steps] = u[start : start + steps]
        k = float(first_step + start)
        if alpha == 0.5:
            for i in range(ticks + LANES):
                divisors[i] = 2.0 / (2.0 * k + 1.0 + i)
        elif alpha == 1.0:
            for tick in range(ticks):
                divisors[tick * LANES : (tick + 1) * LANES] = 1.0 / (k + 1.0 + tick)
        if alpha == 0.5 or alpha == 1.0:
            _run_tabulated(state, samples, slopes, divisors, kept, stride, ticks, steps, k, alpha, keep)
        else:
            _run_dividing(state, samples, slopes, divisors, kept, stride, ticks, steps, k, alpha, keep)
        if keep:
            _unskew(kept, weights, steps, out[start:])
    for n in range(order):
        c[n] = state[LANES + n] * weights[n]


@compiled
def _unskew(kept: Float64Array, weights: Float64Array, steps: int, out: FloatArray) -> None:
    """Write what lane i < steps kept, e_n at tick n + i, as c_n into row i of `out`.

    Kept (ticks · LANES,), weights (N,); 64 coefficients at a time, so that what is read stays in the cache.
    """
    for start in range(0, weights.shape[0], 64):
        stop = min(start + 64, weights.shape[0])
        for i in range(steps):
            row = out[i, start:stop]
            lane = kept[(start + i) * LANES + i :]
            scale = weights[start:stop]
            for n in range(stop - start):
                row[n] = lane[n * LANES] * scale[n]


_ARGUMENTS = {
    **dict.fromkeys(("state", "samples", "slopes", "divisors", "kept")),
    **dict.fromkeys(("stride", "ticks", "steps"), types.intp),
    **dict.fromkeys(("k", "alpha"), types.float64),
    "keep": types.boolean,
}


def _write(tabulated: bool) -> Callable[[Lanes], None]:
    def write(lanes: Lanes) -> None:
        """All ticks of one batch; lanes from `steps` on hand through what they get."""
        build = lanes.builder
        state, samples, slopes, divisors, kept = (lanes.array(i) for i in range(5))
        stride, ticks, steps, k, alpha, keep = lanes.values[5:]
        beta = build.fsub(DOUBLE(1.0), alpha)  # 1 - α
        lane = lanes.constant([float(i) for i in range(LANES)])
        in_use = build.fcmp_ordered("<", lane, lanes.spread(lanes.to_double(steps)))
        # d = (k + i) - (1-α)(τ - i + 1), and the divisor (k + i) + α(τ - i + 1), both linear in τ.
        d_first = lanes.multiply_add(
            lane, lanes.spread(build.fadd(beta, DOUBLE(1.0))), lanes.spread(build.fsub(k, beta))
        )
        divisor_first = lanes.multiply_add(lane, lanes.spread(beta), lanes.spread(build.fadd(k, alpha)))
        alphas, one = lanes.spread(alpha), lanes.constant([1.0] * LANES)
        minus_alpha, minus_beta = lanes.spread(build.fneg(alpha)), lanes.spread(build.fneg(beta))

        e = lanes.variable(lanes.entering(lanes.load_number(state, INTEGER(LANES))))
        s = lanes.variable(lanes.load(samples, INTEGER(0)))
        with lanes.ticks(ticks) as tick:
            old, before = build.load(e), build.load(s)
            now = lanes.spread(lanes.to_double(tick))
            slope = lanes.load(slopes, build.sub(ticks, tick))
            if tabulated:
                inverse = lanes.load(divisors, build.mul(tick, stride))
            else:
                inverse = build.fdiv(one, lanes.multiply_add(alphas, now, divisor_first))
            d = lanes.multiply_add(minus_beta, now, d_first)
            found = build.fmul(lanes.multiply_add(slope, before, build.fmul(old, d)), inverse)
            after = lanes.multiply_add(minus_alpha, found, lanes.multiply_add(minus_beta, old, before))
            build.store(after, s)
            new = build.select(in_use, found, old)
            with build.if_then(keep):
                lanes.store(new, kept, build.mul(tick, INTEGER(LANES)))
            # The last lane's coefficient leaves, all others move up a lane, the next one enters.
            next_tick = build.add(tick, INTEGER(1))
            build.store(lanes.last(new), build.gep(state, [next_tick]))
            entering = lanes.load_number(state, build.add(next_tick, INTEGER(LANES)))
            build.store(lanes.moved_up(new, entering), e)

    return write


_run_tabulated = lane_code(_ARGUMENTS, _write(tabulated=True))
_run_dividing = lane_code(_ARGUMENTS, _write(tabulated=False))

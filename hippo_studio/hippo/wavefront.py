"""LegS steps as a wavefront: thirty-two samples' steps at once, each one coefficient behind the last.

A step runs down the coefficients with a running sum and cannot be cut (`recurrence`). But the next step may
begin as soon as the first has left coefficient 0. So lane i of a vector takes step k + i, and at tick τ lane i
is at coefficient n = τ - i:

    tick τ        lane 0: step k, n = τ          lane 1: step k + 1, n = τ - 1     …
    tick τ + 1    lane 0: step k, n = τ + 1      lane 1: step k + 1, n = τ: takes what lane 0 has just left

In the scale e_n = r_n c_n, which knows no square roots, each lane computes

    e'_n = (e_n d + (2n+1) s) / (k + α(n+1)),     d = k - (1-α)(n+1),     s ← s - (1-α) e_n - α e'_n,

from s = u at n = 0. Divisions are tabulated: 1/(k + i + α(τ-i+1)) for all lanes. With α = ½ it depends on
2k + i + τ + 1 alone, so that a batch needs N + 63 of them, and lanes read them as they lie.

Vectors are written in LLVM's own terms: numba has none, and lanes that pass through memory wait for it. Where
the processor's registers are narrower than a vector, LLVM takes several; four are needed to hide latency.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from hippo_studio.hippo.compiled import compiled

FloatArray = NDArray[np.floating[Any]]
Float64Array = NDArray[np.float64]

LANES = 32


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
    ahead = (1.0 - alpha) * np.arange(LANES)
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
        else:
            for tick in range(ticks):
                row = divisors[tick * LANES : (tick + 1) * LANES]
                at_first_lane = k + alpha * (tick + 1.0)
                for i in range(LANES):
                    row[i] = 1.0 / (at_first_lane + ahead[i])
        _run(state, samples, slopes, divisors, kept, stride, ticks, steps, k, alpha, keep)
        if keep:
            for i in range(steps):
                for n in range(order):
                    out[start + i, n] = kept[(n + i) * LANES + i] * weights[n]
    for n in range(order):
        c[n] = state[LANES + n] * weights[n]


def _declare_run(
    context: Any,
    state: Any,
    samples: Any,
    slopes: Any,
    divisors: Any,
    kept: Any,
    stride: Any,
    ticks: Any,
    steps: Any,
    k: Any,
    alpha: Any,
    keep: Any,
) -> Any:
    """All ticks of one batch; lanes from `steps` on hand through what they get."""
    arrays = (state, samples, slopes, divisors, kept)
    numbers = (types.intp, types.intp, types.intp, types.float64, types.float64, types.boolean)
    return types.void(*arrays, *numbers), _generate_run


def _generate_run(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """LLVM code of `_run`."""
    double, integer = ir.DoubleType(), ir.IntType(64)
    vector, mask = ir.VectorType(double, LANES), ir.VectorType(ir.IntType(32), LANES)
    undefined = ir.Constant(vector, ir.Undefined)
    fused = ("contract",)

    def array(position: int) -> Any:
        return context.make_array(signature.args[position])(context, builder, arguments[position]).data

    def place(pointer: Any, index: Any) -> Any:
        return builder.bitcast(builder.gep(pointer, [index]), vector.as_pointer())

    def load_vector(pointer: Any, index: Any) -> Any:
        return builder.load(place(pointer, index), align=8)

    def load_number(pointer: Any, index: Any) -> Any:
        return builder.load(builder.gep(pointer, [index]))

    def spread(number: Any) -> Any:
        first = builder.insert_element(undefined, number, integer(0))
        return builder.shuffle_vector(first, undefined, ir.Constant(mask, [0] * LANES))

    def multiply_add(x: Any, y: Any, z: Any) -> Any:
        return builder.fadd(builder.fmul(x, y, flags=fused), z, flags=fused)

    state, samples, slopes, divisors, kept = (array(i) for i in range(5))
    stride, ticks, steps, k, alpha, keep = arguments[5:]
    beta = builder.fsub(double(1.0), alpha)  # 1 - α
    lane = ir.Constant(vector, [double(float(i)) for i in range(LANES)])
    in_use = builder.fcmp_ordered("<", lane, spread(builder.sitofp(steps, double)))
    # d = (k + i) - (1-α)(τ - i + 1) = [k - (1-α) + (2-α) i] - (1-α) τ
    d_at_start = multiply_add(lane, spread(builder.fadd(beta, double(1.0))), spread(builder.fsub(k, beta)))
    minus_alpha, minus_beta = spread(builder.fneg(alpha)), spread(builder.fneg(beta))

    e, s = cgutils.alloca_once(builder, vector), cgutils.alloca_once(builder, vector)
    nothing = ir.Constant(vector, [double(0.0)] * LANES)
    builder.store(builder.insert_element(nothing, load_number(state, integer(LANES)), integer(0)), e)
    builder.store(load_vector(samples, integer(0)), s)
    with cgutils.for_range(builder, ticks) as loop:
        tick, old, before = loop.index, builder.load(e), builder.load(s)
        d = multiply_add(minus_beta, spread(builder.sitofp(tick, double)), d_at_start)
        slope = load_vector(slopes, builder.sub(ticks, tick))
        divisor = load_vector(divisors, builder.mul(tick, stride))
        found = builder.fmul(multiply_add(slope, before, builder.fmul(old, d)), divisor)
        builder.store(multiply_add(minus_alpha, found, multiply_add(minus_beta, old, before)), s)
        new = builder.select(in_use, found, old)
        with builder.if_then(keep):
            builder.store(new, place(kept, builder.mul(tick, integer(LANES))), align=8)
        # The last lane's coefficient leaves, all others move up a lane, the next one enters at lane 0.
        after = builder.add(tick, integer(1))
        builder.store(builder.extract_element(new, integer(LANES - 1)), builder.gep(state, [after]))
        entering = load_number(state, builder.add(after, integer(LANES)))
        entered = builder.insert_element(undefined, entering, integer(0))
        moved = ir.Constant(mask, [LANES, *range(LANES - 1)])
        builder.store(builder.shuffle_vector(new, entered, moved), e)
    return context.get_dummy_value()


_run = intrinsic(_declare_run)

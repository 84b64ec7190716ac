"""Which combinations of measure, order, step and method blow up, and by how much.

With GBT at α ≥ ½ and with ZOH no memory here grows at all: A + Aᵀ ≤ 0 in the basis's own scale, and both
keep that contraction. Below ½, forward Euler foremost, a step can amplify:

- a time-invariant memory at every step, for ever where the spectral radius of Ā is above 1; and where it is
  not, still by a large factor for a while, because A is far from normal. Rounding is amplified alike;
- LegS during its first samples only: the eigenvalues 1 − n/k of forward Euler are below −1 while k < n/2.
  What grew is then multiplied by zero at k = n, so that from 2N samples on the memory is sound again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from hippo_studio.hippo.discretization import discretize, discretized_eigenvalues, gbt_alpha
from hippo_studio.hippo.measure import Measure

TOLERATED_GROWTH = 10.0
"""Amplification up to this is silent; beyond it a MemoryWarning says so."""

LARGEST_GROWTH = 1e6
"""A time-invariant memory that amplifies by more is refused: rounding alone would cost ten digits."""

_DOUBLINGS = 40  # powers of Ā up to 2^40 steps: nine months of 48 kHz


@dataclass(frozen=True)
class Verdict:
    """Whether a combination is refused, warned of, or neither, and in which words."""

    refusal: str = ""
    warning: str = ""


@lru_cache(maxsize=64)
def judge(measure: Measure, order: int, step: float, method: str, alpha: float, largest: float) -> Verdict:
    """Judge a memory before it is built; `step` is Δt/θ, `largest` the largest number of its dtype."""
    place = gbt_alpha(method, alpha)
    if place is None or place >= 0.5:
        return Verdict()
    name = "Forward Euler" if place == 0 else f"GBT({place:g})"
    if not measure.time_invariant:
        return _judge_legs(name, measure, order, place, largest)
    subject = f"{name} on {measure.label} at N = {order} with {1 / step:.6g} samples per θ"
    radius = spectral_radius(measure, order, step, method, alpha)
    if radius > 1 + 1e-9:
        return Verdict(
            refusal=f"{subject} is unstable: each sample multiplies the state by up to {radius:.6g}. "
            "Choose bilinear or zoh, a smaller N, or a longer θ."
        )
    growth = _growth(measure, order, step, method, alpha)
    if growth > LARGEST_GROWTH:
        return Verdict(
            refusal=f"{subject} amplifies by {growth:.1g} before it decays, rounding included. "
            "Choose bilinear or zoh, a smaller N, or a longer θ."
        )
    if growth > TOLERATED_GROWTH:
        return Verdict(
            warning=f"{subject} amplifies by {growth:.1g} before it decays; bilinear and zoh do not."
        )
    return Verdict()


def _judge_legs(name: str, measure: Measure, order: int, alpha: float, largest: float) -> Verdict:
    growth = _legs_growth(order, alpha)
    subject = f"{name} on {measure.label} at N = {order}"
    if growth > 1e-6 * largest:
        return Verdict(
            refusal=f"{subject} is unstable during its first {order // 2} samples, beyond the range of its "
            "numbers. Choose bilinear or zoh, or a smaller N."
        )
    if growth > TOLERATED_GROWTH:
        return Verdict(
            warning=f"{subject} is unstable during its first {order // 2} samples (it amplifies them by "
            f"{growth:.0e}); trust it from {2 * order} samples on, or choose bilinear or zoh."
        )
    return Verdict()


def spectral_radius(measure: Measure, order: int, step: float, method: str, alpha: float) -> float:
    """Return the largest |eigenvalue| of Ā; for LegS `step` is 1/k.

    An eigenvalue 0 of A is left out: it is that of FouT's slot of sin 0, which no sample ever reaches.
    """
    values = measure.eigenvalues(order)
    return float(np.abs(discretized_eigenvalues(values[values != 0], step, method, alpha)).max())


def _growth(measure: Measure, order: int, step: float, method: str, alpha: float) -> float:
    """The largest norm (root mean square gain) of Ā^(2^j): how far a state can swell before it decays."""
    A, B = measure.transition(order)
    power, _ = discretize(A, B, step, method, alpha)
    growth = 0.0
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(_DOUBLINGS):
            gain = float(np.linalg.norm(power)) / order**0.5
            if not gain <= 10 * LARGEST_GROWTH:
                return np.inf
            growth = max(growth, gain)
            if gain < 1e-3:
                break
            power = power @ power
    return growth


def _legs_growth(order: int, alpha: float) -> float:
    """The largest coefficient that a first sample of 1, and then silence, leads to."""
    from hippo_studio.hippo.recurrence import legs_trajectory

    impulse = np.zeros((1, order))
    impulse[0, 0] = 1.0
    with np.errstate(over="ignore", invalid="ignore"):
        peak = float(np.abs(legs_trajectory(np.zeros((1, order)), impulse, 1, alpha)).max())
    return peak if np.isfinite(peak) else np.inf

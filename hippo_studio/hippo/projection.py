"""The definition: c_n = ∫ k_n(τ) f(now − τ) dτ by quadrature, with no recurrence and no discretization.

The signal is constant over each sample's interval [k, k + 1]/fs, so that the integral is a sum over
intervals, each by Gauss–Legendre. A kernel of order N is no polynomial of τ for every measure, but it turns
smoothly: with the nodes below each interval is integrated to about 1e-14. This is the oracle against which
recurrences are tested, and what an `optimum` overlay shows: the best that N coefficients can do.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from hippo_studio.hippo import gates
from hippo_studio.hippo.gates import Float64s
from hippo_studio.hippo.measure import Measure
from hippo_studio.hippo.measures import get_measure

_NODES_AT_ONCE = 1 << 14  # kernel values in flight: 16 384 × N × 8 bytes


def project(
    measure: str | Measure,
    signal: npt.ArrayLike,
    sample_rate: float,
    order: int,
    theta: float | None = None,
    at: float | None = None,
) -> Float64s:
    """Return the coefficients (channels, N) that the measure defines, by quadrature.

    Parameters
    ----------
    measure : str or Measure
        A name of `MEASURES`, or a measure made by `get_measure`.
    signal : (T,) or (channels, T) array
        Held constant over each sample; zero before its first.
    sample_rate : float
        In Hz.
    order : int
        N.
    theta : float, optional
        θ in seconds; LegS has none.
    at : float, optional
        The moment to project at, in seconds of signal seen (0 … T/sample_rate); its end if not given. What
        an exact memory holds is `project(…, at=memory.time)`. At 0 nothing was seen: zeros.

    Raises
    ------
    ValueError
        For a bad argument, a sample that is not finite, and an `at` outside the signal.
    """
    chosen = get_measure(measure)
    order = gates.order(order)
    samples = _signal(signal)
    sample_rate = gates.positive("the sample rate", sample_rate, "Hz")
    seen = _samples_seen(at, samples.shape[1], sample_rate)
    coefficients = np.zeros((samples.shape[0], order))
    if seen == 0:
        return coefficients
    if chosen.time_invariant:
        if theta is None:
            raise ValueError(f"{chosen.title} needs a window θ in seconds; none was given.")
        span = gates.positive("θ", theta, "s") * sample_rate
    else:
        span = seen
    first = max(0, math.floor(seen - chosen.support * span)) if chosen.support < math.inf else 0
    edges = np.clip(
        (seen - np.arange(first, math.ceil(seen) + 1)) / span, 0.0, chosen.support
    )  # ages, falling
    nodes, weights = _gauss(_nodes_needed(chosen.phase(order, min(1 / span, chosen.support))))
    chunk = max(1, _NODES_AT_ONCE // nodes.size)
    for start in range(0, edges.size - 1, chunk):
        older, newer = edges[start:-1][:chunk], edges[start + 1 :][:chunk]
        half = (older - newer) / 2
        age = np.clip((older + newer)[:, None] / 2 + half[:, None] * nodes, newer[:, None], older[:, None])
        held = samples[:, first + start : first + start + half.size] * half
        weighted = (held[:, :, None] * weights).reshape(samples.shape[0], -1)
        coefficients += weighted @ chosen.kernel(order, age.ravel()).T
    return coefficients


def _signal(signal: npt.ArrayLike) -> Float64s:
    samples = gates.numbers("the signal", signal).astype(np.float64)
    samples = samples[None, :] if samples.ndim == 1 else samples
    if samples.ndim != 2:
        raise ValueError(f"The signal has shape {samples.shape}; (T,) or (channels, T) is needed.")
    gates.finite("the signal", samples)
    return samples


def _samples_seen(at: float | None, length: int, sample_rate: float) -> float:
    """`at` in samples, whole where it is so but for rounding."""
    if at is None:
        return length
    seen = gates.finite_number("at", at) * sample_rate
    if math.isclose(seen, round(seen), rel_tol=1e-12, abs_tol=1e-6):
        seen = round(seen)
    if not 0 <= seen <= length:
        raise ValueError(
            f"at is {at:g} s; a moment of the signal, from 0 to {length / sample_rate:g} s, is needed."
        )
    return seen


def _nodes_needed(phase: float) -> int:
    """Return how many Gauss nodes integrate a function that turns by `phase` radians to 1e-17.

    m nodes integrate degree 2m − 1; on e^(izs), |s| ≤ 1, z = phase/2, what is left is of the size of the
    spherical Bessel function j_2m(z) ≤ z^2m/(4m + 1)!!.
    """
    z = max(phase / 2, 1e-3)
    count = 2
    log_rest = 4 * math.log(z) - math.log(945)  # z^4/9!!
    while log_rest > math.log(1e-17):
        log_rest += 2 * math.log(z) - math.log(4 * count + 3) - math.log(4 * count + 5)
        count += 1
    return count


@lru_cache(maxsize=16)
def _gauss(count: int) -> tuple[Float64s, Float64s]:
    nodes, weights = np.polynomial.legendre.leggauss(count)
    return nodes, weights

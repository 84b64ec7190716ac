"""From the continuous equation to one step per sample.

dc/dt = A c + B f, with f sampled every `step`, becomes c_k = Ā c_{k−1} + B̄ f_k. All methods but ZOH are the
generalized bilinear transform, GBT(α), whose α says where in the step the derivative is taken:

    Ā = (I − αΔA)⁻¹ (I + (1 − α)ΔA)        B̄ = Δ (I − αΔA)⁻¹ B

α = 0 is forward Euler, 1 backward Euler, ½ bilinear (Tustin). ZOH holds f constant over the step and solves
exactly: Ā = e^(ΔA), B̄ = ∫₀^Δ e^(As) B ds, both from one exponential of [[ΔA, ΔB], [0, 0]] (Van Loan 1978).
For every measure here A + Aᵀ ≤ 0 in the basis's own scale, so α ≥ ½ and ZOH are stable at any step.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from hippo_studio.hippo import gates
from hippo_studio.hippo.gates import Float64s


@dataclass(frozen=True)
class Method:
    """A way to discretize: what a menu shows of it, and its α where it is a GBT."""

    name: str
    title: str
    summary: str
    alpha: float | None = None
    """Its place in the step; None for GBT, where the caller says, and for ZOH, which has none."""


METHODS: Mapping[str, Method] = MappingProxyType(
    {
        method.name: method
        for method in (
            Method("forward", "Forward Euler", "explicit, first order; unstable at large steps", 0.0),
            Method("backward", "Backward Euler", "implicit, first order; always stable, damps", 1.0),
            Method("bilinear", "Bilinear", "implicit, second order; always stable", 0.5),
            Method("gbt", "GBT(α)", "between forward (α = 0) and backward (α = 1); stable from α = ½"),
            Method("zoh", "Zero-order hold", "exact for a signal that is constant over each sample"),
        )
    }
)
"""Every method by its name, in the order in which menus show them."""


def get_method(name: object) -> Method:
    """Return the method of that name; ValueError lists those that exist."""
    if not isinstance(name, str) or name not in METHODS:
        raise ValueError(f"The method is {name!r}; one of {', '.join(METHODS)} is needed.")
    return METHODS[name]


def gbt_alpha(method: str, alpha: float = 0.5) -> float | None:
    """Return the α of a method, `alpha` itself for "gbt", and None for "zoh"."""
    known = get_method(method)
    if known.name == "gbt":
        return gates.within("GBT's α", alpha, 0.0, 1.0)
    return known.alpha


def discretize(
    A: npt.ArrayLike, B: npt.ArrayLike, step: float, method: str = "bilinear", alpha: float = 0.5
) -> tuple[Float64s, Float64s]:
    """Return Ā (N, N) and B̄, shaped as B: (N,) or (N, inputs), for one step.

    `step` is in the time unit of A (for a measure's transition: Δt/θ). `method` is one of `METHODS`; `alpha`
    counts for "gbt" only. Raises ValueError for wrong shapes, values that are not finite, a step that is not
    above 0, an unknown method, α outside [0, 1], and where I − αΔA has no inverse.
    """
    A, B = _matrix("A", A), _matrix("B", B)
    if A.ndim != 2 or A.shape[0] != A.shape[1] or not A.size:
        raise ValueError(f"A has shape {A.shape}; a square matrix is needed.")
    if B.ndim not in (1, 2) or B.shape[0] != A.shape[0]:
        raise ValueError(
            f"B has shape {B.shape}; ({A.shape[0]},) or ({A.shape[0]}, inputs) is needed beside A."
        )
    step = gates.positive("the step", step)
    place = gbt_alpha(method, alpha)
    inputs = B.reshape(B.shape[0], -1)
    Ad, Bd = _hold(A, inputs, step) if place is None else _gbt(A, inputs, step, place)
    return Ad, Bd.reshape(B.shape)


def discretized_eigenvalues(
    eigenvalues: npt.ArrayLike, step: float, method: str = "bilinear", alpha: float = 0.5
) -> npt.NDArray[np.complex128]:
    """Return the eigenvalues of Ā from those of A: the scalar form of `discretize`, exact for any A."""
    scaled = gates.positive("the step", step) * np.asarray(eigenvalues, dtype=np.complex128)
    place = gbt_alpha(method, alpha)
    if place is None:
        return np.exp(scaled)
    return (1 + (1 - place) * scaled) / (1 - place * scaled)


def _gbt(A: Float64s, B: Float64s, step: float, alpha: float) -> tuple[Float64s, Float64s]:
    identity: Float64s = np.eye(A.shape[0])
    explicit: Float64s = identity + (1 - alpha) * step * A
    if alpha == 0:
        return explicit, step * B
    try:
        both = _solve(identity - alpha * step * A, np.hstack([explicit, step * B]))
    except np.linalg.LinAlgError:
        raise ValueError(
            f"I − αΔA has no inverse at α = {alpha:g} and step {step:g}; change the step."
        ) from None
    return _split(both, A.shape[0])


def _hold(A: Float64s, B: Float64s, step: float) -> tuple[Float64s, Float64s]:
    order, inputs = B.shape
    augmented = np.zeros((order + inputs, order + inputs))
    augmented[:order] = step * np.hstack([A, B])
    return _split(exponential(augmented)[:order], order)


def exponential(M: Float64s) -> Float64s:
    """Return e^M by Padé's [13/13] approximant, scaling and squaring (Higham 2005, SIMAX 26, 1179).

    Not scipy.linalg.expm: on triangular matrices with large entries off the diagonal, such as GLagT's with
    α = −½ and β = 2 at order 7 over 3 θ, that of scipy 1.17 is off by a quarter.
    """
    norm = np.linalg.norm(M, 1)
    squarings = max(0, math.ceil(math.log2(norm / _PADE_REACH))) if norm else 0
    M = M / 2.0**squarings
    identity = np.eye(M.shape[0])
    M2 = M @ M
    M4 = M2 @ M2
    M6 = M4 @ M2
    b = _PADE
    odd = M @ (
        M6 @ (b[13] * M6 + b[11] * M4 + b[9] * M2) + b[7] * M6 + b[5] * M4 + b[3] * M2 + b[1] * identity
    )
    even = M6 @ (b[12] * M6 + b[10] * M4 + b[8] * M2) + b[6] * M6 + b[4] * M4 + b[2] * M2 + b[0] * identity
    result = _solve(even - odd, even + odd)
    for _ in range(squarings):
        result = result @ result
    return result


_PADE_REACH = 5.371920351148152  # the 1-norm up to which [13/13] is good to 2^−53 (Higham's θ_13)
_PADE = [math.comb(13, k) * math.factorial(26 - k) / math.factorial(26) for k in range(14)]


def _solve(matrix: Float64s, right: Float64s) -> Float64s:
    return np.asarray(np.linalg.solve(matrix, right), dtype=np.float64)


def _split(both: Float64s, order: int) -> tuple[Float64s, Float64s]:
    return np.ascontiguousarray(both[:, :order]), np.ascontiguousarray(both[:, order:])


def _matrix(name: str, values: npt.ArrayLike) -> npt.NDArray[Any]:
    array = gates.numbers(name, values).astype(np.float64)
    gates.finite(name, array)
    return array

"""Where a state space model begins: its A and B in the form that each layer learns them, and its Δ.

The matrices themselves are those of `hippo_studio.hippo`. Here they are written in the forms that are cheap
to compute with. With P of shape (N, r), r = 1 or 2, and S skew-symmetric,

    A + P Pᵀ = −s I + S = V Λ V*        (normal: V is unitary)        so        A = V (Λ − (V*P)(V*P)*) V*

which is NPLR on the left and DPLR on the right (S4, arXiv 2111.00396, Theorem 1 and Appendix C.1). Λ comes in
conjugate pairs; one of each pair is kept, and x = 2 Re(V z) leads back from M = N/2 complex states z to x.

    measure     P                          s
    LegS        √(n + ½)                   ½
    LagT        1/√2                       ½
    LegT        r_n, once even n, once odd 0
    FouT        √2 b                       0

A itself is never diagonalized: the eigenvectors of LegS have condition number 8·10^10 at N = 16.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import torch

from hippo_studio.hippo import gates, transition
from hippo_studio.ssm.choices import DENSE_INITIALIZATIONS, DIAGONAL_INITIALIZATIONS, DPLR_INITIALIZATIONS

Reals = npt.NDArray[np.float64]
Complexes = npt.NDArray[np.complex128]


@dataclass(frozen=True)
class DPLR:
    """A = V (Λ − P P*) V* and B, by one of each conjugate pair. Arrays are complex128."""

    eigenvalues: Complexes
    """Λ: (M,), imaginary parts ≥ 0, ascending."""
    low_rank: Complexes
    """V*P: (M, r)."""
    input: Complexes
    """V*B: (M,)."""
    basis: Complexes
    """V: (N, M), half of a unitary matrix whose other half is its conjugate."""

    def dense(self) -> tuple[Reals, Reals]:
        """Return A (N, N) and B (N,) in the coordinates of the measure."""
        V, P = self.basis, self.low_rank
        half = (V * self.eigenvalues) @ V.conj().T
        P_whole = 2 * (V @ P).real
        return 2 * half.real - P_whole @ P_whole.T, 2 * (V @ self.input).real


@dataclass(frozen=True)
class Diagonal:
    """The diagonal of A and B, by one of each conjugate pair: (M,) each, complex128."""

    eigenvalues: Complexes
    input: Complexes


def dplr(name: str, order: int, seed: int = 0) -> DPLR:
    """Return the DPLR form of a measure's A and B, or of a random A.

    `name` is one of `DPLR_INITIALIZATIONS`; `order` N is even; `seed` counts for "random" only. Raises
    ValueError for an unknown name and for an odd order.
    """
    _known("The initialization", name, DPLR_INITIALIZATIONS)
    pairs = _pairs(order)
    if name == "random":
        return _random_dplr(pairs, np.random.default_rng(seed))
    A, B = transition(name, order)
    P = _LOW_RANK[name](np.arange(order))
    eigenvalues, V = _halve(A + P @ P.T)
    return DPLR(eigenvalues, V.conj().T @ P, V.conj().T @ B, V)


def diagonal(name: str, order: int, seed: int = 0) -> Diagonal:
    """Return a diagonal A and its B (S4D, arXiv 2206.11893, eqs. 6 to 9), n = 0 … N/2 − 1.

    "lin": −½ + iπn. "inv": −½ + i (N/π)(N/(2n + 1) − 1). "real": −(n + 1). "legs": the normal part of LegS,
    with half its B, whose step responses tend to those of LegS (Theorem 3). "random": uniform in the disc
    of radius 1 around −1, where the eigenvalues of `dense("random")` lie. `order` N is even; `seed` counts
    for "random" only. Raises ValueError for an unknown name and for an odd order.
    """
    _known("The initialization", name, DIAGONAL_INITIALIZATIONS)
    pairs = _pairs(order)
    if name == "legs":
        legs = dplr("legs", order)
        return Diagonal(legs.eigenvalues, legs.input / 2)
    n = np.arange(pairs)
    eigenvalues: Complexes
    if name == "lin":
        eigenvalues = np.asarray(-0.5 + 1j * math.pi * n, np.complex128)
    elif name == "inv":
        eigenvalues = np.asarray(-0.5 + 1j * (order / math.pi) * (order / (2 * n + 1) - 1), np.complex128)
    elif name == "real":
        eigenvalues = np.asarray(-(n + 1.0), np.complex128)
    else:
        eigenvalues = _in_disc(pairs, np.random.default_rng(seed))
    return Diagonal(eigenvalues, np.ones(pairs, dtype=np.complex128))


def dense(name: str, order: int, seed: int = 0) -> tuple[Reals, Reals]:
    """Return A (N, N) and B (N,) of a measure, or random ones: A = G/√N − I with Gaussian G, B Gaussian.

    Raises ValueError for an unknown name.
    """
    _known("The initialization", name, DENSE_INITIALIZATIONS)
    if name == "random":
        rng = np.random.default_rng(seed)
        return rng.standard_normal((order, order)) / math.sqrt(order) - np.eye(order), rng.standard_normal(
            order
        )
    A, B = transition(name, order)
    return A, B


def log_timescales(
    count: int, low: float = 1e-3, high: float = 1e-1, *, spread: str = "random"
) -> torch.Tensor:
    """Return ln Δ: (count,) float32, log-uniform in [low, high], in samples per unit of A's time.

    `spread` "random" draws them (torch's generator), "even" sets them at equal ratios, both ends included.
    A timescale Δ remembers about 1/Δ samples. Raises ValueError unless 0 < low ≤ high.
    """
    low, high = (gates.finite_number("the timescale", end) for end in (low, high))
    if not 0 < low <= high:
        raise ValueError(f"The timescales range from {low:g} to {high:g}; 0 < low ≤ high is needed.")
    if spread not in ("random", "even"):
        raise ValueError(f"The spread of the timescales is {spread!r}; “random” or “even” is needed.")
    place = torch.rand(count) if spread == "random" else torch.linspace(0, 1, count)
    return math.log(low) + place * (math.log(high) - math.log(low))


def draw_seed() -> int:
    """Return a seed drawn from torch's generator, so that torch.manual_seed decides the random starts too."""
    return int(torch.randint(2**31, ()))


_LOW_RANK: Mapping[str, Callable[[npt.NDArray[np.int64]], Reals]] = MappingProxyType(
    {
        "legs": lambda n: np.sqrt(n + 0.5)[:, None],
        "lagt": lambda n: np.full((n.size, 1), math.sqrt(0.5)),
        "legt": lambda n: np.sqrt(2.0 * n + 1)[:, None] * np.stack([n % 2 == 0, n % 2 == 1], axis=1),
        "fout": lambda n: np.where(n == 0, math.sqrt(2), np.where(n % 2 == 0, 2.0, 0.0))[:, None],
    }
)


def _halve(normal: Reals) -> tuple[Complexes, Complexes]:
    """Return Λ (M,) and V (N, M) of −s I + S, one of each conjugate pair, by eigh of the Hermitian −i S."""
    order = normal.shape[0]
    decay = np.diag(normal).mean()
    skew = (normal - normal.T) / 2
    frequencies, V = np.linalg.eigh(-1j * skew)
    frequencies, V = frequencies[order // 2 :], V[:, order // 2 :]
    still = int(np.count_nonzero(frequencies < 1e-9 * max(1.0, frequencies[-1])))
    if still:
        # A frequency of 0 is its own conjugate: take an orthonormal real basis of S's null space, in pairs.
        null = np.linalg.svd(skew)[2][-2 * still :]
        V[:, :still] = (null[:still] + 1j * null[still:]).T / math.sqrt(2)
        frequencies[:still] = 0.0
    return decay + 1j * frequencies, V


def _random_dplr(pairs: int, rng: np.random.Generator) -> DPLR:
    """A normal matrix with eigenvalues in the disc, minus a random rank one: stable, as −P P* only damps."""
    gaussian = rng.standard_normal((2, 2, pairs))
    P, B = gaussian[:, 0] / 2 + 0.5j * gaussian[:, 1]
    V: Complexes = np.vstack([np.eye(pairs), -1j * np.eye(pairs)]).astype(np.complex128) / math.sqrt(2)
    return DPLR(_in_disc(pairs, rng), P[:, None], B, V)


def _in_disc(count: int, rng: np.random.Generator) -> Complexes:
    """Points uniform in the upper half of the disc of radius 1 around −1, ascending in frequency."""
    radius, angle = np.sqrt(rng.random(count)), math.pi * rng.random(count)
    points = -1 + radius * np.exp(1j * angle)
    return np.asarray(points[np.argsort(points.imag)])


def _pairs(order: int) -> int:
    order = gates.whole_number("the state size N", order)
    if order < 2 or order % 2:
        raise ValueError(
            f"The state size N is {order}; an even number from 2 is needed, because states come in conjugate "
            "pairs."
        )
    return order // 2


def _known(what: str, name: str, names: tuple[str, ...]) -> None:
    if name not in names:
        raise ValueError(f"{what} is {name!r}; one of {', '.join(names)} is needed.")

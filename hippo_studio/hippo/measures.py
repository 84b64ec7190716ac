"""The measures: what a HiPPO memory of order N keeps of the past, and what it lets go.

A measure says how much each moment of the past matters (its weight ω), and in which functions the past is
written down (its basis g_n). The memory holds the coefficients c_n of the projection of the past f on that
basis under that weight. They follow an ordinary differential equation driven by the present sample:

    time-invariant measures   dc/dt = (A c + B f)/θ        LegS   dc/dt = (A c + B f)/t

Conventions, once and for all (papers write −A; public code carries LegT in three scales, here is one):

    letter      meaning                                               shape, unit
    θ           window, or decay time                                 seconds; never inside A and B
    τ           age: how long ago, 0 is now                           θ = 1 (LegS: t = 1, so x = 1 − τ)
    A, B        transition at unit timescale; 1/θ or 1/t outside      (N, N), (N,)
    ω(τ)        weight, ∫ ω dτ = 1                                    per θ (LegS: per t)
    g_n(τ)      basis, ∫ g_n g_m ω dτ = δ_nm; the past is Σ c_n g_n   (N, ages)
    k_n(τ)      kernel, c_n = ∫ k_n(τ) f(now − τ) dτ; k_n = g_n ω     (N, ages)
    r_n         √(2n + 1), the norm that makes P_n orthonormal

Where a measure is `exact`, k(τ) = e^(Aτ) B (LegS: with ln t for time) and the equation computes the
projection itself. LegT and FouT cut the past off; what leaves their window is taken from their own
reconstruction, so they only approach it. With LegT's LMU scaling the basis is orthogonal, not orthonormal.

Sources: Gu et al. 2020, arXiv 2008.07669, Theorems 1 and 2, Appendices B.3 and D; Gu et al. 2022,
arXiv 2206.12037 (LegS-LTI, FouT); Voelker et al. 2019, NeurIPS (LMU).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, final

import numpy as np
import numpy.typing as npt

from hippo_studio.hippo import gates
from hippo_studio.hippo.delay_poles import delay_poles
from hippo_studio.hippo.gates import Complex128s, Float64s
from hippo_studio.hippo.measure import Measure, Transition
from hippo_studio.hippo.polynomials import (
    LARGEST_EXPONENT,
    laguerre_at_zero,
    laguerre_functions,
    laguerre_norms,
    legendre,
    powers,
)


@final
@dataclass(frozen=True)
class LegT(Measure):
    """Translated Legendre: the last θ seconds, evenly, and nothing before. HiPPO Theorem 1, eq. (1)."""

    name = "legt"
    title = "LegT"
    summary = "the last θ seconds, every moment alike"
    remembers = "A sliding window of θ seconds, as a polynomial of degree N − 1."
    forgets = "Everything older than θ, at once."
    choose_when = "What matters lies at most θ seconds back, and you know θ."
    confused_with = "The LMU, which is the same memory in another scaling (normalization “lmu”)."
    formula = (
        r"A_{nk} = -\sqrt{2n+1}\sqrt{2k+1}\,\begin{cases}1 & k \le n\\(-1)^{n-k} & k > n\end{cases}"
        r"\qquad B_n = \sqrt{2n+1}"
    )
    exact = False

    normalization: str = "orthonormal"

    def __post_init__(self) -> None:
        if self.normalization not in ("orthonormal", "lmu"):
            raise ValueError(
                f"LegT's normalization is {self.normalization!r}; “orthonormal” or “lmu” is needed."
            )

    @property
    def label(self) -> str:
        """LegT, or LegT in the LMU's scaling."""
        return self.title if self.normalization == "orthonormal" else f"{self.title} (LMU)"

    def _scale(self, order: int) -> Float64s:
        """Λ: the LMU's coefficients are Λ c, with Λ_n = (−1)^n r_n. Orthonormal: 1."""
        if self.normalization == "orthonormal":
            return np.ones(order)
        return _r(order) * (-1.0) ** np.arange(order)

    def _matrices(self, order: int) -> tuple[Float64s, Float64s]:
        n, k = np.ogrid[:order, :order]
        r, scale = _r(order), self._scale(order)
        A = -np.outer(r, r) * np.where(k <= n, 1.0, (-1.0) ** (n - k))
        return scale[:, None] * A / scale, scale * r

    def _basis(self, order: int, age: Float64s) -> Float64s:
        return (_r(order) / self._scale(order))[:, None] * legendre(order, 1 - 2 * age)

    def _spectrum(self, order: int) -> Complex128s:
        return delay_poles(order)

    def _weight(self, age: Float64s) -> Float64s:
        return np.ones(age.size)

    def _kernel(self, order: int, age: Float64s) -> Float64s:
        return (_r(order) * self._scale(order))[:, None] * legendre(order, 1 - 2 * age)

    def phase(self, order: int, width: float) -> float:
        """Return the angle at either end, P_n(cos φ) turning as nφ."""
        return order * math.acos(1 - 2 * width)


@final
@dataclass(frozen=True)
class LegS(Measure):
    """Scaled Legendre: all that was ever heard, evenly, at no timescale. HiPPO Theorem 2."""

    name = "legs"
    title = "LegS"
    summary = "the whole past since the start, every moment alike"
    remembers = "Everything since the first sample, as a polynomial of degree N − 1 stretched over it."
    forgets = "Detail, evenly: the longer the past, the coarser each part of it. There is no θ."
    choose_when = "The length of the past is unknown, or the same thing may come at any speed."
    confused_with = "LegS-LTI, which has the same matrices under 1/θ instead of 1/t, and so fades."
    formula = (
        r"A_{nk} = -\begin{cases}\sqrt{2n+1}\sqrt{2k+1} & n > k\\n+1 & n = k\\0 & n < k\end{cases}"
        r"\qquad B_n = \sqrt{2n+1}"
    )
    time_invariant = False

    def _matrices(self, order: int) -> tuple[Float64s, Float64s]:
        r = _r(order)
        return -np.tril(np.outer(r, r), -1) - np.diag(np.arange(1.0, order + 1)), r

    def _basis(self, order: int, age: Float64s) -> Float64s:
        return _r(order)[:, None] * legendre(order, 1 - 2 * age)

    def _weight(self, age: Float64s) -> Float64s:
        return np.ones(age.size)

    def phase(self, order: int, width: float) -> float:
        """Return the angle at either end, P_n(cos φ) turning as nφ."""
        return order * math.acos(1 - 2 * width)


@final
@dataclass(frozen=True)
class LagT(Measure):
    """Translated Laguerre: an exponentially fading past. HiPPO Theorem 1 (α = 0, β = 1), Appendix D.2.

    GLagT(α, β) tilts it: ω = τ^(−α) e^(−βτ) β^(1−α)/Γ(1−α), −1 < α < 1, β > 0.
    """

    name = "lagt"
    title = "LagT"
    summary = "the past fading with e^(−τ/θ), in Laguerre polynomials"
    remembers = "Slow swings far back, out to 4Nθ, ever more faintly; of the last θ only a few cycles."
    forgets = "Each moment by a factor e per θ seconds; nothing is ever cut off."
    choose_when = "The newest matters most and there is no natural window."
    confused_with = "Public code's “lagt”, which is the limit β → 0 of GLagT (diagonal −½, not −1)."
    formula = (
        r"A = \Lambda^{-1}\left(-\tfrac{1+\beta}{2} I - L\right)\Lambda \qquad "
        r"B_n = \frac{\beta^{(1-\alpha)/2}}{\Lambda_n\sqrt{\Gamma(1-\alpha)}}\binom{n+\alpha}{n} \qquad "
        r"\Lambda_n = \sqrt{\frac{\Gamma(n+\alpha+1)}{\Gamma(n+1)}} \qquad L_{nk} = 1,\; k < n"
    )
    support = math.inf

    alpha: float = 0.0
    beta: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "alpha", gates.within("GLagT's α", self.alpha, -1, 1, open_ends=True))
        object.__setattr__(self, "beta", gates.positive("GLagT's β", self.beta))

    @property
    def label(self) -> str:
        """LagT, or GLagT with its α and β."""
        usual = self.alpha == 0.0 and self.beta == 1.0
        return self.title if usual else f"GLagT(α = {self.alpha:g}, β = {self.beta:g})"

    def _size(self) -> float:
        """√(β^(1−α)/Γ(1−α)): the root of the weight's constant."""
        return math.exp(0.5 * ((1 - self.alpha) * math.log(self.beta) - math.lgamma(1 - self.alpha)))

    def _matrices(self, order: int) -> tuple[Float64s, Float64s]:
        norm = laguerre_norms(order, self.alpha)
        A = -0.5 * (1 + self.beta) * np.eye(order) - np.tril(np.ones((order, order)), -1)
        return A * norm / norm[:, None], self._size() * laguerre_at_zero(order, self.alpha) / norm

    def _basis(self, order: int, age: Float64s) -> Float64s:
        # g = L_n^(α)(τ) τ^α e^((β−1)τ/2)/(Λ_n size): for α < 0 without bound at age 0, so never there.
        age = np.maximum(age, np.finfo(np.float64).tiny)
        growth = np.exp(np.minimum(0.5 * self.beta * age, LARGEST_EXPONENT)) * age**self.alpha / self._size()
        return (
            laguerre_functions(order, age, self.alpha) * growth / laguerre_norms(order, self.alpha)[:, None]
        )

    def _weight(self, age: Float64s) -> Float64s:
        age = np.maximum(age, np.finfo(np.float64).tiny)
        return np.asarray(self._size() ** 2 * age**-self.alpha * np.exp(-self.beta * age))

    def _kernel(self, order: int, age: Float64s) -> Float64s:
        # τ^α of the basis and τ^(−α) of the weight cancel: the kernel is smooth.
        fading = self._size() * np.exp(-0.5 * self.beta * age)
        return (
            laguerre_functions(order, age, self.alpha) * fading / laguerre_norms(order, self.alpha)[:, None]
        )

    def phase(self, order: int, width: float) -> float:
        """Return the angle over the newest ages, where L_n(τ) turns as cos(2√(nτ)), and the fading."""
        return 2 * math.sqrt(order * width) + 0.5 * (1 + self.beta) * width


@final
@dataclass(frozen=True)
class FouT(Measure):
    """Truncated Fourier: the last θ seconds as a Fourier series. HiPPO Appendix D.3.

    Slot n of the basis at even N: 1, (sin 0), √2 cos, √2 sin, √2 cos of twice …, the layout of the
    literature, whose second slot is always 0. An odd N holds the same series without that slot.
    """

    name = "fout"
    title = "FouT"
    summary = "the last θ seconds, as a Fourier series"
    remembers = "A sliding window of θ seconds, as a constant and ⌊(N − 1)/2⌋ harmonics of 1/θ."
    forgets = "Everything older than θ, at once; and the jump between the window's two ends."
    choose_when = "The signal repeats with the period θ, or you want to read frequencies off the memory."
    confused_with = (
        "A short-time Fourier transform: that is exact and needs the window's samples, this needs N numbers."
    )
    formula = (
        r"A = 2\pi\,\mathrm{diag}_n\begin{pmatrix}0 & -n\\n & 0\end{pmatrix} - 2\,b\,b^{T} \qquad B = 2\,b"
        r"\qquad b = (1, 0, \sqrt2, 0, \sqrt2, \dots)"
    )
    exact = False

    @staticmethod
    def harmonics(order: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.bool_]]:
        """Return for each slot its harmonic n (N,) and whether it holds the sine (N,)."""
        slot = np.arange(order) if order % 2 == 0 else np.maximum(np.arange(order) + 1, 1)
        if order % 2:
            slot[0] = 0
        return slot // 2, slot % 2 == 1

    def _matrices(self, order: int) -> tuple[Float64s, Float64s]:
        harmonic, sine = self.harmonics(order)
        b = np.where(sine, 0.0, np.where(harmonic == 0, 1.0, math.sqrt(2)))
        A = -2 * np.outer(b, b)
        for s in np.flatnonzero(sine):  # its cosine is the slot before
            A[s - 1, s] -= 2 * math.pi * harmonic[s]
            A[s, s - 1] += 2 * math.pi * harmonic[s]
        return A, 2 * b

    def _basis(self, order: int, age: Float64s) -> Float64s:
        harmonic, sine = self.harmonics(order)
        turns = powers(np.exp(2j * math.pi * age), harmonic[-1] + 1)
        turns[1:] *= math.sqrt(2)
        values = np.empty((order, age.size))
        values[~sine] = turns.real[harmonic[~sine]]
        values[sine] = turns.imag[harmonic[sine]]
        return values

    def _weight(self, age: Float64s) -> Float64s:
        return np.ones(age.size)

    def phase(self, order: int, width: float) -> float:
        """Return the angle of the highest harmonic."""
        return math.pi * order * width

    def cycles(self, order: int) -> float:
        """Return the highest harmonic held."""
        return float((order - 1) // 2)


@final
@dataclass(frozen=True)
class LegSLTI(Measure):
    """LegS with 1/θ in place of 1/t, as S4 uses it: exponentially warped Legendre. arXiv 2206.12037."""

    name = "legs-lti"
    title = "LegS-LTI"
    summary = "the past fading with e^(−τ/θ), in warped Legendre polynomials"
    remembers = "The recent past finely and the older past ever more coarsely, out to many θ."
    forgets = "Each moment by a factor e per θ seconds; nothing is ever cut off."
    choose_when = "You want what S4 starts from, or a fading memory that reaches far back."
    confused_with = "LegS, which has the same matrices under 1/t and never fades."
    formula = LegS.formula
    support = math.inf

    def _matrices(self, order: int) -> tuple[Float64s, Float64s]:
        return LegS()._matrices(order)

    def _basis(self, order: int, age: Float64s) -> Float64s:
        # 2e^(−τ) − 1 = 1 − 2(1 − e^(−τ)), exact to the last digit at small ages too
        return _r(order)[:, None] * legendre(order, 1 + 2 * np.expm1(-np.maximum(age, 0.0)))

    def _weight(self, age: Float64s) -> Float64s:
        return np.exp(-age)

    def phase(self, order: int, width: float) -> float:
        """Return the angle over the newest ages, P_n(cos φ) turning as nφ."""
        return order * math.acos(2 * math.exp(-width) - 1)


_CLASSES: tuple[type[Measure], ...] = (LegT, LegS, LagT, FouT, LegSLTI)

MEASURES: Mapping[str, Measure] = MappingProxyType({cls.name: cls() for cls in _CLASSES})
"""Every measure by its name, with its usual options, in the order in which menus and tables show them."""


def get_measure(measure: str | Measure, **options: Any) -> Measure:
    """Return the measure of that name, with `options`; a Measure is returned with them replaced.

    LegT takes `normalization` ("orthonormal" or "lmu"), LagT takes `alpha` and `beta` (GLagT).
    Raises ValueError for a name or an option that does not exist.
    """
    if isinstance(measure, Measure):
        known, options = measure, {**measure.options, **options}
    elif isinstance(measure, str) and measure in MEASURES:
        known = MEASURES[measure]
    else:
        raise ValueError(f"The measure is {measure!r}; one of {', '.join(MEASURES)} is needed.")
    accepted = [field.name for field in fields(known)]
    for option in options:
        if option not in accepted:
            takes = f"it takes {' and '.join(accepted)}" if accepted else "it takes none"
            raise ValueError(f"{known.title} has no option {option!r}; {takes}.")
    return type(known)(**options)


def transition(measure: str | Measure, order: int, **options: Any) -> Transition:
    """Return A (N, N) and B (N,) of a measure at unit timescale, as read-only float64 arrays.

    dc/dt = (A c + B f)/θ, and for LegS dc/dt = (A c + B f)/t. Unpacks as `A, B = transition("legt", 64)`.
    Options as for `get_measure`. Raises ValueError for an unknown measure or option, or a bad order.
    """
    return get_measure(measure, **options).transition(order)


def _r(order: int) -> Float64s:
    r: Float64s = np.sqrt(2.0 * np.arange(order) + 1)
    return r

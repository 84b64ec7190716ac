"""The past as a memory tells it, and how wrong that is, from the coefficients and a few integrals.

Free of Qt. For each measure and order a `PastGrid` cuts the ages that the measure weighs into bins, fine
where its basis turns fast. The means of f̂ √ω over the bins are a constant matrix times the coefficients;
where the basis is that of a fast transform (Legendre: a cosine transform over bins of equal angle, Fourier:
one over equal bins) that takes its place, for reading a matrix of 8 MB costs more than a transform of 4096
numbers. The relative error in the measure,

    ‖f − f̂‖_ω / ‖f‖_ω,        ‖h‖²_ω = ∫ h(τ)² ω(τ) dτ,

is summed bin by bin. In a bin of width h with mean f̄ and the line f̂ ≈ f̂_b + s·(x − x_b),

    ∫(f − f̂)² = h·(f̄ − f̂_b)² + [∫f² − h·f̄²] − 2s·∫f·(x − x_b) + s²h³/12 :

no difference of large numbers where the memory is good, and exact up to the curvature of f̂ within a bin. At
eight bins per order a bin is about a sixteenth of the fastest turn of the basis.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from hippo_studio.app.memory.moments import Moments
from hippo_studio.app.memory.transforms import fast_means
from hippo_studio.hippo import Measure
from hippo_studio.hippo.compiled import compiled_under_gil
from hippo_studio.hippo.polynomials import laguerre_functions, laguerre_norms

Float32s = NDArray[np.float32]
Float64s = NDArray[np.float64]

FAINTEST = 0.005
"""A fading memory is drawn as far back as its weight is at least this part of its largest."""
_BINS_PER_ORDER = 8
_FEWEST, _MOST = 1024, 4096
_LARGEST = 1e20
_GAUSS = ((0.0, 8 / 18), (-np.sqrt(0.6), 5 / 18), (np.sqrt(0.6), 5 / 18))  # three-point Gauss–Legendre


@dataclass(frozen=True, eq=False)
class Heard:
    """What a signal was, bin by bin: each (bins,), the newest first, but for `scale`.

    Attributes
    ----------
    mean : the mean of f.
    tilt : ∫f·(x − x_b) dx/h, in samples.
    square : the mean of f².
    scale : how many samples one unit of age is.
    """

    mean: Float64s
    tilt: Float64s
    square: Float64s
    scale: float


@dataclass(frozen=True, eq=False)
class PastGrid:
    """Bins of age for one measure and order; ages in θ (LegS: in t).

    Attributes
    ----------
    measure, order : whose.
    edges : (bins + 1,), ascending from 0.
    centres : (bins,).
    density : (bins,), the mean of ω over each bin.
    root : (bins,), √ω at the centres.
    strength : (bins,), ω relative to its largest value (unbounded weights: to that at age 1/20), at most 1.
    """

    measure: Measure
    order: int
    edges: Float64s
    centres: Float64s
    density: Float64s
    root: Float64s
    strength: Float32s

    def prepare(self) -> None:
        """Make now what the first picture would wait for; from any thread."""
        self.weighed(np.zeros(self.order))

    def weighed(self, coefficients: NDArray[np.floating]) -> Float32s:
        """Return f̂ √ω over the bins, (bins,) from (N,)."""
        shown = drawable(coefficients)
        return self.basis @ shown if self._transform is None else self._transform(shown)

    @cached_property
    def _transform(self) -> Callable[[Float32s], Float32s] | None:
        return fast_means(self.measure, self.order, self.centres.size)

    @cached_property
    def basis(self) -> Float32s:
        """The mean of g_n √ω over each bin, (bins, N)."""
        width = np.diff(self.edges)
        means = np.zeros((self.order, self.centres.size))
        for place, part in _GAUSS:
            weighed = _weighed_basis(self.measure, self.order, self.centres + place * width / 2)
            weighed *= part
            means += weighed
        return np.ascontiguousarray(means.T, np.float32)

    @cached_property
    def norms(self) -> Float64s:
        """∫g_n² ω, (N,): 1, but for the LMU's scaling."""
        norms: Float64s = np.diff(self.edges) @ np.square(self.basis, dtype=np.float64)
        norms[norms == 0] = 1.0  # one slot of FouT is always 0
        return norms

    @cached_property
    def reach(self) -> int:
        """How many bins back a fading memory is drawn: as far as its weight stays above `FAINTEST`."""
        return int(np.argmax(self.strength < FAINTEST)) or self.centres.size

    def hear(self, moments: Moments, position: int, scale: float) -> Heard:
        """Return what the signal was over the bins, seen from a position; 0 before its first sample.

        `scale` is the number of samples in one unit of age.
        """
        sums = moments.over(position - self.edges[::-1] * scale)
        means = np.empty_like(sums)
        _means(sums, self.edges, scale, means)
        return Heard(*means, scale)

    def optimum(self, heard: Heard) -> Float64s:
        """Return the coefficients of the definition, (N,): the projection of the signal on the basis."""
        weight = np.diff(self.edges) * np.sqrt(self.density)
        mean, tilt = heard.mean * weight, -heard.tilt / heard.scale * weight
        # ∫f g over a bin: ∫f times the mean of g, and ∫f·(x − x_b) times its slope, seen in its neighbours
        spread = np.zeros(tilt.size + 2)
        spread[1:-1] = tilt / np.gradient(self.centres) / 2
        mean[1:] += spread[1:-2]
        mean[:-1] -= spread[2:-1]
        mean[0] -= spread[1]
        mean[-1] += spread[-2]
        return (mean.astype(np.float32) @ self.basis) / self.norms

    def bins_within(self, oldest: float, scale: float) -> int:
        """How many bins, the newest first, hold nothing older than `oldest` samples."""
        if oldest == math.inf:
            return self.centres.size
        return int(np.searchsorted(self.edges[1:] * scale, oldest, side="right"))

    def errors(self, weighed: Float32s, heard: Heard, bins: int | None = None) -> tuple[float, float]:
        """Return ‖f − f̂‖_ω and ‖f‖_ω for f̂ √ω over the bins, or over that many of the newest."""
        mean, tilt, square = heard.mean[:bins], heard.tilt[:bins], heard.square[:bins]
        edges = self.edges if bins is None else self.edges[: bins + 1]
        squared, norm = _errors(
            edges, self.centres[:bins], self.density[:bins], weighed[:bins], mean, tilt, square, heard.scale
        )
        return math.sqrt(max(squared, 0.0)), math.sqrt(norm)


@compiled_under_gil
def _means(sums, edges, scale, means):  # type: ignore[no-untyped-def]
    """Sums over bins, (3, bins), oldest bin first, as means over them, youngest first."""
    bins = edges.size - 1
    for i in range(bins):
        inverse = 1.0 / ((edges[i + 1] - edges[i]) * scale)
        for k in range(3):
            means[k, i] = sums[k, bins - 1 - i] * inverse


@compiled_under_gil
def _errors(edges, centres, density, weighed, mean, tilt, square, scale):  # type: ignore[no-untyped-def]
    """The two sums of squares of `errors`."""
    last = centres.size - 1
    squared = norm = 0.0
    for i in range(last + 1):
        width = edges[i + 1] - edges[i]
        slope = 0.0  # of f̂ √ω in time, which runs against age
        if last > 0 and (i == 0 or i == last):
            a, b = (0, 1) if i == 0 else (last - 1, last)
            slope = (weighed[a] - weighed[b]) / ((centres[b] - centres[a]) * scale)
        elif last > 0:
            before, after = centres[i] - centres[i - 1], centres[i + 1] - centres[i]
            down, up = (weighed[i] - weighed[i - 1]) / before, (weighed[i + 1] - weighed[i]) / after
            slope = -(down * after + up * before) / ((before + after) * scale)
        root = np.sqrt(density[i])
        inner = density[i] * (square[i] - mean[i] * mean[i]) - 2 * slope * root * tilt[i]
        inner += (slope * width * scale) ** 2 / 12
        squared += width * ((root * mean[i] - weighed[i]) ** 2 + inner)
        norm += width * density[i] * square[i]
    return squared, norm


def drawable(values: NDArray[np.floating]) -> Float32s:
    """Coefficients as float32; those of a method that blew up end at 1e20, far off any screen."""
    return np.clip(values, -_LARGEST, _LARGEST).astype(np.float32)


_making = threading.Lock()


def past_grid(measure: Measure, order: int, bins_per_order: int = _BINS_PER_ORDER) -> PastGrid:
    """The grid of a measure and order; whoever asks first makes it."""
    with _making:  # two threads that need the same would each take twice as long
        return _past_grid(measure, order, bins_per_order)


@lru_cache(maxsize=16)
def _past_grid(measure: Measure, order: int, bins_per_order: int) -> PastGrid:
    bins = min(max(bins_per_order * order, _FEWEST * bins_per_order // _BINS_PER_ORDER), _MOST)
    edges = _edges(measure, order, bins)
    width, centres = np.diff(edges), (edges[1:] + edges[:-1]) / 2
    density = np.zeros(centres.size)
    for place, part in _GAUSS:
        density += part * measure.weight(centres + place * width / 2)
    weight = measure.weight(centres)
    reference = weight[centres >= min(0.05, centres[-1])].max()
    strength = np.minimum(weight / reference, 1.0).astype(np.float32)
    return PastGrid(measure, order, edges, centres, density, np.sqrt(weight), strength)


def _weighed_basis(measure: Measure, order: int, ages: Float64s) -> Float64s:
    """g_n √ω, (N, ages). For Laguerre one factor is beyond any double and one below: their product is not."""
    if measure.name != "lagt":
        return measure.basis(order, ages) * np.sqrt(measure.weight(ages))
    alpha = float(measure.options["alpha"])
    functions = laguerre_functions(order, ages, alpha) * ages ** (alpha / 2)
    return functions / laguerre_norms(order, alpha)[:, None]


def _edges(measure: Measure, order: int, bins: int) -> Float64s:
    """Bins of equal angle φ: the basis function n turns about n times as φ runs from 0 to π.

    A window is mapped by age = (1 − cos φ)/2 and a fading past by e^(−age) = (1 + cos φ)/2, which is what the
    Legendre polynomials of either want. A Laguerre function, L_n(τ) e^(−τ/2), turns as cos(2√(nτ)) out to
    τ ≈ 4n: bins of equal √τ. A tilt makes ω or g_n √ω as steep as τ^(−|α|) at age 0: there, bins halve until
    one holds a hundredth of what the first of them did. Sines and cosines of the age want equal bins.
    """
    if measure.name == "fout":
        return np.linspace(0.0, 1.0, bins + 1)
    if measure.name == "lagt":
        beta, alpha = float(measure.options["beta"]), float(measure.options["alpha"])
        oldest = max(4.4 * order + 20, 14 / beta)
        edges = oldest * np.linspace(0.0, 1.0, bins + 1) ** 2
        halvings = round(7 / (1 - abs(alpha))) if alpha else 0
        return np.insert(edges, 1, edges[1] * 0.5 ** np.arange(halvings, 0, -1))
    if np.isfinite(measure.support):
        return measure.support * (1 - np.cos(np.linspace(0.0, np.pi, bins + 1))) / 2
    angle = np.linspace(0.0, np.pi, bins + 2)[
        :-1
    ]  # φ = π is an infinite age; the last edge is at 13 θ or more
    return -np.log1p(-((1 - np.cos(angle)) / 2))

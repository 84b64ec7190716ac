"""Means of a reconstruction over bins of age by fast transforms, where its basis has one. Free of Qt.

Legendre, over bins of equal angle φ with age = (1 − cos φ)/2: the integral of Σ c_n g_n is a polynomial, its
Chebyshev series Σ d_k cos kφ a cosine transform, and the mean over a bin the difference of two of its values.
From c to d leads a matrix of N²/2 numbers, half of the functions being even and half odd.

Fourier, over equal bins: the mean of a harmonic over a bin is its value in the middle, times a constant.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from hippo_studio.hippo import Measure
from hippo_studio.hippo.measures import FouT

Float32s = NDArray[np.float32]
Means = Callable[[Float32s], Float32s]


def fast_means(measure: Measure, order: int, bins: int) -> Means | None:
    """Return the function from coefficients (N,) to the mean of Σ c_n g_n over each bin, (bins,).

    The bins are those of `past.PastGrid`. None where the basis has no fast transform.
    """
    if measure.name in ("legt", "legs"):
        return _legendre(measure, order, bins)
    if measure.name == "fout" and order <= bins:
        return _fourier(order, bins)
    return None


def _legendre(measure: Measure, order: int, bins: int) -> Means:
    from scipy.fft import dct

    angles = np.pi * np.arange(order + 1) / order
    values = measure.basis(order, (1 - np.cos(angles)) / 2)  # (N, N + 1): enough for degree N
    series = dct(values, type=1, axis=1) / order  # Chebyshev, but for the halves at both ends
    series[:, [0, -1]] /= 2
    integrals = np.polynomial.chebyshev.chebint(series[:, :order].T)  # (N + 1, N), over cos φ
    even, odd = (np.ascontiguousarray(integrals[1 - k :: 2, k::2], np.float32) for k in (0, 1))
    widths = np.diff(np.cos(np.pi * np.arange(bins + 1) / bins))

    def means(coefficients: Float32s) -> Float32s:
        sums = np.zeros(bins + 1)
        sums[1 : order + 1 : 2] = even @ coefficients[::2]
        sums[: order + 1 : 2][: len(odd)] = odd @ coefficients[1::2]
        sums[1:] /= 2
        found: Float32s = (np.diff(dct(sums, type=1, overwrite_x=True)) / widths).astype(np.float32)
        return found

    return means


def _fourier(order: int, bins: int) -> Means:
    from scipy.fft import irfft

    harmonic, sine = FouT.harmonics(order)
    sizes = np.where(harmonic == 0, bins, bins / np.sqrt(2)) * np.sinc(harmonic / bins)
    factors = sizes * np.where(sine, -1j, 1.0) * np.exp(1j * np.pi * harmonic / bins)
    factors[sine & (harmonic == 0)] = 0.0

    def means(coefficients: Float32s) -> Float32s:
        spectrum = np.zeros(bins // 2 + 1, np.complex128)
        np.add.at(spectrum, harmonic, factors * coefficients)
        found: Float32s = irfft(spectrum, bins).astype(np.float32)
        return found

    return means

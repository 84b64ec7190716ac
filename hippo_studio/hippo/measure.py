"""What every measure is: a weight, a basis, a kernel and a transition, under one set of conventions.

The conventions stand in `measures`, beside the five.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from hippo_studio.hippo import gates
from hippo_studio.hippo.gates import Complex128s, Float64s


class _Pair(NamedTuple):
    A: Float64s
    B: Float64s


class Transition(_Pair):
    """The matrices A (N, N) and B (N,) of a measure: a checked pair of read-only float64 arrays."""

    __slots__ = ()

    def __new__(cls, A: npt.ArrayLike, B: npt.ArrayLike) -> Transition:
        """Check and freeze copies of both; ValueError for wrong shapes or values that are not finite."""
        A, B = np.array(A, dtype=np.float64), np.array(B, dtype=np.float64)
        if B.ndim != 1 or not B.size or A.shape != (B.size, B.size):
            raise ValueError(f"A transition needs A (N, N) and B (N,); received {A.shape} and {B.shape}.")
        gates.finite("A", A)
        gates.finite("B", B)
        return super().__new__(cls, gates.read_only(A), gates.read_only(B))

    @property
    def order(self) -> int:
        """The order N."""
        return int(self.B.size)


@dataclass(frozen=True)
class Measure(ABC):
    """A measure, with its options: hashable, comparable, and able to say in words what it is for."""

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    remembers: ClassVar[str]
    forgets: ClassVar[str]
    choose_when: ClassVar[str]
    confused_with: ClassVar[str]
    formula: ClassVar[str]
    time_invariant: ClassVar[bool] = True
    exact: ClassVar[bool] = True
    support: ClassVar[float] = 1.0
    """The oldest age that is remembered, in θ (LegS: in t); infinity where the past only fades."""

    @property
    def options(self) -> dict[str, str | float]:
        """The options that make this measure from its name: `get_measure(m.name, **m.options) == m`."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def label(self) -> str:
        """The title, with the options where they are not the usual ones."""
        return self.title

    @abstractmethod
    def _matrices(self, order: int) -> tuple[Float64s, Float64s]:
        """A and B as the formula has them."""

    @abstractmethod
    def _basis(self, order: int, age: Float64s) -> Float64s: ...

    @abstractmethod
    def _weight(self, age: Float64s) -> Float64s: ...

    def _kernel(self, order: int, age: Float64s) -> Float64s:
        return self._basis(order, age) * self._weight(age)

    def _spectrum(self, order: int) -> Complex128s:
        """The eigenvalues of A: where it is triangular its diagonal, which no eigensolver would find."""
        A = self.transition(order).A
        triangular = not np.triu(A, 1).any()
        return np.asarray(np.diag(A) if triangular else np.linalg.eigvals(A), dtype=np.complex128)

    def transition(self, order: int) -> Transition:
        """Return A (N, N) and B (N,) at unit timescale, read-only."""
        return _transition(self, gates.order(order))

    def basis(self, order: int, age: npt.ArrayLike) -> Float64s:
        """Return g_n(age): (N, ages); `age` in θ (LegS: in t). Outside the support, its continuation."""
        return self._basis(gates.order(order), _ages(age))

    def weight(self, age: npt.ArrayLike) -> Float64s:
        """Return ω(age): (ages,), 0 outside the support; `age` in θ (LegS: in t), ω per that unit."""
        ages = _ages(age)
        inside = (ages >= 0) & (ages <= self.support)
        return np.where(inside, self._weight(np.where(inside, ages, 0.0)), 0.0)

    def kernel(self, order: int, age: npt.ArrayLike) -> Float64s:
        """Return k_n(age): (N, ages), 0 outside the support: c_n = ∫ k_n(τ) f(now − τ) dτ."""
        ages = _ages(age)
        inside = (ages >= 0) & (ages <= self.support)
        values = np.zeros((gates.order(order), ages.size))
        values[:, inside] = self._kernel(order, ages[inside])
        return values

    def eigenvalues(self, order: int) -> Complex128s:
        """Return the eigenvalues of A: (N,) complex, the slowest to decay first."""
        return _eigenvalues(self, gates.order(order))

    @abstractmethod
    def phase(self, order: int, width: float) -> float:
        """Return the angle in radians by which the basis turns over ages of that width, at the most."""

    def cycles(self, order: int) -> float:
        """Return how many cycles of a sine the memory resolves across θ (LegS: across t), roughly.

        A polynomial of degree N turns by Nπ, N/2 cycles, and resolves 2/π of them: N/π.
        """
        return self.phase(order, 1.0) / math.pi**2


@lru_cache(maxsize=32)
def _transition(measure: Measure, order: int) -> Transition:
    return Transition(*measure._matrices(order))


@lru_cache(maxsize=32)
def _eigenvalues(measure: Measure, order: int) -> Complex128s:
    values = measure._spectrum(order).astype(np.complex128)
    values = values[np.lexsort((values.imag, np.abs(values.imag), -values.real))]
    values.setflags(write=False)
    return values


def _ages(age: npt.ArrayLike) -> Float64s:
    """Ages as a one-dimensional float64 array; a single age counts as one of them."""
    ages = np.atleast_1d(gates.numbers("age", age)).astype(np.float64)
    if ages.ndim != 1:
        raise ValueError(f"Ages have shape {ages.shape}; one dimension is needed.")
    gates.finite("age", ages)
    return ages

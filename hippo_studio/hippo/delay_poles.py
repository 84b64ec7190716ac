"""The eigenvalues of LegT's A, which no eigensolver finds: the poles of a rational delay.

LegT delays its input by the best rational function of degree N there is, the Padé approximant [N−1/N] of
e^(−s) (Voelker et al. 2019), so that its eigenvalues are the roots of Kummer's 1F1(−N; 1 − 2N; s). As
eigenvalues of A they cannot be computed: the condition of the eigenvectors is 1e15 at N = 64 already, and a
solver is off by 20 there and by a thousand at N = 512. As roots of a function with a differential equation,

    s D″ − (s + 2N − 1) D′ + N D = 0,

they can. Where D = 0 the equation gives D″/D′, which for simple roots is 2 Σ_{j≠i} 1/(s_i − s_j): N charges
in the plane at rest (Stieltjes 1885). Newton's method settles them, from where the WKB approximation of the
same equation puts them, which is right to 1 % at N = 5 and better beyond.
"""

from __future__ import annotations

import cmath
import math

import numpy as np

from hippo_studio.hippo.gates import Complex128s


def delay_poles(order: int) -> Complex128s:
    """Return the roots of 1F1(−N; 1 − 2N; s), N = `order`: (N,) complex, symmetric, to the last digits."""
    upper = _settle(_approximate(order), order)
    upper = upper[np.argsort(-upper.imag)][: (order + 1) // 2]
    if order % 2:
        upper[-1] = upper[-1].real
    return np.concatenate([upper, upper[: order // 2].conj()])


def _settle(poles: Complex128s, order: int) -> Complex128s:
    """Newton's method on Σ_{j≠i} 1/(s_i − s_j) = ½ + (N − ½)/s_i, for all i at once."""
    for _ in range(20):
        apart = poles[:, None] - poles
        np.fill_diagonal(apart, 1.0)
        pull = 1 / apart
        np.fill_diagonal(pull, 0.0)
        force = pull.sum(axis=1) - 0.5 - (order - 0.5) / poles
        squares = pull**2
        stiffness = squares + np.diag((order - 0.5) / poles**2 - squares.sum(axis=1))
        move = np.linalg.solve(stiffness, force)
        poles = poles - move
        if np.abs(move).max() < 1e-9 * np.abs(poles).max():  # quadratic: the move after would be 1e-18
            break
    return poles


def _approximate(order: int) -> Complex128s:
    """Where ∫√Q ds from the upper turning point is iπ(k − ¼), Q = ¼ − 1/(2s) + N²/s² (Langer's form)."""
    if order == 1:
        return np.array([-1.0 + 0j])
    turning = 1 + 1j * math.sqrt(4 * order**2 - 1)
    start = _action(turning, order)
    slope = cmath.sqrt(2j * turning.imag) / (2 * turning)  # √Q ≈ slope √(s − turning) near it
    turn = cmath.rect(1, 2 * math.pi / 3)  # of the three cube roots, the one towards the left half-plane
    towards = [(1.5j * math.pi * 0.75 / slope) ** (2 / 3) * turn**m for m in range(3)]
    pole = turning + min(towards, key=lambda z: z.real)
    upper = []
    for k in range(1, order // 2 + 1):
        for _ in range(50):
            move = (_action(pole, order) - start - 1j * math.pi * (k - 0.25)) / _momentum(pole, order)
            pole -= move
            if abs(move) < 1e-6:
                break
        upper.append(pole)
        pole += 1j * math.pi / _momentum(pole, order)
    middle = [complex(pole.real, 0)] if order % 2 else []
    return np.array([*upper, *middle, *(p.conjugate() for p in upper)])


def _momentum(s: complex, order: int) -> complex:
    """√Q(s)."""
    return cmath.sqrt(s * s - 2 * s + 4 * order**2) / (2 * s)


def _action(s: complex, order: int) -> complex:
    """∫√Q ds, up to a constant."""
    root = cmath.sqrt(s * s - 2 * s + 4 * order**2)
    logs = cmath.log(2 * root + 2 * s - 2) + 2 * order * (
        cmath.log(4 * order * root - 2 * s + 8 * order**2) - cmath.log(s)
    )
    return 0.5 * (root - logs)

"""Slow, readable twins of what the studio computes fast, and what the tests of memories share."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.linalg import expm

from hippo_studio.hippo import MEASURES, OnlineMemory, discretize, get_measure, transition

STEADY = ["backward", "bilinear", "zoh"]  # stable for every measure at every step
every_measure = pytest.mark.parametrize("name", MEASURES)
every_steady = pytest.mark.parametrize("method", STEADY)


def relative(found, expected):
    """The largest error beside the largest value."""
    return np.abs(found - expected).max() / max(1e-300, np.abs(expected).max())


def filled(name, order, signal, rate=100.0, theta=0.8, **options):
    """A memory that has seen `signal`, (T,) or (channels, T)."""
    signal = np.atleast_2d(signal)
    memory = OnlineMemory(name, order, sample_rate=rate, theta=theta, channels=len(signal), **options)
    memory.push(signal)
    return memory


def stepped(Ad, Bd, u):
    """Every state (T, N) of c ← Ā c + B̄ u, one step at a time."""
    c, states = np.zeros(len(Bd)), []
    for sample in u:
        c = Ad @ c + Bd * sample
        states.append(c)
    return np.array(states).reshape(len(u), len(Bd))


def stepped_legs(order, u, method, alpha=0.5):
    """Every LegS state (T, N) by dense matrices: A/k, B/k at step k; ZOH in ln t."""
    A, B = transition("legs", order)
    c, states = np.zeros(order), []
    for k, sample in enumerate(u, start=1):
        if method != "zoh":
            Ad, Bd = discretize(A, B, 1 / k, method, alpha)
        elif k == 1:
            Ad, Bd = np.zeros((order, order)), np.eye(order)[0]  # e^(A ln(1/0)): only the constant stays
        else:
            # scipy's exponential is right for the augmented matrix, which is not triangular
            augmented = np.zeros((order + 1, order + 1))
            augmented[:order, :order], augmented[:order, order] = A, B
            both = expm(augmented * np.log(k / (k - 1)))
            Ad, Bd = both[:order, :order], both[:order, order]
        c = Ad @ c + Bd * sample
        states.append(c)
    return np.array(states).reshape(len(u), order)


def states_of(measure, order, u, sample_rate, theta, method, alpha=0.5):
    """Every state (T, N) of an online memory of one channel."""
    chosen = get_measure(measure)
    if not chosen.time_invariant:
        return stepped_legs(order, u, method, alpha)
    step = 1 / (sample_rate * theta)
    return stepped(*discretize(*chosen.transition(order), step, method, alpha), u)


def projected(measure, f, order, span, now, panels=80):
    """The definition for a function f of time, 0 before 0: (N,), by Gauss–Legendre panels over the ages."""
    chosen = get_measure(measure)
    nodes, weights = np.polynomial.legendre.leggauss(40)
    edges = np.linspace(0, min(chosen.support, now / span), panels + 1)
    coefficients = np.zeros(order)
    for newer, older in pairwise(edges):
        age = (newer + older) / 2 + (older - newer) / 2 * nodes
        coefficients += chosen.kernel(order, age) @ (weights * (older - newer) / 2 * f(now - age * span))
    return coefficients

"""Where state spaces begin: DPLR is the measure itself, the diagonals are their formulas."""

import math

import numpy as np
import pytest
import torch

from hippo_studio.hippo import transition
from hippo_studio.ssm.choices import (
    DENSE_INITIALIZATIONS,
    DIAGONAL_INITIALIZATIONS,
    DPLR_INITIALIZATIONS,
    MEASURES_OF_LAYERS,
)
from hippo_studio.ssm.initialization import dense, diagonal, dplr, log_timescales


@pytest.mark.parametrize("order", [2, 8, 64])
@pytest.mark.parametrize("measure", MEASURES_OF_LAYERS)
def test_dplr_is_the_measure_in_other_coordinates(measure: str, order: int) -> None:
    A, B = transition(measure, order)
    form = dplr(measure, order)
    A_again, B_again = form.dense()
    np.testing.assert_allclose(A_again, A, rtol=0, atol=1e-12 * np.abs(A).max())
    np.testing.assert_allclose(B_again, B, rtol=0, atol=1e-12 * np.abs(B).max())
    half = form.basis  # with its conjugate a unitary matrix
    np.testing.assert_allclose(half.conj().T @ half, np.eye(order // 2), atol=1e-12)
    np.testing.assert_allclose(half.T @ half, 0, atol=1e-12)
    assert (form.eigenvalues.imag >= 0).all()


def test_the_fastest_mode_of_legs_turns_at_n_squared_over_pi() -> None:
    assert dplr("legs", 64).eigenvalues.imag.max() == pytest.approx(64**2 / math.pi, rel=1e-3)


def test_diagonal_formulas() -> None:
    np.testing.assert_allclose(diagonal("lin", 8).eigenvalues, -0.5 + 1j * np.pi * np.arange(4))
    # (N/π)(N/(2n + 1) − 1) at N = 8: 8/π · (7, 5/3, 3/5, 1/7)
    np.testing.assert_allclose(
        diagonal("inv", 8).eigenvalues.imag, 8 / np.pi * np.array([7, 5 / 3, 3 / 5, 1 / 7])
    )
    np.testing.assert_allclose(diagonal("real", 6).eigenvalues, [-1, -2, -3])


def test_the_step_response_of_diagonal_legs_tends_to_that_of_legs() -> None:
    """S4D, Theorem 3. The kernels themselves stay rough, they come close as what they do to a signal does."""
    t = np.linspace(0.1, 2, 100)

    def distance(order: int) -> float:
        start, V = diagonal("legs", order), dplr("legs", order).basis
        risen = (np.exp(np.outer(start.eigenvalues, t)) - 1) / start.eigenvalues[:, None]
        response = 2 * (V[0] @ (risen * start.input[:, None])).real
        # The kernel of LegS at n = 0 is e^(−t), whatever the order.
        return float(np.abs(response - (1 - np.exp(-t))).max())

    assert distance(256) < distance(64) / 4 < distance(16) / 16 < 2e-3


def test_random_starts_are_stable_and_follow_their_seed() -> None:
    for order in (2, 32):
        A, _ = dplr("random", order, seed=1).dense()
        assert np.linalg.eigvals(A).real.max() < 0
        assert diagonal("random", order, seed=1).eigenvalues.real.max() < 0
    assert np.array_equal(dense("random", 5, seed=3)[0], dense("random", 5, seed=3)[0])
    assert not np.array_equal(dense("random", 5, seed=3)[0], dense("random", 5, seed=4)[0])


def test_timescales_are_log_uniform_in_their_range() -> None:
    torch.manual_seed(0)
    logs = log_timescales(4000, 1e-3, 1e-1)
    assert logs.min() >= math.log(1e-3)
    assert logs.max() <= math.log(1e-1)
    assert logs.mean().item() == pytest.approx(math.log(1e-2), abs=0.1)
    even = torch.exp(log_timescales(3, 1e-3, 1e-1, spread="even"))
    torch.testing.assert_close(even, torch.tensor([1e-3, 1e-2, 1e-1]))


@pytest.mark.parametrize(
    ("make", "names"),
    [(dplr, DPLR_INITIALIZATIONS), (diagonal, DIAGONAL_INITIALIZATIONS), (dense, DENSE_INITIALIZATIONS)],
)
def test_an_unknown_name_lists_those_that_exist(make, names) -> None:
    with pytest.raises(ValueError, match="'hippo'.*" + ", ".join(names)):
        make("hippo", 8)


@pytest.mark.parametrize("make", [lambda n: dplr("legs", n), lambda n: diagonal("lin", n)])
@pytest.mark.parametrize("order", [0, 1, 63])
def test_an_odd_order_is_refused_where_states_are_pairs(make, order: int) -> None:
    with pytest.raises(ValueError, match=f"is {order}; an even number"):
        make(order)


def test_an_empty_range_of_timescales_is_refused() -> None:
    with pytest.raises(ValueError, match=r"from 0\.1 to 0\.001"):
        log_timescales(4, 0.1, 0.001)
    with pytest.raises(ValueError, match="'wide'"):
        log_timescales(4, spread="wide")

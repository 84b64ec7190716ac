"""Discretization: closed forms, the matrix exponential, stability, gates."""

import math

import numpy as np
import pytest

from hippo_studio.hippo import (
    MEASURES,
    METHODS,
    discretize,
    discretized_eigenvalues,
    get_measure,
    get_method,
    transition,
)
from hippo_studio.hippo.discretization import exponential

RNG = np.random.default_rng(7)
ROTATION = np.array([[0.0, -3.0], [3.0, 0.0]])


class TestClosedForms:
    @pytest.mark.parametrize(
        ("method", "alpha", "factor", "gain"),
        [
            ("forward", 0.5, 1 - 0.2, 0.1),
            ("backward", 0.5, 1 / 1.2, 0.1 / 1.2),
            ("bilinear", 0.3, 0.9 / 1.1, 0.1 / 1.1),
            ("gbt", 0.25, (1 - 0.15) / 1.05, 0.1 / 1.05),
            ("zoh", 0.5, math.exp(-0.2), (1 - math.exp(-0.2)) / 2),
        ],
    )
    def test_a_scalar_equation_is_discretized_by_hand(self, method, alpha, factor, gain):
        """Both at the rate −2 and the step 0.1."""
        Ad, Bd = discretize([[-2.0]], [1.0], 0.1, method, alpha)
        assert Ad.item() == pytest.approx(factor, rel=1e-15)
        assert Bd.item() == pytest.approx(gain, rel=1e-15)

    @pytest.mark.parametrize(("alpha", "method"), [(0.0, "forward"), (0.5, "bilinear"), (1.0, "backward")])
    def test_gbt_contains_the_named_methods(self, alpha, method):
        A, B = transition("legt", 7)
        for own, named in zip(
            discretize(A, B, 0.01, "gbt", alpha), discretize(A, B, 0.01, method), strict=True
        ):
            np.testing.assert_array_equal(own, named)

    def test_zoh_and_bilinear_keep_a_rotation_a_rotation(self):
        for method in ("zoh", "bilinear"):
            Ad, _ = discretize(ROTATION, [1.0, 0.0], 0.3, method)
            np.testing.assert_allclose(Ad @ Ad.T, np.eye(2), atol=1e-15)

    @pytest.mark.parametrize("method", METHODS)
    def test_several_inputs_are_discretized_side_by_side(self, method):
        A, B = transition("legs", 5)
        inputs = np.column_stack([B, 2 * B, np.ones(5)])
        Ad, Bd = discretize(A, inputs, 0.02, method)
        assert Bd.shape == (5, 3)
        for column in range(3):
            alone = discretize(A, inputs[:, column], 0.02, method)
            np.testing.assert_allclose(alone[0], Ad, atol=1e-14)
            np.testing.assert_allclose(alone[1], Bd[:, column], atol=1e-14)

    @pytest.mark.parametrize("method", ["backward", "bilinear", "zoh"])
    @pytest.mark.parametrize("name", MEASURES)
    def test_a_constant_stays_a_fixed_point(self, name, method):
        """A c + B = 0 makes Ā c + B̄ = c whatever the step."""
        A, B = transition(name, 16)
        constant = np.eye(16)[0]
        for step in (1e-4, 0.1, 3.0):
            Ad, Bd = discretize(A, B, step, method)
            np.testing.assert_allclose(Ad @ constant + Bd, constant, atol=1e-11)


class TestZeroOrderHold:
    @pytest.mark.parametrize("order", [1, 2, 7, 64, 512])
    @pytest.mark.parametrize("step", [1 / 48000, 1 / 500, 0.1])
    @pytest.mark.parametrize(
        "measure",
        [MEASURES["lagt"], MEASURES["legs-lti"], get_measure("lagt", alpha=-0.5, beta=2)],
        ids=lambda measure: measure.label,
    )
    def test_input_is_the_integral_of_the_kernel(self, measure, order, step):
        """For an exact measure B̄ = ∫₀^Δ k(τ) dτ: an oracle without any matrix."""
        _, Bd = discretize(*measure.transition(order), step, "zoh")
        nodes, weights = np.polynomial.legendre.leggauss(100)
        integral = measure.kernel(order, step * (nodes + 1) / 2) @ weights * (step / 2)
        np.testing.assert_allclose(Bd, integral, atol=1e-12 * np.abs(integral).max())

    @pytest.mark.parametrize("name", ["legt", "fout", "legs-lti"])
    def test_one_long_step_is_many_short_ones(self, name):
        A, B = transition(name, 32)
        Ad, Bd = discretize(A, B, 0.08, "zoh")
        short, gain = discretize(A, B, 0.01, "zoh")
        c, power = np.zeros(32), np.eye(32)
        for _ in range(8):
            c, power = short @ c + gain, short @ power
        np.testing.assert_allclose(Ad, power, atol=1e-12)
        np.testing.assert_allclose(Bd, c, atol=1e-12)

    @pytest.mark.parametrize("age", [0.1, 1.0, 3.0, 10.0])
    def test_exponential_is_right_where_scipys_is_not(self, age):
        """GLagT(−½, 2), triangular: e^(Aτ) B is its kernel. scipy 1.17's expm is off by 15 % at τ = 3."""
        measure = get_measure("lagt", alpha=-0.5, beta=2)
        A, B = measure.transition(16)
        np.testing.assert_allclose(exponential(A * age) @ B, measure.kernel(16, age)[:, 0], atol=1e-13)

    def test_exponential_of_nothing_is_one(self):
        np.testing.assert_array_equal(exponential(np.zeros((3, 3))), np.eye(3))

    def test_exponential_of_a_nilpotent_matrix_is_a_short_sum(self):
        shift = np.diag([1000.0, 2000.0], -1)
        np.testing.assert_allclose(
            exponential(shift), np.eye(3) + shift + shift @ shift / 2, rtol=1e-13, atol=1e-9
        )


class TestStability:
    @pytest.mark.parametrize("method", ["backward", "bilinear", "zoh"])
    @pytest.mark.parametrize("name", MEASURES)
    @pytest.mark.parametrize("step", [1e-5, 0.01, 1.0, 100.0])
    def test_implicit_methods_contract_at_any_step(self, name, method, step):
        Ad, _ = discretize(*transition(name, 64), step, method)
        assert np.linalg.norm(Ad, 2) <= 1 + 1e-12

    @pytest.mark.parametrize("method", METHODS)
    def test_eigenvalues_map_as_the_matrix_does(self, method):
        A, B = transition("fout", 9)
        Ad, _ = discretize(A, B, 0.03, method, 0.3)
        mapped = discretized_eigenvalues(MEASURES["fout"].eigenvalues(9), 0.03, method, 0.3)
        distance = np.abs(np.linalg.eigvals(Ad)[:, None] - mapped)
        assert distance.min(axis=0).max() < 1e-12
        assert distance.min(axis=1).max() < 1e-12


class TestGates:
    @pytest.mark.parametrize("step", [0, -0.1, math.nan, math.inf, "x", None, True])
    def test_a_bad_step_is_quoted(self, step):
        with pytest.raises(ValueError, match="The step is"):
            discretize(np.eye(2), np.ones(2), step)

    @pytest.mark.parametrize("method", ["Bilinear", "tustin", "", None, 3, ["zoh"]])
    def test_an_unknown_method_is_quoted_beside_the_known(self, method):
        with pytest.raises(ValueError, match=r"method is .*forward, backward, bilinear, gbt, zoh"):
            discretize(np.eye(2), np.ones(2), 0.1, method)

    @pytest.mark.parametrize("alpha", [-0.1, 1.1, math.nan, "half"])
    def test_a_bad_alpha_is_quoted_where_it_counts(self, alpha):
        with pytest.raises(ValueError, match="GBT's α is"):
            discretize(np.eye(2), np.ones(2), 0.1, "gbt", alpha)
        discretize(np.eye(2), np.ones(2), 0.1, "zoh", alpha)

    @pytest.mark.parametrize(
        ("A", "B", "words"),
        [
            (np.ones((2, 3)), np.ones(2), r"A has shape \(2, 3\)"),
            (np.ones(4), np.ones(4), r"A has shape \(4,\)"),
            (np.empty((0, 0)), np.empty(0), r"A has shape \(0, 0\)"),
            (np.eye(2), np.ones(3), r"B has shape \(3,\)"),
            (np.eye(2), 1.0, r"B has shape \(\)"),
            ([[math.nan]], [1.0], r"A holds nan at index \(0, 0\)"),
            ([[1.0]], [math.inf], "B holds inf at index 0"),
            ([[1j]], [1.0], "A holds values of type complex128"),
            ([[1.0], [1.0, 2.0]], [1.0], "A has rows of different lengths; one length is needed for all"),
        ],
    )
    def test_bad_matrices_are_described(self, A, B, words):
        with pytest.raises(ValueError, match=words):
            discretize(A, B, 0.1)

    def test_a_singular_implicit_step_is_refused(self):
        with pytest.raises(ValueError, match=r"no inverse at α = 1 and step 0.5"):
            discretize([[2.0]], [1.0], 0.5, "backward")

    def test_methods_say_what_they_are(self):
        assert list(METHODS) == ["forward", "backward", "bilinear", "gbt", "zoh"]
        for name, method in METHODS.items():
            assert get_method(name) is method
            assert method.title
            assert method.summary

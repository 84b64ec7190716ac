"""The five measures: literals, identities, quadrature twins, gates."""

import math
from pathlib import Path

import numpy as np
import pytest
from scipy.linalg import expm

from hippo_studio.hippo import MEASURES, Measure, Transition, get_measure, transition

REFERENCE = Path(__file__).parent / "data" / "hippo_states.npz"
ORDERS = [1, 2, 7, 64]
EVERY = [
    *MEASURES.values(),
    get_measure("legt", normalization="lmu"),
    get_measure("lagt", alpha=0.5, beta=0.3),
    get_measure("lagt", alpha=-0.5, beta=2.0),
]
EXACT = [measure for measure in EVERY if measure.exact and measure.time_invariant]
by_label = pytest.mark.parametrize("measure", EVERY, ids=lambda measure: measure.label)


@pytest.fixture(scope="module")
def reference():
    with np.load(REFERENCE) as file:
        return dict(file)


def quadrature(measure):
    """Ages and weights for ∫ … dτ over the support: Gauss–Legendre panels in y, where τ = τ(y)."""
    nodes, weights = np.polynomial.legendre.leggauss(60)
    left = np.arange(30)[:, None] / 30
    y, dy = (left + (nodes + 1) / 60).ravel(), np.tile(weights / 60, 30)
    if measure.support == 1:
        return y, dy
    # τ ∝ y⁴ makes τ^(−½) and τ^½ smooth; L_63 turns up to τ = 4 · 64, and only then e^(−τ) fades
    return 450 * y**4, dy * 4 * 450 * y**3


class TestLiterals:
    def test_registry_lists_the_five_in_the_order_of_menus(self):
        assert list(MEASURES) == ["legt", "legs", "lagt", "fout", "legs-lti"]
        assert [m.title for m in MEASURES.values()] == ["LegT", "LegS", "LagT", "FouT", "LegS-LTI"]

    @pytest.mark.parametrize("name", ["legt", "fout", "legs"])
    def test_matrices_agree_with_an_independent_implementation(self, reference, name):
        A, B = transition(name, int(reference["order"]))
        np.testing.assert_allclose(A, reference[f"{name}_A"], rtol=0, atol=1e-12)
        np.testing.assert_allclose(B, reference[f"{name}_B"], rtol=0, atol=1e-12)

    def test_glagt_tends_to_the_public_lagt_as_beta_vanishes(self, reference):
        beta = 1e-14
        A, B = transition("lagt", int(reference["order"]), beta=beta)
        np.testing.assert_allclose(A, reference["lagt_half_A"], rtol=0, atol=1e-12)
        np.testing.assert_allclose(B / math.sqrt(beta), reference["lagt_half_B"], rtol=0, atol=1e-12)

    def test_order_one_is_the_running_mean_of_each_measure(self):
        for name, a, b in [
            ("legt", -1, 1),
            ("legs", -1, 1),
            ("lagt", -1, 1),
            ("fout", -2, 2),
            ("legs-lti", -1, 1),
        ]:
            A, B = transition(name, 1)
            assert (A.item(), B.item()) == (a, b)

    def test_order_three_by_hand(self):
        r3, r5, r15 = math.sqrt(3), math.sqrt(5), math.sqrt(15)
        legt, _ = transition("legt", 3)
        np.testing.assert_allclose(legt, [[-1, r3, -r5], [-r3, -3, r15], [-r5, -r15, -5]], atol=1e-14)
        legs, B = transition("legs", 3)
        np.testing.assert_allclose(legs, [[-1, 0, 0], [-r3, -2, 0], [-r5, -r15, -3]], atol=1e-14)
        np.testing.assert_allclose(B, [1, r3, r5], atol=1e-15)
        lagt, B = transition("lagt", 3)
        np.testing.assert_array_equal(lagt, [[-1, 0, 0], [-1, -1, 0], [-1, -1, -1]])
        np.testing.assert_array_equal(B, [1, 1, 1])

    def test_lmu_has_the_formula_of_its_paper(self):
        order = 7
        expected = np.empty((order, order))
        for n in range(order):
            for k in range(order):
                expected[n, k] = (2 * n + 1) * (-1.0 if n < k else (-1.0) ** (n - k + 1))
        A, B = transition("legt", order, normalization="lmu")
        np.testing.assert_allclose(A, expected, rtol=1e-14)
        np.testing.assert_allclose(B, [(2 * n + 1) * (-1.0) ** n for n in range(order)], rtol=1e-14)

    @pytest.mark.parametrize("order", [3, 7, 9])
    def test_fout_of_odd_order_is_that_of_the_next_without_its_empty_slot(self, order):
        A, B = transition("fout", order + 1)
        kept = np.arange(order + 1) != 1
        assert not A[1].any()
        assert not A[:, 1].any()
        assert B[1] == 0
        odd = transition("fout", order)
        np.testing.assert_array_equal(odd.A, A[np.ix_(kept, kept)])
        np.testing.assert_array_equal(odd.B, B[kept])
        age = np.linspace(0, 1, 50)
        np.testing.assert_allclose(
            MEASURES["fout"].basis(order, age), MEASURES["fout"].basis(order + 1, age)[kept], atol=1e-13
        )


class TestIdentities:
    @pytest.mark.parametrize("order", ORDERS)
    def test_lmu_is_a_similarity_of_legt(self, order):
        scale = np.sqrt(2 * np.arange(order) + 1) * (-1.0) ** np.arange(order)
        A, B = transition("legt", order)
        lmu = transition("legt", order, normalization="lmu")
        np.testing.assert_allclose(lmu.A, scale[:, None] * A / scale, rtol=1e-13)
        np.testing.assert_allclose(lmu.B, scale * B, rtol=1e-13)

    @pytest.mark.parametrize("order", ORDERS)
    def test_low_rank_parts_leave_a_normal_matrix(self, order):
        """A + PPᵀ is skew up to a multiple of I (NPLR, arXiv 2111.00396)."""
        n = np.arange(order)
        r = np.sqrt(2 * n + 1)
        fout = transition("fout", order)
        parts = {
            "legs": ([np.sqrt(n + 0.5)], -0.5),
            "legs-lti": ([np.sqrt(n + 0.5)], -0.5),
            "lagt": ([np.full(order, math.sqrt(0.5))], -0.5),
            "legt": ([r / math.sqrt(2), r * (-1.0) ** n / math.sqrt(2)], 0.0),
            "fout": ([fout.B / math.sqrt(2)], 0.0),
        }
        for name, (vectors, real_part) in parts.items():
            normal = transition(name, order).A + sum(np.outer(p, p) for p in vectors)
            rest = normal - real_part * np.eye(order)
            np.testing.assert_allclose(rest, -rest.T, atol=1e-11, err_msg=name)

    @pytest.mark.parametrize("measure", MEASURES.values(), ids=lambda measure: measure.name)
    @pytest.mark.parametrize("order", ORDERS)
    def test_no_memory_amplifies_in_its_own_scale(self, measure, order):
        A = measure.transition(order).A
        assert np.linalg.eigvalsh(A + A.T).max() < 1e-10 * order**2

    @pytest.mark.parametrize("measure", [m for m in EVERY if m.label[0] != "G"], ids=lambda m: m.label)
    @pytest.mark.parametrize("order", ORDERS)
    def test_a_constant_input_is_a_fixed_point(self, measure, order):
        """The constant 1 has the coefficients (1, 0, 0, …), and A c + B = 0. (GLagT spans no constant.)"""
        A, B = measure.transition(order)
        c = np.eye(order)[0]
        np.testing.assert_allclose(A @ c, -B, atol=1e-12)
        np.testing.assert_allclose(c @ measure.basis(order, np.linspace(0, 1, 101)), 1, atol=1e-12)

    @pytest.mark.parametrize("measure", EXACT, ids=lambda measure: measure.label)
    @pytest.mark.parametrize("order", ORDERS)
    def test_kernel_of_an_exact_measure_is_the_impulse_response(self, measure, order):
        A, B = measure.transition(order)
        augmented = np.zeros((order + 1, order + 1))
        augmented[:order, :order], augmented[:order, order] = A, A @ B  # ∫₀^t e^(As) A B ds = e^(At) B − B
        ages = np.array([0.01, 0.3, 1.0, 3.0, 10.0])
        responses = np.array([expm(augmented * age)[:order, order] + B for age in ages]).T
        np.testing.assert_allclose(measure.kernel(order, ages), responses, atol=1e-11 * np.abs(B).max())

    @by_label
    @pytest.mark.parametrize("order", ORDERS)
    def test_basis_and_kernel_are_dual(self, measure, order):
        """∫ k_n g_m = δ_nm; with k = g ω that is orthonormality under the weight."""
        age, step = quadrature(measure)
        basis = measure.basis(order, age)
        live = np.abs(basis).max(axis=1) > 0  # all but FouT's slot of sin 0
        dual = ((measure.kernel(order, age) * step) @ basis.T)[np.ix_(live, live)]
        np.testing.assert_allclose(dual, np.eye(live.sum()), atol=1e-9)
        if measure.label != "LegT (LMU)":
            gram = ((basis * (step * measure.weight(age))) @ basis.T)[np.ix_(live, live)]
            np.testing.assert_allclose(gram, np.eye(live.sum()), atol=1e-9)

    @by_label
    def test_weight_has_mass_one(self, measure):
        age, step = quadrature(measure)
        assert step @ measure.weight(age) == pytest.approx(1, abs=1e-9)

    @by_label
    def test_weight_and_kernel_vanish_outside_the_support(self, measure):
        outside = [-1e-9, -3.0] + ([1.0 + 1e-9, 5.0] if measure.support == 1 else [])
        assert not measure.weight(outside).any()
        assert not measure.kernel(5, outside).any()


class TestEigenvalues:
    @pytest.mark.parametrize("order", [1, 2, 7, 64, 512])
    def test_triangular_measures_have_their_diagonal(self, order):
        np.testing.assert_array_equal(MEASURES["legs"].eigenvalues(order), -np.arange(1, order + 1))
        np.testing.assert_array_equal(MEASURES["lagt"].eigenvalues(order), -np.ones(order))
        np.testing.assert_allclose(
            get_measure("lagt", alpha=0.3, beta=0.5).eigenvalues(order), -0.75, rtol=1e-15
        )

    @pytest.mark.parametrize("order", range(1, 11))
    def test_legt_agrees_with_an_eigensolver_while_that_can_be_trusted(self, order):
        found = MEASURES["legt"].eigenvalues(order)
        solved = np.linalg.eigvals(transition("legt", order).A)
        distance = np.abs(found[:, None] - solved)
        assert distance.min(axis=0).max() < 1e-7
        assert distance.min(axis=1).max() < 1e-7

    @pytest.mark.parametrize("order", [11, 64, 65, 255, 512])
    def test_legt_has_the_power_sums_of_its_matrix(self, order):
        found = MEASURES["legt"].eigenvalues(order)
        A = transition("legt", order).A
        assert len(found) == order
        assert found.sum() == pytest.approx(np.trace(A), rel=1e-12)
        assert (found**2).sum() == pytest.approx(np.trace(A @ A), rel=1e-10)
        assert (1 / found).sum() == pytest.approx(
            -order / (2 * order - 1), rel=1e-12
        )  # of 1F1(−N; 1 − 2N; s)
        assert found.real.max() < 0
        assert np.abs(found).max() < 2 * order + 1 / 3  # the annulus of Saff and Varga

    @pytest.mark.parametrize("order", [16, 64])
    def test_legt_eigenvalues_are_roots_of_the_padé_denominator(self, order):
        """Evaluated with 200 digits, where Horner's rule is safe: a Newton step moves nothing."""
        mpmath = pytest.importorskip("mpmath")
        with mpmath.workdps(200):
            coefficients = [mpmath.mpf(1)]
            for j in range(order):
                coefficients.append(coefficients[-1] * (order - j) / mpmath.mpf(2 * order - 1 - j) / (j + 1))
            for root in MEASURES["legt"].eigenvalues(order):
                value, slope = mpmath.polyval(coefficients[::-1], mpmath.mpc(complex(root)), derivative=True)
                assert abs(value / slope) < 1e-13 * abs(root)

    def test_fout_turns_at_its_harmonics(self):
        found = MEASURES["fout"].eigenvalues(65)
        assert found.real.max() < 0
        assert np.abs(found.imag).max() == pytest.approx(2 * math.pi * 32, rel=0.05)


class TestGates:
    @pytest.mark.parametrize("order", [0, -1, 2.0, "8", True, None, 10**6, math.nan])
    def test_a_bad_order_is_quoted(self, order):
        with pytest.raises(ValueError, match=r"order N is .*from 1 to 4096"):
            transition("legt", order)

    def test_numpy_integers_are_orders(self):
        assert transition("legt", np.int16(4)).order == 4

    @pytest.mark.parametrize("name", ["LegT", "", "hippo", None, 3])
    def test_an_unknown_measure_is_quoted_beside_the_known(self, name):
        with pytest.raises(ValueError, match=r"measure is .*legt, legs, lagt, fout, legs-lti"):
            transition(name, 4)

    @pytest.mark.parametrize(
        ("name", "options", "words"),
        [
            ("legs", {"normalization": "lmu"}, "LegS has no option 'normalization'; it takes none"),
            ("lagt", {"gamma": 1}, "LagT has no option 'gamma'; it takes alpha and beta"),
            ("legt", {"normalization": "LMU"}, "'LMU'; “orthonormal” or “lmu”"),
            ("lagt", {"alpha": 1}, "α is 1; a number strictly between -1 and 1"),
            ("lagt", {"alpha": math.nan}, "α is nan; a finite number"),
            ("lagt", {"beta": 0}, "β is 0; a number above 0"),
            ("lagt", {"beta": "x"}, "β is 'x'; a number"),
        ],
    )
    def test_a_bad_option_is_quoted(self, name, options, words):
        with pytest.raises(ValueError, match=words.replace("(", r"\(")):
            get_measure(name, **options)

    @pytest.mark.parametrize("age", [[math.nan], [math.inf], [[0.1]], ["a"], [1j]])
    def test_bad_ages_are_refused(self, age):
        with pytest.raises(ValueError, match=r"[aA]ge"):
            MEASURES["legt"].basis(4, age)

    @pytest.mark.parametrize(
        ("A", "B", "words"),
        [
            ([[1.0, 2.0]], [1.0], "shape|received"),
            (np.eye(2), np.ones((2, 1)), "received"),
            (np.empty((0, 0)), [], "received"),
            ([[math.nan]], [1.0], "not finite"),
        ],
    )
    def test_wrong_matrices_make_no_transition(self, A, B, words):
        with pytest.raises(ValueError, match=words):
            Transition(A, B)

    def test_a_transition_is_a_read_only_pair(self):
        pair = transition("legt", 4)
        A, B = pair
        assert pair.A is A
        assert pair[1] is B
        assert A.dtype == B.dtype == np.float64
        for array in pair:
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 1


class TestWords:
    @by_label
    def test_every_measure_can_say_what_it_is_for(self, measure):
        for text in (
            measure.summary,
            measure.remembers,
            measure.forgets,
            measure.choose_when,
            measure.formula,
        ):
            assert text
            assert text == text.strip()

    @by_label
    def test_options_make_the_measure_again(self, measure):
        again = get_measure(measure.name, **measure.options)
        assert again == measure
        assert hash(again) == hash(measure)
        assert get_measure(measure) == measure
        assert isinstance(measure, Measure)

    def test_labels_tell_relatives_apart(self):
        assert len({measure.label for measure in EVERY}) == len(EVERY)
        assert get_measure(get_measure("lagt", alpha=0.5), beta=2).label == "GLagT(α = 0.5, β = 2)"

    @pytest.mark.parametrize("measure", MEASURES.values(), ids=lambda measure: measure.name)
    def test_formulas_can_be_drawn(self, measure):
        ziamath = pytest.importorskip("ziamath")
        assert "<svg" in ziamath.Latex(measure.formula).svg()


class TestLargeOrders:
    def test_laguerre_stays_bounded_where_its_exponential_underflows(self):
        """|e^(−x/2) L_n(x)| ≤ 1; at x = 1900, n = 511 turns, though e^(−950) is no number."""
        measure = get_measure("lagt", beta=1e-9)
        age = np.array([1299.0, 1301.0, 1500.0, 1900.0, 2500.0])
        kernel = measure.kernel(512, age) / math.sqrt(1e-9)
        assert np.abs(kernel).max() <= 1
        assert np.abs(kernel[:, :4]).max(axis=0).min() > 0.05
        near, far = (measure.kernel(512, [1300 + side * 1e-7]) for side in (-1, 1))
        np.testing.assert_allclose(near, far, atol=1e-6 * np.abs(near).max())

    @by_label
    def test_basis_is_finite_at_any_age(self, measure):
        ages = [0.0, 1e-300, 0.5, 1.0, 100.0, 5000.0] if measure.support > 1 else [0.0, 0.5, 1.0]
        assert np.isfinite(measure.basis(512, ages)).all()
        assert np.isfinite(measure.weight(ages)).all()

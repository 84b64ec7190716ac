"""The online memory against reference states, slow twins, the definition, and its order of convergence."""

import math
import warnings
from pathlib import Path

import numpy as np
import pytest
from hippo_twins import every_measure, every_steady, filled, projected, relative, states_of
from scipy.integrate import solve_ivp

from hippo_studio.hippo import (
    MEASURES,
    MemoryWarning,
    OnlineMemory,
    get_measure,
    project,
    transition,
)

REFERENCE = Path(__file__).parent / "data" / "hippo_states.npz"
RNG = np.random.default_rng(3)
ORDERS = [1, 2, 7, 64]


class TestAgainstIndependentStates:
    @pytest.mark.parametrize(
        ("entry", "measure", "methods"),
        [
            ("legt", MEASURES["legt"], ["bilinear", "zoh"]),
            ("fout", MEASURES["fout"], ["bilinear", "zoh"]),
            ("legs", MEASURES["legs"], ["bilinear", "backward"]),
            ("lagt_half", get_measure("lagt", beta=1e-14), ["bilinear", "zoh"]),
        ],
    )
    def test_states_agree(self, entry, measure, methods):
        with np.load(REFERENCE) as file:
            u, rate, order, rows = file["u"], 1 / file["dt"], int(file["order"]), file["rows"]
            for method in methods:
                memory = OnlineMemory(measure, order, sample_rate=rate, theta=1.0, method=method)
                states = memory.trajectory(u)[0, rows]
                scale = math.sqrt(measure.beta) if entry == "lagt_half" else 1.0
                np.testing.assert_allclose(
                    states / scale, file[f"{entry}_{method}_states"], rtol=0, atol=1e-10
                )


class TestAgainstTwins:
    @every_measure
    @every_steady
    @pytest.mark.parametrize("order", ORDERS)
    def test_every_state_is_that_of_the_plain_loop(self, name, method, order):
        u = RNG.standard_normal(90)
        expected = states_of(name, order, u, 100.0, 0.8, method)
        memory = OnlineMemory(name, order, sample_rate=100.0, theta=0.8, method=method)
        assert relative(memory.trajectory(u)[0], expected) < 1e-9
        assert relative(filled(name, order, u, method=method).coefficients[0], expected[-1]) < 1e-9

    @every_measure
    @pytest.mark.parametrize(("method", "alpha"), [("forward", 0.5), ("gbt", 0.3), ("gbt", 0.8)])
    def test_explicit_methods_too_while_they_are_stable(self, name, method, alpha):
        u = RNG.standard_normal(300)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MemoryWarning)  # LegS: its first samples
            memory = OnlineMemory(name, 6, sample_rate=1000.0, theta=2.0, method=method, alpha=alpha)
        expected = states_of(name, 6, u, 1000.0, 2.0, method, alpha)
        assert relative(memory.trajectory(u)[0], expected) < 1e-9

    @pytest.mark.parametrize(
        "measure", [get_measure("legt", normalization="lmu"), get_measure("lagt", beta=0.3)]
    )
    def test_options_reach_the_matrices(self, measure):
        u = RNG.standard_normal(60)
        expected = states_of(measure, 8, u, 100.0, 0.8, "bilinear")[-1]
        by_name = filled(measure.name, 8, u, measure_options=measure.options)
        assert by_name.measure == measure
        assert relative(by_name.coefficients[0], expected) < 1e-12
        np.testing.assert_array_equal(filled(measure, 8, u).coefficients, by_name.coefficients)

    def test_lmu_and_legt_are_one_memory_in_two_scales(self):
        u = RNG.standard_normal(100)
        legt = filled("legt", 9, u)
        lmu = filled("legt", 9, u, measure_options={"normalization": "lmu"})
        scale = np.sqrt(2 * np.arange(9) + 1) * (-1.0) ** np.arange(9)
        np.testing.assert_allclose(lmu.coefficients, legt.coefficients * scale, atol=1e-12)
        times = np.arange(30, 100) / 100
        np.testing.assert_allclose(lmu.reconstruct(times), legt.reconstruct(times), atol=1e-11)


class TestAgainstTheDefinition:
    @pytest.mark.parametrize(
        "measure",
        [
            MEASURES["legs"],
            MEASURES["lagt"],
            MEASURES["legs-lti"],
            get_measure("lagt", alpha=0.5, beta=0.3),
            get_measure("lagt", alpha=-0.5, beta=2.0),
        ],
        ids=lambda measure: measure.label,
    )
    @pytest.mark.parametrize("order", [*ORDERS, 200])
    @pytest.mark.parametrize("samples", [1, 2, 17, 700])
    def test_zoh_of_an_exact_measure_is_the_definition(self, measure, order, samples):
        signal = RNG.standard_normal((2, samples))
        memory = filled(measure, order, signal, method="zoh")
        expected = project(measure, signal, 100.0, order, 0.8, at=memory.time)
        assert relative(memory.coefficients, expected) < 1e-10

    @pytest.mark.parametrize("order", ORDERS)
    def test_legs_zoh_starts_from_the_first_sample_alone(self, order):
        memory = filled("legs", order, [3.5], method="zoh")
        np.testing.assert_allclose(memory.coefficients[0], 3.5 * np.eye(order)[0], atol=1e-13)

    @every_steady
    def test_legs_does_not_know_the_clock(self, method):
        """Invariance to timescale: the same samples at another rate leave the same coefficients."""
        u = RNG.standard_normal(200)
        slow = filled("legs", 16, u, rate=1.0, method=method)
        fast = filled("legs", 16, u, rate=48000.0, method=method)
        np.testing.assert_array_equal(slow.coefficients, fast.coefficients)

    def test_legs_of_a_slowed_signal_is_the_same(self):
        """The same, for the signal: every sample held three times as long is the same past, exactly."""
        u = RNG.standard_normal(150)
        held = filled("legs", 16, np.repeat(u, 3), method="zoh")
        assert relative(held.coefficients, filled("legs", 16, u, method="zoh").coefficients) < 1e-12

    def test_legt_tends_to_the_definition_as_n_grows(self):
        t = (np.arange(3000) + 0.5) / 1000
        u = np.sin(2 * np.pi * 3 * t) + 0.5 * np.cos(2 * np.pi * 4.5 * t)
        errors = []
        for order in (16, 20, 24):
            memory = filled("legt", order, u, rate=1000.0, theta=1.0, method="zoh")
            errors.append(relative(memory.coefficients, project("legt", u, 1000.0, order, 1.0)))
        assert errors[0] > 10 * errors[1] > 100 * errors[2]
        assert errors[2] < 1e-4


class TestOrderOfConvergence:
    """f is smooth and starts as t²; samples are its values at sample centres."""

    THETA, NOW, ORDER = 0.7, 2.0, 8

    @staticmethod
    def f(times):
        return np.where(times > 0, np.sin(8 * times) ** 2 * np.cos(2 * times), 0.0)

    def errors(self, name, method, alpha, expected):
        found = []
        for rate in (1000, 2000, 4000):
            memory = OnlineMemory(name, self.ORDER, rate, self.THETA, method, alpha=alpha)
            memory.push(self.f((np.arange(round(self.NOW * rate)) + 0.5) / rate))
            reference = expected(rate) if callable(expected) else expected
            found.append(np.abs(memory.coefficients[0] - reference).max())
        return np.array(found)

    def solution(self, name):
        """Of the equation: for exact measures the definition, else by a Runge–Kutta method of order 8."""
        measure = MEASURES[name]
        if measure.exact:
            span = self.THETA if measure.time_invariant else self.NOW
            return projected(measure, self.f, self.ORDER, span, self.NOW)
        A, B = transition(name, self.ORDER)
        return solve_ivp(
            lambda t, c: (A @ c + B * self.f(t)) / self.THETA,
            (0, self.NOW),
            np.zeros(self.ORDER),
            method="DOP853",
            rtol=1e-11,
            atol=1e-13,
        ).y[:, -1]

    @pytest.mark.parametrize(
        ("method", "alpha", "order"),
        [
            ("forward", 0.5, 1),
            ("backward", 0.5, 1),
            ("gbt", 0.3, 1),
            ("gbt", 0.5, 2),
            ("gbt", 0.7, 1),
            ("bilinear", 0.5, 2),
            ("zoh", 0.5, 2),
        ],
    )
    @pytest.mark.parametrize("name", [name for name in MEASURES if name != "legs"])
    def test_of_time_invariant_memories(self, name, method, alpha, order):
        errors = self.errors(name, method, alpha, self.solution(name))
        assert np.log2(errors[:-1] / errors[1:]) == pytest.approx(order, abs=0.12)

    @pytest.mark.filterwarnings("ignore::hippo_studio.hippo.MemoryWarning")
    @pytest.mark.parametrize(
        ("method", "order"), [("forward", 1), ("backward", 1), ("bilinear", 1), ("zoh", 2)]
    )
    def test_of_legs_about_the_past_of_k_samples(self, method, order):
        errors = self.errors("legs", method, 0.5, self.solution("legs"))
        assert np.log2(errors[:-1] / errors[1:]) == pytest.approx(order, abs=0.12)

    def test_of_bilinear_legs_about_the_past_of_half_a_sample_more(self):
        """Σ 1/k ≈ ln(k + ½): the rule A/k at step k carries half a sample of silence before the signal."""

        def longer(rate):
            half = 0.5 / rate
            return projected("legs", lambda t: self.f(t - half), self.ORDER, self.NOW + half, self.NOW + half)

        errors = self.errors("legs", "bilinear", 0.5, longer)
        assert np.log2(errors[:-1] / errors[1:]) == pytest.approx(2, abs=0.12)

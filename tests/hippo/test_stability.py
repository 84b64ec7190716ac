"""Combinations that blow up, swell, or do well; and the health line."""

import math

import numpy as np
import pytest
from hippo_twins import every_measure, filled, relative

from hippo_studio.hippo import (
    METHODS,
    Health,
    MemoryWarning,
    OnlineMemory,
    discretize,
    project,
    transition,
)

RNG = np.random.default_rng(3)


class TestStability:
    @pytest.mark.parametrize(
        ("name", "order", "rate"), [("legt", 64, 500), ("fout", 64, 8000), ("legs-lti", 256, 100)]
    )
    def test_forward_euler_that_must_blow_up_is_refused(self, name, order, rate):
        words = r"Forward Euler on .* is unstable.* multiplies .*Choose bilinear or zoh"
        with pytest.raises(ValueError, match=words):
            OnlineMemory(name, order, rate, 1.0, "forward")

    def test_stable_but_swelling_is_refused_too(self):
        """The spectral radius is 0.998; ‖Ā^k‖ reaches 1e26, and would amplify rounding by as much."""
        with pytest.raises(ValueError, match=r"amplifies by .* before it decays, rounding included"):
            OnlineMemory("legs-lti", 256, 500, 1.0, "forward")

    def test_a_slow_swell_is_warned_of(self):
        with pytest.warns(MemoryWarning, match=r"amplifies by .* before it decays"):
            memory = OnlineMemory("legt", 256, 8000, 1.0, "forward")
        memory.push(RNG.standard_normal(20000))
        assert np.isfinite(memory.coefficients).all()
        assert any("amplifies" in text for text in memory.health().warnings)

    @pytest.mark.parametrize("order", [4, 16, 64, 128])
    def test_forward_legs_is_warned_of_and_sound_from_2n_samples_on(self, order):
        with pytest.warns(MemoryWarning, match=rf"first {order // 2} samples.*trust it from {2 * order}"):
            memory = OnlineMemory("legs", order, 1000.0, method="forward")
        t = (np.arange(20 * order) + 0.5) / (20 * order)
        u = np.sin(6 * t)
        memory.push(u[: order // 2])
        memory.push(u[order // 2 :])
        exact = project("legs", u, 1000.0, order)
        assert relative(memory.coefficients, exact) < 0.1

    @pytest.mark.parametrize(("order", "dtype"), [(420, "float64"), (512, "float64"), (64, "float32")])
    def test_forward_legs_beyond_its_numbers_is_refused(self, order, dtype):
        with pytest.raises(ValueError, match=r"first .* samples, beyond the range"):
            OnlineMemory("legs", order, 1000.0, method="forward", dtype=dtype)

    @pytest.mark.parametrize("order", [1, 2])
    def test_forward_legs_of_order_two_needs_no_warning(self, order):
        OnlineMemory("legs", order, 1000.0, method="forward").push(np.ones(10))

    @pytest.mark.filterwarnings("ignore::hippo_studio.hippo.MemoryWarning")
    @pytest.mark.parametrize("method", METHODS)
    @every_measure
    def test_whatever_is_accepted_stays_finite(self, name, method):
        """Over steps from a θ of one sample to one of thousands, orders up to 300."""
        accepted = 0
        for order in (1, 3, 16, 100, 300):
            for window in (1, 3, 20, 3000):
                try:
                    memory = OnlineMemory(name, order, 1.0, float(window), method, alpha=0.4)
                except ValueError:
                    if method not in ("forward", "gbt"):
                        raise
                    continue
                accepted += 1
                memory.push(RNG.standard_normal(700))
                assert np.isfinite(memory.coefficients).all()
        assert accepted >= 4


class TestHealth:
    def test_of_a_healthy_memory(self):
        health = filled("legt", 64, np.ones(10), rate=16000.0, theta=0.5).health()
        assert isinstance(health, Health)
        assert health.samples_in_window == 8000
        assert health.cycles_resolved == pytest.approx(64 / math.pi)
        assert 0.99 < health.spectral_radius < 1
        assert health.warnings == ()

    @pytest.mark.parametrize("method", METHODS)
    @pytest.mark.parametrize("name", ["legt", "lagt", "fout", "legs-lti"])
    @pytest.mark.parametrize("order", [1, 5])
    def test_spectral_radius_is_that_of_the_matrix(self, name, order, method):
        memory = OnlineMemory(name, order, 100.0, 2.0, method, alpha=0.6)
        Ad, _ = discretize(*transition(name, order), 1 / 200, method, 0.6)
        values = np.diag(Ad) if name in ("lagt", "legs-lti") else np.linalg.eigvals(Ad)  # triangular
        assert memory.health().spectral_radius == pytest.approx(np.abs(values).max(), rel=1e-9)

    def test_fouts_empty_slot_does_not_count(self):
        assert OnlineMemory("fout", 6, 100.0, 2.0).health().spectral_radius < 0.999

    @pytest.mark.parametrize(
        ("method", "radius"),
        [("forward", 8 / 9), ("backward", 9 / 10), ("bilinear", 17 / 19), ("zoh", 8 / 9)],
    )
    def test_spectral_radius_of_legs_is_that_of_its_newest_step(self, method, radius):
        assert filled("legs", 2, np.ones(9), method=method).health().spectral_radius == pytest.approx(radius)
        assert filled("legs", 2, np.ones(1), method="zoh").health().spectral_radius == 0

    def test_a_short_window_is_said(self):
        health = OnlineMemory("legt", 2, 10.0, 0.5).health()
        assert health.warnings == ("θ is shorter than 8 samples (5).",)

    def test_more_coefficients_than_samples_is_said(self):
        assert (
            "N = 64 is more than the samples"
            in OnlineMemory("legt", 64, 10.0, 2.0, "zoh").health().warnings[0]
        )
        memory = OnlineMemory("legs", 64, 10.0)
        assert memory.health().warnings == ()
        memory.push(np.ones(10))
        assert "were seen (10)" in memory.health().warnings[0]

    def test_what_a_discretization_blurs_is_measured(self):
        """Backward Euler at 1000 samples per θ keeps 5 cycles: there a sine has lost half a neper after θ."""
        memory = OnlineMemory("legt", 64, 1000.0, 1.0, "backward")
        (said,) = memory.health().warnings
        assert "blurs all beyond 5.03 of the 20.4 cycles" in said
        t = np.arange(3000) / 1000
        u = np.sin(2 * np.pi * 5.03 * t)
        memory.push(u)
        old = slice(2000, 2200)  # nine tenths of θ ago
        kept = np.abs(memory.reconstruct(t[old])).max() / np.abs(u[old]).max()
        assert kept == pytest.approx(math.exp(-0.5), rel=0.1)

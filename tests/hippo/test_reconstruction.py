"""The past drawn again: half a sample, the edges, and what is outside."""

import math

import numpy as np
import pytest
from hippo_twins import every_measure, filled

from hippo_studio.hippo import (
    OnlineMemory,
)


class TestReconstruction:
    @pytest.mark.parametrize(
        ("hertz", "unaligned", "aligned"), [(3, 0.0057, 0.000065), (10, 0.0196, 0.000096)]
    )
    def test_half_a_sample_makes_legt_a_hundred_times_better(self, hertz, unaligned, aligned):
        """Δt = 1 ms, N = 64: the figures of an independent measurement, whose error norm is not known."""
        t = np.arange(4000) / 1000
        u = np.sin(2 * np.pi * hertz * t)
        memory = filled("legt", 64, u, rate=1000.0, theta=1.0, method="zoh")
        inside = slice(3020, 3980)

        def error(shift):
            return np.sqrt(np.mean((memory.reconstruct(t[inside] - shift)[0] - u[inside]) ** 2))

        assert error(0.5e-3) == pytest.approx(unaligned, rel=0.25)
        assert error(0.0) < 1.5 * aligned
        assert error(0.5e-3) > 100 * error(0.0)

    @pytest.mark.parametrize("method", ["zoh", "bilinear"])
    def test_half_a_sample_of_legs(self, method):
        t = np.arange(1000) / 1000
        u = np.sin(2 * np.pi * 3 * t) * np.sin(np.pi * t) ** 2
        memory = filled("legs", 64, u, rate=1000.0, method=method)
        aligned = np.abs(memory.reconstruct(t)[0] - u).max()
        assert aligned < 2e-4
        assert np.abs(memory.reconstruct(t - 0.5e-3)[0] - u).max() > 50 * aligned

    @pytest.mark.parametrize("method", ["zoh", "bilinear"])
    @every_measure
    def test_each_sample_of_the_window_is_answered(self, name, method):
        memory = filled(name, 12, np.ones(400), method=method)
        inside = np.arange(400 - 80, 400) / 100
        assert np.isfinite(memory.reconstruct(inside)).all()
        everything = memory.reconstruct(np.arange(400) / 100)[0]
        windowed = name in ("legt", "fout")
        # θ is 80 samples; the one that leaves it is still read, half a sample outside
        assert np.flatnonzero(np.isfinite(everything))[0] == (400 - 80 - 1 if windowed else 0)

    @every_measure
    def test_outside_the_memory_is_not_a_number(self, name):
        memory = filled(name, 12, np.ones(400))
        future = memory.reconstruct([4.01, 5.0, 1e9])
        assert np.isnan(future).all()
        before = memory.reconstruct([-0.5])
        assert np.isnan(before).all() == (name in ("legt", "fout", "legs"))
        # The edges themselves are read, up to half a sample beyond: a plot from θ ago to now has no gap.
        assert np.isfinite(memory.reconstruct([memory.time, memory.time - 0.8])).all()

    @pytest.mark.parametrize("name", ["legt", "lagt", "legs-lti"])
    def test_before_the_first_sample_silence_is_remembered(self, name):
        memory = filled(name, 32, np.sin(np.arange(40) / 6) ** 2, method="zoh")
        assert np.abs(memory.reconstruct(np.linspace(-0.35, -0.1, 20))).max() < 0.1

    def test_an_empty_memory(self):
        assert not OnlineMemory("legt", 4, 10.0, 1.0).reconstruct([-0.5, -0.1]).any()
        assert np.isnan(OnlineMemory("legs", 4, 10.0).reconstruct([-0.5, 0.0, 1.0])).all()

    @every_measure
    def test_more_coefficients_and_a_better_method_say_more(self, name):
        t = np.arange(4000) / 1000
        u = np.sin(2 * np.pi * 2 * t) * (1 + 0.3 * np.cos(5 * t))
        recent = slice(3700, 4000)

        def error(order, method):
            memory = filled(name, order, u, rate=1000.0, theta=1.0, method=method)
            return np.sqrt(np.mean((memory.reconstruct(t[recent])[0] - u[recent]) ** 2))

        assert error(64, "zoh") < 0.6 * error(8, "zoh")
        assert error(64, "zoh") < 1.02 * error(64, "backward")  # LagT is at the limit of its basis

    def test_glagt_reconstructs_the_recent_past(self):
        t = np.arange(3000) / 1000
        u = np.sin(2 * np.pi * t)
        for alpha, beta in [(0.0, 0.1), (0.0, 1.0), (0.2, 1.0), (-0.2, 1.0)]:
            memory = filled("lagt", 100, u, rate=1000.0, theta=0.2, method="zoh",
                            measure_options={"alpha": alpha, "beta": beta})  # fmt: skip
            recent = slice(2700, 2900)
            assert np.abs(memory.reconstruct(t[recent])[0] - u[recent]).max() < 0.1

    @pytest.mark.parametrize("times", [[math.nan], [math.inf], [[0.0, 1.0]], "now", [None], [1j]])
    def test_bad_times_are_refused(self, times):
        with pytest.raises(ValueError, match="times"):
            filled("legt", 4, np.ones(10)).reconstruct(times)

    def test_shapes(self):
        memory = filled("legt", 4, np.ones((3, 100)))
        assert memory.reconstruct(0.9).shape == (3, 1)
        assert memory.reconstruct([]).shape == (3, 0)
        assert memory.reconstruct(range(1)).shape == (3, 1)

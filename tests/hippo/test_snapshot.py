"""The state of a memory: its clock, its picture, its trajectory, its snapshot."""

import io

import numpy as np
import pytest
from hippo_twins import every_measure, every_steady, filled, relative

from hippo_studio.hippo import (
    MEASURES,
    MemorySettings,
    MemoryWarning,
    OnlineMemory,
    get_measure,
)

RNG = np.random.default_rng(3)


class TestState:
    def test_coefficients_are_a_frozen_picture(self):
        memory = OnlineMemory("legt", 4, 10.0, 1.0)
        first = memory.coefficients
        memory.push([1.0])
        assert not first.any()
        assert memory.coefficients.any()
        with pytest.raises(ValueError, match="read-only"):
            memory.coefficients[0, 0] = 1

    def test_clock(self):
        memory = OnlineMemory("legs", 4, sample_rate=44100)
        assert (memory.samples, memory.time) == (0, 0.0)
        memory.push(np.ones(44100))
        memory.push(np.ones(1))
        assert (memory.samples, memory.time) == (44101, 44101 / 44100)

    def test_reset_is_as_new(self):
        u = RNG.standard_normal(30)
        memory = filled("legs", 6, u)
        memory.reset()
        assert memory.samples == 0
        memory.push(u)
        np.testing.assert_array_equal(memory.coefficients, filled("legs", 6, u).coefficients)

    @pytest.mark.parametrize("dtype", ["float64", np.float64, "f4", np.dtype("float32"), float, "=f8"])
    def test_dtype_reaches_all_that_is_returned(self, dtype):
        memory = filled("legt", 4, np.ones(10), dtype=dtype)
        assert memory.dtype == np.dtype(dtype)
        assert memory.coefficients.dtype == np.dtype(dtype)
        assert memory.trajectory(np.ones(3)).dtype == np.dtype(dtype)
        assert memory.reconstruct([0.1]).dtype == np.float64

    @every_measure
    @every_steady
    def test_float32_stays_close_to_float64(self, name, method):
        u = RNG.standard_normal(5000)
        single, double = (
            OnlineMemory(name, 32, 100.0, 5.0, method, dtype=dtype) for dtype in ("float32", "float64")
        )
        for memory in (single, double):
            for block in np.split(u, 50):
                memory.push(block)
        assert relative(single.coefficients, double.coefficients) < 2e-5

    def test_repr_says_what_it_is(self):
        assert repr(filled("legt", 4, np.ones(7))) == (
            "<OnlineMemory: LegT, N = 4, θ = 0.8 s, bilinear, 1 × 7 samples at 100 Hz>"
        )

    def test_settings_make_the_same_memory(self):
        memory = filled("lagt", 5, np.ones(9), measure_options={"beta": 0.5}, method="gbt", alpha=0.75)
        again = OnlineMemory.from_settings(memory.settings)
        again.push(np.ones(9))
        np.testing.assert_array_equal(again.coefficients, memory.coefficients)
        assert isinstance(memory.settings, MemorySettings)
        assert hash(again.settings) == hash(memory.settings)


class TestTrajectory:
    @every_measure
    @every_steady
    def test_out_is_filled_and_returned(self, name, method):
        u = RNG.standard_normal((2, 40))
        out = np.empty((2, 40, 6))
        memory = OnlineMemory(name, 6, 100.0, 0.5, method, channels=2)
        assert memory.trajectory(u, out) is out
        again = OnlineMemory(name, 6, 100.0, 0.5, method, channels=2)
        np.testing.assert_array_equal(again.trajectory(u), out)
        np.testing.assert_allclose(memory.coefficients, out[:, -1])
        assert memory.samples == 40

    @pytest.mark.parametrize(
        "out", [np.empty((1, 5, 4)), np.empty((1, 6, 4), "f4"), np.empty((1, 4, 6)).transpose(0, 2, 1)]
    )
    def test_out_that_does_not_fit_is_refused(self, out):
        memory = OnlineMemory("legt", 4, 10.0, 1.0)
        with pytest.raises(ValueError, match="out is float"):
            memory.trajectory(np.ones(6), out)
        assert memory.samples == 0


class TestSnapshot:
    @pytest.mark.parametrize("measure", [*MEASURES.values(), get_measure("lagt", alpha=0.2, beta=0.5)])
    @every_steady
    def test_goes_through_a_file_without_pickle(self, measure, method):
        u = RNG.standard_normal((2, 300))
        memory = OnlineMemory(measure, 7, 100.0, 0.8, method, channels=2, dtype="float32")
        memory.push(u[:, :170])
        file = io.BytesIO()
        np.savez(file, **memory.snapshot())
        file.seek(0)
        with np.load(file, allow_pickle=False) as loaded:
            again = OnlineMemory.restore(loaded)
        assert again.settings == memory.settings
        assert again.samples == 170
        for one in (memory, again):
            one.push(u[:, 170:])
        np.testing.assert_array_equal(again.coefficients, memory.coefficients)

    def test_a_snapshot_is_not_changed_by_later_samples(self):
        memory = filled("legs", 4, np.ones(3))
        snapshot = memory.snapshot()
        before = snapshot["coefficients"].copy()
        memory.push(np.full(5, 9.0))
        np.testing.assert_array_equal(snapshot["coefficients"], before)
        assert OnlineMemory.restore(snapshot).samples == 3

    def test_gbts_alpha_is_kept(self):
        memory = OnlineMemory("lagt", 4, 10.0, 1.0, "gbt", alpha=0.75)
        assert OnlineMemory.restore(memory.snapshot()).settings.alpha == 0.75

    def test_legs_without_a_window(self):
        memory = OnlineMemory("legs", 4, 10.0)
        assert OnlineMemory.restore(memory.snapshot()).theta is None

    @pytest.mark.filterwarnings("error")
    def test_restoring_repeats_no_warning(self):
        with pytest.warns(MemoryWarning):
            memory = OnlineMemory("legs", 16, 10.0, method="forward")
        OnlineMemory.restore(memory.snapshot())

    def test_what_is_no_snapshot_is_named(self):
        with pytest.raises(
            ValueError, match=r"^The snapshot is a NoneType; a dict of `snapshot`, or the same"
        ):
            OnlineMemory.restore(None)

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"coefficients": None}, "no entry 'coefficients'"),
            ({"snapshot_version": 99}, "version 99; 1 is needed"),
            ({"coefficients": np.zeros((1, 5))}, r"shape \(1, 5\); \(1, 4\)"),
            ({"coefficients": np.full((1, 4), np.nan)}, "holds nan"),
            ({"samples": -1}, "samples is -1"),
            ({"measure": "nonsense"}, "'nonsense'"),
            ({"order": 0}, "order N is 0"),
            ({"dtype": "int32"}, "int32"),
            ({"method": "magic"}, "'magic'"),
            ({"samples": 2**70}, "a whole number from 0 to 9007199254740992 is needed"),
            ({"samples": 0}, "seen no samples, yet its coefficients are not zero"),
        ],
    )
    def test_a_damaged_snapshot_is_described(self, changes, words):
        snapshot = {**filled("legt", 4, np.ones(3)).snapshot(), **changes}
        snapshot = {name: value for name, value in snapshot.items() if value is not None}
        with pytest.raises(ValueError, match=words):
            OnlineMemory.restore(snapshot)

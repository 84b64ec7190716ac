"""What a memory takes in, and how it refuses the rest."""

import math
import tracemalloc
import warnings

import numpy as np
import pytest
from hippo_twins import STEADY, every_measure, every_steady, filled, relative

from hippo_studio.hippo import METHODS, MemoryWarning, OnlineMemory, transition

RNG = np.random.default_rng(3)


class TestInput:
    @pytest.mark.parametrize(
        "convert",
        [
            lambda u: u.tolist(),
            lambda u: tuple(map(tuple, u)),
            lambda u: u.astype(np.int16),
            lambda u: u.astype(">f4"),
            lambda u: u.astype(">i8"),
            lambda u: u.astype(np.float16),
            lambda u: u.astype(np.longdouble),
            np.asfortranarray,
            lambda u: np.repeat(u, 2, axis=1)[:, ::2],
            lambda u: u[:, ::-1].copy()[:, ::-1],
            lambda u: np.ma.MaskedArray(u, mask=False),
            lambda u: np.broadcast_to(u, u.shape),
        ],
    )
    @pytest.mark.parametrize("dtype", ["float64", "float32"])
    @pytest.mark.parametrize("name", ["legt", "legs"])
    def test_any_layout_type_and_order_of_bytes(self, name, dtype, convert):
        u = RNG.integers(-9, 9, (2, 50)).astype(float)
        expected = filled(name, 6, u, dtype=dtype).coefficients
        given = convert(u)
        kept = np.array(given)
        memory = filled(name, 6, np.zeros((2, 0)), dtype=dtype)
        memory.push(given)
        # One last digit may depend on where in memory an array begins.
        np.testing.assert_allclose(memory.coefficients, expected, rtol=0, atol=4 * np.finfo(dtype).eps)
        np.testing.assert_array_equal(np.array(given), kept)
        states = filled(name, 6, np.zeros((2, 0)), dtype=dtype).trajectory(given)
        np.testing.assert_allclose(states[:, -1], expected, rtol=0, atol=1e2 * np.finfo(dtype).eps)

    def test_read_only_samples_stay_as_they_are(self):
        u = RNG.standard_normal((1, 50))
        u.setflags(write=False)
        for method in STEADY:
            filled("legs", 6, u, method=method)
            filled("legt", 6, u, method=method).trajectory(u)

    def test_one_bad_sample_among_ten_million_is_found(self):
        block = np.ones(10**7, np.float32)
        block[9_123_456] = np.nan
        memory = OnlineMemory("legs", 8, sample_rate=48_000.0, method="zoh", dtype="float32")
        with pytest.raises(ValueError, match=r"holds nan at index \(0, 9123456\) \(1 of 10000000"):
            memory.push(block)
        assert memory.samples == 0

    @pytest.mark.parametrize(
        ("name", "method", "dtype", "kind"),
        [
            ("legt", "bilinear", "float64", "f4"),
            ("lagt", "backward", "float64", "f8"),
            ("fout", "zoh", "float32", "f4"),
            ("legs", "zoh", "float64", ">f4"),
        ],
    )
    def test_one_block_of_a_hundred_million_samples(self, name, method, dtype, kind):
        """All of them 3, in the room of one number: what a memory makes of a constant is A c + B u = 0."""
        block = np.broadcast_to(np.array(3, kind), 10**8)
        memory = OnlineMemory(name, 8, sample_rate=48_000.0, theta=0.1, method=method, dtype=dtype)
        tracemalloc.start()
        try:
            memory.push(block)
            room = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert memory.samples == 10**8
        A, B = transition(name, 8)
        assert relative(memory.coefficients[0], np.linalg.lstsq(A, -3 * B)[0]) < 1e-10
        assert room < 2e8

    def test_a_hundred_million_bytes_at_once_are_their_parts(self):
        block = RNG.integers(-99, 99, 10**8, dtype=np.int8)
        block[: 10**7] = 100  # what LegS never forgets
        at_once, in_parts = (OnlineMemory("legs", 8, 48_000.0, method="zoh") for _ in range(2))
        at_once.push(block)
        for start in range(0, 10**8, 7_654_321):
            in_parts.push(block[start : start + 7_654_321])
        assert at_once.samples == in_parts.samples == 10**8
        assert relative(at_once.coefficients, in_parts.coefficients) < 1e-11

    @every_measure
    @pytest.mark.parametrize("method", METHODS)
    def test_no_short_block_hides_a_sample_that_is_not_finite(self, name, method):
        """They are looked at by what they make of the coefficients, whatever carries them there."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MemoryWarning)
            memory = OnlineMemory(name, 5, 1000.0, 2.0, method, channels=2, alpha=0.6)
        for length in (1, 3, 64, 800, 1024, 1500):
            for _ in range(20):  # until the length has a step of its own
                memory.push(RNG.standard_normal((2, length)))
            before, seen = memory.coefficients.copy(), memory.samples
            for at in {0, length // 2, length - 1}:
                for value in (math.nan, math.inf, -math.inf):
                    block = RNG.standard_normal((2, length))
                    block[1, at] = value
                    fresh = OnlineMemory.from_settings(memory.settings)
                    for each in (memory, fresh):
                        with pytest.raises(ValueError, match=rf"holds {value} at index \(1, {at}\) \(1 of"):
                            each.push(block)
                    assert (fresh.samples, fresh.coefficients.any()) == (0, False)
            np.testing.assert_array_equal(memory.coefficients, before)
            assert memory.samples == seen

    @every_measure
    @every_steady
    def test_an_empty_block_changes_nothing(self, name, method):
        memory = filled(name, 6, RNG.standard_normal((2, 30)), method=method)
        before = memory.coefficients
        memory.push(np.empty((2, 0)))
        assert memory.trajectory(np.empty((2, 0))).shape == (2, 0, 6)
        np.testing.assert_array_equal(memory.coefficients, before)
        assert memory.samples == 30

    @pytest.mark.parametrize(
        ("block", "words"),
        [
            ([[1.0, 2.0], [3.0, math.nan]], r"holds nan at index \(1, 1\)"),
            ([[1.0, -math.inf], [3.0, 4.0]], r"holds -inf at index \(0, 1\)"),
            ([1.0, 2.0], r"shape \(2,\); \(2, T\) is needed"),
            (np.ones((5, 2)), "looks transposed"),
            (np.ones((3, 5)), r"shape \(3, 5\)"),
            (np.ones((2, 5, 1)), r"shape \(2, 5, 1\)"),
            (3.0, r"shape \(\)"),
            (
                [[1.0], [2.0, 3.0]],
                r"^The block has rows of different lengths; one length is needed for all\.$",
            ),
            ([["a"], ["b"]], "values of type <U1"),
            ([[1j], [2]], "complex128"),
            ([[None], [1.0]], "object"),
            (np.ma.MaskedArray(np.ones((2, 3)), mask=[[0, 1, 0], [0, 0, 0]]), "1 masked"),
        ],
    )
    @pytest.mark.parametrize("name", ["legt", "legs"])
    @pytest.mark.parametrize("take", ["push", "trajectory"])
    def test_bad_blocks_are_described_and_leave_the_memory_as_it_was(self, name, take, block, words):
        memory = filled(name, 6, RNG.standard_normal((2, 30)))
        before, next_block = memory.coefficients.copy(), RNG.standard_normal((2, 5))
        with pytest.raises(ValueError, match=words):
            getattr(memory, take)(block)
        np.testing.assert_array_equal(memory.coefficients, before)
        assert memory.samples == 30
        memory.push(next_block)  # and the next use after a failure works
        assert memory.samples == 35

    @pytest.mark.parametrize("name", ["legt", "legs"])
    @every_steady
    @pytest.mark.parametrize("take", [OnlineMemory.push, OnlineMemory.trajectory])
    def test_samples_beyond_float32_are_refused(self, name, method, take):
        memory = filled(name, 6, np.ones(30), dtype="float32", method=method)
        with pytest.raises(
            ValueError,
            match=r"^The block holds 1e\+39 at index .*float32, ±3\.4e\+38 "
            r"\(30 of 30 values are\); scale them down or choose float64\.$",
        ):
            take(memory, np.full(30, 1e39))
        assert memory.samples == 30

    @every_steady
    @pytest.mark.parametrize("take", ["push", "trajectory"])
    def test_coefficients_beyond_their_range_are_refused_whole(self, method, take):
        """Only a scaling beyond the orthonormal one gets there: the LMU's c_n is r_n times larger."""
        memory = filled("legt", 6, np.ones(30), dtype="float32", method=method,
                        measure_options={"normalization": "lmu"})  # fmt: skip
        before = memory.coefficients.copy()
        with pytest.raises(ValueError, match="beyond the range of float32, so it was not taken in"):
            getattr(memory, take)(np.repeat([-3.4e38, 3.4e38], 40))
        np.testing.assert_array_equal(memory.coefficients, before)
        assert memory.samples == 30
        memory.push([1.0])
        assert memory.samples == 31

    @pytest.mark.filterwarnings("ignore::hippo_studio.hippo.MemoryWarning")
    @pytest.mark.parametrize("take", ["push", "trajectory"])
    def test_unstable_first_samples_are_refused_in_a_sentence_alone(self, take):
        memory = OnlineMemory("legs", 16, 10.0, method="forward", dtype="float32")
        with pytest.raises(ValueError, match="beyond the range of float32, so it was not taken in"):
            getattr(memory, take)(np.repeat([-3e38, 3e38], 20))
        assert memory.samples == 0

    @pytest.mark.parametrize(
        ("length", "out", "error", "words"),
        [
            (
                10**11,
                None,
                MemoryError,
                r"^The states after each of 100000000000 samples take 1\.49e\+04 GiB, more",
            ),
            (
                3,
                [1],
                ValueError,
                r"^out is a list; a writable C-contiguous float64 array of shape \(1, 3, 20\)",
            ),
            (3, np.ones(2), ValueError, r"^out is float64 of shape \(2,\); a writable"),
        ],
    )
    def test_a_trajectory_without_room_is_refused_in_a_sentence(self, length, out, error, words):
        memory = OnlineMemory("legs", 20, 10.0, channels=1)
        with pytest.raises(error, match=words):
            memory.trajectory(np.broadcast_to(np.int8(0), (1, length)), out)
        assert memory.samples == 0

    def test_one_channel_takes_rows_and_flat_blocks(self):
        u = RNG.standard_normal(20)
        flat, row = OnlineMemory("legt", 4, 10.0, 1.0), OnlineMemory("legt", 4, 10.0, 1.0)
        flat.push(u)
        row.push(u[None])
        np.testing.assert_array_equal(flat.coefficients, row.coefficients)
        with pytest.raises(ValueError, match=r"\(T,\) or \(1, T\) is needed; it looks transposed"):
            row.push(u[:, None])


class TestGates:
    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"measure": "legx"}, "'legx'"),
            ({"order": 0}, "order N is 0"),
            ({"order": 1.5}, "order N is 1.5"),
            ({"sample_rate": 0}, "sample rate is 0 Hz"),
            ({"sample_rate": math.nan}, "sample rate is nan"),
            ({"sample_rate": "fast"}, "sample rate is 'fast'"),
            ({"theta": 0}, "θ is 0 s"),
            ({"theta": -1}, "θ is -1 s"),
            ({"theta": math.nan}, "θ is nan"),
            ({"theta": math.inf}, "θ is inf"),
            ({"theta": None}, "LegT needs a window θ"),
            ({"theta": 0.009}, "θ is 0.009 s, shorter than one sample"),
            ({"method": "euler"}, "'euler'"),
            ({"method": "gbt", "alpha": 2}, "GBT's α is 2"),
            ({"alpha": math.nan}, "GBT's α is nan"),
            ({"channels": 0}, "number of channels is 0"),
            (
                {"channels": 10**12},
                "^The number of channels is 1000000000000; a whole number from 1 to 65536 is",
            ),
            ({"dtype": "int32"}, "dtype is int32"),
            ({"dtype": "nonsense"}, "dtype is 'nonsense'"),
            ({"dtype": None}, "dtype is None"),
            ({"measure_options": {"x": 1}}, "no option 'x'"),
            ({"measure_options": 3}, "^The measure's options are 3; a dict such as"),
        ],
    )
    def test_bad_arguments_are_quoted(self, changes, words):
        arguments = {"measure": "legt", "order": 4, "sample_rate": 100.0, "theta": 1.0}
        with pytest.raises(ValueError, match=words):
            OnlineMemory(**{**arguments, **changes})

    def test_a_window_of_one_sample_is_allowed_whatever_the_rounding(self):
        for rate in (3.0, 44100.0, 1 / 3):
            OnlineMemory("legt", 4, rate, 1 / rate)

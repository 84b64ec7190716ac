"""The block update of time-invariant memories against one step after another."""

import threading

import numpy as np
import pytest

from hippo_studio.hippo import blocks as blocks_module
from hippo_studio.hippo import discretize, get_measure
from hippo_studio.hippo.block_steps import FEW_CHANNELS, block_step
from hippo_studio.hippo.blocks import BlockUpdate, block_update
from hippo_studio.hippo.krylov import LONGEST_BLOCK, KrylovLadder
from hippo_studio.hippo.trajectories import skeleton

RNG = np.random.default_rng(5)
MANY = FEW_CHANNELS + 1
LENGTHS = [0, 1, 2, 7, 63, 64, 65, 799, 800, 1023, 1024, 1025, 2100]
MEMORIES = {
    "legt": get_measure("legt"),
    "lmu": get_measure("legt", normalization="lmu"),
    "lagt": get_measure("lagt"),
    "glagt": get_measure("lagt", alpha=0.4, beta=0.7),
    "fout": get_measure("fout"),
    "legs-lti": get_measure("legs-lti"),
}


def discretized(name, order, window=480, method="bilinear"):
    """(Ā, B̄) of a memory whose window is so many samples long."""
    return discretize(*MEMORIES[name].transition(order), 1 / window, method)


def stepped(Ad, Bd, c, u):
    """Every state (channels, L + 1, N) from c (channels, N) on, c first."""
    states = [c]
    for samples in u.T:
        c = c @ Ad.T + samples[:, None] * Bd
        states.append(c)
    return np.stack(states, axis=1)


def off(found, expected):
    """Largest error beside the largest value."""
    return np.abs(found - expected).max(initial=0.0) / max(1.0, np.abs(expected).max(initial=0.0))


class TestAdvance:
    @pytest.mark.parametrize("order", [1, 2, 3, 7, 64])
    @pytest.mark.parametrize("name", MEMORIES)
    def test_blocks_of_any_length_equal_their_steps(self, name, order):
        for method, window in [("bilinear", 480), ("zoh", 48_000), ("backward", 30)]:
            Ad, Bd = discretized(name, order, window, method)
            c, u = RNG.standard_normal((5, order)), RNG.standard_normal((5, max(LENGTHS)))
            states = stepped(Ad, Bd, c, u)
            update = BlockUpdate(Ad, Bd)
            for length in LENGTHS:
                for channels in (1, 2, 5):
                    after = update.advance(c[:channels], u[:channels, :length])
                    assert off(after, states[:channels, length]) < 1e-11

    @pytest.mark.parametrize("order", [129, 256, 512])
    @pytest.mark.parametrize("name", ["legt", "lmu", "lagt", "fout", "legs-lti"])
    def test_large_orders_equal_their_steps(self, name, order):
        Ad, Bd = discretized(name, order, 48_000)
        c, u = RNG.standard_normal((2, order)), RNG.standard_normal((2, 2100))
        states = stepped(Ad, Bd, c, u)
        update = BlockUpdate(Ad, Bd)
        for length in (1, 65, 799, 2100):
            assert off(update.advance(c, u[:, :length]), states[:, length]) < 1e-11
        update.prepare(800)
        assert off(update.advance(c[:1], u[:1, :800]), states[:1, 800]) < 1e-11

    @pytest.mark.parametrize("length", [1, 2, 3, 64, 65, 799, 800, 1024])
    @pytest.mark.parametrize("order", [1, 5, 64])
    @pytest.mark.parametrize("name", MEMORIES)
    def test_factored_steps_equal_plain_products(self, name, order, length):
        ladder = KrylovLadder(*discretized(name, order, 4800))
        step = block_step(ladder, length)
        c, u = RNG.standard_normal((MANY, order)), RNG.standard_normal((MANY, length))
        plain = ladder.advance(c, u)
        for channels in (1, 2, MANY):
            assert off(step.advance(c[:channels].copy(), u[:channels]), plain[:channels]) < 1e-12

    def test_a_matrix_without_structure(self):
        Ad = 0.09 * RNG.standard_normal((100, 100))
        Bd = RNG.standard_normal(100)
        c, u = RNG.standard_normal((1, 100)), RNG.standard_normal((1, 500))
        step = block_step(KrylovLadder(Ad, Bd), 500)
        expected = stepped(Ad, Bd, c, u)[:, -1]
        assert off(step.advance(c, u), expected) < 1e-12

    def test_frames_of_one_length_equal_their_steps(self):
        Ad, Bd = discretized("legt", 64, 4800)
        c, u = np.zeros((1, 64)), RNG.standard_normal((1, 8000))
        states = stepped(Ad, Bd, c, u)
        update = BlockUpdate(Ad, Bd)
        for start in range(0, 8000, 800):  # plain at first, then by the length's own step
            c = update.advance(c, u[:, start : start + 800])
            assert off(c, states[:, start + 800]) < 1e-11

    def test_frames_that_jitter_equal_their_steps(self):
        Ad, Bd = discretized("fout", 31, 4800)
        c, u = np.zeros((1, 31)), RNG.standard_normal((1, 20_000))
        states = stepped(Ad, Bd, c, u)
        update, seen = BlockUpdate(Ad, Bd), 0
        for length in RNG.integers(0, 900, 40):
            c = update.advance(c, u[:, seen : seen + length])
            seen = min(20_000, seen + length)
            assert off(c, states[:, seen]) < 1e-11

    @pytest.mark.parametrize("channels", [1, 3])
    @pytest.mark.parametrize("name", ["legt", "fout"])
    def test_long_pushes_equal_short_ones(self, name, channels):
        Ad, Bd = discretized(name, 24, 200_000)
        c, u = RNG.standard_normal((channels, 24)), RNG.standard_normal((channels, 330_123))
        update, plain = BlockUpdate(Ad, Bd), KrylovLadder(Ad, Bd)
        assert off(update.advance(c, u), plain.advance(c, u)) < 1e-11
        update.prepare(LONGEST_BLOCK)
        assert off(update.advance(c, u), plain.advance(c, u)) < 1e-11

    def test_what_is_forgotten_need_not_be_read(self):
        Ad, Bd = discretized("legt", 16, 1000)
        c, u = np.full((1, 16), 1e12), RNG.standard_normal((1, 400_000))
        update = BlockUpdate(Ad, Bd)
        reach = update.ladder.reach(u.shape[1])
        assert reach < 100_000
        assert off(update.advance(c, u), update.ladder.advance(c, u)) < 1e-11
        lost = u.copy()
        lost[:, : u.shape[1] - reach] = 1e12
        assert off(update.advance(c, lost), update.ladder.advance(c, lost)) < 1e-11

    def test_a_memory_that_never_forgets_reads_everything(self):
        assert KrylovLadder(np.eye(3), np.ones(3)).reach(10_000_000) == 10_000_000

    def test_an_unstable_memory_overflows_as_its_steps_do(self):
        update, ones = BlockUpdate(np.array([[1.1]]), np.array([1.0])), np.ones((MANY, 5000))
        update.prepare(1024)
        for length in (1024, 1023, 1500, 5000):
            for channels in (1, MANY):
                with pytest.raises(FloatingPointError, match="not finite"):
                    update.advance(1e280 * ones[:channels, :1], ones[:channels, :length])

    def test_short_blocks_make_no_steps_while_these_are_postponed(self):
        update = BlockUpdate(*discretized("legt", 16, 200_000))
        c, u = np.zeros((1, 16)), RNG.standard_normal((1, 800))
        plain = update.nbytes

        def push(block):
            for _ in range(40):
                update.advance(c, block)

        with update.postponed(), update.postponed():
            push(u)
            push(u[:, :512])
            assert not update._steps
            update.prepare(512)
            assert set(update._steps) == {512}
            update.advance(c, np.zeros((1, 400 * 1024)))  # so far to go that a table pays at once
            assert set(update._steps) == {512, 1024}
        push(u)
        assert 800 in update._steps
        assert update.nbytes > plain

    def test_silence_ends_in_zeros_not_in_denormal_numbers(self):
        update = BlockUpdate(*discretized("lagt", 8, 10))
        update.prepare(800)
        c = np.ones((1, 8))
        for _ in range(30):
            c = update.advance(c, np.zeros((1, 800)))
        assert (c == 0).all()

    def test_float32_states_stay_float32(self):
        Ad, Bd = discretized("legt", 64, 4800)
        c, u = np.zeros((2, 64), np.float32), RNG.standard_normal((2, 3000)).astype(np.float32)
        after = BlockUpdate(Ad, Bd).advance(c, u)
        assert after.dtype == np.float32
        assert off(after, stepped(Ad, Bd, c.astype(float), u.astype(float))[:, -1]) < 1e-6

    def test_arguments_may_be_read_only_and_are_not_changed(self):
        update = BlockUpdate(*discretized("legt", 7))
        c, u = RNG.standard_normal((1, 7)), RNG.standard_normal((1, 70_000))
        before = c.copy(), u.copy()
        for array in (c, u):
            array.setflags(write=False)
        for length in (0, 64, 64, 64, 64, 70_000):
            after = update.advance(c, u[:, :length])
            assert after is not c
            assert after.flags.writeable
        np.testing.assert_array_equal(c, before[0])
        np.testing.assert_array_equal(u, before[1])


class TestPowers:
    @pytest.mark.parametrize("name", ["legt", "fout", "lagt"])
    def test_thousands_of_steps_keep_their_digits(self, name):
        """Squaring Ā itself, and not Ā - I, loses two digits here."""
        Ad, Bd = discretized(name, 32, 48_000)
        exact = RNG.standard_normal(32).astype(np.longdouble)
        c = exact.astype(float)
        for _ in range(4096):
            exact = Ad.astype(np.longdouble) @ exact
        assert np.abs(KrylovLadder(Ad, Bd).apply(c, 12) - exact).max() < 1e-13

    def test_any_power_equals_repeated_products(self):
        Ad, Bd = discretized("legt", 5)
        ladder = KrylovLadder(Ad, Bd)
        for steps in (0, 1, 2, 3, 100, 777):
            np.testing.assert_allclose(ladder.power(steps).T, np.linalg.matrix_power(Ad, steps), atol=1e-12)

    def test_krylov_blocks_are_the_impulse_response(self):
        Ad, Bd = discretized("fout", 9)
        found = KrylovLadder(Ad, Bd).krylov(300)
        expected = stepped(Ad, Bd, np.zeros((1, 9)), np.eye(1, 300))[0, 1:]
        np.testing.assert_allclose(found[::-1], expected, atol=1e-13)

    def test_a_krylov_block_is_right_while_another_thread_makes_it_longer(self):
        Ad, Bd = discretized("fout", 9)
        expected = KrylovLadder(Ad, Bd).krylov(16).copy()

        class Growing(KrylovLadder):
            @property
            def _krylov(self):
                self.looks = getattr(self, "looks", 0) + 1
                return self.blocks[min(self.looks, len(self.blocks)) - 1]

            @_krylov.setter
            def _krylov(self, first):
                pass

        ladder = Growing(Ad, Bd)
        longer = KrylovLadder(Ad, Bd)
        ladder.blocks = [longer.krylov(length).copy() for length in (16, 32, 64, 128)]
        np.testing.assert_array_equal(ladder.krylov(16), expected)


class TestTrajectory:
    @pytest.mark.parametrize("order", [1, 2, 3, 7, 64])
    @pytest.mark.parametrize("name", MEMORIES)
    def test_every_state_equals_its_step(self, name, order):
        Ad, Bd = discretized(name, order, 4800)
        c, u = RNG.standard_normal((2, order)), RNG.standard_normal((2, 5000))
        states = stepped(Ad, Bd, c, u)
        update = BlockUpdate(Ad, Bd)
        for length in (0, 1, 2, 7, 63, 64, 65, 255, 256, 800, 4096, 4097, 5000):
            found = update.trajectory(c, u[:, :length])
            assert found.shape == (2, length, order)
            assert off(found, states[:, 1 : length + 1]) < 1e-10

    @pytest.mark.parametrize("name", ["legt", "lagt"])
    def test_large_orders(self, name):
        Ad, Bd = discretized(name, 256, 48_000)
        c, u = RNG.standard_normal((1, 256)), RNG.standard_normal((1, 2000))
        found = BlockUpdate(Ad, Bd).trajectory(c, u)
        assert off(found, stepped(Ad, Bd, c, u)[:, 1:]) < 1e-11

    def test_the_short_way_and_the_plain_way_agree(self):
        Ad, Bd = discretized("legt", 64, 48_000)
        ladder = KrylovLadder(Ad, Bd)
        assert skeleton(ladder).rank < 16
        assert skeleton(KrylovLadder(*discretized("legt", 64, 50))) is None

    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_states_go_where_they_are_wanted(self, dtype, tmp_path):
        Ad, Bd = discretized("legt", 32, 4800)
        c, u = np.zeros((1, 32)), RNG.standard_normal((1, 3000))
        states = stepped(Ad, Bd, c, u)[:, 1:]
        file = np.memmap(tmp_path / "states", dtype, "w+", shape=(1, 4000, 32))
        update = BlockUpdate(Ad, Bd)
        returned = update.trajectory(c, u, out=file[:, 500:3500])
        assert np.shares_memory(returned, file)
        assert off(file[:, 500:3500], states) < (1e-6 if dtype == np.float32 else 1e-11)
        assert not file[:, :500].any()
        assert not file[:, 3500:].any()
        chunks = np.empty((1, 3000, 32), dtype)
        for start in range(0, 3000, 700):
            part = update.trajectory(c, u[:, start : start + 700], out=chunks[:, start : start + 700])
            c = part[:, -1].astype(float)
        assert off(chunks, states) < (1e-5 if dtype == np.float32 else 1e-11)

    def test_integers_and_float32_samples(self):
        update = BlockUpdate(*discretized("legt", 16, 480))
        u = RNG.integers(-5, 5, (1, 1000))
        c = np.zeros((1, 16))
        expected = update.trajectory(c, u.astype(float))
        np.testing.assert_allclose(update.trajectory(c, u.astype(np.float32)), expected, atol=1e-12)
        np.testing.assert_allclose(update.advance(c, u), expected[:, -1], atol=1e-12)


class TestSharing:
    def test_equal_keys_share_one_update(self):
        made = []

        def make():
            made.append(1)
            return BlockUpdate(*discretized("legt", 4))

        first = block_update(("test", 4), make)
        assert block_update(("test", 4), make) is first
        assert block_update(("test", 5), make) is not first
        assert len(made) == 2

    def test_two_threads_that_ask_at_once_make_it_once(self):
        made, found = [], []
        begun, gate = threading.Event(), threading.Event()

        def make():
            made.append(1)
            begun.set()
            assert gate.wait(10)
            return BlockUpdate(*discretized("legt", 4))

        threads = [
            threading.Thread(target=lambda: found.append(block_update(("at once",), make))) for _ in range(2)
        ]
        for thread in threads:
            thread.start()
        assert begun.wait(10)
        gate.set()
        for thread in threads:
            thread.join()
        assert len(made) == 1
        assert found[0] is found[1]

    def test_a_failed_making_is_tried_again(self):
        def fail():
            raise ValueError("no such memory")

        with pytest.raises(ValueError, match="no such memory"):
            block_update(("failed",), fail)
        assert block_update(("failed",), lambda: BlockUpdate(*discretized("legt", 4))).ladder.order == 4

    def test_no_push_waits_for_a_table_that_another_thread_makes(self, monkeypatch):
        update = BlockUpdate(*discretized("legt", 8))
        begun, gate = threading.Event(), threading.Event()

        def slow(ladder, length):
            begun.set()
            assert gate.wait(10)
            return block_step(ladder, length)

        monkeypatch.setattr(blocks_module, "block_step", slow)
        making = threading.Thread(target=update.prepare, args=(64,))
        making.start()
        assert begun.wait(10)
        c, u = np.zeros((1, 8)), RNG.standard_normal((1, 64))
        for _ in range(10):  # often enough to be worth a table
            assert off(update.advance(c, u), update.ladder.advance(c, u)) < 1e-12
        gate.set()
        making.join()
        assert off(update.advance(c, u), update.ladder.advance(c, u)) < 1e-12

    def test_only_the_latest_are_kept(self, monkeypatch):
        first = block_update(("kept", -1), lambda: BlockUpdate(*discretized("legt", 4)))
        for i in range(blocks_module.UPDATES_KEPT):
            block_update(("kept", i), lambda: BlockUpdate(*discretized("legt", 4)))
        assert block_update(("kept", -1), lambda: BlockUpdate(*discretized("legt", 4))) is not first
        monkeypatch.setattr(blocks_module, "BYTES_KEPT", 1)
        block_update(("kept", "small"), lambda: BlockUpdate(*discretized("legt", 4)))
        assert len(blocks_module._updates) == 1

    def test_threads_may_share_an_update(self):
        Ad, Bd = discretized("legt", 40, 4800)
        shared = BlockUpdate(Ad, Bd)
        c, u = np.zeros((1, 40)), RNG.standard_normal((1, 4000))
        lengths = [*[800] * 20, 1, 3, 63, 700, 4000]
        expected = [shared.ladder.advance(c, u[:, :length]) for length in lengths]
        found = [[] for _ in range(4)]

        def push(results):
            results.extend(shared.advance(c, u[:, :length]) for length in lengths)
            results.append(shared.trajectory(c, u)[:, -1])

        threads = [threading.Thread(target=push, args=(results,)) for results in found]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for results in found:
            for result, wanted in zip(results, [*expected, expected[-1]], strict=True):
                assert off(result, wanted) < 1e-11

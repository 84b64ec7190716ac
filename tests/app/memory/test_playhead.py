import numpy as np
import pytest

from hippo_studio.app.memory.playhead import Checkpoints, PlayheadMemory, reach
from hippo_studio.app.memory.source import follow
from hippo_studio.app.memory.state import Memory, MemoryState
from hippo_studio.hippo import MEASURES, OnlineMemory, get_measure
from hippo_studio.signals import Signal

RATE = 1000.0


@pytest.fixture(scope="module")
def source():
    t = np.arange(60_000) / RATE
    noise = np.random.default_rng(3).standard_normal(t.size)
    return follow(Signal(np.sin(7 * t) + 0.3 * noise, RATE))


def memory(name="legt", order=16, theta=0.05, method="zoh", alpha=0.5, **options):
    return Memory(get_measure(name, **options), order, theta, method, alpha)


def pushed(memory, source, position):
    online = OnlineMemory(
        memory.measure, memory.order, source.sample_rate, memory.theta, memory.method, alpha=memory.alpha
    )
    online.push(source.samples[:position])
    return online.coefficients[0]


@pytest.mark.parametrize("method", ["zoh", "bilinear", "backward", "gbt"])
@pytest.mark.parametrize("theta", [0.005, 0.05])
@pytest.mark.parametrize("order", [1, 2, 5, 16, 64])
@pytest.mark.parametrize("name", [name for name in MEASURES if name != "legs"])
def test_what_is_out_of_reach_has_faded(source, name, order, theta, method):
    """A jump far ahead starts with nothing `reach` samples before, and yet holds what a full run holds."""
    asked = memory(name, order, theta, method, alpha=0.7)
    position = 59_000
    moved = PlayheadMemory(asked, source)
    assert moved.move_to(position)
    full = pushed(asked, source, position)
    np.testing.assert_allclose(moved.coefficients, full, atol=1e-9 * np.linalg.norm(full))


@pytest.mark.parametrize(("alpha", "beta"), [(0.0, 1.0), (0.5, 0.5), (-0.5, 2.0), (0.2, 4.0)])
def test_the_reach_of_glagt_follows_its_decay(source, alpha, beta):
    asked = memory("lagt", 48, 0.02, alpha=alpha, beta=beta)
    moved = PlayheadMemory(asked, source)
    assert moved.distance(59_000) < 59_000
    moved.move_to(59_000)
    full = pushed(asked, source, 59_000)
    np.testing.assert_allclose(moved.coefficients, full, atol=1e-9 * np.linalg.norm(full))


def test_a_memory_without_an_end_reaches_back_to_the_start():
    assert reach(memory("legs"), RATE) == np.inf
    assert reach(memory("legt", method="forward"), RATE) == np.inf
    assert reach(memory("legt", method="gbt", alpha=0.4), RATE) == np.inf


@pytest.mark.parametrize("name", list(MEASURES))
def test_any_way_to_a_position_leads_to_the_same_state(source, name):
    asked = memory(name, 12)
    moved = PlayheadMemory(asked, source)
    checkpoints = Checkpoints()
    for position in (0, 7, 900, 20_000, 20_001):
        moved.move_to(position)
        checkpoints.add(position, moved.coefficients[None])
    for position in (20_000, 899, 901, 0, 35_000, 6, 7):
        assert moved.move_to(position, checkpoints)
        full = pushed(asked, source, position)
        np.testing.assert_allclose(moved.coefficients, full, atol=1e-9 * max(np.linalg.norm(full), 1))
        assert moved.position == position


def test_the_shortest_way_is_taken(source):
    moved = PlayheadMemory(memory("legs"), source)
    moved.move_to(1000)
    assert moved.distance(1300) == 300
    assert moved.distance(900) == 900
    checkpoints = Checkpoints([0, 800, 1200], [np.zeros((1, 16))] * 3)
    assert moved.distance(900, checkpoints) == 100
    assert moved.distance(1300, checkpoints) == 100
    windowed = PlayheadMemory(memory("legt", theta=0.01), source)
    assert windowed.distance(50_000) == 62  # 25/√16 windows of 10 samples
    assert windowed.distance(30) == 30


def test_a_move_nobody_wants_any_more_stops_early_and_can_be_taken_up_again(source, monkeypatch):
    monkeypatch.setattr("hippo_studio.app.memory.playhead._FIRST_CHUNK", 1024)
    moved = PlayheadMemory(memory("legs", 32), source)
    heard = []

    def wanted(fraction):
        heard.append(fraction)
        return len(heard) < 3

    assert not moved.move_to(60_000, wanted=wanted)
    assert 0 < moved.position < 60_000
    assert heard == sorted(heard)
    assert moved.move_to(60_000)
    np.testing.assert_allclose(
        moved.coefficients, pushed(moved.memory, source, 60_000), rtol=1e-9, atol=1e-12
    )


def test_a_window_shorter_than_a_sample_is_refused_in_a_sentence(source):
    with pytest.raises(ValueError, match="θ"):
        PlayheadMemory(memory("legt", theta=1e-4), source)


def test_every_default_of_the_tab_makes_memories(source):
    for asked in MemoryState(measures=tuple(MEASURES)).memories():
        assert PlayheadMemory(asked, source).move_to(500)


@pytest.mark.parametrize(("cost", "chunk"), [(0.003, 16384), (0.008, 6144), (1.0, 4096)])
def test_a_slice_is_measured_by_the_work_done_not_by_a_busy_machine(source, monkeypatch, cost, chunk):
    clock = iter(np.arange(10) * cost)
    monkeypatch.setattr("hippo_studio.app.memory.playhead.time.thread_time", lambda: next(clock))
    moving = PlayheadMemory(MemoryState(measures=("legs",), order=12).memories()[0], source)
    moving.move_to(8192)
    assert moving._chunk == chunk  # whole blocks of 1024

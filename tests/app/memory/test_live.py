"""The worker: always the newest request, never a superseded result, alive after failure. No sleeps: gates."""

import os
import threading
from dataclasses import replace

import numpy as np
import pytest

from hippo_studio.app.memory import live as live_module
from hippo_studio.app.memory import spare_time
from hippo_studio.app.memory.live import LiveMemory
from hippo_studio.app.memory.playhead import PlayheadMemory
from hippo_studio.app.memory.preparation import LENGTHS, Preparation, let_preparations_pass
from hippo_studio.app.memory.request import Request
from hippo_studio.app.memory.source import follow
from hippo_studio.app.memory.state import MemoryState
from hippo_studio.app.memory.survey import Survey
from hippo_studio.hippo import MEASURES, OnlineMemory
from hippo_studio.hippo.updates import update_for
from hippo_studio.signals import Signal
from hippo_studio.signals.file_samples import FileSamples, SampleFile

RATE = 1000.0


@pytest.fixture(scope="module")
def source():
    t = np.arange(20_000) / RATE
    return follow(Signal(np.sin(9 * t) + 0.2 * np.sin(60 * t), RATE))


@pytest.fixture
def live():
    live = LiveMemory()
    yield live
    assert live.close(patience=60)  # on a fresh machine the first survey compiles its loops


STATE = MemoryState(order=12, theta=0.3)


def ask(live, source, position, state=STATE, **more):
    return live.request(Request(state, source, position, 300, **more))


class Gate:
    """Holds every push of samples until it is opened."""

    def __init__(self, monkeypatch):
        self.reached, self.open = threading.Semaphore(0), threading.Event()
        push = PlayheadMemory._push

        def gated(moving, stop):
            self.reached.release()
            assert self.open.wait(10)
            push(moving, stop)

        monkeypatch.setattr(PlayheadMemory, "_push", gated)


def all_frames(monkeypatch):
    """The frames that are shown from now on, in order."""
    shown = []
    frame = property(lambda _: shown[-1] if shown else None, lambda _, frame: shown.append(frame))
    monkeypatch.setattr(LiveMemory, "frame", frame, raising=False)
    return shown


def test_a_frame_holds_what_each_memory_holds(live, source):
    state = STATE.replace(measures=tuple(MEASURES), optimum=True)
    number = ask(live, source, 5000, state)
    assert live.wait()
    frame = live.frame
    assert (frame.number, frame.position, frame.state) == (number, 5000, state)
    assert frame.present == pytest.approx(4.9995)
    for recollection in frame.recollections:
        memory = recollection.memory
        online = OnlineMemory(memory.measure, 12, RATE, 0.3, "zoh")
        online.push(source.samples[:5000])
        np.testing.assert_allclose(recollection.coefficients, online.coefficients[0], atol=1e-9)
        drawn = np.isfinite(recollection.told)
        oldest = -np.inf if recollection.start is None else recollection.start + 1e-6
        wanted = online.reconstruct(np.maximum(frame.times[drawn], oldest))[0]
        np.testing.assert_allclose(recollection.told[drawn], wanted, atol=2e-3)
        middle = (frame.low + frame.high) / 2
        residual = (recollection.residual_low + recollection.residual_high) / 2
        np.testing.assert_allclose(residual[drawn], (middle - recollection.told)[drawn], atol=1e-5)
        assert 0 < recollection.optimum_error <= recollection.error * 1.001
        assert recollection.strength.max() == pytest.approx(1.0, abs=0.01)


def test_twenty_requests_meanwhile_are_one_answer_to_the_last(live, source, monkeypatch):
    gate = Gate(monkeypatch)
    answered = []
    compose = live_module.compose
    monkeypatch.setattr(live_module, "compose", lambda *a, **k: answered.append(a[0]) or compose(*a, **k))
    ask(live, source, 3000)
    assert gate.reached.acquire(timeout=10)
    numbers = [ask(live, source, 3000, STATE.replace(order=order)) for order in range(20, 40)]
    gate.open.set()
    assert live.wait()
    assert [number for number in answered if number] == [numbers[-1]]  # 0 is the signal alone, before
    assert live.frame.number == numbers[-1]
    assert live.frame.state.order == 39


def test_playing_on_does_not_throw_away_the_work_before(live, source, monkeypatch):
    gate = Gate(monkeypatch)
    shown = all_frames(monkeypatch)
    ask(live, source, 3000)
    assert gate.reached.acquire(timeout=10)
    for position in (3016, 3032, 3048):
        ask(live, source, position)
    gate.open.set()
    assert live.wait()
    assert [frame.position for frame in shown if not frame.waiting] == [3000, 3048]


@pytest.mark.parametrize("position", [2999, 9000])
def test_a_jump_ends_the_work_before_and_its_result_is_never_shown(live, source, monkeypatch, position):
    gate = Gate(monkeypatch)
    shown = all_frames(monkeypatch)
    ask(live, source, 3000)
    assert gate.reached.acquire(timeout=10)
    ask(live, source, position, jump=1)
    gate.open.set()
    assert live.wait()
    assert [frame.position for frame in shown if not frame.waiting] == [position]


def test_the_signal_is_shown_before_its_memories_have_come_anywhere(live, source, monkeypatch):
    gate = Gate(monkeypatch)
    ask(live, source, 3000)
    assert gate.reached.acquire(timeout=10)
    frame = live.frame
    assert frame.waiting
    assert np.isfinite(frame.low[frame.times > frame.present - 0.1]).all()
    gate.open.set()
    assert live.wait()
    assert not live.frame.waiting


def test_playing_on_finishes_what_was_begun_however_far_behind_it_is(live, source, monkeypatch):
    gate = Gate(monkeypatch)
    shown = all_frames(monkeypatch)
    ask(live, source, 3000)
    assert gate.reached.acquire(timeout=10)
    ask(live, source, 9000)
    gate.open.set()
    assert live.wait()
    assert [frame.position for frame in shown if not frame.waiting] == [3000, 9000]


def test_a_memory_that_cannot_be_says_why_and_the_others_go_on(live, source):
    ask(live, source, 500, STATE.replace(theta=1e-4))
    assert live.wait()
    legt, legs = live.frame.recollections
    assert "θ" in legt.problem
    assert legt.coefficients is None
    assert legs.problem == ""
    ask(live, source, 500)
    assert live.wait()
    assert [r.problem for r in live.frame.recollections] == ["", ""]


def test_after_an_unexpected_failure_the_next_request_works(live, source, monkeypatch):
    def broken(*_args, **_kwargs):
        raise RuntimeError("out of luck")

    with monkeypatch.context() as patch:
        patch.setattr(live_module, "compose", broken)
        ask(live, source, 100)
        assert live.wait()
    assert live.frame is None
    assert str(live.failure) == "out of luck"
    ask(live, source, 100)
    assert live.wait()
    assert live.frame.position == 100


def test_seeking_back_equals_having_never_been_ahead(live, source):
    state = STATE.replace(measures=tuple(MEASURES))
    ask(live, source, 15_000, state)
    assert live.wait()
    ask(live, source, 4000, state)
    assert live.wait()
    back = live.frame
    fresh = LiveMemory()
    ask(fresh, source, 4000, state)
    assert fresh.wait()
    for one, other in zip(back.recollections, fresh.frame.recollections, strict=True):
        np.testing.assert_allclose(one.coefficients, other.coefficients, atol=1e-9)
    assert fresh.close()


def test_as_fast_as_possible_goes_on_by_itself_to_the_end(live, source):
    position, rounds = 0, 0
    while position < source.length:
        ask(live, source, position, until=source.length)
        assert live.wait()
        assert live.frame.position > position
        position, rounds = live.frame.position, rounds + 1
        assert rounds < 500
    online = OnlineMemory("legs", 12, RATE, 0.3, "zoh")
    online.push(source.samples)
    np.testing.assert_allclose(live.frame.recollections[1].coefficients, online.coefficients[0], atol=1e-9)


class TestPreparation:
    """What moves need is made on a thread of its own, once nobody asks for other memories any more."""

    @pytest.fixture
    def made(self, monkeypatch):
        made = []
        monkeypatch.setattr(live_module, "WORTH_IT", 1)

        def make(moving, length):
            made.append((threading.current_thread(), length))

        monkeypatch.setattr(PlayheadMemory, "prepare", make)
        return made

    def test_it_comes_before_the_survey_and_off_the_worker(self, live, source, made, monkeypatch):
        step, seen = Survey.step, []
        begun = threading.Event()

        def stepping(survey, *arguments):
            seen.append(len(made))
            begun.set()
            return step(survey, *arguments)

        monkeypatch.setattr(Survey, "step", stepping)
        ask(live, source, 100)
        assert begun.wait(10)
        assert live.prepared
        assert seen[0] == len(LENGTHS) * len(STATE.memories())
        assert {length for _, length in made} == set(LENGTHS)
        assert live._thread not in {thread for thread, _ in made}

    def test_pictures_do_not_wait_for_it_and_closing_ends_it(self, live, source, monkeypatch):
        reached, gate = threading.Event(), threading.Event()
        made = []

        def hold(moving, length):
            made.append(length)
            reached.set()
            assert gate.wait(10)

        monkeypatch.setattr(live_module, "WORTH_IT", 1)
        monkeypatch.setattr(PlayheadMemory, "prepare", hold)
        ask(live, source, 100)
        assert reached.wait(10)
        assert not live.prepared
        assert not live.idle
        number = ask(live, source, 200)
        assert live.wait()
        assert live.frame.number == number
        assert not live.close(patience=0.01)
        gate.set()
        assert live.close()
        assert made == [LENGTHS[0]]

    def test_until_its_end_moves_make_no_tables_themselves(self, live, source, monkeypatch):
        reached, gate = threading.Event(), threading.Event()
        state = MemoryState(measures=("legt",), order=11, theta=0.31)

        def hold(moving, length):
            reached.set()
            assert gate.wait(10)

        def update():
            return update_for(state.memories()[0].settings(RATE))

        monkeypatch.setattr(live_module, "WORTH_IT", 1)
        monkeypatch.setattr(PlayheadMemory, "prepare", hold)
        try:
            ask(live, source, 100, state)
            assert reached.wait(10)
            for position in range(200, 2000, 100):
                ask(live, source, position, state)
                assert live.wait()
            assert not update()._steps
        finally:
            gate.set()
        with live._wake:
            assert live._wake.wait_for(lambda: live.prepared, 10)
        for position in range(2000, 4000, 100):
            ask(live, source, position, state)
            assert live.wait()
        assert update()._steps

    def test_one_that_never_began_postpones_nothing_once_it_is_stopped(self, source):
        (memory,) = MemoryState(measures=("lagt",), order=11, theta=0.31).memories()
        moving = PlayheadMemory(memory, source)
        update = update_for(memory.settings(RATE))
        preparation = Preparation((moving,), lambda: None)
        preparation.spare(moving)
        preparation.spare(moving)
        assert update._postponing == 1
        preparation.stop()
        assert update._postponing == 0
        preparation.spare(PlayheadMemory(memory, source))
        assert update._postponing == 0
        assert preparation.join(0.0)

    def test_the_warm_up_lets_it_pass(self, live, source, monkeypatch):
        reached, gate = threading.Event(), threading.Event()

        def hold(moving, length):
            reached.set()
            assert gate.wait(10)

        monkeypatch.setattr(live_module, "WORTH_IT", 1)
        monkeypatch.setattr(PlayheadMemory, "prepare", hold)
        ask(live, source, 100)
        assert reached.wait(10)
        passed = threading.Event()
        waiting = threading.Thread(target=lambda: (let_preparations_pass(60.0), passed.set()), daemon=True)
        waiting.start()
        let_preparations_pass(0.01)  # not for ever
        assert not passed.is_set()
        gate.set()
        assert passed.wait(30)
        waiting.join(30)

    def test_other_memories_are_prepared_anew(self, live, source, made):
        ask(live, source, 100)
        with live._wake:
            assert live._wake.wait_for(lambda: live._preparation is not None and live.prepared, 10)
        before = len(made)
        ask(live, source, 100, STATE.replace(order=13))
        assert live.wait()
        assert not live.prepared
        with live._wake:
            assert live._wake.wait_for(lambda: live.prepared, 10)
        assert len(made) == 2 * before


def test_the_survey_starts_by_itself_and_its_checkpoints_serve_the_seek(live, source, monkeypatch):
    monkeypatch.setattr(spare_time, "QUIET", 0.0)
    finished = threading.Event()
    survey_on = LiveMemory._survey_on

    def watched(worker):
        survey_on(worker)
        if worker.stories and all(story.finished for story in worker.stories):
            finished.set()

    monkeypatch.setattr(LiveMemory, "_survey_on", watched)
    ask(live, source, 100)
    assert finished.wait(20)
    assert [story.memory for story in live.stories] == list(STATE.memories())
    moving = live._memories[STATE.memories()[1]]
    assert moving.distance(12_345, live._survey.checkpoints(moving.memory)) < 20


@pytest.mark.parametrize("view", ["window", "past", "signal"])
@pytest.mark.parametrize("position", [0, 1, 7, 20_000])
def test_every_view_of_every_position_is_drawable(live, source, view, position):
    ask(live, source, position, STATE.replace(view=view, measures=tuple(MEASURES)))
    assert live.wait()
    assert live.failure is None
    frame = live.frame
    assert frame.start < frame.stop
    assert frame.index((frame.start + frame.stop) / 2) == 150
    assert frame.index(frame.stop) is None
    for recollection in frame.recollections:
        assert recollection.told.shape == frame.times.shape
        late = frame.times > frame.present + 0.5 * (frame.times[1] - frame.times[0])
        assert np.isnan(recollection.told[late]).all()


def test_a_request_that_only_differs_in_looks_supersedes_nothing(source):
    one = Request(STATE, source, 1000, 300)
    assert not replace(one, state=STATE.replace(view="signal"), position=1016).supersedes(one)
    assert replace(one, position=999).supersedes(one)
    assert replace(one, state=STATE.replace(theta=0.4)).supersedes(one)


def test_closing_twice_is_harmless_and_ends_requests(source):
    live = LiveMemory()
    assert live.close()
    assert live.close()
    with pytest.raises(RuntimeError, match="closed"):
        ask(live, source, 0)


def test_a_method_that_blows_up_stays_drawable(live):
    """Forward Euler on LegS leaves the range of single precision during its first samples."""
    spikes = follow(Signal(np.tile([0.0, 0.0, 5.0, -3.0], 500), 250.0))
    state = MemoryState(measures=("legs",), order=300, method="forward", view="past")
    survey = Survey(state.memories(), spikes, columns=40)
    assert survey.step(60.0)
    assert np.isfinite(survey.stories()[0].coefficients).all()
    assert np.isfinite(survey.stories()[0].peak)
    ask(live, spikes, 200, state)
    assert live.wait()
    assert live.failure is None
    recollection = live.frame.recollections[0]
    assert recollection.problem == ""
    assert np.isfinite(recollection.told).any()
    assert np.isfinite(live.frame.residual_reach)


def test_a_file_cut_short_is_told_and_its_pictures_go_on(live, tmp_path):
    samples = np.sin(np.arange(30_000) / 40).astype("f4")
    samples.tofile(tmp_path / "raw")
    file = SampleFile(tmp_path / "raw", "<f4", 1, 0, samples.size, RATE)
    cut = follow(Signal(FileSamples(file), RATE))
    os.truncate(tmp_path / "raw", 4 * 12_000)
    number = ask(live, cut, 20_000)
    assert live.wait(60)
    assert live.frame.number == number
    assert "cut short" in str(live.failure)
    assert all("cut short" in recollection.problem for recollection in live.frame.recollections)
    assert np.isnan(live.frame.low).all()

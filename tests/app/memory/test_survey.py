import numpy as np
import pytest

from hippo_studio.app.memory import survey as survey_module
from hippo_studio.app.memory.playhead import PlayheadMemory
from hippo_studio.app.memory.source import follow
from hippo_studio.app.memory.state import MemoryState
from hippo_studio.app.memory.survey import Survey, relative_error
from hippo_studio.hippo import MEASURES, OnlineMemory
from hippo_studio.signals import Signal


@pytest.fixture(scope="module")
def source():
    t = np.arange(9000) / 1000
    return follow(Signal(np.sin(9 * t) + np.sin(60 * t), 1000.0))


STATE = MemoryState(measures=tuple(MEASURES), order=12, theta=0.3)


def test_every_column_holds_what_a_memory_holds_there(source):
    survey = Survey(STATE.memories(), source, columns=50)
    assert survey.step(60.0)
    assert survey.fraction == 1.0
    for story in survey.stories():
        assert story.finished
        online = OnlineMemory(story.memory.measure, 12, 1000.0, 0.3, "zoh")
        for column, position in enumerate(story.positions):
            online.push(source.samples[online.samples : position])
            np.testing.assert_allclose(story.coefficients[column], online.coefficients[0], atol=1e-6)
        assert story.positions[-1] == source.length
        assert story.peak == pytest.approx(np.abs(story.coefficients).max())


def test_errors_stand_at_every_so_many_columns_and_at_both_ends(source, monkeypatch):
    monkeypatch.setattr(survey_module, "ERRORS", 10)
    survey = Survey(STATE.memories(), source, columns=50)
    survey.step(60.0)
    for story in survey.stories():
        measured = np.flatnonzero(np.isfinite(story.errors))
        np.testing.assert_array_equal(measured, [0, *range(4, 50, 5)])
        moving = PlayheadMemory(story.memory, source)
        moving.move_to(int(story.positions[24]))
        assert story.errors[24] == pytest.approx(relative_error(moving), rel=1e-5)


def test_it_advances_in_small_steps_and_tells_how_far_it_is(source):
    survey = Survey(STATE.memories(), source, columns=50)
    fractions = []
    while not survey.step(0.0005):
        fractions.append(survey.fraction)
        done = [story.done for story in survey.stories()]
        assert max(done) - min(done) <= 1
    assert len(fractions) > 3
    assert fractions == sorted(fractions)


def test_its_columns_are_checkpoints(source):
    survey = Survey(STATE.memories(), source, columns=50)
    survey.step(60.0)
    legs = STATE.memories()[1]
    moving = PlayheadMemory(legs, source)
    assert moving.distance(5000, survey.checkpoints(legs)) < 180
    assert survey.checkpoints(MemoryState(order=99).memories()[0]) is None


def test_a_slow_memory_has_checkpoints_between_its_columns(source, monkeypatch):
    monkeypatch.setattr(survey_module, "SEEK", 0.0)
    (legs,) = STATE.replace(measures=("legs",), method="bilinear").memories()
    survey = Survey((legs,), source, columns=2)
    survey.step(60.0)
    kept = survey.checkpoints(legs)
    assert kept.positions == [1024, 2048, 3072, 4096, 4500, 5524, 6548, 7572, 8596, 9000]
    online = OnlineMemory("legs", 12, 1000.0)
    for position, coefficients in zip(kept.positions, kept.coefficients, strict=True):
        online.push(source.samples[online.samples : position])
        np.testing.assert_allclose(coefficients, online.coefficients, atol=1e-12)


def test_checkpoints_are_bounded_in_memory(source, monkeypatch):
    monkeypatch.setattr(survey_module, "SEEK", 0.0)
    monkeypatch.setattr(survey_module, "CHECKPOINT_BYTES", 3 * 12 * 8)
    (legs,) = STATE.replace(measures=("legs",)).memories()
    survey = Survey((legs,), source, columns=1)
    survey.step(60.0)
    assert survey.checkpoints(legs).positions == [3000, 6000, 9000]


def test_a_memory_that_cannot_be_is_left_out(source):
    state = STATE.replace(theta=1e-4)
    survey = Survey(state.memories(), source, columns=10)
    assert survey.step(60.0)
    assert [story.memory.measure.name for story in survey.stories()] == ["legs"]


def test_a_signal_of_one_sample_and_no_memory_at_all_are_done_at_once():
    one = follow(Signal(np.ones(1), 10.0))
    survey = Survey(STATE.memories(), one)
    assert survey.step(60.0)
    assert survey.stories()[0].positions.tolist() == [1]
    assert Survey((), one).finished


def test_silence_has_no_relative_error():
    survey = Survey(STATE.memories()[:2], follow(Signal(np.zeros(500), 1000.0)), columns=5)
    survey.step(60.0)
    assert np.isnan(survey.stories()[0].errors).all()


def test_showing_one_more_measure_keeps_the_stories_already_told(source):
    survey = Survey(STATE.memories()[:2], source, columns=50)
    survey.step(60.0)
    more = Survey(STATE.memories()[:3], source, columns=50, earlier=survey)
    assert [story.finished for story in more.stories()] == [True, True, False]
    other = Survey(STATE.replace(order=13).memories(), source, columns=50, earlier=survey)
    assert not any(story.done for story in other.stories())


def test_it_gives_way_at_once_when_it_is_needed_elsewhere(source):
    survey = Survey(STATE.memories(), source, columns=50)
    asked = []

    def needed():
        asked.append(1)
        return len(asked) > 5

    assert not survey.step(60.0, needed)
    assert survey.fraction < 1.0
    assert survey.step(60.0)


def test_an_offset_takes_the_strip_no_more_than_half_its_shades() -> None:
    rng = np.random.default_rng(0)
    wave = np.convolve(rng.normal(size=4000), np.ones(20) / 20, "same")
    memory = MemoryState(measures=("legs",), order=16).memories()[0]
    for offset in (0.0, 500.0):
        source = follow(Signal(wave + offset, 100.0))
        survey = Survey((memory,), source, 50)
        while not survey.step(1.0):
            pass
        (story,) = survey.stories()
        others = np.abs(story.coefficients[:, 1:]).max()
        assert 0 < story.peak <= 2 * others
        if not offset:
            assert story.peak == min(np.abs(story.coefficients).max(), 2 * others)

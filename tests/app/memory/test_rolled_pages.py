"""Live pages that leave their beginning behind: what memories of them have heard."""

from __future__ import annotations

import numpy as np
import pytest

from hippo_studio.app.memory.frame import compose
from hippo_studio.app.memory.playhead import PlayheadMemory
from hippo_studio.app.memory.source import follow
from hippo_studio.app.memory.state import MemoryState
from hippo_studio.app.memory.survey import Survey, relative_error
from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.sound.live_source import new_page
from hippo_studio.signals import Signal

RATE = 100.0


@pytest.mark.parametrize("method", ["zoh", "bilinear"])
def test_memories_keep_all_their_past_where_the_page_has_left_its_beginning_behind(method):
    samples = np.cumsum(np.random.default_rng(0).standard_normal(1300)) / 20
    page = new_page("live", RATE, 1000, level=np.zeros(1))
    page.append(samples[:850, None])
    state = MemoryState(measures=("legt", "legs"), order=8, theta=0.5, method=method, optimum=True)
    moving = [PlayheadMemory(memory, page) for memory in state.memories()]
    for memory in moving:
        memory.move_to(850)
    for known, left in ((900, 0), (1300, 350)):
        following = page.rolled(500)
        page.append(samples[left + page.known : known, None])
        following.catch_up(page)
        assert all(memory.carry_over(following) for memory in moving)
        page = following
    assert (page.dropped, page.known) == (50, 900)
    whole = follow(Signal(samples, RATE))
    straight = [PlayheadMemory(memory, whole) for memory in state.memories()]
    survey = Survey(
        state.memories(), page, columns=10, begins={memory.memory: memory.begins for memory in moving}
    )
    while not survey.step(1.0):
        pass
    for position in (900, 0, 30, 850):  # back as well, and to where the page begins
        for memory, other in zip(moving, straight, strict=True):
            memory.move_to(position)
            other.move_to(400 + position)
            assert memory.position == position
            assert memory.coefficients == pytest.approx(other.coefficients, abs=1e-10)
            assert memory.scale == other.scale
    for story, other in zip(survey.stories(), straight, strict=True):
        other.move_to(400 + 900)
        assert story.coefficients[-2] == pytest.approx(other.coefficients, rel=1e-5, abs=1e-5)
    legt, legs = compose(1, state, page, 850, tuple(moving), 100).recollections
    assert 0 < legt.error < 1
    assert 0 < legs.error < 1
    assert legt.optimum is not None
    assert legs.optimum is None, "what it would be made of is not held any more"


def test_the_error_is_that_of_the_samples_that_are_still_held():
    page = new_page("live", RATE, 1000, level=np.zeros(1))
    page.append(np.full((800, 1), 3.0))
    (state,) = MemoryState(measures=("legs",), order=8).memories()
    memory = PlayheadMemory(state, page)
    memory.move_to(800)
    following = page.rolled(300)
    assert memory.carry_over(following)
    assert relative_error(memory) < 1e-6  # 0 stands where nothing is held, and is not what was heard


@pytest.mark.parametrize("method", ["zoh", "bilinear"])
def test_a_memory_made_between_two_rolls_has_heard_nothing_from_before_it(method):
    samples = np.cumsum(np.random.default_rng(1).standard_normal(1700)) / 20
    page = new_page("live", RATE, 1000, level=np.zeros(1))
    page.append(samples[:850, None])
    page, left = page.rolled(500), 350
    state = MemoryState(measures=("legs",), order=8, method=method)
    (memory,) = state.memories()
    late = PlayheadMemory(memory, page)  # as when its N was changed only now
    late.move_to(500)
    assert (late.before, late.oldest) == (0, np.inf)
    for known in (1300, 1700):
        page.append(samples[left + page.known : known, None])
        page, left = page.rolled(500), known - 500
        assert late.carry_over(page)
    assert (page.dropped, late.before) == (400, left - 350)
    straight = PlayheadMemory(memory, follow(Signal(samples[350:], RATE)))
    for position in (500, 0, 30):
        late.move_to(position)
        straight.move_to(left - 350 + position)
        assert late.coefficients == pytest.approx(straight.coefficients, abs=1e-10)
        assert late.scale == straight.scale
        (said,) = compose(1, state, page, position, (late,), 100).recollections
        assert said.before == left - 350
    survey = Survey((memory,), page, columns=10, begins={memory: late.begins})
    while not survey.step(1.0):
        pass
    straight.move_to(left - 350 + 500)
    assert survey.stories()[0].coefficients[4] == pytest.approx(straight.coefficients, rel=1e-5, abs=1e-5)


def test_the_inspector_counts_what_each_memory_has_heard(services, qtbot, monkeypatch):
    tab = MemoryTab(services)
    for widget in (tab, tab.settings_panel, tab.inspector_panel):
        qtbot.addWidget(widget)
    looked = []
    monkeypatch.setattr(
        tab.inspector_panel, "look", lambda state, source, *heard: looked.append((source, *heard))
    )

    def looked_at(page, before):
        (memory,) = tab.state.memories()
        qtbot.waitUntil(lambda: looked[-1:] == [(page, 300, {memory: before})], timeout=20_000)

    page = new_page("live", RATE, 1000, level=np.zeros(1))
    page.append(np.ones((500, 1)))
    try:
        tab.change(measures=("legs",), order=8)
        tab.show_live(page)
        tab.transport.seek(500)
        qtbot.waitUntil(lambda: tab.player.frame is not None and not tab.player.frame.waiting, timeout=20_000)
        page = page.rolled(300)
        tab.show_live(page)
        looked_at(page, 200)
        tab.change(order=9)
        looked_at(page, 0)
        page.append(np.ones((150, 1)))
        qtbot.waitUntil(lambda: tab.player.live.answered and not tab.player.frame.waiting, timeout=20_000)
        tab.transport.seek(450)
        page = page.rolled(300)
        tab.show_live(page)
        looked_at(page, 150)
    finally:
        assert tab.close_tab()

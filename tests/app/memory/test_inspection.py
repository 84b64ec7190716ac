"""The inspector: true eigenvalues, formulas that can be drawn, and health in words."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from hippo_studio.app.memory import inspector as inspector_module
from hippo_studio.app.memory.inspection import drawing, grouped, health_lines, inspect, scientific
from hippo_studio.app.memory.inspector import Inspector
from hippo_studio.app.memory.source import follow
from hippo_studio.app.memory.state import MemoryState
from hippo_studio.app.services import Services
from hippo_studio.hippo import MEASURES, METHODS, discretize
from hippo_studio.signals import Signal

RATE = 1000.0
EVERY = MemoryState(measures=tuple(MEASURES), order=6, theta=0.2)


@pytest.mark.parametrize("method", list(METHODS))
@pytest.mark.parametrize("name", list(MEASURES))
def test_eigenvalues_are_those_of_the_step(name: str, method: str) -> None:
    memory = EVERY.replace(measures=(name,), method=method, alpha=0.7).memories()[0]
    found = inspect(memory, RATE, 50)
    of_legs = np.log(50 / 49) if method == "zoh" else 1 / 50
    step = of_legs if name == "legs" else 1 / (0.2 * RATE)
    Ad, _ = discretize(found.A, found.B, step, method, 0.7)
    assert np.poly(found.eigenvalues) == pytest.approx(np.poly(Ad), abs=1e-9)
    assert not found.problem
    assert "Spectral radius" in health_lines(found)[0]


@pytest.mark.parametrize("method", list(METHODS))
def test_every_formula_can_be_drawn_and_has_the_numbers_in_force(method: str) -> None:
    for memory in EVERY.replace(method=method).memories():
        lines = inspect(memory, RATE, 50).formulas
        assert "N = 6" in lines[0]
        assert r"0.2\,\mathrm{s}" in lines[0] or memory.measure.name == "legs"
        for line in lines:
            root = ElementTree.fromstring(drawing(line, "#123456"))
            assert float(root.get("width")) > 10
            assert root.find(".//{*}symbol") is None  # Qt draws none


def test_what_cannot_be_is_explained_instead_of_shown() -> None:
    memory = EVERY.replace(order=256, method="forward").memories()[0]
    found = inspect(memory, RATE, 50)
    assert "unstable" in found.problem
    assert health_lines(found) == (found.problem,)
    assert found.eigenvalues.size == 0


def test_what_is_unwise_is_said() -> None:
    memory = EVERY.replace(theta=0.004).memories()[0]
    assert any("θ is shorter than 8 samples" in line for line in health_lines(inspect(memory, RATE, 50)))


def test_numbers_read_well() -> None:
    assert scientific(4.1666e-5) == r"4.17 \cdot 10^{-5}"
    assert scientific(0.25) == "0.25"
    assert grouped(24000) == "24\u202f000"
    assert grouped(2.5) == "2.5"


@pytest.fixture
def inspector(services: Services, qtbot: QtBot) -> Iterator[Inspector]:
    inspector = Inspector(services)
    qtbot.addWidget(inspector)
    inspector.resize(320, 500)
    inspector.show()
    yield inspector
    inspector.close_panel()


def shown(inspector: Inspector, qtbot: QtBot, name: str) -> None:
    qtbot.waitUntil(
        lambda: inspector.inspection is not None and inspector.inspection.memory.measure.name == name
    )


def test_it_shows_the_chosen_measure_and_keeps_the_choice(inspector: Inspector, qtbot: QtBot) -> None:
    source = follow(Signal(np.ones(100), RATE))
    inspector.look(EVERY, source, 50)
    shown(inspector, qtbot, "legt")
    assert len(inspector.formulas._drawings) == len(inspector.inspection.formulas)
    inspector.choice.setCurrentIndex(3)
    inspector.choice.activated.emit(3)
    shown(inspector, qtbot, "fout")
    inspector.look(EVERY.replace(order=7), source, 60)
    qtbot.waitUntil(lambda: inspector.inspection.memory.order == 7)
    assert inspector.inspection.memory.measure.name == "fout"
    inspector.look(EVERY.replace(measures=("legs",)), source, 60)
    shown(inspector, qtbot, "legs")


def test_what_a_memory_heard_before_its_source_counts(inspector: Inspector, qtbot: QtBot) -> None:
    source, state = follow(Signal(np.ones(100), RATE)), EVERY.replace(measures=("legs",))
    (memory,) = state.memories()
    inspector.look(state, source, 50, {memory: 700})
    shown(inspector, qtbot, "legs")
    assert inspector.inspection.formulas == inspect(memory, RATE, 750).formulas
    inspector.look(state, source, 50)
    qtbot.waitUntil(lambda: inspector.inspection.formulas == inspect(memory, RATE, 50).formulas)


def test_the_same_question_is_asked_once_and_hidden_it_asks_nothing(
    inspector: Inspector, qtbot: QtBot, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    submit = services.jobs.submit
    monkeypatch.setattr(
        services.jobs, "submit", lambda key, *a, **k: asked.append(key) or submit(key, *a, **k)
    )
    source = follow(Signal(np.ones(100), RATE))
    for samples in (1, 2, 3):
        inspector.look(EVERY, source, samples)
    assert asked == ["inspect"]
    shown(inspector, qtbot, "legt")
    inspector.hide()
    inspector.look(EVERY.replace(order=9), source, 3)
    assert asked == ["inspect"]
    inspector.show()
    assert asked == ["inspect", "inspect"]
    qtbot.waitUntil(lambda: inspector.inspection.memory.order == 9)


def test_a_failure_leaves_the_picture_and_the_next_look_works(
    inspector: Inspector, qtbot: QtBot, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = follow(Signal(np.ones(100), RATE))
    inspector.look(EVERY, source, 5)
    shown(inspector, qtbot, "legt")
    said = []
    services.messages.shown.connect(lambda message: said.append(message.text))

    def broken(*_: object) -> None:
        raise ValueError("no eigenvalues today")

    with monkeypatch.context() as patch:
        patch.setattr(inspector_module, "inspect", broken)
        inspector.look(EVERY.replace(order=10), source, 5)
        qtbot.waitUntil(lambda: bool(said))
    assert "no eigenvalues today" in said[0]
    assert inspector.inspection.memory.order == 6
    inspector.look(EVERY.replace(order=10), source, 5)
    qtbot.waitUntil(lambda: inspector.inspection.memory.order == 10)

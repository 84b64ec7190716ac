"""What the person waits for: words only when it takes long, and the most urgent ones."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PyQt6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from hippo_studio.app.memory.waiting import Waiting
from hippo_studio.app.services import Services
from hippo_studio.app.widgets.notice import Notice


@pytest.fixture
def waiting(services: Services, qtbot: QtBot) -> Iterator[Waiting]:
    plot = QWidget()
    qtbot.addWidget(plot)
    waiting = Waiting(Notice(plot), services.jobs, plot)
    yield waiting
    waiting.close()


def test_a_first_picture_gets_words_only_if_it_is_late(waiting: Waiting) -> None:
    waiting.picture(complete=False)
    assert waiting.notice.isHidden()
    waiting._timer.timeout.emit()
    assert "memories" in waiting.notice.text()
    waiting.picture(complete=True)
    assert waiting.notice.text() == ""
    assert not waiting._timer.isActive()
    waiting.picture(complete=False)  # the next signal
    assert waiting._timer.isActive()


def test_compiling_is_named_once_it_is_known(waiting: Waiting, services: Services, qtbot: QtBot) -> None:
    waiting.picture(complete=False)
    waiting._timer.timeout.emit()
    seen = []
    with qtbot.waitSignal(services.jobs.changed):
        services.jobs.submit(
            "warm up", lambda context: context.entitle("Compiling the loops"), done=lambda _: seen.append(1)
        )
    qtbot.waitUntil(lambda: bool(seen) or "Compiling" in waiting.notice.text())


def test_a_phase_is_more_urgent_than_a_way_to_go(waiting: Waiting) -> None:
    waiting.progress(0.25)
    assert "25 %" in waiting.notice.text()
    waiting.enter("Getting the signal ready …")
    assert waiting.notice.text() == "Getting the signal ready …"
    waiting.enter("")
    assert "25 %" in waiting.notice.text()
    waiting.progress(-1.0)
    assert waiting.notice.text() == ""

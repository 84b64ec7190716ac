"""What the person waits for: words only when it takes long, and the most urgent ones."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest
from PyQt6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from hippo_studio.app.jobs import JobContext
from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.memory.waiting import Waiting
from hippo_studio.app.services import Services
from hippo_studio.app.sound.live_source import new_page
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


def test_how_far_the_compiler_is_is_told(waiting: Waiting, services: Services, qtbot: QtBot) -> None:
    go = threading.Event()

    def work(context: JobContext) -> None:
        context.entitle("Compiling the loops")
        context.report(0.25)
        go.wait(60)

    waiting.picture(complete=False)
    waiting._timer.timeout.emit()
    services.jobs.submit("warm up", work, done=lambda _: None)
    qtbot.waitUntil(lambda: waiting.notice.text() == "Compiling the loops … 25 %")
    go.set()


def test_a_live_page_without_a_picture_yet_is_waited_for_with_words(services: Services, qtbot: QtBot) -> None:
    tab = MemoryTab(services)
    for part in (tab, tab.settings_panel, tab.inspector_panel):
        qtbot.addWidget(part)
    page = new_page("live", 100.0, 1000, level=np.zeros(1))
    tab.show_live(page)
    assert tab.waiting._timer.isActive()
    tab.waiting._timer.timeout.emit()
    assert tab.waiting.notice.text() == "Getting the memories ready …"
    assert tab.close_tab()


def test_a_phase_is_more_urgent_than_a_way_to_go(waiting: Waiting) -> None:
    waiting.progress(0.25)
    assert "25 %" in waiting.notice.text()
    waiting.enter("Getting the signal ready …")
    assert waiting.notice.text() == "Getting the signal ready …"
    waiting.enter("")
    assert "25 %" in waiting.notice.text()
    waiting.progress(-1.0)
    assert waiting.notice.text() == ""

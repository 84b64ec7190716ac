"""Batch by batch: what a step has changed is there soon, however long one looked at the last."""

from __future__ import annotations

from dataclasses import replace

from pytestqt.qtbot import QtBot
from train_made import portrait, ready

from hippo_studio.app.train.progress import Phase, Progress
from hippo_studio.app.train.tab import TrainTab


def test_the_picture_of_a_single_step_is_not_drawn_out(tab: TrainTab, qtbot: QtBot) -> None:
    ready(tab, qtbot)
    film = Progress().film
    for step in (0, 1):
        film = film.with_portrait(portrait(step))
        working = Progress(Phase.WORKING, film=film)
        tab.layers._came -= 100.0
        tab.page.show_progress(working, Progress(), entered=False)
    assert tab.layers._glide == 4.0, "as long as the next one takes"
    tab.page.show_progress(replace(working, phase=Phase.PAUSED), working, entered=False)
    assert tab.layers._glide == 0.2

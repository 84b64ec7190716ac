"""The overview: zoomed, moved along the signal, and following the playhead where the person looks at it."""

from __future__ import annotations

import numpy as np
import pytest
from PyQt6.QtCore import QPoint, QPointF, Qt
from PyQt6.QtGui import QMouseEvent, QWheelEvent
from pytestqt.qtbot import QtBot

from hippo_studio.app.memory.frame import compose
from hippo_studio.app.memory.overview import Overview
from hippo_studio.app.memory.source import follow
from hippo_studio.app.memory.state import MemoryState
from hippo_studio.app.services import Services
from hippo_studio.signals import Signal

RATE = 1000.0
SOURCE = follow(Signal(np.sin(np.arange(60_000) / 30), RATE))


@pytest.fixture
def overview(services: Services, qtbot: QtBot) -> Overview:
    shown = Overview(services.theme)
    qtbot.addWidget(shown)
    shown.resize(600, 100)
    shown.show()
    qtbot.waitExposed(shown)
    shown.set_source(SOURCE)
    shown.wheel_turned.emit(30.0, 8.0)  # ten seconds around the middle
    return shown


def go(overview: Overview, position: int) -> None:
    overview.show_frame(compose(0, MemoryState(measures=()), SOURCE, position, (), 100))


def turn(overview: Overview, along: int, upright: int, keys: Qt.KeyboardModifier) -> None:
    place, none = QPointF(300, 50), Qt.MouseButton.NoButton
    phase, turned = Qt.ScrollPhase.NoScrollPhase, QPoint(along, upright)
    overview.wheelEvent(QWheelEvent(place, place, QPoint(), turned, none, keys, phase, False))


def test_the_wheel_moves_sideways_and_with_shift_and_zooms_without(overview: Overview) -> None:
    start, stop = overview.x_range
    notch = (stop - start) / 10
    turn(overview, 0, -120, Qt.KeyboardModifier.ShiftModifier)
    assert overview.x_range == pytest.approx((start + notch, stop + notch))
    turn(overview, 120, 0, Qt.KeyboardModifier.NoModifier)
    assert overview.x_range == pytest.approx((start, stop))
    for _ in range(200):
        turn(overview, 120, 0, Qt.KeyboardModifier.NoModifier)
    assert overview.x_range == pytest.approx((SOURCE.present(0), stop - start + SOURCE.present(0)))
    turn(overview, 0, 120, Qt.KeyboardModifier.NoModifier)
    assert overview.x_range[1] - overview.x_range[0] == pytest.approx((stop - start) / 1.25)


def test_the_middle_button_pulls_the_signal_along(overview: Overview) -> None:
    start, stop = overview.x_range
    button, keys = Qt.MouseButton.MiddleButton, Qt.KeyboardModifier.NoModifier
    press, move = QMouseEvent.Type.MouseButtonPress, QMouseEvent.Type.MouseMove
    overview.mousePressEvent(QMouseEvent(press, QPointF(300, 50), QPointF(300, 50), button, button, keys))
    for x in (280, 200):
        place = QPointF(x, 50)
        overview.mouseMoveEvent(QMouseEvent(move, place, place, Qt.MouseButton.NoButton, button, keys))
    moved = overview.x_range[0] - start
    assert moved == pytest.approx(100 * overview.pixel_width, rel=0.02)
    assert overview.x_range[1] == pytest.approx(stop + moved)


def test_who_looks_elsewhere_is_not_called_back_by_a_playhead_that_plays_on(overview: Overview) -> None:
    looked_at = overview.x_range
    for position in (0, 0, 16, 500):
        go(overview, position)
        assert overview.x_range == looked_at


def test_a_playhead_that_leaves_the_page_or_is_put_somewhere_is_followed(overview: Overview) -> None:
    start, stop = overview.x_range
    go(overview, int((stop - 0.01) * RATE))
    assert overview.x_range == (start, stop)
    go(overview, int((stop + 0.1) * RATE))
    assert overview.x_range[0] > start
    go(overview, 2000)
    assert overview.x_range[0] < 2.0 < overview.x_range[1]


def test_the_loudness_of_a_steady_tone_is_drawn_from_zero() -> None:
    tone = Signal(np.sin(2 * np.pi * 50 * np.arange(8000) / 8000), 8000.0)
    low, high = follow(tone, what="envelope").padded_range()
    assert low < 0 < 0.7 < high
    assert follow(Signal(9.81 + 0.01 * np.sin(np.arange(500)), 50.0)).padded_range()[0] > 9.7

"""The continuous plane: where a mode is drawn, and where the Nyquist lines are."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from hippo_studio.app.theme import Theme
from hippo_studio.app.train.mode_plane import ModePlane


@pytest.fixture
def plane(theme: Theme, qtbot: QtBot) -> ModePlane:
    plane = ModePlane(theme, "modes")
    qtbot.addWidget(plane)
    return plane


def test_a_mode_stands_at_its_frequency_and_decay(plane: ModePlane) -> None:
    plane.set_rate(1000.0)
    step = 1e-3
    mode = np.array([(-20 + 2j * np.pi * 440) * step, (-20 - 2j * np.pi * 440) * step], np.complex64)
    plane.show_modes(mode, mode)
    np.testing.assert_allclose(plane.now._x, [-20, -20], rtol=1e-5)
    np.testing.assert_allclose(plane.now._y, [440, -440], rtol=1e-5)
    assert [line.at for line in plane.nyquist] == [500.0, -500.0]
    assert plane.x_range[0] < -20 < 0 < plane.x_range[1]
    assert plane.y_range[0] < -500 < 500 < plane.y_range[1]


def test_modes_beyond_nyquist_are_seen_up_to_a_limit(plane: ModePlane) -> None:
    plane.show_modes(np.array([-0.1 + 2.0j * np.pi]), np.array([-0.1 + 0.5j * np.pi]))
    assert plane.y_range[1] > 1.0
    plane.show_modes(np.array([-0.1 + 200.0j * np.pi]), np.array([-0.1 + 0.5j * np.pi]))
    assert plane.y_range[1] == pytest.approx(1.25)


def test_a_layer_without_modes_shows_none(plane: ModePlane) -> None:
    plane.show_modes(np.empty(0, np.complex64), np.empty(0, np.complex64))
    assert [line.at for line in plane.nyquist] == [None, None]


def test_slow_modes_have_the_room_for_themselves(plane: ModePlane) -> None:
    plane.set_rate(8000.0)
    mode = np.array([(-20 + 2j * np.pi * 30) / 8000, (-20 - 2j * np.pi * 30) / 8000], np.complex64)
    plane.show_words()
    plane.show_modes(mode, mode)
    assert 30 < plane.y_range[1] < 100
    assert [line.at for line in plane.nyquist] == [None, None]
    assert "Nyquist 4000 Hz is beyond" in str(plane.caption._runs)
    plane.show_modes(100 * mode, mode)
    assert plane.y_range[1] >= 4000
    assert plane.nyquist[0].at == 4000.0
    assert "dashed: Nyquist" in str(plane.caption._runs)

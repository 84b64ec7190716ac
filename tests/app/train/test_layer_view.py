"""A layer in pictures: what their captions say of what is not drawn."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from hippo_studio.app.theme import Theme
from hippo_studio.app.train.extents import Scale
from hippo_studio.app.train.layer_view import LayerView
from hippo_studio.learning.portrait import LENGTH
from tests.app.train.train_made import layer


@pytest.mark.parametrize(("felt", "says"), [(LENGTH + 1, True), (LENGTH, False), (100, False)])
def test_the_kernels_say_where_they_are_cut_off(theme: Theme, qtbot: QtBot, felt: int, says: bool) -> None:
    view = LayerView(theme)
    qtbot.addWidget(view)
    portrait = layer(length=LENGTH)
    for length in (felt, 100, felt):  # and no longer, once another training is shown
        view.set_scale(Scale(None, length))
        view.show_layer(portrait, portrait, 0)
    words = f"its first {LENGTH} samples"
    assert (words in str(view.kernels.caption._runs)) is says
    view.set_scale(Scale(None, 100))
    view.show_layer(portrait, portrait, 0)
    assert words not in str(view.kernels.caption._runs)


def test_curves_end_below_the_caption(theme: Theme, qtbot: QtBot) -> None:
    view = LayerView(theme)
    qtbot.addWidget(view)
    view.resize(400, 600)
    view.show()
    view.set_scale(Scale(100.0, 64))
    view.show_layer(layer(), layer(), 0)
    loud = np.abs(layer().kernels[0]).max()
    low, high = view.kernels.y_range
    free = (high - loud) / (high - low) * view.kernels.area.height()
    assert free > view.fontMetrics().height()
    low, high = view.spectra.y_range
    assert high - low > 70.0

"""The words on a plot, in as little room as a splitter may leave."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QImage, QPainter, QTransform
from PyQt6.QtSvg import QSvgGenerator
from pytestqt.qtbot import QtBot

from hippo_studio.app.theme import Theme
from hippo_studio.app.widgets.plots import Plot
from hippo_studio.app.widgets.plots.items import Caption

WORDS = [("LegT: the last 2.5 s, error 3.58 %", ""), ("LegS: all 4 s", "")]


def test_a_plot_of_any_width_paints_itself_with_its_caption(theme: Theme, qtbot: QtBot) -> None:
    plot = Plot(theme, "a plot")
    qtbot.addWidget(plot)
    plot.caption.set_runs(WORDS, brief=[("LegT: 3.58 %", "")])
    plot.set_y(-1e-5, 1e-5)  # whose labels take their room
    plot.show()
    for width in range(100):  # the smallest that a splitter leaves is 68 pixels
        plot.resize(width, 120)
        plot.grab()
    plot.resize(600, 120)
    assert plot.caption.height(plot.area.width()) > 0, "and says it again where there is room"
    plot.grab()


@pytest.mark.parametrize("width", [0.0, 2.0, 8.0])
def test_nothing_is_drawn_where_not_even_a_cut_word_finds_room(qapp, tmp_path, width: float) -> None:
    caption = Caption("#000000", "#ffffff")
    caption.set_runs(WORDS)
    image = QImage(60, 60, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    drawing = QSvgGenerator()
    drawing.setFileName(str(tmp_path / "caption.svg"))
    drawing.setSize(QSize(60, 60))
    for device in (image, drawing):
        painter = QPainter(device)
        caption.draw(painter, QTransform(), QRectF(0, 0, width, 60))
        painter.end()
    assert caption.height(width) == 0
    assert all(image.pixel(x, y) == 0xFFFFFFFF for x in range(60) for y in range(60))
    assert "<text" not in (tmp_path / "caption.svg").read_text()

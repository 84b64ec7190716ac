"""What the style draws itself: edges and ticks that can be seen on both grounds."""

from __future__ import annotations

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QImage, QPainter
from PyQt6.QtWidgets import QCheckBox, QLineEdit, QMenu, QSpinBox, QStyle, QStyleOptionFrame, QWidget
from pytestqt.qtbot import QtBot

from hippo_studio.app.colors import contrast
from hippo_studio.app.theme import Theme


def shown(widget: QWidget, qtbot: QtBot) -> QImage:
    qtbot.addWidget(widget)
    widget.resize(160, 40)
    widget.show()
    widget.clearFocus()
    return widget.grab().toImage()


def strongest(image: QImage, ground: str, column: int) -> float:
    """The greatest contrast to a ground along a column of pixels."""
    return max(contrast(image.pixelColor(column, y).name(), ground) for y in range(image.height()))


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("kind", [QCheckBox, QLineEdit, QSpinBox])
def test_edges_can_be_seen_on_both_grounds(
    theme: Theme, qtbot: QtBot, mode: str, kind: type[QWidget]
) -> None:
    theme.set_mode(mode)
    image = shown(kind(), qtbot)
    left = range(0, 20) if kind is QCheckBox else (0,)
    assert max(strongest(image, theme.colors.background, column) for column in left) >= 2.0


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_a_menu_stands_out_from_the_window(theme: Theme, qtbot: QtBot, mode: str) -> None:
    theme.set_mode(mode)
    menu = QMenu()
    qtbot.addWidget(menu)
    menu.addAction("Open…")
    menu.resize(160, 40)
    assert strongest(menu.grab().toImage(), theme.colors.background, 0) >= 1.7


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_a_tick_is_in_the_accent(theme: Theme, qtbot: QtBot, mode: str) -> None:
    theme.set_mode(mode)
    box = QCheckBox("remember")
    box.setTristate(True)
    seen = {}
    qtbot.addWidget(box)
    for state in (Qt.CheckState.Unchecked, Qt.CheckState.PartiallyChecked, Qt.CheckState.Checked):
        box.setCheckState(state)
        image = box.grab().toImage()
        seen[state] = {image.pixelColor(x, y).name() for x in range(20) for y in range(image.height())}
    assert QColor(theme.colors.accent).name() in seen[Qt.CheckState.Checked]
    assert QColor(theme.colors.accent).name() not in seen[Qt.CheckState.Unchecked]
    assert seen[Qt.CheckState.PartiallyChecked] != seen[Qt.CheckState.Unchecked]


def test_the_mouse_over_a_field_does_not_look_like_the_keyboard_in_it(theme: Theme, qtbot: QtBot) -> None:
    field = QLineEdit()
    qtbot.addWidget(field)
    edges = {}
    for state in ("State_None", "State_MouseOver", "State_HasFocus"):
        option = QStyleOptionFrame()
        option.initFrom(field)
        option.state = QStyle.StateFlag.State_Enabled | QStyle.StateFlag[state]
        picture = QImage(option.rect.size(), QImage.Format.Format_RGB32)
        picture.fill(QColor(theme.colors.background))
        painter = QPainter(picture)
        field.style().drawPrimitive(QStyle.PrimitiveElement.PE_FrameLineEdit, option, painter, field)
        painter.end()
        edges[state] = picture.pixelColor(0, picture.height() // 2)
    accent = QColor(theme.colors.accent)
    assert edges["State_HasFocus"] == accent
    assert len({edge.name() for edge in edges.values()}) == 3

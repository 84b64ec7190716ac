"""Space plays wherever no text is typed: what is clicked does not keep the keyboard."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from hippo_studio.app.options import TABS
from hippo_studio.app.window import StudioWindow


def test_no_button_takes_the_keyboard_by_a_click(window: StudioWindow, qtbot: QtBot) -> None:
    for name in TABS:
        window.show_tab(name)
    takes = [
        f"{type(one).__name__} {one.objectName() or one.text()}"
        for one in window.findChildren(QAbstractButton)
        if one.focusPolicy() & Qt.FocusPolicy.ClickFocus.value and not one.objectName().startswith("qt_")
    ]
    assert not takes, "\n".join(takes)

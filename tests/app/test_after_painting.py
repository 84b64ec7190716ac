"""What comes after a painting comes after it, once."""

from __future__ import annotations

from PyQt6.QtCore import QTimer
from PyQt6.QtGui import QPaintEvent
from PyQt6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from hippo_studio.app.after_painting import AfterPainting


class Painted(QWidget):
    """Notes its paintings."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[str] = []

    def paintEvent(self, event: QPaintEvent) -> None:
        self.events.append("painted")


def test_it_is_called_once_and_after_the_painting(qtbot: QtBot) -> None:
    widget = Painted()
    qtbot.addWidget(widget)
    widget.show()
    qtbot.waitExposed(widget)
    qtbot.waitUntil(lambda: "painted" in widget.events)
    widget.events.clear()
    after = AfterPainting(lambda: widget.events.append("after"), widget)
    after.call()
    after.call()
    assert after.due
    widget.update()
    QTimer.singleShot(0, lambda: widget.events.append("timer"))
    qtbot.waitUntil(lambda: "after" in widget.events and "timer" in widget.events)
    assert widget.events.index("painted") < widget.events.index("after")
    assert widget.events.count("after") == 1
    assert not after.due


def test_without_a_painting_it_is_called_soon(qtbot: QtBot) -> None:
    widget = Painted()
    qtbot.addWidget(widget)
    after = AfterPainting(lambda: widget.events.append("after"), widget)
    after.call()
    qtbot.waitUntil(lambda: widget.events == ["after"])

"""The live line over the list of signals: all of it can be read in a narrow list."""

from __future__ import annotations

from pytestqt.qtbot import QtBot
from stream_twin import Studio, receive


def test_the_live_list_is_as_high_as_its_broken_lines(studio: Studio, qtbot: QtBot) -> None:
    stream = receive(studio, qtbot)
    live = studio.desk.list
    studio.window.resize(900, 400)
    studio.window.show()
    live.resize(60 * live.fontMetrics().height(), live.height())
    live.write()
    wide = live.height()
    stream.say(lines=5, measured=100.0, garbled=3, gaps=1, missing=0.25)
    live.resize(12 * live.fontMetrics().height(), live.height())
    live.write()
    assert live.height() > wide
    assert live.height() >= live.visualItemRect(live.item(0)).height()

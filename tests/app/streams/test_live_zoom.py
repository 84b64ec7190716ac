"""The overview of a stream keeps the piece that the person zoomed into, page after page."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot
from stream_twin import Studio, receive, rows, until


def test_a_new_page_and_another_channel_keep_the_zoom(studio: Studio, qtbot: QtBot) -> None:
    stream = receive(studio, qtbot, history=2.0)
    tab, receiver = studio.tab, studio.receiver
    until(qtbot, lambda: tab.player.frame is not None)
    tab.transport.pause()
    until(qtbot, lambda: tab.player.frame.position == tab.transport.position)

    def feed(first: int) -> None:
        stream.come(rows(first, first + 50))
        fed = receiver._pages.fed
        until(qtbot, lambda: receiver._pages.fed != fed)

    first = receiver.page
    tab.overview.show_zoom(1.0, 2.5)
    tab.change(channel="y")
    until(qtbot, lambda: tab.source.channel == "y")
    assert tab.overview.zoom == pytest.approx((1.0, 2.5))
    for start in range(300, 5000, 50):
        if receiver.page.begin:
            break
        feed(start)
    assert receiver.page is not first
    begin = receiver.page.begin
    start, stop = tab.overview.zoom
    assert stop - start == pytest.approx(1.5)
    assert start == pytest.approx(max(1.0 - begin, -0.5 / receiver.page.sample_rate), abs=0.011)
    tab.overview.show_all()
    page = receiver.page
    for more in range(10, 60):
        if receiver.page is not page:
            break
        feed(5000 + 50 * more)
    assert tab.overview.zoom is None

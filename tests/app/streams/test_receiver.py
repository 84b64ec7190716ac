"""A stream in the window: followed live, bounded, kept whatever ends it, looked at before it is opened."""

from __future__ import annotations

import gc
import socket
import weakref

import numpy as np
import pytest
from stream_twin import RATE, StreamTwin, receive, rows, until

from hippo_studio.app.signal_lines import DETAIL
from hippo_studio.app.streams.receiver import Phase
from hippo_studio.app.streams.stream_dialog import StreamDialog
from hippo_studio.signals import Signal, read
from hippo_studio.signals.capture import leftovers
from hippo_studio.signals.capture.recording import recordings_folder
from hippo_studio.signals.streams.pace import Gap


def test_what_comes_is_followed_shown_in_the_list_and_becomes_a_signal(studio, services, qtbot):
    stream = receive(studio, qtbot)
    studio.tab.change(measures=("legt",), order=8, theta=0.5)
    stream.gaps = (Gap(310, 25, 0.25),)
    stream.come(rows(300, 400), garbled=3, gaps=1, missing=0.25)
    frame = lambda: studio.tab.player.frame  # noqa: E731
    until(qtbot, lambda: frame() is not None and frame().position == 400 and not frame().waiting)
    assert frame().recollections[0].coefficients is not None
    studio.desk.row.refresh()
    words = "● live · 100 Hz · 00:04.0 · 3 garbled · 1 gap, 0.25 s"
    assert studio.desk.row.words.text() == words
    studio.desk.list.write()
    assert studio.desk.list.count() == 1
    assert (studio.desk.list.item(0).text(), studio.desk.list.item(0).data(DETAIL)) == ("udp://:9000", words)
    low, high = studio.tab.source.range()
    assert (low, high) == pytest.approx((999, 1001), abs=0.01)  # and not down to 0, where nothing came yet
    services.actions["stop_stream"].trigger()
    until(qtbot, lambda: studio.signals.current is not None)
    signal = studio.signals.current
    assert np.array_equal(signal.samples, rows(0, 400).T)
    assert (signal.sample_rate, signal.channel_names, signal.units) == (100.0, ("x", "y"), ("m", ""))
    assert "at 3.100 s" in str(signal.warnings[0])
    assert studio.desk.list.isHidden()
    assert services.actions["save_recording"].isEnabled()
    assert leftovers() == ()  # held, and not offered to another studio


def test_another_channel_is_heard_from_its_beginning(studio, qtbot):
    stream = receive(studio, qtbot)
    studio.tab.change(theta=0.7)
    studio.tab.change(channel="y")
    until(qtbot, lambda: studio.tab.source.channel == "y")
    stream.come(rows(300, 350))
    until(qtbot, lambda: studio.tab.source.known == 350)
    assert np.array_equal(studio.tab.source.values(0, 350), np.arange(350))
    assert studio.tab.source.range() == (0.0, 349.0)
    assert studio.tab.state.theta == 0.7
    assert studio.tab.transport.playing


def test_a_pause_and_another_signal_leave_the_stream_running(studio, services, qtbot):
    stream = receive(studio, qtbot)
    services.actions["pause_stream"].trigger()
    assert (studio.receiver.phase, stream.paused) == (Phase.PAUSED, True)
    services.actions["pause_stream"].trigger()
    assert (studio.receiver.phase, stream.paused) == (Phase.LIVE, False)
    studio.signals.add(Signal(np.zeros(100), 10.0, origin="made()"))
    stream.come(rows(300, 420))
    until(qtbot, lambda: studio.receiver.page.known == 420)
    assert not studio.receiver.shown
    assert studio.desk.row.isHidden()  # it stands over what it tells of, and over nothing else
    assert not studio.desk.list.item(0).isSelected()
    studio.desk.list.itemClicked.emit(studio.desk.list.item(0))
    assert studio.receiver.shown
    assert not studio.desk.row.isHidden()
    assert studio.desk.list.item(0).isSelected()
    assert studio.tab.transport.advance() == 420
    assert [signal.title for signal in studio.signals] == ["made()"]
    studio.receiver.stop()
    until(qtbot, lambda: len(studio.signals) == 2)
    assert studio.signals.index == 0  # where it was over the list, it is in the list
    assert studio.signals.current.length == 420


def test_a_sender_that_goes_away_is_said_and_its_return_too(studio, qtbot):
    stream = receive(studio, qtbot)
    stream.say(status="the sender is gone", lines=300)
    until(qtbot, lambda: studio.said)
    assert studio.said == [
        "The sender of udp://:9000 is gone; what came is kept, and it is waited for until you stop."
    ]
    stream.come(rows(300, 310))
    until(qtbot, lambda: len(studio.said) == 2)
    assert studio.said[1] == "udp://:9000 is back."
    assert studio.receiver.phase is Phase.LIVE


def test_a_failure_keeps_what_came_and_the_next_stream_works(studio, qtbot):
    stream = receive(studio, qtbot)
    stream.failure = ValueError("The recording ended, because the disk does not take it: full.")
    stream.told()
    until(qtbot, lambda: studio.signals.current is not None)
    assert studio.said == [
        "The recording ended, because the disk does not take it: full. What had come is kept."
    ]
    assert studio.signals.current.length == 300
    studio.receiver.receive("tcp://nowhere:1")
    StreamTwin.opened[-1].failure = ValueError("tcp://nowhere:1: nowhere cannot be reached.")
    StreamTwin.opened[-1].told()
    until(qtbot, lambda: studio.receiver.phase is Phase.OFF)
    assert studio.said[-1] == "tcp://nowhere:1: nowhere cannot be reached."
    studio.receiver.receive("udp:nonsense")
    assert "names no port" in studio.said[-1]
    receive(studio, qtbot, "udp://:9001")
    assert studio.receiver.live_title == "udp://:9001"


def test_a_pipe_that_ends_is_a_signal_and_a_second_stream_ends_the_first(studio, qtbot):
    first = receive(studio, qtbot, "pipe:/tmp/a")
    second = receive(studio, qtbot, "pipe:/tmp/b")
    assert not first.alive
    until(qtbot, lambda: len(studio.signals) == 1)
    second.ended = True
    second.told()
    until(qtbot, lambda: len(studio.signals) == 2)
    assert studio.receiver.phase is Phase.OFF


def test_the_history_is_bounded_and_the_recording_is_not(studio, qtbot):
    stream = receive(studio, qtbot, history=2.0)
    longest, pages = 0, []
    for first in range(300, 3000, 50):
        stream.come(rows(first, first + 50))
        known = studio.receiver.page.known
        until(qtbot, lambda known=known: studio.receiver.page.known != known)
        longest = max(longest, studio.receiver.page.length)
        if not pages or pages[-1]() is not studio.receiver.page:
            pages.append(weakref.ref(studio.receiver.page))
    assert longest <= 600
    page = studio.receiver.page
    assert page.dropped > 0
    assert np.array_equal(page.values(0, page.known), rows(0, 3000)[-page.known :, 0])
    assert studio.receiver.seconds == 30.0
    assert len(pages) > 6
    until(qtbot, lambda: studio.tab.player.live.answered)
    tab = studio.tab
    until(qtbot, lambda: tab.transport.clock_seconds == 30.0)  # and not back where the oldest part was left
    until(qtbot, lambda: tab.player.frame.source is page)
    before = 30.0 - page.known / RATE
    for plot in (tab.overview, tab.past.plot, tab.story.error):
        ticks = plot.x_axis.ticker(0.0, page.duration, 4)
        assert [float(label[:-2]) for label in ticks.labels] == pytest.approx(
            [before + value for value in ticks.values]
        )
    gc.collect()
    assert sum(page() is not None for page in pages) <= 4  # what is shown, and what a frame still holds


def test_gaps_are_marked_where_they_are_on_the_page_and_on_the_disk(studio, qtbot):
    stream = receive(studio, qtbot, history=2.0)
    stream.gaps = (Gap(50, 100, 1.0), Gap(810, 40, 0.4))
    for first in range(300, 900, 50):
        stream.come(rows(first, first + 50), gaps=2, missing=1.4)
        known = studio.receiver.page.known
        until(qtbot, lambda known=known: studio.receiver.page.known != known)

    def marked():
        start = (studio.receiver._pages.fed - studio.receiver.page.known) / RATE
        shown = studio.tab.overview.gaps._spans
        return start > 1.5 and shown and shown[0] == pytest.approx((8.1 - start, 8.5 - start))

    until(qtbot, marked)
    assert studio.tab.past.gaps._spans == studio.tab.overview.gaps._spans
    (path,) = recordings_folder().iterdir()
    assert "at 0.500 s, 8.100 s" in str(read(path).warnings[0])
    studio.receiver.stop()
    until(qtbot, lambda: studio.signals.current is not None and studio.tab.source is not None)
    places = ((0.5, 1.5), (8.1, 8.5))
    assert np.allclose(studio.signals.current.gaps, places)
    assert studio.tab.overview.gaps._spans == studio.tab.past.gaps._spans == studio.signals.current.gaps
    studio.signals.add(Signal(np.zeros(100), 10.0))
    until(qtbot, lambda: studio.tab.source is not None)
    assert studio.tab.overview.gaps._spans == ()


def test_the_dialog_looks_before_it_opens_and_hands_the_same_stream_over(qtbot):
    taken = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    dialog = StreamDialog(lambda stream, history: taken.append((stream, history)), ["udp://:1"], 30.0)
    qtbot.addWidget(dialog)
    assert dialog.address.currentText() == "udp://:1"
    dialog.address.setEditText("udp://nowhere")
    dialog.look_button.click()
    assert "names no port" in dialog.complaint.text()
    assert dialog.stream is None
    dialog.address.setEditText(f"udp://127.0.0.1:{port}")
    assert dialog.complaint.text() == ""
    dialog.look_button.click()
    stream = dialog.stream
    until(qtbot, lambda: stream.state.status == "waiting for a sender")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        for place in range(80):
            out.sendto(b"x;%d" % place if place == 9 else b"%d;2,5" % place, ("127.0.0.1", port))
            qtbot.wait(10)
        until(qtbot, lambda: "79;2,5" in dialog.lines.toPlainText() and stream.described)
    dialog._show()
    assert dialog.form.text().startswith("2 channels of numbers between semicolons")
    assert "1 garbled" in dialog.pace.text()
    dialog.open_button.click()
    assert taken == [(stream, 30.0)]
    assert stream.alive
    assert stream.close()


def test_a_dialog_that_is_cancelled_lets_go(qtbot):
    dialog = StreamDialog(lambda *_: pytest.fail("taken"), ["tcp://127.0.0.1:1"], 30.0)
    qtbot.addWidget(dialog)
    dialog.look()
    stream = dialog.stream
    until(qtbot, lambda: dialog.complaint.text())
    assert "cannot be reached" in dialog.complaint.text()
    dialog.reject()
    until(qtbot, lambda: not stream.alive)


def test_what_holds_no_numbers_is_said(studio, qtbot):
    studio.receiver.receive("udp://:9000")
    stream = StreamTwin.opened[-1]
    stream.left_out = ("y",)
    stream.come(rows(0, 300))
    until(qtbot, lambda: studio.said)
    assert studio.said == ["udp://:9000: y holds no numbers and is left out."]

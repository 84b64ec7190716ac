"""What is on the screen after a stream: the same picture, what was garbled, what its sender meets."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot
from stream_twin import StreamTwin, Studio, receive, rows, until

from hippo_studio.app.message_bar import MessageBar
from hippo_studio.app.messages import Message
from hippo_studio.app.streams import stream_notes
from hippo_studio.app.streams.receiver import Phase
from hippo_studio.app.streams.stream_dialog import StreamDialog
from hippo_studio.signals import Signal, read
from hippo_studio.signals.capture.recording import recordings_folder
from hippo_studio.signals.streams import parse_address


def listen(services) -> list[Message]:
    said: list[Message] = []
    services.messages.shown.connect(said.append)
    return said


def test_the_picture_stays_where_it_was(studio: Studio, qtbot: QtBot) -> None:
    receive(studio, qtbot)
    tab = studio.tab
    tab.change(measures=("legt",), order=8, theta=2.5, view="window", channel="y")
    until(qtbot, lambda: tab.source.channel == "y")
    before = tab.state
    studio.receiver.stop()
    until(qtbot, lambda: tab.signal is not None and tab.source is not None)
    assert (tab.state, tab.transport.position, tab.transport.playing) == (before, 300, False)
    assert tab.overview.zoom is None
    until(qtbot, lambda: tab.player.frame is not None and not tab.player.frame.waiting)
    assert tab.player.frame.recollections[0].coefficients is not None
    studio.signals.add(Signal(rows(0, 40).T, 10.0, origin="made()"))  # another signal is fitted as ever
    assert tab.state.view == "signal"
    assert tab.transport.position == 0


def test_a_place_in_the_past_stays_too(studio: Studio, qtbot: QtBot) -> None:
    stream = receive(studio, qtbot, history=2.0)
    for first in range(300, 1000, 50):
        stream.come(rows(first, first + 50))
        known = studio.receiver.page.known
        until(qtbot, lambda known=known: studio.receiver.page.known != known)
    until(qtbot, lambda: studio.receiver.page.begin > 1)
    page, transport, overview = studio.receiver.page, studio.tab.transport, studio.tab.overview
    overview.show_zoom(0.5, 1.5)
    transport.seek_seconds(1.0)
    studio.receiver.stop()
    until(qtbot, lambda: studio.tab.signal is not None and studio.tab.source is not None)
    assert transport.seconds == pytest.approx(page.begin + 1.0)
    assert overview.zoom == pytest.approx((page.begin + 0.5, page.begin + 1.5))


def test_a_signal_that_is_looked_at_meanwhile_is_left_alone(studio: Studio, qtbot: QtBot) -> None:
    receive(studio, qtbot)
    studio.receiver.stop()
    other = Signal(rows(0, 40).T, 10.0, origin="made()")
    studio.tab.set_signal(other)
    until(qtbot, lambda: studio.tab.source is not None)
    assert (studio.tab.transport.position, studio.tab.state.view) == (0, "signal")
    until(qtbot, lambda: len(studio.signals) == 1)


def test_the_count_of_garbled_lines_stays_with_the_recording(studio: Studio, services, qtbot: QtBot) -> None:
    said = listen(services)
    stream = receive(studio, qtbot)
    stream.come(rows(300, 310), garbled=3, last_garbled="x;", dropped=2)
    studio.receiver.stop()
    until(qtbot, lambda: studio.signals.current is not None)
    warning = next(message for message in said if message.level == "warning")
    assert warning.text.endswith("3 lines were garbled and left out, the last one 'x;'. And 1 more remark.")
    assert [str(one) for one in studio.signals.current.warnings] == [
        "3 lines were garbled and left out, the last one 'x;'.",
        "2 rows or datagrams came too fast for this machine, and are lost.",
    ]


def test_a_recording_that_is_found_after_a_crash_tells_of_them_too(studio: Studio, qtbot: QtBot) -> None:
    stream = receive(studio, qtbot)
    stream.come(rows(300, 310), garbled=1, last_garbled="x;")
    (path,) = recordings_folder().iterdir()
    until(qtbot, lambda: read(path).warnings)
    assert str(read(path).warnings[0]) == "1 line was garbled and left out, the last one 'x;'."


@pytest.mark.parametrize(
    ("address", "end"),
    [
        ("-", "Standard input is no longer read: what writes to it waits once the pipe is full."),
        ("udp://:9000", "Port 9000 is free again: what still comes there is lost."),
        ("tcp://:9001", "Port 9001 is free again: what still comes there is lost."),
        ("tcp://there:9001", "tcp://there:9001 is closed."),
        ("pipe:/tmp/a", "pipe:/tmp/a is closed."),
    ],
)
def test_what_becomes_of_the_sender_is_said(studio: Studio, services, qtbot, address: str, end: str) -> None:
    said = listen(services)
    receive(studio, qtbot, address)
    studio.receiver.stop()
    assert (said[-1].level, said[-1].text) == ("info", f"Received 00:03.0. {end}")
    assert said[-1].seconds >= 20, "the opening of the recording is outlasted"
    assert (said[-1].remedy is not None) == parse_address(address).standard_input
    until(qtbot, lambda: len(studio.signals) == 1)


def test_what_waits_in_standard_input_can_be_read_on(studio: Studio, services, qtbot: QtBot) -> None:
    said = listen(services)
    receive(studio, qtbot, "-", history=12.0)
    studio.receiver.stop()
    said[-1].remedy.run()
    assert (studio.receiver.phase, studio.receiver.live_title) == (Phase.OPENING, "standard input")
    assert studio.receiver.history == 12.0
    StreamTwin.opened[-1].come(rows(0, 10))
    until(qtbot, lambda: studio.receiver.phase is Phase.LIVE)
    studio.receiver.stop()
    until(qtbot, lambda: len(studio.signals) == 2)


def test_a_pipe_that_ends_says_so(studio: Studio, services, qtbot: QtBot) -> None:
    said = listen(services)
    stream = receive(studio, qtbot, "-")
    stream.come(rows(300, 310), garbled=2)
    stream.ended = True
    stream.told()
    until(qtbot, lambda: said)
    assert said[0].text == "standard input has ended. Received 00:03.1, 2 garbled."
    until(qtbot, lambda: len(studio.signals) == 1)


def test_a_stream_that_is_stopped_before_anything_came_says_what_becomes_of_it(
    studio: Studio, services
) -> None:
    said = listen(services)
    studio.receiver.receive("udp://:9000")
    studio.receiver.stop()
    assert [message.text for message in said] == ["Port 9000 is free again: what still comes there is lost."]


def test_standard_input_is_offered_again_where_something_was_piped_in(studio: Studio, qtbot: QtBot) -> None:
    def offered() -> list[str]:
        studio.desk.ask()
        dialog = studio.window.findChild(StreamDialog)
        texts = [dialog.address.itemText(place) for place in range(dialog.address.count())]
        dialog.reject()
        until(qtbot, lambda: studio.window.findChild(StreamDialog) is None)
        return texts

    assert "-" not in offered()
    studio.desk.open_address("-")
    assert "-" in offered()


def test_a_recording_that_is_saved_is_looked_at_as_before(studio: Studio, qtbot: QtBot, tmp_path) -> None:
    receive(studio, qtbot)
    studio.receiver.stop()
    tab = studio.tab
    until(qtbot, lambda: tab.signal is not None and tab.source is not None)
    tab.transport.seek_seconds(2.0)
    until(qtbot, lambda: tab.player.frame is not None and tab.player.frame.position == tab.transport.position)
    tab.overview.show_zoom(1.0, 2.5)
    before, target = tab.state, tmp_path / "mine.wav"
    studio.sound.keeping.save_as(Path(studio.signals.current.origin), target)
    until(qtbot, lambda: tab.signal is not None and tab.signal.origin == str(target) and tab.source)
    assert (tab.state, tab.transport.seconds) == (before, 2.0)
    assert tab.overview.zoom == pytest.approx((1.0, 2.5))


def test_a_wrong_pace_is_said_once_and_the_stream_can_begin_anew(
    studio: Studio, services, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_notes, "_MARK_EVERY", 0.02)
    monkeypatch.setattr(stream_notes, "_DOUBT", 0.1)
    said = listen(services)
    stream = receive(studio, qtbot, "-", history=12.0)
    stream.say(measured=100.0)
    qtbot.wait(200)
    assert not said
    stream.say(measured=10.0)
    until(qtbot, lambda: said)
    qtbot.wait(200)
    assert [message.text[:34] for message in said] == ["standard input sends rows at 10 Hz"]
    said[0].remedy.run()
    assert (studio.receiver.phase, studio.receiver.history) == (Phase.OPENING, 12.0)
    assert len(said) == 1, "nothing is said of a sender that is read on at once"
    until(qtbot, lambda: len(studio.signals) == 1)


def buttons(bar: MessageBar) -> list[str]:
    return [button.text() for row in bar.rows for button, _ in row.remedies]


def test_no_button_of_a_stream_outlives_it(
    studio: Studio, services, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream_notes, "_MARK_EVERY", 0.02)
    monkeypatch.setattr(stream_notes, "_DOUBT", 0.1)
    bar = MessageBar(services.messages, services.theme)
    qtbot.addWidget(bar)
    receive(studio, qtbot, "-")
    studio.receiver.stop()
    assert buttons(bar) == ["Read On"]
    stream = receive(studio, qtbot, "udp://:9000")
    assert buttons(bar) == [], "it would end what is live"
    stream.say(measured=10.0)
    until(qtbot, lambda: buttons(bar) == ["Begin Anew"])
    studio.receiver.stop()
    assert buttons(bar) == []
    stream = receive(studio, qtbot, "udp://:9000")
    stream.say(measured=10.0)
    until(qtbot, lambda: buttons(bar) == ["Begin Anew"])
    stream.ended = True
    stream.told()
    until(qtbot, lambda: studio.receiver.phase is Phase.OFF)
    assert buttons(bar) == []
    receive(studio, qtbot, "-")
    studio.receiver.receive("udp://:9001")
    assert buttons(bar) == [], "what is opened over it is not ended by a button of the one before"
    assert bar.rows[-1].message.text.startswith("Received 00:03.0. Standard input is no longer read")
    studio.receiver.stop()
    until(qtbot, lambda: len(studio.signals) == 4)


def test_what_was_piped_in_is_no_recent_address(studio: Studio, services, qtbot: QtBot) -> None:
    for text in ("udp://:9000", "-", "pipe:?rate=100", "pipe:/tmp/a?rate=100"):
        stream = StreamTwin(text)
        stream.open()
        studio.desk._take(stream, 60.0)
    written = services.settings.value("streams", "recent", [])
    assert written == ["pipe:/tmp/a?rate=100", "udp://:9000"], "where nothing is piped in it leads nowhere"
    services.settings.write("streams", recent=["pipe:?rate=100", "no address", "udp://:9000"])
    assert studio.desk.recent == ["no address", "udp://:9000"]
    studio.receiver.stop()

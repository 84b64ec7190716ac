"""The message bar and the status bar: one sentence, never in the way."""

from __future__ import annotations

import math
import threading

import numpy as np
import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from hippo_studio.app.closed_signals import ClosedSignals
from hippo_studio.app.jobs import JobContext
from hippo_studio.app.message_bar import KEPT, MessageBar
from hippo_studio.app.messages import Remedy
from hippo_studio.app.open_signals import OpenSignals
from hippo_studio.app.services import Services
from hippo_studio.app.status_bar import StatusBar, timing
from hippo_studio.signals import Signal


@pytest.fixture
def bar(services: Services, qtbot: QtBot) -> MessageBar:
    bar = MessageBar(services.messages, services.theme)
    qtbot.addWidget(bar)
    return bar


def texts(bar: MessageBar) -> list[str]:
    return [row.message.text for row in bar.rows]


def test_nothing_to_say_takes_no_room(bar: MessageBar) -> None:
    assert not bar.isVisible()


def test_errors_stay_until_closed(bar: MessageBar, services: Services, qtbot: QtBot) -> None:
    services.messages.error("The disk is full.")
    assert bar.isVisible()
    assert bar.rows[0].expires is None
    qtbot.mouseClick(bar.rows[0].close_button, Qt.MouseButton.LeftButton)
    assert texts(bar) == []
    assert not bar.isVisible()
    services.messages.error("The disk is full.")
    assert texts(bar) == ["The disk is full."]


def test_pleasant_news_goes_away_by_itself(bar: MessageBar, services: Services, qtbot: QtBot) -> None:
    services.messages.info("Saved.")
    assert bar.rows[0].expires.isActive()
    bar.rows[0].expires.start(1)
    qtbot.waitUntil(lambda: not bar.rows)


def test_a_remedy_is_a_button_that_takes_the_message_away(
    bar: MessageBar, services: Services, qtbot: QtBot
) -> None:
    taken: list[bool] = []
    services.messages.warning("1 Hz was assumed.", remedy=Remedy("Sample Rate…", lambda: taken.append(True)))
    (row,) = bar.rows
    ((button, _),) = row.remedies
    assert (button.text(), button.isVisible()) == ("Sample Rate…", True)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert (taken, bar.rows) == ([True], ())
    services.messages.warning("Nothing can be done.")
    assert bar.rows[0].remedies == []


def test_a_remedy_that_asks_leaves_the_message_until_it_is_withdrawn(
    bar: MessageBar, services: Services, qtbot: QtBot
) -> None:
    taken: list[bool] = []
    remedy = Remedy("Import Table…", lambda: taken.append(True), asks=True)
    services.messages.warning("Line 17: no number.", remedy=remedy, about="/x/a.csv")
    for _ in range(2):  # cancelled, and asked again
        qtbot.mouseClick(bar.rows[0].remedies[0][0], Qt.MouseButton.LeftButton)
    assert (taken, len(bar.rows)) == ([True, True], 1)
    services.messages.withdraw("/x/a.csv")
    assert not bar.rows


def test_of_two_remedies_the_one_that_was_clicked_is_taken(
    bar: MessageBar, services: Services, qtbot: QtBot
) -> None:
    taken: list[str] = []
    remedies = (Remedy(name, lambda name=name: taken.append(name)) for name in ("Restore", "Discard"))
    services.messages.warning("The studio did not end well.", (), *remedies)
    qtbot.mouseClick(bar.rows[0].remedies[1][0], Qt.MouseButton.LeftButton)
    assert (taken, bar.rows) == (["Discard"], ())


def on_screen(bar: MessageBar) -> list[str]:
    return [row.message.text for row in bar.rows if not row.isHidden()]


def test_the_newest_rows_are_shown_and_older_ones_on_request_or_once_there_is_room(
    bar: MessageBar, services: Services
) -> None:
    for text in ("first", "second", "third", "fourth"):
        services.messages.warning(text)
    assert on_screen(bar) == ["third", "fourth"]
    assert (bar.rows[2].more_button.text(), bar.rows[3].more_button.isHidden()) == ("2 more", True)
    bar.rows[3].close_button.click()
    assert on_screen(bar) == ["second", "third"]
    bar.rows[1].more_button.click()
    assert on_screen(bar) == ["first", "second", "third"]


def test_no_more_rows_are_kept_than_can_be_read_and_news_is_shown_all_the_same(
    bar: MessageBar, services: Services
) -> None:
    for index in range(KEPT):
        services.messages.warning(f"warning {index}")
    services.messages.info("news")
    assert on_screen(bar) == [f"warning {KEPT - 1}", "news"]
    services.messages.warning("last")
    assert len(bar.rows) == KEPT
    assert "news" not in texts(bar), "pleasant ones give way first"


def test_what_concerns_another_signal_waits_until_it_is_looked_at(
    bar: MessageBar, services: Services, qtbot: QtBot
) -> None:
    signals = OpenSignals()
    ClosedSignals(signals, services.messages, signals)
    for name in ("a", "b"):
        signals.add(Signal(np.zeros((1, 40)), 10.0, origin=f"/x/{name}.csv"))
        services.messages.warning(f"{name} has remarks.", about=f"/x/{name}.csv")
    assert on_screen(bar) == ["b has remarks."]
    signals.show(0)
    assert on_screen(bar) == ["a has remarks."]
    signals.look_at_live(True)
    assert on_screen(bar) == []
    assert bar.isHidden()
    services.messages.error("c.csv is empty.", about="/x/c.csv")
    assert on_screen(bar) == ["c.csv is empty."]
    signals.remove(1)
    assert texts(bar) == ["a has remarks.", "c.csv is empty."]


def test_the_same_message_again_is_counted(bar: MessageBar, services: Services) -> None:
    for _ in range(60):
        services.messages.error("Something went wrong.")
    assert len(bar.rows) == 1
    assert "60×" in bar.rows[0].label.text()


def test_details_are_shown_on_request(bar: MessageBar, services: Services, qtbot: QtBot) -> None:
    services.messages.warning("Read with 2 remarks.", ("line 7: empty", "line 9: empty"))
    services.messages.warning("Plain.")
    with_details, plain = bar.rows
    assert not plain.details_button.isVisibleTo(bar)
    with_details.details_button.click()
    assert with_details.details.toPlainText() == "line 7: empty\nline 9: empty"
    assert with_details.details.isVisibleTo(bar)
    with_details.details_button.click()
    assert not with_details.details.isVisibleTo(bar)


def test_markup_in_a_message_is_text(bar: MessageBar, services: Services) -> None:
    services.messages.error("<b>bold.wav</b> is empty.")
    assert bar.rows[0].label.textFormat() == Qt.TextFormat.PlainText


def test_messages_follow_the_theme(bar: MessageBar, services: Services) -> None:
    services.messages.error("The disk is full.")
    light = bar.rows[0].styleSheet()
    services.theme.set_mode("dark")
    assert bar.rows[0].styleSheet() != light


@pytest.fixture
def status(services: Services, qtbot: QtBot) -> StatusBar:
    status = StatusBar(services.messages, services.jobs, services.theme)
    qtbot.addWidget(status)
    status.resize(1200, 30)
    status.show()
    return status


def test_the_status_bar_says_what_happened(status: StatusBar, services: Services) -> None:
    services.messages.status("Opened speech.flac")
    services.messages.cursor("1.250 s  0.31")
    services.messages.timings(3.14, 120.0)
    QApplication.sendPostedEvents()
    assert status.happened.text() == "Opened speech.flac"
    assert status.cursor_values.text() == "1.250 s  0.31"
    assert "3.1 ms" in status.timings.text()
    assert "120 µs" in status.timings.text()


def test_a_refusal_goes_away_and_what_happened_comes_back(
    status: StatusBar, services: Services, qtbot: QtBot
) -> None:
    services.messages.status("Opened a.wav")
    services.messages.refuse("Seed is a number; received 'x'.")
    assert status.happened._whole == "Seed is a number; received 'x'."
    services.messages.refuse("")
    assert status.happened._whole == "Opened a.wav"
    services.messages.refuse("Seed is a number; received 'y'.")
    status._refusal.start(1)
    qtbot.waitUntil(lambda: status.happened._whole == "Opened a.wav")
    services.messages.refuse("Seed is a number; received 'z'.")
    services.messages.status("Saved b.wav")
    assert (status.happened._whole, status._refusal.isActive()) == ("Saved b.wav", False)


def test_cancel_stays_where_it_is_while_the_values_under_the_mouse_grow(
    status: StatusBar, services: Services, qtbot: QtBot
) -> None:
    go_on = threading.Event()
    services.jobs.submit("work", lambda _: go_on.wait(20), done=lambda _: None, title="Working")
    status.resize(900, status.sizeHint().height())
    status.show()
    qtbot.waitUntil(lambda: status.cancel.isVisible())
    places = []
    for text in ("", "4.9527 s   signal 0.086 … 0.125   LegT 0.1"):
        services.messages.cursor(text)
        status.layout().activate()
        places.append(status.cancel.x())
    go_on.set()
    assert places[0] == places[1]
    qtbot.waitUntil(lambda: not services.jobs.live)


def test_long_news_is_cut_not_the_window_stretched(status: StatusBar, services: Services) -> None:
    services.messages.status("x" * 2000)
    assert status.minimumSizeHint().width() < 1000
    assert status.happened.text().endswith("…")
    assert status.happened.toolTip() == "x" * 2000


@pytest.mark.parametrize(
    ("frame", "memory", "text"),
    [(math.nan, math.nan, ""), (2.0, math.nan, "frame  2.0 ms"), (math.nan, 2e5, "memory   200 ms")],
)
def test_unknown_timings_are_left_out(frame: float, memory: float, text: str) -> None:
    assert timing(frame, memory) == text


def test_titled_work_shows_progress_and_can_be_cancelled(
    status: StatusBar, services: Services, qtbot: QtBot
) -> None:
    entered = threading.Event()

    def work(context: JobContext) -> None:
        context.report(0.25, "2 of 8")
        entered.set()
        while True:
            context.check()

    assert not status.cancel.isVisible()
    services.jobs.submit("silent", lambda _: None, done=lambda _: None)
    assert not status.cancel.isVisible()
    job = services.jobs.submit("work", work, done=lambda _: None, title="Exporting")
    qtbot.waitUntil(lambda: entered.is_set() and status.progress.value() == 250)
    assert status.activity.toolTip() or status.activity.text() == "Exporting: 2 of 8, 25 %"
    assert status.cancel.text() == "Cancel"
    qtbot.mouseClick(status.cancel, Qt.MouseButton.LeftButton)
    assert job.cancelled
    assert not status.cancel.isVisible()

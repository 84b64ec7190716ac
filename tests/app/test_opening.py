"""Opening: many files, folders, failures, cancel, and the next use after each."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from pytestqt.qtbot import QtBot

import hippo_studio.signals
from hippo_studio.app.message_bar import MessageBar
from hippo_studio.app.messages import Message
from hippo_studio.app.open_signals import OpenSignals
from hippo_studio.app.opening import Opening, sentence
from hippo_studio.app.services import Services
from hippo_studio.app.theme import Theme
from hippo_studio.signals import Signal, SignalError, bundled_samples

Made = Callable[..., list[Path]]


@pytest.fixture
def sounds(tmp_path: Path) -> Made:
    def make(*names: str) -> list[Path]:
        paths = [tmp_path / "sounds" / name for name in names]
        for number, path in enumerate(paths):
            path.parent.mkdir(parents=True, exist_ok=True)
            soundfile.write(path, np.full(100 + number, 0.25), 8000)
        return paths

    return make


class Desk:
    """An opening with its list, and everything it said."""

    def __init__(self, services: Services) -> None:
        self.signals = OpenSignals()
        self.opening = Opening(self.signals, services)
        self.said: list[Message] = []
        self.happened: list[str] = []
        services.messages.shown.connect(self.said.append)
        services.messages.status_changed.connect(self.happened.append)

    def titles(self) -> list[str]:
        return [signal.title for signal in self.signals]


@pytest.fixture
def desk(services: Services) -> Desk:
    return Desk(services)


def open_and_wait(desk: Desk, qtbot: QtBot, *paths: Path) -> None:
    with qtbot.waitSignal(desk.opening.finished):
        desk.opening.open(paths)


def test_the_last_of_several_files_is_shown(desk: Desk, sounds: Made, qtbot: QtBot) -> None:
    shown: list[Signal] = []
    desk.signals.current_changed.connect(shown.append)
    open_and_wait(desk, qtbot, *sounds("a.wav", "b.flac", "c.wav"))
    assert desk.titles() == ["a.wav", "b.flac", "c.wav"]
    assert desk.signals.current is shown[-1]
    assert [signal.title for signal in shown] == ["a.wav", "c.wav"], "what lies between must not flicker past"
    assert desk.happened[-1] == "Opened 3 signals"
    assert not desk.opening.busy


def test_a_folder_opens_what_is_in_it_in_place(desk: Desk, sounds: Made, qtbot: QtBot) -> None:
    first, folder_file, last = sounds("a.wav", "folder/b.wav", "c.wav")
    open_and_wait(desk, qtbot, first, folder_file.parent, last)
    assert desk.titles() == ["a.wav", "b.wav", "c.wav"]


def test_what_is_opened_meanwhile_comes_after(desk: Desk, sounds: Made, qtbot: QtBot) -> None:
    one, two, three = sounds("a.wav", "b.wav", "c.wav")
    with qtbot.waitSignal(desk.opening.finished):
        desk.opening.open([one, two])
        desk.opening.open([three])
    assert desk.titles() == ["a.wav", "b.wav", "c.wav"]


def test_opening_a_file_again_reads_it_anew_in_its_place(desk: Desk, sounds: Made, qtbot: QtBot) -> None:
    one, two = sounds("a.wav", "b.wav")
    open_and_wait(desk, qtbot, one, two)
    soundfile.write(one, np.zeros(7), 8000)
    open_and_wait(desk, qtbot, one)
    assert desk.titles() == ["a.wav", "b.wav"]
    assert desk.signals.current.samples.shape == (1, 7)


def test_a_file_has_one_name_however_it_was_called(
    desk: Desk, sounds: Made, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one,) = sounds("a.wav")
    monkeypatch.chdir(one.parent)
    open_and_wait(desk, qtbot, one, Path("a.wav"))
    assert desk.titles() == ["a.wav"]


def test_a_failure_is_one_sentence_and_the_rest_is_opened(desk: Desk, sounds: Made, qtbot: QtBot) -> None:
    good, bad = sounds("good.wav", "bad.wav")
    bad.write_bytes(b"")
    open_and_wait(desk, qtbot, bad, good)
    assert desk.titles() == ["good.wav"]
    (message,) = desk.said
    assert message.level == "error"
    assert "bad.wav" in message.text
    open_and_wait(desk, qtbot, good)
    assert len(desk.said) == 1


def test_many_failures_are_one_message_with_details(desk: Desk, tmp_path: Path, qtbot: QtBot) -> None:
    missing = [tmp_path / f"{index}.wav" for index in range(3)]
    open_and_wait(desk, qtbot, *missing)
    (message,) = desk.said
    assert message.text == "3 of 3 could not be opened."
    assert [str(path) in line for path, line in zip(missing, message.details, strict=True)] == [True] * 3


def test_folders_without_signals_are_not_counted_as_files(
    desk: Desk, sounds: Made, tmp_path: Path, qtbot: QtBot
) -> None:
    empty = [tmp_path / "one", tmp_path / "two"]
    for folder in empty:
        folder.mkdir()
    open_and_wait(desk, qtbot, *empty, *sounds("good.wav"))
    (message,) = desk.said
    assert message.text == "2 folders were not opened whole."
    assert desk.titles() == ["good.wav"]
    open_and_wait(desk, qtbot, *empty, tmp_path / "missing.wav")
    assert desk.said[1].text == "1 of 1 could not be opened."
    assert len(desk.said[1].details) == 3


def test_cancel_stops_the_rest_and_the_next_opening_works(
    desk: Desk, services: Services, sounds: Made, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, three = sounds("a.wav", "b.wav", "c.wav")
    read, entered, gate = hippo_studio.signals.read, threading.Event(), threading.Event()

    def slow(path: Path) -> Signal:
        if path == two:
            entered.set()
            assert gate.wait(5)
        return read(path)

    monkeypatch.setattr(hippo_studio.signals, "read", slow)
    desk.opening.open([one, two, three])
    qtbot.waitUntil(lambda: entered.is_set() and desk.titles() == ["a.wav"])
    with qtbot.waitSignal(desk.opening.finished):
        desk.opening.cancel()
    gate.set()
    assert not desk.opening.busy
    assert "cancelled, 2 not read" in desk.happened[-2]
    open_and_wait(desk, qtbot, three)
    qtbot.wait(20)
    assert desk.titles() == ["a.wav", "c.wav"], "the cancelled file must not arrive late"


def test_a_bundled_sample_brings_its_settings_and_is_not_recent(desk: Desk, qtbot: QtBot) -> None:
    sample = bundled_samples()[0]
    with qtbot.waitSignal(desk.opening.preset_wanted) as wanted:
        desk.opening.open([sample.path])
    assert wanted.args == [dict(sample.preset)]
    assert desk.opening.recent() == []


def test_opened_files_are_recent_until_cleared_or_gone(desk: Desk, sounds: Made, qtbot: QtBot) -> None:
    one, two = sounds("a.wav", "b.wav")
    open_and_wait(desk, qtbot, one, two)
    assert desk.opening.recent() == [two, one]
    two.unlink()
    assert desk.opening.recent() == [one]
    desk.opening.clear_recent()
    assert desk.opening.recent() == []


def test_generated_signals_are_listed(desk: Desk, qtbot: QtBot) -> None:
    with qtbot.waitSignal(desk.signals.current_changed):
        desk.opening.generate("sine", {"frequency": 3.0}, pytest.fail)
    assert "sine" in desk.titles()[0]


def test_what_a_generator_refuses_is_complained_of(desk: Desk, qtbot: QtBot) -> None:
    complaints: list[str] = []
    desk.opening.generate("sine", {"duration": -1.0}, complaints.append)
    qtbot.waitUntil(lambda: bool(complaints))
    assert "-1.0" in complaints[0]
    assert desk.titles() == []


@pytest.mark.parametrize(
    ("error", "part"),
    [
        (SignalError("a.wav is empty."), "a.wav is empty."),
        (MemoryError(), "does not fit into memory"),
        (PermissionError(13, "Permission denied"), "Permission denied"),
        (RuntimeError("odd"), "RuntimeError: odd"),
    ],
)
def test_every_failure_is_a_sentence(error: Exception, part: str) -> None:
    text = sentence(error, "a.wav")
    assert part in text
    assert text.endswith(".")
    assert "\n" not in text


def test_reader_remarks_are_shown_with_their_lines(desk: Desk, tmp_path: Path, qtbot: QtBot) -> None:
    table = tmp_path / "gaps.csv"
    rows = [f"{k / 10:.1f},{'' if k == 5 else k}" for k in range(40)]
    table.write_text("time,value\n" + "\n".join(rows) + "\n")
    open_and_wait(desk, qtbot, table)
    (message,) = desk.said
    assert message.level == "warning"
    assert "ine 7" in " ".join((message.text, *message.details))


def clockless(folder: Path) -> Path:
    table = folder / "clockless.csv"
    table.write_text("value\n" + "\n".join(str(k % 7) for k in range(400)) + "\n")
    return table


def test_a_file_without_a_clock_can_be_told_one_which_is_remembered(
    desk: Desk, tmp_path: Path, qtbot: QtBot
) -> None:
    table = clockless(tmp_path)
    open_and_wait(desk, qtbot, table)
    (message,) = desk.said
    for way in ("1 Hz was assumed", "File › Sample Rate…", "--sample-rate HZ", "sample_rate=HZ"):
        assert way in message.text
    with qtbot.waitSignal(desk.opening.rate_wanted) as wanted:
        message.remedy.run()
    assert wanted.args == [desk.signals.current]
    with qtbot.waitSignal(desk.opening.finished):
        desk.opening.say_rate(table, 50.0)
    assert [signal.sample_rate for signal in desk.signals] == [50.0]
    open_and_wait(desk, qtbot, table)
    assert (desk.signals.current.sample_rate, len(desk.said)) == (50.0, 1), "nothing had to be assumed"
    with qtbot.waitSignal(desk.opening.finished):
        desk.opening.say_rate(table, None)
    assert desk.signals.current.sample_rate == 1.0


def test_a_rate_asked_for_at_the_start_holds_for_a_folder_too(
    desk: Desk, tmp_path: Path, qtbot: QtBot
) -> None:
    clockless(tmp_path)
    with qtbot.waitSignal(desk.opening.finished):
        desk.opening.open([tmp_path], 200.0)
    assert [signal.sample_rate for signal in desk.signals] == [200.0]


class TestOpenSignals:
    """The list itself."""

    @staticmethod
    def filled(*names: str) -> OpenSignals:
        signals = OpenSignals()
        for name in names:
            signals.add(Signal(np.zeros(4), 10.0, origin=f"/x/{name}"))
        return signals

    def test_closing_the_current_one_shows_its_neighbour(self, qtbot: QtBot) -> None:
        signals = self.filled("a", "b", "c")
        signals.show(1)
        signals.remove(1)
        assert signals.current.title == "c"
        signals.remove(1)
        assert signals.current.title == "a"
        signals.remove(0)
        assert (signals.current, signals.index) == (None, -1)

    def test_closing_another_keeps_the_current_one(self, qtbot: QtBot) -> None:
        signals = self.filled("a", "b", "c")
        changed: list[object] = []
        signals.current_changed.connect(changed.append)
        signals.remove(0)
        assert signals.current.title == "c"
        assert changed == []
        signals.remove(99)
        signals.remove(-1)
        assert len(signals) == 2

    def test_an_index_outside_the_list_changes_nothing(self, qtbot: QtBot) -> None:
        signals = self.filled("a", "b")
        for index in (-1, 2, 1):
            signals.show(index)
        assert signals.index == 1


def test_what_was_said_of_a_file_gives_way_to_what_its_next_reading_says(
    desk: Desk, services: Services, theme: Theme, tmp_path: Path, qtbot: QtBot
) -> None:
    bar = MessageBar(services.messages, theme)
    qtbot.addWidget(bar)
    table, other = tmp_path / "a.csv", tmp_path / "b.csv"
    other.write_text("t,x\n0,1\n1,2\n1,3\n2,4\n3,5\n")
    table.write_text("nothing\n")
    open_and_wait(desk, qtbot, other)
    for text, said in (
        ("nothing at all", "error"),
        ("t,x\n0,1\n1,2\n1,3\n2,4\n3,5\n", "warning"),
        ("t,x\n0,1\n1,2\n1,3\n1,5\n2,4\n3,5\n", "warning"),
        ("t,x\n0,1\n1,2\n2,3\n", ""),
    ):
        table.write_text(text)
        open_and_wait(desk, qtbot, table)
        assert [row.message.level for row in bar.rows] == ["warning", said][: 1 + bool(said)]
        assert "b.csv" in bar.rows[0].message.text

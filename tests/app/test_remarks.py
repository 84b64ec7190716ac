"""What is read of an opened file: what was wrong in which line, in the bar itself, and the way to mend it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from hippo_studio.app.messages import Message
from hippo_studio.app.open_signals import OpenSignals
from hippo_studio.app.opening import Opening
from hippo_studio.app.pasting import keep_pasted
from hippo_studio.app.remarks import headline, in_lines
from hippo_studio.app.services import Services
from hippo_studio.signals import Signal


class Desk:
    def __init__(self, services: Services) -> None:
        self.opening = Opening(OpenSignals(), services)
        self.said: list[Message] = []
        self.wanted: list[Path] = []
        services.messages.shown.connect(self.said.append)
        self.opening.import_wanted.connect(self.wanted.append)


@pytest.fixture
def desk(services: Services) -> Desk:
    return Desk(services)


def table(folder: Path, name: str = "log.csv") -> Path:
    rows = [f"{k / 10:.1f},{'2O' if k == 15 else k},fine" for k in range(40)]
    path = folder / name
    path.write_text("\n".join(["time,value,note", *rows]) + "\n")
    return path


def opened(desk: Desk, qtbot: QtBot, *paths: Path) -> Message:
    with qtbot.waitSignal(desk.opening.finished):
        desk.opening.open(paths)
    return desk.said[-1]


def test_the_bar_itself_says_what_is_wrong_in_which_line(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    message = opened(desk, qtbot, table(tmp_path))
    assert message.text == (
        "log.csv: Line 17: 1 cell of 'value' holds no number (here '2O'); taken as missing. "
        "And 2 more remarks."
    )
    assert len(message.details) == 3
    assert message.details[2] == "log.csv: Line 1: 'note' holds text; left aside."  # no fault, so it is last


def test_one_click_leads_from_a_remark_to_the_import_window(desk: Desk, qtbot: QtBot, tmp_path: Path) -> None:
    path = table(tmp_path)
    message = opened(desk, qtbot, path)
    assert (message.remedy.text, message.other) == ("Import Table…", None)
    assert message.remedy.asks
    message.remedy.run()
    assert desk.wanted == [path]
    clockless = tmp_path / "clockless.csv"
    clockless.write_text("value\n" + "\n".join(str(k % 7) for k in range(400)) + "\n")
    message = opened(desk, qtbot, clockless)
    assert (message.remedy.text, message.other.text) == ("Sample Rate…", "Import Table…")
    message.other.run()
    assert desk.wanted == [path, clockless]
    array = tmp_path / "array.npy"
    np.save(array, np.arange(100.0))
    message = opened(desk, qtbot, array)
    assert (message.remedy.text, message.other) == ("Sample Rate…", None)


def test_of_several_files_the_first_remark_is_said_too() -> None:
    one, two = (Signal(np.zeros(4), 1.0, origin=f"/{name}.csv") for name in "ab")
    assert headline([(one, "no clock")]) == "a.csv: no clock"
    remarks = [(one, "no clock"), (one, "one hole."), (two, "no clock")]
    assert headline(remarks) == "a.csv: no clock. And 2 more remarks, on 2 files in all."
    assert in_lines(remarks)[2] == "b.csv: no clock"


def test_of_pasted_numbers_is_said_what_is_wrong_with_them_too(desk: Desk, qtbot: QtBot) -> None:
    desk.opening.paste("a\tb\n" + "".join(f"{k}\t{'2O' if k == 15 else k}\n" for k in range(40)))
    qtbot.waitUntil(lambda: bool(desk.said), timeout=20_000)
    (message,) = desk.said
    assert "Line 17: 1 cell of 'b' holds no number (here '2O')" in message.text
    assert message.remedy.text == "Sample Rate…"
    assert message.other.text == "Import Table…"
    message.other.run()
    assert [str(path) for path in desk.wanted] == [message.about]
    assert desk.wanted[0].is_file()


def test_pasted_numbers_in_doubt_are_asked_about(desk: Desk, qtbot: QtBot) -> None:
    desk.opening.paste("date\ta\n" + "".join(f"0{k + 1}/02/2023 10:00:00\t{k}\n" for k in range(9)))
    qtbot.waitUntil(lambda: bool(desk.wanted), timeout=20_000)


def test_what_is_pasted_twice_in_a_second_has_two_names() -> None:
    assert len({keep_pasted("1\n2\n3\n") for _ in range(3)}) == 3

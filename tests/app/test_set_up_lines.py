"""A set-up pasted where it was copied finds the studio's own files, and says what has changed since."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from hippo_studio.app.pasting import pasted_folder
from hippo_studio.app.services import Services
from hippo_studio.app.window import StudioWindow
from hippo_studio.session import Session, SignalEntry
from hippo_studio.session.file import with_fingerprints
from hippo_studio.session.share import to_line
from hippo_studio.signals.capture import new_recording
from hippo_studio.signals.capture.recording import recordings_folder


@pytest.fixture
def window(services: Services, qtbot: QtBot) -> Iterator[StudioWindow]:
    window = StudioWindow(services)
    qtbot.addWidget(window)
    yield window
    window.document.asks = False
    window.close()


def pasted(window: StudioWindow, qtbot: QtBot, line: str) -> None:
    with qtbot.waitSignal(window.document.opened, timeout=20_000):
        window.document.take_line(line)
    qtbot.waitUntil(lambda: not window.session.remaking.busy, timeout=20_000)


def test_recordings_and_pasted_numbers_are_found_again(window: StudioWindow, qtbot: QtBot) -> None:
    window.opening.paste("\n".join(str(k) for k in range(50)))
    qtbot.waitUntil(lambda: len(window.signals) == 1, timeout=20_000)
    file = new_recording(8000.0, 1)
    file.append(np.ones((800, 1), np.float32))
    file.close()
    file.release()
    with qtbot.waitSignal(window.opening.finished):
        window.opening.open([file.path])
    line = to_line(with_fingerprints(window.session.read()))
    window.session.show(Session())
    pasted(window, qtbot, line)
    assert [row.problem for row in window.signals.rows] == ["", ""]
    assert {Path(entry.path).parent for entry in window.signals.entries} == {
        pasted_folder(),
        recordings_folder(),
    }


def test_a_file_that_has_changed_is_shown_and_that_is_said(
    window: StudioWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "zone.csv"
    path.write_text("a,b\n1,2\n3,4\n")
    window.opening.remember(path)
    line = to_line(with_fingerprints(Session(signals=(SignalEntry(path=str(path)),))))
    path.write_text("a,b\n1,2\n3,4\n5,6\n")
    pasted(window, qtbot, line)
    assert window.signals.current.length == 3
    assert any("is not what it was" in row.message.text for row in window.message_bar.rows)

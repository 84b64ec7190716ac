"""After a crash the window looks as it did: the signal that was looked at, where it was looked at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from dying import die
from pytestqt.qtbot import QtBot

from hippo_studio.app.services import Services
from hippo_studio.app.window import StudioWindow
from hippo_studio.session import Session, SignalEntry
from hippo_studio.session.model import View
from hippo_studio.signals.capture import new_recording

PATIENCE = 60_000


@pytest.fixture
def window(services: Services, qtbot: QtBot) -> Iterator[StudioWindow]:
    window = StudioWindow(services)
    qtbot.addWidget(window)
    yield window
    window.document.asks = False
    window.close()


def killed(session: Session, folder: Path) -> None:
    """A studio with that session is killed, and so is its recording."""
    die(session, folder)
    recording = new_recording(100, 1)
    recording.append(np.ones((500, 1)))
    recording.close()
    recording.release()


def restore(window: StudioWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.autosave.offered, timeout=PATIENCE):
        window.autosave.enable()
    (offer,) = (row for row in window.message_bar.rows if "not closed properly" in row.message.text)
    offer.remedies[0][0].click()
    qtbot.waitUntil(lambda: not window.opening.busy and len(window.signals) > 0, timeout=PATIENCE)


def test_a_recording_is_listed_and_what_was_looked_at_stays(
    window: StudioWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, np.sin(np.arange(8000) / 10), 1000)
    session = Session((SignalEntry(path=str(path)),), 0, {"theta": 0.25}, view=View(playhead=3.0))
    killed(session, tmp_path)
    restore(window, qtbot)
    qtbot.waitUntil(lambda: len(window.signals) == 2 and window.memory.source is not None, timeout=PATIENCE)
    assert window.signals.current.title == "a.wav"
    assert window.memory.state.theta == 0.25
    assert window.memory.transport.seconds == pytest.approx(3.0)
    assert window.signals.entries[1].name.startswith("Recording ")


def test_a_recording_that_was_all_there_was_is_shown(
    window: StudioWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    killed(Session((), -1, {"order": 77}), tmp_path)
    restore(window, qtbot)
    qtbot.waitUntil(lambda: window.memory.source is not None, timeout=PATIENCE)
    assert window.signals.current.length == 500
    assert window.memory.state.order == 77


def test_a_view_is_of_its_own_signal_alone(window: StudioWindow, qtbot: QtBot, tmp_path: Path) -> None:
    paths = [tmp_path / f"{name}.wav" for name in "ab"]
    for path in paths:
        soundfile.write(path, np.sin(np.arange(8000) / 10), 1000)
    session = Session((SignalEntry(path=str(paths[0])),), 0, view=View(playhead=3.0))
    window.session.open(session)
    window.opening.open([paths[1]])  # before the signal of the session is there
    qtbot.waitUntil(
        lambda: len(list(window.signals)) == 2 and window.memory.source is not None, timeout=PATIENCE
    )
    expected = 3.0 if window.signals.current.title == "a.wav" else 0.0
    assert window.memory.transport.seconds == expected

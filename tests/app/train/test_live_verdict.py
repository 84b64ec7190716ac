"""What the strip says of a model that follows something live, a little late as it has to be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hippo_studio.app.memory.frame import Frame
from hippo_studio.app.sound.live_source import LiveSource, new_page
from hippo_studio.app.theme import Theme
from hippo_studio.app.train.applying import LIVE_COLUMNS, Applying, Request, Verdict
from hippo_studio.app.train.verdict_strip import VerdictStrip
from hippo_studio.signals import Signal


class Told(Applying):
    """A thread's work without a thread."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__()
        self._told = verdict

    def request(self, request: Request) -> None:
        self.verdict = self._told


class Moment:
    """The part of a frame that the strip looks at."""

    def __init__(self, present: float) -> None:
        self.start, self.stop, self.present = max(present - 2, 0.0), present, present


def said(theme: Theme, qtbot, signal: LiveSource | Signal, known: float, present: float) -> str:
    found = np.zeros((LIVE_COLUMNS, 2), np.float32)
    found[:, 1] = 1.0
    done = round(known / signal.duration * LIVE_COLUMNS)
    strip = VerdictStrip(theme, Told(Verdict(signal, ("below", "above"), found, done)))
    qtbot.addWidget(strip)
    strip.show()
    strip.follow(Request(Path("run"), signal), "run")
    strip._look()
    frame: Frame = Moment(present)  # type: ignore[assignment]
    strip._written = 0.0
    strip.show_frame(frame)
    assert strip.close_strip()
    return "".join(text for text, _ in strip.caption._runs)


@pytest.mark.parametrize(
    ("known", "present", "expected"),
    [
        (7.5, 7.58, "the model hearsabove 100.0 %"),
        (16.4, 16.5, "the model hearsabove 100.0 %"),
        (7.5, 10.5, "run catches up … 3.0 s behind"),
        (0.0, 0.1, "run catches up … 0.1 s behind"),
    ],
)
def test_of_what_is_live_the_newest_word_holds(theme, qtbot, known, present, expected) -> None:
    page = new_page("live", 1000.0, 30_000, level=np.zeros(1))
    assert said(theme, qtbot, page, known, present) == expected


def test_of_a_recording_it_says_how_much_is_done(theme, qtbot) -> None:
    signal = Signal(np.zeros((1, 30_000)), 1000.0)
    assert said(theme, qtbot, signal, 7.5, 7.58) == "run catches up … 25 %"

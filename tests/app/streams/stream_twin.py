"""A stream that a test turns by hand, and the parts of the window that streams concern."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from PyQt6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.open_signals import OpenSignals
from hippo_studio.app.opening import Opening
from hippo_studio.app.sound.desk import SoundDesk
from hippo_studio.app.streams.desk import StreamDesk
from hippo_studio.app.streams.receiver import Phase
from hippo_studio.signals.streams import StreamState, parse_address

RATE = 100.0


def until(qtbot: QtBot, true):
    qtbot.waitUntil(lambda: bool(true()), timeout=20_000)


def rows(first, last):
    places = np.arange(first, last)
    return np.stack([np.sin(places / 5) + 1000, places.astype(float)], axis=1)


class StreamTwin:
    """A `Stream` that a test turns by hand."""

    opened: ClassVar[list[StreamTwin]] = []

    def __init__(self, address, told=lambda: None):
        self.address, self.told = parse_address(address) if isinstance(address, str) else address, told
        self.rate, self.channels, self.names, self.units = 0.0, 2, ("x", "y"), ("m", "")
        self.described, self.failure, self.ended, self.assumed = "2 channels of numbers", None, False, False
        self.state, self.gaps, self.left_out = StreamState("waiting for a sender"), (), ()
        self.alive = self.paused = self.timed = False
        self.blocks, self.file = [], None
        StreamTwin.opened.append(self)

    def open(self):
        self.alive = True

    def come(self, block, **state):
        self.rate = RATE
        if self.file is not None:
            self.file.append(block)
        self.blocks.append(block)
        self.say(**{"status": "", "lines": 5, "measured": RATE, "tail": ("1,2",), **state})

    def say(self, status="", **state):
        self.state = StreamState(status, **state)
        self.told()

    def record(self, file):
        for block in self.blocks:
            file.append(block)
        self.file = file

    def take(self):
        blocks, self.blocks = self.blocks, []
        return np.concatenate(blocks) if blocks else np.zeros((0, 2))

    def pause(self, on):
        self.paused = on

    def note(self, notes):
        self.file.note(notes)

    def finish(self):
        self.file.close()

    def end(self):
        self.alive = False

    def close(self):
        self.alive = False
        return True


class Studio:
    """The parts of the window that streams concern."""

    def __init__(self, services, qtbot):
        self.window = QWidget()
        self.signals = OpenSignals(self.window)
        self.opening = Opening(self.signals, services, self.window)
        self.tab = MemoryTab(services, self.window)
        self.sound = SoundDesk(self.tab, services, self.signals, self.opening.open, self.window)
        self.desk = StreamDesk(self.tab, services, self.sound.recorder, self.opening.open, self.window)
        self.receiver = self.desk.receiver
        self.signals.current_changed.connect(self.tab.set_signal)
        self.said: list[str] = []
        services.messages.shown.connect(lambda message: self.said.append(message.text))
        for part in (self.window, self.tab.settings_panel, self.tab.inspector_panel):
            qtbot.addWidget(part)


def receive(studio, qtbot, address="udp://:9000", **options):
    studio.receiver.receive(address, **options)
    stream = StreamTwin.opened[-1]
    assert studio.receiver.phase is Phase.OPENING
    stream.come(rows(0, 300))
    until(qtbot, lambda: studio.receiver.phase is Phase.LIVE)
    return stream

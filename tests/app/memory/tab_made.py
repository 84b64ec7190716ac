"""Signals for the Memory tab, and how a test waits for it."""

from __future__ import annotations

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from hippo_studio.app.memory.request import Request
from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.signals import Signal

RATE = 1000.0


def make_signal(seconds: float = 6.0, channels: int = 2) -> Signal:
    t = np.arange(round(seconds * RATE)) / RATE
    rows = [np.sin((5 + 3 * index) * t) + 0.3 * np.sin(40 * t) for index in range(channels)]
    return Signal(np.array(rows), RATE, tuple(f"ch{index}" for index in range(channels)), origin="made(up)")


def show(tab: MemoryTab, qtbot: QtBot, signal: Signal) -> None:
    with qtbot.waitSignal(tab.player.frame_ready):
        tab.set_signal(signal)


def settle(tab: MemoryTab, qtbot: QtBot) -> None:
    """Until the heart stops: every request answered, the survey finished."""
    if tab.player._timer.isActive():
        with qtbot.waitSignal(tab.player.rested, timeout=20_000):
            pass


def requests(tab: MemoryTab, monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    asked: list[Request] = []
    request = tab.player.live.request
    monkeypatch.setattr(tab.player.live, "request", lambda one: asked.append(one) or request(one))
    return asked

"""What is done to a signal while its file is read again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

import hippo_studio.signals
from hippo_studio.app.open_signals import OpenSignals
from hippo_studio.app.opening import Opening
from hippo_studio.app.services import Services
from hippo_studio.session import SignalEntry
from hippo_studio.signals import Signal
from hippo_studio.signals.tools import Crop, Step, apply_tools

PATIENCE = 60_000
"""Milliseconds: on a busy machine a job waits long for its turn."""
LABELS = ((1.0, 2.0, "walk"),)
CROP = Crop(0.5, 2.5)


def labelled(entry: SignalEntry) -> SignalEntry:
    return replace(entry, regions=LABELS)


def cropped(entry: SignalEntry) -> SignalEntry:
    return replace(entry, tools=(Step(CROP).to_plain(),))


def plain(entry: SignalEntry) -> SignalEntry:
    return entry


@pytest.mark.parametrize(("before", "edit"), [(plain, labelled), (plain, cropped), (labelled, cropped)])
def test_an_edit_made_while_the_file_is_read_again_stays(
    before: Callable[[SignalEntry], SignalEntry],
    edit: Callable[[SignalEntry], SignalEntry],
    services: Services,
    tmp_path: Path,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("time;a\n" + "".join(f"{i / 10:.1f};{i}\n" for i in range(30)))
    signals = OpenSignals()
    opening = Opening(signals, services)
    with qtbot.waitSignal(opening.finished, timeout=PATIENCE):
        opening.open([path])
    signals.put(0, signals.current, before(signals.entries[0]))
    read, entered, gate = hippo_studio.signals.read, threading.Event(), threading.Event()

    def slow(*arguments: object, **options: object) -> Signal:
        entered.set()
        assert gate.wait(PATIENCE / 1000)
        return read(*arguments, **options)

    monkeypatch.setattr(hippo_studio.signals, "read", slow)
    with qtbot.waitSignal(opening.finished, timeout=PATIENCE):
        opening.open([path])
        qtbot.waitUntil(entered.is_set, timeout=PATIENCE)
        edited = edit(signals.entries[0])
        signals.put(0, signals.current, edited)
        gate.set()
    assert signals.entries == (edited,)
    np.testing.assert_array_equal(
        signals.current.samples, apply_tools(read(path), [CROP] if edited.tools else []).samples
    )

"""What is saved of a signal through a memory of its loudness is what is heard of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PyQt6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.open_signals import OpenSignals
from hippo_studio.app.sound.desk import SoundDesk
from hippo_studio.signals import Signal, read

RATE = 8000.0


@pytest.mark.parametrize("follow", ["waveform", "envelope"])
def test_a_tone_is_saved_as_a_tone(services, twin, qtbot: QtBot, tmp_path: Path, follow: str) -> None:
    time = np.arange(round(1.5 * RATE)) / RATE
    tab = MemoryTab(services)
    for part in (tab, tab.settings_panel, tab.inspector_panel):
        qtbot.addWidget(part)
    desk = SoundDesk(tab, services, OpenSignals(), lambda *_, **__: None, tab)
    tab.set_signal(Signal(0.4 * np.sin(2 * np.pi * 440 * time), RATE, origin="tone.wav"))
    qtbot.waitUntil(lambda: tab.source is not None, timeout=20_000)
    tab.change(measures=("legt",), order=64, theta=0.05, follow=follow)
    qtbot.waitUntil(lambda: (tab.source.sample_rate == RATE) == (follow == "waveform"), timeout=20_000)
    services.actions["export_heard"].trigger()
    dialog = tab.findChild(QFileDialog)
    target = tmp_path / "out.wav"
    dialog.fileSelected.emit(str(target))
    dialog.reject()
    qtbot.waitUntil(target.exists, timeout=20_000)
    sound = read(target)
    assert (sound.sample_rate, sound.length) == (RATE, time.size)
    spectrum = np.abs(np.fft.rfft(sound.samples[0]))
    assert np.fft.rfftfreq(sound.length, 1 / RATE)[spectrum.argmax()] == pytest.approx(440, abs=2)
    assert desk.close_desk()
    assert tab.close_tab()

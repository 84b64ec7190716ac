"""A signal that is shown again is looked at as it was left: playhead, zoom, and θ if it was chosen."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from hippo_studio.app.services import Services
from hippo_studio.app.sound.live_source import new_page
from hippo_studio.app.window import StudioWindow
from hippo_studio.signals import Signal, generate


@pytest.fixture
def window(services: Services, qtbot: QtBot) -> Iterator[StudioWindow]:
    window = StudioWindow(services)
    qtbot.addWidget(window)
    time = np.arange(16000) / 8000
    window.signals.add(Signal(np.sin(2 * np.pi * 440 * time), 8000.0, origin="/x/voice.wav"))
    ready(window, qtbot)
    yield window
    window.document.asks = False
    window.close()


def ready(window: StudioWindow, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: window.memory.source is not None, timeout=20_000)


def there_and_back(window: StudioWindow, qtbot: QtBot) -> None:
    window.signals.add(generate("sine", frequency=1.0, duration=8.0, sample_rate=100.0))
    ready(window, qtbot)
    window.memory.transport.seek_seconds(3.0)
    window.signals.show(0)
    ready(window, qtbot)


def test_a_chosen_theta_playhead_and_zoom_come_back(window: StudioWindow, qtbot: QtBot) -> None:
    memory = window.memory
    memory.change(theta=0.3, follow="waveform")
    qtbot.waitUntil(lambda: memory.source.sample_rate == 8000, timeout=20_000)
    memory.transport.seek_seconds(1.25)
    memory.overview.show_zoom(0.5, 1.5)
    before = memory.state
    there_and_back(window, qtbot)
    assert memory.state == before
    assert memory.transport.seconds == 1.25
    assert memory.overview.zoom == pytest.approx((0.5, 1.5))
    window.signals.show(1)
    assert memory.transport.seconds == 3.0
    assert memory.state.view == "signal"


def test_what_was_fitted_is_fitted_anew(window: StudioWindow, qtbot: QtBot) -> None:
    memory = window.memory
    memory.transport.seek_seconds(1.25)
    window.signals.add(generate("sine", frequency=1.0, duration=8.0, sample_rate=100.0))
    ready(window, qtbot)
    memory.change(theta=0.7)
    window.signals.show(0)
    ready(window, qtbot)
    assert memory.transport.seconds == 1.25
    assert (memory.state.theta, memory.state.follow) != (0.7, "waveform"), "440 Hz need another"
    window.signals.show(1)
    assert memory.state.theta == 0.7


def test_what_is_live_meanwhile_changes_nothing(window: StudioWindow, qtbot: QtBot) -> None:
    memory = window.memory
    memory.change(theta=0.03, follow="waveform")
    memory.transport.seek_seconds(0.75)
    memory.show_live(new_page("live", 100.0, 3000, level=np.zeros(1)))
    memory.transport.pause()
    window.signals.show(0)
    ready(window, qtbot)
    assert (memory.state.theta, memory.transport.seconds) == (0.03, 0.75)


def test_what_is_shown_twice_before_it_is_there_is_still_looked_at_as_before(
    window: StudioWindow, qtbot: QtBot
) -> None:
    memory = window.memory
    memory.transport.seek_seconds(1.25)
    memory.overview.show_zoom(0.5, 1.5)
    copy = Signal(memory.signal.samples, 8000.0, origin="/x/saved.wav")
    memory.stay_with(copy.origin)
    for _ in range(2):
        memory.set_signal(copy)
    ready(window, qtbot)
    assert memory.transport.seconds == 1.25
    assert memory.overview.zoom == pytest.approx((0.5, 1.5))

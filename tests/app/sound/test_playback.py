"""Sound and playhead: one clock, whoever drives it, and silence that hinders nothing."""

from __future__ import annotations

import sys
import time

import numpy as np
import pytest
from PyQt6.QtWidgets import QMenu
from waiting import until

from hippo_studio.app.sound.playback import Playback
from hippo_studio.app.sound.volume import VolumeButton
from hippo_studio.app.transport import AS_FAST_AS_POSSIBLE, Transport
from hippo_studio.signals.capture import Clip


@pytest.fixture
def transport():
    transport = Transport()
    transport.load(5000, 1000.0)
    return transport


@pytest.fixture
def playback(transport, twin, qapp):
    playback = Playback(transport)
    playback.enable()
    playback.set_voice(Clip(np.linspace(0, 1, 5000, dtype=np.float32), 1000.0))
    yield playback
    assert playback.close()
    playback.deleteLater()


def streaming(twin, qtbot):
    until(qtbot, lambda: bool(twin.streams) and twin.streams[-1].active)
    return twin.streams[-1]


def filled(playback, qtbot):
    speaker = playback._speaker
    until(qtbot, lambda: not speaker._changed and (speaker._ring.room < 20 or not speaker._more))


def test_the_playhead_waits_for_the_first_sound_and_then_follows_what_is_heard(
    transport, playback, twin, qtbot
):
    transport.play()
    stream = streaming(twin, qtbot)
    assert playback.sounding
    time.sleep(0.02)
    assert transport.advance() == 0
    stream.pull(100, lead=0.01)
    until(qtbot, lambda: transport.advance() > 0)
    began, place = time.perf_counter(), transport.advance()
    until(qtbot, lambda: transport.advance() >= place + 20)
    assert time.perf_counter() - began > 0.015  # by the sound's clock, however late this machine looks
    transport.pause()
    assert not playback.sounding


def test_sound_starts_where_the_playhead_is_and_jumps_with_it(transport, playback, twin, qtbot):
    transport.seek(2000)
    transport.play()
    stream = streaming(twin, qtbot)
    filled(playback, qtbot)
    assert stream.pull(40)[30, 0] == pytest.approx(2030 / 4999, abs=1e-4)
    transport.seek(4000)
    assert transport.advance() == 4000
    filled(playback, qtbot)
    heard = stream.pull(40)[:, 0]
    assert heard[30] == pytest.approx(4030 / 4999, abs=0.01)
    transport.pause()


def test_a_transport_that_counts_other_samples_is_met_at_the_same_second(transport, playback, twin, qtbot):
    transport.load(500, 100.0, position=300)  # as with a loudness envelope: fewer samples, the same seconds
    transport.play()
    stream = streaming(twin, qtbot)
    filled(playback, qtbot)
    assert stream.pull(40)[30, 0] == pytest.approx(3030 / 4999, abs=1e-4)
    transport.pause()


def test_a_device_that_does_not_begin_holds_the_playhead_up_only_briefly(
    transport, playback, twin, qtbot, monkeypatch
):
    monkeypatch.setattr("hippo_studio.app.sound.playback._PATIENCE", 0.0)
    transport.play()
    stream = streaming(twin, qtbot)
    until(qtbot, lambda: transport.advance() > 50)
    filled(playback, qtbot)
    stream.pull(40)
    filled(playback, qtbot)
    until(qtbot, lambda: not playback._ahead)
    place = transport.advance()
    filled(playback, qtbot)
    assert stream.pull(30)[20, 0] == pytest.approx(place / 4999, abs=0.02)
    transport.pause()


def test_a_voice_that_comes_as_the_signal_ends_is_not_begun(twin, qapp):
    now = [0.0]
    transport = Transport(lambda: now[0])
    transport.load(5000, 1000.0, position=4990)
    playback = Playback(transport)
    playback.enable()
    transport.play()
    now[0] = 1.0
    playback.set_voice(Clip(np.linspace(0, 1, 5000, dtype=np.float32), 1000.0))
    assert transport.at_end
    assert not transport.playing
    assert not playback.sounding
    assert not playback._watch.isActive()
    assert playback.close()
    playback.deleteLater()


def test_without_a_device_the_studio_says_so_once_and_goes_on(transport, playback, twin, qtbot):
    twin.refusal = "Device unavailable"
    said = []
    playback.failed.connect(said.append)
    transport.play()
    until(qtbot, lambda: bool(said))
    until(qtbot, lambda: transport.advance() > 20)
    transport.pause()
    transport.play()
    assert said == ["There is no sound: Device unavailable."]
    assert playback.silent_because == said[0]
    transport.pause()
    twin.refusal = ""
    playback.use_device("headset")
    transport.play()
    assert streaming(twin, qtbot).device == 1
    transport.pause()


@pytest.mark.parametrize("speed", [0.1, AS_FAST_AS_POSSIBLE])
def test_what_cannot_be_heard_touches_no_device(transport, playback, twin, speed):
    transport.speed = speed
    transport.play()
    assert not playback.sounding
    assert "Sound is off" in playback.silent_because
    transport.pause()
    assert not twin.streams


def test_before_it_is_enabled_no_device_is_touched(transport, twin, qapp):
    playback = Playback(transport)
    playback.set_voice(Clip(np.zeros(5000, np.float32), 1000.0))
    transport.play()
    assert not playback.sounding
    transport.pause()
    assert playback.close()
    assert not twin.streams
    playback.deleteLater()


def test_mute_and_volume_are_kept_and_heard(playback, services, qtbot):
    button = VolumeButton(playback, services)
    qtbot.addWidget(button)
    services.actions["mute"].trigger()
    assert playback._gain == 0
    assert services.actions["mute"].text() == "Sound On"
    services.actions["quieter"].trigger()
    assert playback._gain == pytest.approx(0.7**2)
    assert services.settings.read("sound") == {"volume": 0.7, "muted": False}
    services.actions.disconnect_all("mute", "louder", "quieter")


def test_the_menu_offers_the_devices_there_are(playback, services, twin, qtbot):
    button = VolumeButton(playback, services)
    qtbot.addWidget(button)
    menu = button.devices_menu(button)
    assert isinstance(menu, QMenu)
    menu.aboutToShow.emit()
    until(qtbot, lambda: len(menu.actions()) == 3)
    assert [action.text() for action in menu.actions()] == ["The system's choice", "built in", "headset"]
    menu.actions()[2].trigger()
    assert playback.device == "headset"
    assert services.settings.value("sound", "output", "") == "headset"
    services.actions.disconnect_all("mute", "louder", "quieter")


def test_where_there_is_no_portaudio_the_menu_says_so(playback, services, monkeypatch, qtbot):
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    button = VolumeButton(playback, services)
    qtbot.addWidget(button)
    menu = button.devices_menu(button)
    menu.aboutToShow.emit()
    until(qtbot, lambda: "sounddevice" in menu.actions()[0].text())
    services.actions.disconnect_all("mute", "louder", "quieter")

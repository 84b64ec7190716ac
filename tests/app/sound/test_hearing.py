"""What is heard of a memory: at the right place, as loud as the original, and always the newest choice."""

from __future__ import annotations

import numpy as np
import pytest

from hippo_studio.app.memory.source import follow
from hippo_studio.app.memory.state import MemoryState
from hippo_studio.app.memory.tab import MemoryTab
from hippo_studio.app.open_signals import OpenSignals
from hippo_studio.app.sound import hearing
from hippo_studio.app.sound.desk import SoundDesk
from hippo_studio.app.sound.voices import Carried, Original, Remembered, held, limited, remembered
from hippo_studio.signals import Signal
from hippo_studio.signals.loudness import loudness

RATE = 8000.0


def melody(seconds=1.5, level=0.3):
    time = np.arange(round(seconds * RATE)) / RATE
    sound = level * (np.sin(2 * np.pi * 220 * time) + 0.5 * np.sin(2 * np.pi * 331 * time))
    return Signal(sound, RATE, origin="melody.wav")


def memory_of(measure, order=48, theta=0.02):
    return MemoryState(measures=(measure,), order=order, theta=theta).memories()[0]


def no_check():
    pass


@pytest.mark.parametrize("measure", ["legt", "legs", "legs-lti"])
def test_a_voice_tells_what_the_memory_would_tell_from_wherever_it_is_read(measure):
    source = follow(melody(0.4))
    memory = memory_of(measure, 12)
    back = 60
    whole = Remembered(memory, source, back).told(0, source.length)
    jumping = Remembered(memory, source, back)
    for start, stop in ((2000, 2600), (100, 650), (3100, 3200), (3000, 3200)):
        assert jumping.told(start, stop) == pytest.approx(whole[start:stop], abs=1e-8)
    assert whole.size == source.length


def test_a_high_order_sounds_like_the_original_and_a_low_one_does_not():
    source = follow(melody())
    original = Original(source)
    truth = original.read(0, source.length)
    errors = []
    for order in (4, 48):
        voice = remembered(memory_of("legt", order), source, source, 0.01, original, no_check)
        sound = voice.read(0, source.length)
        errors.append(np.linalg.norm(sound - truth) / np.linalg.norm(truth))
    assert errors[1] < 0.01 < 0.5 < errors[0]


@pytest.mark.parametrize("measure", ["legt", "lagt", "fout"])
def test_memory_and_original_are_equally_loud_and_neither_clips(measure):
    source = follow(melody(level=40.0))
    original = Original(source)
    voice = remembered(memory_of(measure, 24), source, source, 0.01, original, no_check)
    sounds = [speaker.read(0, source.length) for speaker in (original, voice)]
    levels = [loudness(sound, RATE) for sound in sounds]
    assert levels[1] == pytest.approx(levels[0], abs=1.0)
    assert all(np.abs(sound).max() <= 1 for sound in sounds)
    assert levels[0] > -20


def test_the_window_is_held_as_the_memory_holds_it_with_quiet_ends():
    source = follow(melody())
    original = Original(source)
    as_it_was = held(None, source, source, 0.75, 0.05, original, no_check)
    as_told = held(memory_of("legt", 64, 0.05), source, source, 0.75, 0.05, original, no_check)
    assert as_it_was.length == as_told.length == 400
    assert as_it_was.samples[0] == as_it_was.samples[-1] == 0
    middle = slice(50, 350)
    assert as_told.samples[middle] == pytest.approx(as_it_was.samples[middle], abs=0.02)
    assert held(None, source, source, 0.0003, 0.05, original, no_check) is None


def test_what_would_clip_is_bent_and_the_rest_is_left_alone():
    samples = np.array([-5.0, -0.5, 0.0, 0.9, 1.0, 100.0])
    assert limited(samples)[1:4].tolist() == pytest.approx([-0.5, 0.0, 0.9])
    assert np.abs(limited(samples)).max() <= 1


@pytest.fixture
def tab(services, qtbot):
    tab = MemoryTab(services)
    for part in (tab, tab.settings_panel, tab.inspector_panel):
        qtbot.addWidget(part)
    yield tab
    assert tab.close_tab()


@pytest.fixture
def desk(tab, services, twin, qtbot):
    desk = SoundDesk(tab, services, OpenSignals(tab), lambda paths: None, tab)
    yield desk
    assert desk.close_desk()


def heard(desk, qtbot, kind):
    qtbot.waitUntil(lambda: isinstance(desk.playback._voice, kind), timeout=20_000)
    return desk.playback._voice


def test_the_choice_is_heard_and_follows_n_theta_and_age(tab, desk, services, qtbot):
    tab.set_signal(melody())
    heard(desk, qtbot, Original)
    tab.change(measures=("legt", "legs"), theta=0.02, order=8, follow="waveform")
    services.actions["hear_1"].trigger()
    voice = heard(desk, qtbot, Remembered)
    assert (voice.memory.measure.name, voice.memory.order, voice.back) == ("legt", 8, 80)
    for order in (9, 10, 11, 12):
        tab.change(order=order)
    qtbot.waitUntil(lambda: desk.playback._voice.memory.order == 12, timeout=20_000)
    tab.change(theta=0.01)
    desk.hearing.set_age(1.0)
    qtbot.waitUntil(lambda: desk.playback._voice.memory.theta == 0.01, timeout=20_000)
    assert desk.playback._voice.back == 80
    services.actions["hear_other"].trigger()
    assert isinstance(desk.playback._voice, Original)
    services.actions["hear_other"].trigger()
    assert heard(desk, qtbot, Remembered).memory.measure.name == "legt"


def test_a_measure_that_is_not_shown_is_shown_when_heard_and_hiding_it_brings_the_original(tab, desk, qtbot):
    tab.set_signal(melody())
    heard(desk, qtbot, Original)
    tab.change(measures=("legt",), theta=0.02, order=8, follow="waveform")
    desk.hearing.choose("fout")
    assert tab.state.measures == ("legt", "fout")
    heard(desk, qtbot, Remembered)
    tab.change(measures=("legt",))
    assert desk.hearing.choice == ""
    assert isinstance(desk.playback._voice, Original)


def syllables(seconds=3.0):
    time = np.arange(round(seconds * RATE)) / RATE
    sound = 0.5 * np.sin(2 * np.pi * 300 * time) * np.where(np.sin(2 * np.pi * 2 * time) > 0, 1.0, 0.1)
    return Signal(sound, RATE, origin="syllables.wav")


def test_a_memory_of_loudness_is_heard_by_the_sound_that_it_was_of():
    signal = syllables()
    source, heard = follow(signal), follow(signal, what="envelope")
    original = Original(source)
    truth = original.read(0, source.length)
    errors = []
    for order in (4, 96):
        voice = remembered(memory_of("legt", order, 1.0), heard, source, 0.5, original, no_check)
        assert isinstance(voice, Carried)
        sound = np.concatenate([voice.read(start, 1000) for start in range(0, source.length, 1000)])
        assert sound.size == source.length
        errors.append(np.linalg.norm(sound - truth) / np.linalg.norm(truth))
    assert errors[1] < 0.6 * errors[0]
    window = held(memory_of("legt", 96, 1.0), heard, source, 2.0, 1.0, original, no_check)
    assert window.length == RATE
    assert np.linalg.norm(window.samples - truth[8000:16_000]) < 0.4 * np.linalg.norm(truth[8000:16_000])


def test_before_the_first_sample_of_an_envelope_no_window_is_held():
    signal = syllables(0.1)
    source, heard = follow(signal), follow(signal, what="envelope")
    seconds = 18 / RATE  # enough samples to hear, less than half of one of the envelope
    assert held(memory_of("legt", 8, 0.02), heard, source, seconds, 0.02, Original(source), no_check) is None
    assert held(None, heard, source, seconds, 0.02, Original(source), no_check).length == 18


def test_a_sound_that_cannot_be_made_ready_says_why(tab, desk, qtbot, monkeypatch):
    def fail(*_):
        raise MemoryError("no room for it")

    monkeypatch.setattr(hearing, "follow", fail)
    tab.set_signal(melody())
    qtbot.waitUntil(lambda: desk.playback.silent_because == "There is no sound: no room for it")


def test_with_the_loudness_envelope_it_is_carried_by_the_sound(tab, desk, services, qtbot):
    tab.set_signal(syllables())
    heard(desk, qtbot, Original)
    tab.change(measures=("legt",), order=8, theta=0.5, follow="envelope")
    services.actions["hear_1"].trigger()
    assert heard(desk, qtbot, Carried).memory.measure.name == "legt"
    tab.change(follow="waveform")
    heard(desk, qtbot, Remembered)


def test_a_table_is_no_sound_and_has_no_row(tab, desk, qtbot):
    tab.set_signal(Signal(np.sin(np.arange(500.0)), 50.0, origin="fall.csv"))
    assert desk.row.isHidden()
    assert "fall.csv is no sound" in desk.playback.silent_because
    tab.set_signal(melody())
    qtbot.waitUntil(lambda: not desk.row.isHidden())


def test_the_window_is_heard_while_the_playhead_stands_and_ends_with_playing(tab, desk, services, qtbot):
    tab.set_signal(melody())
    tab.change(follow="waveform")
    heard(desk, qtbot, Original)
    qtbot.waitUntil(lambda: tab.source is not None and tab.source.sample_rate == RATE)
    tab.transport.seek(6000)
    services.actions["hear_window"].trigger()
    qtbot.waitUntil(lambda: desk.playback._still is not None, timeout=20_000)
    first = desk.playback._still
    tab.transport.seek(7000)
    qtbot.waitUntil(lambda: desk.playback._still not in (None, first), timeout=20_000)
    tab.transport.play()
    assert desk.playback._still is None
    assert not desk.hearing.holding
    assert not services.actions["hear_window"].isChecked()
    tab.transport.pause()

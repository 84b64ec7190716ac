"""The speaker against a PortAudio that the test turns by hand."""

import sys
import time

import numpy as np
import pytest
from portaudio_twin import PortAudioTwin

from hippo_studio.signals.capture import AudioError, Clip, Speaker, Tape, devices, outputs


@pytest.fixture
def twin(monkeypatch):
    twin = PortAudioTwin()
    monkeypatch.setitem(sys.modules, "sounddevice", twin)
    return twin


@pytest.fixture
def speaker(twin):
    speaker = Speaker()
    yield speaker
    assert speaker.close()


def until(true, what="it to happen"):
    deadline = time.monotonic() + 5
    while not true():
        assert time.monotonic() < deadline, f"waited for {what}"
        time.sleep(0.001)


def stream_of(twin):
    until(lambda: twin.streams and twin.streams[-1].active, "the stream")
    return twin.streams[-1]


def settled(speaker):
    """Wait until the ring is as full as it gets."""
    until(lambda: not speaker._changed and (speaker._ring.room < 20 or not speaker._more), "the ring")


def tone(level=0.5, length=5000):
    return Tape(Clip(np.full(length, level, np.float32), 1000.0), 0)


def test_what_is_asked_for_is_heard_in_order_and_whole(twin, speaker):
    samples = np.random.default_rng(0).standard_normal(900).astype(np.float32)
    speaker.play(Tape(Clip(samples, 1000.0), 0))
    stream = stream_of(twin)
    heard = []
    for _ in range(10):
        settled(speaker)
        heard.append(stream.pull(100))
    heard = np.concatenate(heard)
    assert np.array_equal(heard[:, 0], heard[:, 1])
    assert np.array_equal(heard[8:900, 0], samples[8:])
    assert not heard[900:].any()
    assert speaker.underruns == 0


def test_the_clock_stands_still_until_the_first_frame_is_heard_and_then_runs(twin, speaker):
    speaker.play(tone())
    stream = stream_of(twin)
    assert speaker.clock() == 0.0
    stream.pull(20, lead=0.5)
    assert speaker.started
    assert speaker.clock() == 0.0
    stream.pull(20, lead=-0.05 + 0.055)
    until(lambda: speaker.clock() > 0.0, "the clock")
    before, began = speaker.clock(), time.perf_counter()
    until(lambda: time.perf_counter() - began > 0.02)
    assert speaker.clock() - before == pytest.approx(time.perf_counter() - began, abs=0.01)
    speaker.silence()
    assert speaker.clock() == speaker.clock()


def test_a_change_fades_from_the_old_sound_into_the_new_at_once(twin, speaker):
    speaker.play(tone(0.5))
    stream = stream_of(twin)
    settled(speaker)
    stream.pull(100)
    speaker.play(tone(-0.5))
    settled(speaker)
    heard = stream.pull(60)[:, 0]
    assert heard[0] == pytest.approx(0.5)
    assert heard[8:] == pytest.approx(-0.5)
    assert np.abs(np.diff(heard)).max() < 0.2  # a click would be a step of 1
    speaker.silence()
    settled(speaker)
    heard = stream.pull(60)[:, 0]
    assert heard[0] == pytest.approx(-0.5)
    assert not heard[8:].any()
    assert np.abs(np.diff(heard)).max() < 0.1


def test_sound_that_comes_too_late_is_counted_and_silence_at_the_end_is_not(twin, speaker):
    speaker.play(tone(length=300))
    stream = stream_of(twin)
    settled(speaker)
    assert stream.pull(280)[-1, 0] == 0
    assert speaker.underruns == 1
    settled(speaker)
    stream.pull(100)
    stream.pull(100)
    assert speaker.underruns == 1


def test_a_device_that_is_only_starting_is_given_nothing_that_would_be_lost(twin, speaker):
    speaker.play(tone())
    stream = stream_of(twin)
    assert not stream.pull(50, lead=0.0).any()
    assert not speaker.started
    assert stream.pull(50)[20:].any()


def test_volume_glides(twin, speaker):
    speaker.play(tone())
    stream = stream_of(twin)
    settled(speaker)
    stream.pull(50)
    speaker.gain = 0.0
    heard = stream.pull(50)[:, 0]
    assert np.all(np.diff(heard) <= 0)
    assert not stream.pull(50).any()


def test_a_device_that_refuses_says_why_and_the_next_play_tries_again(twin, monkeypatch):
    told = []
    speaker = Speaker(told=lambda: told.append(1))
    twin.refusal = "Error opening RawOutputStream: Device unavailable"
    speaker.play(tone())
    until(lambda: told)
    assert str(speaker.failure) == "There is no sound: Device unavailable."
    assert speaker.clock() == speaker.clock()
    twin.refusal = ""
    speaker.play(tone())
    stream_of(twin)
    assert speaker.failure is None
    assert speaker.close()


def test_a_device_that_goes_away_is_told_in_its_own_words(twin, speaker):
    speaker.play(tone())
    stream = stream_of(twin)
    stream.pull(50)
    twin.lost = "Host is down"
    stream.active = False
    until(lambda: speaker.failure is not None)
    assert "Host is down" in str(speaker.failure)
    assert stream.closed


def test_another_device_takes_over_where_the_first_was(twin, speaker):
    speaker.play(tone())
    first = stream_of(twin)
    settled(speaker)
    first.pull(100)
    speaker.use("headset")
    until(lambda: len(twin.streams) == 2)
    second = stream_of(twin)
    assert first.closed
    assert second.device == 1
    settled(speaker)
    assert second.pull(100)[50, 0] == pytest.approx(0.5)


def test_a_device_that_is_not_there_is_named_with_those_that_are(twin):
    with pytest.raises(AudioError, match=r"no sound device 'USB'.*built in, headset"):
        devices.find("USB", outputs)


def test_a_machine_without_portaudio_is_one_sentence(monkeypatch):
    class Absent:
        def find_spec(self, name, *_):
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Absent(), *sys.meta_path])
    with pytest.raises(AudioError, match=r"lacks PortAudio; install it .*libportaudio2"):
        outputs()

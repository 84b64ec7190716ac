"""Recordings: on the disk after every block, readable at any moment, and never forgotten."""

import subprocess
import sys
import time

import numpy as np
import pytest
import soundfile
from portaudio_twin import PortAudioTwin

from hippo_studio.signals import read
from hippo_studio.signals.capture import Microphone, is_unsaved, leftovers, new_recording
from hippo_studio.signals.capture.recording import header, recordings_folder


@pytest.fixture(autouse=True)
def _own_state(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@pytest.fixture
def twin(monkeypatch):
    twin = PortAudioTwin(rate=8000.0)
    monkeypatch.setitem(sys.modules, "sounddevice", twin)
    return twin


def until(true, what="it to happen"):
    deadline = time.monotonic() + 5
    while not true():
        assert time.monotonic() < deadline, f"waited for {what}"
        time.sleep(0.001)


def noise(frames, channels=1, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, (frames, channels)).astype(np.float32)


@pytest.mark.parametrize("channels", [1, 2, 5])
def test_the_file_is_whole_after_every_block(channels):
    file, frames = new_recording(8000, channels), noise(500, channels)
    for start in range(0, 500, 120):
        file.append(frames[start : start + 120])
        found, rate = soundfile.read(file.path, dtype="float32", always_2d=True)
        assert rate == 8000
        assert np.array_equal(found, frames[: start + 120])
    file.close()
    assert np.array_equal(read(file.path).samples, frames.T)
    file.release()


def test_beyond_four_gigabytes_the_header_has_room_for_the_length():
    small, large = header(48_000, 2, 1000), header(48_000, 2, 2**30)
    assert len(small) == len(large) == 94
    assert (small[:4], large[:4], large[12:16]) == (b"RIFF", b"RF64", b"ds64")
    assert int.from_bytes(large[28:36], "little") == 8 * 2**30


def test_two_recordings_of_one_second_have_names_of_their_own():
    first, second = new_recording(8000, 1), new_recording(8000, 1)
    assert first.path != second.path
    first.release()
    second.release()


def test_a_recording_that_is_held_is_not_offered_and_one_left_behind_is():
    file = new_recording(8000, 2)
    file.append(noise(4000, 2))
    assert leftovers() == ()
    file.release()
    (left,) = leftovers()
    assert (left.path, left.seconds) == (file.path, 0.5)
    assert is_unsaved(str(left.path))
    assert not is_unsaved("/home/me/speech.wav")
    assert not is_unsaved("")


def test_one_without_sound_is_cleared_away_and_a_strange_file_is_not():
    new_recording(8000, 1).release()
    (recordings_folder() / "mine.wav").write_bytes(b"x" * 500)
    assert [left.path.name for left in leftovers()] == ["mine.wav"]
    assert [path.name for path in recordings_folder().iterdir()] == ["mine.wav"]


def test_what_was_recorded_before_a_kill_is_there_afterwards(tmp_path):
    code = (
        "import numpy as np, sys, time\n"
        "from hippo_studio.signals.capture.recording import new_recording\n"
        "file = new_recording(8000, 1)\n"
        "for block in range(10**6):\n"
        "    file.append(np.full((80, 1), 0.25, np.float32))\n"
        "    print(file.frames, flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        for _ in range(50):
            told = int(process.stdout.readline())
        process.kill()
    (left,) = leftovers()
    signal = read(left.path)
    assert signal.length >= told == 4000
    assert (signal.samples == 0.25).all()


def opened(twin, **options):
    microphone = Microphone(**options)
    microphone.open()
    until(lambda: twin.streams and twin.streams[-1].active and microphone.rate, "the microphone")
    return microphone, twin.streams[-1]


def test_every_sample_arrives_on_disk_and_at_the_listener(twin):
    microphone, stream = opened(twin, channels=2)
    frames = noise(4000, 2)
    stream.push(frames[:100])  # before recording: heard by the meter alone
    until(lambda: microphone.peak > 0)
    file = new_recording(8000, 2)
    microphone.record(file)
    heard = []
    for start in range(100, 4000, 130):
        stream.push(frames[start : start + 130])
    until(lambda: file.frames == 3900)
    heard.append(microphone.take())
    assert np.array_equal(np.concatenate(heard), frames[100:])
    assert microphone.finish() is file
    assert np.array_equal(read(file.path).samples, frames[100:].T)
    assert (microphone.overruns, microphone.lost) == (0, 0)
    assert microphone.close()
    file.release()


def test_a_pause_is_left_out(twin):
    microphone, stream = opened(twin)
    file = new_recording(8000, 1)
    microphone.record(file)
    stream.push(np.full((100, 1), 0.1))
    until(lambda: file.frames == 100)
    microphone.pause(True)
    stream.push(np.full((100, 1), 0.2))
    until(lambda: not microphone._ring.available)
    time.sleep(0.02)
    microphone.pause(False)
    stream.push(np.full((100, 1), 0.3))
    until(lambda: file.frames == 200)
    assert microphone.close()
    assert np.unique(read(file.path).samples).tolist() == pytest.approx([0.1, 0.3])
    file.release()


def test_another_rate_is_resampled_and_keeps_the_pitch(twin):
    microphone, stream = opened(twin, sample_rate=4000.0)
    file = new_recording(4000, 1)
    microphone.record(file)
    tone = np.sin(2 * np.pi * 440 * np.arange(16_000) / 8000)[:, None]
    stream.push(tone)
    until(lambda: file.frames > 7000)
    assert microphone.close()
    sound = read(file.path).samples[0]
    assert sound.size == 8000
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(sound.size)))
    assert np.argmax(spectrum) * 4000 / sound.size == pytest.approx(440, abs=1)
    file.release()


def test_what_the_ring_cannot_hold_is_counted(twin):
    microphone, stream = opened(twin)
    with microphone._lock:  # as a disk that does not answer would
        microphone._file = new_recording(8000, 1)
        stream.push(noise(300))
        until(lambda: not microphone._ring.available)
        stream.push(noise(39_000))
        stream.push(noise(2000))
        assert (microphone.overruns, microphone.lost) == (1, 1000)
    stream.push(noise(10), overflow=True)
    assert microphone.overruns == 2
    file = microphone._file
    assert microphone.close()
    file.release()


def test_a_device_that_goes_away_ends_the_recording_with_all_that_was_heard(twin):
    told = []
    microphone, stream = opened(twin, told=lambda: told.append(1))
    file = new_recording(8000, 1)
    microphone.record(file)
    stream.push(noise(800))
    until(lambda: file.frames == 800)
    stream.push(noise(100))
    twin.lost = "Device unavailable"
    stream.active = False
    until(lambda: microphone.failure)
    assert str(microphone.failure) == "The microphone ended: 'built in' is gone (Device unavailable)."
    assert file.frames == 900
    assert microphone.close()
    assert read(file.path).length == 900
    file.release()


def test_a_disk_that_takes_no_more_ends_it_in_one_sentence(twin, monkeypatch):
    microphone, stream = opened(twin)
    file = new_recording(8000, 1)
    microphone.record(file)
    stream.push(noise(800))
    until(lambda: file.frames == 800)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("hippo_studio.signals.capture.recording.os.pwrite", full)
    stream.push(noise(100))
    until(lambda: microphone.failure)
    assert "disk does not take it: No space left on device." in str(microphone.failure)
    monkeypatch.undo()
    assert read(file.path).length == 800
    assert microphone.close()
    file.release()

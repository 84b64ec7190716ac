"""A real (virtual) microphone and speaker: PulseAudio's null sink, reached through PortAudio and ALSA."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest

from hippo_studio.signals import read

PROGRAMS = ("pulseaudio", "pactl")
SCRIPT = """
import json, sys, time
import numpy as np
from hippo_studio.signals.capture import (
    AudioError, Clip, Microphone, Speaker, Tape, inputs, new_recording, outputs
)

def until(true):
    end = time.monotonic() + 8
    while not true() and time.monotonic() < end:
        time.sleep(0.01)

try:
    if not (inputs() and outputs()):
        raise AudioError("PortAudio finds no device: ALSA's pulse plugin is missing")
except AudioError as error:
    print(json.dumps({"skip": str(error)}))
    sys.exit()
microphone = Microphone()
microphone.open()
until(lambda: microphone.peak > 0.01 or microphone.failure)
said = {}
for name, seconds, sound in (("heard", 3.0, None), ("played", 2.0, 880.0)):
    speaker = Speaker()
    if sound:
        rate = 16_000
        tone = 0.5 * np.sin(2 * np.pi * sound * np.arange(8 * rate) / rate)
        speaker.play(Tape(Clip(tone, rate), 0))
        until(lambda: speaker.started or speaker.failure)
        time.sleep(0.5)
    file = new_recording(round(microphone.rate), microphone.channels)
    microphone.record(file)
    until(lambda: file.seconds >= seconds or microphone.failure)
    microphone.finish()
    said[name] = str(file.path)
    said["problem"] = str(microphone.failure or speaker.failure or "")
    said["clock"] = speaker.clock()
    speaker.close()
    file.release()
said["overruns"] = microphone.overruns
microphone.close()
print(json.dumps(said))
"""


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    """What a process says that records 3 s of a tone, and then 2 s of what it plays itself."""
    if missing := [program for program in PROGRAMS if shutil.which(program) is None]:
        pytest.skip(f"{' and '.join(missing)} is not installed (Debian: pulseaudio, libasound2-plugins)")
    home = tmp_path_factory.mktemp("pulse")
    (home / "run").mkdir(mode=0o700)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("PULSE_")},
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home / "run"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
    }
    (home / "sound.pa").write_text(
        "load-module module-native-protocol-unix\n"
        "load-module module-null-sink sink_name=cable rate=44100\n"
        "load-module module-remap-source master=cable.monitor source_name=microphone\n"
        "load-module module-sine sink=cable frequency=440\n"
        "set-default-sink cable\n"
        "set-default-source microphone\n"
    )
    daemon = subprocess.Popen(
        ["pulseaudio", "-n", "-F", str(home / "sound.pa"), "--exit-idle-time=-1", "--daemonize=no"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 10
        while subprocess.run(["pactl", "info"], env=environment, capture_output=True).returncode:
            if daemon.poll() is not None or time.monotonic() > deadline:
                pytest.skip("PulseAudio does not start here")
            time.sleep(0.05)
        run = subprocess.run(
            [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, timeout=60
        )
    finally:
        daemon.terminate()
        daemon.wait(10)
    assert run.returncode == 0, run.stderr
    said = json.loads(run.stdout)
    if "skip" in said:
        pytest.skip(said["skip"])
    return said


def test_a_tone_is_recorded_at_its_frequency_and_length_with_no_sample_lost(said):
    signal = read(said["heard"])
    assert said["problem"] == ""
    assert said["overruns"] == 0
    assert signal.duration == pytest.approx(3.0, abs=0.2)
    sound, rate = signal.samples[0].astype(np.float64), signal.sample_rate
    turning = sound * np.exp(-2j * np.pi * 440 * np.arange(sound.size) / rate)
    pieces = turning[: sound.size // 1000 * 1000].reshape(-1, 1000) @ np.hanning(1000)
    phase = np.unwrap(np.angle(pieces))
    cycles = np.polyfit(np.arange(phase.size) * 1000 / rate, phase, 1)[0] / (2 * np.pi)
    assert cycles == pytest.approx(0.0, abs=0.01)  # hertz off 440
    one_sample = 2 * np.pi * 440 / rate
    assert np.abs(np.diff(phase)).max() < 0.5 * one_sample


def test_what_is_played_is_heard_and_moves_the_clock(said):
    sound = read(said["played"]).samples[0]
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(sound.size)))
    frequencies = np.fft.rfftfreq(sound.size, 1 / read(said["played"]).sample_rate)
    other = spectrum * (np.abs(frequencies - 440) > 20)
    assert frequencies[np.argmax(other)] == pytest.approx(880, abs=2)
    assert other.max() > 0.1 * spectrum.max()
    assert said["clock"] > 1.0

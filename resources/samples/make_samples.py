"""Make the bundled sample signals again: python resources/samples/make_samples.py [FOLDER]

Everything is computed here, from the project's own generators; no recording of anyone is among them.

    speech.flac       a spoken sentence from the source-filter synthesizer, 16 kHz, 9 s
    chord.flac        three struck strings, one after another, 44.1 kHz, 4 s
    fall.csv          acceleration of a person who stands, walks, walks faster and falls, 50 Hz, 60 s
    heartbeat.csv     an electrocardiogram, 250 Hz, 30 s, in a table with decimal commas

Sound is FLAC with 16 bits; tables are rounded to what a sensor would give.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals.physiology import GRAVITY, ecg, walking
from hippo_studio.signals.speech import speech

CHORD = (220.0, 277.18, 329.63, 440.0)  # Hz: A, C sharp, E, A
STARTED = datetime(2024, 5, 14, 9, 30, tzinfo=UTC)


def main(folder: Path) -> None:
    """Write the four samples into a folder."""
    import soundfile

    spoken = speech(rate=0.95, seed=3)
    soundfile.write(folder / "speech.flac", spoken.samples[0], int(spoken.sample_rate), subtype="PCM_16")
    soundfile.write(folder / "chord.flac", chord(4.0, 44100), 44100, subtype="PCM_16")
    write_fall(folder / "fall.csv", fall(50.0))
    write_heartbeat(folder / "heartbeat.csv")


def chord(duration: float, sample_rate: int) -> NDArray[np.float64]:
    """Strings struck 0.35 s apart: each a series of slightly stretched partials that die away."""
    times = np.arange(round(duration * sample_rate)) / sample_rate
    sound = np.zeros_like(times)
    for index, pitch in enumerate(CHORD):
        since = times - 0.1 - 0.35 * index
        for partial in range(1, 13):
            frequency = partial * pitch * np.sqrt(1 + 4e-4 * partial**2)  # a stiff string
            level = np.sin(np.pi * partial / 7.3) / partial**1.2  # struck at about a seventh of its length
            fade = np.exp(-since * (0.8 + 0.45 * partial)) * (1 - np.exp(-since / 0.003))
            sound += np.where(since > 0, level * np.sin(2 * np.pi * frequency * since) * fade, 0.0)
    sound *= np.minimum(1.0, (duration - times) / 0.05)  # no click at the end
    return 0.8 * sound / np.abs(sound).max()


def fall(sample_rate: float) -> NDArray[np.float64]:
    """Standing 8 s, walking 20 s, walking faster 14 s, a fall, lying still: (3, T) in m/s²."""
    random = np.random.default_rng(11)

    def still(seconds: float, upright: tuple[float, float, float], sway: float) -> NDArray[np.float64]:
        count = round(seconds * sample_rate)
        times = np.arange(count) / sample_rate
        drift = sway * np.sin(2 * np.pi * 0.3 * times + np.array([[0.0], [1.0], [2.0]]))
        gravity = GRAVITY * np.array(upright)[:, np.newaxis]
        return gravity + drift + 0.05 * random.standard_normal((3, count))

    # 0.5 s of stumbling and free fall, an impact that rings, and a body that comes to rest on its side.
    count = round(2.0 * sample_rate)
    times = np.arange(count) / sample_rate
    weight = np.interp(times, [0.0, 0.15, 0.35, 0.55, 0.6], [1.0, 0.8, 0.15, 0.1, 1.0])
    tilt = np.interp(times, [0.1, 0.6, 1.2], [0.0, 1.1, 1.45])
    ringing = np.where(times >= 0.56, np.exp(-(times - 0.56) / 0.13), 0.0)
    tumble = weight * GRAVITY * np.stack((0.25 * np.sin(tilt), np.sin(tilt), np.cos(tilt)))
    shake = np.stack((np.cos(40 * times), 1.6 * np.cos(31 * times), 1.2 * np.cos(36 * times)))
    tumble = tumble + 22.0 * ringing * shake + 0.3 * random.standard_normal((3, count))

    walk = walking(20.0, sample_rate, cadence=104.0, seed=5).samples
    hurry = walking(14.0, sample_rate, cadence=128.0, intensity=1.4, seed=6).samples
    lying = (0.25 * np.sin(1.45), np.sin(1.45), np.cos(1.45))
    return np.concatenate(
        (still(8.0, (0, 0, 1), 0.15), walk, hurry, tumble, still(16.0, lying, 0.04)), axis=1
    )


def write_fall(path: Path, samples: NDArray[np.float64]) -> None:
    """A comma-separated table with ISO times in UTC and units in the header."""
    lines = ["time,acc_x [m/s²],acc_y [m/s²],acc_z [m/s²]"]
    for index, row in enumerate(samples.T):
        moment = STARTED + timedelta(milliseconds=20 * index)
        stamp = moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
        lines.append(f"{stamp},{row[0]:.2f},{row[1]:.2f},{row[2]:.2f}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


def write_heartbeat(path: Path) -> None:
    """A table as central European programs write it: semicolons, decimal commas, a preamble."""
    signal = ecg(30.0, 250.0, heart_rate=68.0, seed=2)
    lines = ["# A modelled electrocardiogram, lead II", "# made by make_samples.py", "time [s];ECG [mV]"]
    for index, value in enumerate(signal.samples[0]):
        lines.append(f"{index / 250:.3f};{value:.3f}".replace(".", ","))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)

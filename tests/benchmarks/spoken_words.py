"""Ten words of Speech Commands, spoken by many voices, and laid out as it is.

    python -m tests.benchmarks.spoken_words OUT [--speakers 300] [--takes 2] [--rate 8000] [--own]

Each clip is one second. A speaker has a vocal tract of his own length, a pitch, a pace and a room; a take of
his has its own melody, loudness, place in the second, and noise (white, pink, hum, or other people) at 10
to 30 dB. Half the speakers are the studio's own synthesizer, half are voices of espeak-ng where that is
installed (`--own`: none). No speaker is in two of the training, validation and test lists.
"""

from __future__ import annotations

import argparse
import io
import os
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray
from scipy.signal import fftconvolve, lfilter

from hippo_studio.signals.speech import speech

Sound = NDArray[np.float64]
WORDS = {
    "yes": "Y EH1 S",
    "no": "N OW1",
    "stop": "S T AA1 P",
    "right": "R AY1 T",
    "seven": "S EH1 V AH N",
    "marvin": "M AA1 R V IH N",
    "sheila": "SH IY1 L AH",
    "happy": "HH AE1 P IY",
    "bird": "B ER1 D",
    "house": "HH AW1 S",
}
MADE_AT = 16_000  # Hz
ESPEAK = [
    *(f"m{number}" for number in range(1, 9)),
    *(f"f{number}" for number in range(1, 6)),
    *("Andrea", "Annie", "belinda", "david", "Denis", "ed", "edward", "Gene", "Henrique", "Hugo", "iven"),
    *("john", "Lee", "linda", "marcelo", "Marco", "Mario", "Michael", "Mike", "miguel", "pablo", "paul"),
    *("quincy", "rob", "robert", "sandro", "steph", "travis", "victor", "zac", "adam", "Alex", "Alicia"),
]
ACCENTS = ("en-us", "en-gb", "en-gb-x-rp")
VALIDATION, TEST = 0.12, 0.18


@dataclass(frozen=True)
class Speaker:
    """A voice and the room that it is in."""

    name: str
    say: Callable[[str, np.random.Generator], Sound]
    reverberation: float  # s
    wetness: float
    tilt: float  # of the microphone, −0.5 dull to 0.5 bright


@dataclass(frozen=True)
class OwnVoice:
    """The studio's synthesizer; a tract that is shorter by `size` has all formants higher by it."""

    size: float
    pitch: float
    pace: float

    def __call__(self, word: str, random: np.random.Generator) -> Sound:
        """Return the word at `MADE_AT`."""
        pitch, pace = self.pitch * random.uniform(0.92, 1.08), self.pace * random.uniform(0.88, 1.12)
        spoken = speech(
            WORDS[word],
            sample_rate=MADE_AT,
            pitch=float(np.clip(pitch / self.size, 60, 450)),
            rate=pace / self.size,
            seed=int(random.integers(1 << 30)),
        )
        return soxr.resample(spoken.samples[0], MADE_AT * self.size, MADE_AT)


@dataclass(frozen=True)
class EspeakVoice:
    """A voice of espeak-ng, made larger or smaller in the same way."""

    voice: str
    size: float
    pitch: int
    pace: int

    def __call__(self, word: str, random: np.random.Generator) -> Sound:
        """Return the word at `MADE_AT`."""
        pitch = int(np.clip(self.pitch + random.integers(-8, 9), 0, 99))
        pace = int((self.pace + random.integers(-15, 16)) / self.size)
        command = ["espeak-ng", "-v", self.voice, "-p", f"{pitch}", "-s", f"{pace}", "--stdout", word]
        wave = subprocess.run(command, capture_output=True, check=True, timeout=20).stdout
        samples, rate = soundfile.read(io.BytesIO(wave))
        return soxr.resample(samples, rate * self.size, MADE_AT)


def speakers(count: int, own: bool) -> list[Speaker]:
    """Return that many different voices, the same for the same arguments."""
    random = np.random.default_rng(20)
    variants = random.permutation(ESPEAK)
    found = []
    for index in range(count):
        size = float(random.uniform(0.9, 1.18))
        voice: Callable[[str, np.random.Generator], Sound]
        if own or index % 2:
            pitch = float(110 * size**2.5 * np.exp(random.normal(0, 0.15)))
            voice = OwnVoice(size, pitch, float(random.uniform(0.85, 1.2)))
        else:
            name = f"{random.choice(ACCENTS)}+{variants[index // 2 % len(variants)]}"
            shape = float(random.uniform(0.93, 1.08))
            voice = EspeakVoice(name, shape, int(random.integers(25, 75)), int(random.integers(125, 180)))
        room = (random.uniform(0.05, 0.35), random.uniform(0, 0.2), random.uniform(-0.4, 0.4))
        found.append(Speaker(f"s{index:03d}", voice, *map(float, room)))
    return found


def clip(speaker: Speaker, word: str, take: int, rate: int) -> Sound:
    """Return one second of a speaker saying a word."""
    random = np.random.default_rng([21, int(speaker.name[1:]), list(WORDS).index(word), take])
    dry = _trimmed(speaker.say(word, random))
    tail = np.arange(int(speaker.reverberation * MADE_AT))
    echo = random.standard_normal(tail.size) * np.exp(-6.9 * tail / tail.size)
    wet = fftconvolve(dry, echo / np.linalg.norm(echo))[: dry.size]
    sound = lfilter([1.0, speaker.tilt], [1.0], dry + speaker.wetness * wet)
    sound = sound[: int(0.95 * MADE_AT)]
    second = np.zeros(MADE_AT)
    start = int(random.integers(MADE_AT - sound.size + 1))
    second[start : start + sound.size] = sound / np.sqrt(np.mean(sound**2))
    noise = _noise(random, MADE_AT)
    second += noise * 10 ** (-random.uniform(10, 30) / 20)
    resampled = soxr.resample(second, MADE_AT, rate)[:rate]
    return resampled / np.abs(resampled).max() * random.uniform(0.15, 0.95)


def _trimmed(sound: Sound) -> Sound:
    """Return the sound without the silence around it."""
    loud = np.flatnonzero(np.abs(sound) > 0.02 * np.abs(sound).max())
    return sound[loud[0] : loud[-1] + 1]


def _noise(random: np.random.Generator, count: int) -> Sound:
    """Return noise of power 1, of one of four kinds."""
    kind = random.integers(4)
    noise = random.standard_normal(count)
    if kind == 1:  # pink
        spectrum = np.fft.rfft(noise)
        noise = np.fft.irfft(spectrum / np.sqrt(np.arange(spectrum.size) + 1), count)
    elif kind == 2:  # hum of the mains and its overtones
        times = np.arange(count) / MADE_AT
        tones = [np.sin(2 * np.pi * 50 * k * times + random.uniform(0, 6)) / k for k in range(1, 8)]
        noise = np.sum(tones, axis=0) + 0.3 * noise
    elif kind == 3:  # other people: noise in the formants of several voices, in syllables
        times = np.arange(count) / MADE_AT
        noise = np.zeros(count)
        for _ in range(5):
            syllables = np.maximum(np.sin(2 * np.pi * random.uniform(2, 5) * times + random.uniform(0, 6)), 0)
            turn = 2 * np.pi * random.uniform(300, 2500) / MADE_AT
            noise += syllables * lfilter(
                [1.0], [1.0, -1.96 * np.cos(turn), 0.9604], random.standard_normal(count)
            )
    return noise / np.sqrt(np.mean(noise**2))


def write(out: Path, count: int, takes: int, rate: int, own: bool) -> int:
    """Write the folder; return how many clips are in it."""
    everyone = speakers(count, own)
    order = np.random.default_rng(22).permutation(count)
    test, validation = round(TEST * count), round(VALIDATION * count)
    lists = {"testing_list.txt": order[:test], "validation_list.txt": order[test : test + validation]}
    out.mkdir(parents=True, exist_ok=True)
    for name, members in lists.items():
        lines = [path for index in sorted(members) for path in _paths(everyone[index], takes)]
        (out / name).write_text("\n".join(lines) + "\n")
    background = out / "_background_noise_"
    background.mkdir(exist_ok=True)
    random = np.random.default_rng(23)
    for index in range(4):
        noise = 0.1 * soxr.resample(_noise(random, 10 * MADE_AT), MADE_AT, rate)
        soundfile.write(background / f"{index}.wav", noise.clip(-1, 1), rate, subtype="PCM_16")
    with ProcessPoolExecutor(max(1, (os.cpu_count() or 2) - 1)) as pool:
        jobs = [pool.submit(_write_speaker, out, index, count, takes, rate, own) for index in range(count)]
        return sum(job.result() for job in jobs)


def _paths(speaker: Speaker, takes: int) -> list[str]:
    return [f"{word}/{speaker.name}_nohash_{take}.wav" for word in WORDS for take in range(takes)]


def _write_speaker(out: Path, index: int, count: int, takes: int, rate: int, own: bool) -> int:
    speaker = speakers(count, own)[index]
    for path in _paths(speaker, takes):
        word, _, name = path.partition("/")
        (out / word).mkdir(exist_ok=True)
        take = int(name.rpartition("_")[2].removesuffix(".wav"))
        soundfile.write(out / path, clip(speaker, word, take, rate), rate, subtype="PCM_16")
    return len(WORDS) * takes


def main() -> None:
    """Write the set and say what it is."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--speakers", type=int, default=300)
    parser.add_argument("--takes", type=int, default=2)
    parser.add_argument("--rate", type=int, default=8000)
    parser.add_argument("--own", action="store_true", help="only the studio's own synthesizer")
    given = parser.parse_args()
    own = given.own or shutil.which("espeak-ng") is None
    count = write(given.out, given.speakers, given.takes, given.rate, own)
    print(f"{count} clips of {len(WORDS)} words by {given.speakers} speakers in {given.out}.")


if __name__ == "__main__":
    main()

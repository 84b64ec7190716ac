"""Speech from a source–filter synthesizer: glottal pulses and noise through a vocal tract of resonators.

The sentence is a string of ARPAbet phonemes (CMU set), "1" behind a vowel that is stressed, "." and "," for
long and short pauses, "/" between words. Each phoneme has a target (formants, how it is voiced, its noise);
targets are joined by smooth transitions, which the five resonators of the cascade follow every 4 ms. After
the layout of Klatt, J. Acoust. Soc. Am. 67 (1980) 971, with formants after Peterson and Barney (1952).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals.checks import check_positive, sample_count
from hippo_studio.signals.signal import Signal

# "Hello. A memory is a few numbers, which follow all that was said. Watch how it listens, and …"
SENTENCE = (
    "HH AH L OW1 . AH / M EH1 M ER IY / IH Z / AH / F Y UW1 / N AH1 M B ER Z , W IH CH / F AA1 L OW / "
    "AO1 L / DH AE T / W AH Z / S EH1 D . W AA1 CH / HH AW / IH T / L IH1 S AH N Z , AE N D / S L OW1 L IY / "
    "F ER G EH1 T S ."
)
FRAME = 0.004  # s between two updates of the vocal tract
BANDWIDTHS = (70.0, 90.0, 130.0, 250.0, 300.0)  # Hz, of the five formants
NASAL_BANDWIDTH = 180.0
NEUTRAL = (500.0, 1500.0, 2500.0)
UPPER_FORMANTS = (3500.0, 4500.0)


@dataclass(frozen=True)
class Phone:
    """The target of one phoneme: seconds, three formants in Hz, amplitudes of its sources from 0 to 1."""

    seconds: float
    formants: tuple[float, float, float] = NEUTRAL
    voice: float = 1.0  # glottal pulses
    breath: float = 0.0  # noise at the glottis, through the vocal tract
    hiss: float = 0.0  # noise at the constriction, past the vocal tract
    hiss_band: tuple[float, float] = (4000.0, 2000.0)  # centre and width in Hz
    glide: tuple[float, float, float] | None = None  # where a diphthong goes
    closure: float = 0.0  # s of silence before the burst of a stop
    nasal: bool = False
    vowel: bool = field(default=False, kw_only=True)


def _vowel(seconds: float, *formants: float, glide: tuple[float, float, float] | None = None) -> Phone:
    return Phone(seconds, (formants[0], formants[1], formants[2]), glide=glide, vowel=True)


PHONES: dict[str, Phone] = {
    "IY": _vowel(0.11, 280, 2250, 2950),
    "IH": _vowel(0.08, 400, 1950, 2550),
    "EH": _vowel(0.10, 540, 1800, 2480),
    "AE": _vowel(0.12, 670, 1700, 2410),
    "AA": _vowel(0.13, 720, 1100, 2440),
    "AO": _vowel(0.13, 580, 860, 2410),
    "UH": _vowel(0.08, 440, 1030, 2240),
    "UW": _vowel(0.12, 310, 900, 2240),
    "AH": _vowel(0.08, 620, 1200, 2400),
    "ER": _vowel(0.11, 480, 1300, 1690),
    "OW": _vowel(0.15, 540, 960, 2400, glide=(370, 820, 2300)),
    "AW": _vowel(0.17, 720, 1250, 2450, glide=(400, 900, 2300)),
    "AY": _vowel(0.17, 720, 1200, 2450, glide=(350, 2050, 2600)),
    "EY": _vowel(0.14, 500, 1850, 2500, glide=(320, 2200, 2700)),
    "OY": _vowel(0.17, 540, 850, 2400, glide=(350, 2000, 2600)),
    "M": Phone(0.07, (270, 1000, 2200), voice=0.45, nasal=True),
    "N": Phone(0.065, (270, 1500, 2500), voice=0.45, nasal=True),
    "NG": Phone(0.075, (270, 2000, 2700), voice=0.45, nasal=True),
    "L": Phone(0.065, (370, 1050, 2750), voice=0.6),
    "R": Phone(0.07, (370, 1150, 1550), voice=0.65),
    "W": Phone(0.07, (300, 680, 2200), voice=0.6),
    "Y": Phone(0.06, (280, 2200, 2950), voice=0.6),
    "HH": Phone(0.06, NEUTRAL, voice=0.0, breath=0.45),
    "S": Phone(0.11, (350, 1700, 2600), voice=0.0, hiss=0.34, hiss_band=(6200, 2600)),
    "Z": Phone(0.08, (330, 1700, 2600), voice=0.35, hiss=0.16, hiss_band=(6000, 2600)),
    "SH": Phone(0.11, (350, 1900, 2600), voice=0.0, hiss=0.38, hiss_band=(3300, 1600)),
    "ZH": Phone(0.08, (330, 1900, 2600), voice=0.35, hiss=0.18, hiss_band=(3200, 1600)),
    "F": Phone(0.09, (340, 1100, 2100), voice=0.0, hiss=0.10, hiss_band=(5000, 6000)),
    "V": Phone(0.06, (320, 1100, 2100), voice=0.45, hiss=0.04, hiss_band=(4500, 5000)),
    "TH": Phone(0.09, (360, 1300, 2500), voice=0.0, hiss=0.08, hiss_band=(5500, 5000)),
    "DH": Phone(0.05, (320, 1300, 2500), voice=0.5, hiss=0.03, hiss_band=(5000, 5000)),
    "P": Phone(
        0.025, (340, 800, 2100), voice=0.0, breath=0.25, hiss=0.12, hiss_band=(900, 1200), closure=0.07
    ),
    "T": Phone(
        0.03, (340, 1700, 2600), voice=0.0, breath=0.15, hiss=0.32, hiss_band=(4800, 2600), closure=0.06
    ),
    "K": Phone(
        0.035, (340, 1900, 2400), voice=0.0, breath=0.2, hiss=0.28, hiss_band=(2100, 1200), closure=0.065
    ),
    "B": Phone(0.015, (300, 850, 2100), voice=0.3, hiss=0.08, hiss_band=(900, 1000), closure=0.055),
    "D": Phone(0.015, (300, 1700, 2600), voice=0.3, hiss=0.14, hiss_band=(4300, 2400), closure=0.045),
    "G": Phone(0.02, (300, 1950, 2350), voice=0.3, hiss=0.14, hiss_band=(2000, 1000), closure=0.05),
    "CH": Phone(0.09, (350, 1850, 2600), voice=0.0, hiss=0.38, hiss_band=(3400, 1700), closure=0.055),
    "JH": Phone(0.06, (330, 1850, 2600), voice=0.3, hiss=0.22, hiss_band=(3300, 1700), closure=0.045),
}
PAUSES = {".": 0.55, ",": 0.28, "/": 0.0}
VOICED_STOPS = ("B", "D", "G", "JH")


def speech(
    phonemes: str = SENTENCE,
    sample_rate: float = 16000.0,
    pitch: float = 118.0,
    rate: float = 1.0,
    seed: int = 0,
) -> Signal:
    """A spoken sentence, mono, peak 0.9.

    Parameters
    ----------
    phonemes : ARPAbet, separated by blanks, as in "HH AH L OW1 ."; for pauses see the module's text.
    sample_rate : Hz, at least 10 000 so that the formants fit.
    pitch : mean frequency of the voice, in Hz.
    rate : speaking rate; 2 is twice as fast.
    """
    check_positive("pitch", pitch)
    check_positive("rate", rate)
    if not (math.isfinite(sample_rate) and sample_rate >= 10000):
        raise ValueError(f"Speech needs a sample_rate of at least 10000 Hz; got {sample_rate!r}.")
    if pitch > 500:
        raise ValueError(f"A voice's pitch is below 500 Hz; got {pitch!r}.")
    tract = _articulate(phonemes, rate)
    count = sample_count(tract.seconds, sample_rate)
    random = np.random.default_rng(seed)
    voice = _glottis(tract, pitch, sample_rate, count, random)
    return Signal(_vocal_tract(tract, voice, sample_rate, random), sample_rate, ("voice",))


@dataclass(frozen=True)
class _Tract:
    """What the vocal organs do, frame by frame."""

    formants: NDArray[np.float64]  # (5, frames) Hz
    bandwidths: NDArray[np.float64]  # (5, frames) Hz
    voice: NDArray[np.float64]  # (frames,) and so on: amplitudes from 0 to 1
    breath: NDArray[np.float64]
    hiss: NDArray[np.float64]
    hiss_band: NDArray[np.float64]  # (2, frames): centre and width in Hz
    pitch: NDArray[np.float64]  # (frames,) relative to the mean pitch

    @property
    def seconds(self) -> float:
        return FRAME * len(self.voice)


def _articulate(phonemes: str, rate: float) -> _Tract:
    """Targets of each phoneme, laid out in time and joined smoothly."""
    rows: list[tuple[float, ...]] = []  # per frame: 3 formants, nasal, voice, breath, hiss, band
    stresses: list[int] = []  # frames at which the pitch rises
    phrases: list[tuple[int, int]] = []  # first and last frame between two pauses
    rest = (*NEUTRAL, 0.0, 0.0, 0.0, 0.0, 4000.0, 2000.0)
    rows += [rest] * 40
    begun = len(rows)
    for token in phonemes.split():
        if token in PAUSES:
            frames = round(PAUSES[token] / rate / FRAME)
            if frames:
                phrases.append((begun, len(rows)))
                rows += [(*rows[-1][:3], *rest[3:])] * frames
                begun = len(rows)
            continue
        name, stressed = (token[:-1], True) if token.endswith("1") else (token, False)
        if name not in PHONES:
            raise ValueError(
                f"{token!r} is no phoneme known here; known are {' '.join(PHONES)}, '1' after a stressed "
                f"vowel, and {' '.join(PAUSES)} between words."
            )
        phone = PHONES[name]
        if phone.closure:
            murmur = 0.12 if name in VOICED_STOPS else 0.0
            closed = (250.0, *phone.formants[1:], 1.0, murmur, 0.0, 0.0, *phone.hiss_band)
            rows += [closed] * round(phone.closure / rate / FRAME)
        frames = max(round(phone.seconds * (1.45 if stressed else 1.0) / rate / FRAME), 2)
        if stressed:
            stresses.append(len(rows) + frames // 2)
        end = phone.glide or phone.formants
        for index in range(frames):
            s = index / (frames - 1)
            shape = tuple(a + s * (b - a) for a, b in zip(phone.formants, end, strict=True))
            loud = phone.voice * (1.15 if stressed else 1.0 if phone.vowel else 0.9)
            rows.append(
                (*shape, float(phone.nasal), loud, phone.breath, phone.hiss, *map(float, phone.hiss_band))
            )
    phrases.append((begun, len(rows)))
    rows += [rest] * 40
    if set(phonemes.split()) <= set(PAUSES):
        raise ValueError("There is nothing to say: the text holds no phoneme.")
    table = np.array(rows).T
    formants = np.vstack([_smooth(row, 13) for row in table[:3]])
    upper = np.array(UPPER_FORMANTS)[:, np.newaxis] + np.zeros(formants.shape[1])
    nasal = _smooth(table[3], 5)
    bandwidths = np.array(BANDWIDTHS)[:, np.newaxis] + NASAL_BANDWIDTH * nasal
    return _Tract(
        np.vstack((formants, upper)),
        bandwidths,
        voice=_smooth(table[4], 9),
        breath=_smooth(table[5], 5),
        hiss=_smooth(table[6], 5),
        hiss_band=np.vstack([_smooth(row, 5) for row in table[7:9]]),
        pitch=_melody(len(rows), phrases, stresses),
    )


def _melody(frames: int, phrases: list[tuple[int, int]], stresses: list[int]) -> NDArray[np.float64]:
    """Pitch relative to its mean: it sinks through each phrase and rises at stressed vowels."""
    index = np.arange(frames)
    melody = np.ones(frames)
    for first, last in phrases:
        melody[first:last] = np.linspace(1.12, 0.84, max(last - first, 1))[: last - first]
    for stress in stresses:
        melody += 0.17 * np.exp(-(((index - stress) * FRAME / 0.09) ** 2))
    return _smooth(melody, 25)


def _glottis(
    tract: _Tract, pitch: float, sample_rate: float, count: int, random: np.random.Generator
) -> NDArray[np.float64]:
    """The derivative of the glottal flow, after Rosenberg (1971): open for 60 % of each period.

    Made at four times the sample rate, because the closing of the glottis is a jump.
    """
    from scipy.signal import resample_poly

    over, rise, fall = 4, 0.42, 0.18
    times = np.arange(count * over) / (sample_rate * over)
    frames = np.arange(len(tract.pitch)) * FRAME
    jitter = np.interp(times, frames, _smooth(random.standard_normal(len(frames)), 5))
    frequency = pitch * np.interp(times, frames, tract.pitch) * (1 + 0.02 * jitter)
    cycles = np.cumsum(frequency) / (sample_rate * over)
    position = cycles % 1.0
    flow = np.where(
        position < rise,
        np.sin(np.pi * position / rise) / rise,
        np.where(position < rise + fall, -np.sin(np.pi * (position - rise) / (2 * fall)) / fall, 0.0),
    )
    shimmer = 1 + 0.04 * random.standard_normal(int(cycles[-1]) + 2)
    flow *= shimmer[cycles.astype(np.intp)]
    source: NDArray[np.float64] = resample_poly(flow, 1, over)[:count]
    return source * np.interp(times[::over], frames, tract.voice)


def _vocal_tract(
    tract: _Tract, voice: NDArray[np.float64], sample_rate: float, random: np.random.Generator
) -> NDArray[np.float64]:
    """Voice and breath through five resonators in cascade, hiss through one of its own; peak 0.9."""
    from scipy.signal import sosfilt

    count = len(voice)
    times, frames = np.arange(count) / sample_rate, np.arange(len(tract.voice)) * FRAME
    source = voice + np.interp(times, frames, tract.breath) * random.standard_normal(count)
    hiss = np.interp(times, frames, tract.hiss) * random.standard_normal(count)
    spoken, hissed = np.empty(count), np.empty(count)
    state, hiss_state = np.zeros((len(BANDWIDTHS), 2)), np.zeros((1, 2))
    borders = np.round(np.append(frames, count / sample_rate) * sample_rate).astype(int)
    highest = 0.45 * sample_rate
    for index, (first, last) in enumerate(pairwise(borders.tolist())):
        poles = _resonators(
            np.minimum(tract.formants[:, index], highest), tract.bandwidths[:, index], sample_rate
        )
        spoken[first:last], state = sosfilt(poles, source[first:last], zi=state)
        centre, width = tract.hiss_band[:, index]
        band = _band_pass(min(centre, highest), width, sample_rate)
        hissed[first:last], hiss_state = sosfilt(band, hiss[first:last], zi=hiss_state)
    spoken[1:] -= 0.6 * spoken[:-1].copy()  # lips radiate high frequencies better
    sound = spoken / max(float(np.abs(spoken).max()), 1e-12) + 0.45 * hissed
    result: NDArray[np.float64] = 0.9 * sound / np.abs(sound).max()
    return result


def _resonators(
    frequencies: NDArray[np.float64], widths: NDArray[np.float64], sample_rate: float
) -> NDArray[np.float64]:
    """Second-order sections, one per formant, with gain 1 at 0 Hz (Klatt 1980, equation 1)."""
    c = -np.exp(-2 * np.pi * widths / sample_rate)
    b = 2 * np.exp(-np.pi * widths / sample_rate) * np.cos(2 * np.pi * frequencies / sample_rate)
    zero, one = np.zeros_like(b), np.ones_like(b)
    return np.stack((1 - b - c, zero, zero, one, -b, -c), axis=1)


def _band_pass(centre: float, width: float, sample_rate: float) -> NDArray[np.float64]:
    """One second-order band-pass section with gain 1 at its centre."""
    turn = 2 * np.pi * centre / sample_rate
    alpha = np.tan(min(np.pi * width / sample_rate, 1.4))
    section = np.array([[alpha, 0.0, -alpha, 1 + alpha, -2 * np.cos(turn), 1 - alpha]])
    normalised: NDArray[np.float64] = section / (1 + alpha)
    return normalised


def _smooth(row: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """The row, averaged under a Hann window of `width` frames; its ends are held."""
    window = np.hanning(width + 2)[1:-1]
    padded = np.pad(row, width // 2, mode="edge")
    smooth: NDArray[np.float64] = np.convolve(padded, window / window.sum(), mode="valid")
    return smooth

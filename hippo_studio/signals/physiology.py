"""Signals of a body, by model: the electrocardiogram and the acceleration of a walk."""

from __future__ import annotations

import math
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals.checks import check_at_least, check_positive, sample_count
from hippo_studio.signals.signal import Signal

GRAVITY = 9.81  # m/s²

# Angle (rad), strength and width (rad) of the waves P, Q, R, S, T on the heart's cycle; McSharry, table I.
ECG_ANGLES = np.array([-math.pi / 3, -math.pi / 12, 0.0, math.pi / 12, math.pi / 2])
ECG_STRENGTHS = np.array([1.2, -5.0, 30.0, -7.5, 0.75])
ECG_WIDTHS = np.array([0.25, 0.1, 0.1, 0.1, 0.4])
ECG_MILLIVOLTS = 29.0  # per unit of the model's equation: a peak R of about 1.2 mV
ECG_SETTLE = 8.0  # seconds left out while the model forgets how it began (time constant 1 s)

STEP_HARMONICS = (1.0, 0.45, 0.2)  # of the vertical acceleration at 1, 2, 3 times the step rate
IMPACT_HERTZ, IMPACT_DECAY = 18.0, 0.035  # what a heel strike rings at, and for how long (s)


def ecg(
    duration: float = 10.0,
    sample_rate: float = 360.0,
    heart_rate: float = 66.0,
    variability: float = 0.04,
    breathing_rate: float = 15.0,
    noise: float = 0.008,
    seed: int = 0,
) -> Signal:
    """An electrocardiogram in mV: five Gaussian waves on the circle of the heart's cycle.

    Parameters
    ----------
    duration, sample_rate : seconds and Hz.
    heart_rate, breathing_rate : per minute.
    variability : relative standard deviation of the beat-to-beat time, by breathing and slow (0.1 Hz) waves.
    noise : standard deviation of the sensor noise, in mV.

    The voltage obeys z' = −Σ a_i Δθ_i exp(−Δθ_i²/2b_i²) − (z − z₀), linear in z, and is integrated by its
    exponential and Simpson's rule; z₀ is the baseline that wanders with the breath.
    Source: McSharry et al., IEEE Trans. Biomed. Eng. 50 (2003) 289.
    """
    count = sample_count(duration, sample_rate)
    check_positive("heart_rate", heart_rate)
    check_positive("breathing_rate", breathing_rate)
    check_at_least("variability", variability, 0.0)
    check_at_least("noise", noise, 0.0)
    random = np.random.default_rng(seed)
    skipped = math.ceil(ECG_SETTLE * sample_rate)
    # Half steps: Simpson's rule looks at the middle of each.
    times = np.arange(2 * (skipped + count) - 1) / (2 * sample_rate)
    breath = 2 * np.pi * breathing_rate / 60 * times + random.uniform(0, 2 * np.pi)
    slow = 2 * np.pi * 0.1 * times + random.uniform(0, 2 * np.pi)
    rate = heart_rate / 60 * (1 + variability * (0.8 * np.sin(breath) + 1.1 * np.sin(slow)))
    phase = 2 * np.pi * (np.cumsum(rate) - rate[0]) / (2 * sample_rate)
    forcing = _ecg_forcing(phase, heart_rate) + 0.005 * np.sin(breath)

    step = 1 / sample_rate
    decay, half = math.exp(-step), math.exp(-step / 2)
    gained = step / 6 * (decay * forcing[:-1:2] + 4 * half * forcing[1::2] + forcing[2::2])
    voltage = np.array(list(accumulate(gained.tolist(), lambda z, gain: decay * z + gain, initial=0.0)))
    samples = ECG_MILLIVOLTS * voltage[skipped:] + noise * random.standard_normal(count)
    return Signal(samples, sample_rate, ("ECG",), ("mV",))


def _ecg_forcing(phase: NDArray[np.float64], heart_rate: float) -> NDArray[np.float64]:
    """−Σ a_i Δθ_i exp(−Δθ_i²/2b_i²); at higher rates the waves P and T move closer (Bazett's square root)."""
    stretch = math.sqrt(heart_rate / 60)
    angles = ECG_ANGLES * np.array([math.sqrt(stretch), stretch, 1, stretch, math.sqrt(stretch)])
    widths = ECG_WIDTHS * stretch
    forcing = np.zeros_like(phase)
    for angle, strength, width in zip(angles, ECG_STRENGTHS, widths, strict=True):
        distance = (phase - angle + np.pi) % (2 * np.pi) - np.pi
        forcing -= strength * distance * np.exp(-(distance**2) / (2 * width**2))
    return forcing


def walking(
    duration: float = 10.0,
    sample_rate: float = 100.0,
    cadence: float = 110.0,
    intensity: float = 1.0,
    noise: float = 0.08,
    seed: int = 0,
) -> Signal:
    """Acceleration at the hip of a person who walks, gravity included, in m/s²: forward, sideways, upward.

    Parameters
    ----------
    duration, sample_rate : seconds and Hz.
    cadence : steps per minute.
    intensity : 1 for an easy walk; scales everything but gravity.
    noise : standard deviation of the sensor noise, in m/s².

    Each step has its own length (3 % variation) and strength; the upward axis carries harmonics of the step
    rate, the sideways one those of the stride (two steps), and each heel strike rings.
    """
    count = sample_count(duration, sample_rate)
    check_positive("cadence", cadence)
    check_at_least("intensity", intensity, 0.0)
    check_at_least("noise", noise, 0.0)
    random = np.random.default_rng(seed)
    times = np.arange(count) / sample_rate
    expected = math.ceil(duration * cadence / 60 * 1.2) + 4
    lengths = 60 / cadence * (1 + 0.03 * random.standard_normal(expected)).clip(0.8, 1.2)
    strikes = np.concatenate(([0.0], np.cumsum(lengths))) - random.uniform(0, 60 / cadence)
    strength = 1 + 0.08 * random.standard_normal(expected + 1)

    step = np.searchsorted(strikes, times, side="right") - 1
    steps = np.interp(times, strikes, np.arange(len(strikes)))  # steps done, a real number
    size = intensity * np.interp(times, strikes, strength)
    since = times - strikes[step]
    impact = size * np.exp(-since / IMPACT_DECAY) * np.cos(2 * np.pi * IMPACT_HERTZ * since)

    angle = 2 * np.pi * steps
    upward = GRAVITY + 1.9 * impact
    for harmonic, part in enumerate(STEP_HARMONICS, start=1):
        upward = upward + 1.8 * size * part * np.cos(harmonic * (angle - 0.9))
    forward = size * (0.9 * np.sin(angle - 0.4) + 0.4 * np.sin(2 * angle + 0.6)) - 1.2 * impact
    sideways = size * (0.7 * np.sin(angle / 2) + 0.25 * np.sin(1.5 * angle + 0.3))
    samples = np.stack((forward, sideways, upward)) + noise * random.standard_normal((3, count))
    return Signal(samples, sample_rate, ("acc_x", "acc_y", "acc_z"), ("m/s²",) * 3)

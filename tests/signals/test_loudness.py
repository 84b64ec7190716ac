"""Loudness against the figures of BS.1770 and EBU Tech 3341."""

import math

import numpy as np
import pytest

from hippo_studio.signals.loudness import loudness


def sine(frequency, seconds, rate, level=1.0):
    return level * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
def test_a_full_scale_sine_of_997_hz_is_minus_3_lufs(rate):
    assert loudness(sine(997, 3, rate), rate) == pytest.approx(-3.01, abs=0.02)


def test_half_the_level_is_six_decibels_less():
    assert loudness(sine(997, 3, 48_000, 0.5), 48_000) == pytest.approx(-3.01 - 6.02, abs=0.02)


def test_pauses_do_not_count():
    speech = np.concatenate([sine(997, 4, 48_000, 0.1), np.zeros(48_000 * 20)])
    assert loudness(speech, 48_000) == pytest.approx(-23.0, abs=0.3)


def test_bass_counts_less_than_treble():
    assert loudness(sine(40, 3, 48_000), 48_000) < loudness(sine(3000, 3, 48_000), 48_000) - 8


def test_silence_has_no_loudness_and_short_sounds_have_one():
    assert loudness(np.zeros(1000), 8000) == -math.inf
    assert math.isfinite(loudness(sine(200, 0.05, 2000), 2000))

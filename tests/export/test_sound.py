"""WAV files hold what they were given, or do not appear."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile

from hippo_studio.export import sound
from hippo_studio.export.sound import write_wav, writing_wav


def noise(channels: int, length: int) -> np.ndarray:
    return np.random.default_rng(1).standard_normal((channels, length))


@pytest.mark.parametrize("channels", [1, 2, 7])
@pytest.mark.parametrize("length", [1, 2, 4097])
def test_samples_survive_as_floats_beyond_full_scale(tmp_path: Path, channels: int, length: int) -> None:
    samples = 5 * noise(channels, length)
    write_wav(tmp_path / "a.wav", samples, 8000)
    read, rate = soundfile.read(tmp_path / "a.wav", dtype="float32", always_2d=True)
    assert rate == 8000
    np.testing.assert_array_equal(read.T, samples.astype(np.float32))
    assert soundfile.info(tmp_path / "a.wav").subtype == "FLOAT"


def test_one_channel_may_come_as_a_row(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", noise(1, 10)[0], 8000)
    assert soundfile.info(tmp_path / "a.wav").frames == 10


def test_blocks_of_any_size_make_the_same_file(tmp_path: Path) -> None:
    samples = noise(2, 1000)
    write_wav(tmp_path / "a.wav", samples, 8000)
    with writing_wav(tmp_path / "b.wav", 2, 1000, 8000) as append:
        for start, stop in ((0, 1), (1, 1), (1, 700), (700, 1000)):
            append(samples[:, start:stop])
    assert soundfile.read(tmp_path / "a.wav")[0].tolist() == soundfile.read(tmp_path / "b.wav")[0].tolist()


@pytest.mark.parametrize("rate", [0.0, -8000.0, 0.4, 62.5, float("nan"), float("inf")])
def test_a_rate_that_wav_cannot_hold_is_refused_with_a_way_out(tmp_path: Path, rate: float) -> None:
    with pytest.raises(ValueError, match=rf"not {rate:g} Hz; resample the signal"):
        write_wav(tmp_path / "a.wav", noise(1, 10), rate)
    assert os.listdir(tmp_path) == []


def test_a_rate_measured_from_time_stamps_counts_as_whole(tmp_path: Path) -> None:
    write_wav(tmp_path / "a.wav", noise(1, 10), 99.9999)
    assert soundfile.info(tmp_path / "a.wav").samplerate == 100


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_sample_that_is_not_finite_leaves_no_file(tmp_path: Path, bad: float) -> None:
    samples = noise(1, 100)
    samples[0, 50] = bad
    with pytest.raises(ValueError, match="not finite"):
        write_wav(tmp_path / "a.wav", samples, 8000)
    assert os.listdir(tmp_path) == []


def test_samples_that_are_missing_leave_no_file(tmp_path: Path) -> None:
    with (
        pytest.raises(ValueError, match="9 samples were appended to a file of 10"),
        writing_wav(tmp_path / "a.wav", 1, 10, 8000) as append,
    ):
        append(noise(1, 9))
    assert os.listdir(tmp_path) == []


def test_past_four_gigabytes_the_file_is_rf64(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound, "LARGEST_WAV", 100)
    samples = noise(2, 1000)
    write_wav(tmp_path / "a.wav", samples, 8000)
    assert (tmp_path / "a.wav").read_bytes()[:4] == b"RF64"
    np.testing.assert_array_equal(soundfile.read(tmp_path / "a.wav")[0].T, samples.astype(np.float32))


def test_ctrl_c_ends_a_long_export_at_once(tmp_path: Path) -> None:
    samples = noise(1, 1 << 16)

    def write_for_ever() -> None:
        timer = threading.Timer(0.05, lambda: signal.raise_signal(signal.SIGINT))
        timer.start()
        try:
            with writing_wav(tmp_path / "a.wav", 1, 1 << 40, 8000) as append:
                for _ in range(10_000):
                    append(samples)
        finally:
            timer.join()

    with pytest.raises(KeyboardInterrupt):
        write_for_ever()
    assert os.listdir(tmp_path) == []

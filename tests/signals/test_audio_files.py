"""Sound files: what is in them comes back, and a header that lies is found out."""

import os
import struct

import numpy as np
import pytest
import soundfile

from hippo_studio.signals import SignalError, read

RATE = 22050
FRAMES = 6000


@pytest.fixture(scope="module")
def stereo():
    times = np.arange(FRAMES) / RATE
    return np.stack((0.6 * np.sin(2 * np.pi * 440 * times), 0.3 * np.sin(2 * np.pi * 660 * times)))


def write(path, sound, subtype="PCM_16", format=None):
    soundfile.write(path, sound.T, RATE, subtype=subtype, format=format)
    return path


def kinds(signal):
    return [warning.kind for warning in signal.warnings]


@pytest.mark.parametrize(
    ("name", "subtype", "error"),
    [
        ("a.wav", "PCM_U8", 1 / 128),
        ("a.wav", "PCM_16", 1 / 2**15),
        ("a.wav", "PCM_24", 1 / 2**23),
        ("a.wav", "PCM_32", 1 / 2**31),
        ("a.wav", "FLOAT", 1e-7),
        ("a.wav", "DOUBLE", 0),
        ("a.wav", "ULAW", 0.02),
        ("a.aiff", "PCM_16", 1 / 2**15),
        ("a.flac", "PCM_24", 1 / 2**23),
        ("a.w64", "PCM_16", 1 / 2**15),
        ("a.rf64", "PCM_16", 1 / 2**15),
        ("a.au", "PCM_16", 1 / 2**15),
    ],
)
def test_lossless_formats_give_the_samples_back(tmp_path, stereo, name, subtype, error):
    signal = read(write(tmp_path / name, stereo, subtype))
    assert signal.samples.shape == stereo.shape
    assert signal.sample_rate == RATE
    assert signal.channel_names == ("left", "right")
    assert signal.warnings == ()
    assert signal.samples.dtype == (np.float64 if subtype in ("PCM_32", "DOUBLE") else np.float32)
    np.testing.assert_allclose(signal.samples, stereo, atol=error)


@pytest.mark.parametrize(
    ("name", "subtype"), [("a.ogg", "VORBIS"), ("a.opus", "OPUS"), ("a.mp3", "MPEG_LAYER_III")]
)
def test_lossy_formats_give_nearly_the_samples_back(tmp_path, stereo, name, subtype):
    path = tmp_path / name
    rate = 48000 if subtype == "OPUS" else RATE
    soundfile.write(path, stereo.T, rate, subtype=subtype, format=None if name == "a.mp3" else "OGG")
    signal = read(path)
    assert signal.sample_rate == rate
    assert signal.samples.shape == stereo.shape
    assert signal.warnings == ()
    correlation = [
        np.corrcoef(a[500:-500], b[500:-500])[0, 1] for a, b in zip(signal.samples, stereo, strict=True)
    ]
    assert min(correlation) > 0.98


def test_full_scale_integers_reach_minus_one_and_floats_beyond_one_are_kept(tmp_path):
    soundfile.write(tmp_path / "i.wav", np.array([-(2**15), 2**15 - 1], np.int16), RATE)
    np.testing.assert_array_equal(read(tmp_path / "i.wav").samples, [[-1, 1 - 2.0**-15]])
    soundfile.write(tmp_path / "f.wav", np.array([-3.5, 2.0]), RATE, subtype="FLOAT")
    np.testing.assert_array_equal(read(tmp_path / "f.wav").samples, [[-3.5, 2.0]])


def test_content_outranks_the_extension(tmp_path, stereo):
    for name in ("a.csv", "a.raw", "a.npy", "noextension", "a.mp3"):
        write(tmp_path / "a.flac", stereo).rename(tmp_path / name)
        assert read(tmp_path / name).samples.shape == stereo.shape


def test_one_sample_and_one_hundred_channels(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.array([0.5]), RATE)
    assert read(tmp_path / "a.wav").samples.tolist() == [[0.5]]
    soundfile.write(tmp_path / "b.wav", np.zeros((10, 100)), RATE)
    assert read(tmp_path / "b.wav").samples.shape == (100, 10)


@pytest.mark.parametrize("keep", [0.3, 0.9])
@pytest.mark.parametrize("name", ["a.wav", "a.aiff", "a.flac", "a.mp3"])
def test_a_truncated_file_gives_what_is_there_and_says_so(tmp_path, name, keep):
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (1, 60_000))
    path = tmp_path / name
    subtype = "MPEG_LAYER_III" if name == "a.mp3" else "PCM_16"
    whole = read(write(path, noise, subtype)).samples
    data = path.read_bytes()
    path.write_bytes(data[: int(keep * len(data))])
    signal = read(path)
    assert kinds(signal) == ["truncated-file"]
    assert "declares 2.721 s" in signal.warnings[0].message
    assert signal.samples.shape[1] == pytest.approx(keep * 60_000, rel=0.2)
    if name != "a.mp3":
        np.testing.assert_array_equal(signal.samples, whole[:, : signal.samples.shape[1]])


def test_an_ogg_stream_without_its_end_is_said_to_be_cut(tmp_path):
    path = tmp_path / "a.ogg"
    write(path, np.random.default_rng(0).uniform(-0.5, 0.5, (1, 300_000)), "VORBIS", "OGG")
    assert read(path).warnings == ()
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    signal = read(path)
    assert kinds(signal) == ["truncated-file"]
    assert 50_000 < signal.samples.shape[1] < 250_000


def patch_wav(path, stereo, field, value, layout="<I"):
    """A WAV file with one field of its header changed."""
    data = bytearray(write(path, stereo).read_bytes())
    at = {"data": data.index(b"data") + 4, "rate": 24, "channels": 22, "riff": 4, "align": 32}[field]
    data[at : at + struct.calcsize(layout)] = struct.pack(layout, value)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("length", [0, 0xFFFFFFFF, 0x7FFFFFF0, 4000])
def test_the_sound_is_found_whatever_length_the_header_declares(tmp_path, stereo, length):
    signal = read(patch_wav(tmp_path / "a.wav", stereo, "data", length))
    assert signal.samples.shape == stereo.shape
    np.testing.assert_allclose(signal.samples, stereo, atol=1 / 2**15)
    expected = {0: ["implausible-header"], 4000: ["implausible-header"], 0x7FFFFFF0: ["truncated-file"]}
    assert kinds(signal) == expected.get(length, [])


def test_chunks_after_the_sound_are_not_sound(tmp_path, stereo):
    path = write(tmp_path / "a.wav", stereo)
    with path.open("ab") as file:
        file.write(b"LIST" + struct.pack("<I", 4) + b"INFO")
    assert read(path).samples.shape == stereo.shape
    assert read(path).warnings == ()


def test_a_file_that_ends_after_its_header_has_no_samples(tmp_path, stereo):
    path = write(tmp_path / "a.wav", stereo)
    path.write_bytes(path.read_bytes()[:44])
    with pytest.raises(SignalError, match=r"a\.wav has the header of a sound file but no samples"):
        read(path)


def test_a_rate_of_zero_is_refused_and_can_be_given(tmp_path, stereo):
    path = patch_wav(tmp_path / "a.wav", stereo, "rate", 0)
    with pytest.raises(SignalError, match="sample rate is 0 Hz; open it with the option sample_rate"):
        read(path)
    signal = read(path, sample_rate=8000)
    assert signal.sample_rate == 8000
    np.testing.assert_allclose(signal.samples, stereo, atol=1 / 2**15)


def test_no_channels_is_refused(tmp_path, stereo):
    with pytest.raises(SignalError, match="not a sound file that can be decoded"):
        read(patch_wav(tmp_path / "a.wav", stereo, "channels", 0, "<H"))


def test_samples_that_are_not_finite_become_zero_but_not_all_of_them(tmp_path):
    samples = np.array([0.5, np.nan, np.inf, -0.5])
    soundfile.write(tmp_path / "a.wav", samples, RATE, subtype="FLOAT")
    signal = read(tmp_path / "a.wav")
    assert signal.samples.tolist() == [[0.5, 0, 0, -0.5]]
    assert kinds(signal) == ["missing-values"]
    soundfile.write(tmp_path / "b.wav", np.full(9, np.nan), RATE, subtype="FLOAT")
    with pytest.raises(SignalError, match="every sample is NaN"):
        read(tmp_path / "b.wav")


def test_a_file_that_unpacks_to_far_too_much_is_refused(tmp_path, monkeypatch):
    from hippo_studio.signals.readers import limits

    monkeypatch.setattr(limits, "BASE", 10_000)
    monkeypatch.setattr(limits, "PER_BYTE", 1)
    soundfile.write(tmp_path / "a.flac", np.zeros(500_000), RATE)
    with pytest.raises(SignalError, match="which no recording does"):
        read(tmp_path / "a.flac")


def test_no_descriptor_stays_open(tmp_path, stereo):
    good, bad = write(tmp_path / "a.wav", stereo), tmp_path / "b.flac"
    bad.write_bytes(b"fLaC" + bytes(200))
    read(good)
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    for _ in range(3):
        read(good)
        with pytest.raises(SignalError):
            read(bad)
    after = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    assert before == after

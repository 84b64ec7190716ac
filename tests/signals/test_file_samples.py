"""Samples that stay in their file are the array that reading the file whole would give."""

import os

import numpy as np
import pytest
import soundfile

from hippo_studio.hippo import OnlineMemory
from hippo_studio.signals import Pyramid, Signal, overview, read
from hippo_studio.signals.envelope import envelope
from hippo_studio.signals.file_samples import FileSamples, SampleFile, SamplesLostError
from hippo_studio.signals.readers import audio

RATE = 8000
FRAMES = 30_011
FORMATS = [
    ("a.wav", "PCM_U8", None), ("a.wav", "PCM_16", None),
    ("a.wav", "PCM_24", None), ("a.wav", "PCM_32", None),
    ("a.wav", "FLOAT", None), ("a.wav", "DOUBLE", None), ("be.wav", "PCM_24", "BIG"),
    ("be.wav", "FLOAT", "BIG"),
    ("a.rf64", "PCM_16", None), ("a.w64", "PCM_24", None), ("a.w64", "FLOAT", None),
    ("a.aiff", "PCM_S8", None), ("a.aiff", "PCM_16", None), ("a.aiff", "PCM_24", None),
    ("a.aiff", "FLOAT", None),
    ("a.aifc", "PCM_16", "LITTLE"), ("a.aiff", "DOUBLE", None),
]  # fmt: skip


@pytest.fixture(scope="module")
def sound():
    return 0.9 * np.tanh(np.random.default_rng(4).standard_normal((3, FRAMES)))


@pytest.fixture
def long_files(monkeypatch):
    """Let every file of plain numbers count as long."""
    monkeypatch.setattr(audio, "LONG", 1)


def write(path, sound, subtype="FLOAT", endian=None):
    format = "AIFF" if path.suffix == ".aifc" else None
    soundfile.write(path, sound.T, RATE, subtype=subtype, endian=endian, format=format)
    return path


@pytest.fixture
def held(tmp_path, sound):
    """A file of float32, as FileSamples and as the array that it is."""
    write(tmp_path / "held.wav", sound)
    array = read(tmp_path / "held.wav").samples
    file = SampleFile(tmp_path / "held.wav", "<f4", 3, data_offset(tmp_path / "held.wav"), FRAMES, RATE)
    return FileSamples(file), array


def data_offset(path):
    from hippo_studio.signals.readers.riff import read_header

    return read_header(path).offset


@pytest.mark.parametrize(("name", "subtype", "endian"), FORMATS)
def test_every_plain_encoding_stays_in_its_file_and_reads_as_libsndfile_does(
    tmp_path, sound, long_files, name, subtype, endian
):
    path = write(tmp_path / name, sound, subtype, endian)
    signal = read(path)
    assert isinstance(signal.samples, FileSamples)
    dtype = "float64" if subtype in ("PCM_32", "DOUBLE") else "float32"
    whole = soundfile.read(path, dtype=dtype)[0].T
    assert signal.samples.shape == whole.shape
    assert signal.samples.dtype == dtype
    np.testing.assert_array_equal(np.asarray(signal.samples), whole)
    assert signal.warnings == ()


@pytest.mark.parametrize("name", ["a.flac", "a.ogg", "a.au"])
def test_other_formats_are_read_whole(tmp_path, sound, long_files, name):
    soundfile.write(tmp_path / name, sound.T, RATE)
    assert isinstance(read(tmp_path / name).samples, np.ndarray)


def test_a_short_file_is_an_ordinary_array(tmp_path, sound):
    assert isinstance(read(write(tmp_path / "a.wav", sound)).samples, np.ndarray)


INDICES = [
    0, -1, slice(1, 3), [2, 0], slice(None, None, -1), (slice(None), slice(10, 20)), (1, slice(-5, None)),
    (0, 7), (2, -1), (slice(0, 2), 5), (slice(None), np.array([5, 2, 29_000, -1])), (..., slice(3, 9)),
    (slice(None), slice(100, 50)), (0, slice(20, 2, -3)), (1, ..., slice(5, 6)), ([0, 1], [5, 6]),
    np.array([True, False, True]), (0, None, slice(4, 8)), (slice(None), np.zeros(0, int)),
    (0, np.arange(10).reshape(2, 5) * 3000), (np.int64(1), np.int64(4)), (slice(5, 9), slice(0, 4)),
]  # fmt: skip


@pytest.mark.parametrize("index", INDICES, ids=repr)
def test_any_index_gives_what_it_gives_of_the_array(held, index):
    lazy, array = held
    found = lazy[index]
    assert np.shape(found) == np.shape(array[index])
    np.testing.assert_array_equal(np.asarray(found), array[index])


@pytest.mark.parametrize("index", [3, (0, FRAMES), (slice(None), np.array([0, -FRAMES - 1])), (0, 0, 0)])
def test_an_index_outside_is_an_index_error(held, index):
    lazy, array = held
    with pytest.raises(IndexError):
        array[index]
    with pytest.raises(IndexError):
        lazy[index]


def test_slices_of_slices_read_nothing_until_they_are_arrays(held):
    lazy, array = held
    part = lazy[1:][0, 100:][None, 5:50]
    assert isinstance(part, FileSamples)
    np.testing.assert_array_equal(part, array[1:2, 105:150])


def test_it_computes_as_an_array_does(held):
    lazy, array = held
    np.testing.assert_array_equal(lazy[0] * 2 + array[1], array[0] * 2 + array[1])
    np.testing.assert_array_equal(np.abs(lazy).max(axis=1), np.abs(array).max(axis=1))
    np.testing.assert_array_equal(lazy.T[:5].astype("f8"), array.T[:5])
    assert (lazy.std(), lazy.min(), float(np.mean(lazy))) == (array.std(), array.min(), float(np.mean(array)))
    assert (len(lazy), lazy.size, lazy.nbytes) == (3, array.size, array.nbytes)
    assert not hasattr(lazy, "no_such_thing")
    for one, other in zip(lazy, array, strict=True):
        np.testing.assert_array_equal(one, other)
    with pytest.raises(ValueError, match="copy=False"):
        np.asarray(lazy, copy=False)


def test_memories_pyramids_and_envelopes_take_it(held):
    lazy, array = held
    ours, theirs = (OnlineMemory("legt", 8, RATE, 0.1, channels=3) for _ in range(2))
    ours.push(lazy[:, :9000])
    theirs.push(array[:, :9000])
    np.testing.assert_array_equal(ours.coefficients, theirs.coefficients)
    pyramids = Pyramid(lazy[1]), Pyramid(array[1])
    for view in ((0, FRAMES, 40), (1000.5, 1700, 333)):
        np.testing.assert_array_equal(pyramids[0].minmax(*view), pyramids[1].minmax(*view))
    signals = Signal(lazy, RATE), Signal(array, RATE)
    np.testing.assert_array_equal(envelope(signals[0]).samples, envelope(signals[1]).samples)


def test_bad_samples_count_as_zero_and_are_told_once_they_are_met(tmp_path, sound, long_files):
    broken = sound.astype(np.float32)
    broken[1, 20_000], broken[2, 20_000:20_002] = np.nan, np.inf
    signal = read(write(tmp_path / "bad.wav", broken))
    assert signal.late_warnings == ()
    np.testing.assert_array_equal(signal.samples[:, :9], broken[:, :9])
    assert signal.late_warnings == ()
    mended = np.where(np.isfinite(broken), broken, 0)
    np.testing.assert_array_equal(signal.samples[:, 19_999:20_005], mended[:, 19_999:20_005])
    np.testing.assert_array_equal(signal.samples[1, [20_000, 3]], mended[1, [20_000, 3]])
    (warning,) = signal.late_warnings
    assert str(warning) == (
        "2 samples of bad.wav are not finite, the first at 2.500000 s (sample 20000); they count as zero."
    )


def test_a_file_cut_short_while_it_is_open_is_a_sentence(tmp_path, sound, long_files):
    path = write(tmp_path / "cut.wav", sound)
    samples = read(path).samples
    os.truncate(path, data_offset(path) + 10_000 * 3 * 4 + 5)
    np.testing.assert_array_equal(samples[:, :10_000], sound[:, :10_000].astype("f4"))
    with pytest.raises(
        SamplesLostError, match=r"cut\.wav was cut short .* at 1\.250 s is gone; open it again"
    ):
        np.asarray(samples)
    with pytest.raises(ValueError, match="cut short"):
        samples[0, [5, 20_000]]


def test_pictures_of_a_file_cut_short_have_a_hole_where_it_was(tmp_path, sound, long_files, monkeypatch):
    path = write(tmp_path / "cut.wav", sound)
    signal = read(path)
    os.truncate(path, data_offset(path) + 10_000 * 3 * 4 + 5)
    monkeypatch.setattr(overview, "SMALL", 0)
    array = sound.astype("f4")[1]
    pyramid = Pyramid(signal.samples[1])
    for _ in ("while it is probed", "once it is built"):
        low, _ = pyramid.minmax(0, 30_000, 30)
        assert np.isfinite(low[:9]).all()
        assert np.isnan(low[11:]).all()
        low, _ = pyramid.minmax(9990, 10_010, 20)
        np.testing.assert_array_equal(low, np.r_[array[9990:10_000], np.full(10, np.nan)])
        assert pyramid.extent()[1] == pytest.approx(array[:10_000].max(), abs=0.3)
        pyramid.build()
    assert [warning.kind for warning in signal.late_warnings] == ["truncated-file"]
    assert "at 1.250 s is gone" in str(signal.late_warnings[0])


def test_a_file_rewritten_while_it_is_open_is_told(tmp_path, sound, long_files):
    path = write(tmp_path / "new.wav", sound)
    signal = read(path)
    assert signal.samples[0, 0] == np.float32(sound[0, 0])
    with path.open("r+b") as file:
        file.seek(data_offset(path))
        file.write(np.float32(0.25).tobytes())
    os.utime(path, ns=(1, 1))
    assert signal.samples[0, 0] == 0.25
    assert [warning.kind for warning in signal.late_warnings] == ["changed-file"]


def test_a_header_that_promises_more_is_told_of_a_long_file_too(tmp_path, sound, long_files):
    path = write(tmp_path / "cut.wav", sound)
    os.truncate(path, data_offset(path) + 12_000 * 3 * 4)
    signal = read(path)
    assert signal.samples.shape == (3, 12_000)
    assert [warning.kind for warning in signal.warnings] == ["truncated-file"]


def test_a_compressed_file_beyond_the_limit_is_refused_in_a_sentence(tmp_path, sound, monkeypatch):
    monkeypatch.setattr(audio, "MOST_UNPACKED", 3 * 8000)
    soundfile.write(tmp_path / "long.flac", np.tile(sound.T, (20, 1)), RATE)
    with pytest.raises(ValueError, match=r"long\.flac unpacks to more than .* export it as WAV"):
        read(tmp_path / "long.flac")


def test_the_file_is_closed_with_its_last_user(tmp_path, sound, long_files):
    samples = read(write(tmp_path / "a.wav", sound)).samples
    descriptor = samples._file._descriptor
    row = samples[0]
    del samples
    os.fstat(descriptor)
    assert row[3] == np.float32(sound[0, 3])
    del row
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(descriptor)

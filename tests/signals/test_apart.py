"""Decoders in a process of their own: the same signal, and a sentence where one crashes, hangs or starves."""

import numpy as np
import pytest
import soundfile

from hippo_studio.signals import SignalError, read
from hippo_studio.signals.file_samples import FileSamples
from hippo_studio.signals.readers import apart, audio

NOISE = np.random.default_rng(0).uniform(-0.5, 0.5, (3000, 2))


@pytest.fixture(autouse=True)
def children():
    apart.decode_apart(False)
    apart.decode_apart()
    yield
    apart.decode_apart(False)


@pytest.fixture
def sound(tmp_path):
    path = tmp_path / "a.flac"
    soundfile.write(path, NOISE, 8000)
    return path


@pytest.fixture
def faulty(tmp_path, monkeypatch):
    """Lets the children find another library in the place of the true decoder."""

    def put(code):
        (tmp_path / "faulty").mkdir(exist_ok=True)
        (tmp_path / "faulty" / "soundfile.py").write_text(code)
        monkeypatch.setenv("PYTHONPATH", str(tmp_path / "faulty"))

    return put


def test_what_comes_back_is_what_the_reader_reads(sound):
    theirs = read(sound, sample_rate=100)
    apart.decode_apart(False)
    ours = read(sound, sample_rate=100)
    np.testing.assert_array_equal(theirs.samples, ours.samples)
    for name in (
        "sample_rate",
        "channel_names",
        "units",
        "start",
        "origin",
        "warnings",
        "regions",
        "reading",
    ):
        assert getattr(theirs, name) == getattr(ours, name), name


def test_tables_and_arrays_come_back_too(tmp_path):
    import duckdb
    import h5py

    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["x"], file["fs"] = NOISE, 100
    np.testing.assert_array_equal(read(tmp_path / "a.h5").samples, NOISE.T)
    rows = "SELECT i * 0.01 AS t, i AS x FROM range(300) r(i) WHERE i NOT IN (8, 9)"
    duckdb.execute(f"COPY ({rows}) TO '{tmp_path}/a.parquet'")
    signal = read(tmp_path / "a.parquet")
    assert (signal.sample_rate, signal.length) == (pytest.approx(100), 300)
    np.testing.assert_allclose(signal.gaps, [(0.08, 0.1)])
    with pytest.raises(ValueError, match="There is no variable 'y'"):
        read(tmp_path / "a.h5", variable="y")


def test_a_child_lives_on_for_the_next_file(sound, monkeypatch):
    read(sound)
    (child,) = apart._idle
    read(sound)
    assert apart._idle == [child]


def test_warnings_and_refusals_come_through(sound):
    cut = sound.with_suffix(".wav")
    soundfile.write(cut, NOISE, 8000)
    cut.write_bytes(cut.read_bytes()[:9000])
    (warning,) = read(cut).warnings
    assert (warning.kind, type(warning).__name__) == ("truncated-file", "TruncatedFile")
    sound.write_bytes(b"fLaC" + bytes(40))
    with pytest.raises(SignalError, match=r"a\.flac is not a sound file that can be decoded"):
        read(sound)
    with pytest.raises(ValueError, match="no reading option 'delimiter'"):
        read(sound, delimiter=",")


def test_a_long_recording_stays_in_its_file(tmp_path, monkeypatch):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.tile(NOISE, (2800, 1)), 8000)
    assert NOISE.size * 2800 >= audio.LONG
    signal = read(path)
    assert isinstance(signal.samples, FileSamples)
    np.testing.assert_allclose(signal.samples[:, :50], NOISE[:50].T, atol=1e-4)


def test_a_decoder_that_crashes_is_a_sentence_and_the_next_file_opens(sound, faulty, monkeypatch):
    faulty("import ctypes; ctypes.string_at(0)")
    with pytest.raises(SignalError, match=r"The decoder crashed over a\.flac, so it was not opened"):
        read(sound)
    monkeypatch.delenv("PYTHONPATH")
    assert read(sound).length == 3000


def test_a_decoder_that_hangs_is_given_up(sound, faulty, monkeypatch):
    faulty("import time; time.sleep(60)")
    monkeypatch.setattr(apart, "PATIENCE", 1.0)
    with pytest.raises(SignalError, match=r"a\.flac was not decoded within 1 s"):
        read(sound)


def test_a_decoder_that_takes_all_memory_is_stopped(sound, faulty):
    faulty("bytearray(100 << 30)")
    with pytest.raises(SignalError, match="does not fit into memory"):
        read(sound)


def test_bundled_samples_need_no_child():
    from hippo_studio.signals import bundled_samples

    read(bundled_samples()[0].path)
    assert apart._idle == []


def test_a_child_that_was_asked_for_soon_reads_the_first_file(sound, monkeypatch):
    apart.decode_apart(soon=True)
    (child,) = apart._idle
    assert child.alive
    monkeypatch.setattr(apart, "_Child", None)  # no other can be made
    assert read(sound).length == len(NOISE)
    assert apart._idle == [child]


def test_a_system_that_grants_no_process_yet_does_not_stop_the_start(monkeypatch):
    def refused(*_, **__):
        raise OSError("too many processes")

    monkeypatch.setattr(apart.subprocess, "Popen", refused)
    apart.decode_apart(soon=True)
    assert apart._idle == []

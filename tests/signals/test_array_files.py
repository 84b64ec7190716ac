"""Arrays in NumPy, MATLAB, HDF5 and Parquet files: which is the signal, and what is refused."""

import pickle
import zipfile

import duckdb
import h5py
import numpy as np
import pytest
from scipy.io import loadmat, savemat

from hippo_studio.signals import SignalError, read
from hippo_studio.signals.readers import mat5

NOISE = np.random.default_rng(0).standard_normal((3, 200))


def kinds(signal):
    return [warning.kind for warning in signal.warnings]


def npy(folder, array, name="a.npy"):
    np.save(folder / name, array, allow_pickle=True)
    return folder / name


def npz(folder, **arrays):
    np.savez(folder / "a.npz", **arrays)
    return folder / "a.npz"


def mat(folder, compressed=False, **arrays):
    savemat(folder / "a.mat", arrays, do_compression=compressed)
    return folder / "a.mat"


@pytest.mark.parametrize("array", [NOISE, NOISE.T, np.asfortranarray(NOISE), NOISE.astype(">f8")])
def test_the_longer_axis_is_time(tmp_path, array):
    signal = read(npy(tmp_path, array), sample_rate=50)
    np.testing.assert_array_equal(signal.samples, NOISE)
    assert (signal.sample_rate, kinds(signal)) == (50, [])
    assert signal.channel_names == ("a ch1", "a ch2", "a ch3")


def test_a_rate_nobody_gives_is_assumed_and_said(tmp_path):
    signal = read(npy(tmp_path, NOISE[0]))
    assert (signal.sample_rate, kinds(signal)) == (1, ["assumed-rate"])


@pytest.mark.parametrize(
    ("dtype", "becomes"), [("f4", "f4"), ("f2", "f4"), ("f8", "f8"), ("i2", "f8"), ("u8", "f8"), ("?", "f8")]
)
def test_numbers_keep_their_values_whatever_their_type(tmp_path, dtype, becomes):
    array = (NOISE[0] * 10).clip(0, 20).astype(dtype)
    signal = read(npy(tmp_path, array), sample_rate=1)
    assert signal.samples.dtype == np.dtype(becomes)
    np.testing.assert_array_equal(signal.samples[0], array.astype(becomes))


def test_complex_numbers_become_two_channels(tmp_path):
    signal = read(npy(tmp_path, NOISE[0] + 1j * NOISE[1]), sample_rate=1)
    np.testing.assert_array_equal(signal.samples, NOISE[:2])
    assert signal.channel_names == ("a real", "a imaginary")
    assert kinds(signal) == ["complex-values"]


@pytest.mark.parametrize("name", ["fs", "Fs", "sample_rate", "srate"])
def test_the_rate_is_recognised_by_its_name(tmp_path, name):
    for path in (npz(tmp_path, x=NOISE[0], **{name: 250}), mat(tmp_path, x=NOISE[0], **{name: 250.0})):
        signal = read(path)
        assert (signal.sample_rate, signal.channel_names, kinds(signal)) == (250, ("x",), [])


def test_vectors_of_one_length_are_channels_and_time_is_time(tmp_path):
    signal = read(npz(tmp_path, x=NOISE[0], y=NOISE[1], t=np.arange(200) / 40 + 3))
    np.testing.assert_array_equal(signal.samples, NOISE[:2])
    assert (signal.channel_names, signal.sample_rate, kinds(signal)) == (("x", "y"), 40, [])


def test_moments_give_the_start(tmp_path):
    time = np.datetime64("2024-05-14T12:00:00.250") + np.arange(200) * np.timedelta64(20, "ms")
    signal = read(npz(tmp_path, x=NOISE[0], time=time))
    assert signal.sample_rate == pytest.approx(50)
    assert signal.start == pytest.approx(1715688000.25, abs=1e-6)


def test_fields_of_a_structured_array_are_channels(tmp_path):
    array = np.zeros(200, [("t", "f8"), ("x", "f4"), ("y", "i4")])
    array["t"], array["x"], array["y"] = np.arange(200) / 10, NOISE[0], np.arange(200)
    signal = read(npy(tmp_path, array))
    assert (signal.channel_names, signal.sample_rate) == (("x", "y"), 10)
    np.testing.assert_array_equal(signal.samples[1], np.arange(200))


def test_the_largest_array_is_taken_and_the_others_named(tmp_path):
    path = npz(tmp_path, small=NOISE[0], large=NOISE, text="hello")
    signal = read(path, sample_rate=1)
    assert kinds(signal) == ["arrays-left-aside"]
    assert "taken from large; left aside: small (200,)" in signal.warnings[0].message
    chosen = read(path, variable="small", sample_rate=1)
    assert (chosen.channel_names, kinds(chosen)) == (("small",), [])
    with pytest.raises(ValueError, match=r"no variable 'nope' in a.npz; it holds small \(200,\)"):
        read(path, variable="nope")


def test_missing_values_of_arrays_are_filled_or_refused(tmp_path):
    array = np.array([1, np.nan, 3], "f4")
    signal = read(npy(tmp_path, array), sample_rate=1)
    assert (signal.samples.tolist(), signal.samples.dtype) == ([[1, 2, 3]], np.float32)
    with pytest.raises(SignalError, match="first at sample 1"):
        read(npy(tmp_path, array), sample_rate=1, missing="error")


class Trap:
    def __reduce__(self):
        return open, ("/nonexistent/would-be-created", "w")


def test_a_pickle_is_never_opened(tmp_path):
    with pytest.raises(SignalError, match="pickled Python objects, which could run code"):
        read(npy(tmp_path, np.array([Trap()], object)))
    (tmp_path / "p.npy").write_bytes(pickle.dumps([1.0]))
    with pytest.raises(SignalError, match="a Python pickle"):
        read(tmp_path / "p.npy")
    path = npz(tmp_path, x=NOISE[0], meta=np.array({"a": 1}, object))
    with pytest.raises(SignalError, match=r"'meta' in .* holds pickled"):
        read(path)
    assert read(path, variable="x", sample_rate=1).samples.shape == (1, 200)
    with pytest.raises(SignalError, match="no array of numbers"):
        read(path, variable="meta")


@pytest.mark.parametrize(
    ("array", "words"),
    [
        (np.zeros(0), "only empty ones"),
        (np.zeros((2, 3, 4, 5)), r"shape \(2, 3, 4, 5\)"),
        (np.array(["a", "b"]), "no array of numbers"),
        (np.full(5, np.nan), "every value is missing"),
    ],
)
def test_arrays_that_are_no_signal_are_refused(tmp_path, array, words):
    with pytest.raises(SignalError, match=words):
        read(npy(tmp_path, array))


def test_a_rate_of_zero_is_refused_and_can_be_given(tmp_path):
    path = npz(tmp_path, x=NOISE[0], fs=0)
    with pytest.raises(SignalError, match=r"sample rate \(fs\) is 0 Hz"):
        read(path)
    assert read(path, sample_rate=5).sample_rate == 5


def test_headers_that_lie_about_the_size_are_refused_before_memory_is_taken(tmp_path):
    data = npy(tmp_path, NOISE).read_bytes()
    for claim, words in (
        (b"(3, 9999999)", "only 4800 bytes follow"),
        (b"(9999999999,)", "which no recording does"),
    ):
        old = b"(3, 200), }" + b" " * (len(claim) - 8)
        assert data.count(old) == 1
        (tmp_path / "lie.npy").write_bytes(data.replace(old, claim + b", }"))
        with pytest.raises(SignalError, match=words):
            read(tmp_path / "lie.npy")
    with h5py.File(tmp_path / "lie.h5", "w") as file:
        file.create_dataset("x", shape=(10**12,), dtype="f8", chunks=(1000,))
    with pytest.raises(SignalError, match="which no recording does"):
        read(tmp_path / "lie.h5")


@pytest.mark.parametrize("keep", [7, 90, 400, 0.5, 0.98])
@pytest.mark.parametrize("kind", ["npy", "npz", "mat", "parquet", "h5"])
def test_truncated_files_are_said_to_be_damaged(tmp_path, kind, keep):
    path = tmp_path / f"a.{kind}"
    if kind == "npy":
        npy(tmp_path, NOISE)
    elif kind == "npz":
        npz(tmp_path, x=NOISE)
    elif kind == "mat":
        mat(tmp_path, x=NOISE)
    elif kind == "h5":
        with h5py.File(path, "w") as file:
            file["x"] = NOISE
    else:
        write_parquet(path, "select sin(i) as x from range(2000) r(i)")
    data = path.read_bytes()
    path.write_bytes(data[: int(keep * len(data)) if isinstance(keep, float) else keep])
    with pytest.raises(SignalError, match=path.name):
        read(path)


def test_an_archive_of_something_else_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(SignalError, match="a ZIP archive"):
        read(tmp_path / "a.npz")


@pytest.mark.parametrize("compressed", [False, True])
def test_our_matlab_reader_agrees_with_scipys(tmp_path, compressed):
    variables = {
        "doubles": NOISE,
        "row": NOISE[0],
        "singles": NOISE.astype("f4"),
        "whole": np.arange(300.0).reshape(3, 100),  # stored as smaller integers
        "i16": (NOISE * 100).astype("i2"),
        "u8": np.arange(200, dtype="u1"),
        "flags": NOISE > 0,
        "z": NOISE + 2j * NOISE,
        "s": {"data": NOISE, "rate": 128.0, "deep": {"x": NOISE[0]}, "name": "subject"},
        "text": "hello",
        "cells": np.array([1, "a"], object),
        "empty": np.zeros((0, 0)),
    }
    path = mat(tmp_path, compressed, **variables)
    found = mat5.entries(path)
    theirs = loadmat(path)
    for name in ("doubles", "row", "singles", "whole", "i16", "u8", "flags", "z", "empty"):
        array = found[name].load()
        assert array.shape == found[name].shape == theirs[name].shape
        np.testing.assert_array_equal(array, theirs[name])
    np.testing.assert_array_equal(found["s.data"].load(), NOISE)
    assert found["s.rate"].load().item() == 128
    np.testing.assert_array_equal(found["s.deep.x"].load().ravel(), NOISE[0])
    assert not {"text", "cells", "s.name"} & set(found)


def test_a_structure_gives_signal_and_rate(tmp_path):
    signal = read(mat(tmp_path, EEG={"data": NOISE, "srate": 128.0}))
    assert signal.sample_rate == 128
    np.testing.assert_array_equal(signal.samples, NOISE)


def test_a_matlab_file_of_big_endian_order(tmp_path):
    """Written here by hand, since scipy writes only little-endian."""
    import struct

    def element(kind, content):
        return struct.pack(">II", kind, len(content)) + content + bytes(-len(content) % 8)

    values = np.arange(5, dtype=">f8")
    body = element(6, struct.pack(">II", 6, 0)) + element(5, struct.pack(">ii", 1, 5)) + element(1, b"x")
    matrix = element(14, body + element(9, values.tobytes()))
    head = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack(">H", 0x0100) + b"MI"
    (tmp_path / "a.mat").write_bytes(head + matrix)
    assert read(tmp_path / "a.mat", sample_rate=1).samples.tolist() == [[0, 1, 2, 3, 4]]


def test_a_compressed_variable_that_claims_too_much_is_refused(tmp_path):
    import struct
    import zlib

    packed = zlib.compress(struct.pack("<II", 14, 0xFFFFFFF8) + bytes(1000))
    head = b"MATLAB 5.0 MAT-file".ljust(124) + struct.pack("<H", 0x0100) + b"IM"
    (tmp_path / "a.mat").write_bytes(head + struct.pack("<II", 15, len(packed)) + packed)
    with pytest.raises(SignalError, match=r"which no recording does"):
        read(tmp_path / "a.mat")


def test_matlab_7_3_and_plain_hdf5(tmp_path):
    with h5py.File(tmp_path / "a.mat", "w", userblock_size=512) as file:
        file["ECG"] = NOISE
        file["fs"] = [[250.0]]
        file["label"] = np.array([[104, 105]], "u2")
        file["label"].attrs["MATLAB_class"] = np.bytes_("char")
    data = bytearray((tmp_path / "a.mat").read_bytes())
    data[:19] = b"MATLAB 7.3 MAT-file"
    (tmp_path / "a.mat").write_bytes(data)
    signal = read(tmp_path / "a.mat")
    np.testing.assert_array_equal(signal.samples, NOISE)
    assert (signal.sample_rate, kinds(signal)) == (250, [])
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["group/x"] = NOISE
        file["group/sample_rate"] = 10
    assert read(tmp_path / "a.h5").sample_rate == 10


def write_parquet(path, query):
    duckdb.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")


@pytest.mark.parametrize(
    ("time", "rate", "start"),
    [
        ("timestamp '2024-05-14 12:00:00' + to_milliseconds(i * 20) as time", 50, 1715688000),
        ("timestamptz '2024-05-14 12:00:00+02' + to_milliseconds(i * 20) as time", 50, 1715680800),
        ("1715688000000 + i * 10 as stamp", 100, 1715688000),
        ("i * 5 as time_ms", 200, None),
        ("i * 0.01 as t", 100, None),
        ("(timestamp '2024-05-14 12:00:00' + to_milliseconds(i * 20))::varchar as time", 50, 1715688000),
    ],
)
def test_parquet_times_are_found_as_in_tables(tmp_path, time, rate, start):
    path = tmp_path / "a.parquet"
    write_parquet(path, f"select {time}, i % 7 as \"x [mV]\", 'a' as label from range(1000) r(i)")
    signal = read(path)
    assert signal.sample_rate == pytest.approx(rate)
    assert signal.start == start
    assert (signal.channel_names, signal.units) == (("x",), ("mV",))
    np.testing.assert_array_equal(signal.samples[0], np.arange(1000) % 7)
    assert kinds(signal) == ["columns-left-aside"]


def test_parquet_nulls_options_and_refusals(tmp_path):
    path = tmp_path / "it's [1].parquet"
    duckdb.execute("SET VARIABLE x = 1")
    write_parquet(
        tmp_path / "b.parquet", "select case when i = 5 then null else i end as k, i as j from range(9) r(i)"
    )
    (tmp_path / "b.parquet").rename(path)
    signal = read(path, sample_rate=10, columns=["k"], missing="zero")
    assert signal.samples.tolist() == [[0, 1, 2, 3, 4, 0, 6, 7, 8]]
    assert kinds(signal) == ["missing-values"]
    write_parquet(tmp_path / "c.parquet", "select 'a' as x from range(9) r(i)")
    with pytest.raises(SignalError, match="no column of numbers"):
        read(tmp_path / "c.parquet")
    write_parquet(tmp_path / "d.parquet", "select i as x from range(0) r(i)")
    with pytest.raises(SignalError, match="no rows"):
        read(tmp_path / "d.parquet")
    with pytest.raises(ValueError, match="no reading option 'delimiter'"):
        read(path, delimiter=",")

"""Every format holds the same names and the same bits, at any size, or no file at all."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from hippo_studio.export.atomic import ExportError
from hippo_studio.export.coefficients import (
    FORMATS,
    CoefficientMetadata,
    CoefficientRecord,
    coefficient_writer,
    read_coefficients,
    write_coefficients,
)

SUFFIXES = [chosen.suffix for chosen in FORMATS]
# The names of the file format that scripts rely on.
SHAPED = {"coefficients", "times", "channel_names", "units"}
SINGLE = {"sample_rate", "measure", "order", "theta", "method", "source", "format_version"}
NAMES = SHAPED | SINGLE

every_format = pytest.mark.parametrize("suffix", SUFFIXES)


def assert_same(read: CoefficientRecord, written: CoefficientRecord) -> None:
    """The same bits (−0 and NaN told apart) and the same metadata."""
    for name in ("coefficients", "times"):
        got, wanted = getattr(read, name), getattr(written, name)
        assert got.shape == wanted.shape
        assert got.tobytes() == wanted.tobytes()
    assert repr(read.metadata) == repr(written.metadata)  # repr: NaN equals NaN


@every_format
@pytest.mark.parametrize(
    ("frames", "channels", "order"), [(1, 1, 1), (1, 3, 2), (2, 1, 512), (7, 2, 5), (130, 4, 3)]
)
def test_what_is_read_is_what_was_written(
    tmp_path: Path,
    make_record: Callable[..., CoefficientRecord],
    suffix: str,
    frames: int,
    channels: int,
    order: int,
) -> None:
    record = make_record(frames, channels, order)
    write_coefficients(tmp_path / f"c{suffix}", record)
    assert_same(read_coefficients(tmp_path / f"c{suffix}"), record)
    assert os.listdir(tmp_path) == [f"c{suffix}"]


@every_format
@pytest.mark.parametrize(
    "text",
    [
        "",
        " both ends ",
        '"quoted"',
        "[1, 2]",
        "a: b",
        "# a\n# b",
        "tab\tand\rreturn",
        "čaj 茶 🫖 ·",
        "it's",
        "nan",
    ],
)
def test_texts_survive_whatever_they_hold(
    tmp_path: Path, make_record: Callable[..., CoefficientRecord], suffix: str, text: str
) -> None:
    record = make_record(
        2, 2, 3, channel_names=(text, "b"), units=(text, ""), source=text, options={"x": text}
    )
    write_coefficients(tmp_path / f"c{suffix}", record)
    assert_same(read_coefficients(tmp_path / f"c{suffix}"), record)


@every_format
def test_legs_has_no_window_and_says_so_with_nan(
    tmp_path: Path, make_record: Callable[..., CoefficientRecord], suffix: str
) -> None:
    record = make_record(measure="legs", theta=float("nan"), options={})
    write_coefficients(tmp_path / f"c{suffix}", record)
    assert np.isnan(read_coefficients(tmp_path / f"c{suffix}").theta)


@every_format
def test_blocks_of_any_size_make_the_same_record(
    tmp_path: Path, make_record: Callable[..., CoefficientRecord], suffix: str
) -> None:
    record = make_record(20, 2, 4)
    with coefficient_writer(tmp_path / f"c{suffix}", record.metadata, 20) as append:
        for start, stop in ((0, 1), (1, 1), (1, 13), (13, 20)):
            append(record.times[start:stop], record.coefficients[start:stop])
    assert_same(read_coefficients(tmp_path / f"c{suffix}"), record)


@every_format
def test_single_precision_keeps_its_own_bits(
    tmp_path: Path, make_record: Callable[..., CoefficientRecord], suffix: str
) -> None:
    record = make_record(20, 2, 4)
    exact = np.clip(record.coefficients, -3e38, 3e38)
    rounded = exact.astype(np.float32)
    with coefficient_writer(tmp_path / f"c{suffix}", record.metadata, 20, "float32") as append:
        append(record.times[:13], exact[:13])
        append(record.times[13:], rounded[13:])
    read = read_coefficients(tmp_path / f"c{suffix}")
    assert read.coefficients.astype(np.float32).tobytes() == rounded.tobytes()
    assert read.times.tobytes() == record.times.tobytes()
    if suffix != ".csv":  # which knows digits, and no types
        assert read.dtype == "float32"
        write_coefficients(tmp_path / f"again{suffix}", read)
        assert_same(read_coefficients(tmp_path / f"again{suffix}"), read)


def test_coefficients_beyond_single_precision_are_refused(
    tmp_path: Path, make_record: Callable[..., CoefficientRecord]
) -> None:
    metadata = make_record(1, 1, 2).metadata
    with (
        pytest.raises(ValueError, match="beyond the range of float32; choose float64"),
        coefficient_writer(tmp_path / "c.npz", metadata, 1, "float32") as append,
    ):
        append(np.ones(1), np.full((1, 1, 2), 1e300))
    assert os.listdir(tmp_path) == []


def test_a_precision_that_no_file_has_is_refused(tmp_path: Path, record: CoefficientRecord) -> None:
    with (
        pytest.raises(ValueError, match="The dtype is 'float16'; float64 or float32 is needed"),
        coefficient_writer(tmp_path / "c.npz", record.metadata, 7, "float16"),  # type: ignore[arg-type]
    ):
        pass
    assert os.listdir(tmp_path) == []


@every_format
@pytest.mark.parametrize("shape", [(3, 2, 4), (3, 1, 5), (2, 2, 5), (3, 10)])
def test_a_block_of_the_wrong_shape_is_refused_and_leaves_no_file(
    tmp_path: Path, record: CoefficientRecord, suffix: str, shape: tuple[int, ...]
) -> None:
    with (
        pytest.raises(ValueError, match=r"needs coefficients of shape \(3, 2, 5\), not "),
        coefficient_writer(tmp_path / f"c{suffix}", record.metadata, 3) as append,
    ):
        append(np.arange(3.0), np.zeros(shape))
    assert os.listdir(tmp_path) == []


@every_format
@pytest.mark.parametrize("announced", [6, 8])
def test_frames_that_are_missing_or_too_many_leave_no_file(
    tmp_path: Path, record: CoefficientRecord, suffix: str, announced: int
) -> None:
    with (
        pytest.raises(ValueError, match=f"7 frames were appended to a file of {announced}"),
        coefficient_writer(tmp_path / f"c{suffix}", record.metadata, announced) as append,
    ):
        append(record.times, record.coefficients)
    assert os.listdir(tmp_path) == []


@every_format
def test_cancelling_leaves_no_file_and_the_next_export_works(
    tmp_path: Path, record: CoefficientRecord, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class CancelledError(Exception):
        pass

    def cancel(fraction: float) -> None:
        seen.append(fraction)
        if len(seen) == 3:
            raise CancelledError

    monkeypatch.setattr("hippo_studio.export.coefficients.BLOCK_VALUES", 1)
    seen: list[float] = []
    with pytest.raises(CancelledError):
        write_coefficients(tmp_path / f"c{suffix}", record, progress=cancel)
    assert os.listdir(tmp_path) == []
    seen.clear()
    write_coefficients(tmp_path / f"c{suffix}", record, progress=seen.append)
    assert seen == [(frame + 1) / 7 for frame in range(7)]
    assert_same(read_coefficients(tmp_path / f"c{suffix}"), record)


def test_npz_holds_the_published_names_without_pickle(tmp_path: Path, record: CoefficientRecord) -> None:
    write_coefficients(tmp_path / "c.npz", record)
    with np.load(tmp_path / "c.npz", allow_pickle=False) as archive:
        assert set(archive.files) >= NAMES
        assert archive["coefficients"].dtype == np.float64
        assert archive["channel_names"].tolist() == list(record.channel_names)
        assert archive["measure"].item() == "legt"


def test_npz_of_the_same_numbers_is_the_same_bytes(tmp_path: Path, record: CoefficientRecord) -> None:
    for name in ("a.npz", "b.npz"):
        write_coefficients(tmp_path / name, record)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_csv_and_parquet_are_the_documented_table(tmp_path: Path, record: CoefficientRecord) -> None:
    import duckdb

    for suffix, options in ((".csv", ", comment='#', header=true"), (".parquet", "")):
        path = tmp_path / f"c{suffix}"
        write_coefficients(path, record)
        table = duckdb.sql(f"FROM read_{suffix[1:]}('{path}'{options})")
        assert table.columns == ["time", "channel", "c0", "c1", "c2", "c3", "c4"]
        rows = table.fetchall()
        assert [row[0] for row in rows] == np.repeat(record.times, 2).tolist()
        assert [row[1] for row in rows[:2]] == list(record.channel_names) or suffix == ".csv"
        np.testing.assert_array_equal([row[2:] for row in rows], record.coefficients.reshape(-1, 5))
    assert NAMES - {"coefficients", "times"} <= {
        line[2:].split(":")[0]
        for line in (tmp_path / "c.csv").read_text().splitlines()
        if line.startswith("# ")
    }


def test_mat_holds_plain_variables_and_cells(tmp_path: Path, record: CoefficientRecord) -> None:
    from scipy.io import loadmat

    write_coefficients(tmp_path / "c.mat", record)
    variables = loadmat(tmp_path / "c.mat")
    assert set(variables) >= NAMES
    assert variables["coefficients"].shape == (7, 2, 5)
    assert variables["measure"].item() == "legt"
    assert variables["channel_names"].item(1).item() == record.channel_names[1]


def test_h5_holds_data_sets_and_attributes(tmp_path: Path, record: CoefficientRecord) -> None:
    import h5py

    write_coefficients(tmp_path / "c.h5", record)
    with h5py.File(tmp_path / "c.h5") as file:
        assert {*file, *file.attrs} >= NAMES
        assert file["coefficients"].shape == (7, 2, 5)
        assert file.attrs["measure"] == "legt"
        assert file["units"].asstr()[1] == "m/s²"


@pytest.mark.parametrize("suffix", [".npz", ".csv", ".h5", ".parquet"])
def test_a_trajectory_passes_through_little_memory(
    tmp_path: Path, make_record: Callable[..., CoefficientRecord], suffix: str
) -> None:
    metadata = make_record(1, 1, 64).metadata
    frames, step = 40_000 if suffix != ".csv" else 10_000, 1000
    block = np.random.default_rng(0).standard_normal((step, 1, 64))
    with coefficient_writer(tmp_path / f"warm{suffix}", metadata, step) as append:  # what imports allocate
        append(np.arange(float(step)), block)
    tracemalloc.start()
    try:
        with coefficient_writer(tmp_path / f"c{suffix}", metadata, frames) as append:
            for start in range(0, frames, step):
                append(np.arange(start, start + step, dtype=float), block)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    whole = frames * 64 * 8
    assert peak < whole / 2.5, f"{peak} bytes for a trajectory of {whole}"


def test_more_than_matlab_can_hold_is_refused_before_any_work(
    tmp_path: Path, make_record: Callable[..., CoefficientRecord]
) -> None:
    metadata = make_record(1, 1, 512).metadata
    with pytest.raises(ExportError, match=r"more than the 2 GiB a MATLAB file can hold.*choose \.npz"):
        coefficient_writer(tmp_path / "c.mat", metadata, 10**9).__enter__()
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("name", ["c.xyz", "c", "c.npz.gz"])
def test_an_unknown_suffix_is_told_the_known_ones(
    tmp_path: Path, record: CoefficientRecord, name: str
) -> None:
    with pytest.raises(ExportError, match=r"end the name in one of \.npz, \.csv, \.parquet, \.mat, \.h5"):
        write_coefficients(tmp_path / name, record)


def test_the_suffix_may_be_in_capitals(tmp_path: Path, record: CoefficientRecord) -> None:
    write_coefficients(tmp_path / "C.NPZ", record)
    assert_same(read_coefficients(tmp_path / "C.NPZ"), record)


@every_format
@pytest.mark.parametrize(
    "content", [b"", b"\0" * 64, b"PK\x03\x04 but not a zip", b"time,channel,c0\n1,a\n", b"\xff" * 512]
)
def test_a_file_of_another_kind_is_refused_in_one_sentence(
    tmp_path: Path, suffix: str, content: bytes
) -> None:
    path = tmp_path / f"c{suffix}"
    path.write_bytes(content)
    with pytest.raises(ExportError) as caught:
        read_coefficients(path)
    assert str(caught.value).startswith(f"{path} is not a coefficient file")
    assert "\n" not in str(caught.value)


@every_format
def test_a_file_cut_short_is_refused_or_read_whole(
    tmp_path: Path, make_record: Callable[..., CoefficientRecord], suffix: str
) -> None:
    record = make_record(30, 1, 8)
    path = tmp_path / f"c{suffix}"
    write_coefficients(path, record)
    content = path.read_bytes()
    for part in (0.1, 0.5, 0.9, 0.99):
        path.write_bytes(content[: int(len(content) * part)])
        if suffix == ".csv" and part > 0.1:  # a table cut after a number is a shorter table
            with contextlib.suppress(ExportError):
                assert read_coefficients(path).times.size <= 30
            continue
        with pytest.raises(ExportError, match=r"\A.* is not a coefficient file .*\Z"):
            read_coefficients(path)


@pytest.mark.parametrize("suffix", sorted({*SUFFIXES} - {".h5"}))  # HDF5 itself may crash
def test_a_damaged_file_is_refused_or_read_and_never_crashes_the_program(
    tmp_path: Path, make_record: Callable[..., CoefficientRecord], suffix: str
) -> None:
    path = tmp_path / f"c{suffix}"
    write_coefficients(path, make_record(7, 2, 5))
    content = path.read_bytes()
    for seed in range(40):
        random = np.random.default_rng(seed)
        damaged = np.frombuffer(content, np.uint8).copy()
        damaged[random.integers(damaged.size, size=3)] = random.integers(256, size=3)
        path.write_bytes(damaged.tobytes())
        with contextlib.suppress(ExportError):
            assert read_coefficients(path).order >= 1


def test_mat_files_that_matlab_compressed_are_read(tmp_path: Path, record: CoefficientRecord) -> None:
    from scipy.io import loadmat, savemat

    write_coefficients(tmp_path / "c.mat", record)
    variables = {
        name: value for name, value in loadmat(tmp_path / "c.mat").items() if not name.startswith("__")
    }
    savemat(tmp_path / "c.mat", variables, do_compression=True)
    assert_same(read_coefficients(tmp_path / "c.mat"), record)


@every_format
def test_a_missing_file_and_a_folder_are_named(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(ExportError, match="There is no file"):
        read_coefficients(tmp_path / f"nothing{suffix}")
    (tmp_path / f"folder{suffix}").mkdir()
    with pytest.raises(ExportError, match="is a folder"):
        read_coefficients(tmp_path / f"folder{suffix}")


def test_a_pickle_in_an_archive_is_never_opened(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "sprung"),)

    np.savez(tmp_path / "c.npz", coefficients=np.array([Trap()], dtype=object))
    with pytest.raises(ExportError, match="is not a coefficient file"):
        read_coefficients(tmp_path / "c.npz")
    assert not (tmp_path / "sprung").exists()


def test_a_newer_version_asks_for_an_update(tmp_path: Path, record: CoefficientRecord) -> None:
    write_coefficients(tmp_path / "c.csv", record)
    text = (tmp_path / "c.csv").read_text(encoding="utf-8")
    (tmp_path / "c.csv").write_text(text.replace("format_version: 1", "format_version: 2"), encoding="utf-8")
    with pytest.raises(
        ExportError, match="format_version 2 is newer than this program's 1; update HiPPO Studio"
    ):
        read_coefficients(tmp_path / "c.csv")


def test_names_that_no_format_could_hold_are_mended() -> None:
    metadata = CoefficientMetadata(
        sample_rate=1.0,
        measure="legs",
        order=1,
        theta=1.0,
        method="zoh",
        channel_names=("a\0b",),
        units=("",),
        source=os.fsdecode(b"/tmp/\xff.wav"),
    )
    assert metadata.channel_names == ("ab",)
    assert metadata.source == "/tmp/\N{REPLACEMENT CHARACTER}.wav"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"sample_rate": 0.0}, "sample_rate must be a positive number of Hz, not 0.0"),
        ({"sample_rate": float("nan")}, "sample_rate must be a positive number of Hz, not nan"),
        ({"order": 0}, "order must be at least 1, not 0"),
        ({"units": ("V",)}, "1 units were given for 2 channels"),
        ({"channel_names": (), "units": ()}, "channel_names is empty"),
        ({"times": np.zeros(6)}, r"do not fit \(6,\) times"),
        ({"coefficients": np.zeros((7, 2, 4))}, r"coefficients of shape \(7, 2, 4\) do not fit"),
    ],
)
def test_a_record_that_contradicts_itself_cannot_be_made(
    make_record: Callable[..., CoefficientRecord], change: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        make_record(**change)


def test_a_record_is_read_only_and_leaves_the_array_it_was_given_alone(
    make_record: Callable[..., CoefficientRecord],
) -> None:
    array = np.zeros((7, 2, 5))
    record = make_record(coefficients=array)
    with pytest.raises(ValueError, match="read-only"):
        record.coefficients[0, 0, 0] = 1
    array[0, 0, 0] = 1


@every_format
def test_ctrl_c_in_the_midst_of_a_library_ends_the_export_in_order(
    tmp_path: Path, make_record: Callable[..., CoefficientRecord], suffix: str
) -> None:
    """Python runs the handler of Ctrl-C in whatever runs just then: often the callbacks of a library."""
    metadata = make_record(1, 1, 64).metadata
    block = np.random.default_rng(0).standard_normal((200, 1, 64))

    def write_until(seconds: float) -> None:
        timer = threading.Timer(seconds, lambda: signal.raise_signal(signal.SIGINT))
        with coefficient_writer(tmp_path / f"c{suffix}", metadata, 400_000) as append:
            timer.start()
            for start in range(0, 400_000, 200):
                append(np.arange(start, start + 200, dtype=float), block)
        timer.cancel()

    for seconds in (0.01, 0.05):
        with pytest.raises(KeyboardInterrupt):
            write_until(seconds)
        assert os.listdir(tmp_path) == []
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


FULL_DISK = """
import json, os, resource, sys
sys.path.insert(0, sys.argv[3])
from hippo_studio.export import CoefficientRecord, read_coefficients, write_coefficients, write_wav
import numpy as np
folder, suffix = sys.argv[1:3]
path = os.path.join(folder, "c" + suffix)
def write():
    values = np.random.default_rng(0).standard_normal((400, 1, 64))
    if suffix == ".wav":
        return write_wav(path, values[:, 0].ravel(), 8000)
    write_coefficients(path, CoefficientRecord(coefficients=values, times=np.arange(400.0), sample_rate=1.0,
        measure="legs", order=64, theta=1.0, method="zoh", channel_names=("a",), units=("",)))
write()
size = os.path.getsize(path)
os.remove(path)
said = []
limits = [0, 1, 8, 100, 512, 4096, 12288, size // 2, size - 4096, size - 100, size - 1]
for limit in (n for n in limits if 0 <= n < size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        write()
        outcome = "written"
    except OSError as error:
        outcome = f"{type(error).__name__}: {error}"
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    said.append((limit, outcome, os.listdir(folder)))
write()
print(json.dumps([size, said, os.listdir(folder)]))
"""


@pytest.mark.parametrize("suffix", [*SUFFIXES, ".wav"])
def test_a_disk_that_fills_at_any_byte_gives_one_sentence_and_no_file(
    tmp_path: Path, project_root: Path, suffix: str
) -> None:
    """A limit on the size of files stands for the full disk: the real system calls fail in the libraries."""
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path), suffix, str(project_root)],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert done.stderr == ""
    _size, said, left = json.loads(done.stdout)
    assert len(said) >= 8
    for limit, outcome, files in said:
        assert outcome == (
            f"ExportError: Cannot write {tmp_path / 'c'}{suffix}: the file grew larger than is allowed here; "
            "write less or choose another folder."
        ), f"at {limit} bytes"
        assert files == [], f"at {limit} bytes"
    assert left == [f"c{suffix}"]

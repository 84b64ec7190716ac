"""Every format holds the same names and the same bits, at any size, or no file at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from written import assert_same, every_format

from hippo_studio.export.coefficients import (
    CoefficientMetadata,
    CoefficientRecord,
    coefficient_writer,
    read_coefficients,
    write_coefficients,
)


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

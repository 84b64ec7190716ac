"""A file that is none, is cut short or damaged is refused in one sentence."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from written import SUFFIXES, every_format

from hippo_studio.export.atomic import ExportError
from hippo_studio.export.coefficients import CoefficientRecord, read_coefficients, write_coefficients


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

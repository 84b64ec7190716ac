"""What each format holds is what is documented, in little memory, and no more than it can hold."""

from __future__ import annotations

import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from written import NAMES, assert_same

from hippo_studio.export.atomic import ExportError
from hippo_studio.export.coefficients import (
    CoefficientRecord,
    coefficient_writer,
    read_coefficients,
    write_coefficients,
)


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


def test_mat_files_that_matlab_compressed_are_read(tmp_path: Path, record: CoefficientRecord) -> None:
    from scipy.io import loadmat, savemat

    write_coefficients(tmp_path / "c.mat", record)
    variables = {
        name: value for name, value in loadmat(tmp_path / "c.mat").items() if not name.startswith("__")
    }
    savemat(tmp_path / "c.mat", variables, do_compression=True)
    assert_same(read_coefficients(tmp_path / "c.mat"), record)

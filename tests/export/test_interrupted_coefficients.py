"""Cancelled, interrupted, or on a disk that fills up: no file is left, and the next export works."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from written import SUFFIXES, assert_same, every_format

from hippo_studio.export.coefficients import (
    CoefficientRecord,
    coefficient_writer,
    read_coefficients,
    write_coefficients,
)

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

"""What `read` does before any format is looked at, and what it refuses."""

import os
import subprocess
import sys

import numpy as np
import pytest

from hippo_studio import signals
from hippo_studio.signals import READERS, SUFFIXES, SignalError, read


def test_folders_pipes_and_absent_files_are_refused_at_once(tmp_path):
    with pytest.raises(SignalError, match="is a folder; open one of the files in it"):
        read(tmp_path)
    with pytest.raises(SignalError, match="There is no file"):
        read(tmp_path / "absent.wav")
    with pytest.raises(SignalError, match="cannot be read"):
        read(tmp_path / "a\0b.wav")
    with pytest.raises(SignalError, match="cannot be read"):
        read(tmp_path / ("x" * 5000))
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.wav")
        with pytest.raises(SignalError, match="not a regular file"):
            read(tmp_path / "pipe.wav")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_said_to_be(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("1\n2\n")
    path.chmod(0)
    with pytest.raises(SignalError, match="may not be read by you"):
        read(path)


def test_permission_errors_are_one_sentence(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text("1\n2\n")

    def refuse(*_args, **_options):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(type(path), "open", refuse)
    with pytest.raises(SignalError, match=r"may not be read by you; ask for permission"):
        read(path)


@pytest.mark.parametrize("name", ["a.wav", "a.csv", "a.npy", "a.mat", "a.parquet", "a.flac", "a"])
def test_empty_files_are_said_to_be_empty(tmp_path, name):
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(SignalError, match=r"is empty \(0 bytes\)"):
        read(tmp_path / name)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"%PDF-1.7 ...", "a PDF document"),
        (b"\x89PNG\r\n\x1a\n....", "a PNG picture"),
        (b"\x1f\x8b\x08\x00", "a gzip archive"),
        (b"\x80\x04\x95\x10\x00", "a Python pickle"),
        (b"\x00\x00\x00\x18ftypM4A ", "an MP4 or M4A file"),
        (b"\x7fELF\x02\x01", "a program"),
        (b"BZh91AY&SY", "a bzip2 archive"),
    ],
)
def test_known_formats_that_are_not_read_are_called_by_name(tmp_path, content, words):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(SignalError, match=f"is {words}.*, which is not read here; accepted are WAV"):
        read(tmp_path / "a.csv")


@pytest.mark.parametrize("suffix", ["", *SUFFIXES])
def test_random_bytes_are_refused_under_every_name(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(np.random.default_rng(0).bytes(5000))
    with pytest.raises(SignalError) as caught:
        read(path)
    message = str(caught.value)
    assert path.name in message
    assert "\n" not in message
    assert message.endswith((".", "?"))


def test_a_table_without_a_known_extension_is_read(tmp_path):
    (tmp_path / "log.2024-05-14").write_text("time,x\n0,1\n0.5,2\n1.0,3\n")
    assert read(tmp_path / "log.2024-05-14").sample_rate == 2


@pytest.mark.parametrize("rate", [0, -1.0, float("nan"), float("inf")])
def test_a_rate_that_makes_no_sense_is_quoted(tmp_path, rate):
    (tmp_path / "a.csv").write_text("1\n2\n")
    with pytest.raises(ValueError, match=f"positive number of Hz; got {rate!r}"):
        read(tmp_path / "a.csv", sample_rate=rate)


def test_every_reader_is_a_module_whose_read_takes_the_options_it_lists():
    import importlib
    import inspect

    from hippo_studio.signals.readers import table_sniff

    for reader in READERS:
        module = importlib.import_module(f"hippo_studio.signals.readers.{reader.name}")
        function = table_sniff.sniff if reader.name == "table" else module.read
        assert set(reader.options) == set(inspect.signature(function).parameters) - {"path"}, reader.name
        assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in reader.suffixes)


def test_importing_signals_is_cheap():
    """Formats bring their libraries with their first file, so the window need not wait for them."""
    script = (
        "import sys, hippo_studio.signals; "
        "print([m for m in ('scipy', 'duckdb', 'numba', 'h5py', 'soundfile', 'torch') if m in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_what_is_public_is_there():
    for name in signals.__all__:
        assert getattr(signals, name) is not None

"""How a command ends: interrupted, out of memory, on a full disk, by a fault of its own."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import soundfile

from hippo_studio.cli import COMMANDS, Command
from tests.cli.command import COMMAND, Run


@pytest.mark.parametrize(
    ("module", "extra"), [("torch", "train"), ("sklearn.datasets", "train"), ("onnx", "onnx")]
)
def test_a_package_of_an_extra_that_is_missing_is_said_with_what_brings_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, module: str, extra: str
) -> None:
    def missing(_: str) -> None:
        raise ModuleNotFoundError(f"No module named {module!r}", name=module)

    monkeypatch.setattr("hippo_studio.cli.import_module", missing)
    assert f"-e '.[{extra}]' brings it." in run.refused("train", "--data", "task:digits")


def test_a_fault_of_its_own_is_a_sentence_too_and_status_1(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(COMMANDS, "broken", Command("hippo_studio.cli.nowhere", ""))
    assert run("broken") == 1
    assert re.fullmatch(r"hippo-studio failed by a fault of its own \(ModuleNotFoundError: [^\n]*\n", run.err)
    monkeypatch.setenv("HIPPO_STUDIO_TRACEBACK", "1")
    with pytest.raises(ModuleNotFoundError):
        run("broken")


def test_too_little_memory_is_a_sentence(run: Run, monkeypatch: pytest.MonkeyPatch, wave: Path) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("hippo_studio.cli.info.describe_file", fail)
    assert "not enough memory" in run.refused("info", wave)


def long_job(tmp_path: Path) -> list[str]:
    """A command that takes minutes, and writes two files."""
    soundfile.write(tmp_path / "long.wav", np.random.default_rng(0).standard_normal(2_000_000) / 9, 48000)
    return [
        *(*COMMAND, "project", str(tmp_path / "long.wav"), "--measure", "legt", "--order", "128"),
        *("--every", "0.0001", "--out", str(tmp_path / "c.csv"), "--reconstruction", str(tmp_path / "r.wav")),
    ]


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("number", "status", "sentence"),
    [
        (signal.SIGINT, 130, "Stopped by Ctrl-C; no unfinished file was left behind.\n"),
        (signal.SIGTERM, 143, ""),
    ],
)
def test_ctrl_c_and_terminate_leave_no_unfinished_file(
    tmp_path: Path, number: signal.Signals, status: int, sentence: str
) -> None:
    with subprocess.Popen(long_job(tmp_path), stderr=subprocess.PIPE, text=True) as process:
        wait_for(lambda: any(path.stat().st_size > 100_000 for path in tmp_path.glob(".c.*")))
        process.send_signal(number)
        said = process.communicate(timeout=60)[1]
    assert (process.returncode, said) == (status, sentence)
    assert os.listdir(tmp_path) == ["long.wav"]


def test_progress_shows_on_a_terminal_and_nowhere_else(tmp_path: Path) -> None:
    mother, daughter = pty.openpty()
    shown = bytearray()

    def read_all() -> None:  # to the end: a terminal that nobody reads fills up and holds the command
        with suppress(OSError):
            while part := os.read(mother, 1000):
                shown.extend(part)

    reader = threading.Thread(target=read_all)
    with subprocess.Popen(
        long_job(tmp_path), stderr=daughter, stdout=subprocess.PIPE, env={**os.environ, "TERM": "xterm"}
    ) as process:
        os.close(daughter)
        reader.start()
        wait_for(lambda: b"Projecting long.wav" in shown and b"%" in shown)
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)[0]
    reader.join()
    os.close(mother)
    assert (process.returncode, said) == (130, b"")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_reader_that_goes_away_is_no_fault(unbuffered: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = subprocess.run(
        [*COMMAND, "info", "--system"], stdout=write_end, stderr=subprocess.PIPE, text=True, timeout=60
    )
    os.close(write_end)
    assert (done.returncode, done.stderr) == (1, "")


def test_a_full_disk_is_one_sentence(tmp_path: Path, wave: Path) -> None:
    code = (  # once without a limit, so that what is compiled for later runs is on the disk
        "import resource, sys; from hippo_studio.cli import main; assert main(sys.argv[1:]) == 0;"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)); sys.exit(main(sys.argv[1:]))"
    )
    command = ["project", str(wave), "--measure", "legs", "--frames", "100", "--out", str(tmp_path / "c.npz")]
    done = subprocess.run([sys.executable, "-c", code, *command], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    (tmp_path / "c.npz").unlink()  # from the first run, and whole
    assert re.fullmatch(
        r"Cannot write [^\n]*c\.npz: the file grew larger than is allowed here;[^\n]*\n", done.stderr
    )
    assert os.listdir(tmp_path) == ["wave.wav"]

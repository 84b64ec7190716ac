"""Whatever fails, and whenever: the old file or the new one, never a broken one, and one sentence."""

from __future__ import annotations

import errno
import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from exporters import exporters

from hippo_studio.export.atomic import ExportError
from hippo_studio.session import Session
from hippo_studio.session.keeping import Keeper, leftovers, sessions_folder

if TYPE_CHECKING:
    from .conftest import FailingDisk

EXPORTERS = exporters()
OTHERS = [name for name in EXPORTERS if not name.startswith(("coefficients", "reconstruction"))]
"""Those whose every byte test_coefficients.py does not try already."""
OLD = b"what was there before"
STEPS = 9
"""Places in a file at which the disk is made to take no more: its first byte, its last, and some between."""


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Let no file grow beyond a size: the write that would fails, whoever makes it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def written(name: str, path: Path) -> str:
    """Write over the old file; the sentence if that failed. Anything but a sentence fails the test."""
    sentence = ""
    try:
        EXPORTERS[name][0](path)
    except ExportError as error:
        sentence = str(error)
    assert not sentence or sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def check_old_or_new(name: str, path: Path, sentence: str) -> None:
    assert os.listdir(path.parent) == [path.name], "nothing half-written lies beside it"
    if path.read_bytes() == OLD:
        assert str(path) in sentence
    else:
        EXPORTERS[name][1](path)


@pytest.mark.parametrize("name", EXPORTERS)
def test_a_fault_of_the_disk_at_any_call_leaves_the_old_file_or_the_new(
    name: str, tmp_path: Path, failing_disk: FailingDisk
) -> None:
    path = tmp_path / name
    assert written(name, path) == "", "what is written is made before anything fails"
    failed = set()
    for at in range(60):
        path.write_bytes(OLD)
        failing_disk.fail(at, errno.EIO)
        sentence = written(name, path)
        calls = list(failing_disk.calls)
        failing_disk.recover()
        check_old_or_new(name, path, sentence)
        if len(calls) <= at:
            break
        failed.add(calls[at])
    else:
        pytest.fail("there is always one more call to fail")
    assert {"open", "fsync", "replace"} <= failed
    assert sentence == ""


@pytest.mark.parametrize("name", OTHERS)
def test_a_write_that_fails_at_any_place_leaves_the_old_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    assert written(name, path) == ""
    whole = path.stat().st_size
    EXPORTERS[name][1](path)
    for place in sorted({whole * step // STEPS for step in range(STEPS)} | {1, whole - 1}):
        path.write_bytes(OLD)
        with room_for(place):
            sentence = written(name, path)
        assert path.read_bytes() == OLD, place
        assert "larger than is allowed" in sentence
        check_old_or_new(name, path, sentence)
    assert written(name, path) == "", "and the next use works"
    EXPORTERS[name][1](path)


def test_a_full_disk_is_one_sentence_for_everything_that_is_written(tmp_path: Path) -> None:
    script = Path(__file__).with_name("exporters.py")
    if shutil.which("unshare") is None:
        pytest.skip("unshare is not installed (Debian: util-linux)")
    small = f"mount -t tmpfs -o size=4k tmpfs {tmp_path} && exec {sys.executable} {script} {tmp_path}"
    run = subprocess.run(
        ["unshare", "-rm", "sh", "-c", small], capture_output=True, text=True, timeout=900, check=False
    )
    if "unshare" in run.stderr or "mount" in run.stderr:
        pytest.skip("no file system of one's own can be mounted here")
    assert run.returncode == 0, run.stderr
    said = json.loads(run.stdout)
    for name in EXPORTERS:
        assert said[name] == (
            f"ExportError: Cannot write {tmp_path / name}: the disk is full; free some space or choose "
            "another folder."
        )
        assert said[f"{name} left"] == []


def test_autosave_keeps_the_session_before_when_the_disk_fails_at_any_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing_disk: FailingDisk
) -> None:
    said: list[str] = []
    for at in range(40):
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / str(at)))
        keeper = Keeper(said.append)
        keeper.keep(Session(memory={"order": 1}))
        assert keeper.wait()
        failing_disk.fail(at)
        keeper.keep(Session(memory={"order": 2}))
        assert keeper.wait()
        calls = list(failing_disk.calls)
        failing_disk.recover()
        monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / str(at)))
        os.close(keeper._lock_file)  # as if the process ended here
        (left,) = leftovers()
        left.release()
        assert left.session is not None
        assert left.session.memory["order"] in (1, 2)
        assert sorted(os.listdir(left.folder)) == ["lock", "session.hippo.json"]
        keeper._folder = None
        keeper.close()
        if len(calls) <= at:
            break
    else:
        pytest.fail("there is always one more call to fail")
    assert any("full" in sentence for sentence in said)
    assert said[-1] == ""
    assert sessions_folder().exists()

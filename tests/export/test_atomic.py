"""A file is written whole or not at all, whatever fails and whenever."""

from __future__ import annotations

import errno
import fcntl
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pytest

from hippo_studio import export
from hippo_studio.export import atomic
from hippo_studio.export.atomic import ExportError, atomic_path, atomic_write

if TYPE_CHECKING:
    from .conftest import FailingDisk


def test_the_file_appears_complete_and_alone(tmp_path: Path) -> None:
    target = tmp_path / "a.bin"
    with atomic_write(target) as stream:
        stream.write(b"new")
        assert not target.exists()
    assert target.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["a.bin"]


def test_the_temporary_name_keeps_the_suffix_that_libraries_go_by(tmp_path: Path) -> None:
    with atomic_path(tmp_path / "a.parquet") as temporary:
        assert temporary.suffix == ".parquet"
        assert temporary.parent == tmp_path
        assert temporary.exists()


@pytest.mark.parametrize("kind", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_what_the_writer_raises_passes_through_and_leaves_the_old_file(
    tmp_path: Path, kind: type[BaseException]
) -> None:
    target = tmp_path / "a.bin"
    target.write_bytes(b"old")

    def stop_half_way() -> None:
        with atomic_write(target) as stream:
            stream.write(b"half of the n")
            raise kind

    with pytest.raises(kind):
        stop_half_way()
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.bin"]
    with atomic_write(target) as stream:  # and the next use works
        stream.write(b"new")
    assert target.read_bytes() == b"new"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO])
def test_a_fault_at_any_call_leaves_the_old_file_or_the_whole_new_one(
    tmp_path: Path, failing_disk: FailingDisk, code: int
) -> None:
    target = tmp_path / "a.bin"
    old, new = b"old" * 1000, b"new!" * 50_000  # larger than the stream's buffer
    outcomes = set()
    for at in range(100):
        target.write_bytes(old)
        failing_disk.fail(at, code)
        try:
            with atomic_write(target) as stream:
                stream.write(new)
        except ExportError as error:
            sentence = str(error)
            assert sentence.count(".") >= 1
            assert sentence.endswith(".")
            assert str(target) in sentence
            outcomes.add(failing_disk.calls[at])
        content, left = target.read_bytes(), os.listdir(tmp_path)
        failing_disk.recover()
        assert content in (old, new)
        assert left == ["a.bin"]
        if len(failing_disk.calls) <= at:
            break
    else:
        pytest.fail("there is always one more call to fail")
    assert {"open", "fsync", "replace"} <= outcomes


def test_a_fault_at_any_write_leaves_the_old_file(tmp_path: Path) -> None:
    class Full:
        """A stream that takes so many writes and then is full."""

        def __init__(self, stream: IO[bytes], room: int) -> None:
            self.stream, self.room = stream, room

        def write(self, data: bytes) -> None:
            if self.room == 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self.room -= 1
            self.stream.write(data)

    target = tmp_path / "a.bin"
    target.write_bytes(b"old")

    def write_four_times(room: int) -> None:
        with atomic_write(target) as raw:
            stream = Full(raw, room)
            for _ in range(4):
                stream.write(b"x")

    for room in range(4):
        with pytest.raises(ExportError, match="the disk is full; free some space"):
            write_four_times(room)
        assert target.read_bytes() == b"old"
        assert os.listdir(tmp_path) == ["a.bin"]


def test_a_full_disk_is_named_also_when_a_library_says_something_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = os.statvfs(tmp_path)
    full = os.statvfs_result([*state[:4], 0, *state[5:]])
    monkeypatch.setattr(os, "statvfs", lambda path: full)
    with pytest.raises(ExportError, match="the disk is full"), atomic_path(tmp_path / "a.bin"):
        raise RuntimeError("PytorchStreamWriter failed writing file")


def test_new_files_get_the_permissions_that_the_user_set_and_old_ones_keep_theirs(tmp_path: Path) -> None:
    fresh, kept = tmp_path / "fresh", tmp_path / "kept"
    kept.touch()
    kept.chmod(0o640)
    before = os.umask(0o027)
    try:
        for target in (fresh, kept):
            with atomic_write(target) as stream:
                stream.write(b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE(fresh.stat().st_mode) == 0o640
    kept.chmod(0o604)
    with atomic_write(kept) as stream:
        stream.write(b"y")
    assert stat.S_IMODE(kept.stat().st_mode) == 0o604


def test_a_symbolic_link_goes_on_pointing_at_its_file(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    file, link = tmp_path / "real" / "file", tmp_path / "link"
    file.write_bytes(b"old")
    link.symlink_to(file)
    with atomic_write(link) as stream:
        stream.write(b"new")
    assert link.is_symlink()
    assert file.read_bytes() == b"new"


def test_a_missing_folder_is_named_before_any_work(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"there is no folder .*nowhere; create it"):
        atomic_write(tmp_path / "nowhere" / "a").__enter__()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs Linux's /proc")
def test_a_folder_that_takes_no_file_is_not_said_to_be_missing() -> None:
    with pytest.raises(ExportError, match=r"you may not write in /proc; choose another folder\.$"):
        atomic_write("/proc/x.npz").__enter__()


def test_a_file_in_place_of_a_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ExportError, match=r"file is not a folder; choose another\.$"):
        atomic_write(tmp_path / "file" / "a").__enter__()


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="it is a folder; give the name of a file in it"):
        atomic_write(tmp_path).__enter__()


def test_a_device_is_never_replaced_by_a_file() -> None:
    with pytest.raises(ExportError, match="it is a device or a pipe"):
        atomic_write(os.devnull).__enter__()
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def test_a_name_too_long_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="the name is too long; choose a shorter one"):
        atomic_write(tmp_path / ("x" * 300)).__enter__()


def test_a_long_name_that_the_disk_takes_is_taken(tmp_path: Path) -> None:
    target = tmp_path / ("x" * 250 + ".csv")
    with atomic_write(target) as stream:
        stream.write(b"x")
    assert target.exists()


def test_a_folder_that_cannot_be_flushed_is_told_of_and_the_file_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flush = os.fsync

    def fsync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EIO, "x")
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)
    with (
        pytest.raises(ExportError, match="is written, but the disk did not confirm it"),
        atomic_write(tmp_path / "a") as stream,
    ):
        stream.write(b"x")
    assert (tmp_path / "a").read_bytes() == b"x"


WRITER = """
import sys, time
from hippo_studio import export
from hippo_studio.export import atomic
from hippo_studio.export.atomic import atomic_path
with atomic_path(sys.argv[1]) as part:
    if len(sys.argv) > 2:
        part.with_name(part.stem + "." + sys.argv[2]).mkdir()
    print(part, flush=True)
    time.sleep(600)
"""


def begin_writing(target: Path, *more: str) -> tuple[subprocess.Popen[str], Path]:
    """Another process that is in the middle of writing, and its temporary file."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(target), *more], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().rstrip("\n"))


def kill(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def test_what_a_killed_process_left_is_cleared_by_the_next_to_write_the_same_file(tmp_path: Path) -> None:
    target, other = tmp_path / "a [1].csv", tmp_path / "b.csv"
    killed = [begin_writing(target, "work"), begin_writing(target), begin_writing(other)]
    for process, _ in killed:
        kill(process)
    assert len(os.listdir(tmp_path)) == 4
    with atomic_write(target) as stream:
        stream.write(b"x")
    assert set(os.listdir(tmp_path)) == {target.name, killed[2][1].name}, (
        "that of another file is not asked for"
    )
    with atomic_write(other) as stream:
        stream.write(b"x")
    assert set(os.listdir(tmp_path)) == {target.name, other.name}


def test_what_a_living_process_writes_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "a.csv"
    process, part = begin_writing(target, "work")
    try:
        with atomic_write(target) as stream:
            stream.write(b"x")
        assert part.exists()
        assert part.with_name(f"{part.stem}.work").is_dir()
    finally:
        kill(process)


def test_files_that_only_look_alike_are_left_alone(tmp_path: Path) -> None:
    names = {".a.csv", ".a.part.csv", ".a.0123456.part.csv", ".a.0123456g.part.csv", ".aa.01234567.part.csv"}
    for name in names:
        (tmp_path / name).touch()
    (tmp_path / ".a.01234567.part.csv").symlink_to(tmp_path / ".a.csv")
    with atomic_write(tmp_path / "a.csv") as stream:
        stream.write(b"x")
    assert set(os.listdir(tmp_path)) == {"a.csv", ".a.01234567.part.csv", *names}


def test_a_file_that_is_cleared_before_it_is_locked_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, target, cleared = fcntl.flock, tmp_path / "a.csv", []

    def late(descriptor: int, how: int) -> None:
        if not cleared:
            cleared.extend(tmp_path.iterdir())
            for one in cleared:
                one.unlink()
        lock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with atomic_write(target) as stream:
        stream.write(b"x")
    assert len(cleared) == 1
    assert target.read_bytes() == b"x"
    assert os.listdir(tmp_path) == ["a.csv"]


def test_what_is_raised_can_be_caught_by_the_name_of_the_package() -> None:
    for name in ("ExportError", "RateUnknownError"):
        assert name in atomic.__all__
        assert name in export.__all__
        assert getattr(export, name) is getattr(atomic, name)

"""What survives a crash: sessions of dead processes are offered, those of living ones are not."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hippo_studio.session import Session, SignalEntry
from hippo_studio.session.keeping import Keeper, last_session, leftovers, load_kept, sessions_folder

DIES = """
import os, signal, sys
from hippo_studio.session import Session
from hippo_studio.session.keeping import Keeper
keeper = Keeper()
keeper.keep(Session(memory={"order": int(sys.argv[1])}))
assert keeper.wait()
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def die(order: int) -> None:
    done = subprocess.run([sys.executable, "-c", DIES, str(order)], env=os.environ.copy(), timeout=60)
    assert done.returncode == -signal.SIGKILL


def orders() -> list[int]:
    found = leftovers()
    for one in found:
        one.release()
    return sorted(one.session.memory["order"] for one in found if one.session)


def test_sessions_of_killed_studios_are_offered_until_discarded() -> None:
    die(64)
    die(65)
    assert orders() == [64, 65]
    assert orders() == [64, 65], "what was not discarded is offered again"
    for one in leftovers():
        one.discard()
    assert orders() == []
    assert list(sessions_folder().iterdir()) == []


def test_that_of_a_living_studio_is_not_offered_nor_what_another_start_looks_at() -> None:
    keeper = Keeper()
    keeper.keep(Session(memory={"order": 1}))
    assert keeper.wait()
    assert orders() == []
    die(64)
    held = leftovers()
    assert orders() == []
    held[0].release()
    assert orders() == [64]
    keeper.close()
    assert orders() == [64]


def test_the_newest_session_is_kept_and_a_full_disk_is_told_and_gone_with_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    keeper = Keeper(said.append)
    for order in range(50):
        keeper.keep(Session(memory={"order": order}))
    assert keeper.wait()
    (folder,) = sessions_folder().iterdir()
    assert load_kept(folder / "session.hippo.json")[0].memory == {"order": 49}
    assert set(said) == {""}
    with monkeypatch.context() as patch:

        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        patch.setattr(os, "fsync", full)
        keeper.keep(Session(memory={"order": 50}))
        assert keeper.wait()
    keeper.keep(Session(memory={"order": 51}))
    assert keeper.wait()
    assert keeper.close()
    assert "the disk is full" in said[-2]
    assert said[-1] == ""
    keeper.keep(Session(memory={"order": 52}))
    assert list(sessions_folder().iterdir()) == [], "nothing comes after the end"


def test_an_end_leaves_the_last_session_and_where_it_belongs(tmp_path: Path) -> None:
    keeper = Keeper()
    session = Session(signals=(SignalEntry(path="/a/b.wav"),), unknown={"later": 1})
    keeper.close(session, tmp_path / "a.hippo.json")
    assert load_kept(last_session()) == (session, tmp_path / "a.hippo.json")
    assert leftovers() == ()


def test_a_kept_session_that_cannot_be_read_is_said_not_lost() -> None:
    die(64)
    (folder,) = sessions_folder().iterdir()
    (folder / "session.hippo.json").write_text("{")
    (one,) = leftovers()
    one.release()
    assert one.session is None
    assert "damaged at line 1" in one.problem
    assert folder.exists()


def test_a_folder_that_died_before_it_kept_anything_is_swept_later() -> None:
    folder = sessions_folder() / "early"
    folder.mkdir(parents=True)
    (folder / "lock").touch()
    assert leftovers() == ()
    assert folder.exists()
    os.utime(folder, (0, 0))
    assert leftovers() == ()
    assert not folder.exists()

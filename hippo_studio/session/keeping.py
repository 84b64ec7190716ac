"""What survives a crash: each running studio keeps its session in a folder of its own, which it holds locked.

The lock goes with the process, however it ends; the folder stays. So a folder that can be locked is that of a
studio that did not end well, and the next start offers what is in it. A studio that ends well removes its
folder; what nobody saved is then the *last session*, which waits until another one is.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import platformdirs

from hippo_studio.session.file import SUFFIX, load, to_text, with_fingerprints
from hippo_studio.session.model import Session, SessionError

_SESSION, _LOCK = f"session{SUFFIX}", "lock"
_MARK = "kept"  # the key under which a kept session says what file it belongs to
_SETTLED = 60.0
"""Seconds after which a folder without a session is no longer one that is just being made."""


def sessions_folder() -> Path:
    """Where running studios keep their sessions."""
    return Path(platformdirs.user_state_dir("hippo-studio", appauthor=False)) / "sessions"


def last_session() -> Path:
    """Where the session of the last studio is that ended well, if nobody saved it."""
    return sessions_folder() / f"last{SUFFIX}"


class Keeper:
    """Keeps the session of this studio, on a thread of its own: nothing that works or waits holds it up.

    The folder is made, and locked, for the first session. `told(problem)` is called on the thread after each
    one: with a sentence if the disk does not take it, else with an empty text.
    """

    def __init__(self, told: Callable[[str], None] = lambda _: None) -> None:
        self._told = told
        self._folder: Path | None = None
        self._lock_file = -1
        self._wake = threading.Condition()
        self._newest: tuple[Session, Path | None] | None = None
        self._writing = self._closed = False
        self._thread: threading.Thread | None = None

    def keep(self, session: Session, file: Path | None = None) -> None:
        """Keep a session soon; `file` is where the person saved it last. A newer one takes its place."""
        with self._wake:
            if self._closed:
                return
            self._newest = session, file
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="session keeper", daemon=True)
                self._thread.start()
            self._wake.notify_all()

    def wait(self, patience: float = 10.0) -> bool:
        """Wait until the newest session is kept, at most so many seconds; True if it is."""
        with self._wake:
            return self._wake.wait_for(lambda: self._newest is None and not self._writing, patience)

    def close(self, last: Session | None = None, file: Path | None = None, patience: float = 5.0) -> bool:
        """End well; True if the thread ended in time. `last` is what nobody saved: the last session.

        Raises OSError if the disk does not take that; it is offered at the next start then.
        """
        with self._wake:
            if self._closed:
                return True
            self._closed, self._newest = True, None
            self._wake.notify_all()
        if self._thread is not None:
            self._thread.join(patience)
            if self._thread.is_alive():
                return False
        if last is not None:
            sessions_folder().mkdir(parents=True, exist_ok=True)
            _write(last_session(), last, file)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            os.close(self._lock_file)
        return True

    def _work(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._newest is not None or self._closed)
                if self._newest is None:
                    return
                (session, file), self._newest, self._writing = self._newest, None, True
            problem = ""
            try:
                _write(self._place() / _SESSION, session, file)
            except (OSError, ValueError) as error:
                problem = str(error)
            with self._wake:
                self._writing = False
                self._wake.notify_all()
            self._told(problem)

    def _place(self) -> Path:
        if self._folder is None:
            folder = sessions_folder() / f"{datetime.now():%Y-%m-%d %H.%M.%S} {os.getpid()}"
            folder.mkdir(parents=True, exist_ok=True)
            lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
            with suppress(OSError):  # some network file systems know no locks
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._folder, self._lock_file = folder, lock
        return self._folder


@dataclass
class Leftover:
    """What a studio left that did not end well; held, so that no other studio offers it too.

    Attributes
    ----------
    session : as it was, None if it cannot be read; `problem` says why.
    file : where the person had saved it before, if at all.
    at : the time it was kept, in seconds since 1970.
    """

    folder: Path
    session: Session | None
    problem: str
    file: Path | None
    at: float
    _lock_file: int

    def discard(self) -> None:
        """Remove it: it was restored and is kept anew, or is not wanted."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.release()

    def release(self) -> None:
        """Let go of it: the next start offers it again."""
        if self._lock_file >= 0:
            os.close(self._lock_file)
            self._lock_file = -1


def leftovers() -> tuple[Leftover, ...]:
    """What studios left that did not end well, oldest first; each is held until released or discarded."""
    return tuple(sorted(_leftovers(), key=lambda one: one.at))


def load_kept(path: Path) -> tuple[Session, Path | None]:
    """A session that was kept, and the file it belongs to, if any. SessionError if it cannot be read."""
    session = load(path)
    unknown = dict(session.unknown)
    file = unknown.pop(_MARK, "")
    return session.replace(unknown=unknown), Path(file) if isinstance(file, str) and file else None


def _leftovers() -> Iterator[Leftover]:
    try:
        folders = [path for path in sessions_folder().iterdir() if path.is_dir()]
    except OSError:
        return
    for folder in folders:
        try:
            lock = os.open(folder / _LOCK, os.O_RDWR)
        except OSError:
            _sweep(folder)
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # held by a studio that lives
            os.close(lock)
            continue
        path = folder / _SESSION
        if not path.exists():
            os.close(lock)
            _sweep(folder)
            continue
        try:
            (session, file), problem = load_kept(path), ""
        except SessionError as error:
            session, file, problem = None, None, str(error)
        with suppress(OSError):
            yield Leftover(folder, session, problem, file, path.stat().st_mtime, lock)


def _sweep(folder: Path) -> None:
    """Remove what a studio left that ended before it kept anything."""
    with suppress(OSError):
        if time.time() - folder.stat().st_mtime > _SETTLED:
            shutil.rmtree(folder, ignore_errors=True)


def _write(path: Path, session: Session, file: Path | None) -> None:
    from hippo_studio.export.atomic import atomic_text

    mark = {_MARK: str(file)} if file is not None else {}
    known = with_fingerprints(session)
    atomic_text(path, to_text(known.replace(unknown={**known.unknown, **mark}), None))

"""Write a file whole or not at all, and say in one sentence why not.

Every writer of the product goes through this file. The bytes go to a temporary file in the folder of the
target; only when they are on the disk does ``os.replace`` give them the target's name. Whatever happens
before that moment (a full disk, an exception, Ctrl-C) leaves the target as it was and no temporary file
behind. A process that is killed cannot clear up: its temporary file was locked while it lived, so the next
one to write the same target finds it unlocked, and removes it.
"""

import errno
import fcntl
import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

__all__ = ["ExportError", "RateUnknownError", "atomic_path", "atomic_text", "atomic_write", "refuse_unfit"]


class ExportError(OSError, ValueError):
    """A file could not be written or read back; the text is one sentence for the user."""


class RateUnknownError(ExportError):
    """A file that needs a sampling rate, of a model that knows none: one has to be given."""


@contextmanager
def atomic_write(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open `path` for writing bytes; it appears, complete, when the block ends without an exception.

    Raises
    ------
    ExportError
        If the folder or the disk does not take the file. `path` is then what it was before.
    """
    with atomic_path(path) as temporary, open(temporary, "wb") as stream:
        yield stream


def atomic_text(path: str | os.PathLike[str], text: str) -> None:
    """Write text as UTF-8. Raises ExportError as `atomic_write` does."""
    with atomic_write(path) as stream:
        stream.write(text.encode("utf-8"))


@contextmanager
def atomic_path(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary file name beside `path`, for libraries that open files themselves.

    The name ends in the suffix of `path` and the file exists already, empty. The library must have closed it
    when the block ends.

    Raises
    ------
    ExportError
        If the folder or the disk does not take the file. `path` is then what it was before.
    """
    target = refuse_unfit(path)
    _clear_abandoned(target)
    part = _Part(target)
    try:
        part.create()
        yield part.path
        _flush_to_disk(part.path)
        os.replace(part.path, target)
    except ExportError:
        raise
    except OSError as error:
        raise ExportError(_sentence(target, error)) from error
    except Exception as error:
        # Libraries report a full disk in their own ways; the file system itself knows better.
        if _is_full(target.parent):
            raise ExportError(_sentence(target, OSError(errno.ENOSPC, ""))) from error
        raise
    finally:
        part.remove()
    _flush_folder(target)


def refuse_unfit(path: str | os.PathLike[str]) -> Path:
    """Return where `path` leads; ExportError, before any work is done, if that can be no file."""
    target = Path(os.path.realpath(path))  # a symbolic link keeps pointing where it points
    try:
        mode = target.stat().st_mode
    except FileNotFoundError:
        if not target.parent.exists():
            raise ExportError(
                f"Cannot write {target}: there is no folder {target.parent}; create it or choose another."
            ) from None
        return target
    except OSError as error:
        raise ExportError(_sentence(target, error)) from error
    if stat.S_ISDIR(mode):
        raise ExportError(f"Cannot write {target}: it is a folder; give the name of a file in it.")
    if not stat.S_ISREG(mode):
        raise ExportError(f"Cannot write {target}: it is a device or a pipe; give the name of a file.")
    return target


class _Part:
    """The temporary file beside a target; while its process lives it is locked, which says so to others."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self.path = target
        self._descriptor = -1

    def create(self) -> None:
        """Make it, with the permissions that the target has, or those that new files get."""
        while not self._is_there():
            self._let_go()
            self.path = self._target.with_name(_part_name(self._target, secrets.token_hex(4)))
            self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
            with suppress(OSError):  # some network file systems know no locks
                fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        with suppress(FileNotFoundError):
            os.chmod(self.path, stat.S_IMODE(self._target.stat().st_mode))

    def remove(self) -> None:
        """Clear it away, if it has not become the target."""
        if self._descriptor >= 0:
            with suppress(OSError):
                self.path.unlink(missing_ok=True)
            self._let_go()

    def _is_there(self) -> bool:
        """Whether the file has its name still: one made just now was not locked yet, so it may be cleared."""
        if self._descriptor < 0:
            return False
        try:
            return os.path.samestat(os.fstat(self._descriptor), self.path.stat())
        except FileNotFoundError:
            return False

    def _let_go(self) -> None:
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            with suppress(OSError):
                os.close(descriptor)


def _part_name(target: Path, token: str) -> str:
    return f".{target.stem[:80]}.{token}.part{target.suffix}"


def _clear_abandoned(target: Path) -> None:
    """Remove what processes left that were killed while they wrote this target, with folders of theirs."""
    before, after = _part_name(target, "\0").split("\0")
    pattern = re.compile(f"{re.escape(before)}[0-9a-f]{{8}}{re.escape(after)}")
    with suppress(OSError):
        names = os.listdir(target.parent)
        for name in filter(pattern.fullmatch, names):
            if _removed(target.with_name(name)):
                work = f"{name.removesuffix(target.suffix)}."
                for one in names:
                    if one.startswith(work) and one != name:
                        shutil.rmtree(target.with_name(one), ignore_errors=True)


def _removed(part: Path) -> bool:
    """Remove a temporary file that nobody holds locked; False if somebody does, or it cannot be known."""
    try:
        descriptor = os.open(part, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        part.unlink(missing_ok=True)
    except OSError:
        return False
    finally:
        with suppress(OSError):
            os.close(descriptor)
    return True


def _flush_to_disk(temporary: Path) -> None:
    descriptor = os.open(temporary, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush_folder(target: Path) -> None:
    """Make the new name durable; the file itself is complete by now."""
    try:
        descriptor = os.open(target.parent, os.O_RDONLY)
    except OSError:
        return  # a folder may be writable and not readable
    try:
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some file systems cannot flush a folder
            raise ExportError(
                f"{target} is written, but the disk did not confirm it ({_reason(error)}); check the disk."
            ) from error


def _is_full(folder: Path) -> bool:
    try:
        state = os.statvfs(folder)
    except OSError:
        return False
    return state.f_bavail == 0


def _sentence(target: Path, error: OSError) -> str:
    """What failed, where, and what to do."""
    forbidden = f"you may not write in {target.parent}; choose another folder"
    missing = f"there is no folder {target.parent}; create it or choose another"
    remedy = {
        errno.ENOSPC: "the disk is full; free some space or choose another folder",
        errno.EDQUOT: "your disk quota is used up; free some space or choose another folder",
        errno.EFBIG: "the file grew larger than is allowed here; write less or choose another folder",
        errno.EROFS: "the disk is read-only; choose another folder",
        errno.EACCES: forbidden,
        errno.EPERM: forbidden,
        errno.ENOENT: forbidden
        if target.parent.is_dir()
        else missing,  # /proc takes no file, and says ENOENT
        errno.ENOTDIR: f"{target.parent} is not a folder; choose another",
        errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
    }.get(error.errno or 0, f"{_reason(error)}; check the disk or choose another folder")
    return f"Cannot write {target}: {remedy}."


def _reason(error: OSError) -> str:
    text = os.strerror(error.errno) if error.errno else str(error) or type(error).__name__
    return text.rstrip(".").lower()

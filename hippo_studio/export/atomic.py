"""Write a file whole or not at all, and say in one sentence why not.

Every writer of the product goes through this file. The bytes go to a temporary file in the folder of the
target; only when they are on the disk does ``os.replace`` give them the target's name. Whatever happens
before that moment (a full disk, an exception, Ctrl-C) leaves the target as it was and no temporary file
behind.
"""

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

__all__ = ["ExportError", "atomic_path", "atomic_write", "refuse_unfit"]


class ExportError(OSError, ValueError):
    """A file could not be written or read back; the text is one sentence for the user."""


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
    temporary = target.with_name(f".{target.stem[:80]}.{secrets.token_hex(4)}.part{target.suffix}")
    try:
        _create(temporary, like=target)
        yield temporary
        _flush_to_disk(temporary)
        os.replace(temporary, target)
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
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
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


def _create(temporary: Path, like: Path) -> None:
    """Create the file with the permissions the target has, or those that new files get."""
    os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    with suppress(FileNotFoundError):
        os.chmod(temporary, stat.S_IMODE(like.stat().st_mode))


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

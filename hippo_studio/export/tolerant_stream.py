"""A file for a library that cannot bear a failing one.

HDF5 crashes the process some time after a disk filled. So it writes to a stream that never fails: after its
first fault the stream only pretends, and says the fault at the end. Ctrl-C waits outside meanwhile.
"""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

__all__ = ["TolerantStream", "undisturbed"]


class TolerantStream:
    """The existing file `path`, written and read as libraries do; a context that closes it.

    Call `check` from time to time, to stop in good time, and when the library has closed its side.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._descriptor = os.open(path, os.O_RDWR)
        self._position = 0
        self._size = 0
        self._fault: OSError | None = None

    def check(self) -> None:
        """Raise what the disk had to say while the library was writing."""
        if self._fault is not None:
            raise self._fault

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def write(self, data: Any) -> int:
        """Take all of `data`; after a fault, only pretend to."""
        left = memoryview(data).cast("B")
        length = len(left)
        try:
            while left and self._fault is None:
                taken = os.pwrite(self._descriptor, left, self._position + length - len(left))
                left = left[taken:]
        except OSError as fault:
            self._fault = fault
        self._position += length
        self._size = max(self._size, self._position)
        return length

    def readinto(self, buffer: Any) -> int:
        """Read what was written; zeros where it was only pretended."""
        room = memoryview(buffer).cast("B")
        length = max(0, min(len(room), self._size - self._position))
        data = os.pread(self._descriptor, length, self._position)
        room[:length] = data.ljust(length, b"\0")
        self._position += length
        return length

    def read(self, size: int) -> bytes:
        """Read as `readinto` does."""
        room = bytearray(size)
        return bytes(room[: self.readinto(room)])

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to `offset` from the start, the position or the end."""
        self._position = (
            offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        )
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def truncate(self, size: int | None = None) -> int:
        """Cut or extend the file to `size`, or to the position."""
        self._size = self._position if size is None else size
        try:
            if self._fault is None:
                os.ftruncate(self._descriptor, self._size)
        except OSError as fault:
            self._fault = fault
        return self._size

    def flush(self) -> None:
        """Nothing is held back."""


@contextmanager
def undisturbed() -> Iterator[None]:
    """Hold Ctrl-C and requests to terminate back while a library calls back; pass them on at the end.

    Python would raise them in the stream's methods, which is inside the library.
    """
    if threading.current_thread() is not threading.main_thread():  # only there are signals heard
        yield
        return
    heard: list[int] = []
    handlers = {
        number: handler
        for number in (signal.SIGINT, signal.SIGTERM)
        if callable(handler := signal.getsignal(number))
    }
    for number in handlers:
        signal.signal(number, lambda number, frame: heard.append(number))
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    if heard:
        signal.raise_signal(heard[0])

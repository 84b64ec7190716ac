"""What the reader's process tells the studio, through a pipe: two lengths, a JSON object, and numbers."""

from __future__ import annotations

import fcntl
import json
import os
import struct
from collections import deque
from contextlib import suppress
from typing import Any

import numpy as np

from hippo_studio.signals.streams.pace import Arrival

HEAD = struct.Struct("<II")
_PIPE = 1 << 20
_SET_PIPE_SIZE = 1031  # F_SETPIPE_SZ of Linux
MOST_WAITING = 64 << 20
"""Bytes that wait for a studio that doesn't take them; beyond that rows are dropped, and counted."""


class Outlet:
    """Frames on their way to the studio; `send` never waits."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._waiting: deque[bytes] = deque()
        self._size = 0
        with suppress(OSError):
            fcntl.fcntl(descriptor, _SET_PIPE_SIZE, _PIPE)
        os.set_blocking(descriptor, False)

    @property
    def full(self) -> bool:
        """Whether more would take too much memory."""
        return self._size > MOST_WAITING

    def send(self, told: dict[str, Any], numbers: bytes = b"") -> None:
        """Put a frame on its way."""
        text = json.dumps(told).encode()
        frame = HEAD.pack(len(text), len(numbers)) + text + numbers
        self._waiting.append(frame)
        self._size += len(frame)
        self.flush()

    def flush(self) -> None:
        """Pass on what the pipe takes now. Raises BrokenPipeError once nobody reads it."""
        while self._waiting:
            frame = self._waiting[0]
            try:
                written = os.write(self._descriptor, frame)
            except BlockingIOError:
                return
            self._size -= written
            if written == len(frame):
                self._waiting.popleft()
            else:
                self._waiting[0] = frame[written:]

    def empty(self) -> None:
        """Wait until all is passed on."""
        os.set_blocking(self._descriptor, True)
        self.flush()


def pack(arrival: Arrival) -> tuple[dict[str, Any], bytes]:
    """Rows as a frame."""
    times = b"" if arrival.times is None else np.ascontiguousarray(arrival.times, "<f8").tobytes()
    shape = list(arrival.values.shape)
    told = {"rows": shape, "timed": arrival.times is not None, "clock": arrival.clock}
    return told, times + np.ascontiguousarray(arrival.values, "<f8").tobytes()


def unpack(told: dict[str, Any], numbers: bytes) -> Arrival:
    """Rows from a frame."""
    rows, channels = told["rows"]
    values = np.frombuffer(numbers, "<f8")
    times = values[:rows] if told["timed"] else None
    return Arrival(times, values[rows * bool(told["timed"]) :].reshape(rows, channels), told["clock"])

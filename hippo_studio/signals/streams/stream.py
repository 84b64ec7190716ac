"""A stream as the studio has it: a process that reads, and a thread that takes its rows to disk and listener.

As with the microphone: it listens from `open` to `close`, writes a recording between `record` and `finish`,
and whatever ends it leaves everything that had come; `failure` says why.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hippo_studio.signals.capture.recording import RecordingFile
from hippo_studio.signals.notes import Notes
from hippo_studio.signals.streams.address import Address, StreamError, parse_address
from hippo_studio.signals.streams.frames import HEAD, unpack
from hippo_studio.signals.streams.pace import Arrival, Gap, Pace, RateEstimate

Block = NDArray[np.float64]

MOST_WAITING = 1 << 24
"""Numbers kept for a listener that doesn't take them, or before a recording begins; the oldest give way."""


@dataclass(frozen=True)
class StreamState:
    """What there is to say of a stream at a moment.

    Attributes
    ----------
    status : what the matter is with the sender, in a few words; "" while all is well.
    lines, garbled, last_garbled : lines that came, how many were no rows, and the last of those.
    dropped : datagrams or rows that this machine had no room for.
    measured : rows per second over the last seconds; 0 while nothing comes.
    gaps, missing : how often rows were missing, and seconds of that together.
    tail : the last lines as they came.
    """

    status: str = "opening"
    lines: int = 0
    garbled: int = 0
    last_garbled: str = ""
    dropped: int = 0
    measured: float = 0.0
    gaps: int = 0
    missing: float = 0.0
    tail: tuple[str, ...] = ()


class Stream:
    """One address, from `open` to `close`.

    Parameters
    ----------
    address : an `Address`, or its text. Raises StreamError where it is none.
    told : called, from the thread, when the rate is known, when the sender goes or comes back, at the end.

    Attributes
    ----------
    rate : samples per second; 0 until it is known.
    channels, names, units, described, left_out : of the rows; 0 and empty until they are known.
    ended : whether the source came to its end, as a pipe does.
    failure : why it ended, one sentence; None while all is well.
    assumed : whether the rate is 1 Hz because nothing told another.
    """

    def __init__(self, address: Address | str, told: Callable[[], None] = lambda: None) -> None:
        self.address = parse_address(address) if isinstance(address, str) else address
        self.told = told
        self.rate = 0.0
        self.channels = 0
        self.names: tuple[str, ...] = ()
        self.units: tuple[str, ...] = ()
        self.described = ""
        self.left_out: tuple[str, ...] = ()
        self.ended = self.assumed = False
        self.failure: StreamError | None = None
        self._state: dict[str, Any] = {"status": "opening"}
        self._pace = Pace(self.address.rate)
        self._estimate = RateEstimate()
        self._rows_came = time.monotonic()
        self._file: RecordingFile | None = None
        self._paused = False
        self._blocks: deque[Block] = deque()
        self._waiting = 0
        self._lock = threading.Lock()
        self._closed = False
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._work, name="stream", daemon=True)

    def open(self) -> None:
        """Begin to read; returns at once."""
        self._thread.start()

    @property
    def state(self) -> StreamState:
        """How it is going."""
        told, quiet = self._state, time.monotonic() - self._rows_came
        measured = self._estimate.rate if quiet < max(1.0, 5 / (self.rate or 1.0)) else 0.0
        return StreamState(
            told["status"],
            told.get("lines", 0),
            told.get("garbled", 0),
            told.get("last_garbled", ""),
            told.get("dropped", 0),
            measured,
            self._pace.gap_count,
            self._pace.missing,
            tuple(told.get("tail", ())),
        )

    @property
    def timed(self) -> bool:
        """Whether its rows carry times; without, the pace of the first ones told the rate."""
        return self._pace.timed

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """Where samples of the recording were filled in, the first thousand."""
        with self._lock:
            return tuple(self._pace.gaps)

    def record(self, file: RecordingFile) -> None:
        """Write all that has come and was not taken yet, and all that comes."""
        with self._lock:
            for block in self._blocks:
                file.append(block)
            self._file, self._paused = file, False

    def note(self, notes: Notes) -> None:
        """Replace the notes of the recording. Raises OSError as the disk does."""
        with self._lock:
            if self._file is not None:
                self._file.note(notes)

    def pause(self, on: bool) -> None:
        """Leave out what comes, or go on; the two ends meet without a gap."""
        with self._lock:
            self._paused = on
            self._pace.leave_out()

    @property
    def paused(self) -> bool:
        """Whether what comes is left out."""
        return self._paused

    def finish(self) -> RecordingFile | None:
        """End the recording, close its file and return it; None if there was none."""
        with self._lock:
            file, self._file = self._file, None
        if file is not None:
            file.close()
        return file

    def take(self) -> Block:
        """The samples since the last call, (frames, channels)."""
        with self._lock:
            blocks, self._blocks, self._waiting = list(self._blocks), deque(), 0
        return np.concatenate(blocks) if blocks else np.zeros((0, max(self.channels, 1)))

    @property
    def alive(self) -> bool:
        """Whether the source is still held."""
        return self._thread.is_alive()

    def end(self) -> None:
        """Let go of the source soon; returns at once."""
        self._closed = True
        if self._process is not None:
            self._process.terminate()

    def close(self, patience: float = 5.0) -> bool:
        """Let go of the source; True if that was done in time. The recording, if any, is closed too."""
        self.end()
        if self._thread.is_alive():
            self._thread.join(patience)
        self.finish()
        return not self._thread.is_alive()

    def _work(self) -> None:
        try:
            self._read()
        except OSError as error:
            self._fail(f"The recording ended, because the disk does not take it: {error.strerror or error}")
        except Exception as error:  # what has come must be kept with a word, whatever it is that ends it
            self._fail(f"The stream {self.address.title} ended: {type(error).__name__}: {error}")
        finally:
            if self._process is not None:
                self._process.kill()
                self._process.wait()
                if self._process.stdout is not None:
                    self._process.stdout.close()
        if not self._closed:
            self.told()

    def _fail(self, sentence: str) -> None:
        self.failure = StreamError(sentence.rstrip(".") + ".")

    def _read(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "hippo_studio.signals.streams.reader", self.address.text],
            stdin=None if self.address.standard_input else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        if self._closed:
            return
        pipe = self._process.stdout
        assert pipe is not None
        while True:
            head = pipe.read(HEAD.size)
            if len(head) < HEAD.size:
                if not self._closed:
                    self._fail(f"The reader of {self.address.title} ended without a word")
                return
            length, size = HEAD.unpack(head)
            told, numbers = json.loads(pipe.read(length)), pipe.read(size)
            if self._closed:
                return
            if "failure" in told:
                self._fail(told["failure"])
                return
            if "end" in told:
                self._come_to_end()
                return
            self._hear(told, numbers)

    def _hear(self, told: dict[str, Any], numbers: bytes) -> None:
        if "columns" in told:
            columns = told["columns"]
            self.described, self.channels = columns["described"], columns["channels"]
            self.names = tuple(columns["names"]) or default_names(self.channels)
            self.units = tuple(columns["units"]) or ("",) * self.channels
            self.left_out = tuple(columns["left_out"])
            self._pace.rate = self._pace.rate or columns["rate"]
        elif "state" in told:
            changed = told["state"]["status"] != self._state["status"]
            self._state = told["state"]
            if changed:
                self.told()
        else:
            arrival = unpack(told, numbers)
            self._rows_came = time.monotonic()
            self._estimate.add(arrival.clock, len(arrival.values))
            self._take_rows(arrival)

    def _take_rows(self, arrival: Arrival) -> None:
        with self._lock:
            if not self._paused:
                self._keep(self._pace.push(arrival))
        self._settle()

    def _keep(self, block: Block) -> None:
        """Take samples to the disk and to the listener."""
        if not len(block):
            return
        if self._file is not None:
            self._file.append(block)
        self._blocks.append(block)
        self._waiting += block.size
        while self._waiting > MOST_WAITING and len(self._blocks) > 1:
            self._waiting -= self._blocks.popleft().size

    def _settle(self) -> None:
        if not self.rate and self._pace.samples:
            self.assumed, self.rate = self._pace.assumed, self._pace.rate
            self.told()

    def _come_to_end(self) -> None:
        with self._lock:
            self._keep(self._pace.finish())
        self._settle()
        self.ended = True


def default_names(channels: int) -> tuple[str, ...]:
    """Names for channels that came without."""
    return ("value",) if channels == 1 else tuple(f"ch{index + 1}" for index in range(channels))
